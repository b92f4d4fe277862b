/**
 * What a chaos run is judged by: what AWS did, by its own log, against what people and the calendar asked for and what
 * the ledger says. Pure. Instants are epoch ms of the run's clock.
 */
import { scopesOver } from '../../src/model/hold.ts'
import { CLOCKS_MS } from '../../src/model/limits.ts'
import { type Rotation, SETTLED } from '../../src/model/rotation.ts'
import { nobodyNamedFalsely } from './adoptions.ts'
import { hooksAsked } from './asked-first.ts'
import { exceptedOnly, movedDues } from './exceptions.ts'
import { handedOverOnce } from './handovers.ts'
import { type Effect, type Happened, time, type Violation } from './happened.ts'
import { attemptedAsAllowed, pausedAsSaid, restAfterCanaries, stoppedByErrors } from './waves.ts'

export function judge(given: Happened): Violation[] {
  const records = new Map(given.rotations.map((rotation) => [rotation.rotationId, rotation]))
  // What was moved is due at its new instant, as if it had been asked for.
  const happened = { ...given, requests: [...given.requests, ...movedDues(given)] }
  return [
    ...exceptedOnly(given, records),
    ...restAfterCanaries(given, records),
    ...attemptedAsAllowed(given, records),
    ...pausedAsSaid(given, records),
    ...stoppedByErrors(given, records),
    ...handedOverOnce(given, records),
    ...nobodyNamedFalsely(given),
    ...hooksAsked(given),
    ...doubles(happened, records),
    ...losses(happened, records),
    ...happened.effects.flatMap((effect) => {
      const record = records.get(effect.token)
      return record === undefined ? [] : startedWhenAllowed(effect, record, happened)
    }),
    ...happened.sendings.flatMap((sending) => {
      const record = records.get(sending.token)
      const isFirst = happened.effects.some(
        ({ token, sentAt }) => token === sending.token && sentAt === sending.sentAt,
      )
      if (isFirst) return []
      if (record === undefined) return [unknownTo(sending)]
      return startedWhenAllowed({ ...sending, at: sending.sentAt }, record, happened)
    }),
    ...happened.rotations.flatMap((rotation) => untruths(rotation, happened)),
    ...happened.rotations.flatMap((rotation) => barredTruly(rotation, happened)),
  ]
}

/** What is sent is noted on its record before it goes out, and every attempt has the one token. */
function unknownTo({ secret, token, sentAt }: Happened['sendings'][number]): Violation {
  const what = `RotateSecret was sent at ${time(sentAt)}, and no record has its token`
  return { kind: 'untrue', secret, rotationId: token, what }
}

/** One occurrence of one secret, or one request, makes one version; and what nobody asked for makes none. */
function doubles({ effects, occurrences, requests }: Happened, records: Map<string, Rotation>): Violation[] {
  const asked = new Set([...occurrences, ...requests].map(({ rotationId }) => rotationId))
  const violations: Violation[] = []
  const first = new Map<string, Effect>()
  for (const effect of effects) {
    const { token: rotationId, secret } = effect
    const found = (kind: Violation['kind'], what: string) =>
      violations.push({ kind, secret, rotationId, what })
    const record = records.get(rotationId)
    if (record === undefined) {
      found('untrue', `RotateSecret took effect at ${time(effect.at)}, and no record has its token`)
      continue
    }
    const occasion = `${record.schedule} ${secret} ${record.scheduledAt}`
    const before = first.get(occasion)
    if (record.trigger !== 'ON_DEMAND' && before !== undefined)
      found(
        'double',
        `${occasion}: rotated at ${time(before.at)} as ${before.token}, and at ${time(effect.at)}`,
      )
    else if (!asked.has(rotationId))
      found('double', `rotated at ${time(effect.at)} for ${occasion}, which nobody asked for`)
    first.set(occasion, effect)
  }
  return violations
}

/** What was due has a record, with an outcome. */
function losses({ occurrences, requests }: Happened, records: Map<string, Rotation>): Violation[] {
  return [...occurrences, ...requests.filter(({ sure }) => sure)].flatMap((due) => {
    const { secret, rotationId, schedule, instant } = due
    const record = records.get(rotationId)
    if (record !== undefined && SETTLED.includes(record.status)) return []
    const state = record === undefined ? 'no record' : `no outcome: ${record.status}`
    return [{ kind: 'lost', secret, rotationId, what: `${schedule} of ${time(instant)} has ${state}` }]
  })
}

function startedWhenAllowed(
  { at, sentAt, secret, lateMs = 0 }: Omit<Effect, 'token' | 'versionId'>,
  record: Rotation,
  { occurrences, requests, freezes, holds, clockMs, readMs, ...happened }: Happened,
): Violation[] {
  const graceMs = happened.graceMs + lateMs
  const { rotationId, schedule } = record
  const due = [...occurrences, ...requests].find((it) => it.rotationId === rotationId)
  const instant = due?.instant ?? Date.parse(record.scheduledAt)
  const violations: Violation[] = []
  const found = (kind: Violation['kind'], what: string) =>
    violations.push({ kind, secret, rotationId, what: `sent at ${time(sentAt)}, ${what}` })
  if (at < instant - clockMs) found('early', `${instant - at} ms before ${time(instant)}`)
  if (due !== undefined && sentAt > due.closes + graceMs)
    found('late', `${sentAt - due.closes} ms after its window closed at ${time(due.closes)}`)
  if (record.override !== undefined) return violations
  const freeze = freezes.find(
    ({ from, to, ignoredBy, configs, othersFrom }) =>
      Math.max(from, configs.includes(record.configVersion) ? from : othersFrom) + graceMs < sentAt &&
      sentAt < to &&
      !ignoredBy.includes(schedule),
  )
  if (freeze) found('frozen', `in the freeze ${freeze.name}, in force since ${time(freeze.from)}`)
  const hold = holds.find(
    ({ scope, from = Number.POSITIVE_INFINITY, to }) =>
      scopesOver(schedule, [secret]).some((it) => it === scope) &&
      from + readMs + graceMs < sentAt &&
      sentAt < to,
  )
  if (hold) found('held', `under the hold of ${hold.scope}, placed at ${time(hold.from ?? 0)}`)
  return violations
}

/** What is said to be held or frozen was, at its instant or as it was looked at. */
function barredTruly(rotation: Rotation, { holds, freezes, clockMs }: Happened): Violation[] {
  const {
    rotationId,
    schedule,
    secretName: secret,
    reason,
    scheduledAt,
    claimedAt,
    settledAt = '',
  } = rotation
  const [instant, claimed, settled] = [scheduledAt, claimedAt, settledAt].map((at) => Date.parse(at)) as [
    number,
    number,
    number,
  ]
  const isHeld = holds.some(
    ({ scope, from = Number.POSITIVE_INFINITY, to, askedAt = from, until = to }) =>
      scopesOver(schedule, [secret]).some((it) => it === scope) &&
      askedAt <= settled + clockMs &&
      until >= Math.min(claimed, instant) - clockMs,
  )
  const isFrozen = freezes.some(
    ({ from, to, ignoredBy }) =>
      from <= Math.max(instant, settled) && to > instant && !ignoredBy.includes(schedule),
  )
  const isTrue = reason === 'HELD' ? isHeld : reason === 'FROZEN' ? isFrozen : true
  return isTrue
    ? []
    : [{ kind: 'untrue', secret, rotationId, what: `${reason}, and nothing of the kind was` }]
}

/** The outcome, against what happened. */
function untruths(rotation: Rotation, { effects, sendings, moves, graceMs }: Happened): Violation[] {
  const { rotationId, secretName: secret, status, reason, versionId, startedAt, rotatedAt, events } = rotation
  const violations: Violation[] = []
  const found = (what: string) =>
    violations.push({ kind: 'untrue', secret, rotationId, what: `${status} ${reason ?? ''}: ${what}` })
  if (rotation.trigger === 'EXTERNAL') {
    found('said to be by somebody else, and nobody else rotates here')
    return violations
  }
  const effect = effects.find(({ token }) => token === rotationId)
  // Of several calls without an answer the first may have had the effect; one that was noted may never have gone out.
  const sent = sendings.filter(({ token }) => token === rotationId).map((it) => it.sentAt)
  const noted = rotation.adopted && rotation.sending ? [Date.parse(rotation.sending.from) - CLOCKS_MS] : []
  const first = Math.min(...(sent.length > 0 ? sent : noted))
  const called = startedAt === undefined ? Math.min(first, effect?.sentAt ?? first) : Date.parse(startedAt)
  const movedTo = (id: string | undefined, since = Number.NEGATIVE_INFINITY) =>
    moves.find((move) => move.versionId === id && move.secret === secret && move.at >= since)
  if (status === 'SUCCEEDED' && movedTo(versionId ?? rotationId, called - graceMs) === undefined)
    found(`AWSCURRENT did not move to ${versionId ?? rotationId} since the call`)
  const own = movedTo(effect?.versionId)
  // A status says whether the occurrence kept its contract, `rotatedAt` whether the secret changed.
  const settled = SETTLED.includes(status)
  if (settled && status !== 'SUCCEEDED' && rotatedAt === undefined && own !== undefined)
    found(`its version became AWSCURRENT at ${time(own.at)}`)
  if (startedAt !== undefined && !rotation.adopted) {
    if (effect === undefined) found(`started at ${startedAt}, and no RotateSecret of it took effect`)
    else if (Math.abs(effect.sentAt - Date.parse(startedAt)) > graceMs + (effect.lateMs ?? 0))
      found(`started at ${startedAt}, but the call that took effect was sent at ${time(effect.sentAt)}`)
  }
  const { attempts = [], limits } = rotation
  if (attempts.length > (limits?.retries ?? 0) + 1) found(`it tells of ${attempts.length} attempts`)
  const outcomes = events.filter((event) => SETTLED.includes(event.status))
  if (outcomes.length > 1 && !rotation.late && !outcomes.some(({ message = '' }) => CORRECTED.test(message)))
    found(`it has ${outcomes.length} outcomes: ${outcomes.map((it) => it.status).join(', ')}`)
  return violations
}

/** What the audit guessed of a run that it took for lost may be corrected by the run itself. */
const CORRECTED = /was lost/
