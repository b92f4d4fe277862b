import { randomInt } from 'node:crypto'
import { z } from 'zod'
import { action, Tags, Token } from '../context.ts'
import { AwsError, invalidRequest } from '../error.ts'
import { putLabel } from '../labels.ts'
import type { Secret, Version } from '../secret.ts'

const Input = z.strictObject({
  Name: z
    .string()
    .min(1)
    .max(512)
    .regex(/^[\w/+=.@!-]+$/),
  ClientRequestToken: Token.optional(),
  Description: z.string().max(2048).optional(),
  KmsKeyId: z.string().optional(),
  SecretString: z.string().optional(),
  SecretBinary: z.string().optional(),
  Tags: Tags.optional(),
})

export const createSecret = action(Input, ({ state, environment }, input) => {
  const value =
    input.SecretString !== undefined
      ? { SecretString: input.SecretString }
      : input.SecretBinary !== undefined && { SecretBinary: input.SecretBinary }
  const existing = state.secrets.get(input.Name)
  if (existing) return sameRequest(existing, input.ClientRequestToken, value || undefined)
  const now = environment.now()
  const { region, account } = state.place
  const secret: Secret = {
    arn: `arn:aws:secretsmanager:${region}:${account}:secret:${input.Name}-${environment.suffix?.(input.Name) ?? mixedSuffix()}`,
    name: input.Name,
    tags: new Map(input.Tags?.map((tag) => [tag.Key, tag.Value])),
    createdAt: now,
    lastChangedAt: now,
    versions: new Map(),
    labels: new Map(),
  }
  if (input.Description) secret.description = input.Description
  if (input.KmsKeyId) secret.kmsKeyId = input.KmsKeyId
  state.secrets.set(secret.name, secret)
  if (!value) return { ARN: secret.arn, Name: secret.name }
  const id = input.ClientRequestToken ?? environment.newId()
  secret.versions.set(id, { id, createdAt: now, value })
  putLabel(state, secret, 'AWSCURRENT', id, now)
  return { ARN: secret.arn, Name: secret.name, VersionId: id }
})

/** The same token with the same value is the same request; any other secret of this name is in the way. */
function sameRequest(secret: Secret, token: string | undefined, value: Version['value']) {
  if (secret.deletedAt !== undefined) {
    throw invalidRequest(
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    )
  }
  const version = token === undefined ? undefined : secret.versions.get(token)
  if (version?.value && JSON.stringify(version.value) === JSON.stringify(value)) {
    return { ARN: secret.arn, Name: secret.name, VersionId: version.id }
  }
  throw new AwsError(
    'ResourceExistsException',
    `The operation failed because the secret ${secret.name} already exists.`,
  )
}

/**
 * The six characters that AWS appends, so that a secret made again under its name has another ARN. Here a digit and a
 * capital are among them: of AWS's, one in sixty looks like a word, and a command that is given such an ARN asks for the
 * name (`partialArn`), which would end one in sixty runs of any test otherwise. `suffix` of the environment has others.
 */
function mixedSuffix(): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
  const four = Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join('')
  return `${letters[randomInt(26)]}${four}${randomInt(10)}`
}
