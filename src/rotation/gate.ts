import { frozenBy } from '../calendar/freezes.ts'
import type { Config, Schedule } from '../config/config.ts'
import type { Trigger } from '../ledger/rotation.ts'
import type { Refusal } from './reasons.ts'

/** What a gate needs to know of a rotation. */
export type Gated = {
  /** Epoch ms. */
  scheduledAt: number
  windowSeconds: number
  trigger: Trigger
  /** Absent on demand by secret. */
  schedule?: Schedule | undefined
}

/** May this rotation start at `now` (epoch ms)? Undefined: yes. */
export function gate(rotation: Gated, config: Config, now: number): Refusal | undefined {
  if (rotation.trigger === 'SCHEDULE' && rotation.schedule?.enabled === false) {
    return { reason: 'DISABLED', message: `schedule «${rotation.schedule.name}» is disabled in the config` }
  }
  const closes = rotation.scheduledAt + rotation.windowSeconds * 1_000
  if (now >= closes) {
    const late = Math.round((now - closes) / 1_000)
    return {
      reason: 'WINDOW_CLOSED',
      message: `the window closed at ${new Date(closes).toISOString()}, ${late} s ago`,
    }
  }
  const ignored = rotation.schedule?.ignoreFreezes.map(({ name }) => name) ?? []
  const freezes = config.freezes.filter(({ name }) => !ignored.includes(name))
  // An early run asks about the instant it is held for, a late one about the moment it would start.
  const freeze = frozenBy(freezes, Math.max(now, rotation.scheduledAt))
  if (freeze) {
    const why = freeze.reason ? ` (${freeze.reason})` : ''
    return {
      reason: 'FROZEN',
      message: `freeze «${freeze.name}»${why} from ${freeze.from} to ${freeze.to}, ${freeze.timezone}`,
    }
  }
  return undefined
}
