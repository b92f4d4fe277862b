import type { Config } from '../config/config.ts'
import { suggest } from '../config/suggest.ts'
import { CannotDo } from '../model/errors.ts'
import { type Rotation, SETTLED, type Status } from '../model/rotation.ts'
import { secretNameInOption } from '../model/secret.ts'
import { DAY, iso } from '../model/time.ts'
import { type HistoryQuery, readHistory, unknownIn } from '../operate/history.ts'
import { CSV_HEADER, csvOf } from '../report/csv.ts'
import {
  type Arguments,
  type Command,
  type ExitCode,
  jsonText,
  noPositionals,
  type Terminal,
  wholeNumber,
} from './command.ts'
import { instantOf, zoneOption } from './instants.ts'
import { stageOption, validConfig } from './load-config.ts'
import { openProgress } from './progress.ts'
import { explanations, rotationTable } from './rotation-table.ts'

export const history: Command = {
  name: 'history',
  summary: 'what rotated, when and how it ended',
  help: `Usage: aws-tourbillon history --stage NAME [OPTIONS]

Reads the ledger, newest first. Options narrow it down together. The ID is the beginning of a rotation's
id, by which npx aws-tourbillon show finds it; --json has it in full.

  --secret ID       one secret, by name or ARN
  --schedule NAME   one schedule ("on-demand" for rotations asked for by secret)
  --status STATUS   SUCCEEDED, FAILED, TIMED_OUT, SKIPPED, MISSED, CLAIMED or ROTATING
  --since ISO       from this instant or day; default 7 days ago
  --until ISO       up to this instant or day, exclusive; default now and what is claimed ahead
  --timezone ZONE   also by this clock, an IANA name, by which days of --since and --until begin, too
  --limit N         at most this many; default 100, with --csv all
  --json            the rotations as the ledger has them
  --csv             a line each, for spreadsheets; written as it is read, however many there are

Exit status: 0; 1 neither the config nor the ledger knows that secret or schedule; 2 the ledger could not
be read.
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
    timezone: { type: 'string' },
    csv: { type: 'boolean' },
  },
  async run(args, terminal) {
    noPositionals(args, (word) => `did you mean --secret ${word}?`)
    if (args.values.csv && args.values.json) throw new CannotDo('--csv or --json: choose one')
    const config = await validConfig(args, terminal)
    const query = queryOf(args, terminal.now())
    const found = readHistory(config, query, openProgress(terminal))
    if (args.values.csv) {
      terminal.out(CSV_HEADER)
      let some = false
      for await (const rotation of found) {
        some = true
        terminal.out(csvOf(rotation))
        await terminal.room()
      }
      return some ? 0 : nothingFound(query, config, terminal)
    }
    const rotations: Rotation[] = []
    for await (const rotation of found) rotations.push(rotation)
    if (args.values.json) terminal.out(jsonText(rotations))
    else if (rotations.length > 0) {
      terminal.out(rotationTable(rotations, terminal, zoneOption(args)))
      terminal.err(explanations(rotations, stageOption(args)))
    }
    return rotations.length > 0 ? 0 : nothingFound(query, config, terminal)
  },
}

/** Nothing may well have rotated; a name that nobody knows is bad news. */
function nothingFound(query: HistoryQuery, config: Config, terminal: Terminal): ExitCode {
  terminal.err(`no rotation in the ledger from ${iso(query.from)} to ${iso(query.to)}\n`)
  const unknown = unknownIn(query, config)
  if (unknown === undefined) return 0
  terminal.err(`${unknown.message}\n    hint: ${unknown.hint}\n`)
  return 1
}

const STATUSES: Status[] = ['CLAIMED', 'ROTATING', ...SETTLED]

function queryOf(args: Arguments, now: number): HistoryQuery {
  const { values } = args
  const { secret, schedule, status, since, until, limit } = values as Record<string, string | undefined>
  const from = since === undefined ? now - 7 * DAY : instantOf('since', since, zoneOption(args))
  // `run --at` claims up to a week ahead, and so shows here.
  const to = until === undefined ? now + 8 * DAY : instantOf('until', until, zoneOption(args))
  if (from >= to) {
    throw new CannotDo(`nothing lies between ${iso(from)} and ${iso(to)}`, {
      hint: '--since must come before --until',
    })
  }
  const most = values.csv ? Number.POSITIVE_INFINITY : 100
  return {
    ...{ from, to, schedule, status: statusOf(status) },
    limit: limit === undefined ? most : wholeNumber('limit', limit, 1),
    ...(secret !== undefined && { secret: secretNameInOption(secret) }),
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
