import {
  CreateSecretCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { AssumeRoleCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import { describe, expect, it } from 'vitest'
import { clientConfig, localAws } from './fixture.ts'

const ROLE = 'arn:aws:iam::111122223333:role/tourbillon-rotate'
const asked = { RoleArn: ROLE, RoleSessionName: 'tourbillon-test' }

async function withRole(role: { externalId?: string } = {}) {
  const aws = await localAws()
  aws.roles.set(ROLE, role)
  return { aws, client: new STSClient(clientConfig(aws)) }
}

describe('AssumeRole over HTTP', () => {
  it('gives credentials of the role’s account for an hour', async () => {
    const { client } = await withRole({ externalId: 'x1' })
    const { Credentials, AssumedRoleUser } = await client.send(
      new AssumeRoleCommand({ ...asked, ExternalId: 'x1' }),
    )
    expect(AssumedRoleUser?.Arn).toBe(
      'arn:aws:sts::111122223333:assumed-role/tourbillon-rotate/tourbillon-test',
    )
    expect(Credentials?.AccessKeyId).toContain('111122223333')
    const minutes = ((Credentials?.Expiration?.getTime() ?? 0) - Date.now()) / 60_000
    expect(minutes).toBeGreaterThan(58)
    expect(minutes).toBeLessThanOrEqual(60)
  })

  it.each([
    ['a role that does not exist', { RoleArn: `${ROLE}-x` }],
    ['a missing external id', {}],
    ['a wrong external id', { ExternalId: 'x2' }],
  ])('refuses %s in AWS’s words, always the same', async (_, part) => {
    const { client } = await withRole({ externalId: 'x1' })
    await expect(client.send(new AssumeRoleCommand({ ...asked, ...part }))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringMatching(/is not authorized to perform: sts:AssumeRole on resource: arn:/),
      $metadata: { httpStatusCode: 403 },
    })
  })

  it('refuses what it does not know, and fails as told, in XML', async () => {
    const { aws, client } = await withRole()
    await expect(client.send(new GetSessionTokenCommand({}))).rejects.toThrow('GetSessionToken')
    await expect(client.send(new AssumeRoleCommand({ ...asked, DurationSeconds: 900 }))).rejects.toThrow(
      'DurationSeconds',
    )
    aws.faults.push({ service: 'sts', action: 'AssumeRole', times: 1, kind: 'throttle' })
    await expect(client.send(new AssumeRoleCommand(asked))).rejects.toMatchObject({ name: 'Throttling' })
  })
})

it('Secrets Manager has secrets of their own in each account and region', async () => {
  const { aws, client } = await withRole()
  const { Credentials } = await client.send(new AssumeRoleCommand(asked))
  const credentials = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  }
  const home = new SecretsManagerClient(clientConfig(aws))
  const member = new SecretsManagerClient({ ...clientConfig(aws), credentials, region: 'eu-west-1' })
  const made = [home, member].map((it) => it.send(new CreateSecretCommand({ Name: 'db', SecretString: 'x' })))
  const [own, other] = await Promise.all(made)
  expect(own?.ARN).toMatch(/^arn:aws:secretsmanager:eu-central-1:000000000000:secret:db-/)
  expect(other?.ARN).toMatch(/^arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-/)
  expect((await member.send(new ListSecretsCommand({}))).SecretList).toHaveLength(1)
  expect([...aws.secretsIn('111122223333', 'eu-west-1').secrets.keys()]).toEqual(['db'])
  expect(aws.secretsIn('000000000000', 'eu-central-1')).toBe(aws.secretsManager)
})
