import { once } from 'node:events'
import { connect } from 'node:net'
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import { describe, expect, it } from 'vitest'
import { clientConfig, localAws, until } from './fixture.ts'

async function table() {
  const aws = await localAws()
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig(aws)))
  await client.send(
    new CreateTableCommand({
      TableName: 'ledger',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
        { AttributeName: 'bySchedule', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'bySchedule',
          KeySchema: [
            { AttributeName: 'bySchedule', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  )
  return { aws, client }
}

describe('DynamoDB behind the same endpoint', () => {
  it('has a table ready at once, claims once, and queries an index', async () => {
    const { aws, client } = await table()
    const claim = new PutCommand({
      TableName: 'ledger',
      Item: { pk: 'a', sk: '1', bySchedule: 'nightly', n: 1 },
      ConditionExpression: 'attribute_not_exists(pk)',
    })
    const claims = await Promise.allSettled(Array.from({ length: 8 }, () => client.send(claim)))
    expect(claims.filter((it) => it.status === 'fulfilled')).toHaveLength(1)
    expect(claims.find((it) => it.status === 'rejected')?.reason).toMatchObject({
      name: 'ConditionalCheckFailedException',
    })
    const found = await client.send(
      new QueryCommand({
        TableName: 'ledger',
        IndexName: 'bySchedule',
        KeyConditionExpression: 'bySchedule = :s',
        ExpressionAttributeValues: { ':s': 'nightly' },
      }),
    )
    expect(found.Items).toEqual([{ pk: 'a', sk: '1', bySchedule: 'nightly', n: 1 }])
    expect(aws.calls.filter((it) => it.action === 'PutItem')).toHaveLength(8)
  })

  it('outlives a client that goes away in the middle of a request', async () => {
    const { aws, client } = await table()
    const socket = connect(Number(new URL(aws.endpoint).port), '127.0.0.1')
    const target = 'x-amz-target: DynamoDB_20120810.ListTables'
    socket.write(`POST / HTTP/1.1\r\nhost: x\r\n${target}\r\ncontent-length: 100\r\n\r\n{`)
    await until(() => aws.calls.some((it) => it.action === 'ListTables'), 'not asked')
    socket.destroy()
    await once(socket, 'close')
    expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual(['ledger'])
  })

  it('takes faults: a lost answer has written', async () => {
    const { aws, client } = await table()
    aws.faults.push({ service: 'dynamodb', action: 'PutItem', times: 1, kind: 'lost-response' })
    const put = new PutCommand({ TableName: 'ledger', Item: { pk: 'a', sk: '1' } })
    await expect(client.send(put)).rejects.toMatchObject({ code: 'ECONNRESET' })
    const get = new GetCommand({ TableName: 'ledger', Key: { pk: 'a', sk: '1' } })
    expect((await client.send(get)).Item).toEqual({ pk: 'a', sk: '1' })
    const match = (input: unknown) => (input as { TableName?: string }).TableName === 'ledger'
    aws.faults.push({ service: 'dynamodb', action: '*', times: 1, kind: 'throttle', match })
    await expect(client.send(get)).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' })
  })

  it('takes faults: a batch read in part, with HTTP 200', async () => {
    const { aws, client } = await table()
    const keys = ['1', '2'].map((sk) => ({ pk: 'a', sk }))
    for (const Item of keys) await client.send(new PutCommand({ TableName: 'ledger', Item }))
    const read = () => client.send(new BatchGetCommand({ RequestItems: { ledger: { Keys: keys } } }))
    aws.faults.push({ service: 'dynamodb', action: 'BatchGetItem', times: 1, kind: 'partial' })
    const partly = await read()
    expect(partly.Responses?.ledger).toEqual([keys[0]])
    expect(partly.UnprocessedKeys?.ledger?.Keys).toEqual([keys[1]])
    expect((await read()).Responses?.ledger).toHaveLength(2)
  })
})

it('answers CreateTable once the table is there, however the clocks of the machine run', async () => {
  const aws = await localAws()
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ ...clientConfig(aws), maxAttempts: 1 }))
  const key = { AttributeName: 'pk', AttributeType: 'S' as const }
  for (const TableName of Array.from({ length: 40 }, (_, index) => `table-${index}`)) {
    const KeySchema = [{ AttributeName: 'pk', KeyType: 'HASH' as const }]
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [key],
        KeySchema,
      }),
    )
    await client.send(new PutCommand({ TableName, Item: { pk: 'a' } }))
  }
})

describe('a transaction', () => {
  const add = (sk: string, ConditionExpression?: string) => ({
    Update: {
      TableName: 'ledger',
      Key: { pk: 'a', sk },
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': 1 },
      ...(ConditionExpression && { ConditionExpression }),
    },
  })
  const count = async (client: DynamoDBDocumentClient, sk: string) =>
    (await client.send(new GetCommand({ TableName: 'ledger', Key: { pk: 'a', sk } }))).Item?.n

  it('has at most a hundred items, as on AWS', async () => {
    const { client } = await table()
    const items = (count: number) => ({
      TransactItems: Array.from({ length: count }, (_, it) => add(`${it}`)),
    })
    await client.send(new TransactWriteCommand(items(100)))
    await expect(client.send(new TransactWriteCommand(items(101)))).rejects.toMatchObject({
      name: 'ValidationException',
    })
  })

  it('does all of it or nothing, and says which condition did not hold', async () => {
    const { client } = await table()
    const put = { Put: { TableName: 'ledger', Item: { pk: 'a', sk: 'put' } } }
    await client.send(new TransactWriteCommand({ TransactItems: [add('1'), add('2'), put] }))
    const refused = client.send(
      new TransactWriteCommand({ TransactItems: [add('1'), add('3'), add('2', 'attribute_not_exists(n)')] }),
    )
    await expect(refused).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'None' }, { Code: 'None' }, { Code: 'ConditionalCheckFailed' }],
    })
    expect(await Promise.all(['1', '2', '3'].map((sk) => count(client, sk)))).toEqual([1, 1, undefined])
    const twice = client.send(new TransactWriteCommand({ TransactItems: [add('1'), add('1')] }))
    await expect(twice).rejects.toMatchObject({ name: 'ValidationException' })
    expect(await count(client, '1')).toBe(1)
  })

  it('whose answer got lost is the same one, asked for again', async () => {
    const { aws } = await table()
    const patient = DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig(aws, 3)))
    aws.faults.push({ service: 'dynamodb', action: 'TransactWriteItems', times: 1, kind: 'lost-response' })
    await patient.send(new TransactWriteCommand({ TransactItems: [add('1')] }))
    expect(await count(patient, '1')).toBe(1)
  })

  it('runs alone: none of a hundred writes beside it is lost', async () => {
    const { client } = await table()
    const failing = () =>
      client
        .send(new TransactWriteCommand({ TransactItems: [add('1'), add('2', 'attribute_exists(n)')] }))
        .catch(() => {})
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        index % 2 ? client.send(new UpdateCommand(add('1').Update)) : failing(),
      ),
    )
    expect(await count(client, '1')).toBe(50)
  })
})
