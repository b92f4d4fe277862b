import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb'

/** Items of one kind from the sparse index `unsettled`, those with a later `scheduledAt` than `after` (ISO). */
export async function* openItems(
  client: DynamoDBDocumentClient,
  table: string,
  kind: string,
  after = '',
): AsyncGenerator<Record<string, unknown>> {
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      IndexName: 'unsettled',
      KeyConditionExpression: `unsettled = :kind${after === '' ? '' : ' AND scheduledAt > :after'}`,
      ExpressionAttributeValues: { ':kind': kind, ...(after !== '' && { ':after': after }) },
    },
  )
  for await (const { Items = [] } of pages) yield* Items
}
