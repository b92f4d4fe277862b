import { allHooks, hooksOf } from '../model/hooks.ts'
import { looksWithin } from './follow-version.ts'
import type { Wave } from './wave.ts'

/** Secrets that one execution rotates at most. */
export const MAX_SECRETS_PER_EXECUTION = 40

/** Operations that one durable execution may hold, and of these for what is tried again. Source: Lambda quotas. */
const MOST_OPERATIONS = 3_000
const SPARE_OPERATIONS = 400

/** A rotation's own, from its item of the map to `settle`; its looks and hooks come to these. */
const OPERATIONS = 10
/** A later attempt’s: its pause, its look, its sending. */
const OPERATIONS_AGAIN = 3

/** Parts of a wave, about so many, two operations each; a wave of yet more is parted into parts that are parted again. */
const MOST_PARTS = 500

/** Such parts, in parts of theirs: what ends one part's last rotations late delays the next part. */
const PARTS_OF_A_PART = 25

/** Bytes of names that start a part: Lambda takes 256 KB. */
const MOST_BYTES = 200_000

export type Parts = {
  /** Each an execution. */
  parts: Wave[]
  /** Parts that run side by side. */
  sideBySide: number
}

/**
 * Parts a wave over executions that keep to `concurrency` together. Undefined where one execution holds it all. A part
 * that takes its turns whole wastes none, and parts as even as can be end together:
 *
 *     100 secrets, 10 at once → 40, 40 and 20, one part after the other, 10 at once in each
 *     100 secrets, 50 at once → 25 four times, two parts side by side, each all at once
 *      75 secrets, 25 at once → 25 three times: of 40, a part would take a second turn for 15
 *
 * No part has the names of the others' secrets: all the checkpoints together would grow with the square of the wave, and
 * one of 10,000 exceed 256 KB a part. `before`: secrets that the same execution has rotated already.
 */
export function splitWave(wave: Wave, before = 0): Parts | undefined {
  const { secrets } = wave
  const most = mostTogether(wave)
  if (before + secrets.length <= most) return undefined
  const holds = most * executionsPerPart(secrets, most)
  const sideBySide = Math.ceil(Math.min(wave.concurrency, secrets.length) / holds)
  const concurrency =
    secrets.length <= wave.concurrency
      ? Math.ceil(secrets.length / sideBySide)
      : Math.floor(wave.concurrency / sideBySide)
  const whole = concurrency * Math.floor(holds / concurrency)
  // Fewer parts wait less for one another's last, where they take no more turns.
  const turns = (size: number) =>
    Math.floor(secrets.length / size) * Math.ceil(size / concurrency) +
    Math.ceil((secrets.length % size) / concurrency)
  // Of few secrets a whole part would leave its neighbour little.
  const even = Math.min(whole, Math.ceil(secrets.length / sideBySide))
  const size = sideBySide === 1 && turns(holds) <= turns(whole) ? holds : even
  const parts = Array.from({ length: Math.ceil(secrets.length / size) }, (_, index) => ({
    ...wave,
    ...(wave.schedule && { schedule: { ...wave.schedule, secrets: [] } }),
    secrets: secrets.slice(index * size, (index + 1) * size),
    concurrency,
  }))
  return { parts, sideBySide }
}

/** How often a part holds what one execution does: once, but for waves of more than `MOST_PARTS`. */
function executionsPerPart(secrets: string[], most: number): number {
  const needed = Math.ceil(secrets.length / (most * MOST_PARTS))
  if (needed === 1) return 1
  const longest = secrets.reduce((length, secret) => Math.max(length, secret.length), 1)
  return Math.max(needed, Math.min(PARTS_OF_A_PART, Math.floor(MOST_BYTES / (most * longest))))
}

/** Secrets that one execution holds even where each of their rotations is stuck until its timeout. */
function mostTogether(wave: Wave): number {
  const { timeoutSeconds, retries = 0 } = wave
  const again = OPERATIONS_AGAIN + hooksOf(wave).before.length + looksWithin(timeoutSeconds)
  const operations = OPERATIONS + allHooks(wave).length + looksWithin(timeoutSeconds) + retries * again
  return Math.max(
    1,
    Math.min(MAX_SECRETS_PER_EXECUTION, Math.floor((MOST_OPERATIONS - SPARE_OPERATIONS) / operations)),
  )
}
