import { once } from 'node:events'
import { connect } from 'node:net'
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
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
})
