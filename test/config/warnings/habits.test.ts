import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compile } from '../../../src/calendar/calendar.ts'
import { isTimezone } from '../../../src/calendar/timezone.ts'
import type { Config, Schedule } from '../../../src/config/config.ts'
import { WARNINGS } from '../../../src/config/warnings/names.ts'
import { outlookOf, warningsOf } from '../../../src/config/warnings/warnings.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')

function schedule(when: string, more: Partial<Schedule> = {}): Schedule {
  return {
    name: 'nightly',
    when,
    timezone: 'UTC',
    secrets: ['a'],
    windowSeconds: 600,
    timeoutSeconds: 900,
    precision: 'minute',
    concurrency: 10,
    enabled: true,
    ignoreFreezes: [],
    ...(when.startsWith('rate') && { start: '2026-12-01T00:00:00Z' }),
    ...more,
  }
}

function config(schedules: Schedule[], more: Partial<Config> = {}): Config {
  return { stage: 'test', version: '0', freezes: [], schedules, ...more }
}

/** What the schedule is warned of, but for what has to do with its window. */
function warned(when: string, more: Partial<Schedule> = {}): string[] {
  return warningsOf(config([schedule(when, more)]), NOW)
    .filter(({ name }) => name !== 'window-overlaps')
    .map(({ name, field, message, hint }) => `${name} ${field}: ${message} | ${hint}`)
}

describe('what means something else elsewhere', () => {
  it('weekdays by number', () => {
    expect(warned('cron(0 9 ? * 1-5 *)')).toEqual([
      'weekday-numbers when: weekday 1-5 is SUN-THU here: AWS counts from 1 = SUN | ' +
        'write names: cron(0 9 ? * SUN-THU *) (at 09:00 every day from Sunday to Thursday) as it stands, ' +
        'or cron(0 9 ? * MON-FRI *) (at 09:00 every day from Monday to Friday) if crontab’s were meant',
    ])
    for (const week of ['1', '7', '1,3', '2-5']) expect(warned(`cron(0 9 ? * ${week} *)`)).toHaveLength(1)
    for (const week of ['2-6', '1-7', 'MON-FRI', 'SUN', '3#2', '6L', 'L', '*'])
      expect(warned(`cron(0 9 ? * ${week} *)`), week).toEqual([])
  })

  it.each([
    [
      'cron(0 0 */14 * ? *)',
      'uneven-steps when: */14 is no steady interval: it begins again with every month, so that day-of-month 1 follows on 29 | for every 14 days write rate(14 days) and start: with its first instant',
    ],
    [
      'cron(*/14 9-17 * * ? *)',
      'uneven-steps when: */14 is no steady interval: it begins again with every hour, so that minute 0 follows on 56 | for every 14 minutes write rate(14 minutes) and start: with its first instant',
    ],
    [
      'cron(0 1/5 * * ? *)',
      'uneven-steps when: 1/5 is no steady interval: it begins again with every day, so that hour 1 follows on 21 | for every 5 hours write rate(5 hours) and start: with its first instant',
    ],
    [
      'cron(0 9 1 */5 ? *)',
      'uneven-steps when: */5 is no steady interval: it begins again with every year, so that month 1 follows on 11 | list the months that are meant: JAN,JUN,NOV',
    ],
  ])('steps that do not divide: %s', (when, warning) => {
    expect(warned(when)).toEqual([warning])
  })

  it.each([
    'cron(0/15 9-17 * * ? *)',
    'cron(0 0/6 * * ? *)',
    'cron(0/14 9 * * ? *)',
    'cron(0 9/5 * * ? *)',
    'cron(0 9 1 1/3 ? *)',
    'cron(0 9 */31 * ? *)',
    'cron(0 9 1-28/7 * ? *)',
    'cron(0 9 1 * ? 2026/2)',
  ])('steps that divide, or are none: %s', (when) => {
    expect(warned(when)).toEqual([])
  })

  it.each([
    [
      'EST',
      'no-daylight-saving timezone: EST is UTC-05:00 all year, without daylight saving | write America/New_York for clocks that change (UTC-05:00 and UTC-04:00), America/Panama for EST as it stands',
    ],
    [
      'Etc/GMT+9',
      'reversed-offset timezone: Etc/GMT+9 is UTC-09:00, 9 h behind UTC: the sign of these names runs the other way | write Asia/Tokyo for UTC+09:00',
    ],
    [
      'Etc/GMT-5',
      'reversed-offset timezone: Etc/GMT-5 is UTC+05:00, 5 h ahead of UTC: the sign of these names runs the other way | write America/Bogota for UTC-05:00, Asia/Karachi for UTC+05:00',
    ],
  ])('the time zone %s', (timezone, warning) => {
    expect(warned('cron(0 9 * * ? *)', { timezone })).toEqual([warning])
  })

  it.each(['UTC', 'GMT', 'Etc/GMT', 'Etc/UTC', 'Etc/GMT+0', 'HST', 'Asia/Tokyo', 'America/Panama'])(
    'no word on the time zone %s',
    (timezone) => {
      expect(warned('cron(0 9 * * ? *)', { timezone })).toEqual([])
    },
  )

  it('a freeze’s time zone as well', () => {
    const freeze = { name: 'x', from: '2027-01-01', to: '2027-01-02', timezone: 'MST', yearly: false }
    expect(warningsOf(config([schedule('cron(0 9 * * ? *)')], { freezes: [freeze] }), NOW)).toMatchObject([
      { name: 'no-daylight-saving', schedule: null, field: 'freezes.0.timezone' },
    ])
  })
})

describe('a canary', () => {
  it.each([
    [{ secrets: ['a', 'b', 'c'], canary: 1, windowSeconds: 901 }, []],
    [{ secrets: ['a'], canary: 1 }, []],
    [
      { secrets: ['a', 'b'], canary: 2 },
      'canary canary: all secrets are canaries: they rotate together, and nothing waits for them | name fewer, such as canary: 1',
    ],
    [
      { secrets: ['a', 'b'], canary: ['b', 'a'] },
      'canary canary: all secrets are canaries: they rotate together, and nothing waits for them | name fewer, such as canary: 1',
    ],
    [
      { secrets: ['a', 'b'], canary: 1, soakSeconds: 600, windowSeconds: 1_500 },
      'canary canary: a canary may take 15m and soaks 10m: of the window of 25m nothing is left for the rest then | write window: 30m or more, or a shorter timeout or soak',
    ],
    [{ secrets: ['a', 'b'], canary: 1, soakSeconds: 600, windowSeconds: 1_501 }, []],
    [
      { secrets: [], select: { prefix: 'p/' }, canary: 1, windowSeconds: 900 },
      'canary canary: a canary may take 15m: of the window of 15m nothing is left for the rest then | write window: 20m or more, or a shorter timeout',
    ],
    [
      { secrets: ['a', 'b'], canary: 1, timeoutSeconds: 86_400, windowSeconds: 86_400 },
      'canary canary: a canary may take 1d: of the window of 1d nothing is left for the rest then | write a shorter timeout',
    ],
  ])('%j', (more, warning) => {
    expect(warned('cron(0 9 * * ? *)', more)).toEqual([warning].flat())
  })
})

describe('what AWS makes nothing of', () => {
  it('a window that Scheduler’s own precision uses up', () => {
    expect(warned('cron(0 9 * * ? *)', { windowSeconds: 60 })).toEqual([
      'short-window window: EventBridge Scheduler may start a run up to 60 s late: of a window of 1 min little or nothing is left | write window: 5m or more, or precision: second, which starts ahead of the instant',
    ])
    expect(warned('cron(0 9 * * ? *)', { windowSeconds: 120 })).toEqual([])
    expect(warned('cron(0 9 * * ? *)', { windowSeconds: 60, precision: 'second' })).toEqual([])
  })

  it('an objective that a punctual delivery misses', () => {
    const late = (skewSeconds: number, more = {}) =>
      warned('cron(0 9 * * ? *)', { objective: { skewSeconds }, ...more })
    expect(late(1)).toEqual([
      'early-objective objective: EventBridge Scheduler may start a run up to 60 s late: most rotations will miss skew: 1s | write precision: second, which starts ahead of the instant, or objective: { skew: 2m } or more',
    ])
    expect(late(59)).toEqual([expect.stringContaining('some rotations will miss skew: 59s')])
    expect(late(60)).toEqual([])
    expect(late(1, { precision: 'second' })).toEqual([])
  })

  it.each([
    ['rate(5 minutes)', 288],
    ['rate(15 minutes)', 96],
    ['cron(* * * * ? *)', 1440],
    ['cron(0/10 8-23,0-1 ? * MON-FRI *)', 108],
  ])('more versions than Secrets Manager keeps: %s', (when, count) => {
    expect(warned(when)).toEqual([
      expect.stringMatching(new RegExp(`^too-often when: ${count} rotations in 24 h: .*about 100 \\| `)),
    ])
  })

  it.each(['rate(16 minutes)', 'cron(0/20 * * * ? *)', 'rate(20 minutes)', 'at(2027-01-01T00:00:00)'])(
    'few enough: %s',
    (when) => {
      expect(warned(when)).toEqual([])
    },
  )

  it('a region that AWS does not have', () => {
    expect(warned('cron(0 9 * * ? *)', { place: { region: 'us-east-9' } })).toEqual([
      'unknown-region region: no region is known as us-east-9: every rotation there would fail | AWS has us-east-1, us-east-2',
    ])
    const secrets = ['arn:aws:secretsmanager:eu-mars-1:123456789012:secret:a-AbC123']
    expect(warned('cron(0 9 * * ? *)', { secrets })).toEqual([
      expect.stringMatching(/^unknown-region secrets\.0: .*eu-mars-1/),
    ])
    expect(warned('cron(0 9 * * ? *)', { place: { region: 'eu-west-3' } })).toEqual([])
  })

  it('no schedules at all', () => {
    expect(warningsOf(config([]), NOW)).toMatchObject([
      { name: 'no-schedules', schedule: null, field: 'schedules', message: /a deploy deletes every one/ },
    ])
  })
})

describe('acknowledged', () => {
  const known = (warning: (typeof WARNINGS)[number], reason = 'meant') => ({ warning, reason })
  const weekdays = 'cron(0 9 ? * 1-5 *)'

  it('a warning is kept apart, with the reason', () => {
    const { warnings, acknowledged } = outlookOf(
      config([
        schedule(weekdays, { acknowledge: [known('weekday-numbers', 'our week')], windowSeconds: 60 }),
      ]),
      NOW,
    )
    expect(warnings.map(({ name }) => name)).toEqual(['short-window'])
    expect(acknowledged).toMatchObject([{ name: 'weekday-numbers', reason: 'our week' }])
  })

  it('under defaults, for every schedule and for the file', () => {
    const acknowledge = [known('weekday-numbers')]
    const two = [schedule(weekdays), schedule(weekdays, { name: 'other', secrets: ['b'] })]
    expect(outlookOf(config(two, { acknowledge }), NOW)).toMatchObject({
      warnings: [],
      acknowledged: [{}, {}],
    })
    expect(warningsOf(config([], { acknowledge: [known('no-schedules')] }), NOW)).toEqual([])
  })

  it('what no longer warns is told', () => {
    const acknowledge = [known('short-window'), known('weekday-numbers')]
    expect(warningsOf(config([schedule(weekdays, { acknowledge })]), NOW)).toEqual([
      {
        name: 'nothing-to-acknowledge',
        schedule: 'nightly',
        field: 'acknowledge.0.warning',
        message: 'short-window is acknowledged here, and nothing warns of it',
        hint: 'remove this acknowledgement',
      },
    ])
    expect(warningsOf(config([schedule(weekdays)], { acknowledge }), NOW)).toMatchObject([
      { name: 'nothing-to-acknowledge', schedule: null, field: 'defaults.acknowledge.0.warning' },
    ])
  })

  it('but for a schedule that is disabled, and for what depends on the machine', () => {
    const acknowledge = [known('short-window')]
    expect(warned('cron(0 9 * * ? *)', { acknowledge, enabled: false })).toEqual([])
    expect(warned('cron(0 9 * * ? *)', { acknowledge: [known('zone-data')] })).toEqual([])
  })
})

it('every expression and zone that a warning proposes is taken, and warns of nothing itself', () => {
  const zones = [
    'EST',
    'MST',
    ...Array.from({ length: 12 }, (_, hour) => `Etc/GMT+${hour + 1}`),
    'Etc/GMT-14',
  ]
  const whens = ['1-5', '7', '1,3-5', 'SUN,3'].map((week) => `cron(0 9 ? * ${week} *)`)
  const steps = ['*/14 9-17 * * ?', '0 */5 * * ?', '0 9 */2 * ?', '* * * * ?'].map((it) => `cron(${it} *)`)
  const all = warningsOf(
    config([
      ...zones.map((timezone) => schedule('cron(0 9 * * ? *)', { timezone })),
      ...[...whens, ...steps, 'rate(1 minute)'].map((when) => schedule(when)),
    ]),
    NOW,
  ).filter(({ name }) => name !== 'shared-secret' && name !== 'window-overlaps')
  expect(all.length).toBe(zones.length + whens.length + steps.length + 1)
  for (const { hint } of all) {
    for (const [when] of hint.matchAll(/\b(?:cron|rate)\([^()]*\)/g)) {
      expect(() => compile(when, 'UTC', { start: 0 }), when).not.toThrow()
      if (!/rate\(1[0-4]? minutes/.test(when)) expect(warned(when)).toEqual([])
    }
    for (const [zone] of hint.matchAll(/\b[A-Z]\w+\/[\w+-]+(?:\/\w+)?/g))
      expect(isTimezone(zone), zone).toBe(true)
  }
})

it('docs/warnings.md has each, and no other', () => {
  const rows = [...readFileSync('docs/warnings.md', 'utf8').matchAll(/^\| `([a-z-]+)` \|/gm)].map(
    ([, name]) => name,
  )
  expect(rows.sort()).toEqual([...WARNINGS, 'nothing-to-acknowledge', 'nothing-to-waive'].sort())
})
