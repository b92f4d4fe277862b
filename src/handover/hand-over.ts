import { isDenied } from '../aws/not-now.ts'
import { handoverFinding } from '../model/finding.ts'
import {
  type ConsumerRefresh,
  type ConsumerState,
  endOf,
  type Handover,
  REFRESH_MS,
  SIDE_BY_SIDE,
} from '../model/handover.ts'
import type { Rotation } from '../model/rotation.ts'
import { atDoor, messageOf } from '../model/text.ts'
import { DAY, iso, MINUTE } from '../model/time.ts'
import { checkedEvent, id } from '../rotation/event-checks.ts'
import { ledgerRetry } from '../rotation/retry.ts'
import type { Steps } from '../steps/steps.ts'
import type { HandoverPorts, Progress } from './ports.ts'
import { refreshOne } from './refresh.ts'

export type HandoverRequest = { rotationId: string }

/** Throws RequestError. */
export function parseHandover(event: unknown): HandoverRequest {
  const example = '{"rotationId": "28e2bcee-b53c-5469-acce-b9ca7dd84e52"}'
  return checkedEvent<HandoverRequest>(event, { rotationId: id }, { needs: ['rotationId'], example })
}

/** STOPPED: the handover is over, or one before it has failed where that stops the rest. */
type ConsumerEnd = ConsumerState | 'STOPPED'

/**
 * After a success: those who use the secret take the new value. Single user: all, a few side by side, and one that fails
 * stops nobody, for the old password is dead. Alternating users: one first, and the rest once it is well; a failure
 * stops, for the old login lives until the next rotation. All that is known stands on the record, so that any
 * execution goes on from there. Decision 0172.
 */
export async function handOver(
  steps: Steps,
  { rotationId }: HandoverRequest,
  ports: HandoverPorts,
): Promise<{ rotationId: string; status: Handover['status'] | 'NONE' }> {
  const handover = await steps.step('begin', () => begin(rotationId, ports), ledgerRetry)
  if (handover?.status === 'RUNNING') {
    const refreshed = (some: number[]) =>
      steps.map('consumers', some, (inner, index) => refreshConsumer(inner, rotationId, index, ports), {
        maxConcurrency: SIDE_BY_SIDE,
      })
    const [first = 0, ...rest] = handover.consumers.map((_, index) => index)
    if (handover.strategy !== 'alternating') await refreshed([first, ...rest])
    else if ((await refreshConsumer(steps, rotationId, first, ports)) === 'FRESH') await refreshed(rest)
  }
  const status = await steps.step('end', () => end(rotationId, ports), ledgerRetry)
  return { rotationId, status }
}

/** A later rotation's handover ends those of before it, and one of before a later one ends itself. */
async function begin(rotationId: string, ports: HandoverPorts): Promise<Handover | null> {
  const rotation = await ports.ledger.get(rotationId)
  if (rotation?.handover?.status !== 'RUNNING') return rotation?.handover ?? null
  for await (const other of ports.ledger.query('bySecret', rotation.secretName, since(rotation))) {
    if (other.rotationId === rotationId || other.handover === undefined) continue
    const isLater = (other.rotatedAt ?? '') > (rotation.rotatedAt ?? '')
    if (!isLater) {
      if (other.handover.status === 'RUNNING') await supersede(other.rotationId, ports)
    } else return (await supersede(rotationId, ports)).handover ?? null
  }
  return rotation.handover
}

/** What is RUNNING still began at most so long before. */
function since({ scheduledAt }: Rotation): { from: string } {
  return { from: iso(Date.parse(scheduledAt) - 3 * DAY) }
}

function supersede(rotationId: string, { ledger }: HandoverPorts): Promise<Rotation> {
  return ledger.endHandover(rotationId, 'SUPERSEDED')
}

/** Never rejects: one that cannot be noted is left as it is, and stops nobody. */
async function refreshConsumer(
  steps: Steps,
  rotationId: string,
  index: number,
  ports: HandoverPorts,
): Promise<ConsumerEnd> {
  try {
    for (let look = 1; ; look++) {
      const { state, again } = await steps.step(
        `consumer ${index + 1}, look ${look}`,
        () => stepOn(rotationId, index, ports),
        ledgerRetry,
      )
      if (!again) return state
      await steps.wait(`consumer ${index + 1}, pause ${look}`, { seconds: Math.min(60, 2 ** look) })
    }
  } catch (error) {
    ports.log('a consumer was left', { rotationId, consumer: index + 1, error: String(error) })
    return 'UNKNOWN'
  }
}

/** One step of one consumer, noted on the record. `again`: another one is to come. */
async function stepOn(
  rotationId: string,
  index: number,
  ports: HandoverPorts,
): Promise<{ state: ConsumerEnd; again: boolean }> {
  const rotation = await ports.ledger.get(rotationId)
  const { handover } = rotation ?? {}
  const consumer = handover?.consumers[index]
  if (!rotation || !consumer || handover?.status !== 'RUNNING') return { state: 'STOPPED', again: false }
  if (isOver(consumer)) return { state: consumer.state, again: false }
  const stops = handover.strategy === 'alternating' && handover.consumers.some(hasFailed)
  if (stops && consumer.state === 'WAITING') return { state: 'STOPPED', again: false }

  let standing = consumer
  const note = async (progress: Progress): Promise<boolean> => {
    const since = progress.state === standing.state ? standing.since : iso(ports.now())
    const next = { ...standing, ...progress, since }
    const noted = await ports.ledger.noteConsumer(rotationId, index, standing, next)
    const isNoted = noted.handover?.status === 'RUNNING' && same(noted.handover.consumers[index], next)
    if (isNoted) standing = next
    return isNoted
  }
  const mayAsk = () =>
    note({
      ...{ state: 'REFRESHING', detail: 'asked to refresh', sentAt: iso(ports.now()) },
      sent: (standing.sent ?? 0) + 1,
    })
  const progress = await refreshOne({ rotation, consumer, mayAsk, ports }).catch((error: unknown) =>
    afterError(error, consumer, standing, ports),
  )
  const settled = inTime(progress, standing, ports)
  if (!same(standing, { ...standing, ...settled })) await note(settled)
  return { state: settled.state, again: !isOver(settled) }
}

/** What is not known now may be known later. A denial is believed after a while: IAM is eventually consistent. */
function afterError(
  error: unknown,
  before: ConsumerRefresh,
  { state, since }: ConsumerRefresh,
  { now }: HandoverPorts,
): Progress {
  const detail = atDoor(messageOf(error), 300)
  const denied = isDenied(error) && state === 'REFRESHING' && now() - Date.parse(since) > DENIED_MS
  const { unasked } = error as { unasked?: boolean }
  return {
    state: denied ? 'FAILED' : 'REFRESHING',
    detail,
    ...(unasked && { sentAt: before.sentAt, sent: before.sent }),
  } as Progress
}

const DENIED_MS = 3 * MINUTE

function inTime(progress: Progress, { state, since }: ConsumerRefresh, { now }: HandoverPorts): Progress {
  if (isOver(progress) || state !== 'REFRESHING' || now() - Date.parse(since) < REFRESH_MS) return progress
  return {
    ...progress,
    state: 'UNKNOWN',
    detail: `not over after ${REFRESH_MS / MINUTE} min: ${progress.detail}`,
  }
}

function isOver({ state }: Pick<ConsumerRefresh, 'state'>): boolean {
  return state === 'FRESH' || hasFailed({ state })
}

function hasFailed({ state }: Pick<ConsumerRefresh, 'state'>): boolean {
  return state === 'FAILED' || state === 'UNKNOWN'
}

function same(one: ConsumerRefresh | undefined, other: ConsumerRefresh): boolean {
  return (['state', 'sentAt', 'detail', 'follows'] as const).every((name) => one?.[name] === other[name])
}

/** Gives it its end, and tells of one that did not go well: at least once. */
async function end(rotationId: string, ports: HandoverPorts): Promise<Handover['status'] | 'NONE'> {
  const seen = await ports.ledger.get(rotationId)
  if (seen?.handover === undefined) return 'NONE'
  const rotation = await ports.ledger.endHandover(rotationId, endOf(seen.handover))
  const { handover } = rotation
  if (handover === undefined) return 'NONE'
  if (handover.status === 'PARTIAL' || handover.status === 'FAILED')
    await ports.notifyFindings([handoverFinding(rotation, handover)])
  const { schedule, secretName } = rotation
  ports.log('handed over', { rotationId, schedule, secretName, status: handover.status })
  return handover.status
}
