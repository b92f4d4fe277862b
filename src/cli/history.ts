import { namesOf } from '../config/names.ts'
import type { Ledger, QueryRange } from '../ledger/ledger.ts'
import type { Rotation } from '../ledger/rotation.ts'
import type { Index } from '../ledger/table.ts'
import { secretNameOf } from '../rotation/identity.ts'
import { ledgerIn } from '../rotation/open-world.ts'
import { withAws } from './aws.ts'
import { type Arguments, CannotDo, type Command } from './command.ts'
import { explanations, rotationTable } from './outcome.ts'
import { validConfig } from './stage.ts'

const DAY_MS = 86_400_000

export const history: Command = {
  name: 'history',
  summary: 'what rotated, when and how it ended',
  help: `Usage: tourbillon history --stage NAME [OPTIONS]

Reads the ledger, newest first.

  --secret ID       one secret, by name or ARN
  --schedule NAME   one schedule (${'`on-demand`'} for rotations asked for by secret)
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

type Query = { index: Index; keys: string[]; range: QueryRange; status: string | undefined; limit: number }

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
  const most = Number(limit)
  if (!Number.isInteger(most) || most < 1) throw new CannotDo(`--limit ${limit}: a whole number is expected`)
  const range = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
  const rest = { range, status: status?.toUpperCase(), limit: most }
  if (secret !== undefined) return { index: 'bySecret', keys: [secretNameOf(secret)], ...rest }
  if (schedule !== undefined) return { index: 'bySchedule', keys: [schedule], ...rest }
  return { index: 'byDay', keys: daysBack(from, to), ...rest }
}

function instantOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const instant = Date.parse(text)
  if (Number.isNaN(instant)) throw new CannotDo(`${option} ${text}: write 2026-11-01 or 2026-11-01T03:00:00Z`)
  return instant
}

/** UTC days from the last back to the first. */
function daysBack(from: number, to: number): string[] {
  const days: string[] = []
  for (let day = to; day > from - DAY_MS; day -= DAY_MS) days.push(new Date(day).toISOString().slice(0, 10))
  return days
}

async function read(ledger: Ledger, { index, keys, range, status, limit }: Query): Promise<Rotation[]> {
  const found: Rotation[] = []
  for (const key of keys) {
    for await (const rotation of ledger.query(index, key, range)) {
      if (status !== undefined && rotation.status !== status) continue
      found.push(rotation)
      if (found.length === limit) return found
    }
  }
  return found
}
