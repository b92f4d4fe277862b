import type { Config } from '../config/config.ts'

/** What would surprise: legal, but probably not meant. `field` is a path inside the schedule or freeze, as `when`. */
export type Warning = { schedule: string; field: string; message: string; hint: string }

export function warningsOf(_config: Config, _now: number): Warning[] {
  return []
}
