import { eachWithAws } from '../aws/with-aws.ts'
import { DAY } from '../calendar/civil.ts'
import { suggest } from '../config/suggest.ts'
import type { Ledger, QueryRange } from '../ledger/ledger.ts'
import type { Index } from '../ledger/table.ts'
import { namesOf } from '../model/resource-names.ts'
import { type Rotation, SETTLED, type Status } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import { nameOfSecret } from '../operate/secret-option.ts'
import { CSV_HEADER, csvOf } from '../report/csv.ts'
import { ledgerIn } from '../runtime/open-ports.ts'
import { type Arguments, CannotDo, type Command, noPositionals } from './command.ts'
import { instantOf } from './instants.ts'
import { validConfig } from './load-config.ts'
import { openProgress } from './progress.ts'
import { explanations, rotationTable } from './rotation-table.ts'

export const history: Command = {
  name: 'history',
  summary: 'what rotated, when and how it ended',
  help: `Usage: tourbillon history --stage NAME [OPTIONS]

Reads the ledger, newest first. Options narrow it down together.

  --secret ID       one secret, by name or ARN
  --schedule NAME   one schedule ("on-demand" for rotations asked for by secret)
  --status STATUS   SUCCEEDED, FAILED, TIMED_OUT, SKIPPED, MISSED, CLAIMED or ROTATING
  --since ISO       from this instant or day; default 7 days ago
  --until ISO       up to this instant or day, exclusive; default now and what is claimed ahead
  --limit N         at most this many; default 100, with --csv all
  --json            the rotations as the ledger has them
  --csv             a line each, for spreadsheets; written as it is read, however many there are

Exit status: 0; 2 the ledger could not be read.
Example: npx tourbillon history --stage prod --secret prod/orders/db --since 2026-11-01
         npx tourbillon history --stage prod --since 2026-10-01 --until 2026-11-01 --csv > october.csv
`,
  options: {
    secret: { type: 'string' },
    schedule: { type: 'string' },
    status: { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
    limit: { type: 'string' },
    csv: { type: 'boolean' },
  },
  async run(args, terminal) {
    noPositionals(args, (word) => `did you mean --secret ${word}?`)
    if (args.values.csv && args.values.json) throw new CannotDo('--csv or --json: choose one')
    const config = await validConfig(args, terminal)
    if (!config) return 1
    const query = queryOf(args, terminal.now())
    const found = read(ledgerIn(namesOf(config.stage).ledgerTable), query, openProgress(terminal))
    if (args.values.csv) {
      terminal.out(CSV_HEADER)
      for await (const rotation of found) {
        terminal.out(csvOf(rotation))
        await terminal.room()
      }
      return 0
    }
    const rotations: Rotation[] = []
    for await (const rotation of found) rotations.push(rotation)
    if (args.values.json) {
      terminal.out(`${JSON.stringify(rotations, null, 2)}\n`)
    } else if (rotations.length === 0) {
      terminal.err(`no rotation in the ledger from ${query.range.from} to ${query.range.to}\n`)
    } else {
      terminal.out(rotationTable(rotations, terminal))
      terminal.err(explanations(rotations))
    }
    return 0
  },
}

/** One query a day beyond this many would take minutes; the ledger forgets after 400 days by default. */
export const MOST_DAYS = 1_000

const STATUSES: Status[] = ['CLAIMED', 'ROTATING', ...SETTLED]

type Query = {
  index: Index
  keys: string[]
  range: QueryRange
  status: Status | undefined
  schedule?: string | undefined
  limit: number
}

function queryOf({ values }: Arguments, now: number): Query {
  const {
    secret,
    schedule,
    status,
    since,
    until,
    limit = values.csv ? `${Number.MAX_SAFE_INTEGER}` : '100',
  } = values as Record<string, string | undefined>
  const from = since === undefined ? now - 7 * DAY : instantOf('since', since)
  // `run --at` claims up to a week ahead, and so shows here.
  const to = until === undefined ? now + 8 * DAY : instantOf('until', until)
  if (from >= to) {
    const [start, end] = [from, to].map((it) => iso(it))
    throw new CannotDo(`nothing lies between ${start} and ${end}`, {
      hint: '--since must come before --until',
    })
  }
  const range = { from: iso(from), to: iso(to) }
  const rest = { range, status: statusOf(status), limit: limitOf(limit) }
  if (secret !== undefined)
    return { index: 'bySecret', keys: [nameOfSecret('secret', secret)], schedule, ...rest }
  if (schedule !== undefined) return { index: 'bySchedule', keys: [schedule], ...rest }
  if (to - from > MOST_DAYS * DAY) {
    throw new CannotDo(`more than ${MOST_DAYS} days of every secret at once`, {
      hint: 'name a --secret or a --schedule, or bring --since and --until closer together',
    })
  }
  return { index: 'byDay', keys: daysBack(from, to), ...rest }
}

function statusOf(text: string | undefined): Status | undefined {
  if (text === undefined) return undefined
  const status = STATUSES.find((it) => it === text.toUpperCase())
  if (status) return status
  const near = suggest(text, STATUSES)
  throw new CannotDo(`--status ${text}: no such status`, {
    hint: near ? `did you mean ${near}?` : `one of ${STATUSES.join(', ')}`,
  })
}

function limitOf(text: string): number {
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1) return limit
  throw new CannotDo(`--limit ${text}: a whole number from 1 is expected`)
}

/** UTC days from the last back to the first. */
export function daysBack(from: number, to: number): string[] {
  const days: string[] = []
  for (let day = to; day > from - DAY; day -= DAY) days.push(iso(day).slice(0, 10))
  return days
}

async function* read(
  ledger: Ledger,
  { index, keys, range, status, schedule, limit }: Query,
  progress: ReturnType<typeof openProgress>,
): AsyncGenerator<Rotation> {
  let [seen, found] = [0, 0]
  for (const key of keys) {
    for await (const rotation of eachWithAws('read the ledger', ledger.query(index, key, range))) {
      seen++
      progress.tell(() => `${seen} records, back to ${rotation.scheduledAt.slice(0, 10)}`)
      if (status !== undefined && rotation.status !== status) continue
      if (schedule !== undefined && rotation.schedule !== schedule) continue
      yield rotation
      if (++found === limit) return progress.end()
    }
  }
  progress.end()
}
