import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import {
  DescribeSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { BatchGetCommand, DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb'
import { afterEach, describe, expect, it } from 'vitest'
import { tableDefinition } from '../../src/ledger/table.ts'
import { clientConfig, localAws, secretFixture } from '../local/fixture.ts'
import { type Harm, rules } from './harm.ts'
import { type HarmfulProxy, startProxy } from './proxy.ts'

const open: HarmfulProxy[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((proxy) => proxy.stop()))
})

async function proxied(endpoint: string, ...all: Parameters<typeof rules>[0]): Promise<HarmfulProxy> {
  const proxy = await startProxy({ upstream: endpoint, harm: rules(all) })
  open.push(proxy)
  return proxy
}

/** A secret `app`, and a client that reaches it by a proxy with these rules. */
async function secretBehind(harm: Harm, { attempts = 1, requestTimeout = 0, action = 'RotateSecret' } = {}) {
  const fixture = await secretFixture()
  const proxy = await proxied(fixture.aws.endpoint, { action, harm })
  const client = new SecretsManagerClient({
    ...clientConfig(fixture.aws, attempts),
    endpoint: proxy.endpoint,
    requestHandler: { requestTimeout, throwOnRequestTimeout: true },
  })
  const ClientRequestToken = '11111111-2222-4333-8444-555555555555'
  const RotationLambdaARN = fixture.aws.arnOfFunction('rotate')
  return {
    ...fixture,
    proxy,
    describe: () => client.send(new DescribeSecretCommand({ SecretId: 'app' })),
    rotate: () =>
      client.send(new RotateSecretCommand({ SecretId: 'app', ClientRequestToken, RotationLambdaARN })),
    /** Whether RotateSecret reached AWS. */
    effect: () => fixture.aws.calls.some((it) => it.action === 'RotateSecret'),
  }
}

describe('the proxy', () => {
  it('carries what it does not harm, and names what went through', async () => {
    const on = await secretBehind({ kind: 'reset' }, { action: 'ListSecrets' })
    expect(await on.describe()).toMatchObject({ Name: 'app' })
    expect(on.proxy.passed).toMatchObject([
      { service: 'secretsmanager', action: 'DescribeSecret', caller: 'local', body: '{"SecretId":"app"}' },
    ])
    expect(on.proxy.env({ AWS_ENDPOINT_URL: on.aws.endpoint, AWS_REGION: 'x' })).toEqual({
      AWS_ENDPOINT_URL: on.proxy.endpoint,
      AWS_REGION: 'x',
    })
  })

  it.each<[Harm, effect: boolean, error: unknown]>([
    [{ kind: 'lost request' }, false, { code: 'ECONNRESET' }],
    [{ kind: 'lost answer' }, true, { code: 'ECONNRESET' }],
    [{ kind: 'reset' }, true, { message: expect.stringMatching(/aborted|reset/i) }],
    [{ kind: 'truncated' }, true, { name: 'SyntaxError' }],
    [{ kind: 'refused', error: 'throttled' }, false, { name: 'ThrottlingException' }],
    [{ kind: 'refused', error: 'unavailable' }, false, { $metadata: { httpStatusCode: 500 } }],
    [{ kind: 'refused', error: { code: 'AccessDeniedException' } }, false, { name: 'AccessDeniedException' }],
    [{ kind: 'hang', ms: 60_000, carried: false }, false, { name: 'TimeoutError' }],
    [{ kind: 'hang', ms: 60_000, carried: true }, true, { name: 'TimeoutError' }],
    [{ kind: 'hang', ms: 50, carried: true }, true, { code: 'ECONNRESET' }],
  ])('%o', async (harm, effect, error) => {
    const requestTimeout = harm.kind === 'hang' && harm.ms > 1_000 ? 200 : 60_000
    const on = await secretBehind(harm, { requestTimeout })
    await expect(on.rotate()).rejects.toMatchObject(error as object)
    expect(on.effect()).toBe(effect)
  })

  it('delays what is asked, or the answer alone', async () => {
    for (const kind of ['delay', 'late answer'] as const) {
      const on = await secretBehind({ kind, ms: 120 })
      const before = Date.now()
      await on.rotate()
      const [call] = on.aws.calls.filter(({ action }) => action === 'RotateSecret')
      expect(Date.now() - before).toBeGreaterThanOrEqual(115)
      if (kind === 'delay') expect((call?.at ?? 0) - before).toBeGreaterThanOrEqual(115)
      else expect(Date.now() - (call?.at ?? 0)).toBeGreaterThanOrEqual(115)
    }
  })

  it('lets a request arrive twice', async () => {
    const on = await secretBehind({ kind: 'twice' })
    await on.rotate()
    expect(on.aws.calls.filter(({ action }) => action === 'RotateSecret')).toHaveLength(2)
  })

  it('loses an answer, and refuses the next sending of the same request', async () => {
    const nextRefused = { code: 'InvalidRequestException', message: 'A previous rotation isn’t complete.' }
    const on = await secretBehind({ kind: 'lost answer', nextRefused }, { attempts: 3 })
    await expect(on.rotate()).rejects.toMatchObject({ name: 'InvalidRequestException' })
    expect(on.proxy.passed.map(({ harm }) => harm)).toEqual(['lost answer', 'refused again'])
    expect(on.aws.calls.filter(({ action }) => action === 'RotateSecret')).toHaveLength(1)
  })

  it('answers for a part of a batch of DynamoDB', async () => {
    const aws = await localAws()
    const direct = new DynamoDBClient(clientConfig(aws))
    await direct.send(new CreateTableCommand({ ...tableDefinition, TableName: 'ledger' }))
    const items = ['a', 'b', 'c'].map((id) => ({ id }))
    for (const Item of items)
      await DynamoDBDocumentClient.from(direct).send(new PutCommand({ TableName: 'ledger', Item }))
    const proxy = await proxied(
      aws.endpoint,
      { action: 'BatchGetItem', harm: { kind: 'partial', keep: 2 } },
      { action: 'BatchGetItem', harm: { kind: 'partial', keep: 0 } },
      { action: 'BatchGetItem', harm: { kind: 'refused', error: 'throttled' } },
    )
    const client = DynamoDBDocumentClient.from(
      new DynamoDBClient({ ...clientConfig(aws), endpoint: proxy.endpoint }),
    )
    const get = () =>
      client.send(new BatchGetCommand({ RequestItems: { ledger: { Keys: items, ConsistentRead: true } } }))
    const first = await get()
    expect(first.Responses?.ledger).toHaveLength(2)
    expect(first.UnprocessedKeys?.ledger).toMatchObject({ Keys: [{ id: 'c' }], ConsistentRead: true })
    expect((await get()).UnprocessedKeys?.ledger?.Keys).toHaveLength(3)
    await expect(get()).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' })
    expect((await get()).UnprocessedKeys).toEqual({})
  })

  it('answers for a part of the events', async () => {
    const aws = await localAws()
    const proxy = await proxied(aws.endpoint, { action: 'PutEvents', harm: { kind: 'partial', keep: 1 } })
    const client = new EventBridgeClient({ ...clientConfig(aws), endpoint: proxy.endpoint })
    const entry = { Source: 'ours', DetailType: 'test', Detail: '{}' }
    const { FailedEntryCount, Entries } = await client.send(new PutEventsCommand({ Entries: [entry, entry] }))
    expect(FailedEntryCount).toBe(1)
    expect(Entries).toMatchObject([{ EventId: expect.any(String) }, { ErrorCode: 'ThrottlingException' }])
    expect(aws.putEvents).toHaveLength(1)
  })

  it('throttles in the words of REST and of the Query protocol', async () => {
    const aws = await localAws()
    const throttled: Harm = { kind: 'refused', error: 'throttled' }
    const proxy = await proxied(aws.endpoint, { harm: throttled, times: 2 })
    const config = { ...clientConfig(aws), endpoint: proxy.endpoint }
    await expect(
      new LambdaClient(config).send(new InvokeCommand({ FunctionName: 'x' })),
    ).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      $metadata: { httpStatusCode: 429 },
    })
    await expect(new STSClient(config).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'Throttling',
    })
    expect(proxy.passed.map(({ action }) => action)).toEqual(['Invoke', 'GetCallerIdentity'])
  })
})
