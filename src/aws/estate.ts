import {
  ListSecretsCommand,
  type SecretListEntry,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { Permission } from './permission.ts'
import { settingsFor } from './settings.ts'
import { eachWithAws } from './with-aws.ts'

export const ESTATE_PERMISSIONS = {
  // It shows names, tags and rotation rules, never values.
  list: [{ action: 'secretsmanager:ListSecrets', on: 'any' }],
} as const satisfies Record<string, Permission[]>

/** A page may be asked for ten times, with up to 20 s between. */
const PAGE_MS = 300_000

/**
 * Every secret of an account and region as ListSecrets shows it, those that are to be deleted too, each once; page by
 * page, one after the other. What is throttled or lost is asked for again, more and more slowly. Oldest first, so that
 * what is created meanwhile moves nothing from one page to another; a secret that stands on two pages all the same
 * counts as it was seen last. Throws CannotDo.
 */
export async function listEstate(
  region: string | undefined,
  show: (listed: number) => void,
): Promise<{ region: string; secrets: SecretListEntry[] }> {
  const client = new SecretsManagerClient({
    ...settingsFor('patient'),
    ...(region !== undefined && { region }),
  })
  const found = new Map<string, SecretListEntry>()
  for await (const page of eachWithAws('list the secrets', pagesOf(client), { giveUpMs: PAGE_MS })) {
    for (const entry of page) if (entry.ARN !== undefined) found.set(entry.ARN, entry)
    show(found.size)
  }
  return { region: await client.config.region(), secrets: [...found.values()] }
}

async function* pagesOf(client: SecretsManagerClient): AsyncGenerator<SecretListEntry[]> {
  let NextToken: string | undefined
  do {
    const page = await client.send(
      new ListSecretsCommand({
        ...{ IncludePlannedDeletion: true, MaxResults: 100, SortOrder: 'asc' },
        ...(NextToken && { NextToken }),
      }),
    )
    yield page.SecretList ?? []
    NextToken = page.NextToken
  } while (NextToken)
}
