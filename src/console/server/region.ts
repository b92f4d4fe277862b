import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { settingsFor } from '../../aws/settings.ts'
import type { ServerContext } from './context.ts'

/** As the SDK finds it: the environment, then the profile. */
export async function regionOfAws(): Promise<string | undefined> {
  return new DynamoDBClient({ ...settingsFor('repeatable') }).config.region().catch(() => undefined)
}

/** Where links to AWS's console lead; undefined where there is none of it. */
export async function linkedRegion({
  endpoint,
}: Pick<ServerContext, 'endpoint'>): Promise<string | undefined> {
  return endpoint === undefined ? regionOfAws() : undefined
}
