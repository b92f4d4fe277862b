import { createHash } from 'node:crypto'
import type { Hold, Scope } from '../model/hold.ts'
import { shortId } from '../model/short-id.ts'

/**
 * What releases before holds had ids keep of a scope's holds: one at a time, and everything that ever happened to it.
 * `mirrored`: written by this release, for the earlier one to read after a rollback.
 */
export type HoldEvent = {
  at: string
  action: 'placed' | 'released'
  by: string
  reason?: string | undefined
  until?: string | undefined
  mirrored?: true
}

/** The holds that such events tell of: each lasts until its end, its release, or the next one of its scope. */
export function holdsOf(scope: Scope, events: HoldEvent[]): Hold[] {
  return events.flatMap(({ at, action, by, reason = '', until }, index): Hold[] => {
    if (action !== 'placed') return []
    const next = events[index + 1]
    const ended = next && (until === undefined || next.at < until)
    const twins = events.slice(0, index).filter((it) => it.action === 'placed' && it.at === at).length
    return [
      {
        ...{ id: earlierId(scope, at, twins), scope, kind: 'hold', reason, by, placedAt: at },
        ...(until !== undefined && { until }),
        ...(ended && { releasedAt: next.at, ...(next.action === 'released' && { releasedBy: next.by }) }),
      },
    ]
  })
}

/**
 * It has none of its own: made of what it is, so that everybody who reads it sees the same. `twins`: those of its
 * scope that were placed in the same millisecond before it.
 */
function earlierId(scope: Scope, placedAt: string, twins: number): string {
  const what = twins === 0 ? placedAt : `${placedAt} ${twins}`
  return shortId(createHash('sha256').update(`${scope} ${what}`).digest())
}

/**
 * What an earlier release reads, so that after a rollback it sees the scope held as long as any hold lasts: the longest
 * hold stands for all. Once none is in force, the one that was released last does.
 */
export function mirrorOf(active: Hold[], last: Hold | undefined) {
  const longest = active.toSorted((a, b) => ((a.until ?? '9999') < (b.until ?? '9999') ? 1 : -1))[0] ?? last
  if (longest === undefined) return undefined
  const { reason, by, until, releasedAt, releasedBy } = longest
  const placedAt = [...active, longest].map((hold) => hold.placedAt).sort()[0] ?? longest.placedAt
  const placed: HoldEvent = { at: placedAt, action: 'placed', by, reason, until, mirrored: true }
  const events: HoldEvent[] = [placed]
  if (releasedAt !== undefined)
    events.push({ at: releasedAt, action: 'released', by: releasedBy ?? '', mirrored: true })
  return { reason, by, placedAt, until, releasedAt, releasedBy, events }
}
