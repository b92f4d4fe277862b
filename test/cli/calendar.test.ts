import { execFileSync } from 'node:child_process'
import { lstat, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ICAL from 'ical.js'
import { describe, expect, it, onTestFinished } from 'vitest'
import { calendar } from '../../src/cli/calendar.ts'
import { letterOf } from '../../src/cli/month-grid.ts'
import { runCommand } from './terminal.ts'

const CONFIG = ['--config', join(import.meta.dirname, 'example.yml')]
const DECEMBER = [...CONFIG, '--month', '2026-12']

describe('the month grid', () => {
  it('is read at a glance: letters and times, frozen days shaded, stopped rotations in brackets', async () => {
    const { code, out, err } = await runCommand(calendar, DECEMBER)
    expect([code, err]).toEqual([0, ''])
    expect(`\n${out}`).toBe(`
December 2026   times in America/New_York

  Mon        Tue        Wed        Thu        Fri        Sat        Sun
┌──────────┬──────────┬──────────┬──────────┬──────────┬──────────┬──────────┐
│          │ 1        │ 2        │ 3 ░░░░░░░│ 4        │ 5        │ 6        │
│          │ a 02:30  │ a 02:30  │ a 02:30 ░│ a 02:30  │ a 02:30  │ a 02:30  │
│          │ c ×40    │ c ×40    │ c ×40 ░░░│ c ×40    │          │          │
├──────────┼──────────┼──────────┼──────────┼──────────┼──────────┼──────────┤
│ 7        │ 8        │ 9        │10        │11        │12        │13        │
│ a 02:30  │ a 02:30  │ a 02:30  │ a 02:30  │ a 02:30  │ a 02:30  │ a 02:30  │
│ c ×40    │ c ×40    │ c ×40    │ c ×40    │ c ×40    │          │          │
├──────────┼──────────┼──────────┼──────────┼──────────┼──────────┼──────────┤
│14        │15        │16        │17        │18        │19        │20        │
│ a 02:30  │ a 02:30  │ a 02:30  │ a 02:30  │ a 02:30  │ a 02:30  │ a 02:30  │
│ c ×40    │ c ×40    │ c ×40    │ c ×40    │ c ×40    │          │          │
├──────────┼──────────┼──────────┼──────────┼──────────┼──────────┼──────────┤
│21        │22        │23        │24        │25 ░░░░░░░│26 ░░░░░░░│27 ░░░░░░░│
│ a 02:30  │ a 02:30  │ a 02:30  │ a 02:30  │(a 02:30) │(a 02:30) │(a 02:30) │
│ c ×40    │ c ×40    │ c ×40    │ c ×40    │(c ×40) ░░│░░░░░░░░░░│░░░░░░░░░░│
├──────────┼──────────┼──────────┼──────────┼──────────┼──────────┼──────────┤
│28 ░░░░░░░│29 ░░░░░░░│30 ░░░░░░░│31 ░░░░░░░│          │          │          │
│(a 02:30) │(a 02:30) │(a 02:30) │(a 02:30) │          │          │          │
│(c ×40) ░░│(c ×40) ░░│(c ×40) ░░│(c ×40) ░░│          │          │          │
│░░░░░░░░░░│░░░░░░░░░░│ b 21:30 ░│░░░░░░░░░░│          │          │          │
└──────────┴──────────┴──────────┴──────────┴──────────┴──────────┴──────────┘

   SCHEDULE           WHEN                           ZONE
a  orders-db-nightly  cron(30 2 * * ? *)             America/New_York
b  month-end          cron(30 2 L * ? *)             Europe/London
c  api-keys           cron(0/15 8-17 ? * MON-FRI *)  America/New_York
░░ freeze year-end: 2026-12-25 until 2027-01-04 (change freeze)
░░ freeze evening: 2026-12-03T18:00 until 2026-12-03T23:00
() stopped by a freeze, skipped or moved
`)
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  it('shows this month and marks today by default', async () => {
    const { out } = await runCommand(calendar, CONFIG)
    expect(out).toMatch(/^November 2026 {3}times in America\/New_York/)
    expect(out).toContain('│24 ◂')
    expect(out).not.toContain('freeze')
  })

  it('shows another clock, another width, one schedule', async () => {
    const london = await runCommand(calendar, [
      ...DECEMBER,
      '--timezone',
      'Europe/London',
      '--schedule',
      'month-end',
    ])
    expect(london.out).toContain('│ a 02:30 ░│')
    expect(london.out).not.toContain('api-keys')
    const wide = await runCommand(calendar, DECEMBER, { columns: 120 })
    expect(wide.out).toContain('│ c 08:00 ×40 ')
    expect(wide.out).toContain('│(c 08:00 ×40) ░░│')
    const narrow = await runCommand(calendar, DECEMBER, { columns: 20 })
    expect(narrow.out).toContain('│(a 02:30)│')
  })

  it('tells what clocks do in the month', async () => {
    const { out } = await runCommand(calendar, [...CONFIG, '--month', '2027-03'])
    expect(out).toContain('!  orders-db-nightly: clocks skip 02:30 on 2027-03-14: none then\n')
  })

  it('shades with background colour where there is colour', async () => {
    const { out } = await runCommand(calendar, DECEMBER, { color: true })
    expect(out).toContain('\u001b[38;5;255;48;5;238m(a 02:30) \u001b[39;49m')
    expect(out).not.toContain('░')
    const today = await runCommand(calendar, CONFIG, { color: true })
    expect(today.out).toContain('\u001b[1m24 ◂')
  })

  it('gives the month as next does in JSON', async () => {
    const { out } = await runCommand(calendar, [...DECEMBER, '--schedule', 'month-end', '--json'])
    expect(JSON.parse(out)).toEqual([
      {
        schedule: 'month-end',
        secrets: ['prod/billing/db', 'prod/billing/api'],
        scheduledAt: '2026-12-31T02:30:00.000Z',
        local: '2026-12-31T02:30:00Z',
        frozen: null,
        skipped: null,
        note: null,
      },
    ])
  })

  it('has a letter for every schedule', () => {
    expect([0, 25, 26, 51, 52, 701, 702].map(letterOf)).toEqual(['a', 'z', 'aa', 'az', 'ba', 'zz', 'aaa'])
  })
})

describe('--ics', () => {
  async function written(args: string[], now?: string) {
    const directory = await mkdtemp(join(tmpdir(), 'tourbillon-ics-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const file = join(directory, 'rotations.ics')
    const ran = await runCommand(calendar, [...args, '--ics', file], now === undefined ? {} : { now })
    const text = await readFile(file, 'utf8')
    const parsed = new ICAL.Component(ICAL.parse(text))
    return {
      ...ran,
      file,
      text,
      events: parsed.getAllSubcomponents('vevent').map((event) => new ICAL.Event(event)),
    }
  }

  it('writes what calendar programs read: UTC instants, whole days for freezes', async () => {
    const { code, out, file, text, events } = await written(DECEMBER)
    expect(code).toBe(0)
    expect(out).toBe(`${file}: 952 occurrences until 2027-01-01; import it, or serve it as a calendar\n`)
    expect(text).not.toMatch(/[^\r]\n/)
    for (const line of text.split('\r\n')) expect(Buffer.byteLength(line), line).toBeLessThanOrEqual(75)
    const monthEnd = events.find(({ summary }) => summary === 'Rotate: month-end')
    expect(monthEnd?.startDate.toICALString()).toBe('20261231T023000Z')
    expect(monthEnd?.endDate.toICALString()).toBe('20261231T030000Z')
    expect(monthEnd?.description).toBe(
      '2026-12-31T02:30:00Z Europe/London\nAt 02:30 on the last day of the month — cron(30 2 L * ? *)\nprod/billing/db\nprod/billing/api',
    )
    const freeze = events.find(({ summary }) => summary === 'Freeze: year-end')
    expect([freeze?.startDate.toICALString(), freeze?.endDate.toICALString()]).toEqual([
      '20261225',
      '20270104',
    ])
    const evening = events.find(({ summary }) => summary === 'Freeze: evening')
    expect([evening?.startDate.toICALString(), evening?.endDate.toICALString()]).toEqual([
      '20261203T230000Z',
      '20261204T040000Z',
    ])
  })

  it('cancels what a freeze stops', async () => {
    const { events } = await written([...DECEMBER, '--schedule', 'orders-db-nightly'])
    const status = (day: string) =>
      events
        .find(
          ({ startDate, summary }) =>
            summary.endsWith('nightly') && startDate.toICALString() === `${day}T073000Z`,
        )
        ?.component.getFirstPropertyValue('status')
    expect(status('20261224')).toBe('CONFIRMED')
    expect(status('20261225')).toBe('CANCELLED')
  })

  it('keeps UIDs from one file to the next, all different', async () => {
    const [first, second] = [await written(DECEMBER), await written(DECEMBER, '2026-12-01T00:00:00Z')]
    expect(second.events.map(({ uid }) => uid)).toEqual(first.events.map(({ uid }) => uid))
    expect(new Set(first.events.map(({ uid }) => uid)).size).toBe(first.events.length)
  })

  it('writes into a pipe, and through a link: neither is replaced', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tourbillon-ics-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const [file, pipe, link] = [join(directory, 'file'), join(directory, 'pipe'), join(directory, 'link')]
    execFileSync('mkfifo', [pipe])
    await writeFile(file, 'before')
    await symlink(file, link)
    const piped = readFile(pipe, 'utf8')
    await runCommand(calendar, [...DECEMBER, '--ics', pipe])
    await runCommand(calendar, [...DECEMBER, '--ics', link])
    expect(await piped).toMatch(/^BEGIN:VCALENDAR[\s\S]*END:VCALENDAR/)
    expect(await readFile(file, 'utf8')).toBe(await piped)
    expect((await lstat(pipe)).isFIFO()).toBe(true)
    expect((await lstat(link)).isSymbolicLink()).toBe(true)
  })

  it('covers the year to come without --month, and writes to stdout for -', async () => {
    const { out } = await runCommand(calendar, [...CONFIG, '--schedule', 'month-end', '--ics', '-'])
    const events = new ICAL.Component(ICAL.parse(out))
      .getAllSubcomponents('vevent')
      .map((event) => new ICAL.Event(event))
    expect(events.filter(({ summary }) => summary === 'Rotate: month-end')).toHaveLength(12)
  })
})

it.each([
  [[], /which stage/],
  [[...CONFIG, '--month', 'december'], /--month december is no month.*\n.*2026-12/],
  [[...CONFIG, '--month', '2026-13'], /is no month/],
  [[...CONFIG, '--month', '2200-01'], /is no month/],
  [[...CONFIG, '--timezone', 'EDT'], /unknown time zone "EDT".*\n.*America\/New_York/],
  [[...CONFIG, '--schedule', 'x'], /no schedule "x"/],
  [[...CONFIG, 'december'], /unexpected "december"/],
  [[...DECEMBER, '--ics', '/nowhere/at/all.ics'], /cannot write \/nowhere\/at\/all.ics/],
])('cannot do %j: exit 2', async (args, message) => {
  const { code, err } = await runCommand(calendar, args)
  expect(code).toBe(2)
  expect(err).toMatch(message)
})
