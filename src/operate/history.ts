import { eachWithAws, withAws } from '../aws/with-aws.ts'
import type { Config } from '../config/config.ts'
import { oneOf } from '../config/suggest.ts'
import type { Ledger, QueryRange } from '../ledger/ledger.ts'
import { type Index, RETENTION_DAYS } from '../ledger/table.ts'
import { CannotDo } from '../model/errors.ts'
import { nameInKey } from '../model/identity.ts'
import { EXTERNAL, ON_DEMAND } from '../model/resource-names.ts'
import type { Rotation, Status } from '../model/rotation.ts'
import { secretNameOf } from '../model/secret.ts'
import { oneLine } from '../model/text.ts'
import { DAY, iso } from '../model/time.ts'
import { recordsOf } from '../runtime/records.ts'
import { noSchedule } from './occurrences.ts'
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

/** A period's rotations, the latest first, page by page. Throws CannotDo; where too much is asked for, before it reads. */
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

/** What the config does not know of what is asked for by name, and a selector cannot choose; undefined where it does. */
export function unknownIn(
  { secret, schedule }: Pick<HistoryQuery, 'secret' | 'schedule'>,
  { schedules }: Config,
): CannotDo | undefined {
  const names = schedules.map(({ name }) => name)
  if (schedule !== undefined && ![...names, ON_DEMAND, EXTERNAL].includes(schedule))
    return noSchedule(schedule, names)
  if (secret === undefined) return undefined
  const secrets = new Set(schedules.flatMap((it) => it.secrets.map(secretNameOf)))
  const name = nameInKey(secret)
  const maySelect = schedules.some(({ select }) => select && name.startsWith(select.prefix ?? ''))
  if (secrets.has(name) || maySelect) return undefined
  return new CannotDo(`no schedule has a secret "${oneLine(secret)}"`, { hint: oneOf(name, [...secrets]) })
}

/** An id, or the beginning of one, or a version's; or a secret's latest. */
export type Which = { id: string } | { secret: string }

/** Ids of ours are told apart by less; what is shorter is no id that anybody was shown. */
export const SHORTEST_ID = 4

/** How far back the beginning of an id is looked for, and in which steps: days. */
const STEPS = [7, 30, 90, RETENTION_DAYS]

/**
 * The rotations that are meant: of an id, of the beginning of one, or of a version's id, none, one, or those that it may
 * be, of the latest days that have any; of a secret the latest. `now`: epoch ms. Throws CannotDo.
 */
export async function findRotations(
  config: Config,
  which: Which,
  now: number,
  progress: Progress,
): Promise<Rotation[]> {
  const { ledger } = recordsOf(config.stage)
  if ('secret' in which) {
    const latest = await withAws('read the ledger', () => latestOf(ledger, which.secret, now))
    return latest ? [latest] : []
  }
  const exact = await withAws('read the ledger', async () => {
    return (await ledger.get(which.id)) ?? ledger.get(which.id.toLowerCase())
  })
  if (exact) return [exact]
  const isMeant = ({ rotationId, versionId = '' }: Rotation) =>
    [rotationId, versionId].some((id) => id.toLowerCase().startsWith(which.id.toLowerCase()))
  // What is planned is claimed a week ahead at most.
  let to = now + 8 * DAY
  for (const days of STEPS) {
    const from = now - days * DAY
    const query = { from, to, limit: Number.POSITIVE_INFINITY }
    const found: Rotation[] = []
    for await (const rotation of readHistory(config, query, progress)) {
      if (isMeant(rotation)) found.push(rotation)
    }
    if (found.length > 0) return found
    to = from
  }
  return []
}

/** What comes next week is not what somebody asks about after last night; where there is nothing else, it is. */
async function latestOf(ledger: Ledger, secret: string, now: number): Promise<Rotation | undefined> {
  let ahead: Rotation | undefined
  for await (const rotation of ledger.query('bySecret', secret)) {
    if (rotation.status !== 'CLAIMED' || Date.parse(rotation.scheduledAt) <= now) return rotation
    ahead = rotation
  }
  return ahead
}
