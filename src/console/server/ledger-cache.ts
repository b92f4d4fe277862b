import { eachWithAws } from '../../aws/with-aws.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { Rotation } from '../../model/rotation.ts'
import { DAY } from '../../model/time.ts'

/** A rotation as lists and calendars need it. */
export type LedgerRow = Omit<Rotation, 'events' | 'executionArn' | 'secretArn'>

export type LedgerCache = {
  /** The rotations of each of these days of UTC, newest first, day by day in the order asked for. Throws CannotDo. */
  of(days: string[]): AsyncGenerator<LedgerRow[]>
}

/** Days read at once: enough to be quick, few enough to leave the table's capacity to rotations. */
const AT_ONCE = 6

/** Two days after it ended, hardly anything of a day changes any more: then it is read again after so long, ms. */
const KEEP_MS = 300_000

/** Rotations that are kept, at most; about half a kilobyte each. */
const MOST_KEPT = 20_000

/**
 * Reads the ledger by days, and keeps the older ones for a while: pages ask for a month again and again, and reading
 * is what a table is paid for.
 *
 * @param now epoch ms
 * @param giveUpMs how long a page may take
 */
export function createLedgerCache(
  ledger: Pick<Ledger, 'query'>,
  { now, giveUpMs }: { now: () => number; giveUpMs: number },
  passed: () => number = () => performance.now(),
): LedgerCache {
  const kept = new Map<string, { until: number; rotations: LedgerRow[] }>()

  async function read(day: string): Promise<LedgerRow[]> {
    const known = kept.get(day)
    if (known && passed() < known.until) return known.rotations
    const rotations: LedgerRow[] = []
    for await (const rotation of eachWithAws('read the ledger', ledger.query('byDay', day), { giveUpMs }))
      rotations.push(rowOf(rotation))
    if (Date.parse(day) + 3 * DAY < now()) keep(day, rotations)
    return rotations
  }

  function keep(day: string, rotations: LedgerRow[]): void {
    kept.delete(day)
    kept.set(day, { until: passed() + KEEP_MS, rotations })
    let sum = 0
    for (const it of kept.values()) sum += it.rotations.length
    // The one that was read longest ago goes first.
    for (const [oldest, it] of kept) {
      if (sum <= MOST_KEPT) return
      kept.delete(oldest)
      sum -= it.rotations.length
    }
  }

  return {
    async *of(days) {
      for (let first = 0; first < days.length; first += AT_ONCE)
        yield* await Promise.all(days.slice(first, first + AT_ONCE).map(read))
    },
  }
}

function rowOf(rotation: Rotation): LedgerRow {
  const { events: _events, executionArn: _execution, secretArn: _arn, ...brief } = rotation
  return brief
}
