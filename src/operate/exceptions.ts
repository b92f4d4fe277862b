import { randomBytes } from 'node:crypto'
import { withAws } from '../aws/with-aws.ts'
import { calendarOf } from '../calendar/calendar.ts'
import type { Config, Schedule } from '../config/config.ts'
import { exceptionDeed } from '../model/deeds.ts'
import { CannotDo } from '../model/errors.ts'
import { type Exception, exceptionText } from '../model/exception.ts'
import { waveIdOf } from '../model/identity.ts'
import { commandFor, type StageOption } from '../model/pasteable.ts'
import { shortId } from '../model/short-id.ts'
import { atDoor, oneLine } from '../model/text.ts'
import { iso } from '../model/time.ts'
import { type Records, recordsOf } from '../runtime/records.ts'
import { noSchedule } from './occurrences.ts'
import { operatorAtAws } from './operator.ts'
import { proveDeed } from './prove.ts'
import { reasonAtDoor } from './reason.ts'

/** The gate is read half a second before the instant: what is written later than this before it may not be seen. ms */
export const SURE_MS = 1_000

type Asked = {
  schedule: string
  /** The occurrence, epoch ms. */
  at: number
  reason: string
}

/** `standing`: what stands for the occurrence now. `first`: it is this one, not another's. */
export type Excepted = { standing: Exception; first: boolean; notes: string[] }

/** `stage`: as commands name it. */
export type Situation = { config: Config; stage: StageOption | string; now: () => number }

/**
 * Skips one occurrence for whoever is at the keyboard. Asked twice, it is skipped once. Throws CannotDo where there is no
 * such occurrence, or it has begun.
 */
export async function skipOccurrence(asked: Asked, situation: Situation): Promise<Excepted> {
  const { config, now } = situation
  const reason = reasonAtDoor(asked.reason, 'the record and the report have it')
  const schedule = scheduleOf(asked.schedule, config)
  const records = recordsOf(config.stage, { purpose: 'patient' })
  const { at } = asked
  const there = await withAws('see whether it was moved', () => records.exceptions.at(schedule.name, iso(at)))
  if (there?.movedFrom !== undefined) throw isMovedAlready(there, situation)
  checkOccurrence(schedule, at)
  await withAws('see whether it has begun', () => checkNotBegun(schedule, at, records, situation))
  const exception: Exception = {
    id: shortId(randomBytes(6)),
    ...{ schedule: schedule.name, scheduledAt: iso(at) },
    ...{ by: atDoor(await operatorAtAws()), reason, placedAt: iso(now()) },
  }
  const notes = await notesOn(config, records)
  const standing = await withAws('skip it', () => records.exceptions.place(exception), { repeatable: true })
  if (standing === undefined) throw contested(schedule.name, at)
  if (standing.movedTo !== undefined || standing.movedFrom !== undefined)
    throw isMovedAlready(standing, situation)
  if (now() > at - SURE_MS)
    throw new CannotDo(`it was written too late to be sure: ${iso(at)} may have been let through`, {
      hint: commandFor(situation.stage, 'history', ['--schedule', schedule.name]),
    })
  return withProof({ standing, first: standing.id === exception.id, notes }, situation)
}

/** Once it stands, and only where it is this one. */
export async function withProof(done: Excepted, { config, now }: Situation): Promise<Excepted> {
  if (!done.first) return done
  const claim = await proveDeed(config.stage, exceptionDeed(done.standing), now())
  return { ...done, notes: [...done.notes, ...(claim === undefined ? [] : [claim])] }
}

function isMovedAlready(standing: Exception, { stage }: Situation): CannotDo {
  const { id, schedule, scheduledAt } = standing
  return new CannotDo(`${schedule} of ${scheduledAt} is ${oneLine(exceptionText(standing))}`, {
    hint: `take the move back first: ${commandFor(stage, 'cancel', id)}`,
  })
}

export function scheduleOf(name: string, config: Config): Schedule {
  const schedule = config.schedules.find((it) => it.name === name)
  if (schedule === undefined)
    throw noSchedule(
      name,
      config.schedules.map((it) => it.name),
    )
  if (!schedule.enabled)
    throw new CannotDo(`schedule ${name} is disabled: nothing of it runs`, { hint: 'there is nothing to do' })
  return schedule
}

/** Throws CannotDo where the schedule has no occurrence at that very instant. */
export function checkOccurrence(schedule: Schedule, at: number): void {
  const calendar = calendarOf(schedule)
  if (calendar.next(at - 1) === at) return
  const near = [calendar.previous(at), calendar.next(at)].filter((it) => it !== undefined).map(iso)
  throw new CannotDo(`${schedule.name} has no occurrence at ${iso(at)}`, {
    hint: near.length === 0 ? 'it has none at all' : `the nearest: ${near.join(' and ')}`,
  })
}

/** Throws CannotDo where its instant has come, or a run of it is under way: a hold stops what has not started. */
export async function checkNotBegun(
  { name }: Schedule,
  at: number,
  { ledger, waves }: Pick<Records, 'ledger' | 'waves'>,
  { now, stage }: Situation,
): Promise<void> {
  const scheduledAt = iso(at)
  const isPast = now() > at - SURE_MS
  const wave = await waves.get(waveIdOf({ name, occasion: scheduledAt }))
  const found: string[] = []
  for await (const it of ledger.query('bySchedule', name, { from: scheduledAt, to: iso(at + 1) }))
    if (it.trigger === 'SCHEDULE' || it.trigger === 'CATCH_UP') found.push(`${it.secretName} ${it.status}`)
  if (!isPast && wave === undefined && found.length === 0) return
  const more = found.length > 5 ? `, and ${found.length - 5} more` : ''
  const came = found.length === 0 ? 'no record of it yet' : `${found.slice(0, 5).join(', ')}${more}`
  if (isPast)
    throw new CannotDo(`${scheduledAt} has passed: ${came}`, {
      hint: commandFor(stage, 'history', ['--schedule', name]),
    })
  throw new CannotDo(
    `a run of it has begun${wave ? ` at ${wave.startedAt}` : ''}, ahead of its instant: ${came}`,
    {
      hint: `a hold stops what has not rotated: ${commandFor(stage, 'hold', ['--schedule', name], ['--reason', 'TEXT'])}`,
    },
  )
}

/** What is deployed decides what runs. */
export async function notesOn(
  { version }: Config,
  { policies }: Pick<Records, 'policies'>,
): Promise<string[]> {
  const policy = await withAws('read the deployed config', () => policies.get())
  if (policy === undefined || policy.configVersion === version) return []
  return [`config ${policy.configVersion} is deployed, and this file is ${version}: its instants count`]
}

export function contested(schedule: string, at: number): CannotDo {
  return new CannotDo(`others were changing ${schedule} of ${iso(at)} at the same time`, {
    hint: 'try again',
  })
}

/** Why an occurrence cannot be as scheduled any more; undefined where it can. */
export async function begunBy(
  { schedule: name, scheduledAt }: Pick<Exception, 'schedule' | 'scheduledAt'>,
  { waves }: Pick<Records, 'waves'>,
  now: number,
): Promise<string | undefined> {
  if (now > Date.parse(scheduledAt) - SURE_MS) return 'its instant has passed'
  const wave = await waves.get(waveIdOf({ name, occasion: scheduledAt }))
  return wave && `a run of it has begun at ${wave.startedAt}, and found it left out`
}

/** Those in force of occurrences in between (epoch ms, the end excluded), in time order. Throws CannotDo. */
export function exceptionsBetween(
  stage: string,
  { from, to }: { from: number; to: number },
  limits: { giveUpMs?: number } = {},
): Promise<Exception[]> {
  const { exceptions } = recordsOf(stage)
  return withAws(
    'read what is skipped',
    async () =>
      (await exceptions.between(instantText(from), instantText(to))).filter(
        ({ cancelledAt }) => cancelledAt === undefined,
      ),
    limits,
  )
}

/** Beyond what a date can be, letters that sort after each. */
function instantText(at: number): string {
  return Number.isFinite(at) ? iso(at) : '9999'
}
