import { writeFile } from 'node:fs/promises'
import { DAY } from '../calendar/civil.ts'
import { MONTHS } from '../calendar/describe.ts'
import { intervalsOf } from '../calendar/freezes.ts'
import { wallClock } from '../calendar/wall-clock.ts'
import type { Config } from '../config/config.ts'
import { CannotDo } from '../model/errors.ts'
import { oneLine } from '../model/text.ts'
import { iso } from '../model/time.ts'
import {
  askedFor,
  type Entry,
  entriesOf,
  knownTimezone,
  type Occurrence,
  occurrencesOf,
  timezonesOf,
  toJson,
} from '../operate/occurrences.ts'
import { plannedIn, plannedOccurrences, together } from '../operate/planned-occurrences.ts'
import { type Arguments, type Command, jsonText, notesOn, type Terminal } from './command.ts'
import { dayText } from './day-text.ts'
import { icsOf } from './ics.ts'
import { validConfig } from './load-config.ts'
import { drawMonth, letterOf, type Month, monthRange, shaded } from './month-grid.ts'
import { table } from './table.ts'

export const calendar: Command = {
  name: 'calendar',
  summary: 'a month of rotations and freezes at a glance, or an .ics file for your own calendar',
  help: `Usage: tourbillon calendar --config FILE | --stage NAME [OPTIONS]

Draws a month: a letter and a time for each schedule, frozen days shaded, stopped rotations
in brackets, runs on demand that are planned (run --at) as *. All times by one clock, that of most
schedules unless --timezone says another.

  --month YYYY-MM   the month (default: this one)
  --timezone ZONE   the clock, an IANA name
  --schedule NAME   this schedule only
  --ics FILE        writes an iCalendar file instead, of --month or the year to come; "-" is stdout
  --json            the month as tourbillon next --json lists it

Exit status: 0 shown or written; 1 the config is invalid; 2 wrong use, or the file cannot be written.
Example: npx tourbillon calendar --stage prod --month 2026-12
`,
  options: {
    month: { type: 'string' },
    timezone: { type: 'string' },
    schedule: { type: 'string' },
    ics: { type: 'string' },
  },
  async run(args, terminal) {
    if (args.positionals.length > 0)
      throw new CannotDo(`calendar takes no "${args.positionals[0]}"`, { hint: 'a month is --month YYYY-MM' })
    const config = await validConfig(args, terminal)
    if (config === undefined) return 1
    const entries = askedFor(entriesOf(config), args.values.schedule)
    const timezone = timezoneOf(args, entries)
    const month = monthOf(args, timezone, terminal.now())
    if (typeof args.values.ics === 'string') {
      const range = args.values.month === undefined ? yearFrom(terminal.now()) : monthRange(month, timezone)
      await writeIcs(
        args.values.ics,
        config,
        await allOccurrences(config, entries, range, args, terminal),
        range,
        terminal,
      )
      return 0
    }
    const range = monthRange(month, timezone)
    const occurrences = await allOccurrences(config, entries, range, args, terminal)
    if (args.values.json) terminal.out(jsonText(occurrences.map(toJson)))
    else print(config, entries, occurrences, month, timezone, terminal)
    return 0
  },
}

/** The zone asked for, or the one most schedules share (the first of equals). */
function timezoneOf({ values: { timezone } }: Arguments, entries: Entry[]): string {
  return typeof timezone === 'string' ? knownTimezone(timezone) : (timezonesOf(entries)[0] ?? 'UTC')
}

function monthOf({ values: { month } }: Arguments, timezone: string, now: number): Month {
  const text = month ?? iso(now + wallClock(timezone).offsetAt(now)).slice(0, 7)
  const [, year, number] = /^(19[7-9]\d|20\d\d|21\d\d)-(0[1-9]|1[0-2])$/.exec(String(text)) ?? []
  if (year === undefined || number === undefined)
    throw new CannotDo(`--month ${month} is no month`, { hint: 'write YYYY-MM, such as 2026-12' })
  return { year: Number(year), month: Number(number) }
}

/** Those of the calendar, and runs on demand that are planned. */
async function allOccurrences(
  config: Config,
  entries: Entry[],
  range: { from: number; to: number },
  { values: { schedule } }: Arguments,
  terminal: Terminal,
): Promise<Occurrence[]> {
  const count = Number.POSITIVE_INFINITY
  const planned = plannedOccurrences(await plannedIn(config, notesOn(terminal)), config, range, schedule)
  return together(occurrencesOf(entries, { ...range, count }), planned, count)
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
  const text = icsOf({ stage, occurrences, freezes, ...range, now: terminal.now() })
  if (file === '-') {
    terminal.out(text)
    return
  }
  await writeFile(file, text).catch((cause: Error) => {
    throw new CannotDo(`cannot write ${file}: ${cause.message}`, {
      hint: 'check the folder and its rights',
      cause,
    })
  })
  const until = iso(range.to).slice(0, 10)
  terminal.out(
    `${file}: ${occurrences.length} occurrences until ${until}; import it, or serve it as a calendar\n`,
  )
}

function print(
  config: Config,
  entries: Entry[],
  occurrences: Occurrence[],
  month: Month,
  timezone: string,
  terminal: Terminal,
) {
  const { columns, color } = terminal
  const range = monthRange(month, timezone)
  terminal.out(`${MONTHS[month.month - 1]} ${month.year}   times in ${timezone}\n\n`)
  const grid = {
    month,
    timezone,
    entries,
    occurrences,
    freezes: config.freezes,
    now: terminal.now(),
    columns,
    color,
  }
  terminal.out(drawMonth(grid))
  const rows = entries.map(({ name, when, timezone }, index) => [letterOf(index), name ?? '', when, timezone])
  if (rows.length > 0) terminal.out(`\n${table(['', 'SCHEDULE', 'WHEN', 'ZONE'], rows)}`)
  const shade = color ? shaded('  ') : '░░'
  for (const { name, from, to, yearly, reason } of config.freezes.filter(
    (one) => intervalsOf(one, range.from, range.to).length > 0,
  ))
    terminal.out(
      `${shade} freeze ${name}: ${from} until ${to}${yearly ? ', every year' : ''}${reason ? ` (${oneLine(reason)})` : ''}\n`,
    )
  if (occurrences.some(({ frozen }) => frozen !== undefined)) terminal.out('() stopped by a freeze\n')
  for (const { entry, at, note, planned } of occurrences)
    if (planned) {
      const local = dayText(at + wallClock(timezone).offsetAt(at), { year: false })
      terminal.out(`*  ${local} ${entry.secrets.join(', ') || entry.name}: ${oneLine(note ?? '')}\n`)
    }
  for (const { entry, note, frozen, planned } of occurrences)
    if (note !== null && frozen === undefined && !planned)
      terminal.out(`!  ${entry.name}: ${oneLine(note)}\n`)
}
