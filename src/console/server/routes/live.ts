import { planOf } from '../../../operate/plan.ts'
import type { LiveAnswer } from '../api-types.ts'
import { type CachedRead, cachedRead } from '../cached-read.ts'
import type { ServerContext } from '../context.ts'

/** A call for each schedule that there is: not more often than this, ms. */
const EVERY = 5_000

/** The live schedules against the config, as `plan` tells it. */
export function createLiveReader({ config, now, giveUpMs }: ServerContext): CachedRead<LiveAnswer> {
  return cachedRead(() => planOf(config, now(), { giveUpMs }), EVERY)
}
