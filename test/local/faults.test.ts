import { randomUUID } from 'node:crypto'
import {
  DescribeSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { describe, expect, it } from 'vitest'
import { clientConfig, secretFixture } from './fixture.ts'

describe('a fault', () => {
  it('throttles as often as it says, which an SDK client outlives', async () => {
    const { aws, client } = await secretFixture()
    aws.faults.push({ service: 'secretsmanager', action: 'DescribeSecret', times: 2, kind: 'throttle' })
    await expect(client.send(new DescribeSecretCommand({ SecretId: 'app' }))).rejects.toMatchObject({
      name: 'ThrottlingException',
    })
    const patient = new SecretsManagerClient(clientConfig(aws, 3))
    const { $metadata } = await patient.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect($metadata.attempts).toBe(2)
    expect(aws.calls.filter((it) => it.action === 'DescribeSecret')).toHaveLength(3)
  })

  it('loses an answer after the work is done', async () => {
    const { aws, rotate, versions, ended } = await secretFixture()
    aws.faults.push({ service: 'secretsmanager', action: 'RotateSecret', times: 1, kind: 'lost-response' })
    const token = randomUUID()
    await expect(rotate(token)).rejects.toMatchObject({ code: 'ECONNRESET' })
    await ended()
    expect((await versions())[token]).toContain('AWSCURRENT')
  })

  it('a lost answer that the SDK asks again for is still one rotation', async () => {
    const { aws, steps, versions, ended } = await secretFixture()
    aws.faults.push({ service: 'secretsmanager', action: 'RotateSecret', times: 1, kind: 'lost-response' })
    const patient = new SecretsManagerClient(clientConfig(aws, 3))
    const RotationLambdaARN = aws.arnOfFunction('rotate')
    await patient.send(new RotateSecretCommand({ SecretId: 'app', RotationLambdaARN }))
    await ended()
    expect(steps).toHaveLength(4)
    expect(Object.keys(await versions())).toHaveLength(2)
  })

  it('answers with a code of its choice, for the requests it matches', async () => {
    const { aws, client } = await secretFixture()
    aws.faults.push({
      service: 'secretsmanager',
      action: '*',
      times: Number.POSITIVE_INFINITY,
      kind: 'error',
      code: 'AccessDeniedException',
      message: 'not you',
      match: (input) => (input as { SecretId?: string }).SecretId === 'other',
    })
    await client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    await expect(client.send(new DescribeSecretCommand({ SecretId: 'other' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: 'not you',
      $metadata: { httpStatusCode: 400 },
    })
  })

  it('performs a request twice', async () => {
    const { aws, rotate, steps, ended, versions } = await secretFixture()
    aws.faults.push({ service: 'secretsmanager', action: 'RotateSecret', times: 1, kind: 'duplicate' })
    await rotate(randomUUID())
    await ended()
    expect(steps).toHaveLength(4)
    expect(Object.keys(await versions())).toHaveLength(2)
  })

  it('delays', async () => {
    const { aws, client } = await secretFixture()
    aws.faults.push({
      service: 'secretsmanager',
      action: 'DescribeSecret',
      times: 1,
      kind: 'delay',
      delayMs: 80,
    })
    const before = performance.now()
    await client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(performance.now() - before).toBeGreaterThan(75)
  })
})
