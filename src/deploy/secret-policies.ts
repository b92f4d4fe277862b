import { secretResource } from './secret-arn.ts'
import { rotateSecrets } from './statements.ts'
import type { Json, Resources } from './template.ts'

/** A managed policy's limit in characters, white space not counted, less room for what surrounds the list. */
const MOST_CHARACTERS = 6_144 - 500

/** What account id, region and partition may be longer than their placeholders. */
const SUBSTITUTED = 'arn:aws-us-gov:secretsmanager:ap-southeast-7:123456789012:'.length

/** Managed policies that a role may carry, unless AWS raised it. Source: IAM User Guide, reference_iam-quotas. */
const MOST_POLICIES = 10

/**
 * Permission to rotate exactly these secrets, in as many managed policies as it takes: a role's own policies hold
 * about a hundred ARNs, the managed ones ten times as many characters.
 * @throws Error where even those do not suffice
 */
export function secretPolicies(secrets: string[]): Resources {
  const chunks = inChunks([...new Set(secrets)].sort())
  if (chunks.length > MOST_POLICIES) {
    throw new Error(
      `${secrets.length} secrets need ${chunks.length} IAM policies, and a role carries ${MOST_POLICIES}: ` +
        'split the config in two stages (config/prod-a.yml, config/prod-b.yml)',
    )
  }
  return Object.fromEntries(
    chunks.map((resources, index) => [
      `RotateSecretsPolicy${index + 1}`,
      {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: {
          Description: 'Tourbillon: rotate the configured secrets and see how it went',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [rotateSecrets(resources) as unknown as Json],
          },
        },
      },
    ]),
  )
}

function inChunks(secrets: string[]): Json[][] {
  const chunks: Json[][] = []
  let room = 0
  for (const secret of secrets) {
    const length = SUBSTITUTED + `"secret:${secret}-??????",`.length
    if (length > room) {
      chunks.push([])
      room = MOST_CHARACTERS
    }
    chunks.at(-1)?.push(secretResource(secret))
    room -= length
  }
  return chunks
}
