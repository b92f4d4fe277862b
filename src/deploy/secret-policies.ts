import type { Schedule } from '../config/config.ts'
import { configuredSecrets, type Verb } from './statements.ts'
import { type Json, ownArn, type Resources } from './template.ts'

/** A managed policy's limit in characters, white space not counted, less room for what surrounds the list. */
const MOST_CHARACTERS = 6_144 - 500

/** Managed policies that a role may carry, unless AWS raised it. Source: IAM User Guide, reference_iam-quotas. */
const MOST_POLICIES = 10

const DESCRIPTIONS: Record<Verb, string> = {
  Rotate: 'Tourbillon: rotate the configured secrets and see how it went',
  Describe: 'Tourbillon: see how the configured secrets stand',
}

/**
 * Permission to rotate exactly these secrets, or only to look at them, for what watches over rotations; in as many
 * managed policies as it takes: a role's own policies hold about a hundred ARNs, the managed ones ten times as many
 * characters.
 * @throws Error where even those do not suffice
 */
export function secretPolicies(schedules: Schedule[], verb: Verb): Resources {
  const secrets = secretResources(schedules)
  const chunks = inChunks(secrets)
  if (chunks.length > MOST_POLICIES) {
    throw new Error(
      `${secrets.length} secrets need ${chunks.length} IAM policies, and a role carries ${MOST_POLICIES}: ` +
        'split the config in two stages (config/prod-a.yml, config/prod-b.yml)',
    )
  }
  return Object.fromEntries(
    chunks.map((resources, index) => [
      `${verb}SecretsPolicy${index + 1}`,
      {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: {
          Description: DESCRIPTIONS[verb],
          PolicyDocument: { Version: '2012-10-17', Statement: [configuredSecrets(verb, resources)] },
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

function inChunks(resources: Json[]): Json[][] {
  const chunks: Json[][] = []
  let room = 0
  for (const resource of resources) {
    const length = longest(resource)
    if (length > room) {
      chunks.push([])
      room = MOST_CHARACTERS
    }
    chunks.at(-1)?.push(resource)
    room -= length
  }
  return chunks
}

/** Characters that a resource and its comma can take, once CloudFormation has filled in what only it knows. */
function longest(resource: Json): number {
  const filled = JSON.stringify(resource)
    .replaceAll(`\${AWS::Partition}`, 'aws-us-gov')
    .replaceAll(`\${AWS::Region}`, 'ap-southeast-7')
    .replaceAll(`\${AWS::AccountId}`, '123456789012')
  const around = typeof resource === 'string' ? '' : '{"Fn::Sub":}'
  return filled.length - around.length + 1
}
