import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calendarOf } from '../../src/calendar/calendar.ts'
import { frozenBy } from '../../src/calendar/freezes.ts'
import type { Config, HouseRule } from '../../src/config/config.ts'
import { parseConfig } from '../../src/config/load.ts'
import { located } from '../../src/config/warnings/located.ts'
import { outlookOf } from '../../src/config/warnings/warnings.ts'
import { DAY, MINUTE } from '../../src/model/time.ts'
import { isWithin } from '../calendar/local-hours.ts'
import { tries } from '../deep.ts'
import { errorsIn, table } from './table.ts'

const NOW = Date.parse('2026-11-24T00:00:00Z')

function outlook(text: string) {
  const loaded = parseConfig('config/test.yml', text)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  const found = outlookOf(loaded.config, NOW)
  return { ...found, ...located(found, loaded) }
}

/** `line:column path: message | hint` of every rule that is not kept. */
function broken(text: string): string[] {
  return outlook(text).errors.map(
    ({ line, column, path, message, hint }) => `${line}:${column} ${path}: ${message} | ${hint}`,
  )
}

/** A rule, line 3, and a schedule, from line 5 on. */
const config = (rule: string, schedule: string, more = '') => `defaults: { timezone: Europe/London }
rules:
  - { name: r, ${rule} }
schedules:
  nightly: { secrets: [prod/pay/db], ${schedule} }
${more}`

describe('a rule that is not kept is an error where its schedule breaks it', () => {
  it.each([
    [
      'longest age',
      config('maxAge: 6d', 'when: cron(0 3 ? * SUN *)'),
      /^5:44 schedules\.nightly\.when: rule "r": from 2026-11-22 to 2026-11-29 nothing rotates: 7 d, and 6 d is the most \| rotate more often, .*; or waive it here: waive: \[\{ rule: r, reason: … \}\]$/,
    ],
    [
      'longest age across freezes',
      config(
        'maxAge: 20d',
        'when: cron(0 3 ? * SUN *)',
        'freezes: [{ name: x, from: 2027-02-01, to: 2027-02-20 }]',
      ),
      /^5:44 .*from 2027-01-31 to 2027-02-21 nothing rotates: 21 d, and 20 d is the most/,
    ],
    [
      'longest age of what ends',
      config('maxAge: 30d', 'when: at(2026-12-24T03:00:00)'),
      /^5:44 .*from 2026-12-24 on nothing rotates, as far as can be seen: 3\d\d d/,
    ],
    [
      'longest age of what is yet to begin',
      config('maxAge: 30d', 'when: rate(1 day), start: 2027-02-01T00:00:00Z'),
      /^5:44 .*from now to 2027-02-01 nothing rotates: 69 d/,
    ],
    [
      'longest age of what is disabled',
      config('maxAge: 30d', 'when: cron(0 3 * * ? *), enabled: false'),
      /^5:72 schedules\.nightly\.enabled: rule "r": disabled, it rotates nothing, .*every 30 d/,
    ],
    [
      'hours, by the instant',
      config("never: [{ from: 09:00, to: 17:00, days: 'MON-FRI' }]", 'when: cron(0 9 ? * MON *)'),
      /^5:44 schedules\.nightly\.when: .*no rotation may start in 09:00–17:00 MON-FRI Europe\/London, and these may: 2026-11-30T09:00:00Z, 2026-12-07T09:00:00Z, 2026-12-14T09:00:00Z and 54 more \| rotate outside these hours, with the window of 30 min;/,
    ],
    [
      'hours, by the window',
      config('never: [{ from: 09:00 }]', 'when: cron(45 8 ? * MON *), window: 30m'),
      /^5:74 schedules\.nightly\.window: .*09:00–24:00 Europe\/London, and the window of 30 min reaches into it: .* \| make the window 15m or shorter, or rotate earlier;/,
    ],
    [
      'hours, by a window from elsewhere',
      config('never: [{ from: 09:00 }]', 'when: cron(45 8 ? * MON *)'),
      /^5:3 schedules\.nightly\.window: .*the window of 30 min/,
    ],
    [
      'hours of another zone',
      config('never: [{ from: 09:00, timezone: Asia/Tokyo }]', 'when: cron(0 1 1 1 ? *)'),
      /^5:44 .*09:00–24:00 Asia\/Tokyo, and these may: 2027-01-01T01:00:00Z \|/,
    ],
    [
      'an approval',
      config('approval: true', 'when: cron(0 3 * * ? *)'),
      /^5:3 schedules\.nightly\.approval: rule "r": an approval is asked for, and none is here \| add approval: \{\};/,
    ],
    [
      'an owner',
      config('owner: true', 'when: cron(0 3 * * ? *)'),
      /^5:3 schedules\.nightly\.owner: .*an owner is asked for.* \| add owner: /,
    ],
    [
      'a window',
      config('window: 1h', 'when: cron(0 3 * * ? *), window: 59m'),
      /^5:71 schedules\.nightly\.window: .*a window of at least 1 h is asked for, and it is 59 min \| write window: 1h or more;/,
    ],
  ])('%s', (_, text, expected) => {
    expect(broken(text)).toEqual([expect.stringMatching(expected)])
  })

  it.each([
    ['longest age, to the second', config('maxAge: 7d', 'when: cron(0 3 ? * SUN *)')],
    [
      'longest age of a rate that clocks go past',
      config('maxAge: 7d', 'when: rate(7 days), start: 2026-11-22T00:00:00Z'),
    ],
    [
      'hours that begin as the window ends',
      config('never: [{ from: 09:00 }]', 'when: cron(30 8 * * ? *), window: 30m'),
    ],
    ['hours that end at the instant', config('never: [{ to: 09:00 }]', 'when: cron(0 9 * * ? *)')],
    [
      'hours that only a freeze keeps',
      config(
        'never: [{ days: FRI }]',
        'when: cron(0 9 25 12 ? *)',
        'freezes: [{ name: x, from: 2026-12-20, to: 2027-01-03, yearly: true }]',
      ),
    ],
    [
      'hours of what is disabled',
      config('never: [{ days: SUN }]', 'when: cron(0 3 ? * SUN *), enabled: false'),
    ],
    [
      'an approval, an owner, a window',
      config('approval: true, owner: true, window: 30m', 'when: cron(0 3 * * ? *), approval: {}, owner: me'),
    ],
    [
      'who is not meant by name',
      config("schedules: [night, '*x', 'n*ght'], approval: true", 'when: cron(0 3 * * ? *)'),
    ],
    [
      'who is not meant by its secrets',
      config('secrets: [prod/pay/db2, pay/], approval: true', 'when: cron(0 3 * * ? *)'),
    ],
  ])('%s is kept', (_, text) => {
    expect(broken(text)).toEqual([])
  })

  it.each([
    ['its name', 'schedules: [nightly]'],
    ['a part of its name', "schedules: ['*ht*y']"],
    ['any name', "schedules: ['*']"],
    ['one secret of several', 'secrets: [other/, prod/pay]'],
    ['either of the two', 'schedules: [x], secrets: [prod/]'],
  ])('binds by %s', (_, whom) => {
    expect(broken(config(`${whom}, owner: true`, 'when: cron(0 3 * * ? *)'))).toHaveLength(1)
  })

  it.each([
    ['{ prefix: prod/pay/db }', 1],
    ['{ prefix: prod/ }', 1],
    ['{ tags: { a: b } }', 1],
    ['{ prefix: prod/shop/ }', 0],
  ])('binds a selector that may choose such a secret: %s', (select, count) => {
    const text = `defaults: { timezone: UTC }
rules: [{ name: r, secrets: [prod/pay/], owner: true }]
schedules: { a: { when: cron(0 3 * * ? *), secrets: ${select} } }`
    expect(broken(text)).toHaveLength(count)
  })
})

describe('a waiver', () => {
  const rule = 'approval: true, owner: true'
  it('takes its rule out of the errors, with the reason', () => {
    const found = outlook(config(rule, 'when: cron(0 3 * * ? *), waive: [{ rule: r, reason: RISK-31 }]'))
    expect(found.errors).toEqual([])
    expect(found.waived.map(({ path, reason }) => ({ path, reason }))).toEqual([
      { path: 'schedules.nightly.approval', reason: 'RISK-31' },
      { path: 'schedules.nightly.owner', reason: 'RISK-31' },
    ])
    expect(found.warnings).toEqual([])
  })

  it('of what is kept, or binds somebody else, is a warning', () => {
    const all = [config('window: 1m', 'when: cron(0 3 * * ? *), waive: [{ rule: r, reason: x }]')].concat(
      config(
        'schedules: [n*], window: 1m',
        'when: cron(0 3 * * ? *)',
        '  other: { when: cron(0 9 * * ? *), secrets: [x], waive: [{ rule: r, reason: x }] }',
      ),
    )
    expect(all.map((text) => outlook(text).warnings)).toMatchObject([
      [
        {
          line: 5,
          path: 'schedules.nightly.waive.0.rule',
          message: 'r is waived here, and nothing breaks it [nothing-to-waive]',
        },
      ],
      [{ line: 6, path: 'schedules.other.waive.0.rule' }],
    ])
  })

  it('of a disabled schedule may wait', () => {
    const text = config(rule, 'when: cron(0 3 * * ? *), enabled: false, waive: [{ rule: r, reason: x }]')
    expect(outlook(text)).toMatchObject({ errors: [], warnings: [{ message: /r/ }] })
  })
})

it('a rule, a name, a prefix that binds nobody is a warning', () => {
  const text = `defaults: { timezone: UTC }
rules:
  - { name: a, schedules: [nightly, nihgtly], owner: true }
  - { name: b, secrets: [prod/, prdo/], owner: true }
  - { name: c, window: 1h }
schedules:
  nightly: { when: cron(0 3 * * ? *), secrets: [prod/db], enabled: false }
`
  const found = outlook(text).warnings.map(({ line, column, message }) => `${line}:${column} ${message}`)
  expect(found).toEqual([
    '3:37 rule "a": no schedule is named nihgtly [rule-binds-nothing]',
    '4:33 rule "b": no schedule rotates a secret that begins with prdo/ [rule-binds-nothing]',
    '5:13 rule "c": every schedule that it is for is disabled, or there is none [rule-binds-nothing]',
  ])
})

describe('rules and waivers are read strictly', () => {
  const rules = (text: string) => `rules: [${text}]\nschedules: {}\n`
  const waive = (text: string) => config('owner: true', `when: cron(0 3 * * ? *), waive: [${text}]`)
  table([
    [
      'nothing asked',
      rules('{ name: a }'),
      /^1:9 rules\.0: asks for nothing \| add at least one of maxAge, never/,
    ],
    ['no name', rules('{ owner: true }'), /^1:9 rules\.0\.name: "name" is missing/],
    [
      'two of one name',
      rules('{ name: a, owner: true }, { name: a, owner: true }'),
      /^1:43 rules\.1\.name: a second rule named "a"/,
    ],
    [
      'owner: false',
      rules('{ name: a, owner: false }'),
      /^1:27 .*"false" is not known here \| true: a schedule must/,
    ],
    ['a misspelt key', rules('{ name: a, maxage: 3d, owner: true }'), /^1:20 .*did you mean "maxAge"/],
    [
      'an hour of one digit',
      rules('{ name: a, never: [{ from: 9:00 }] }'),
      /^1:36 .*"9:00" is no time of day here \| .*such as 08:00/,
    ],
    ['24:00 to begin', rules('{ name: a, never: [{ from: 24:00 }] }'), /^1:36 .*no time of day/],
    [
      'hours of no length',
      rules('{ name: a, never: [{ from: 08:00, to: 08:00 }] }'),
      /^1:28 .*end as they begin \| .*\{ days: "SAT,SUN" \}$/,
    ],
    ['every hour', rules('{ name: a, never: [{}] }'), /^1:28 .*every hour of every day/],
    [
      'days by number',
      rules('{ name: a, never: [{ days: 1-5 }] }'),
      /^1:36 .*no list of weekdays \| .*such as MON-FRI/,
    ],
    [
      'a zone that is none',
      rules('{ name: a, never: [{ from: 08:00, timezone: BST }] }'),
      /^1:53 .*unknown time zone "BST"/,
    ],
    [
      'a waiver of no rule',
      waive('{ rule: rr, reason: x }'),
      /^5:79 schedules\.nightly\.waive\.0\.rule: no rule is named "rr" \| did you mean "r"\?/,
    ],
    [
      'a waiver twice',
      waive('{ rule: r, reason: x }, { rule: r, reason: y }'),
      /^5:103 .*"r" stands twice here/,
    ],
    ['a waiver without a reason', waive('{ rule: r }'), /^5:71 .*"reason" is missing/],
    ['a reason that says nothing', waive('{ rule: r, reason: "…" }'), /^5:90 .*reason: says nothing/],
    [
      'a broken rule keeps its name for those who waive it',
      'defaults: { timezone: UTC }\nrules: [{ name: r, maxAge: soon }]\nschedules:\n  a: { when: cron(0 3 * * ? *), secrets: [a], waive: [{ rule: r, reason: x }] }\n',
      /^2:28 rules\.0\.maxAge: "soon" is not a duration/,
    ],
  ])
  it('its hint on whole days can be pasted', () => {
    const [, pasted] =
      /(\{ days: .*\})$/.exec(errorsIn(rules('{ name: a, never: [{ from: 08:00, to: 08:00 }] }'))[0] ?? '') ??
      []
    expect(errorsIn(rules(`{ name: a, never: [${pasted}] }`))).toEqual([])
  })
  it('of a file that has none, nothing changes', () => {
    expect(errorsIn('schedules: {}\n')).toEqual([])
  })
})

describe('a text that CloudFormation would replace by a secret’s value is refused', () => {
  const value = '{{resolve:secretsmanager:prod/pay/db:SecretString:password}}'
  const valid = 'when: cron(0 3 * * ? *)'
  it.each([
    ['owner', config('window: 1m', `${valid}, owner: "ops ${value}"`)],
    ['description', config('window: 1m', `${valid}, description: "${value}"`)],
    ['waive.0.reason', config('owner: true', `${valid}, waive: [{ rule: r, reason: "${value}" }]`)],
  ])('%s', (field, text) => {
    expect(errorsIn(text)).toEqual([
      expect.stringContaining(`schedules.nightly.${field}: holds {{: CloudFormation`),
    ])
  })
})

it('docs/rules.md has an example that is valid, and keeps its rules but for one waiver', () => {
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync('docs/rules.md', 'utf8')) ?? []
  const found = outlook(`defaults: { timezone: Europe/London }\n${example}`)
  expect(found.errors).toEqual([])
  expect(found.waived.map(({ message, reason }) => `${message} (${reason})`)).toEqual([
    expect.stringMatching(/^rule "four-eyes": .*\(the bank .*RISK-31\)$/),
  ])
})

/** Stages of a few schedules, some with freezes, and rules for them. */
const zone = fc.constantFrom('Europe/London', 'America/New_York', 'Asia/Tokyo')
const when = fc.constantFrom(
  'cron(0 3 ? * SUN *)',
  'cron(30 1 * * ? *)',
  'cron(45 8 ? * MON-FRI *)',
  'cron(0 12 L * ? *)',
  'cron(15 23 1W * ? *)',
  'cron(0 9 25 12 ? *)',
)
const schedule = fc.record({
  when,
  timezone: zone,
  window: fc.constantFrom('5m', '1h', '3h'),
  owner: fc.constantFrom(undefined, 'me'),
})
const freeze = fc.record({ from: fc.nat(360), days: fc.integer({ min: 1, max: 60 }) })
const hours = fc.constantFrom<NonNullable<HouseRule['never']>[number]>(
  { from: '09:00', to: '17:00', days: 'MON-FRI' },
  { from: '22:00', to: '02:00', days: 'SAT,SUN' },
  { from: '01:30', to: '03:00', timezone: 'Europe/London' },
  { days: 'FRI' },
)
const rule = fc
  .record(
    {
      maxAgeSeconds: fc.integer({ min: 1, max: 100 }).map((days) => days * 86_400),
      never: fc.array(hours, { minLength: 1, maxLength: 2 }),
      owner: fc.constant(true as const),
      windowSeconds: fc.constantFrom(600, 3_600, 7_200),
    },
    { requiredKeys: [] },
  )
  .map((asked): HouseRule => ({ name: 'r', ...asked }))

const stage = fc
  .tuple(fc.array(schedule, { minLength: 1, maxLength: 3 }), fc.array(freeze, { maxLength: 2 }))
  .map(([schedules, freezes]): Config => {
    const dateOf = (day: number) => new Date(NOW + day * DAY).toISOString().slice(0, 10)
    const file = {
      defaults: { timezone: 'UTC' },
      freezes: freezes.map(({ from, days }, n) => ({
        name: `f${n}`,
        from: dateOf(from),
        to: dateOf(from + days),
      })),
      schedules: Object.fromEntries(schedules.map((it, n) => [`s${n}`, { secrets: [`x${n}`], ...it }])),
    }
    const loaded = parseConfig('config/test.yml', JSON.stringify(file))
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
    return loaded.config
  })

const namesOf = (rules: HouseRule[], config: Config) =>
  [...new Set(outlookOf({ ...config, rules }, NOW).broken.map(({ schedule: name }) => name))].sort()
const both = (a: string[], b: string[]) => [...new Set([...a, ...b])].sort()

describe('several rules', () => {
  it('are as strict together as all of them', () => {
    fc.assert(
      fc.property(stage, rule, rule, (config, one, other) => {
        const other2 = { ...other, name: 'other' }
        expect(namesOf([one, other2], config)).toEqual(
          both(namesOf([one], config), namesOf([other2], config)),
        )
      }),
      { numRuns: tries(200), seed: 14 },
    )
  })

  it('of one kind are the strictest of them', () => {
    const days = fc.integer({ min: 1, max: 100 }).map((it) => it * 86_400)
    fc.assert(
      fc.property(stage, days, days, (config, a, b) => {
        const age = (name: string, maxAgeSeconds: number) => ({ name, maxAgeSeconds })
        expect(namesOf([age('a', a), age('b', b)], config)).toEqual(
          namesOf([age('c', Math.min(a, b))], config),
        )
        const wide = (name: string, windowSeconds: number) => ({ name, windowSeconds })
        expect(namesOf([wide('a', a), wide('b', b)], config)).toEqual(
          namesOf([wide('c', Math.max(a, b))], config),
        )
      }),
      { numRuns: tries(100), seed: 14 },
    )
  })

  it('are not kept by whom a plain count finds, and by nobody else', () => {
    let found = 0
    fc.assert(
      fc.property(stage, rule, (config, asked) => {
        const expected = config.schedules.filter((it) => breaks(asked, it, config)).map(({ name }) => name)
        found += expected.length
        expect(namesOf([asked], config)).toEqual(expected)
      }),
      { numRuns: tries(120), seed: 14 },
    )
    expect(found).toBeGreaterThan(10)
  })
})

/** The rules again, the slow way: every occurrence by the calendar, every minute of every window by Node's own clocks. */
function breaks(
  { maxAgeSeconds, never = [], owner, windowSeconds = 0 }: HouseRule,
  schedule: Config['schedules'][number],
  config: Config,
): boolean {
  if (owner && schedule.owner === undefined) return true
  if (schedule.windowSeconds < windowSeconds) return true
  const end = NOW + 400 * DAY
  const all = [...calendarOf(schedule).between(NOW - 800 * DAY, end + 800 * DAY)].filter(
    (at) => frozenBy(config.freezes, at) === undefined,
  )
  const due = all.filter((at) => at >= NOW && at < end)
  const starts = (at: number) =>
    Array.from({ length: schedule.windowSeconds / 60 }, (_, n) => at + n * MINUTE)
  if (
    never.some((it) =>
      due.some((at) => starts(at).some((minute) => isWithin(it, it.timezone ?? schedule.timezone, minute))),
    )
  )
    return true
  // Of the rules above none is as fine as an hour, by which days differ as clocks change.
  return all.some((at, n) => {
    const next = all[n + 1]
    return (
      maxAgeSeconds !== undefined &&
      next !== undefined &&
      at < end &&
      next > NOW &&
      Math.round((next - at) / DAY) > maxAgeSeconds / 86_400
    )
  })
}
