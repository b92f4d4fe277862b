import { forEachInPool } from '../../aws/pool.ts'
import { DAY } from '../../calendar/civil.ts'
import type { Config } from '../../config/config.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { ON_DEMAND } from '../../model/resource-names.ts'
import type { Rotation } from '../../model/rotation.ts'
import { iso } from '../../model/time.ts'
import { readUnsettled } from '../../report/readings.ts'
import { type Look, look } from '../lookup.ts'

/** What the ledger knows of secrets, by `secretName`. */
export type Records = { last: Look<Map<string, Rotation>>; underWay: Look<Set<string>> }

/** Of each schedule: enough to find an outcome before the wave under way and one that was skipped. */
const OCCURRENCES = 3
const ON_DEMAND_MS = 7 * DAY
const AT_ONCE = 8

const NO_LEDGER = { unseen: 'there is no ledger' }

/** A query a schedule, not a secret: a thousand secrets cost what their schedules cost. */
export async function readRecords(
  ledger: Pick<Ledger, 'query'>,
  config: Config,
  now: number,
): Promise<Records> {
  const last = new Map<string, Rotation>()
  let failed: Look<never> | undefined
  await forEachInPool([...config.schedules.map(({ name }) => name), ON_DEMAND], AT_ONCE, async (schedule) => {
    const read = await look('dynamodb:Query', () => lastOf(schedule, ledger, now, last))
    if ('unseen' in read) failed = read
    else failed ??= read.seen ? undefined : NO_LEDGER
  })
  const unsettled = await look('dynamodb:Query', () => readUnsettled(ledger as Ledger))
  return {
    last: failed ?? { seen: last },
    underWay:
      'unseen' in unsettled
        ? unsettled
        : unsettled.seen
          ? { seen: new Set(unsettled.seen.map(({ secretName }) => secretName)) }
          : NO_LEDGER,
  }
}

async function lastOf(
  schedule: string,
  ledger: Pick<Ledger, 'query'>,
  now: number,
  last: Map<string, Rotation>,
): Promise<true> {
  const range = schedule === ON_DEMAND ? { from: iso(now - ON_DEMAND_MS) } : {}
  const seen = new Set<string>()
  for await (const rotation of ledger.query('bySchedule', schedule, range)) {
    seen.add(rotation.scheduledAt)
    if (schedule !== ON_DEMAND && seen.size > OCCURRENCES) break
    if (!TELLING.includes(rotation.status)) continue
    const known = last.get(rotation.secretName)
    if (!known || endOf(known) < endOf(rotation)) last.set(rotation.secretName, rotation)
  }
  return true
}

/** Outcomes that say whether rotating works; what was skipped says nothing. */
const TELLING = ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'MISSED']

function endOf({ settledAt, scheduledAt }: Rotation): string {
  return settledAt ?? scheduledAt
}
