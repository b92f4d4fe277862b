import { Cron } from 'croner'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compile } from '../../src/calendar/calendar.ts'
import { wordsOf } from '../../src/calendar/describe.ts'
import { ExpressionError } from '../../src/calendar/expression.ts'
import { tries } from '../deep.ts'

/** The hint for an expression that is refused; undefined for one that is not. */
function hintFor(when: string): string | undefined {
  try {
    compile(when, 'UTC', { start: 0 })
    return undefined
  } catch (error) {
    if (error instanceof ExpressionError) return error.hint
    throw error
  }
}

/** Every whole expression in a hint, with what is said of it. */
function proposalsIn(hint: string): { expression: string; words: string | undefined }[] {
  return [...hint.matchAll(/\b((?:cron|rate|at)\((?!minute|value|yyyy)[^()]*\))(?: \(([^()]*)\))?/g)].map(
    ([, expression = '', words]) => ({ expression, words }),
  )
}

describe('what is proposed, for what people bring along', () => {
  it.each([
    [
      'cron(0 0 3 * * *)',
      'if the first field is seconds, as in Spring and Quartz: write cron(0 3 * * ? *) (at 03:00 every day); if it is minutes: write cron(0 0 3 * ? *) (at 00:00 on day 3 of the month)',
    ],
    ['0 0 3 * * ?', 'AWS has no field for seconds: write cron(0 3 * * ? *) (at 03:00 every day)'],
    [
      'cron(0 30 23 ? * WED#2 *)',
      'AWS has no field for seconds: write cron(30 23 ? * WED#2 *) (at 23:30 on the second Wednesday of the month)',
    ],
    [
      '0 0 3 ? * 2-6',
      'if the first field is seconds, as in Quartz: write cron(0 3 ? * MON-FRI *) (at 03:00 every day from Monday to Friday); if the first field is seconds, as in Spring: write cron(0 3 ? * TUE-SAT *) (at 03:00 every day from Tuesday to Saturday)',
    ],
    [
      '0 0 3 * * 1-5',
      'AWS has no field for seconds: write cron(0 3 ? * MON-FRI *) (at 03:00 every day from Monday to Friday)',
    ],
    [
      '15 0 3 ? * SUN',
      'AWS has no field for seconds: write cron(0 3 ? * SUN *) (at 03:00 every Sunday, without its 15 s: AWS starts on the minute)',
    ],
    [
      '*/5 * * * * *',
      'AWS knows no seconds; if the first field is minutes: write cron(*/5 * * * ? *) (every 5 minutes from minute 00 of every hour every day)',
    ],
    ["'cron(0 3 ? * SUN *)'", 'no quotes within the text: write cron(0 3 ? * SUN *) (at 03:00 every Sunday)'],
    [
      'cron(0 0 LW * ? *)',
      'AWS has no last working day of a month; near it are: cron(0 0 L * ? *) (at 00:00 on the last day of the month) and cron(0 0 ? * FRIL *) (at 00:00 on the last Friday of the month)',
    ],
    ['0 3 * * mon-fri', 'write cron(0 3 ? * MON-FRI *) (at 03:00 every day from Monday to Friday)'],
    [
      '0 0 3 LW * ?',
      'AWS has no field for seconds: AWS has no last working day of a month; near it are: cron(0 3 L * ? *) (at 03:00 on the last day of the month) and cron(0 3 ? * FRIL *) (at 03:00 on the last Friday of the month)',
    ],
    [
      '0 0 3 ? * fril',
      'AWS has no field for seconds: write cron(0 3 ? * FRIL *) (at 03:00 on the last Friday of the month)',
    ],
    [
      '0 3 * * 0-7',
      'crontab counts weekdays from 0 = Sunday, AWS from 1 = SUN: write cron(0 3 * * ? *) (at 03:00 every day)',
    ],
    ['cron(0 3　? * SUN *)', 'write cron(0 3 ? * SUN *) (at 03:00 every Sunday)'],
    ['cron(0/60 * * * ? *)', 'write cron(0 * * * ? *) (at minute 00 of every hour every day)'],
    ['rate(30min)', 'write rate(30 minutes) (every 30 minutes, counted from its start)'],
  ])('%j: %s', (when, hint) => {
    expect(hintFor(when)).toBe(hint)
  })

  it.each([
    ['a date and a weekday at once, in Spring', '0 0 3 13 * FRI'],
    ['dates and weekdays that crontabs read in two ways', '0 3 */2 * 1'],
    ['words', 'every night at three'],
    ['a month for a rate', 'rate(1 month)'],
    ['a day in the year field', 'cron(0 17 8-14 * ? SUN)'],
    ['days before the last', 'cron(0 8 L-3 * ? *)'],
  ])('nothing for %s', (_what, when) => {
    expect(proposalsIn(hintFor(when) ?? '').filter(({ words }) => words !== undefined)).toEqual([])
  })
})

const list = (item: fc.Arbitrary<string>) =>
  fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(','))
const upTo = (least: number, most: number) => {
  const value = fc.integer({ min: least, max: most })
  return fc.oneof(
    fc.constant('*'),
    list(value.map(String)),
    fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.integer({ min: 1, max: Math.min(most, 30) }).map((step) => `*/${step}`),
  )
}
const minute = upTo(0, 59)
const hour = upTo(0, 23)
const date = upTo(1, 28)
const month = upTo(1, 12)
const names = fc.constantFrom('SUN', 'mon', 'TUE', 'wed', 'THU', 'Fri', 'SAT')
const week = (least: number, most: number) => fc.oneof(upTo(least, most), list(names))

/** The first occurrences of 2027, by a library that shares no code with ours. */
function expected(pattern: string, either = true): number[] {
  const cron = new Cron(pattern, { timezone: 'UTC', legacyMode: either, paused: true })
  return cron.nextRuns(40, new Date('2026-12-31T23:59:59Z')).map((at) => at.getTime())
}

function proposed(expressions: string[], count: number): number[] {
  const from = Date.parse('2027-01-01T00:00:00Z')
  const all = new Set<number>()
  for (const expression of expressions) {
    let at: number | undefined = from - 1
    for (let i = 0; i < count && at !== undefined; i++) {
      at = compile(expression, 'UTC').next(at)
      if (at !== undefined) all.add(at)
    }
  }
  return [...all].sort((a, b) => a - b).slice(0, count)
}

describe('a proposal means what was brought along', () => {
  it('crontab lines', () => {
    fc.assert(
      fc.property(minute, hour, date, month, week(0, 7), (...fields) => {
        const line = fields.join(' ')
        const hint = hintFor(line) ?? ''
        const found = proposalsIn(hint).map(({ expression }) => expression)
        if (!hint.includes(' (')) return
        const runs = expected(line)
        expect(proposed(found, runs.length), `${line}: ${hint}`).toEqual(runs)
      }),
      { numRuns: tries(200) },
    )
  })

  it('Spring’s and Quartz’s six fields, in one of the readings that are given', () => {
    const days = fc.oneof(
      fc.tuple(date, fc.constantFrom('*', '?')),
      fc.tuple(fc.constantFrom('*', '?'), week(1, 7)),
    )
    fc.assert(
      fc.property(minute, hour, days, month, (minutes, hours, [dates, weeks], months) => {
        const line = ['0', minutes, hours, dates, months, weeks].join(' ')
        const hint = hintFor(line)
        if (hint === undefined || !hint.includes('seconds')) return
        const springs = expected([minutes, hours, dates, months, weeks].join(' ').replaceAll('?', '*'))
        const readings = hint
          .split('; if')
          .map((part) => proposalsIn(part).map(({ expression }) => expression))
        expect(
          readings.map((found) => proposed(found, springs.length)),
          `${line}: ${hint}`,
        ).toContainEqual(springs)
      }),
      { numRuns: tries(200) },
    )
  })
})

it('every proposal is accepted, and says what it means', () => {
  const field = fc.oneof(
    ...[minute, hour, date, month, week(0, 7)],
    fc.constantFrom(
      '?',
      '*',
      'L',
      'LW',
      '15W',
      'MON#2',
      '5L',
      '0',
      '7',
      '0/70',
      'x',
      'MON/2',
      'JANUARY',
      '15,L',
    ),
  )
  const wrapped = fc.constantFrom(
    (text: string) => text,
    (text: string) => `cron(${text})`,
    (text: string) => `'cron(${text})'`,
    (text: string) => `CRON ( ${text} )`,
    (text: string) => `"${text}" `,
    (text: string) => `rate(${text})`,
  )
  const brought = fc.oneof(
    fc
      .tuple(wrapped, fc.array(field, { minLength: 4, maxLength: 8 }))
      .map(([wrap, it]) => wrap(it.join(' '))),
    fc.string(),
    fc
      .tuple(
        fc.nat(100),
        fc.constantFrom(' ', '', '  '),
        fc.constantFrom('min', 'Hours', 'day', 'weeks', 's'),
      )
      .map((parts) => `rate(${parts.join('')})`),
    fc.date({ noInvalidDate: true }).map((at) => `at(${at.toISOString().slice(0, 16)})`),
  )
  fc.assert(
    fc.property(brought, (when) => {
      for (const { expression, words } of proposalsIn(hintFor(when) ?? '')) {
        expect(hintFor(expression), `${when}: ${expression}`).toBeUndefined()
        const said = wordsOf(expression)
        if (words !== undefined) expect(words).toContain(said.slice(1))
      }
    }),
    { numRuns: tries(2_000) },
  )
})
