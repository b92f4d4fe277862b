import { exceptionText } from '../../../model/exception.ts'
import type { Hold, Scope } from '../../../model/hold.ts'
import type { Rotation } from '../../../model/rotation.ts'
import { createStatusReader } from '../../../operate/status.ts'
import { awsFactsText } from '../../../report/aws-facts.ts'
import { endOf, type Readings } from '../../../report/readings.ts'
import { type Next, newsOf, standingOf } from '../../../report/standing.ts'
import { timelineOf } from '../../../report/timeline.ts'
import type { NextAnswer, NowAnswer } from '../api-types.ts'
import { type CachedRead, cachedRead } from '../cached-read.ts'
import type { ServerContext } from '../context.ts'
import { linkedRegion } from '../region.ts'
import { troublesOf } from '../troubles.ts'

/** So many of the next occurrences, and the next of every schedule. */
const NEXT = 6
/** So many of those that ended in the last 24 hours. */
const SETTLED = 100

/** The stage's records as `status --watch` reads them, once a second at most. */
export function createRecordsReader({ config, now, giveUpMs }: ServerContext): CachedRead<Readings> {
  const read = createStatusReader(config)
  return cachedRead(() => read(now(), { giveUpMs }), 1_000)
}

export function createNowReader(
  context: ServerContext,
  records: CachedRead<Readings>,
): () => Promise<NowAnswer> {
  const { config, now } = context
  return async () => {
    const readings = await records.read()
    const at = now()
    const standing = standingOf(config, readings, at, NEXT)
    const news = newsOf(standing)
    const { awsFacts, ...rest } = standing
    return {
      ...rest,
      now: at,
      ...{ inOrder: news.length === 0, news },
      troubles: troublesOf(standing, { config, region: await linkedRegion(context), now: at }),
      aboutAws: awsFactsText(awsFacts, config.stage),
      next: standing.next.map(nextAnswer),
      underWay: standing.underWay.map((it) => ({ ...it, moments: timelineOf(it.rotation, at) })),
      settled: latest(readings.settled),
    }
  }
}

function nextAnswer({ schedule, at, frozen, held, skipped }: Next): NextAnswer {
  const { name, secrets, timezone } = schedule
  return {
    ...{ schedule: name, secrets, at, timezone },
    held: scopesOf(held),
    paused: scopesOf(held.filter(({ kind }) => kind === 'pause')),
    ...(frozen !== undefined && { frozen }),
    ...(skipped && { skipped: exceptionText(skipped) }),
  }
}

function scopesOf(holds: Hold[]): Scope[] {
  return [...new Set(holds.map(({ scope }) => scope))]
}

function latest(settled: Rotation[]): Rotation[] {
  return settled.toSorted((a, b) => (endOf(a) < endOf(b) ? 1 : -1)).slice(0, SETTLED)
}
