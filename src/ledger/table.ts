import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb'

/**
 * The ledger's one table. Items: rotations under their `rotationId`. Each index answers one question; all are sorted
 * by `scheduledAt`. `unsettled` is sparse: only rotations without an outcome have the attribute.
 */
export const INDEXES = {
  bySecret: 'secretName',
  bySchedule: 'schedule',
  byDay: 'day',
  unsettled: 'unsettled',
} as const

export type Index = keyof typeof INDEXES

/**
 * What open-table.ts's calls take; a transaction asks for the action of each item in it. `keep`: on the table. `query`: on
 * its indexes. `request`: all that `rotateNow` needs, on keys that begin as requests' do; `readers`:
 * what `reads` needs, on keys that begin as readers' do.
 * Source: DynamoDB Developer Guide, transaction-apis-iam.
 */
export const TABLE_ACTIONS = {
  keep: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
  query: ['dynamodb:Query'],
  request: ['dynamodb:GetItem', 'dynamodb:PutItem'],
  readers: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
}

/** The attribute that DynamoDB's time to live reads: epoch seconds. */
export const TTL_ATTRIBUTE = 'expiresAt'

/** Beyond a year's audit. */
export const RETENTION_DAYS = 400

/** The value of `TTL_ATTRIBUTE` for something of this instant (ISO). */
export function expiryOf(instant: string, retentionDays = RETENTION_DAYS): number {
  return Math.floor(Date.parse(instant) / 1_000) + retentionDays * 86_400
}

/** What both the local AWS and the CloudFormation template create. */
export const tableDefinition = {
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: ['id', 'scheduledAt', ...Object.values(INDEXES)].map((name) => ({
    AttributeName: name,
    AttributeType: 'S' as const,
  })),
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
  GlobalSecondaryIndexes: Object.entries(INDEXES).map(([IndexName, key]) => ({
    IndexName,
    KeySchema: [
      { AttributeName: key, KeyType: 'HASH' as const },
      { AttributeName: 'scheduledAt', KeyType: 'RANGE' as const },
    ],
    Projection: { ProjectionType: 'ALL' as const },
  })),
} satisfies Omit<CreateTableCommandInput, 'TableName'>
