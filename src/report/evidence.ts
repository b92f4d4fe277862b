import { OURS } from '../calendar/zone-difference.ts'
import type { Exceptions } from '../ledger/exceptions.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Waves } from '../ledger/waves.ts'
import { isMoved, type Moved } from '../model/exception.ts'
import { waveIdOf } from '../model/identity.ts'
import type { Rotation } from '../model/rotation.ts'
import { DAY, iso } from '../model/time.ts'
import { APART_MS } from '../rotation/delivery.ts'
import { type Due, type DuePolicy, due } from './due.ts'

/**
 * One line of evidence: what the ledger has, or what is due and the ledger does not have. `movedTo` (ISO): a person has
 * moved the occurrence from this instant to that one, where it is due instead.
 */
export type Line = { rotation: Rotation; movedTo?: string } | { unrecorded: Unrecorded }

export type Unrecorded = Due & {
  /** The occurrence ran under this other config version: whether it covered the secret then is not known. */
  otherVersion?: string
  /** Its wave ran, and came to nothing: why. */
  why?: string
  /** A person has moved it here: from which instant (ISO), and the exception's id. */
  moved?: Rotation['moved']
}

/** Epoch ms; `from` inclusive, `to` exclusive. */
export type Period = { from: number; to: number }

type Source = {
  ledger: Pick<Ledger, 'query'>
  exceptions: Pick<Exceptions, 'between'>
  waves: Pick<Waves, 'get'>
  policies: DuePolicy[]
  configVersion: string
  /** When the ledger first knew each schedule: before that it can miss nothing. */
  firstKnown: Map<string, number>
  now: number
}

/**
 * The period's rotations, oldest first, and what should be among them and is not, day of UTC by day: what is kept in
 * memory is one day's keys. Within a day, what has no record comes last.
 *
 * An occurrence counts as unrecorded once its window has closed, not before. Decision 0065.
 */
export async function* evidenceLines(period: Period, source: Source): AsyncGenerator<Line> {
  const moves = await movesAround(period, source.exceptions)
  const away = new Map(moves.map((it) => [keyOf(it.schedule, it.scheduledAt), it.movedTo]))
  for (let day = startOfDay(period.from); day < period.to; day += DAY) {
    const from = Math.max(day, period.from)
    const to = Math.min(day + DAY, period.to)
    const seen = new Set<string>()
    const versions = new Map<string, string>()
    const range = { from: iso(from), to: iso(to), oldestFirst: true }
    for await (const rotation of source.ledger.query('byDay', iso(day).slice(0, 10), range)) {
      const { schedule, secretName, scheduledAt, configVersion, moved } = rotation
      // What was moved here may meet an occurrence of its schedule's own.
      const here = [schedule, scheduledAt, ...(moved ? [moved.id] : [])]
      seen.add(keyOf(...here, secretName))
      versions.set(keyOf(...here), configVersion)
      const movedTo =
        rotation.reason === 'SKIPPED_ONCE' && !moved ? away.get(keyOf(schedule, scheduledAt)) : undefined
      yield { rotation, ...(movedTo !== undefined && { movedTo }) }
    }
    const stayed = unrecordedIn({ from, to }, source, seen, versions).filter(
      ({ schedule, at }) => !away.has(keyOf(schedule, iso(at))),
    )
    const arrived = arrivalsIn({ from, to }, moves, source, seen, versions)
    const missing = [...(await withoutMoved(stayed, source)), ...arrived].sort((a, b) => a.at - b.at)
    for (const unrecorded of await explained(missing, source)) yield { unrecorded }
  }
}

/** As far from its own instant as an occurrence is moved: src/operate/move.ts. */
const MOST_MOVED = 366 * DAY

/** Those in force that leave the period, or arrive in it. */
async function movesAround({ from, to }: Period, exceptions: Source['exceptions']): Promise<Moved[]> {
  const all = await exceptions.between(iso(from - MOST_MOVED), iso(to + MOST_MOVED))
  return all.filter(isMoved).filter(({ cancelledAt }) => cancelledAt === undefined)
}

/** What was moved to an instant of [from, to), has no record there, and cannot begin any more. */
function arrivalsIn(
  { from, to }: Period,
  moves: Moved[],
  { policies, now }: Source,
  seen: Set<string>,
  versions: Map<string, string>,
): Unrecorded[] {
  return moves.flatMap(({ id, schedule, scheduledAt, movedTo }) => {
    const at = Date.parse(movedTo)
    const policy = policies.find((it) => it.schedule === schedule)
    if (!policy || at < from || at >= Math.min(to, now - policy.windowMs - GRACE)) return []
    const due = { schedule, at, moved: { from: scheduledAt, id } }
    if (policy.chosen) return versions.has(keyOf(schedule, movedTo, id)) ? [] : [due]
    return policy.secrets
      .filter((secretName) => !seen.has(keyOf(schedule, movedTo, id, secretName)))
      .map((secretName) => ({ ...due, secretName }))
  })
}

function unrecordedIn(
  { from, to }: Period,
  { policies, configVersion, firstKnown, now }: Source,
  seen: Set<string>,
  versions: Map<string, string>,
): Unrecorded[] {
  const missing = policies.flatMap((policy) => {
    const first = firstKnown.get(policy.schedule)
    // A selector that never chose any has no record, and may have had a wave.
    const since = first ?? (policy.chosen ? from : undefined)
    // One look more than the window: whoever took it up in its last second has written by then.
    const end = Math.min(to, now - policy.windowMs - GRACE)
    return since === undefined ? [] : [...due([policy], Math.max(from, since), end)]
  })
  return missing
    .filter(({ schedule, at, secretName }) =>
      secretName === undefined
        ? !versions.has(keyOf(schedule, iso(at)))
        : !seen.has(keyOf(schedule, iso(at), secretName)),
    )
    .map((it) => {
      const otherVersion = versions.get(keyOf(it.schedule, iso(it.at)))
      return otherVersion === undefined || otherVersion === configVersion ? it : { ...it, otherVersion }
    })
    .sort((a, b) => a.at - b.at)
}

/** Waves that are looked up for one day: of a schedule every few minutes, one says as much as all. */
const MOST_WAVES = 50

/**
 * With why, where a selector's wave has run and come to nothing. A schedule that the ledger has never known may be a new
 * one, so that of it only such waves count.
 */
async function explained(missing: Unrecorded[], { waves, firstKnown }: Source): Promise<Unrecorded[]> {
  const found: Unrecorded[] = []
  let looked = 0
  for (const it of missing) {
    const known = firstKnown.has(it.schedule)
    const look = it.secretName === undefined && it.otherVersion === undefined && looked < MOST_WAVES
    if (look) looked++
    const wave = look
      ? await waves.get(waveIdOf({ name: it.schedule, occasion: it.moved?.id ?? iso(it.at) }))
      : undefined
    const why = wave?.refused?.message
    if (why !== undefined) found.push({ ...it, why })
    else if (known) found.push(it)
  }
  return found
}

const GRACE = 60_000

/**
 * Without those that another release of the zone data has put at another instant: they have their record there, at an
 * instant that our calendar does not know. Looked for only where something lacks.
 */
async function withoutMoved(
  missing: Unrecorded[],
  { ledger, policies }: Pick<Source, 'ledger' | 'policies'>,
): Promise<Unrecorded[]> {
  const moved = new Set<Unrecorded>()
  for (const policy of policies.filter(({ zoned }) => zoned)) {
    const theirs = missing.filter(({ schedule }) => schedule === policy.schedule)
    for await (const rotation of around(theirs, ledger))
      if (isOfOtherZoneData(rotation, policy))
        for (const it of theirs.filter((it) => mayBe(it, rotation))) moved.add(it)
  }
  return missing.filter((it) => !moved.has(it))
}

/** The records of a schedule, from shortly before the first of these to shortly after the last. */
async function* around(theirs: Unrecorded[], ledger: Source['ledger']): AsyncGenerator<Rotation> {
  const [first, last] = [theirs[0], theirs.at(-1)]
  if (first === undefined || last === undefined) return
  const range = { from: iso(first.at - APART_MS), to: iso(last.at + APART_MS) }
  yield* ledger.query('bySchedule', first.schedule, range)
}

/** A delivery at an instant that our calendar does not know, under another release of the zone data. */
function isOfOtherZoneData(rotation: Rotation, { calendar }: DuePolicy): boolean {
  const { zoneData, trigger, scheduledAt, moved } = rotation
  if (moved || zoneData === OURS.release || (trigger !== 'SCHEDULE' && trigger !== 'CATCH_UP')) return false
  const at = Date.parse(scheduledAt)
  return calendar.previous(at + 1) !== at
}

function mayBe({ at, secretName }: Unrecorded, rotation: Rotation): boolean {
  const isNear = Math.abs(at - Date.parse(rotation.scheduledAt)) < APART_MS
  return isNear && (secretName ?? rotation.secretName) === rotation.secretName
}

/** When the ledger first knew each of these schedules, epoch ms; none where it never did. */
export async function firstKnownIn(
  ledger: Pick<Ledger, 'query'>,
  policies: DuePolicy[],
): Promise<Map<string, number>> {
  const first = new Map<string, number>()
  for (const { schedule } of policies) {
    for await (const { scheduledAt } of ledger.query('bySchedule', schedule, { oldestFirst: true })) {
      first.set(schedule, Date.parse(scheduledAt))
      break
    }
  }
  return first
}

function startOfDay(instant: number): number {
  return Math.floor(instant / DAY) * DAY
}

function keyOf(...parts: string[]): string {
  return parts.join('\n')
}
