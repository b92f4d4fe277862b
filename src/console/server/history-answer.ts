import { DAY } from '../../calendar/civil.ts'
import { CannotDo } from '../../model/errors.ts'
import { iso } from '../../model/time.ts'
import { daysBack, MOST_DAYS } from '../../operate/history.ts'
import type { HistoryAnswer, Mark, PeriodQuery } from './answers.ts'
import type { Brief, LedgerDays } from './ledger-days.ts'
import type { Room } from './room.ts'

/** As many as a page can draw. */
const MOST = 5_000

/** Every rotation of a period, the latest first, as far as there is room. */
export function historyReading(
  { now }: Room,
  ledger: LedgerDays,
): (period: PeriodQuery) => Promise<HistoryAnswer> {
  return async (period) => {
    if (period.to - period.from > MOST_DAYS * DAY)
      throw new CannotDo(`more than ${MOST_DAYS} days`, { hint: 'ask for a shorter period' })
    const [from, to] = [iso(period.from), iso(period.to)]
    const rotations: Mark[] = []
    for await (const ofDay of ledger.of(daysBack(period.from, period.to))) {
      for (const it of ofDay) if (it.scheduledAt >= from && it.scheduledAt < to) rotations.push(markOf(it))
      if (rotations.length > MOST) break
    }
    return { now: now(), rotations: rotations.slice(0, MOST), truncated: rotations.length > MOST }
  }
}

function markOf({ configVersion: _version, ...mark }: Brief): Mark {
  return mark
}
