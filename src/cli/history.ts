import { suggest } from '../config/suggest.ts'
import { CannotDo } from '../model/errors.ts'
import { type Rotation, SETTLED, type Status } from '../model/rotation.ts'
import { secretNameInOption } from '../model/secret.ts'
import { DAY, iso } from '../model/time.ts'
import { type HistoryQuery, readHistory } from '../operate/history.ts'
import { CSV_HEADER, csvOf } from '../report/csv.ts'
import { type Arguments, type Command, jsonText, noPositionals, wholeNumber } from './command.ts'
import { instantOf } from './instants.ts'
import { validConfig } from './load-config.ts'
import { openProgress } from './progress.ts'
import { explanations, rotationTable } from './rotation-table.ts'

export const history: Command = {
  name: 'history',
  summary: 'what rotated, when and how it ended',
  help: `Usage: aws-tourbillon history --stage NAME [OPTIONS]

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
Example: npx aws-tourbillon history --stage prod --secret prod/orders/db --since 2026-11-01
         npx aws-tourbillon history --stage prod --since 2026-10-01 --until 2026-11-01 --csv > october.csv
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
    const config = await validConfig(args)
    const query = queryOf(args, terminal.now())
    const found = readHistory(config, query, openProgress(terminal))
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
      terminal.out(jsonText(rotations))
    } else if (rotations.length === 0) {
      terminal.err(`no rotation in the ledger from ${iso(query.from)} to ${iso(query.to)}\n`)
    } else {
      terminal.out(rotationTable(rotations, terminal))
      terminal.err(explanations(rotations))
    }
    return 0
  },
}

const STATUSES: Status[] = ['CLAIMED', 'ROTATING', ...SETTLED]

function queryOf({ values }: Arguments, now: number): HistoryQuery {
  const { secret, schedule, status, since, until, limit } = values as Record<string, string | undefined>
  const from = since === undefined ? now - 7 * DAY : instantOf('since', since)
  // `run --at` claims up to a week ahead, and so shows here.
  const to = until === undefined ? now + 8 * DAY : instantOf('until', until)
  if (from >= to) {
    throw new CannotDo(`nothing lies between ${iso(from)} and ${iso(to)}`, {
      hint: '--since must come before --until',
    })
  }
  const most = values.csv ? Number.POSITIVE_INFINITY : 100
  return {
    ...{ from, to, schedule, status: statusOf(status) },
    limit: limit === undefined ? most : wholeNumber('limit', limit, 1),
    ...(secret !== undefined && { secret: secretNameInOption('secret', secret) }),
  }
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
