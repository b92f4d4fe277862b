import type { Config } from '../config/config.ts'
import type { NotedRead, Readers } from '../ledger/readers.ts'
import { askingFor } from '../model/adoption.ts'
import { secretPlaceOf } from '../model/place.ts'
import { isSecretId, partialArn, secretNameOf } from '../model/secret.ts'
import { atDoor } from '../model/text.ts'
import { MINUTE } from '../model/time.ts'

/**
 * Reads CloudTrail's record of a GetSecretValue, as EventBridge hands it on; undefined where it is none that counts, or of
 * a secret that nobody asks about. It holds what the caller asked for, never what was answered; of a BatchGetSecretValue
 * there is one such record for each secret (API reference, BatchGetSecretValue). What cannot be read is ignored.
 * Source: CloudTrail User Guide, cloudtrail-event-reference-record-contents and -user-identity.
 */
export function readIn(event: unknown, { schedules }: Pick<Config, 'schedules'>): NotedRead | undefined {
  const { account, region, detail } = partsOf(event)
  const said = partsOf(detail)
  if (said.eventSource !== 'secretsmanager.amazonaws.com' || said.eventName !== 'GetSecretValue')
    return undefined
  const asked = partsOf(said.requestParameters)
  const secret = namesOf(textIn(asked.secretId), { account, region }).filter(
    (name) => askingFor(name, schedules).length > 0,
  )
  const at = instantIn(said.eventTime)
  const what = whatIn(asked)
  const [name, another] = secret
  // Where an ARN may be of two of them, it is nobody's.
  if (name === undefined || another !== undefined || at === undefined) return undefined
  // A rotation function asks for what is pending before it is there; whoever else is refused has fetched nothing.
  const early = what.what === 'pending' && said.errorCode === 'ResourceNotFoundException'
  if (said.errorCode !== undefined && said.errorCode !== null && !early) return undefined
  return {
    secret: name,
    at,
    ...asAsked(textIn(asked.secretId) ?? '', name, what),
    ...callerIn(partsOf(said.userIdentity)),
  }
}

/** The names that a `SecretId` may mean: a whole ARN's end is cut off, a partial one's is not there. */
function namesOf(secretId: string | undefined, here: { account: unknown; region: unknown }): string[] {
  if (secretId === undefined || !isSecretId(secretId)) return []
  if (!secretId.startsWith('arn:')) return [secretId]
  const place = secretPlaceOf(secretId)
  // Of another account's secret there is a record here, too.
  if (place?.account !== here.account || place?.region !== here.region) return []
  const whole = secretId.split(':').slice(6).join(':')
  return [...new Set([secretNameOf(secretId), whole])]
}

/** An ARN that ends in a word may be another secret's: it is noted as it is, until the secret's own is known. */
function asAsked(secretId: string, name: string, what: ReturnType<typeof whatIn>): ReturnType<typeof whatIn> {
  const isClear = secretId === name || secretId.endsWith(`:secret:${name}`) || !partialArn(secretId)
  return isClear || what.what !== 'current' ? what : { what: 'other', other: atDoor(secretId, 700) }
}

/** Whoever names a version gets that one, current or not. */
function whatIn(asked: Record<string, unknown>): Pick<NotedRead, 'what' | 'other'> {
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
function callerIn(identity: Record<string, unknown>): Pick<NotedRead, 'principal' | 'sessions'> {
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

function partsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A batch of SQS's. Source: Lambda Developer Guide, with-sqs. */
export type QueueBatch = { Records: { messageId: string; body: string }[] }

/** Which of them come again. Source: Lambda Developer Guide, services-sqs-errorhandling. */
export type BatchAnswer = { batchItemFailures: { itemIdentifier: string }[] }

type ReadsPorts = {
  config: Pick<Config, 'schedules'>
  readers: Pick<Readers, 'note'>
  now(): number
  failed(error: unknown, secret: string): void
}

/** So much CloudTrail's clock may be before ours. */
const AHEAD_MS = 5 * MINUTE

/** Reads that came together: of each principal one write a secret, so that a busy one costs no more than an idle one. */
export async function noteReads(batch: QueueBatch, ports: ReadsPorts): Promise<BatchAnswer> {
  const all = new Map<string, { read: NotedRead; ids: string[] }>()
  for (const { messageId, body } of batch.Records) {
    const read = readIn(parsed(body), ports.config)
    // Of a read to come nobody can know: as the last one it would stand for all that are missing, for ever.
    if (read === undefined || Date.parse(read.at) > ports.now() + AHEAD_MS) continue
    const key = JSON.stringify([read.secret, read.principal, read.what])
    const before = all.get(key)
    all.set(key, { read: before ? later(before.read, read) : read, ids: [...(before?.ids ?? []), messageId] })
  }
  const failures: string[] = []
  for (const { read, ids } of all.values()) {
    try {
      await ports.readers.note(read, ports.now())
    } catch (error) {
      ports.failed(error, read.secret)
      failures.push(...ids)
    }
  }
  return { batchItemFailures: failures.map((itemIdentifier) => ({ itemIdentifier })) }
}

function later(a: NotedRead, b: NotedRead): NotedRead {
  const sessions = [...new Set([...a.sessions, ...b.sessions])]
  return { ...(a.at < b.at ? b : a), sessions: sessions.slice(0, 100) }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
