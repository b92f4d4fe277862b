import { secretPlaceOf } from './place.ts'
import { isSecretId, partialArn, secretNameOf } from './secret.ts'
import { atDoor } from './text.ts'

/** What was read: what is current, what is pending, or another version that was asked for. */
type WhatRead = 'current' | 'pending' | 'other'

/** One or more reads of a secret by one principal: the last of them, and the sessions that they came from. */
export type SecretRead = {
  /** Its name. */
  secret: string
  principal: string
  what: WhatRead
  /** Of `other`: the label, or the version's id, that was asked for. */
  other?: string
  /** ISO. */
  at: string
  sessions: string[]
}

type Here = { account: unknown; region: unknown }

/**
 * Reads CloudTrail's record of a GetSecretValue; undefined where it is none that counts, or of no secret that is wanted, by
 * its name. It holds what the caller asked for, never what was answered; of a BatchGetSecretValue there is one such record
 * for each secret (API reference, BatchGetSecretValue). What cannot be read is ignored. `here`: where it was recorded.
 * Source: CloudTrail User Guide, cloudtrail-event-reference-record-contents and -user-identity.
 */
export function secretReadIn(
  record: unknown,
  here: Here,
  isWanted: (name: string) => boolean,
): SecretRead | undefined {
  const said = partsOf(record)
  if (said.eventSource !== 'secretsmanager.amazonaws.com' || said.eventName !== 'GetSecretValue')
    return undefined
  const asked = partsOf(said.requestParameters)
  const secretId = textIn(asked.secretId) ?? ''
  const at = instantIn(said.eventTime)
  const what = whatIn(asked)
  const [name, another] = namesIn(secretId, here).filter(isWanted)
  // Where an ARN may be of two of them, it is nobody's.
  if (name === undefined || another !== undefined || at === undefined) return undefined
  // A rotation function asks for what is pending before it is there; whoever else is refused has fetched nothing.
  const early = what.what === 'pending' && said.errorCode === 'ResourceNotFoundException'
  if (said.errorCode !== undefined && said.errorCode !== null && !early) return undefined
  return { secret: name, at, ...asAsked(secretId, name, what), ...callerIn(partsOf(said.userIdentity)) }
}

/** The names that a `SecretId` may mean here: a whole ARN's end is cut off, a partial one's is not there. */
export function namesIn(secretId: string, here: Here): string[] {
  if (secretId === '' || !isSecretId(secretId)) return []
  if (!secretId.startsWith('arn:')) return [secretId]
  const place = secretPlaceOf(secretId)
  // Of another account's secret there is a record here, too.
  if (place?.account !== here.account || place?.region !== here.region) return []
  const whole = secretId.split(':').slice(6).join(':')
  return [...new Set([secretNameOf(secretId), whole])]
}

/** Whether such an id of a secret may be another's: an ARN that ends in a word may have no random end at all. */
export function isUnclear(secretId: string, name: string): boolean {
  return secretId !== name && !secretId.endsWith(`:secret:${name}`) && partialArn(secretId) !== undefined
}

/** An ARN that ends in a word may be another secret's: it is noted as it is, until the secret's own is known. */
function asAsked(secretId: string, name: string, what: ReturnType<typeof whatIn>): ReturnType<typeof whatIn> {
  return isUnclear(secretId, name) && what.what === 'current'
    ? { what: 'other', other: atDoor(secretId, 700) }
    : what
}

/** Whoever names a version gets that one, current or not. */
function whatIn(asked: Record<string, unknown>): Pick<SecretRead, 'what' | 'other'> {
  const { versionStage, versionId } = asked
  const [stage, id] = [textIn(versionStage), textIn(versionId)]
  if (stage === 'AWSPENDING') return { what: 'pending' }
  if (id !== undefined) return { what: 'other', other: atDoor(id, 64) }
  return stage === undefined || stage === 'AWSCURRENT'
    ? { what: 'current' }
    : { what: 'other', other: atDoor(stage, 256) }
}

/**
 * The role of a session, not the session. Of another account's caller there is its account and an id, which for a session
 * is `ROLE-ID:SESSION`.
 */
function callerIn(identity: Record<string, unknown>): Pick<SecretRead, 'principal' | 'sessions'> {
  const { sessionContext, arn, type, invokedBy, accountId, principalId } = identity
  const issuer = textIn(partsOf(partsOf(sessionContext).sessionIssuer).arn)
  const own = textIn(arn)
  const role = own?.replace(/^(arn:[^:]+):sts::(\d+):assumed-role\/([^/]+)\/.*$/, '$1:iam::$2:role/$3')
  const id = textIn(principalId)
  const account = [textIn(accountId), id?.split(':')[0]].filter(Boolean).join(' ')
  const other = [textIn(type) ?? 'somebody', textIn(invokedBy) ?? account].filter(Boolean).join(' ')
  return { principal: atDoor(issuer ?? role ?? other, 600), sessions: [own ?? id ?? other] }
}

function instantIn(text: unknown): string | undefined {
  const at = Date.parse(textIn(text) ?? '')
  return Number.isNaN(at) ? undefined : new Date(at).toISOString()
}

/** Nothing, where it is no object. */
export function partsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
