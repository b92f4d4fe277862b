import { eachWithAws, withAws } from '../aws/with-aws.ts'
import type { Config } from '../config/config.ts'
import type { Ledger, QueryRange } from '../ledger/ledger.ts'
import type { Index } from '../ledger/table.ts'
import { CannotDo } from '../model/errors.ts'
import type { Rotation, Status } from '../model/rotation.ts'
import { DAY, iso } from '../model/time.ts'
import { recordsOf } from '../runtime/records.ts'
import type { Progress } from './progress.ts'

/** One query a day beyond this many would take minutes; the ledger forgets after 400 days by default. */
export const MOST_DAYS = 1_000

/** `secret`: its name. `from` inclusive, `to` exclusive: epoch ms. */
export type HistoryQuery = {
  secret?: string | undefined
  schedule?: string | undefined
  status?: Status | undefined
  from: number
  to: number
  limit: number
}

/** A period's rotations, the latest first, page by page. Throws CannotDo, before anything is read where it asks for too much. */
export function readHistory(
  config: Config,
  asked: HistoryQuery,
  progress: Progress,
): AsyncGenerator<Rotation> {
  const keys = keysOf(asked)
  return read(recordsOf(config.stage).ledger, asked, keys, progress)
}

async function* read(
  ledger: Ledger,
  { status, schedule, from, to, limit }: HistoryQuery,
  { index, keys }: { index: Index; keys: string[] },
  progress: Progress,
): AsyncGenerator<Rotation> {
  const range: QueryRange = { from: iso(from), to: iso(to) }
  let [seen, found] = [0, 0]
  for (const key of keys) {
    for await (const rotation of eachWithAws('read the ledger', ledger.query(index, key, range))) {
      seen++
      progress.show(() => `${seen} records, back to ${rotation.scheduledAt.slice(0, 10)}`)
      if (status !== undefined && rotation.status !== status) continue
      if (schedule !== undefined && rotation.schedule !== schedule) continue
      yield rotation
      if (++found === limit) return progress.end()
    }
  }
  progress.end()
}

function keysOf({ secret, schedule, from, to }: HistoryQuery): { index: Index; keys: string[] } {
  if (secret !== undefined) return { index: 'bySecret', keys: [secret] }
  if (schedule !== undefined) return { index: 'bySchedule', keys: [schedule] }
  if (to - from > MOST_DAYS * DAY) {
    throw new CannotDo(`more than ${MOST_DAYS} days of every secret at once`, {
      hint: 'name a --secret or a --schedule, or bring --since and --until closer together',
    })
  }
  return { index: 'byDay', keys: daysBack(from, to) }
}

/** UTC days from the last back to the first. */
export function daysBack(from: number, to: number): string[] {
  const days: string[] = []
  for (let day = to; day > from - DAY; day -= DAY) days.push(iso(day).slice(0, 10))
  return days
}

/** One rotation, by its id or as the latest of a secret of this name. Throws CannotDo. */
export function findRotation(
  config: Config,
  which: { rotationId: string } | { secret: string },
): Promise<Rotation | undefined> {
  const ledger = recordsOf(config.stage).ledger
  return withAws('read the ledger', async () => {
    if ('rotationId' in which) {
      const { rotationId } = which
      return (await ledger.get(rotationId)) ?? ledger.get(rotationId.toLowerCase())
    }
    for await (const rotation of ledger.query('bySecret', which.secret)) return rotation
    return undefined
  })
}
