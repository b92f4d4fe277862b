import type { Config } from '../config/config.ts'
import { namesOf } from '../config/names.ts'
import { CSV_HEADER, csvOfLine, csvOfSecret } from '../report/csv.ts'
import { policiesOf } from '../report/due.ts'
import { evidence, firstKnownIn, type Line, type Period } from '../report/evidence.ts'
import { toHtml } from '../report/html.ts'
import { toMarkdown } from '../report/markdown.ts'
import { type Evidence, reportOf } from '../report/report.ts'
import { openSummary } from '../report/summary.ts'
import { recordsIn } from '../rotation/open-world.ts'
import { instantOf } from './ad-hoc.ts'
import { eachWithAws, withAws } from './aws.ts'
import { type Arguments, CannotDo, type Command, noPositionals, type Terminal } from './command.ts'
import { operator } from './hold.ts'
import { type Output, openOutput } from './output.ts'
import { openProgress } from './progress.ts'
import { holdsOver, lastChangesBefore, type Records, underPolicyNow } from './report-readings.ts'
import { validConfig } from './stage.ts'

export const report: Command = {
  name: 'report',
  summary: 'evidence for an auditor: what was due, what was kept, what was not and why',
  help: `Usage: tourbillon report --stage NAME --from ISO [--to ISO] [OPTIONS]

Compares a period's calendar with its ledger: every secret under policy, its rotations, how old it
became, what was not kept and why, rotations on demand, overrides, holds, the policy itself, and
what the report cannot know. docs/auditors.md tells how to read it.

  --from ISO        from this instant, or midnight UTC of this day, on
  --to ISO          up to this instant or day, exclusive; default now
  --format FORMAT   md, html, csv or json; default: as FILE ends, else md.
                    html is one page, to be printed and kept, with nothing from elsewhere in it.
                    csv has a line for every rotation, and for everything due without a record
  --out FILE        into this file, complete or not at all; default stdout
  --json            as --format json

Exit status: 0 written, whatever it says; 2 the ledger could not be read, or the file not written.
Example: npx tourbillon report --stage prod --from 2026-10-01 --to 2027-01-01 --out q4.html
`,
  options: {
    from: { type: 'string' },
    to: { type: 'string' },
    format: { type: 'string' },
    out: { type: 'string' },
  },
  async run(args, terminal) {
    noPositionals(args, () => 'the period is given by --from and --to')
    const period = periodOf(args, terminal.now())
    const format = formatOf(args)
    const file = args.values.out as string | undefined
    const config = await validConfig(args, terminal)
    if (!config) return 1
    const output = await openOutput(file, terminal)
    try {
      await write(output, format, await gather(config, period, terminal))
      await output.end()
    } catch (error) {
      await output.giveUp()
      throw error
    }
    if (file !== undefined) terminal.err(`wrote ${file}\n`)
    return 0
  },
}

const FORMATS = ['md', 'html', 'csv', 'json'] as const
type Format = (typeof FORMATS)[number]

const DAY = 86_400_000
/** A query a day; the ledger forgets after 400 days by default. */
const MOST_DAYS = 1_100

function periodOf({ values: { from, to } }: Arguments, now: number): Period {
  if (typeof from !== 'string') throw new CannotDo('since when?', { hint: 'add --from 2026-10-01' })
  const period = { from: instantOf('from', from), to: typeof to === 'string' ? instantOf('to', to) : now }
  if (period.from >= period.to)
    throw new CannotDo('--to is not after --from', { hint: 'the end is exclusive: give a later one' })
  if (period.to - period.from > MOST_DAYS * DAY)
    throw new CannotDo(`more than ${MOST_DAYS} days`, { hint: 'make one report a year' })
  return period
}

function formatOf({ values: { format, out, json } }: Arguments): Format {
  if (json) return 'json'
  const asked =
    format ?? (typeof out === 'string' ? /\.(md|html|csv|json)$/.exec(out)?.[1] : undefined) ?? 'md'
  const known = FORMATS.find((it) => it === asked)
  if (known) return known
  throw new CannotDo(`--format ${asked}: no such format`, { hint: `one of ${FORMATS.join(', ')}` })
}

type Gathered = {
  /** The period's lines: read as they are asked for, once. */
  lines: AsyncIterable<Line>
  underPolicy: Map<string, string[]>
  /** The report, of a summary of all lines. */
  close(summary: ReturnType<typeof openSummary>): Promise<Evidence>
}

async function gather(config: Config, period: Period, terminal: Terminal): Promise<Gathered> {
  const records: Records = recordsIn(namesOf(config.stage).ledgerTable)
  const policies = policiesOf(config)
  const now = terminal.now()
  const ended = { from: period.from, to: Math.min(period.to, now) }
  const progress = openProgress(terminal)
  const firstKnown = await withAws('read the ledger', () => firstKnownIn(records.ledger, policies))
  const { underPolicy, unread } = await underPolicyNow(config)
  const source = { ledger: records.ledger, policies, configVersion: config.version, firstKnown, now }
  async function* lines(): AsyncGenerator<Line> {
    let count = 0
    for await (const line of eachWithAws('read the ledger', evidence(period, source))) {
      count++
      const at = 'rotation' in line ? line.rotation.scheduledAt : line.unrecorded.at
      progress.tell(() => `${count} records, up to ${new Date(at).toISOString().slice(0, 10)}`)
      yield line
    }
    progress.end()
  }
  return {
    lines: lines(),
    underPolicy,
    async close(summary) {
      const names = summary.secretNames()
      const tell = (what: string) => (done: number) => progress.tell(() => `${what} ${done}/${names.length}`)
      const before = await lastChangesBefore(records, names, period.from, tell('earlier rotations'))
      const holds = await holdsOver(records, config, names, period, tell('holds'))
      progress.end()
      return {
        ...{ config, period, generatedAt: now, generatedBy: operator(), holds, firstKnown, unread },
        summary: summary.close(ended, before),
      }
    },
  }
}

async function write(output: Output, format: Format, { lines, underPolicy, close }: Gathered): Promise<void> {
  if (format === 'csv') return writeCsv(output, lines, underPolicy)
  const summary = openSummary(underPolicy)
  for await (const line of lines) summary.add(line)
  const found = await close(summary)
  if (format === 'md') await output.write(toMarkdown(reportOf(found)))
  else if (format === 'html') await output.write(toHtml(reportOf(found)))
  else await output.write(jsonOf(found))
}

/** Line by line: nothing is kept but the names of secrets that have none yet. */
async function writeCsv(
  output: Output,
  lines: AsyncIterable<Line>,
  underPolicy: Map<string, string[]>,
): Promise<void> {
  const absent = new Map(underPolicy)
  await output.write(CSV_HEADER)
  for await (const line of lines) {
    absent.delete('rotation' in line ? line.rotation.secretName : (line.unrecorded.secretName ?? ''))
    await output.write(csvOfLine(line))
  }
  for (const [secret, schedules] of absent) await output.write(csvOfSecret(secret, schedules))
}

function jsonOf({ config, period, generatedAt, generatedBy, summary, holds, unread }: Evidence): string {
  const iso = (instant: number) => new Date(instant).toISOString()
  const lineOf = (line: Line) =>
    'rotation' in line
      ? line.rotation
      : { ...line.unrecorded, at: undefined, scheduledAt: iso(line.unrecorded.at), status: 'NO_RECORD' }
  const answer = {
    stage: config.stage,
    configVersion: config.version,
    from: iso(period.from),
    to: iso(period.to),
    generatedAt: iso(generatedAt),
    generatedBy,
    secrets: summary.secrets.map(({ lastChange, age, ...it }) => ({
      ...it,
      lastChange: lastChange === undefined ? null : iso(lastChange),
      oldestMs: age.ms,
      atLeast: age.atLeast,
    })),
    notKept: { count: summary.notKept.count, items: summary.notKept.items.map(lineOf) },
    onDemand: summary.onDemand,
    holds,
    versions: summary.versions,
    unread,
  }
  return `${JSON.stringify(answer, null, 2)}\n`
}
