import type { CalendarState } from '../aws/change-calendars.ts'
import { type Freeze, frozenBy } from '../calendar/freezes.ts'
import type { Config, Schedule } from '../config/config.ts'
import { type Hold, holdEnd } from '../model/hold.ts'
import type { Refusal } from '../model/reasons.ts'
import type { Rotation, Trigger } from '../model/rotation.ts'
import { iso } from '../model/time.ts'

/** What a gate needs to know of a rotation. */
export type GateInputs = {
  /** Epoch ms. */
  scheduledAt: number
  windowSeconds: number
  trigger: Trigger
  /** Absent on demand by secret. */
  schedule?: Schedule | undefined
  changeCalendars?: string[] | undefined
  /** Of an occurrence that a person has moved here. */
  moved?: Rotation['moved'] | undefined
  /** On demand: why freezes, holds and Change Calendars do not count. */
  override?: string | undefined
}

/** May this rotation start at `now` (epoch ms), with these holds that count then? Undefined: yes. */
export function gate(rotation: GateInputs, config: Config, holds: Hold[], now: number): Refusal | undefined {
  return (
    disabled(rotation) ??
    windowClosed(rotation, now) ??
    (rotation.override === undefined ? (heldBy(holds) ?? frozen(rotation, config, now)) : undefined)
  )
}

function disabled({ trigger, schedule }: GateInputs): Refusal | undefined {
  if (trigger === 'ON_DEMAND' || schedule?.enabled !== false) return undefined
  return { reason: 'DISABLED', message: `schedule "${schedule.name}" is disabled in the config` }
}

function windowClosed({ scheduledAt, windowSeconds }: GateInputs, now: number): Refusal | undefined {
  const closes = scheduledAt + windowSeconds * 1_000
  if (now < closes) return undefined
  const late = Math.round((now - closes) / 1_000)
  return {
    reason: 'WINDOW_CLOSED',
    message: `the window closed at ${iso(closes)}, ${late} s ago`,
  }
}

/** Names the hold that lasts longest: with its end the rotation could start. A pause, only where no person's hold counts. */
export function heldBy(holds: Hold[]): Refusal | undefined {
  const [pause] = holds.filter(({ kind }) => kind === 'pause')
  const byPeople = holds.filter(({ kind }) => kind !== 'pause')
  if (pause && byPeople.length === 0) {
    const { id, reason, placedAt } = pause
    return { reason: 'PAUSED', message: `paused since ${placedAt}, ${reason} (pause ${id})` }
  }
  const [hold, ...others] = byPeople.toSorted((a, b) =>
    (holdEnd(a) ?? '9999') < (holdEnd(b) ?? '9999') ? 1 : -1,
  )
  if (!hold) return undefined
  const { id, by, scope, placedAt, until, releasedAt, reason } = hold
  const end =
    releasedAt === undefined ? `until ${until ?? 'it is released'}` : `until it was released at ${releasedAt}`
  const more = others.length > 0 ? `, and ${others.length} more` : ''
  return {
    reason: 'HELD',
    message: `${by} holds ${scope} since ${placedAt}, ${end}: ${reason} (hold ${id}${more})`,
  }
}

function frozen({ schedule, scheduledAt }: GateInputs, config: Config, now: number): Refusal | undefined {
  const ignored = schedule?.ignoreFreezes.map(({ name }) => name) ?? []
  const freezes = config.freezes.filter(({ name }) => !ignored.includes(name))
  // An early run asks about the instant it is held for, a late one about the moment it would start.
  const freeze = frozenBy(freezes, Math.max(now, scheduledAt))
  return freeze && frozenIn(freeze)
}

export function frozenIn(freeze: Freeze): Refusal {
  const why = freeze.reason ? ` (${freeze.reason})` : ''
  return {
    reason: 'FROZEN',
    message: `freeze "${freeze.name}"${why} from ${freeze.from} to ${freeze.to}, ${freeze.timezone}`,
  }
}

/** Whether Change Calendars let a rotation start. One that cannot be read does not: a gate that fails stays shut. */
export function calendarClosed(names: string[], answer: CalendarState): Refusal | undefined {
  if ('refusal' in answer) return answer.refusal
  if (answer.state === 'OPEN') return undefined
  const which =
    names.length === 1 ? `Change Calendar ${names[0]} is` : `of ${names.join(', ')} at least one is`
  const until = answer.next ? `until ${answer.next}` : 'and AWS names no end'
  return { reason: 'CALENDAR_CLOSED', message: `${which} CLOSED, ${until}` }
}
