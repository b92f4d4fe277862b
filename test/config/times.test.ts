import { describe, expect, it } from 'vitest'
import { entry, errorsIn, rest, table } from './table.ts'

describe('expressions, with the column inside', () => {
  table([
    ['plain', entry('when: cron(0 25 * * ? *)\nsecrets: [a]\n'), /^4:18 schedules\.nightly\.when: .*25/],
    ['single-quoted', entry("when: 'cron(0 25 * * ? *)'\nsecrets: [a]\n"), /^4:19 .*25/],
    ['double-quoted', entry('when: "cron(0 25 * * ? *)"\nsecrets: [a]\n'), /^4:19 .*25/],
    ['escaped: its beginning', entry('when: "cron(0 \\x32\\x35 * * ? *)"\nsecrets: [a]\n'), /^4:11 .*25/],
    ['folded: its beginning', entry('when: >-\n  cron(0\n  25 * * ? *)\nsecrets: [a]\n'), /^4:11 .*25/],
    [
      'in a flow map',
      'defaults: { timezone: UTC }\nschedules: { a: { secrets: [a], when: "cron(0 3 * * * *)" } }\n',
      /^2:\d+ schedules\.a\.when: /,
    ],
    [
      'of five fields',
      entry('when: 0 3 * * SUN\nsecrets: [a]\n'),
      /^4:11 .*when: .* \| .*cron\(0 3 \? \* SUN \*\)/,
    ],
    [
      'of no kind',
      entry('when: daily\nsecrets: [a]\n'),
      /^4:11 .*when: this is no EventBridge Scheduler expression \| write cron/,
    ],
    ['that never fires', entry('when: cron(0 3 30 2 ? *)\nsecrets: [a]\n'), /^4:\d+ .*when: /],
    [
      'of an hour that is lost where it is meant',
      entry('when: at(2026-03-08T02:30:00)\nsecrets: [a]\ntimezone: America/New_York\n'),
      /^4:\d+ .*when: this local time does not exist in America\/New_York/,
    ],
    ['of that hour where nothing is lost', entry('when: at(2026-03-08T02:30:00)\nsecrets: [a]\n')],
    ['of a lost hour only', entry('when: at(2027-02-30T03:00:00)\nsecrets: [a]\n'), /^4:\d+ .*when: /],
  ])
})

describe('starts', () => {
  const rate = 'when: rate(1 day)\nsecrets: [a]\n'
  table([
    ['of a rate', entry(`${rate}start: 2026-01-01T00:00:00Z\n`)],
    ['missing for a rate', entry(rate), /^4:11 .*when: .*start/],
    [
      'that are no instant',
      entry(`${rate}start: 2026-01-01\n`),
      /^6:12 .*start: "2026-01-01" does not say by whose clock \| .*2026-01-01T00:00Z/,
    ],
    ['in a month 13', entry(`${rate}start: 2026-13-01T00:00:00Z\n`), /^6:12 .*is no date of the calendar/],
    ['on 30 February', entry(`${rate}start: 2026-02-30T00:00:00Z\n`), /^6:12 .*is no date of the calendar/],
    ['of a cron', entry(`${rest}start: 2026-01-01T00:00:00Z\n`), /^6:12 .*start: .*rate/],
  ])
})

describe('freezes', () => {
  const freeze = (from: string, to: string, more = '') =>
    `freezes:\n  - name: x\n    timezone: UTC\n    from: ${from}\n    to: ${to}\n${more}schedules: {}\n`
  table([
    [
      'that end before they start',
      freeze('2026-12-26', '2026-12-25'),
      /^5:9 freezes\.0\.to: ends at 2026-12-25, not after its start 2026-12-26 \| .*exclusive/,
    ],
    ['of no length', freeze('2026-12-25', '2026-12-25'), /^5:9 freezes\.0\.to: ends at/],
    [
      'of no length, in two spellings',
      freeze('2026-12-25', '2026-12-25T00:00'),
      /^5:9 freezes\.0\.to: ends at/,
    ],
    [
      'yearly, of no length',
      freeze('2026-12-25', '2026-12-25', '    yearly: true\n'),
      /^5:9 freezes\.0\.to: ends at/,
    ],
    [
      'with an offset',
      freeze('2026-12-25T00:00Z', '2026-12-26'),
      /^4:11 freezes\.0\.from: .*not a local date.* \| .*without an offset/,
    ],
    ['in a month 13', freeze('2026-13-25', '2027-12-26'), /^4:11 freezes\.0\.from: .*no such date/],
    ['up to 30 February', freeze('2026-12-25', '2027-02-30'), /^5:9 freezes\.0\.to: .*no such date/],
    [
      'without a name',
      'freezes: [{ from: 2026-12-25, to: 2026-12-26, timezone: UTC }]\nschedules: {}\n',
      /^1:11 freezes\.0\.name: "name" is missing/,
    ],
    ['that are a map', 'freezes: { x: 1 }\nschedules: {}\n', /^1:10 freezes: a list is expected, not a map/],
  ])
  it('takes its time zone from the defaults, where it has none of its own', () => {
    const inherited = `defaults: { timezone: UTC }\n${freeze('2026-12-25', '2026-12-26')}`
    expect(errorsIn(inherited.replace('    timezone: UTC\n', ''))).toEqual([])
  })
  it('lets a yearly freeze run over the new year', () => {
    expect(errorsIn(freeze('2026-12-25', '2027-01-04', '    yearly: true\n'))).toEqual([])
    expect(errorsIn(freeze('2026-12-25', '2026-01-04', '    yearly: true\n'))).toEqual([])
  })
})
