import { planOf } from '../../operate/plan.ts'
import type { LiveAnswer } from './answers.ts'
import type { Room } from './room.ts'
import { type Shared, shared } from './shared-reading.ts'

/** A call for each schedule that there is: not more often than this, ms. */
const EVERY = 5_000

/** The live schedules against the config, as `plan` tells it. */
export function liveReading({ config, now, giveUpMs }: Room): Shared<LiveAnswer> {
  return shared(() => planOf(config, now(), { giveUpMs }), EVERY)
}
