import { namesOf } from '../config/names.ts'
import { suggest } from '../config/suggest.ts'
import type { Ledger, QueryRange } from '../ledger/ledger.ts'
import { type Rotation, SETTLED, type Status } from '../ledger/rotation.ts'
import type { Index } from '../ledger/table.ts'
import { secretNameOf } from '../rotation/identity.ts'
import { ledgerIn } from '../rotation/open-world.ts'
import { withAws } from './aws.ts'
import { type Arguments, CannotDo, type Command, noPositionals } from './command.ts'
import { explanations, rotationTable } from './outcome.ts'
import { validConfig } from './stage.ts'

const DAY_MS = 86_400_000

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
  --limit N         at most this many; default 100
  --json            the rotations as the ledger has them

Exit status: 0; 2 the ledger could not be read.
Example: npx tourbillon history --stage prod --secret prod/orders/db --since 2026-11-01
`,
  options: {
    secret: { type: 'string' },
    schedule: { type: 'string' },
    status: { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
    limit: { type: 'string' },
  },
  async run(args, terminal) {
    noPositionals(args, (word) => `did you mean --secret ${word}?`)
    const config = await validConfig(args, terminal)
    if (!config) return 1
    const query = queryOf(args, terminal.now())
    const ledger = ledgerIn(namesOf(config.stage).ledgerTable)
    const rotations = await withAws('read the ledger', () => read(ledger, query))
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
const MOST_DAYS = 1_000

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
    limit = '100',
  } = values as Record<string, string | undefined>
  const from = instantOf('--since', since) ?? now - 7 * DAY_MS
  // `run --at` claims up to a week ahead, and so shows here.
  const to = instantOf('--until', until) ?? now + 8 * DAY_MS
  if (from >= to) {
    const [start, end] = [from, to].map((it) => new Date(it).toISOString())
    throw new CannotDo(`nothing lies between ${start} and ${end}`, {
      hint: '--since must come before --until',
    })
  }
  const range = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
  const rest = { range, status: statusOf(status), limit: limitOf(limit) }
  if (secret !== undefined) return { index: 'bySecret', keys: [secretNameOf(secret)], schedule, ...rest }
  if (schedule !== undefined) return { index: 'bySchedule', keys: [schedule], ...rest }
  if (to - from > MOST_DAYS * DAY_MS) {
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

function instantOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  // Without its offset, a time would mean another instant on each machine.
  const isInstant = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text)
  const instant = isInstant ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(instant)) return instant
  throw new CannotDo(`${option} ${text}: not a day or an instant`, {
    hint: 'write 2026-11-01 (from midnight UTC) or 2026-11-01T03:00:00Z',
  })
}

/** UTC days from the last back to the first. */
function daysBack(from: number, to: number): string[] {
  const days: string[] = []
  for (let day = to; day > from - DAY_MS; day -= DAY_MS) days.push(new Date(day).toISOString().slice(0, 10))
  return days
}

async function read(
  ledger: Ledger,
  { index, keys, range, status, schedule, limit }: Query,
): Promise<Rotation[]> {
  const found: Rotation[] = []
  for (const key of keys) {
    for await (const rotation of ledger.query(index, key, range)) {
      if (status !== undefined && rotation.status !== status) continue
      if (schedule !== undefined && rotation.schedule !== schedule) continue
      found.push(rotation)
      if (found.length === limit) return found
    }
  }
  return found
}
