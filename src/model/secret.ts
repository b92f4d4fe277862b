import { CannotDo } from './errors.ts'
import { oneLine } from './text.ts'

/** What secrets are called: by name, or by ARN, which ends in a hyphen and six random letters and digits. */

const ARN = /^arn:[^:]+:secretsmanager:[^:]+:[^:]+:secret:(.+)$/
const RANDOM = /-([A-Za-z0-9]{6})$/

/**
 * Secrets Manager's own alphabet for names; those of secrets that another service manages begin with its name and `!`.
 * Source: API reference, CreateSecret, Name; User Guide, service-linked-secrets (`rds!cluster-…`, `redshift!…`).
 */
export const SECRET_NAME = /^(?=.{1,512}$)([a-z][a-z0-9-]*!)?[A-Za-z0-9/_+=.@-]*$/
const SECRET_ARN =
  /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:([a-z][a-z0-9-]*!)?[A-Za-z0-9/_+=.@-]+$/

/** What is written where a text is neither. */
export const SECRET_FORM =
  'letters, digits and /_+=.@- ; or arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-xxxxxx'

/** Whether it can be a secret's name or ARN at all: it is shown, and told, as it is. */
export function isSecretId(text: string): boolean {
  return text.startsWith('arn:') ? text.length <= 2_048 && SECRET_ARN.test(text) : SECRET_NAME.test(text)
}

/**
 * A secret's name, from its name or its whole ARN. Rotations' ids are made of it (decision 0003), so what it makes of any
 * text never changes.
 * Source: API reference, CreateSecret, ARN.
 */
export function secretNameOf(secret: string): string {
  const fromArn = ARN.exec(secret)?.[1]
  return fromArn === undefined ? secret : fromArn.replace(RANDOM, '')
}

/**
 * What is wrong with an ARN that has no random end, or one that looks like a word or a number of the name:
 * `…:secret:prod/orders-config`, which AWS, too, would take for `prod/orders`. Six random letters and digits are all of
 * one kind once in a hundred times; then the name, which is always right, has to be written.
 * Source: API reference, DescribeSecret, SecretId ("partial ARN").
 */
export function partialArn(secret: string): { problem: string; hint: string } | undefined {
  const name = ARN.exec(secret)?.[1]
  if (name === undefined) return undefined
  const end = RANDOM.exec(name)?.[1]
  if (end === undefined) {
    return {
      problem: 'lacks the hyphen and six random characters at the end of an ARN',
      hint: `write the secret’s name, ${name}, or its whole ARN`,
    }
  }
  if (!/^([A-Z]?[a-z]+|[A-Z]+|\d+)$/.test(end)) return undefined
  return {
    problem: `ends in "-${end}", which may be the end of the name or that of the ARN`,
    hint: `write the secret’s name: ${name}, or ${secretNameOf(secret)} if this is its whole ARN`,
  }
}

/** What Secrets Manager says of where a secret is; its primary region is said of replicas, and may be of the primary. */
type Replicable = { ARN?: string | undefined; PrimaryRegion?: string | undefined }

/** A copy of a secret of another region, which rotates there. */
export function isReplica(secret: Replicable): boolean {
  return Boolean(secret.PrimaryRegion) && secret.PrimaryRegion !== regionOf(secret)
}

export function regionOf({ ARN }: Pick<Replicable, 'ARN'>): string | undefined {
  return ARN?.split(':')[3]
}

/** The name of a secret that was given by name or ARN. Throws CannotDo where the ARN may be of another one. */
export function secretNameInOption(text: string): string {
  if (!isSecretId(text))
    throw new CannotDo(`--secret ${oneLine(text)} is neither a secret’s name nor its ARN`, {
      hint: SECRET_FORM,
    })
  const partial = partialArn(text)
  if (partial) throw new CannotDo(`--secret ${text} ${partial.problem}`, { hint: partial.hint })
  return secretNameOf(text)
}
