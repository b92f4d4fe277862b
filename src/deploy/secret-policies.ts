import type { Schedule } from '../config/config.ts'
import { charactersIn, MANAGED_POLICY_CHARACTERS, MOST_POLICIES } from './policy-size.ts'
import { configuredSecrets, type Statement, type Verb } from './statements.ts'
import { type Json, ownArn, type Resources } from './template.ts'

/** Room for what surrounds a list of secrets: its statement, and for a policy's own beginning and end. */
const AROUND_LIST = 440
const AROUND_ALL = 60

/** Characters that a list of secrets takes in a managed policy. */
const MOST_CHARACTERS = MANAGED_POLICY_CHARACTERS - AROUND_LIST - AROUND_ALL

const DESCRIPTIONS: Record<Verb, string> = {
  Rotate: 'Tourbillon: rotate the configured secrets and see how it went',
  Describe: 'Tourbillon: see how the configured secrets stand',
}

/**
 * Permission to rotate exactly these secrets, or only to look at them, for what watches over rotations; in as many
 * managed policies as it takes: a role's own policies hold about a hundred ARNs, the managed ones ten times as many
 * characters.
 *
 * @param selected statements on secrets that selectors choose
 * @throws Error where even those do not suffice
 */
export function secretPolicies(schedules: Schedule[], verb: Verb, selected: Statement[] = []): Resources {
  const secrets = secretResources(schedules)
  // A list of its own in each: a policy has no two statements of one Sid.
  const policies = inChunks(secrets, MOST_CHARACTERS).map((resources) => [configuredSecrets(verb, resources)])
  for (const statement of selected) {
    const last = policies.at(-1)
    if (last && charactersIn([...last, statement]) <= MANAGED_POLICY_CHARACTERS - AROUND_ALL)
      last.push(statement)
    else policies.push([statement])
  }
  if (policies.length > MOST_POLICIES) {
    const choices = selected.length > 0 ? ` and ${selected.length} selectors` : ''
    const most = [...schedules].sort((a, b) => b.secrets.length - a.secrets.length).slice(0, 3)
    throw new Error(
      `${secrets.length} secrets${choices} need ${policies.length} IAM policies, and a role carries ${MOST_POLICIES} ` +
        `(most of them in ${most.map(({ name }) => name).join(', ')}). Split the config in two stages (config/prod-a.yml, config/prod-b.yml), or ` +
        'choose by a common prefix or tag',
    )
  }
  return Object.fromEntries(
    policies.map((Statement, index) => [
      `${verb}SecretsPolicy${index + 1}`,
      {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: {
          Description: DESCRIPTIONS[verb],
          PolicyDocument: { Version: '2012-10-17', Statement },
        },
      },
    ]),
  )
}

/** Each secret's IAM resource, once, in an order of its own: a config reordered is a stack unchanged. */
export function secretResources(schedules: Schedule[]): Json[] {
  const resources = new Map<string, Json>()
  for (const { secrets, place } of schedules) {
    for (const secret of secrets) {
      const resource = secretResource(secret, place?.region)
      resources.set(JSON.stringify(resource), resource)
    }
  }
  return [...resources].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, resource]) => resource)
}

/**
 * The IAM resource of one configured secret. A secret's ARN ends in a hyphen and six random characters that its name
 * does not tell; `?` stands for exactly one, so no other name can match: `orders-??????` is not `orders-archive-Ab12Cd`.
 * ARNs are taken as they are.
 * Source: Secrets Manager User Guide, auth-and-access_iam-policies, "wildcards".
 *
 * @param region the secret's, where it is not the stack's
 */
export function secretResource(secret: string, region?: string): Json {
  return secret.startsWith('arn:') ? secret : ownArn('secretsmanager', `secret:${secret}-??????`, region)
}

/** In order, as many together as have room. */
function inChunks<T extends Json>(items: T[], most: number): T[][] {
  const chunks: T[][] = []
  let room = 0
  for (const item of items) {
    const length = charactersIn(item) + 1
    if (length > room) {
      chunks.push([])
      room = most
    }
    chunks.at(-1)?.push(item)
    room -= length
  }
  return chunks
}
