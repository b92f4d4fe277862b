import type { Config, Schedule } from '../config/config.ts'
import type { Finding } from '../model/finding.ts'
import type { Rotation, Trigger } from '../model/rotation.ts'
import type { Notification } from '../rotation/notification.ts'
import type { WaveEnd } from '../rotation/wave-end.ts'
import type { Peak } from './peaks.ts'

/** Instants are epoch ms. */
export type RehearsalOptions = {
  /** Compiled. */
  config: Config
  from: number
  to: number
  seed: number
  /** `usual`: everyday trouble, each now and then: throttling, lost answers, a late Scheduler, slow or failing functions, a crash. */
  faults: 'none' | 'usual'
  /** Secrets of a schedule: listed ones, and for selectors names. */
  secretsOf(schedule: Schedule): string[]
  /** How long a rotation of this secret takes, ms; default, where nothing is known: `USUAL_MS`. */
  tookMs?(secret: string): number | undefined
  /** When each secret was last rotated, where known; default: the last occurrence before `from`. */
  rotatedAt?(secret: string): number | undefined
  /** Plants: what is broken from when on. */
  trouble?: Trouble[]
  /**
   * Each wave once it is over, with its rotations as the ledger has them; they are dropped afterwards. Also what the
   * audit found missed. In order within schedules that share a secret; those of one such group come after another's.
   */
  onWave(wave: WaveOver): void
  /** What people and programs are told, as it is told, in the same order. */
  onTold(told: Told): void
  /** Rotations that are run at most, about; default 400,000. Of more, a sample is. */
  most?: number
  /** Default: as many as help. Nothing but the time depends on it. */
  threads?: number
  /** Occurrences that are over, of all that are run. */
  onProgress?(done: number, of: number): void
  signal?: AbortSignal
}

/** `secret`: of broken functions, the only one, by name; default all. `lateMs`: of a late Scheduler; default ten minutes. */
export type Trouble = {
  what: 'function broken' | 'audit down' | 'Scheduler late' | 'throttled'
  from: number
  to: number
  secret?: string
  lateMs?: number
}

export type WaveOver = {
  schedule?: string
  scheduledAt: string
  trigger: Trigger
  rotations: Rotation[]
  /** Of the execution that went through it; absent where none did. */
  end?: Omit<WaveEnd, 'rotations' | 'notable'>
}

/**
 * `alarm`: the stage's alarm that it sets off (src/deploy/alarms.ts), unless that has rung in the same five minutes.
 * `pages`: that, or a text of a failure, of something missed, or of a finding goes to people, by its schedule's `notify`.
 */
export type Told = { at: number; news: Notification | Finding; pages: boolean; alarm?: string }

export type Rehearsed = {
  rotations: number
  waves: number
  /** Rotations in all, about, and those that were rehearsed: absent where all were. */
  sampled?: { of: number; taken: number }
  peaks: Peak[]
}
