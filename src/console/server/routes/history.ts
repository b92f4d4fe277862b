import { CannotDo } from '../../../model/errors.ts'
import { DAY, iso } from '../../../model/time.ts'
import { daysBack, MOST_DAYS } from '../../../operate/history.ts'
import type { HistoryAnswer, RotationSummary } from '../api-types.ts'
import type { ServerContext } from '../context.ts'
import type { LedgerCache, LedgerRow } from '../ledger-cache.ts'
import type { Period } from '../request-schemas.ts'

/** As many as a page can draw. */
const MOST = 5_000

/** Every rotation of a period, the latest first, as far as there is room. */
export function createHistoryReader(
  { now }: ServerContext,
  ledger: LedgerCache,
): (period: Period) => Promise<HistoryAnswer> {
  return async (period) => {
    if (period.to - period.from > MOST_DAYS * DAY)
      throw new CannotDo(`more than ${MOST_DAYS} days`, { hint: 'ask for a shorter period' })
    const [from, to] = [iso(period.from), iso(period.to)]
    const rotations: RotationSummary[] = []
    for await (const ofDay of ledger.of(daysBack(period.from, period.to))) {
      for (const it of ofDay) if (it.scheduledAt >= from && it.scheduledAt < to) rotations.push(summaryOf(it))
      if (rotations.length > MOST) break
    }
    return { now: now(), rotations: rotations.slice(0, MOST), truncated: rotations.length > MOST }
  }
}

function summaryOf({ configVersion: _version, ...mark }: LedgerRow): RotationSummary {
  return mark
}
