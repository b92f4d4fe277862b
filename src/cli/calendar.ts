import { MONTHS } from '../calendar/describe.ts'
import { type Freeze, intervalsOf } from '../calendar/freezes.ts'
import { wallClock } from '../calendar/wall-clock.ts'
import type { Config } from '../config/config.ts'
import { CannotDo } from '../model/errors.ts'
import { oneLine } from '../model/text.ts'
import { DAY, iso } from '../model/time.ts'
import {
  askedFor,
  type Entry,
  entriesOf,
  isStopped,
  type Occurrence,
  timezonesOf,
} from '../operate/occurrences.ts'
import { readOccurrences } from '../operate/planned-occurrences.ts'
import {
  type Arguments,
  type Command,
  jsonText,
  noPositionals,
  notesOn,
  refuseBeside,
  type Terminal,
} from './command.ts'
import { icsOf } from './ics.ts'
import { dayText, zoneOption } from './instants.ts'
import { table } from './layout.ts'
import { validConfig } from './load-config.ts'
import { drawMonth, letterOf, type Month, monthRange, shaded } from './month-grid.ts'
import { occurrenceJson } from './occurrence-text.ts'
import { isStdout, openOutput } from './output.ts'

export const calendar: Command = {
  name: 'calendar',
  summary: 'a month of rotations and freezes at a glance, or an .ics file for your own calendar',
  help: `Usage: aws-tourbillon calendar --config FILE | --stage NAME [OPTIONS]

Draws a month: a letter and a time for each schedule, frozen days shaded, stopped rotations
in brackets, runs on demand that are planned (run --at) as *. All times by one clock, that of most
schedules unless --timezone says another.

  --month YYYY-MM   the month (default: this one)
  --timezone ZONE   the clock, an IANA name
  --schedule NAME   this schedule only
  --ics FILE        writes an iCalendar file instead, of --month or the year to come; "-" is stdout
  --json            the month as npx aws-tourbillon next --json lists it

Exit status: 0 shown or written; 1 the config is invalid; 2 wrong use, or the file cannot be written.
Example: npx aws-tourbillon calendar --stage prod --month 2026-12
`,
  options: {
    month: { type: 'string' },
    timezone: { type: 'string' },
    schedule: { type: 'string' },
    ics: { type: 'string' },
  },
  async run(args, terminal) {
    noPositionals(args, () => 'a month is --month YYYY-MM')
    refuseBeside(args, 'ics', ['json'])
    const config = await validConfig(args, terminal)
    const { schedule, ics, month: asked, json } = args.values
    const entries = askedFor(entriesOf(config), schedule)
    const zone = zoneOption(args)
    const timezone = zone ?? timezonesOf(entries)[0] ?? 'UTC'
    const month = monthOf(args, timezone, terminal.now())
    const range =
      ics !== undefined && asked === undefined ? yearFrom(terminal.now()) : monthRange(month, timezone)
    const occurrences = await readOccurrences(
      { entries, config, schedule },
      { ...range, count: Number.POSITIVE_INFINITY },
      { note: notesOn(terminal), now: terminal.now() },
    )
    if (typeof ics === 'string') await writeIcs(ics, config, occurrences, range, terminal)
    else if (json) terminal.out(jsonText(occurrences.map((it) => occurrenceJson(it, zone))))
    else print({ config, entries, occurrences, month, timezone, ...range }, terminal)
    return 0
  },
}

function monthOf({ values: { month } }: Arguments, timezone: string, now: number): Month {
  const text = month ?? iso(now + wallClock(timezone).offsetAt(now)).slice(0, 7)
  const [, year, number] = /^(19[7-9]\d|20\d\d|21\d\d)-(0[1-9]|1[0-2])$/.exec(String(text)) ?? []
  if (year === undefined || number === undefined)
    throw new CannotDo(`--month ${month} is no month`, { hint: 'write YYYY-MM, such as 2026-12' })
  return { year: Number(year), month: Number(number) }
}

function yearFrom(now: number): { from: number; to: number } {
  return { from: now, to: now + 366 * DAY }
}

async function writeIcs(
  file: string,
  config: Config,
  occurrences: Occurrence[],
  range: { from: number; to: number },
  terminal: Terminal,
): Promise<void> {
  const { stage, freezes } = config
  const output = await openOutput(file, terminal)
  await output.write(icsOf({ stage, occurrences, freezes, ...range, now: terminal.now() }))
  await output.end()
  if (isStdout(file)) return
  const until = iso(range.to).slice(0, 10)
  terminal.out(
    `${file}: ${occurrences.length} occurrences until ${until}; import it, or serve it as a calendar\n`,
  )
}

type Shown = {
  config: Config
  entries: Entry[]
  occurrences: Occurrence[]
  month: Month
  timezone: string
  /** Of the month, epoch ms. */
  from: number
  to: number
}

function print({ config: { freezes }, ...shown }: Shown, terminal: Terminal): void {
  const { entries, occurrences, month, timezone, from, to } = shown
  const { columns, color, now, out } = terminal
  out(`${MONTHS[month.month - 1]} ${month.year}   times in ${timezone}\n\n`)
  out(drawMonth({ month, timezone, entries, occurrences, freezes, now: now(), columns, color }))
  const rows = entries.map(({ name, when, timezone: zone }, index) => [
    letterOf(index),
    name ?? '',
    when,
    zone,
  ])
  if (rows.length > 0) out(`\n${table(['', 'SCHEDULE', 'WHEN', 'ZONE'], rows, columns)}`)
  const shade = color ? shaded('  ') : '░░'
  for (const freeze of freezes)
    if (intervalsOf(freeze, from, to).length > 0) out(`${shade} ${freezeText(freeze)}\n`)
  if (occurrences.some(isStopped)) out('() stopped by a freeze, skipped or moved\n')
  for (const one of occurrences.filter(({ planned }) => planned)) out(`*  ${plannedText(one, timezone)}\n`)
  for (const { entry, note, frozen, planned } of occurrences)
    if (note !== null && frozen === undefined && !planned) out(`!  ${entry.name}: ${oneLine(note)}\n`)
}

function freezeText({ name, from, to, yearly, reason }: Freeze): string {
  const why = reason ? ` (${oneLine(reason)})` : ''
  return `freeze ${name}: ${from} until ${to}${yearly ? ', every year' : ''}${why}`
}

function plannedText({ entry, at, note, planned }: Occurrence, timezone: string): string {
  const local = dayText(at + wallClock(timezone).offsetAt(at), { year: false })
  const what = planned?.movedFrom ? entry.name : entry.secrets.join(', ') || entry.name
  return `${local} ${what}: ${oneLine(note ?? '')}`
}
