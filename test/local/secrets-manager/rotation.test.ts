import { randomUUID } from 'node:crypto'
import {
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { describe, expect, it } from 'vitest'
import { secretFixture, until } from '../fixture.ts'

const STUCK = {
  name: 'InvalidRequestException',
  message: "A previous rotation isn't complete. That rotation will be reattempted.",
}

describe('a rotation', () => {
  it('answers at once, with an AWSPENDING version that has no value yet', async () => {
    const { hold, client, rotate, versions, ended, first } = await secretFixture()
    const release = hold('createSecret')
    const token = randomUUID()
    expect(await rotate(token)).toMatchObject({
      Name: 'app',
      VersionId: token,
      ARN: expect.stringMatching(/:app-\w{6}$/),
    })
    expect(await versions()).toEqual({ [first]: ['AWSCURRENT'], [token]: ['AWSPENDING'] })
    await expect(
      client.send(new GetSecretValueCommand({ SecretId: 'app', VersionStage: 'AWSPENDING' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    release()
    await ended()
  })

  it('moves AWSCURRENT, leaves AWSPREVIOUS behind and AWSPENDING where it was', async () => {
    const { client, rotate, versions, ended, first, steps, events } = await secretFixture()
    const token = randomUUID()
    const { ARN } = await rotate(token)
    await ended()
    expect((await versions())[first]).toEqual(['AWSPREVIOUS'])
    expect((await versions())[token]?.toSorted()).toEqual(['AWSCURRENT', 'AWSPENDING'])
    const value = await client.send(new GetSecretValueCommand({ SecretId: 'app' }))
    expect(value).toMatchObject({ VersionId: token, SecretString: `value of ${token}` })
    expect(steps.map((it) => it.Step)).toEqual(['createSecret', 'setSecret', 'testSecret', 'finishSecret'])
    expect(steps[0]).toEqual({
      Step: 'createSecret',
      SecretId: ARN,
      ClientRequestToken: token,
      RotationToken: expect.any(String),
    })
    expect(events.map((it) => it.type)).toEqual([
      'LabelUpdated', // the first value
      'RotationStarted',
      'LabelUpdated',
      'RotationSucceeded',
    ])
    const described = await client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(described.LastRotatedDate?.getTime()).toBe(events.at(-1)?.at)
  })

  it('runs again and again although AWSPENDING stays on the current version', async () => {
    const { rotate, versions, ended, first } = await secretFixture()
    const [second, third] = [randomUUID(), randomUUID()]
    await rotate(second)
    await ended()
    await rotate(third)
    await ended(2)
    expect((await versions())[first]).toBeUndefined()
    expect((await versions())[second]).toEqual(['AWSPREVIOUS'])
  })

  it('needs only the id and the token once it is configured', async () => {
    const { client, rotate, ended, versions } = await secretFixture()
    await rotate(randomUUID())
    await ended()
    const token = randomUUID()
    await client.send(new RotateSecretCommand({ SecretId: 'app', ClientRequestToken: token }))
    await ended(2)
    expect((await versions())[token]).toContain('AWSCURRENT')
  })

  it('with RotateImmediately false tests only, on a version that is gone afterwards', async () => {
    const { aws, client, steps, events, versions, first } = await secretFixture()
    const RotationLambdaARN = aws.arnOfFunction('rotate')
    await client.send(
      new RotateSecretCommand({ SecretId: 'app', RotationLambdaARN, RotateImmediately: false }),
    )
    await until(() => events.some((it) => it.type === 'TestRotationSucceeded'), 'no test')
    expect(steps.map((it) => it.Step)).toEqual(['testSecret'])
    expect(await versions()).toEqual({ [first]: ['AWSCURRENT'] })
  })
})

describe('a rotation that fails', () => {
  it.each([
    ['createSecret', false],
    ['setSecret', true],
    ['testSecret', true],
    ['finishSecret', true],
  ])('in %s leaves AWSPENDING and the current value alone', async (step, hasValue) => {
    const { client, rotate, versions, ended, failing, first, events } = await secretFixture()
    failing.add(step)
    const token = randomUUID()
    await rotate(token)
    await ended()
    expect(await versions()).toEqual({ [first]: ['AWSCURRENT'], [token]: ['AWSPENDING'] })
    expect(events.at(-1)).toMatchObject({
      type: 'RotationFailed',
      errorMessage: expect.stringMatching(
        new RegExp(`^Error when executing lambda .*rotate during ${step} step$`),
      ),
    })
    const pending = client.send(new GetSecretValueCommand({ SecretId: 'app', VersionStage: 'AWSPENDING' }))
    if (hasValue) await expect(pending).resolves.toMatchObject({ VersionId: token })
    else await expect(pending).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  it('makes the next request an error, which attempts the pending version again', async () => {
    const { rotate, versions, ended, failing } = await secretFixture()
    failing.add('setSecret')
    const [token, next] = [randomUUID(), randomUUID()]
    await rotate(token)
    await ended()
    failing.clear()
    await expect(rotate(next)).rejects.toMatchObject(STUCK)
    await ended(2)
    expect((await versions())[token]).toContain('AWSCURRENT')
    expect((await versions())[next]).toBeUndefined()
    await rotate(next)
    await ended(3)
    expect((await versions())[next]).toContain('AWSCURRENT')
  })

  it('is attempted again by Secrets Manager itself, where that is asked for', async () => {
    const { aws, rotate, versions, ended, events } = await secretFixture({ rotationRetryDelaysMs: [5] })
    aws.faults.push({ service: 'rotation', action: 'testSecret', times: 1, kind: 'error' })
    const token = randomUUID()
    await rotate(token)
    await ended(2)
    expect((await versions())[token]).toContain('AWSCURRENT')
    expect(events.map((it) => it.type)).toEqual([
      ...['LabelUpdated', 'RotationStarted', 'RotationFailed'],
      ...['RotationStarted', 'LabelUpdated', 'RotationSucceeded'],
    ])
  })

  it('is a success that nobody saw, when finishSecret moved the label and its answer was lost', async () => {
    const { aws, rotate, versions, ended } = await secretFixture()
    aws.faults.push({ service: 'rotation', action: 'finishSecret', times: 1, kind: 'lost-response' })
    const [token, next] = [randomUUID(), randomUUID()]
    await rotate(token)
    await ended()
    expect((await versions())[token]).toContain('AWSCURRENT')
    await rotate(next)
  })

  it.each([
    ['removing AWSPENDING', 'label'],
    ['a new value from outside', 'value'],
  ])('is over after %s', async (_, how) => {
    const { client, rotate, ended, failing, events, versions } = await secretFixture()
    failing.add('setSecret')
    const [token, next] = [randomUUID(), randomUUID()]
    await rotate(token)
    await ended()
    failing.clear()
    if (how === 'label') {
      await client.send(
        new UpdateSecretVersionStageCommand({
          SecretId: 'app',
          VersionStage: 'AWSPENDING',
          RemoveFromVersionId: token,
        }),
      )
    } else {
      await client.send(new PutSecretValueCommand({ SecretId: 'app', SecretString: 'by hand' }))
      expect(events.map((it) => it.type)).toContain('RotationAbandoned')
    }
    expect((await versions())[token]).toBeUndefined()
    await rotate(next)
    await ended(2)
    expect((await versions())[next]).toContain('AWSCURRENT')
  })
})

describe('a rotation that is under way', () => {
  it('refuses another token, and goes on', async () => {
    const { hold, rotate, ended, versions, steps } = await secretFixture()
    const release = hold('setSecret')
    const token = randomUUID()
    await rotate(token)
    await expect(rotate(randomUUID())).rejects.toMatchObject(STUCK)
    release()
    await ended()
    expect((await versions())[token]).toContain('AWSCURRENT')
    expect(steps).toHaveLength(4)
  })

  it('stops when it is cancelled: rotation is off, AWSPENDING stays', async () => {
    const { aws, hold, client, rotate, versions, steps } = await secretFixture()
    const release = hold('createSecret')
    const token = randomUUID()
    await rotate(token)
    const cancelled = await client.send(new CancelRotateSecretCommand({ SecretId: 'app' }))
    expect(cancelled.VersionId).toBe(token)
    release()
    const version = aws.secretsManager.secrets.get('app')?.versions.get(token)
    await until(() => version?.value !== undefined, 'the step did not end')
    expect(steps).toHaveLength(1)
    expect((await versions())[token]).toEqual(['AWSPENDING'])
    expect((await client.send(new DescribeSecretCommand({ SecretId: 'app' }))).RotationEnabled).toBe(false)
  })
})

describe('a used token', () => {
  it.each(['accept', 'ignore', 'refuse'] as const)(
    'never makes a second version (%s)',
    async (repeatedToken) => {
      const { hold, client, rotate, ended, steps, versions } = await secretFixture({ repeatedToken })
      const release = hold('createSecret')
      const token = randomUUID()
      await rotate(token)
      if (repeatedToken === 'refuse') await expect(rotate(token)).rejects.toMatchObject(STUCK)
      else expect((await rotate(token)).VersionId).toBe(token)
      release()
      await ended()
      expect((await rotate(token)).VersionId).toBe(token)
      expect(steps).toHaveLength(4)
      expect(Object.keys(await versions())).toHaveLength(2)
      expect(await client.send(new GetSecretValueCommand({ SecretId: 'app' }))).toMatchObject({
        VersionId: token,
      })
    },
  )

  it.each(['accept', 'refuse'] as const)('attempts its stuck rotation again (%s)', async (repeatedToken) => {
    const { rotate, ended, failing, versions } = await secretFixture({ repeatedToken })
    failing.add('testSecret')
    const token = randomUUID()
    await rotate(token)
    await ended()
    failing.clear()
    await rotate(token).catch((error) => expect(error).toMatchObject(STUCK))
    await ended(2)
    expect((await versions())[token]).toContain('AWSCURRENT')
  })

  it('leaves its stuck rotation as it is (ignore)', async () => {
    const { rotate, ended, failing, steps, versions } = await secretFixture({ repeatedToken: 'ignore' })
    failing.add('testSecret')
    const token = randomUUID()
    await rotate(token)
    await ended()
    failing.clear()
    const before = steps.length
    expect((await rotate(token)).VersionId).toBe(token)
    expect(steps).toHaveLength(before)
    expect((await versions())[token]).toEqual(['AWSPENDING'])
  })
})

describe('RotateSecret refuses', () => {
  it.each([
    [
      'a secret that is not there',
      'missing',
      'ResourceNotFoundException',
      /can't find the specified secret\./,
    ],
    ['a deleted secret', 'deleted', 'InvalidRequestException', /marked for deletion/],
    [
      'a secret without a function',
      'bare',
      'InvalidRequestException',
      /^No Lambda rotation function ARN is associated/,
    ],
  ])('%s', async (_, SecretId, name, message) => {
    const { client } = await secretFixture()
    await client.send(new CreateSecretCommand({ Name: 'deleted', SecretString: 'x' }))
    await client.send(new DeleteSecretCommand({ SecretId: 'deleted' }))
    await client.send(new CreateSecretCommand({ Name: 'bare', SecretString: 'x' }))
    await expect(client.send(new RotateSecretCommand({ SecretId }))).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
    })
  })

  it('a function that is not there, and stores nothing', async () => {
    const { aws, client } = await secretFixture()
    const RotationLambdaARN = aws.arnOfFunction('nobody')
    await expect(
      client.send(new RotateSecretCommand({ SecretId: 'app', RotationLambdaARN })),
    ).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringMatching(/^Secrets Manager cannot invoke the specified Lambda function/),
    })
    const described = await client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(described).not.toHaveProperty('RotationEnabled')
    expect(described).not.toHaveProperty('RotationLambdaARN')
  })

  it('a request without a token, which SDKs fill in', async () => {
    const { aws } = await secretFixture()
    const response = await fetch(aws.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'secretsmanager.RotateSecret' },
      body: JSON.stringify({ SecretId: 'app' }),
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      __type: 'InvalidParameterException',
      message: 'You must provide a ClientRequestToken value. We recommend a UUID-type value.',
    })
  })

  it.each([31, 65])('a token of %d characters', async (length) => {
    const { rotate } = await secretFixture()
    await expect(rotate('x'.repeat(length))).rejects.toMatchObject({ name: 'ValidationException' })
  })

  it('both kinds of interval at once', async () => {
    const { client } = await secretFixture()
    const RotationRules = { AutomaticallyAfterDays: 3, ScheduleExpression: 'rate(3 days)' }
    await expect(
      client.send(new RotateSecretCommand({ SecretId: 'app', RotationRules })),
    ).rejects.toMatchObject({
      name: 'InvalidParameterException',
    })
  })
})

describe('a managed secret', () => {
  async function managed() {
    const fixture = await secretFixture()
    const secret = fixture.aws.secretsManager.secrets.get('app')
    if (secret) secret.owningService = 'rds'
    return fixture
  }

  it('rotates without a function', async () => {
    const { client, ended, versions } = await managed()
    const token = randomUUID()
    await client.send(new RotateSecretCommand({ SecretId: 'app', ClientRequestToken: token }))
    await ended()
    expect((await versions())[token]).toContain('AWSCURRENT')
    const described = await client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(described.OwningService).toBe('rds')
  })

  it.each([
    [
      'a rotation function',
      new RotateSecretCommand({ SecretId: 'app', RotationLambdaARN: 'arn:aws:lambda:x' }),
    ],
    ['a new value', new PutSecretValueCommand({ SecretId: 'app', SecretString: 'x' })],
    ['cancelling', new CancelRotateSecretCommand({ SecretId: 'app' })],
  ])('refuses %s', async (_, command) => {
    const { client } = await managed()
    await expect(client.send(command as PutSecretValueCommand)).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringMatching(/managed by rds/),
    })
  })
})
