import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import type { Freeze } from '../calendar/freezes.ts'

/**
 * What the newest config forbids, for executions that started on an older one and wait: a wave may wait for a go-ahead
 * for days. The audit keeps it, which is always the newest version.
 */
export type Policy = {
  configVersion: string
  /** When the audit that wrote it began (ISO): what started later knows at least as much. */
  at: string
  freezes: (Freeze & { ignoredBy?: string[] })[]
  /** Schedules that are disabled, or gone. */
  disabled: string[]
  /** Those that the config has, so that a later one can tell which are gone. */
  schedules: string[]
}

export type Policies = {
  /** Read consistently. */
  get(): Promise<Policy | undefined>
  /** Replaces it, unless what stands there was written by an audit that began later. */
  put(policy: Policy): Promise<void>
}

const KEY = { id: 'policy#current' }

export function openPolicies(client: DynamoDBDocumentClient, table: string): Policies {
  return {
    async get() {
      const { Item } = await client.send(new GetCommand({ TableName: table, Key: KEY, ConsistentRead: true }))
      return Item?.policy as Policy | undefined
    },
    async put(policy) {
      try {
        await client.send(
          new PutCommand({
            TableName: table,
            Item: { ...KEY, policy },
            ConditionExpression: 'attribute_not_exists(id) OR #policy.#at < :at',
            ExpressionAttributeNames: { '#policy': 'policy', '#at': 'at' },
            ExpressionAttributeValues: { ':at': policy.at },
          }),
        )
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error
      }
    },
  }
}
