import { createHash } from 'node:crypto'
import { calendarOf } from '../calendar/calendar.ts'
import { isMoved } from '../model/exception.ts'
import { type Hold, secretScope } from '../model/hold.ts'
import { rotationIdOf } from '../model/identity.ts'
import { isFailure } from '../model/rotation.ts'
import { shortId } from '../model/short-id.ts'
import { iso } from '../model/time.ts'
import type { Steps } from '../steps/steps.ts'
import type { Ports } from './ports.ts'
import { ledgerRetry } from './retry.ts'
import type { Outcome } from './settle.ts'
import type { Wave } from './wave.ts'

type Target = { secret: string; rotationId: string }

/** Occurrences that were left out, or are under way, and lie between two failures. */
const MOST_BETWEEN = 30

/**
 * What an outcome does to a pause: the last of `pauseAfter` failures in a row places one, and is told so in its own
 * message; a success on demand ends those of its secret. There is no counter: the records of the occurrences before say
 * what came of them. Decision 0164.
 */
export async function withPause(
  steps: Steps,
  ports: Ports,
  wave: Wave,
  target: Target,
  outcome: Outcome,
): Promise<Outcome> {
  const { pauseAfter, trigger } = wave
  if (pauseAfter === undefined) return outcome
  if (trigger === 'ON_DEMAND') {
    if (outcome.status === 'SUCCEEDED')
      await steps.step(
        'end pause',
        ({ attempt }) => orNot(ports, target, attempt, () => endPauses(ports, target)),
        ledgerRetry,
      )
    return outcome
  }
  if (!isFailure(outcome.status)) return outcome
  const paused = await steps.step(
    'pause',
    ({ attempt }) => orNot(ports, target, attempt, () => pause(ports, wave, target, outcome, pauseAfter)),
    ledgerRetry,
  )
  return paused === null ? outcome : { ...outcome, message: `${paused}; ${outcome.message}` }
}

/** Tries, a quarter of a minute in all. */
const MOST_TRIES = 5

/** What cannot be read or written for long keeps no outcome from being recorded: the next one may place it, or end it. */
async function orNot<T>(
  ports: Ports,
  { secret, rotationId }: Target,
  attempt: number,
  work: () => Promise<T>,
): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    if (attempt < MOST_TRIES) throw error
    ports.log('could not pause', { rotationId, secret, error: String(error) })
    return null
  }
}

/** What is to be said of it; null where it is not paused, or was so before. */
async function pause(
  ports: Ports,
  wave: Wave,
  { secret, rotationId }: Target,
  { previousVersionId }: Outcome,
  most: number,
): Promise<string | null> {
  const failures = 1 + (await failuresBefore(ports, wave, secret, previousVersionId, most - 1))
  if (failures < most) return null
  const id = shortId(createHash('sha256').update(`pause ${rotationId}`).digest())
  const scope = secretScope(secret)
  const placedAt = iso(ports.now())
  const known = (await pausesOf(ports, secret)).filter(({ schedule }) => schedule === wave.name)
  if (known.some((it) => it.id !== id)) return null
  const times = failures === 1 ? 'it failed once' : `it failed ${failures} times in a row`
  const reason = `${times} in ${wave.name}: until it succeeds on demand, or is released`
  const placing = await ports.holds.place({
    ...{ id, scope, kind: 'pause', schedule: wave.name, reason, by: `pauseAfter: ${most}`, placedAt },
  })
  if ('full' in placing) {
    ports.log('could not pause', { rotationId, secret, error: 'too many holds of it are in force' })
    return null
  }
  return `paused, ${reason} (pause ${id})`
}

/** Back from this occurrence, at most so many. A success ends the row; so does an occurrence without a record. */
async function failuresBefore(
  ports: Ports,
  wave: Wave,
  secret: string,
  previousVersionId: string | undefined,
  most: number,
): Promise<number> {
  if (most === 0) return 0
  const since = await lastSuccessAt(ports, previousVersionId)
  let failures = 0
  for (const instant of instantsBefore(wave, most + MOST_BETWEEN)) {
    const record = await recordOf(ports, wave.name, secret, iso(instant))
    if (record === undefined || record.status === 'SUCCEEDED' || (record.settledAt ?? '9999') < since) break
    if (isFailure(record.status)) failures++
    if (failures === most) break
  }
  return failures
}

/** What came of an occurrence, wherever a person has moved it. */
async function recordOf({ ledger, exceptions }: Ports, name: string, secret: string, occasion: string) {
  const own = await ledger.get(rotationIdOf(name, secret, occasion))
  if (own?.reason !== 'SKIPPED_ONCE') return own
  const exception = await exceptions.at(name, occasion)
  if (!isMoved(exception)) return own
  return (await ledger.get(rotationIdOf(name, secret, exception.id))) ?? own
}

/** When the value that was there before was made, by a success of whatever schedule, or on demand. */
async function lastSuccessAt(ports: Ports, previousVersionId: string | undefined): Promise<string> {
  if (previousVersionId === undefined) return ''
  const before = await ports.ledger.get(previousVersionId)
  return before?.status === 'SUCCEEDED' ? (before.rotatedAt ?? '') : ''
}

function* instantsBefore({ schedule, scheduledAt }: Wave, most: number): Generator<number> {
  if (schedule === undefined) return
  const calendar = calendarOf(schedule)
  let instant = calendar.previous(Date.parse(scheduledAt))
  for (let count = 0; instant !== undefined && count < most; count++) {
    yield instant
    instant = calendar.previous(instant)
  }
}

async function endPauses(ports: Ports, { secret, rotationId }: Target): Promise<null> {
  for (const { scope, id } of await pausesOf(ports, secret))
    await ports.holds.release(scope, id, `the success of ${rotationId}`, iso(ports.now()))
  return null
}

async function pausesOf(ports: Ports, secret: string): Promise<Hold[]> {
  const holds = await ports.holds.covering([secretScope(secret)], iso(ports.now()))
  return holds.filter(({ kind }) => kind === 'pause')
}
