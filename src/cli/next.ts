import { ExpressionError } from '../calendar/expression.ts'
import { formatDuration } from '../calendar/format.ts'
import { wallClock } from '../calendar/wall-clock.ts'
import type { Config } from '../config/config.ts'
import { CannotDo } from '../model/errors.ts'
import { oneLine } from '../model/text.ts'
import {
  askedFor,
  type Entry,
  entriesOf,
  entryOf,
  isStopped,
  type Occurrence,
  type Range,
} from '../operate/occurrences.ts'
import { readOccurrences } from '../operate/planned-occurrences.ts'
import { paint } from './colors.ts'
import {
  type Arguments,
  type Command,
  jsonText,
  noPositionals,
  notesOn,
  type Terminal,
  wholeNumber,
} from './command.ts'
import { dayText, instantOf, utcText, zoneOption } from './instants.ts'
import { labelled, rowsOf } from './layout.ts'
import { validConfig } from './load-config.ts'
import { describeExpressionError, occurrenceJson } from './occurrence-text.ts'

export const next: Command = {
  name: 'next',
  summary: 'when secrets rotate next, to the second, with freezes and clock changes',
  help: `Usage: aws-tourbillon next --config FILE | --stage NAME [OPTIONS]
       aws-tourbillon next --expression EXPRESSION --timezone ZONE [OPTIONS]

Lists coming occurrences in time order, those that a freeze stops included; and, where the stage's
ledger can be read, those that are skipped or moved, and runs that are planned (run --at, move).

  --schedule NAME     this schedule only (a disabled one is shown only so)
  --from ISO          from this instant on (default: now); a bare date is its midnight in UTC
  --to ISO            up to this instant, exclusive
  --count N           so many at most (default: 10, or all there are before --to)
  --expression EXPR   ask about an expression: cron(…), rate(…) or at(…)
  --timezone ZONE     its zone, an IANA name; of a config, the clock by which all is shown
  --start ISO         first occurrence of a rate()
  --json              [{ "schedule", "secrets", "scheduledAt", "local", "frozen", "skipped", "note" }]:
                      "skipped" is null or { "id", "by", "reason" }, with "movedTo" where it is moved;
                      of a planned run "planned": { "id", "by", "reason" }, with "movedFrom", and
                      "started" once it cannot be taken back; with a canary "canary": [NAME], or of a
                      selector how many

Exit status: 0 listed (perhaps none); 1 the config or the expression is invalid; 2 wrong use.
Example: npx aws-tourbillon next --stage prod --count 5
         npx aws-tourbillon next --expression 'cron(0 3 ? * SUN *)' --timezone Asia/Tokyo
`,
  options: {
    schedule: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    count: { type: 'string' },
    expression: { type: 'string' },
    timezone: { type: 'string' },
    start: { type: 'string' },
  },
  async run(args, terminal) {
    const zone = zoneOption(args)
    // An expression's own zone is no clock to read --from by.
    const range = rangeOf(args, args.values.expression === undefined ? zone : undefined, terminal.now())
    try {
      const asked = await entriesAskedFor(args, terminal)
      const found = await readOccurrences(asked, range, { note: notesOn(terminal), now: terminal.now() })
      if (args.values.json) terminal.out(jsonText(found.map((it) => occurrenceJson(it, zone))))
      else print(asked.entries, found, zone, terminal)
      return 0
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error
      terminal.err(describeExpressionError(String(args.values.expression), error))
      return 1
    }
  },
}

function rangeOf({ values: { from, to, count } }: Arguments, zone: string | undefined, now: number): Range {
  const range = {
    from: typeof from === 'string' ? instantOf('from', from, zone) : now,
    to: typeof to === 'string' ? instantOf('to', to, zone) : Number.POSITIVE_INFINITY,
  }
  if (range.to <= range.from)
    throw new CannotDo('--to is not after --from', { hint: 'the end is exclusive: give a later one' })
  if (count === undefined) return { ...range, count: to === undefined ? 10 : Number.POSITIVE_INFINITY }
  return { ...range, count: wholeNumber('count', count, 1, 99_999) }
}

/** Throws CannotDo, ExpressionError, InvalidConfig. */
async function entriesAskedFor(
  args: Arguments,
  terminal: Terminal,
): Promise<{ entries: Entry[]; config?: Config; schedule?: unknown }> {
  const { schedule, expression, timezone, start, config, stage } = args.values
  noPositionals(args, () => "--schedule NAME, or --expression 'cron(…)'")
  if (typeof expression === 'string') {
    if (schedule !== undefined || config !== undefined || stage !== undefined)
      throw new CannotDo('--expression stands alone, beside no config', {
        hint: 'leave out --schedule, --config, --stage',
      })
    if (typeof timezone !== 'string')
      throw new CannotDo('whose clock?', { hint: 'add --timezone ZONE, such as Asia/Tokyo or UTC' })
    const first = typeof start === 'string' ? instantOf('start', start) : undefined
    return { entries: [entryOf(expression, timezone, first)] }
  }
  if (start !== undefined)
    throw new CannotDo('--start belongs to --expression', {
      hint: 'a schedule has its own; add --expression, or leave it out',
    })
  const loaded = await validConfig(args, terminal)
  return { entries: askedFor(entriesOf(loaded), schedule), config: loaded, schedule }
}

function print(entries: Entry[], found: Occurrence[], zone: string | undefined, terminal: Terminal): void {
  if (found.length === 0) {
    terminal.err('nothing is scheduled in this interval\n')
    return
  }
  const [only] = entries
  const single = entries.length === 1 && found.every(({ planned }) => !planned) ? only : undefined
  const own = [...entries, ...found.map(({ entry }) => entry)].map(({ timezone }) => timezone)
  const [clock, ...others] = new Set(zone === undefined ? own : [zone])
  const titles = [
    ...(single ? [[single.name, single.when, single.timezone].filter(Boolean).join('  ')] : []),
    ...(others.length > 0 || clock === single?.timezone ? [] : [`local time of ${clock}`]),
    ...canariesOf(entries, found),
  ]
  for (const title of titles) terminal.out(`${title}\n`)
  if (titles.length > 0) terminal.out('\n')
  const shown = { zone, zones: others.length > 0, name: single === undefined, now: terminal.now() }
  const [head = [], ...rows] = rowsOf(tableOf(found, shown), terminal.columns)
  terminal.out(`${head.join('\n')}\n`)
  for (const [index, lines] of rows.entries()) printOne(lines, found[index], terminal)
}

function canariesOf(entries: Entry[], found: Occurrence[]): string[] {
  return entries.flatMap(({ name, canary }) =>
    canary && found.some(({ entry }) => entry.name === name)
      ? [oneLine(`${name}, canary: ${canary.text}`)]
      : [],
  )
}

function printOne(lines: string[], one: Occurrence | undefined, terminal: Terminal): void {
  for (const line of lines) terminal.out(`${one && isStopped(one) ? paint(2, line, terminal) : line}\n`)
  if (!one?.note) return
  const yellow = (text: string) => paint(33, text, terminal)
  for (const line of labelled('    ', oneLine(one.note), terminal.columns, yellow)) terminal.out(`${line}\n`)
}

/** `zones`: with a column of them. */
type Shown = { zone: string | undefined; zones: boolean; name: boolean; now: number }

function tableOf(found: Occurrence[], { zone, zones, name, now }: Shown): string[][] {
  const locals = found.map(({ entry, at }) => at + wallClock(zone ?? entry.timezone).offsetAt(at))
  const thisYear = new Date(now).getUTCFullYear()
  const year = locals.some((local) => new Date(local).getUTCFullYear() !== thisYear)
  const rows = found.map(({ entry, at }, index) => [
    dayText(locals[index] ?? at, { year }),
    ...(zones ? [entry.timezone] : []),
    utcText(at),
    until(at - now),
    ...(name ? [entry.name ?? ''] : []),
  ])
  return [['LOCAL', ...(zones ? ['ZONE'] : []), 'UTC', 'IN', ...(name ? ['SCHEDULE'] : [])], ...rows]
}

function until(ms: number): string {
  if (ms < 0) return `${formatDuration(-ms)} ago`
  return ms < 1000 ? 'now' : `in ${formatDuration(ms)}`
}
