import { randomBytes } from 'node:crypto'
import { withAws } from '../aws/with-aws.ts'
import { calendarOf } from '../calendar/calendar.ts'
import { freezesKept, frozenBy, intervalsOf } from '../calendar/freezes.ts'
import type { Config, Schedule } from '../config/config.ts'
import { CannotDo, onCannotDo } from '../model/errors.ts'
import { type Exception, exceptionText, isMoved, type Moved } from '../model/exception.ts'
import { bindingOn, scopesOver } from '../model/hold.ts'
import { START_AHEAD_MS } from '../model/limits.ts'
import { commandFor } from '../model/pasteable.ts'
import { shortId } from '../model/short-id.ts'
import { atDoor, oneLine } from '../model/text.ts'
import { DAY, iso } from '../model/time.ts'
import { readCalendars } from '../rotation/read-gate.ts'
import type { OnDemandRequest } from '../rotation/wave-request.ts'
import { type Records, recordsOf } from '../runtime/records.ts'
import {
  checkNotBegun,
  checkOccurrence,
  contested,
  type Excepted,
  notesOn,
  type Situation,
  SURE_MS,
  scheduleOf,
  withProof,
} from './exceptions.ts'
import { operatorAtAws } from './operator.ts'
import { reasonAtDoor } from './reason.ts'

/** Instants are epoch ms. */
type Asked = { schedule: string; from: number; to: number; reason: string }

/** As `run --at`: further ahead it is a mistyped year. */
const MOST_AHEAD_MS = 366 * DAY

/**
 * Moves one occurrence for whoever is at the keyboard: it does not rotate at its instant, and a run of it is planned at
 * another. Asked twice, it is moved once. What was moved is moved on from where it is now. Throws CannotDo.
 */
export async function moveOccurrence(asked: Asked, situation: Situation): Promise<Excepted> {
  const { config, now } = situation
  const reason = reasonAtDoor(asked.reason, 'the record and the report have it')
  const schedule = scheduleOf(asked.schedule, config)
  const { from, to } = asked
  const records = recordsOf(config.stage, { purpose: 'patient' })
  const { exceptions, moves } = records
  const at = (instant: string) => exceptions.at(schedule.name, instant)
  const there = await withAws('see whether it was moved before', () => at(iso(from)))
  if (isMoved(there) && there.movedTo === iso(to)) return { standing: there, first: false, notes: [] }
  const before = await withAws('see where it was moved from', () => movedHere(there, at))
  if (there && !before) throw stoodBefore(there, to, situation)
  if (!before) {
    checkOccurrence(schedule, from)
    await withAws('see whether it has begun', () => checkNotBegun(schedule, from, records, situation))
  } else await checkWaits(before, records, situation)
  checkTarget(schedule, { from, to, before }, situation)
  const unseen = await checkCalendars(schedule, to, situation)

  const by = atDoor(await operatorAtAws())
  const moved: Moved = {
    id: shortId(randomBytes(6)),
    ...{ schedule: schedule.name, scheduledAt: before?.scheduledAt ?? iso(from), movedTo: iso(to) },
    ...{ by, reason, placedAt: iso(now()) },
  }
  const notes = [...(await notesOn(config, records)), ...unseen, ...(await notesAt(schedule, to, records))]
  const done = await withAws('move it', () => moves.place(moved, runOf(moved), before), { repeatable: true })
  const standing = done ? moved : await withAws('see what stands', () => at(moved.scheduledAt))
  // Two at once, of one mind, or an answer that got lost.
  if (!isMoved(standing) || standing.movedTo !== moved.movedTo) throw await whyNot(moved, at)
  const late = !before && now() > from - SURE_MS
  const first = standing.id === moved.id
  return withProof({ standing, first, notes: late ? [...notes, lateNote(moved)] : notes }, situation)
}

async function whyNot(
  moved: Moved,
  at: (instant: string) => Promise<Exception | undefined>,
): Promise<CannotDo> {
  const taken = await withAws('see what stands there', () => at(moved.movedTo))
  if (taken === undefined || taken.movedFrom === moved.scheduledAt)
    return contested(moved.schedule, Date.parse(moved.scheduledAt))
  return new CannotDo(`at ${moved.movedTo} there is another: ${oneLine(exceptionText(taken))}`, {
    hint: 'choose another instant',
  })
}

/** The run that is planned: the audit starts it minutes ahead, by the config of then. */
export function runOf({
  id: requestId,
  schedule,
  scheduledAt: movedFrom,
  movedTo: scheduledAt,
  by,
  reason,
  placedAt,
}: Moved) {
  const request: OnDemandRequest = {
    ...{ requestId, scheduledAt, schedule, movedFrom },
    ...{ requester: by, reason },
  }
  return {
    ...{ requestId, scheduledAt, state: 'PLANNED' as const, askedAt: placedAt, by, reason },
    // No other request is the same as this one.
    asked: JSON.stringify([schedule, null, scheduledAt, null, `moved from ${movedFrom}`]),
    payload: JSON.stringify(request),
  }
}

/** Where what stands at an instant says that an occurrence was moved here: as it was moved. */
async function movedHere(
  there: Exception | undefined,
  at: (instant: string) => Promise<Exception | undefined>,
): Promise<Moved | undefined> {
  const origin = there?.movedFrom === undefined ? undefined : await at(there.movedFrom)
  return isMoved(origin) && origin.id === there?.id ? origin : undefined
}

function stoodBefore(there: Exception, to: number, { stage }: Situation): CannotDo {
  const { id, schedule, scheduledAt, movedTo } = there
  const hint =
    movedTo === undefined
      ? `take it back first: ${commandFor(stage, 'cancel', id)}`
      : commandFor(stage, 'move', schedule, ['--from', movedTo], ['--to', iso(to)], ['--reason', 'TEXT'])
  return new CannotDo(`${schedule} of ${scheduledAt} is ${oneLine(exceptionText(there))} already`, { hint })
}

/** Throws CannotDo where its run has started, or its time is over. */
async function checkWaits({ id, schedule, movedTo }: Moved, { requests }: Records, { stage }: Situation) {
  const run = await withAws('see whether it has started', () => requests.get(id))
  if (run?.state === 'PLANNED') return
  throw new CannotDo(`its run at ${movedTo} is ${run?.state ?? 'gone'}: it cannot be moved on`, {
    hint: `a hold stops what has not rotated: ${commandFor(stage, 'hold', ['--schedule', schedule], ['--reason', 'TEXT'])}`,
  })
}

/** Throws CannotDo where nothing can be moved to. */
function checkTarget(
  schedule: Schedule,
  { from, to, before }: { from: number; to: number; before: Moved | undefined },
  { config, now, stage }: Situation,
): void {
  const text = iso(to)
  const refused = (message: string, hint: string) => new CannotDo(message, { hint })
  if (to === from) throw refused(`${text} is where it is`, 'give another instant with --to')
  if (to <= now()) throw refused(`${text} has passed`, 'give an instant to come')
  if (before?.scheduledAt === text)
    throw refused(
      `${text} is its own instant`,
      `take the move back: ${commandFor(stage, 'cancel', before.id)}`,
    )
  if (calendarOf(schedule).next(to - 1) === to)
    throw refused(
      `${schedule.name} has an occurrence of its own at ${text}`,
      `to have this one left out: ${commandFor(stage, 'skip', schedule.name, ['--at', iso(from)], ['--reason', 'TEXT'])}`,
    )
  if (to < now() + START_AHEAD_MS)
    throw refused(
      `${text} is less than ten minutes ahead: its run might start late`,
      `give a later one; or skip it, and ${commandFor(stage, 'run', ['--schedule', schedule.name])}`,
    )
  if (to > now() + MOST_AHEAD_MS) throw refused(`${text} is more than a year ahead`, 'is the year right?')
  checkFreezes(schedule, to, config)
}

function checkFreezes(schedule: Schedule, to: number, config: Config): void {
  const freeze = frozenBy(freezesKept(config.freezes, schedule), to)
  if (freeze === undefined) return
  const [interval] = intervalsOf(freeze, to, to + 1)
  const why = freeze.reason === undefined ? '' : ` (${freeze.reason})`
  throw new CannotDo(`${iso(to)} lies in freeze "${freeze.name}"${why}: nothing would rotate`, {
    hint: `it ends at ${interval ? iso(interval.to) : freeze.to}: give an instant outside of it`,
  })
}

/**
 * Throws CannotDo where a Change Calendar is closed then, as things stand. What is not seen, in words: the gate asks
 * again, and stays shut where it cannot.
 */
async function checkCalendars(schedule: Schedule, to: number, { config, now }: Situation): Promise<string[]> {
  if (!schedule.changeCalendars?.length) return []
  const { openPorts } = await import('../runtime/open-ports.ts')
  const ports = { ...openPorts(config), now }
  const asked = { ...schedule, scheduledAt: to, trigger: 'SCHEDULE' } as const
  const unseen = (message: string) => [
    `whether it is open then was not seen: ${oneLine(message)}; its run asks again`,
  ]
  const ask = () => withAws('ask Change Calendars', () => readCalendars(ports, asked), { giveUpMs: 10_000 })
  const refusal = await ask().catch(onCannotDo(({ message }) => ({ reason: null, message })))
  if (refusal === undefined) return []
  if (refusal.reason !== 'CALENDAR_CLOSED') return unseen(refusal.message)
  throw new CannotDo(`${refusal.message}: nothing would rotate at ${iso(to)}`, {
    hint: 'give an instant at which it is open, or have the calendar changed first',
  })
}

/** What will stand in its way, as things stand, and what is asked for anew. */
async function notesAt(schedule: Schedule, to: number, { holds }: Pick<Records, 'holds'>): Promise<string[]> {
  const over = await withAws('read the holds', () =>
    holds.covering(scopesOver(schedule.name, schedule.secrets), iso(to)),
  )
  const binding = bindingOn({ name: schedule.name, trigger: 'SCHEDULE' }, over)
  return [
    ...binding.map(({ id, scope, reason }) => oneLine(`${scope} is held then: ${reason} (hold ${id})`)),
    ...(schedule.approval ? ['it wants a go-ahead of its own: one for the old instant does not count'] : []),
  ]
}

function lateNote({ scheduledAt, movedTo }: Moved): string {
  return `it was written in the last second before ${scheduledAt}: what was let through then does not rotate at ${movedTo} again`
}
