import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb'
import { settingsFor } from '../../aws/settings.ts'

/** What one of the throw-away functions noted. `at`: by Lambda's clock, epoch ms. */
export type Arrival = { id: string; at: number } & Noted

type Noted =
  /** An asynchronous event: Scheduler's, EventBridge's, SNS's. `text`: the event as JSON. */
  | { kind: 'event'; text: string }
  /** A step that Secrets Manager asked the rotation function for. */
  | { kind: 'step'; canary: string; step: string; token: string }
  /** What an execution saw. */
  | { kind: 'execution'; execution: string; version: string; noted: string; what: unknown }

let table: DynamoDBDocumentClient | undefined

/** Notes it under the id; the same id again is the same arrival. */
export async function arrived(id: string, at: number, noted: Noted): Promise<void> {
  table ??= DynamoDBDocumentClient.from(new DynamoDBClient(settingsFor('repeatable')), {
    marshallOptions: { removeUndefinedValues: true },
  })
  await table.send(new PutCommand({ TableName: process.env.TABLE, Item: { id, at, ...noted } }))
}
