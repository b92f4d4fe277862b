import { forEachInPool } from '../../aws/pool.ts'
import type { Config } from '../../config/config.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { ON_DEMAND } from '../../model/resource-names.ts'
import type { Rotation } from '../../model/rotation.ts'
import { DAY, iso } from '../../model/time.ts'
import { endOf, readUnsettled } from '../../report/readings.ts'
import { type Lookup, lookUp } from '../lookup.ts'

/** What the ledger knows of secrets, by `secretName`. */
type Records = { last: Lookup<Map<string, Rotation>>; underWay: Lookup<Set<string>> }

/** Of each schedule: enough to find an outcome before the wave under way and one that was skipped. */
const OCCURRENCES = 3
const ON_DEMAND_MS = 7 * DAY
const AT_ONCE = 8

const NO_LEDGER = { unknown: 'there is no ledger' }

/** A query a schedule, not a secret: a thousand secrets cost what their schedules cost. */
export async function readRecords(
  ledger: Pick<Ledger, 'query'>,
  config: Config,
  now: number,
): Promise<Records> {
  const last = new Map<string, Rotation>()
  let failed: Lookup<never> | undefined
  await forEachInPool([...config.schedules.map(({ name }) => name), ON_DEMAND], AT_ONCE, async (schedule) => {
    const read = await lookUp('dynamodb:Query', () => lastOf(schedule, ledger, now, last))
    if ('unknown' in read) failed = read
    else failed ??= read.found ? undefined : NO_LEDGER
  })
  const unsettled = await lookUp('dynamodb:Query', () => readUnsettled(ledger as Ledger))
  return {
    last: failed ?? { found: last },
    underWay:
      'unknown' in unsettled
        ? unsettled
        : unsettled.found
          ? { found: new Set(unsettled.found.map(({ secretName }) => secretName)) }
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
  const instants = new Set<string>()
  for await (const rotation of ledger.query('bySchedule', schedule, range)) {
    instants.add(rotation.scheduledAt)
    if (schedule !== ON_DEMAND && instants.size > OCCURRENCES) break
    if (!TELLING.includes(rotation.status)) continue
    const known = last.get(rotation.secretName)
    if (!known || endOf(known) < endOf(rotation)) last.set(rotation.secretName, rotation)
  }
  return true
}

/** Outcomes that say whether rotating works; what was skipped says nothing. */
const TELLING = ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'MISSED']
