import type { Config } from '../config/config.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Secrets } from './secrets.ts'

/** Everything outside the workflow that it touches; only ever from inside a step. */
export type World = {
  config: Config
  ledger: Ledger
  secrets: Secrets
  /** Epoch ms. */
  now(): number
  /** Resolves at the instant (epoch ms), not before; at once where it has passed. */
  holdUntil(instant: number): Promise<void>
  /** The durable execution, or the process, that runs the workflow: a claim belongs to it. */
  executionArn: string
  log(message: string, fields: Record<string, unknown>): void
}

/** `holdUntil` on the real clock. Timers may fire a little early, hence the loop. */
export async function holdUntil(instant: number): Promise<void> {
  for (let left = instant - Date.now(); left > 0; left = instant - Date.now()) {
    await new Promise((resolve) => setTimeout(resolve, left))
  }
}
