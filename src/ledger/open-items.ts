import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb'

/** Items of one kind that are still open, from the sparse index `unsettled`. */
export async function* openItems(
  client: DynamoDBDocumentClient,
  table: string,
  kind: string,
): AsyncGenerator<Record<string, unknown>> {
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      IndexName: 'unsettled',
      KeyConditionExpression: 'unsettled = :kind',
      ExpressionAttributeValues: { ':kind': kind },
    },
  )
  for await (const { Items = [] } of pages) yield* Items
}
