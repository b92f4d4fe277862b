import { execFileSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { compile } from '../../src/calendar/calendar.ts'
import { offsetByRuntime, offsetOf } from '../../src/calendar/offset.ts'
import { wallClock } from '../../src/calendar/wall-clock.ts'
import { ZONE_DATA } from '../../src/calendar/zone-data.ts'
import { namesIn, type OffsetAt } from '../../src/calendar/zone-table.ts'
import { zonesReport, zoneTableOfPackage } from './zone-source.ts'

const DAY = 86_400_000
const [FROM, TO] = [Date.parse(ZONE_DATA.from), Date.parse(ZONE_DATA.to)]

describe('the zone table', () => {
  it('is what the installed moment-timezone says: else run "npm run zones", and read what it changes', () => {
    expect(ZONE_DATA).toEqual(zoneTableOfPackage())
  })

  it('covers ten years from its release on, in some kilobytes', () => {
    expect(TO - Date.parse(`${ZONE_DATA.release.slice(0, 4)}-12-31`)).toBeGreaterThan(3_652 * DAY)
    expect(gzipSync(JSON.stringify(ZONE_DATA)).length).toBeLessThan(8_000)
  })

  it('knows every zone that this Node knows', () => {
    const names = new Set(namesIn(ZONE_DATA))
    expect(Intl.supportedValuesOf('timeZone').filter((name) => !names.has(name))).toEqual([])
  })

  /** Zones whose rules changed between two releases, within the table’s years. */
  const CHANGED: Record<string, string[]> = {
    '2026c 2026f': [
      'America/Havana',
      'America/Inuvik',
      'America/Rainy_River',
      'America/Winnipeg',
      'Canada/Central',
      'Cuba',
    ],
    '2026e 2026f': ['America/Havana', 'Cuba'],
  }

  it('is what Intl says, but for zones that have changed between the two releases', () => {
    const releases = [process.versions.tz ?? '', ZONE_DATA.release]
    const expected = releases[0] === releases[1] ? [] : CHANGED[releases.join(' ')]
    // Another Node, another table: look at the list below, and note it above.
    expect({ releases, changed: differingFromIntl() }).toEqual({ releases, changed: expected })
  })
})

/** Looks once a week, and at both sides of every change that the table has. */
function differingFromIntl(): string[] {
  const weeks: number[] = []
  for (let at = FROM; at < TO; at += 7 * DAY) weeks.push(at)
  return ZONE_DATA.zones
    .flatMap(([names]) => {
      const [first = '', ...others] = names.split(' ')
      const changes = wallClock(first).changes(FROM, TO)
      const instants = [...weeks, TO - 1, ...changes.flatMap(({ instant }) => [instant - 1, instant])]
      const ours = offsetOf(first)
      const differs = (theirs: OffsetAt) => instants.some((at) => ours(at) !== theirs(at))
      return [first, ...others].filter((name) => differs(offsetByRuntime(name)))
    })
    .sort()
}

describe('what is known of the zones that changed', () => {
  // Measured of PyPI tzdata 2026f; IANA’s NEWS says why.
  it.each([
    ['America/Winnipeg', '2026-01-01', ['2026-03-08T08:00:00Z']],
    ['Canada/Central', '2026-01-01', ['2026-03-08T08:00:00Z']],
    [
      'America/Havana',
      '2026-01-01',
      ['2026-03-08T05:00:00Z', '2027-11-07T05:00:00Z', '2028-03-12T05:00:00Z', '2028-11-05T05:00:00Z'],
    ],
    [
      'Africa/Casablanca',
      '2026-01-01',
      ['2026-02-15T02:00:00Z', '2026-03-22T02:00:00Z', '2026-09-20T01:00:00Z'],
    ],
  ])('%s', (timezone, from, expected) => {
    const changes = wallClock(timezone).changes(Date.parse(from), Date.UTC(2029, 0, 1))
    expect(changes.map(({ instant }) => new Date(instant).toISOString().replace('.000', ''))).toEqual(
      expected,
    )
  })

  it.each([
    ['America/Winnipeg', 'cron(0 3 * * ? *)', '2026-11-28T08:00:00.000Z'],
    ['America/Havana', 'cron(0 3 * * ? *)', '2026-11-28T07:00:00.000Z'],
    ['Africa/Casablanca', 'cron(0 3 * * ? *)', '2026-11-28T03:00:00.000Z'],
    ['America/Winnipeg', 'at(2026-11-28T03:00:00)', '2026-11-28T08:00:00.000Z'],
  ])('in %s %s is next at %s', (timezone, when, expected) => {
    const next = compile(when, timezone).next(Date.parse('2026-11-27T18:00:00Z')) ?? 0
    expect(new Date(next).toISOString()).toBe(expected)
  })
})

describe('what a newer release moves', () => {
  const table = (release: string, year: number, zones: Record<string, string>) => ({
    release,
    from: `${year}-01-01`,
    to: `${year + 12}-01-01`,
    zones: Object.entries(zones),
  })
  const before = table('2026f', 2025, {
    'America/Havana Cuba': '-300 2026-03-08T05:00 -240 2026-11-01T05:00 -300',
    'Asia/Tokyo Japan': '540',
    'Old/Zone': '0',
  })

  it('is said zone by zone, from when on; years that only one of them has count for nothing', () => {
    const after = table('2027a', 2026, {
      Cuba: '-300 2026-03-08T05:00 -240 2026-11-08T05:00 -300',
      'America/Havana Asia/Tokyo Japan': '540',
      'New/Zone': '0',
    })
    expect(zonesReport(before, after).split('\n').slice(0, 10)).toEqual([
      '# Zone data 2026f → 2027a',
      '',
      'Clocks that are moved:',
      '',
      '- `America/Havana`, from 2026-01-01T00:00Z on',
      '- `Cuba`, from 2026-11-01T05:00Z on',
      '',
      'New zones: `New/Zone`',
      '',
      'Zones that are gone: `Old/Zone`',
    ])
  })

  it('is nothing where only the release has another name, and nothing of the installed package now', () => {
    expect(zonesReport(before, { ...before, release: '2026g' })).toContain(
      '2026f → 2026g\n\nNo clock is moved.',
    )
    expect(zonesReport(ZONE_DATA, zoneTableOfPackage())).toContain('No clock is moved.')
  })
})

describe('outside of its years', () => {
  it('goes by the runtime, also before 1970', () => {
    for (const at of ['1960-07-01', '2010-07-01', '2037-07-01', '2060-01-01'].map(Date.parse))
      expect(offsetOf('America/New_York')(at)).toBe(offsetByRuntime('America/New_York')(at))
  })

  it('has no seam where both sources agree', () => {
    for (const edge of [FROM, TO])
      expect(wallClock('Asia/Tokyo').changes(edge - 50 * DAY, edge + 50 * DAY)).toEqual([])
  })
})

it('no other source has a say in what is computed or shown', () => {
  // `timeZone: 'UTC'` words a local time that is already computed; the page asks the browser for its zone’s name.
  const others = String.raw`\bIntl\b(?!\.Segmenter)|\btimeZone\b|toLocale\w*String`
  const lines = execFileSync('git', ['grep', '--untracked', '-nP', others, '--', 'src', 'handlers'], {
    encoding: 'utf8',
  })
  const found = lines
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('src/calendar/offset.ts:'))
    .filter((line) => !/^[^:]*:\d+:\s*(\/?\*|\/\/)/.test(line))
    // By file name: which folder it is in says nothing about time.
    .map((line) => line.replace(/^.*\/(\w[^:]*):\d+:/, '$1: ').replaceAll(/\s+/g, ' '))
  expect(found.sort()).toEqual([
    "day-marks.tsx: const format = new Intl.DateTimeFormat('en-GB', {",
    "day-marks.tsx: timeZone: 'UTC',",
    'header.tsx: const own = Intl.DateTimeFormat().resolvedOptions().timeZone',
    // What init proposes to whoever sits there.
    'init.ts: const zone = Intl.DateTimeFormat().resolvedOptions().timeZone',
    "instant.tsx: const format = formats.get(key) ?? new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options })",
    'instant.tsx: const formats = new Map<string, Intl.DateTimeFormat>()',
    'instant.tsx: function formatted(at: number, timezone: string, options: Intl.DateTimeFormatOptions): string {',
  ])
})
