import { calendarOf } from '../calendar/calendar.ts'
import { freezesKept, frozenBy } from '../calendar/freezes.ts'
import type { Config, Schedule } from '../config/config.ts'
import { hasByName } from '../model/consumers.ts'
import { type Exception, isMoved } from '../model/exception.ts'
import type { Rotation } from '../model/rotation.ts'
import { secretNameOf } from '../model/secret.ts'
import { oneLine } from '../model/text.ts'
import { DAY, iso } from '../model/time.ts'
import type { PlannedRun } from './planned.ts'

/**
 * Of a rotation that has changed its secret, whether the login of before still works. One user: never, since its own
 * setSecret. Two users in turn: until setSecret of the next rotation (test/local/alternating.test.ts), whatever that one
 * comes to. Decision 0175.
 */
export type OldLogin =
  | { strategy: 'single' }
  | { strategy: 'alternating'; state: 'LIVES'; until?: Coming }
  /** `by`: a later rotation that has ended it, or may have. */
  | { strategy: 'alternating'; state: 'DEAD' | 'UNKNOWN'; by: Pick<Rotation, 'rotationId' | 'scheduledAt'> }

/** When a secret rotates next, as things stand: epoch ms, and of what. */
type Coming = { at: number; schedule: string }

/** What is known to come: as whoever asks has read it. */
export type ToCome = { planned: PlannedRun[]; exceptions: Exception[] }

/** No schedule's longest gap is looked beyond. */
const HORIZON_MS = 400 * DAY
/** Occurrences in a row that are left out: more are not looked through. */
const MOST_LEFT_OUT = 2_000

export function isAlternating(
  { limits, schedule, secretName }: Pick<Rotation, 'limits' | 'schedule' | 'secretName'>,
  schedules: Config['schedules'],
): boolean {
  if (limits?.strategy === 'alternating') return true
  const theirs = schedules.filter((it) => it.name === schedule || hasByName(secretName, it))
  return theirs.length > 0 && theirs.every(({ strategy }) => strategy === 'alternating')
}

/** Whether anything is known of who uses its secret: else nobody is told of two users, or of one, by mere default. */
export function hasUsers(rotation: Rotation, schedules: Config['schedules']): boolean {
  const { handover, adoption, schedule, secretName } = rotation
  return (
    handover !== undefined ||
    adoption !== undefined ||
    isAlternating(rotation, schedules) ||
    schedules.some(
      (it) =>
        (it.name === schedule || hasByName(secretName, it)) &&
        (it.consumers !== undefined || it.adoption !== undefined),
    )
  )
}

/** Its version may have been made, and its password set. */
export function mayHaveSet({ status, startedAt, sending, rotatedAt }: Rotation): boolean {
  return rotatedAt !== undefined || startedAt !== undefined || Boolean(sending) || status === 'ROTATING'
}

/** Of those of a secret, what may have set a password after this one changed it; first what has, as far as is known. */
function laterOf(rotation: Rotation, others: Rotation[]): Rotation[] {
  const { rotatedAt: since = '' } = rotation
  const whenOf = (it: Rotation) => it.rotatedAt ?? it.startedAt ?? it.settledAt ?? iso(Date.parse(since) + 1)
  return others
    .filter((it) => it.rotationId !== rotation.rotationId && mayHaveSet(it) && whenOf(it) > since)
    .sort((a, b) => Number(hasSet(b)) - Number(hasSet(a)))
}

function hasSet({ rotatedAt, trigger }: Rotation): boolean {
  return rotatedAt !== undefined && trigger !== 'EXTERNAL'
}

/**
 * Undefined where it has changed nothing, as far as is known. `others`: all records of its secret since, and of a
 * window before.
 * `now`: epoch ms.
 */
export function oldLoginOf(
  rotation: Rotation,
  others: Rotation[],
  config: Pick<Config, 'schedules' | 'freezes'>,
  toCome: ToCome,
  now: number,
): OldLogin | undefined {
  // What others have done may have been a value stored by hand.
  if (rotation.rotatedAt === undefined || rotation.trigger === 'EXTERNAL') return undefined
  if (!isAlternating(rotation, config.schedules)) return { strategy: 'single' }
  const [by] = laterOf(rotation, others)
  if (by !== undefined) {
    const { rotationId, scheduledAt } = by
    const state = hasSet(by) ? 'DEAD' : 'UNKNOWN'
    return { strategy: 'alternating', state, by: { rotationId, scheduledAt } }
  }
  const until = nextRotationOf(rotation, others, config, toCome, now)
  return { strategy: 'alternating', state: 'LIVES', ...(until && { until }) }
}

/**
 * When the secret of a rotation rotates next, at the earliest: by every schedule that has it, by what is claimed, planned,
 * and moved here. Left out is what people have skipped, and what lies in a freeze; not what is held, for a hold can be
 * released before. What is due and has no outcome yet comes first: it may start at any moment.
 */
export function nextRotationOf(
  rotation: Rotation,
  others: Rotation[],
  config: Pick<Config, 'schedules' | 'freezes'>,
  { planned, exceptions }: ToCome,
  now: number,
): Coming | undefined {
  const { secretName: name, secret } = rotation
  const all = [rotation, ...others]
  const having = config.schedules.filter(
    (it) => it.enabled && (it.name === rotation.schedule || hasByName(name, it)),
  )
  const isOver = (schedule: string, at: number) =>
    all.some(
      (it) =>
        it.schedule === schedule &&
        it.scheduledAt === iso(at) &&
        it.status !== 'CLAIMED' &&
        it.status !== 'ROTATING',
    )
  const found: Coming[] = [
    ...having.flatMap((it) => own(it) ?? []),
    ...others
      .filter(({ status }) => status === 'CLAIMED')
      .map(({ schedule, scheduledAt }) => ({ at: Date.parse(scheduledAt), schedule })),
    ...planned
      .filter(({ frozen, problem }) => frozen === undefined && problem === undefined)
      .filter(
        (run) => run.secrets.some((it) => secretNameOf(it) === secretNameOf(secret)) || isChosen(run, having),
      )
      .map(({ at, schedule }) => ({ at, schedule })),
    ...having.flatMap((it) =>
      exceptions
        .filter(isMoved)
        .filter(({ schedule }) => schedule === it.name)
        .map(({ movedTo, schedule }) => ({ at: Date.parse(movedTo), schedule }))
        .filter(({ schedule, at }) => at >= now - it.windowSeconds * 1_000 && !isOver(schedule, at))
        .filter(({ at }) => frozenBy(freezesKept(config.freezes, it), at) === undefined),
    ),
  ]
  return found.sort((a, b) => a.at - b.at)[0]

  function own(schedule: Schedule): Coming | undefined {
    const calendar = calendarOf(schedule)
    const freezes = freezesKept(config.freezes, schedule)
    let at = calendar.next(now - schedule.windowSeconds * 1_000 - 1)
    for (let tried = 0; at !== undefined && tried < MOST_LEFT_OUT; tried++) {
      if (at > now + HORIZON_MS) return undefined
      const instant = at
      const isLeftOut =
        isOver(schedule.name, instant) ||
        frozenBy(freezes, instant) !== undefined ||
        exceptions.some((it) => standsAt(it, schedule.name, iso(instant)))
      if (!isLeftOut) return { at, schedule: schedule.name }
      at = calendar.next(at)
    }
    return undefined
  }
}

/** A selector's, whose secrets are known as it starts: by the schedule. */
function isChosen({ schedule, secrets }: PlannedRun, having: { name: string }[]): boolean {
  return secrets.length === 0 && having.some(({ name }) => name === schedule)
}

/** Of the schedule, none of its own rotates there. */
function standsAt({ schedule, scheduledAt, movedTo }: Exception, name: string, at: string): boolean {
  return schedule === name && (scheduledAt === at || movedTo === at)
}

/** `the old login works until setSecret of the next rotation, 2026-12-06T03:00Z at the earliest (orders-db): by then …`. */
export function oldLoginText(old: OldLogin, now: number): string {
  if (old.strategy === 'single')
    return 'dead since setSecret of this rotation: whoever has not fetched since cannot log in anew'
  if (old.state === 'LIVES') return livesText(old.until, now)
  const { rotationId, scheduledAt } = old.by
  const which = `rotation ${rotationId.slice(0, 8)} of ${instantText(Date.parse(scheduledAt))}`
  return old.state === 'DEAD'
    ? `dead: ${which} has set its user’s next password`
    : `not known: ${which} may have set its user’s next password`
}

function livesText(until: Coming | undefined, now: number): string {
  const works = 'works until setSecret of the next rotation'
  if (until === undefined) return `${works}, of which none is known to come`
  const schedule = oneLine(until.schedule)
  return until.at > now
    ? `${works}, ${instantText(until.at)} at the earliest (${schedule}): by then all must have fetched`
    : `${works}, due since ${instantText(until.at)} (${schedule}): it may end at any moment`
}

export function instantText(at: number): string {
  return iso(at).replace(/(:00)?\.000Z$/, 'Z')
}
