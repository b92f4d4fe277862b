import { frozenBy } from '../calendar/freezes.ts'
import type { Config, Schedule } from '../config/config.ts'
import type { Hold } from '../ledger/holds.ts'
import type { Trigger } from '../ledger/rotation.ts'
import type { CalendarState } from './change-calendar.ts'
import type { Refusal } from './reasons.ts'

/** What a gate needs to know of a rotation. */
export type Gated = {
  /** Epoch ms. */
  scheduledAt: number
  windowSeconds: number
  trigger: Trigger
  /** Absent on demand by secret. */
  schedule?: Schedule | undefined
  changeCalendars?: string[] | undefined
  /** On demand: why freezes, holds and Change Calendars do not count. */
  override?: string | undefined
}

/** May this rotation start at `now` (epoch ms), with these holds in force over it? Undefined: yes. */
export function gate(rotation: Gated, config: Config, holds: Hold[], now: number): Refusal | undefined {
  return (
    disabled(rotation) ??
    windowClosed(rotation, now) ??
    (rotation.override === undefined ? (held(holds) ?? frozen(rotation, config, now)) : undefined)
  )
}

function disabled({ trigger, schedule }: Gated): Refusal | undefined {
  if (trigger === 'ON_DEMAND' || schedule?.enabled !== false) return undefined
  return { reason: 'DISABLED', message: `schedule «${schedule.name}» is disabled in the config` }
}

function windowClosed({ scheduledAt, windowSeconds }: Gated, now: number): Refusal | undefined {
  const closes = scheduledAt + windowSeconds * 1_000
  if (now < closes) return undefined
  const late = Math.round((now - closes) / 1_000)
  return {
    reason: 'WINDOW_CLOSED',
    message: `the window closed at ${new Date(closes).toISOString()}, ${late} s ago`,
  }
}

function held([hold]: Hold[]): Refusal | undefined {
  if (!hold) return undefined
  const until = hold.until === undefined ? 'until it is released' : `until ${hold.until}`
  return {
    reason: 'HELD',
    message: `${hold.by} holds ${hold.scope} since ${hold.placedAt}, ${until}: ${hold.reason}`,
  }
}

function frozen({ schedule, scheduledAt }: Gated, config: Config, now: number): Refusal | undefined {
  const ignored = schedule?.ignoreFreezes.map(({ name }) => name) ?? []
  const freezes = config.freezes.filter(({ name }) => !ignored.includes(name))
  // An early run asks about the instant it is held for, a late one about the moment it would start.
  const freeze = frozenBy(freezes, Math.max(now, scheduledAt))
  if (!freeze) return undefined
  const why = freeze.reason ? ` (${freeze.reason})` : ''
  return {
    reason: 'FROZEN',
    message: `freeze «${freeze.name}»${why} from ${freeze.from} to ${freeze.to}, ${freeze.timezone}`,
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
