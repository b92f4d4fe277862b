import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { expiryOf, TTL_ATTRIBUTE } from './table.ts'

/** What people have been told, so that a finding that stays is not told every five minutes. */
export type NotifiedFindings = {
  /** Those of the keys that nobody has been told after `since` (ISO). */
  untold(keys: string[], since: string): Promise<string[]>
  note(keys: string[], at: string): Promise<void>
}

/** Longer than anything is kept quiet. */
const KEPT_DAYS = 7

export function openNotifiedFindings(client: DynamoDBDocumentClient, table: string): NotifiedFindings {
  const idOf = (key: string) => `told#${key}`
  return {
    async untold(keys, since) {
      const known = await Promise.all(
        keys.map((key) => client.send(new GetCommand({ TableName: table, Key: { id: idOf(key) } }))),
      )
      return keys.filter((_, index) => !((known[index]?.Item?.toldAt ?? '') > since))
    },
    async note(keys, at) {
      const items = keys.map((key) => ({
        id: idOf(key),
        toldAt: at,
        [TTL_ATTRIBUTE]: expiryOf(at, KEPT_DAYS),
      }))
      await Promise.all(items.map((Item) => client.send(new PutCommand({ TableName: table, Item }))))
    },
  }
}
