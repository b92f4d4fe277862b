import type { Config, Schedule } from '../config/config.ts'
import { REHEARSED } from '../config/warnings/names.ts'
import type { Happened, Occurred } from './happened.ts'
import type { Rehearsed } from './rehearse.ts'

/** What a rehearsal finds wrong: the names never change, for scripts go by them. docs/rehearse.md has the rest. */
export const FOUND = [...REHEARSED, 'clock-skips', 'clock-repeats'] as const

export type Found = {
  name: (typeof FOUND)[number]
  /** Null: several schedules, or none. */
  schedule: string | null
  /** A path inside the schedule, inside the file where there is none. */
  field: string
  message: string
  hint: string
}

/** What findings are made of. `faults`: what goes wrong by chance then is no mistake of the config. */
export type Shown = {
  config: Config
  happened: Happened
  rehearsed: Rehearsed
  faults: 'none' | 'usual'
  tookMs: (secret: string) => number
}

/** The same of one schedule. */
export type Seen = Shown & { schedule: Schedule; occurred: Occurred[] }
