import { isUnclear, namesIn } from './secret-read.ts'
import { MINUTE } from './time.ts'

/** What `consumers --find` found of who uses a secret. */

/**
 * One of its looks. `looked`: at what. `unseen`: what could not be looked at, and why; then what was found is not all, and
 * nothing that was not found is known not to be there.
 */
export type Look<Found> = { found: Found[]; looked: string; unseen: string[] }

/** Of ECS, and of RDS: nobody waits for longer before a terminal. */
export const MOST_LOOKING_MS = 3 * MINUTE

/** Of a label or a version's id that somebody asks for. */
export const NOT_MOVED = 'which a rotation does not move to the new value'

/** How a task definition names a secret. `fixed`: a version or a label that a rotation does not move to the new value. */
export type TaskSecret = { fixed?: string; unclear?: true }

/**
 * What such a text of a task definition says of the secret of this name; undefined: it names another, or none. A secret
 * stands there by its ARN, with `:json-key:label:version-id` after it, or through Parameter Store; by its name only as
 * `credentialsParameter`, for a plain name of `valueFrom` is a parameter's. `arn`: the secret's own, where it is known.
 * Sources: ECS API reference, Secret, RepositoryCredentials; ECS Developer Guide, secrets-envvar-secrets-manager; Systems
 * Manager User Guide, integration-ps-secretsmanager.
 */
export function secretOfTask(
  text: string,
  name: string,
  here: { account: string; region: string },
  { arn: own, plain = false }: { arn?: string | undefined; plain?: boolean } = {},
): TaskSecret | undefined {
  const reference =
    /^(?:arn:[^:]+:ssm:[^:]+:\d+:parameter)?\/aws\/reference\/secretsmanager\/([^:]+)(?::(.*))?$/
  const [, referred, tail] = reference.exec(text) ?? []
  if (referred !== undefined) return referred === name ? fixedTo([tail]) : undefined
  if (!text.startsWith('arn:')) return plain && text === name ? {} : undefined
  const parts = text.split(':')
  const arn = parts.slice(0, 7).join(':')
  if (arn !== own && !namesIn(arn, here).includes(name)) return undefined
  const isOthers = own !== undefined && arn !== own && !arn.endsWith(`:secret:${name}`)
  if (isOthers) return undefined
  const [, label, version] = parts.slice(7)
  return { ...fixedTo([label, version]), ...(arn !== own && isUnclear(arn, name) && { unclear: true }) }
}

function fixedTo(marks: (string | undefined)[]): TaskSecret {
  const fixed = marks.find((mark) => mark !== undefined && mark !== '' && mark !== 'AWSCURRENT')
  return fixed === undefined ? {} : { fixed }
}

/** Account and region of an ARN. */
export function placeIn(arn: string): { account: string; region: string } {
  const [, , , region = '', account = ''] = arn.split(':')
  return { account, region }
}
