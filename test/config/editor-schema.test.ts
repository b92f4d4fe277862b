import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { timezoneNames } from '../../src/calendar/timezone.ts'
import { configJsonSchema } from '../../src/config/json-schema.ts'
import { parseConfig } from '../../src/config/load.ts'
import { REGIONS } from '../../src/model/regions.ts'
import { cronExpression } from '../calendar/expressions.ts'

const schema = new Ajv2020({ strict: false }).compile(configJsonSchema())

/** Texts near to right ones: sometimes with a character changed. */
const near = (text: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 3, arbitrary: text },
    {
      weight: 1,
      arbitrary: fc
        .tuple(text, fc.nat(40), fc.constantFrom('', '0', '9', ' ', '?', 'x', 'T', '-', ':'))
        .map(([it, at, by]) => it.slice(0, at) + by + it.slice(at + 1)),
    },
  )
const number = fc.integer({ min: 0, max: 3_000 })
const unit = fc.constantFrom('d', 'h', 'm', 's')
const duration = fc.oneof(
  fc.tuple(number, unit).map((parts) => parts.join('')),
  fc.tuple(fc.nat(30), fc.nat(70)).map(([h, m]) => `${h}h${m}m`),
  fc.tuple(fc.nat(2), fc.nat(86_500)).map(([d, s]) => `0${d}d${s}s`),
)
const instant = fc.date({ noInvalidDate: true, min: new Date('1970-01-01'), max: new Date('2199-12-31') })
const two = (most: number) => fc.nat(most).map((it) => `${it}`.padStart(2, '0'))
const local = fc
  .tuple(fc.integer({ min: 2026, max: 2030 }), two(13), two(32), two(24), two(60))
  .map(([year, month, day, hour, minute]) => `${year}-${month}-${day}T${hour}:${minute}`)

const cron = fc.record({ when: near(cronExpression([2026, 2027, 2050])) })
const at = fc.record({ when: near(local.map((it) => `at(${it}:00)`)) })
const rate = fc.record({
  when: near(
    fc.tuple(number, fc.constantFrom('minute', 'hours', 'day')).map(([n, it]) => `rate(${n} ${it})`),
  ),
  start: near(instant.map((it) => it.toISOString())),
})
const entry = fc.oneof(
  fc.tuple(fc.oneof(cron, at, rate), fc.constant({})),
  fc.tuple(
    fc.constant({ when: 'cron(0 3 * * ? *)' }),
    fc.record(
      {
        window: near(duration),
        timeout: duration,
        maxAge: duration,
        timezone: near(fc.constantFrom(...timezoneNames())),
        region: near(fc.constantFrom(...REGIONS)),
        secrets: fc.array(
          near(
            fc.constantFrom(
              'prod/db',
              'rds!cluster-1',
              'a+b=c@d.e_f',
              'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-a1B2c3',
              'arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:rds!db-1-Ab12Cd',
            ),
          ),
          { minLength: 1, maxLength: 3 },
        ),
      },
      { requiredKeys: [] },
    ),
  ),
)
const time = fc.tuple(two(25), two(60)).map((it) => it.join(':'))
const days = fc.constantFrom('MON', 'SAT,SUN', 'FRI-MON', 'MON-FRI,SUN', 'MON-', '1-5')
const line = fc.constantFrom('payments', 'a "b" & c: d', 'Zahlungen, Köln', '支払い', ' x ')
const short = fc.oneof(
  { weight: 1, arbitrary: duration },
  { weight: 3, arbitrary: fc.constantFrom('1h', '90m', '1d') },
)
const rule = fc.record(
  {
    name: near(fc.constantFrom('four-eyes', 'a.b_c')),
    schedules: fc.array(near(fc.constantFrom('*', 'pay-*', 'nightly')), { minLength: 1, maxLength: 2 }),
    secrets: fc.array(near(fc.constantFrom('prod/', 'rds!', 'a')), { minLength: 1, maxLength: 2 }),
    maxAge: short,
    never: fc.array(fc.record({ from: near(time), to: time, days: near(days) }, { requiredKeys: [] }), {
      minLength: 1,
      maxLength: 2,
    }),
    approval: fc.constant(true),
    owner: fc.constantFrom(true, true, true, 'yes'),
    window: short,
  },
  { requiredKeys: ['name'] },
)
const about = fc.record(
  {
    owner: line,
    description: line,
    runbook: near(
      fc.constantFrom('https://wiki.example.com/a?b=c#d', 'https://x:8443', 'https://a/b%20c/(d)'),
    ),
    waive: fc.array(fc.record({ rule: fc.constant('four-eyes'), reason: line }), { maxLength: 1 }),
    secrets: fc.record({
      tags: fc.dictionary(
        near(fc.constantFrom('team', 'a:b', 'x y')),
        near(fc.constantFrom('', 'pay!', 'a@b')),
        { minKeys: 1, maxKeys: 2 },
      ),
    }),
  },
  { requiredKeys: [] },
)
const freeze = fc.record({ name: fc.constant('x'), from: near(local), to: near(local) })

/** Of a schedule of more, with freezes and rules. */
const file = fc.oneof(
  fc.record({
    schedule: entry.map((parts) => Object.assign({}, ...parts)),
    freezes: fc.array(freeze, { maxLength: 1 }),
  }),
  fc.record({ schedule: about, rules: fc.array(rule, { minLength: 1, maxLength: 1 }) }),
)

it('marks nothing that validate takes', () => {
  let [taken, ruled] = [0, 0]
  fc.assert(
    fc.property(file, ({ schedule, ...more }) => {
      const nightly = { when: 'cron(0 3 * * ? *)', secrets: ['a'], ...schedule }
      const text = JSON.stringify({ defaults: { timezone: 'UTC' }, ...more, schedules: { nightly } })
      if (!parseConfig('config/test.yml', text).ok) return
      taken++
      if ('rules' in more) ruled++
      expect(schema(parseDocument(text).toJS()), `${text}: ${JSON.stringify(schema.errors)}`).toBe(true)
    }),
    { numRuns: 2_400 },
  )
  expect(taken).toBeGreaterThan(300)
  expect(ruled).toBeGreaterThan(30)
})

it('every duration that is proposed is taken', () => {
  const brought = fc.oneof(
    number.map(String),
    fc
      .tuple(number, fc.constantFrom(' hours', 'min', ' sec', ' days', 'weeks', 'H'))
      .map((it) => it.join('')),
    duration.map((it) => it.replaceAll(/(\D)/g, '$1 ')),
  )
  const errorOf = (window: string | number) => {
    const text = JSON.stringify({
      defaults: { timezone: 'UTC' },
      schedules: { a: { when: 'cron(0 3 * * ? *)', secrets: ['a'], window } },
    })
    const loaded = parseConfig('config/test.yml', text)
    return loaded.ok ? undefined : loaded.errors[0]
  }
  fc.assert(
    fc.property(brought, fc.boolean(), (text, asNumber) => {
      const { hint = '' } = errorOf(asNumber && /^\d+$/.test(text) ? Number(text) : text) ?? {}
      for (const [, proposal = ''] of hint.matchAll(/(\w+) \(/g))
        expect(errorOf(proposal), proposal).toBeUndefined()
    }),
    { numRuns: 500 },
  )
})
