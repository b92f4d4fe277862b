import fc from 'fast-check'

const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']

/** One term of a field: a value, a range (which may wrap), a step; numbers or names. */
function term(
  min: number,
  max: number,
  options: { steps?: boolean; wraps?: boolean; names?: string[] } = {},
) {
  const { steps = true, wraps = true, names = [] } = options
  const value = fc.integer({ min, max })
  const shown = (n: number, named: boolean) => (named ? (names[n - min] ?? `${n}`) : `${n}`)
  const single = fc.tuple(value, fc.boolean()).map(([n, named]) => shown(n, named))
  const range = fc
    .tuple(value, value, fc.boolean())
    .map(([a, b, named]) => (wraps || a <= b ? [a, b] : [b, a]).map((n) => shown(n ?? min, named)).join('-'))
  if (!steps) return fc.oneof(single, range)
  const step = fc.integer({ min: 1, max: Math.min(max, 30) })
  const stepped = fc
    .tuple(fc.oneof(single, range, fc.constant('*')), step)
    .map(([from, every]) => `${from}/${every}`)
  return fc.oneof(
    { weight: 3, arbitrary: single },
    { weight: 2, arbitrary: range },
    { weight: 2, arbitrary: stepped },
  )
}

function list(one: fc.Arbitrary<string>, max = 3) {
  return fc.array(one, { minLength: 1, maxLength: max }).map((terms) => terms.join(','))
}

/** Few hours and minutes around the clock changes' favourite times, or anything. */
const minute = fc.oneof(fc.constantFrom('0', '30', '59', '*', '0/15'), list(term(0, 59)))
const hour = fc.oneof(fc.constantFrom('*', '0', '1', '2', '3', '0-3', '23-1', '20-2'), list(term(0, 23)))
const date = fc.oneof(
  fc.constantFrom('*', '*', 'L', '1', '31', '29-31'),
  fc.integer({ min: 1, max: 31 }).map((day) => `${day}W`),
  list(term(1, 31)),
)
const weekday = fc.oneof(
  fc.constantFrom('*', 'L', 'MON-FRI', 'SAT-SUN'),
  fc.integer({ min: 1, max: 7 }).map((day) => `${day}L`),
  fc.constantFrom(...WEEKDAYS).map((day) => `${day}L`),
  fc
    .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 5 }))
    .map(([day, nth]) => `${day}#${nth}`),
  fc.tuple(fc.constantFrom(...WEEKDAYS), fc.integer({ min: 1, max: 5 })).map(([day, nth]) => `${day}#${nth}`),
  list(term(1, 7, { steps: false, names: WEEKDAYS })),
)
const month = fc.oneof(
  { weight: 3, arbitrary: fc.constant('*') },
  { weight: 2, arbitrary: list(term(1, 12, { names: MONTHS })) },
)

/** Years of the interval under test, mostly. */
function year(years: number[]) {
  const first = Math.max(1971, ...years.slice(0, 1))
  const last = Math.max(first, ...years)
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant('*') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(`${first}`, `${first}-${last}`, `${first - 1}/2`, `1970-2199/3`, '*/2'),
    },
    { weight: 1, arbitrary: list(term(1970, 2199, { wraps: false })) },
  )
}

/** Expressions AWS documents, `cron(…)` whole; most of them fire somewhere in the years. */
export function cronExpression(years: number[]): fc.Arbitrary<string> {
  const days = fc.oneof(
    date.map((d) => [d, '?']),
    weekday.map((w) => ['?', w]),
  )
  return fc
    .tuple(minute, hour, days, month, year(years))
    .map(([min, h, [d, w], m, y]) => `cron(${min} ${h} ${d} ${m} ${w} ${y})`)
}
