import { extname } from 'node:path'
import { oneOf } from '../config/suggest.ts'
import { CannotDo } from '../model/errors.ts'
import { oneLine } from '../model/text.ts'
import { iso } from '../model/time.ts'
import { collectEvidence, type OpenEvidence, openEvidence } from '../operate/evidence.ts'
import { CSV_HEADER, csvOfLine, csvOfSecret } from '../report/csv.ts'
import type { Line, Period } from '../report/evidence.ts'
import { type Figures, keptRate, type Quantiles } from '../report/figures.ts'
import { toHtml } from '../report/html.ts'
import { toMarkdown } from '../report/markdown.ts'
import { reportOf } from '../report/report.ts'
import { rulesOf } from '../report/rules.ts'
import type { ReportInput } from '../report/summary.ts'
import { type Arguments, type Command, jsonText, noPositionals, refuseBeside } from './command.ts'
import { instantOf, zoneOption } from './instants.ts'
import { validConfig } from './load-config.ts'
import { isStdout, type Output, openOutput } from './output.ts'
import { openProgress } from './progress.ts'

export const report: Command = {
  name: 'report',
  summary: 'evidence for an auditor: what was due, what was kept, what was not and why',
  help: `Usage: aws-tourbillon report --stage NAME --from ISO [--to ISO] [OPTIONS]

Compares a period's calendar with its ledger: every secret under policy, its rotations, how old it
became, what was not kept and why, rotations on demand, overrides, holds, the policy itself, and
what the report cannot know. How to read it:
node_modules/aws-tourbillon/docs/auditors.md

  --from ISO        from this instant, or midnight UTC of this day, on
  --to ISO          up to this instant or day, exclusive; default now
  --timezone ZONE   days begin by this clock, an IANA name; what the report says stays UTC
  --format FORMAT   md, html, csv or json; default: as FILE ends, else md.
                    html is one page, to be printed and kept, with nothing from elsewhere in it.
                    csv has a line for every rotation, and for everything due without a record
  --out FILE        into this file, complete or not at all; default, and -: stdout
  --json            as --format json

Exit status: 0 written, whatever it says; 2 the ledger could not be read, or the file not written.
Example: npx aws-tourbillon report --stage prod --from 2026-10-01 --to 2027-01-01 --out q4.html
`,
  options: {
    from: { type: 'string' },
    to: { type: 'string' },
    timezone: { type: 'string' },
    format: { type: 'string' },
    out: { type: 'string' },
  },
  async run(args, terminal) {
    noPositionals(args, () => 'the period is given by --from and --to')
    if (args.values.format !== 'json') refuseBeside(args, 'json', ['format'])
    const period = periodOf(args, terminal.now())
    const format = formatOf(args)
    const file = args.values.out as string | undefined
    const config = await validConfig(args, terminal)
    const output = await openOutput(file, terminal)
    try {
      await write(
        output,
        format,
        await openEvidence(config, period, terminal.now(), { progress: openProgress(terminal) }),
      )
      await output.end()
    } catch (error) {
      await output.giveUp()
      throw error
    }
    if (file !== undefined && !isStdout(file)) terminal.err(`wrote ${file}\n`)
    return 0
  },
}

const FORMATS = ['md', 'html', 'csv', 'json'] as const
type Format = (typeof FORMATS)[number]

function periodOf(args: Arguments, now: number): Period {
  const { from, to } = args.values
  const zone = zoneOption(args)
  if (typeof from !== 'string') throw new CannotDo('since when?', { hint: 'add --from 2026-10-01' })
  const period = {
    from: instantOf('from', from, zone),
    to: typeof to === 'string' ? instantOf('to', to, zone) : now,
  }
  if (period.from >= period.to)
    throw new CannotDo('--to is not after --from', { hint: 'the end is exclusive: give a later one' })
  return period
}

function formatOf({ values: { format, out, json } }: Arguments): Format {
  if (json) return 'json'
  const ending = typeof out === 'string' ? extname(out).slice(1) : ''
  const asked = format ?? (ending || 'md')
  const known = FORMATS.find((it) => it === asked)
  if (known) return known
  const formats = FORMATS.join(', ')
  if (format === undefined)
    throw new CannotDo(`--out ${oneLine(String(out))}: no format for .${oneLine(ending)}`, {
      hint: `FILE ends in one of ${formats}, or --format says which it is; a browser prints html as PDF`,
    })
  throw new CannotDo(`--format ${oneLine(String(asked))}: no such format`, {
    hint: oneOf(String(asked), FORMATS),
  })
}

async function write(output: Output, format: Format, opened: OpenEvidence): Promise<void> {
  if (format === 'csv') return writeCsv(output, opened)
  const found = await collectEvidence(opened)
  if (format === 'md') await output.write(toMarkdown(reportOf(found)))
  else if (format === 'html') await output.write(toHtml(reportOf(found)))
  else await output.write(jsonOf(found))
}

/** Line by line: nothing is kept but the names of secrets that have none yet. */
async function writeCsv(output: Output, { lines, underPolicy }: OpenEvidence): Promise<void> {
  const absent = new Map(underPolicy)
  await output.write(CSV_HEADER)
  for await (const line of lines) {
    absent.delete('rotation' in line ? line.rotation.secretName : (line.unrecorded.secretName ?? ''))
    await output.write(csvOfLine(line))
  }
  for (const [secret, schedules] of absent) await output.write(csvOfSecret(secret, schedules))
}

function jsonOf(input: ReportInput): string {
  const { config, period, generatedAt, generatedBy, summary, holds, clock, unread } = input

  const lineOf = (line: Line) =>
    'rotation' in line
      ? line.rotation
      : { ...line.unrecorded, at: undefined, scheduledAt: iso(line.unrecorded.at), status: 'NO_RECORD' }
  return jsonText({
    stage: config.stage,
    configVersion: config.version,
    from: iso(period.from),
    to: iso(period.to),
    generatedAt: iso(generatedAt),
    generatedBy,
    figures: {
      stage: figuresJson(summary.figures.stage),
      schedules: summary.figures.schedules.map(figuresJson),
    },
    clock,
    movedAway: summary.movedAway,
    secrets: summary.secrets.map(({ lastChange, age, ...it }) => ({
      ...it,
      lastChange: lastChange === undefined ? null : iso(lastChange),
      oldestMs: age?.ms ?? null,
      atLeast: age?.atLeast ?? null,
    })),
    notKept: { count: summary.notKept.count, items: summary.notKept.items.map(lineOf) },
    onDemand: summary.onDemand,
    holds,
    rules: rulesOf(config, generatedAt),
    versions: summary.versions,
    unread,
  })
}

/** What there is no value of is null, so that a reader need not know which keys may lack. */
function figuresJson<Of extends Figures>({ skew, verdict, ...more }: Of) {
  const { adoptedFirst, adoptedAll, delivered, woke, ...counts } = more
  const of = ({ count, unknown, p50, p99, most }: Quantiles) => ({
    ...{ count, unknown, p50Ms: p50 ?? null, p99Ms: p99 ?? null, mostMs: most ?? null },
  })
  return {
    ...counts,
    keptRate: keptRate(counts) ?? null,
    ...{ skew: of(skew), verdict: of(verdict), delivered: of(delivered), woke: of(woke) },
    ...{ adoptedFirst: of(adoptedFirst), adoptedAll: of(adoptedAll) },
  }
}
