import { randomUUID } from 'node:crypto'
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  type GetRandomPasswordCommandInput,
  GetSecretValueCommand,
  ListSecretsCommand,
  type ListSecretsCommandInput,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { describe, expect, it } from 'vitest'
import { clientConfig, localAws, secretFixture } from '../fixture.ts'

describe('a secret', () => {
  it('is found by name, ARN, and ARN without its random suffix; not by another', async () => {
    const { client } = await secretFixture()
    const { ARN = '' } = await client.send(
      new CreateSecretCommand({ Name: 'prod/orders-db', SecretString: 's' }),
    )
    expect(ARN).toMatch(
      /^arn:aws:secretsmanager:eu-central-1:000000000000:secret:prod\/orders-db-[A-Za-z0-9]{6}$/,
    )
    for (const SecretId of ['prod/orders-db', ARN, ARN.slice(0, -7)]) {
      expect((await client.send(new DescribeSecretCommand({ SecretId }))).ARN).toBe(ARN)
    }
    for (const SecretId of ['prod/orders', ARN.slice(0, -3), `${ARN}x`]) {
      await expect(client.send(new DescribeSecretCommand({ SecretId }))).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
        message: "Secrets Manager can't find the specified secret.",
      })
    }
  })

  it('that never was configured for rotation says nothing of it', async () => {
    const { client } = await secretFixture()
    const described = await client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    for (const key of [
      'RotationEnabled',
      'RotationRules',
      'RotationLambdaARN',
      'LastRotatedDate',
      'OwningService',
    ]) {
      expect(described).not.toHaveProperty(key)
    }
  })

  it('is created once: again only by the same token and value', async () => {
    const { client, first } = await secretFixture()
    const same = { Name: 'app', SecretString: 'one', ClientRequestToken: first }
    expect((await client.send(new CreateSecretCommand(same))).VersionId).toBe(first)
    for (const other of [
      { ...same, SecretString: 'two' },
      { Name: 'app', SecretString: 'one' },
    ]) {
      await expect(client.send(new CreateSecretCommand(other))).rejects.toMatchObject({
        name: 'ResourceExistsException',
      })
    }
  })

  it('scheduled for deletion is described, and does nothing else until it is restored', async () => {
    const { client } = await secretFixture()
    const { DeletionDate } = await client.send(
      new DeleteSecretCommand({ SecretId: 'app', RecoveryWindowInDays: 7 }),
    )
    expect(DeletionDate?.getTime()).toBeGreaterThan(Date.now() + 6.9 * 86_400_000)
    expect((await client.send(new DescribeSecretCommand({ SecretId: 'app' }))).DeletedDate).toBeInstanceOf(
      Date,
    )
    await expect(client.send(new GetSecretValueCommand({ SecretId: 'app' }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: "You can't perform this operation on the secret because it was marked for deletion.",
    })
    expect((await client.send(new ListSecretsCommand({}))).SecretList).toEqual([])
    await expect(client.send(new CreateSecretCommand({ Name: 'app' }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
    })
    await client.send(new RestoreSecretCommand({ SecretId: 'app' }))
    expect((await client.send(new GetSecretValueCommand({ SecretId: 'app' }))).SecretString).toBe('one')
    await client.send(new DeleteSecretCommand({ SecretId: 'app', ForceDeleteWithoutRecovery: true }))
    await expect(client.send(new DescribeSecretCommand({ SecretId: 'app' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })

  it('carries tags and lists by them, page by page', async () => {
    const { client } = await secretFixture()
    for (const Name of ['a/1', 'a/2', 'a/3']) {
      await client.send(
        new CreateSecretCommand({ Name, SecretString: 's', Tags: [{ Key: 'team', Value: 'x' }] }),
      )
    }
    await client.send(new TagResourceCommand({ SecretId: 'a/3', Tags: [{ Key: 'team', Value: 'y' }] }))
    const list = async (input: ListSecretsCommandInput) => {
      const { SecretList = [], NextToken } = await client.send(new ListSecretsCommand(input))
      return { names: SecretList.map((it) => it.Name), NextToken }
    }
    const filters = (Key: 'tag-value' | 'name', ...Values: string[]) => ({ Filters: [{ Key, Values }] })
    expect((await list({ ...filters('tag-value', 'x'), SortOrder: 'asc' })).names).toEqual(['a/1', 'a/2'])
    expect((await list(filters('name', 'a/'))).names).toEqual(['a/3', 'a/2', 'a/1'])
    const page = await list({ ...filters('name', 'a/'), MaxResults: 2 })
    expect(page.names).toEqual(['a/3', 'a/2'])
    expect(await list({ ...filters('name', 'a/'), MaxResults: 2, NextToken: page.NextToken ?? '' })).toEqual({
      names: ['a/1'],
      NextToken: undefined,
    })
  })
})

describe('a version', () => {
  it('takes one value only: the same request again is the same version', async () => {
    const { client, versions, first } = await secretFixture()
    const put = { SecretId: 'app', SecretString: 'two', ClientRequestToken: randomUUID() }
    await client.send(new PutSecretValueCommand(put))
    await client.send(new PutSecretValueCommand(put))
    expect(await versions()).toEqual({ [first]: ['AWSPREVIOUS'], [put.ClientRequestToken]: ['AWSCURRENT'] })
    await expect(
      client.send(new PutSecretValueCommand({ ...put, SecretString: 'three' })),
    ).rejects.toMatchObject({
      name: 'ResourceExistsException',
    })
  })

  it('is read by id, by label, and by both where they agree', async () => {
    const { client, first } = await secretFixture()
    const get = (input: { VersionId?: string; VersionStage?: string }) =>
      client.send(new GetSecretValueCommand({ SecretId: 'app', ...input }))
    expect((await get({ VersionId: first })).SecretString).toBe('one')
    expect((await get({ VersionId: first, VersionStage: 'AWSCURRENT' })).SecretString).toBe('one')
    await expect(get({ VersionId: first, VersionStage: 'AWSPENDING' })).rejects.toMatchObject({
      name: 'InvalidRequestException',
    })
    await expect(get({ VersionStage: 'AWSPENDING' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret value for staging label: AWSPENDING",
    })
  })

  it('holds bytes as well as text', async () => {
    const { client } = await secretFixture()
    await client.send(new CreateSecretCommand({ Name: 'bytes', SecretBinary: new Uint8Array([0, 255, 7]) }))
    const { SecretBinary } = await client.send(new GetSecretValueCommand({ SecretId: 'bytes' }))
    expect([...(SecretBinary ?? [])]).toEqual([0, 255, 7])
  })
})

describe('staging labels', () => {
  async function threeVersions() {
    const fixture = await secretFixture()
    const put = async (...VersionStages: string[]) => {
      const ClientRequestToken = randomUUID()
      const put = { SecretId: 'app', SecretString: ClientRequestToken, ClientRequestToken, VersionStages }
      await fixture.client.send(new PutSecretValueCommand(put))
      return ClientRequestToken
    }
    const [second, third] = [await put('AWSCURRENT'), await put('blue')]
    const move = (VersionStage: string, to?: string, from?: string) =>
      fixture.client.send(
        new UpdateSecretVersionStageCommand({
          SecretId: 'app',
          VersionStage,
          ...(to ? { MoveToVersionId: to } : {}),
          ...(from ? { RemoveFromVersionId: from } : {}),
        }),
      )
    return { ...fixture, second, third, move }
  }

  it('moving AWSCURRENT moves AWSPREVIOUS after it', async () => {
    const { first, second, third, move, versions } = await threeVersions()
    expect(await versions()).toEqual({
      [first]: ['AWSPREVIOUS'],
      [second]: ['AWSCURRENT'],
      [third]: ['blue'],
    })
    await move('AWSCURRENT', third, second)
    expect(await versions()).toEqual({
      [second]: ['AWSPREVIOUS'],
      [third]: expect.arrayContaining(['AWSCURRENT', 'blue']),
    })
    await move('AWSCURRENT', second, third)
    expect(await versions()).toEqual({
      [second]: ['AWSCURRENT'],
      [third]: expect.arrayContaining(['AWSPREVIOUS', 'blue']),
    })
  })

  it('a new label is put, moved and removed; a version without labels is not shown', async () => {
    const { second, third, move, versions } = await threeVersions()
    await move('blue', second, third)
    expect(Object.keys(await versions())).not.toContain(third)
    await move('blue', undefined, second)
    expect((await versions())[second]).toEqual(['AWSCURRENT'])
    await move('green', third)
    expect((await versions())[third]).toEqual(['green'])
  })

  it('moving a label to where it is changes nothing', async () => {
    const { second, move, versions } = await threeVersions()
    const before = await versions()
    await move('AWSCURRENT', second)
    expect(await versions()).toEqual(before)
  })

  it.each([
    [
      'a move that does not say from where',
      'AWSCURRENT',
      'third',
      undefined,
      /RemoveFromVersionId can't be empty/,
    ],
    [
      'a move that is wrong about from where',
      'AWSCURRENT',
      'third',
      'first',
      /RemoveFromVersionId can't be empty/,
    ],
    ['removing AWSCURRENT', 'AWSCURRENT', undefined, 'second', /can't be completely removed/],
    ['removing a label from a version without it', 'green', undefined, 'third', /isn't attached/],
    ['neither', 'blue', undefined, undefined, /MoveToVersionId/],
  ] as const)('%s is refused', async (_, label, to, from, message) => {
    const fixture = await threeVersions()
    await expect(fixture.move(label, to && fixture[to], from && fixture[from])).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringMatching(message),
    })
  })

  it('a version that is not there is refused', async () => {
    const { move } = await threeVersions()
    await expect(move('blue', randomUUID())).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })
})

describe('GetRandomPassword', () => {
  it('has 32 characters of each kind, without the excluded ones', async () => {
    const client = new SecretsManagerClient(clientConfig(await localAws()))
    const ask = async (input: GetRandomPasswordCommandInput) =>
      (await client.send(new GetRandomPasswordCommand(input))).RandomPassword ?? ''
    const password = await ask({ ExcludeCharacters: '/@"\'\\' })
    expect(password).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^\w])[^/@"'\\]{32}$/)
    expect(await ask({ PasswordLength: 8, ExcludePunctuation: true, ExcludeLowercase: true })).toMatch(
      /^[A-Z0-9]{8}$/,
    )
    await expect(ask({ PasswordLength: 3 })).rejects.toMatchObject({ name: 'InvalidParameterException' })
  })
})
