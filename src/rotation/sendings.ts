import type { Seen } from '../aws/secrets.ts'
import type { Labels, Sending } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import { pendingIn, versionWith } from './inspect.ts'
import type { Ports } from './ports.ts'
import { readForGate } from './read-gate.ts'

type Secret = Extract<Seen, { secret: unknown }>['secret']

/**
 * What is known of a rotation's sendings: by the process that sends, and by the record, where one before it has noted
 * them. A process ends at a crash, and between two tries. Decision 0119.
 */
export type Sendings = {
  /** Whether one was ever let out. Undefined: not known (yet), or an earlier release's record. */
  any?: boolean
  /** Of those that may have had an effect, and got no answer. */
  open?: Open
  /** What this process has noted last. */
  noted?: Sending
}

export type Open = {
  /** The first of them went out then, or later. Epoch ms. */
  from: number
  /** When each of them left, epoch ms; undefined: an earlier process may have sent it. */
  sent: (number | undefined)[]
  /** What had these labels before the first. */
  labels: Labels
  /** What was AWSPENDING before the last, and not AWSCURRENT. */
  pending?: string | undefined
  /** Until when the next is put off, where this account asks for that. Epoch ms. */
  doubtedUntil?: number
}

/** Reads what earlier processes have noted, once. Rejects with what `unreadable` knows: a gate cannot do without it. */
export async function recallSendings(
  ports: Pick<Ports, 'ledger'>,
  rotationId: string,
  sendings: Sendings,
): Promise<void> {
  if (sendings.any !== undefined) return
  const { sending } = (await readForGate(ports.ledger.get(rotationId))) ?? {}
  if (sending === undefined) return
  sendings.any = sending !== null
  if (sending && !sending.refused) {
    const { from, labels, pending } = sending
    sendings.open = { from: Date.parse(from), sent: [undefined], labels, pending }
  }
}

/**
 * Notes a sending before it goes out (`from`: epoch ms). Only the execution that holds the claim can: whoever finds that
 * another one has taken it over, or the audit has settled it, gets that record, and sends nothing.
 */
export async function noteSending(
  ports: Pick<Ports, 'ledger' | 'executionArn'>,
  { rotationId, secret, from }: { rotationId: string; secret: Secret; from: number },
  sendings: Sendings,
) {
  const pending = pendingIn(secret)
  const sending: Sending = {
    from: iso(sendings.open?.from ?? from),
    labels: sendings.open?.labels ?? labelsOf(secret),
    ...(pending !== undefined && { pending }),
  }
  const rotation = await readForGate(ports.ledger.noteSending(rotationId, sending, ports.executionArn))
  const ours = rotation.executionArn === ports.executionArn && rotation.status === 'CLAIMED'
  if (ours) Object.assign(sendings, { any: true, noted: sending })
  return ours ? undefined : rotation
}

/** A sending (epoch ms) got no answer, and may have had an effect on this. */
export function noteUnanswered(sendings: Sendings, sentAt: number, secret: Secret): void {
  const { from = sentAt, sent = [], labels = labelsOf(secret) } = sendings.open ?? {}
  sendings.open = { from, sent: [...sent, sentAt], labels, pending: pendingIn(secret) }
}

/** AWS has answered no to all that this process has sent: the next one need not doubt. Best effort, as doubt is safe. */
export async function noteRefused(
  ports: Pick<Ports, 'ledger' | 'executionArn' | 'log'>,
  rotationId: string,
  { open, noted }: Sendings,
): Promise<void> {
  if (open || !noted) return
  try {
    await ports.ledger.noteSending(rotationId, { ...noted, refused: true }, ports.executionArn)
  } catch (error) {
    ports.log('could not note the refusal', { rotationId, error: String(error) })
  }
}

/** Versions with a label that had none before a call without an answer, and another id than its token: in words. */
export function describeNewcomers(secret: Secret, open: Open, rotationId: string): string {
  // What was there before it is not known.
  if (Object.keys(open.labels).length === 0) return ''
  const ids = newcomers(secret, open).filter((id) => id !== rotationId)
  return ids.length === 0 ? '' : `. Since then there is version ${ids.join(', ')}, which may be that call’s`
}

/** Versions that have a label now, and had none before a call without an answer. */
export function newcomers(secret: Secret, { labels, pending }: Open): string[] {
  const before = [pending, ...Object.values(labels)]
  return [...new Set(Object.values(labelsOf(secret)))].filter((id) => !before.includes(id))
}

export function labelsOf(secret: Secret): Labels {
  const labels = (['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS'] as const).flatMap((label) => {
    const id = versionWith(secret, label)
    return id === undefined ? [] : [[label, id]]
  })
  return Object.fromEntries(labels)
}
