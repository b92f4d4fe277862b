import type { Config } from '../config/config.ts'
import type { Readers } from '../ledger/readers.ts'
import { askingFor } from '../model/adoption.ts'
import { partsOf, type SecretRead, secretReadIn } from '../model/secret-read.ts'
import { MINUTE } from '../model/time.ts'

/**
 * A read of a secret that some schedule asks about, in CloudTrail's record as EventBridge hands it on; undefined where it is
 * none that counts.
 */
export function readIn(event: unknown, { schedules }: Pick<Config, 'schedules'>): SecretRead | undefined {
  const { account, region, detail } = partsOf(event)
  return secretReadIn(detail, { account, region }, (name) => askingFor(name, schedules).length > 0)
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
  const all = new Map<string, { read: SecretRead; ids: string[] }>()
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

function later(a: SecretRead, b: SecretRead): SecretRead {
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
