import { describe, expect, it } from 'vitest'
import { compile } from '../../../src/calendar/calendar.ts'
import type { Freeze } from '../../../src/calendar/freezes.ts'
import { OURS, type ZoneData, zoneDataOf } from '../../../src/calendar/zone-difference.ts'
import type { Config, Schedule } from '../../../src/config/config.ts'
import type { Warning } from '../../../src/config/warnings/names.ts'
import { warningsOf } from '../../../src/config/warnings/warnings.ts'
import { OLDER } from '../../calendar/older.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')

type Partly = Partial<Schedule> & { maxAgeSeconds?: number }

function schedule(name: string, when: string, more: Partly = {}): Schedule {
  return {
    name,
    when,
    timezone: 'UTC',
    secrets: [name],
    windowSeconds: 1800,
    timeoutSeconds: 900,
    precision: 'minute',
    concurrency: 10,
    enabled: true,
    ignoreFreezes: [],
    ...more,
  }
}

function warnings(schedules: Schedule[], freezes: Freeze[] = []): Warning[] {
  const config: Config = { stage: 'test', version: '0', freezes, schedules }
  return warningsOf(config, NOW)
}

function messages(schedules: Schedule[], freezes: Freeze[] = []): string[] {
  return warnings(schedules, freezes).map(
    ({ schedule, field, message }) => `${schedule} ${field}: ${message}`,
  )
}

function freeze(from: string, to: string, more: Partial<Freeze> = {}): Freeze {
  return { name: `${from}..${to}`, from, to, timezone: 'UTC', yearly: false, ...more }
}

const NEW_YORK = { timezone: 'America/New_York' }

it('is silent where nothing surprises', () => {
  expect(
    warnings(
      [
        schedule('nightly', 'cron(0 3 ? * SUN *)', { timezone: 'Asia/Tokyo' }),
        schedule('safe', 'cron(30 4 * * ? *)', NEW_YORK),
        schedule('rate', 'rate(1 day)', { start: '2026-01-01T00:00:00Z', ...NEW_YORK }),
        schedule('once', 'at(2027-02-01T00:00:00)'),
      ],
      [freeze('2026-12-25', '2027-01-04')],
    ),
  ).toEqual([])
})

describe('clock changes', () => {
  it('names each skipped and each doubled local time by date, with a safe alternative', () => {
    const found = warnings([
      schedule('a', 'cron(30 2 * * ? *)', NEW_YORK),
      schedule('b', 'cron(30 1 * * ? *)', NEW_YORK),
    ])
    expect(found).toEqual([
      {
        name: 'clock-skips',
        schedule: 'a',
        field: 'when',
        message: 'clocks in America/New_York skip 02:30 on 2027-03-14: no rotation then',
        hint: 'a safe time near it: cron(30 3 * * ? *)',
      },
      {
        name: 'clock-repeats',
        schedule: 'b',
        field: 'when',
        message: 'clocks in America/New_York show 01:30 on 2027-11-07 twice: it rotates once, the first time',
        hint: 'a safe time near it: cron(30 0 * * ? *)',
      },
    ])
  })

  it('offers only alternatives that are safe', () => {
    for (const timezone of [
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Beirut',
      'Africa/Cairo',
      'Europe/London',
      'America/Santiago',
    ])
      for (let hour = 0; hour < 24; hour++) {
        const [first] = warnings([schedule('a', `cron(15 ${hour} * * ? *)`, { timezone })])
        const when = /cron\(.*\)$/.exec(first?.hint ?? '')?.[0]
        if (first === undefined) continue
        expect(when, `${timezone} ${hour}`).toBeDefined()
        expect(warnings([schedule('a', when ?? '', { timezone })]), `${timezone} ${hour}: ${when}`).toEqual(
          [],
        )
      }
  })

  it('ignores changes that touch no occurrence', () => {
    expect(warnings([schedule('mondays', 'cron(30 2 ? * MON *)', NEW_YORK)])).toEqual([])
    expect(
      warnings([
        schedule('rate', 'rate(1 hour)', { start: '2026-01-01T00:00:00Z', windowSeconds: 300, ...NEW_YORK }),
      ]),
    ).toEqual([])
  })

  it('counts many times as one, and sends hourly schedules to rate()', () => {
    const found = warnings([
      schedule('often', 'cron(0/10 * * * ? *)', { ...NEW_YORK, windowSeconds: 300 }),
    ]).filter(({ name }) => name !== 'too-often')
    expect(found.map(({ message }) => message)).toEqual([
      'clocks in America/New_York skip 6 times from 02:00 to 02:50 on 2027-03-14: no rotation then',
      'clocks in America/New_York show 6 times from 01:00 to 01:50 on 2027-11-07 twice: it rotates once, the first time',
    ])
    expect(found[0]?.hint).toMatch(/rate\(\) with a start/)
  })

  it('says which hours to stay out of where no single hour can move', () => {
    const [found] = warnings([schedule('two', 'cron(30 1,2 * * ? *)', NEW_YORK)])
    expect(found?.hint).toBe('choose local times outside 01:00–01:59 and 02:00–02:59')
  })

  it('warns of an at() that happens twice', () => {
    const found = warnings([
      schedule('once', 'at(2027-11-07T01:30:00)', NEW_YORK),
      schedule('later', 'at(2027-11-07T02:00:00)', NEW_YORK),
      schedule('earlier', 'at(2027-11-07T00:59:59)', NEW_YORK),
    ])
    expect(found).toEqual([
      {
        name: 'clock-repeats',
        schedule: 'once',
        field: 'when',
        message: 'clocks in America/New_York show 01:30 on 2027-11-07 twice: it rotates the first time',
        hint: 'a safe time near it: at(2027-11-07T02:00:00)',
      },
    ])
  })

  it('looks 400 days ahead and no further', () => {
    const march2028 = Date.parse('2028-03-12T07:00:00Z')
    const config = (when: string): Config => ({
      stage: 't',
      version: '0',
      freezes: [],
      schedules: [schedule('a', when, NEW_YORK)],
    })
    const day = 86_400_000
    const spring = (now: number) =>
      warningsOf(config('cron(30 2 * * ? *)'), now).filter(({ message }) => message.includes('2028-03-12'))
    expect(spring(march2028 - 400 * day)).toEqual([])
    expect(spring(march2028 - 400 * day + 1)).toHaveLength(1)
    expect(spring(march2028)).toHaveLength(1)
    expect(spring(march2028 + 1)).toEqual([])
  })
})

describe('the past', () => {
  it('warns of an at() that is over, and of a cron that never fires again', () => {
    expect(
      messages([
        schedule('once', 'at(2022-12-31T23:59:59)', { timezone: 'Asia/Tokyo' }),
        schedule('old', 'cron(0 3 * * ? 2020-2025)'),
      ]),
    ).toEqual([
      'once when: this moment is in the past, it was 2022-12-31T23:59:59+09:00',
      'old when: the last occurrence is in the past, it was 2025-12-31T03:00:00Z',
    ])
    expect(messages([schedule('now', 'at(2026-11-24T12:00:00)')])).toEqual([
      'now when: this moment is in the past, it was 2026-11-24T12:00:00Z',
    ])
    expect(messages([schedule('soon', 'at(2026-11-24T12:00:01)')])).toEqual([])
  })

  it('says nothing of a disabled schedule', () => {
    expect(warnings([schedule('once', 'at(2022-12-31T23:59:59)', { enabled: false })])).toEqual([])
  })
})

describe('freezes', () => {
  it('warns where freezes leave more than a month between rotations', () => {
    const monthly = schedule('month-end', 'cron(0 3 L * ? *)')
    const found = warnings([monthly], [freeze('2026-12-25', '2027-01-04')])
    expect(found).toEqual([
      {
        name: 'frozen-out',
        schedule: 'month-end',
        field: 'when',
        message:
          'freezes stop the occurrence of 2026-12-31; the next after it is on 2027-01-31, 62 d without a rotation',
        hint: 'move the schedule, shorten the freeze, or name it under ignoreFreezes with a reason',
      },
    ])
  })

  it('adds up freezes with no occurrence between them', () => {
    const weekly = schedule('weekly', 'cron(0 3 ? * SUN *)')
    const alone = freeze('2027-02-01', '2027-02-18')
    expect(warnings([weekly], [alone])).toEqual([])
    expect(messages([weekly], [alone, freeze('2027-02-19', '2027-03-05')])).toEqual([
      'weekly when: freezes stop all 4 occurrences from 2027-02-07 on; the next after it is on 2027-03-07, 35 d without a rotation',
    ])
    expect(messages([weekly], [alone, freeze('2027-02-25', '2027-03-05')])).toEqual([])
  })

  it('stays silent at a month and speaks beyond it', () => {
    const daily = schedule('daily', 'cron(0 12 * * ? *)')
    expect(warnings([daily], [freeze('2027-03-02', '2027-04-01')])).toEqual([])
    expect(warnings([daily], [freeze('2027-03-02', '2027-04-02')])).toHaveLength(1)
  })

  it('says so where nothing follows, and repeats a yearly freeze for each year in sight', () => {
    const last = schedule('last', 'cron(0 3 28 12 ? 2026)')
    expect(messages([last], [freeze('2026-12-25', '2027-01-04')])).toEqual([
      'last when: freezes stop the occurrence of 2026-12-28; none follows',
    ])
    const monthly = schedule('month-end', 'cron(0 3 L * ? *)')
    expect(messages([monthly], [freeze('2026-12-25', '2027-01-04', { yearly: true })])).toHaveLength(2)
  })

  it("tells dates by the schedule's clock", () => {
    const far = { timezone: 'Pacific/Kiritimati', maxAgeSeconds: 40 * 86_400 } as Partly
    const found = messages([schedule('far', 'cron(0 3 L * ? *)', far)], [freeze('2026-12-25', '2027-01-04')])
    expect(found).toEqual([
      'far when: freezes stop the occurrence of 2026-12-31; the next after it is on 2027-01-31, 62 d without a rotation',
      'far maxAge: from 2026-11-30 to 2027-01-31 no rotation is due for 62 d, longer than maxAge (40 d)',
    ])
  })

  it('stops what begins with the freeze, and not what comes at its end', () => {
    const monthly = schedule('first', 'cron(0 0 1 * ? *)')
    expect(warnings([monthly], [freeze('2027-02-01', '2027-02-02')])).toHaveLength(1)
    expect(warnings([monthly], [freeze('2027-01-20', '2027-02-01')])).toEqual([])
  })

  it('heeds ignoreFreezes, and freezes that are over or far away', () => {
    const name = '2026-12-25..2027-01-04'
    const monthly = schedule('month-end', 'cron(0 3 L * ? *)', { ignoreFreezes: [{ name, reason: 'PCI' }] })
    expect(warnings([monthly], [freeze('2026-12-25', '2027-01-04')])).toEqual([])
    const other = schedule('other', 'cron(0 3 L * ? *)')
    expect(
      warnings([other], [freeze('2026-10-25', '2026-11-20'), freeze('2028-02-01', '2028-06-01')]),
    ).toEqual([])
  })
})

describe('windows', () => {
  it('warns of a window longer than a gap, not of one as long', () => {
    expect(messages([schedule('hourly', 'cron(0 * * * ? *)', { windowSeconds: 3720 })])).toEqual([
      'hourly window: the window of 1 h 2 min is still open when the next occurrence comes, 1 h after 2026-11-24T12:00:00Z',
    ])
    expect(messages([schedule('hourly', 'cron(0 * * * ? *)', { windowSeconds: 3600 })])).toEqual([])
    expect(
      messages([
        schedule('rate', 'rate(30 minutes)', { windowSeconds: 3600, start: '2027-01-01T00:00:00Z' }),
      ]),
    ).toHaveLength(1)
    expect(messages([schedule('uneven', 'cron(0,50 3 * * ? *)', { windowSeconds: 3000 })])).toEqual([])
    expect(messages([schedule('uneven', 'cron(0,50 3 * * ? *)', { windowSeconds: 3001 })])).toHaveLength(1)
  })

  it('warns of two schedules that hit one secret within the window of either, once a pair', () => {
    const early = schedule('early', 'cron(0 3 * * ? *)', { secrets: ['x', 'db', 'both'] })
    const late = schedule('late', 'cron(20 3 ? * SUN *)', { secrets: ['db', 'both'] })
    expect(messages([early, late])).toEqual([
      'late secrets.0: early rotates this secret too: 2026-11-29T03:20:00Z is 20 min after it, within the window',
    ])
    expect(messages([late, early])).toEqual([
      'early secrets.1: late rotates this secret too: 2026-11-29T03:00:00Z is 20 min before it, within the window',
    ])
    expect(messages([early, { ...late, when: 'cron(30 3 ? * SUN *)' }])).toEqual([])
    expect(messages([early, { ...late, when: 'cron(0 3 ? * SUN *)', windowSeconds: 120 }])).toEqual([
      'late secrets.0: early rotates this secret too: 2026-11-29T03:00:00Z is at the same moment',
    ])
  })

  it('measures by the window of whichever comes first', () => {
    const a = schedule('a', 'cron(0 3 * * ? *)', { secrets: ['db'], windowSeconds: 120 })
    const b = schedule('b', 'cron(0 4 * * ? *)', { secrets: ['db'], windowSeconds: 7200 })
    expect(messages([a, b])).toEqual([])
    expect(messages([a, { ...b, when: 'cron(30 2 * * ? *)' }])).toHaveLength(1)
  })

  it('knows a secret by name and by ARN, and heeds freezes', () => {
    const arn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbC123'
    const a = schedule('a', 'cron(0 3 ? * SUN *)', { secrets: ['prod/db'] })
    const b = schedule('b', 'cron(10 3 29 11 ? 2026)', { secrets: [arn] })
    expect(messages([a, b])).toHaveLength(1)
    expect(messages([a, { ...b, secrets: ['prod/db-AbC123'] }])).toEqual([])
    expect(
      messages([a, b], [freeze('2026-11-29', '2026-11-30')]).filter((text) => text.includes('too')),
    ).toEqual([])
  })
})

describe('maxAge', () => {
  const day = 86_400
  it('warns of a gap longer than it, freezes counted', () => {
    const weekly = (maxAgeSeconds: number) => [
      schedule('weekly', 'cron(0 3 ? * SUN *)', { maxAgeSeconds } as Partly),
    ]
    expect(messages(weekly(7 * day))).toEqual([])
    expect(messages(weekly(7 * day - 1))).toHaveLength(1)
    expect(messages(weekly(20 * day), [freeze('2026-12-25', '2027-01-04')])).toEqual([
      'weekly maxAge: from 2026-12-20 to 2027-01-10 no rotation is due for 21 d, longer than maxAge (20 d)',
    ])
    expect(messages(weekly(21 * day), [freeze('2026-12-25', '2027-01-04')])).toEqual([])
  })

  it('counts the gap that is running now', () => {
    const yearly = schedule('yearly', 'cron(0 3 1 12 ? *)', { maxAgeSeconds: 300 * day } as Partly)
    expect(messages([yearly])).toEqual([
      'yearly maxAge: from 2025-12-01 to 2026-12-01 no rotation is due for 365 d, longer than maxAge (300 d)',
    ])
  })
})

it('every expression a hint offers compiles', () => {
  for (const { hint } of warnings([
    schedule('a', 'cron(30 2 * * ? *)', NEW_YORK),
    schedule('b', 'cron(30 1 * * ? *)', NEW_YORK),
  ]))
    expect(() => compile(/(cron|at)\(.*\)/.exec(hint)?.[0] ?? '', 'UTC')).not.toThrow()
})

describe('zone data that disagree', () => {
  const winnipeg = { timezone: 'America/Winnipeg' }
  const older = zoneDataOf(OLDER)
  const said = (zones: [ZoneData, ZoneData], schedules: Schedule[]) =>
    warningsOf({ stage: 'test', version: '0', freezes: [], schedules }, NOW, zones).filter(({ message }) =>
      message.includes('zone data'),
    )

  it('warns with a planted older table that newer rules move what comes, and how to take them', () => {
    const weekly = schedule('weekly', 'cron(0 3 ? * SUN *)', winnipeg)
    expect(said([older, OURS], [weekly])).toEqual([
      {
        name: 'zone-data',
        schedule: 'weekly',
        field: 'when',
        message:
          '2026-11-29 03:00 in America/Winnipeg is 2026-11-29T09:00Z by our zone data 2026d, and is 2026-11-29T08:00Z by this Node’s 2026f; likewise 14 more to 2027-03-07T09:00Z',
        hint: 'ours are older: npm install --save-dev moment-timezone@latest && npm run zones, then deploy before that day',
      },
    ])
  })

  it('says what happens where ours are the newer', () => {
    const once = schedule('once', 'at(2026-12-24T18:00:00)', winnipeg)
    expect(said([OURS, older], [once])).toMatchObject([
      {
        message:
          '2026-12-24 18:00 in America/Winnipeg is 2026-12-24T23:00Z by our zone data 2026f, and is 2026-12-25T00:00Z by this Node’s 2026d',
        hint: expect.stringContaining('it rotates by ours, 2026f'),
      },
    ])
  })

  it('is silent where they agree, and for what is disabled', () => {
    const toronto = schedule('toronto', 'cron(0 3 * * ? *)', { timezone: 'America/Toronto' })
    const off = schedule('off', 'cron(0 3 * * ? *)', { ...winnipeg, enabled: false })
    expect(said([older, OURS], [toronto, off])).toEqual([])
    expect(said([OURS, OURS], [schedule('same', 'cron(0 3 * * ? *)', winnipeg)])).toEqual([])
  })
})

describe('whether two users take turns', () => {
  const at = 'cron(0 3 ? * SUN *)'
  const turning = (more: Partly) => schedule('turning', at, { strategy: 'alternating', ...more })
  const other = (more: Partly) => schedule('other', 'cron(0 9 ? * SUN *)', more)
  const told = (...all: Schedule[]) =>
    warnings(all).flatMap(({ name, schedule: of, field }) =>
      name === 'two-strategies' ? [`${of} ${field}`] : [],
    )
  const place = { region: 'eu-west-1' }

  it.each([
    ['both name it', { secrets: ['a', 'b'] }, { secrets: ['c', 'b'] }, ['other secrets.1']],
    ['one is disabled', { secrets: ['a'], enabled: false }, { secrets: ['a'] }, ['other secrets.0']],
    [
      'the one chooses it',
      { secrets: [], select: { prefix: 'x/' } },
      { secrets: ['x/a'] },
      ['other secrets.0'],
    ],
    ['the other does', { secrets: ['x/a'] }, { secrets: [], select: { prefix: 'x/' } }, ['other secrets']],
    ['it is another', { secrets: ['a'] }, { secrets: ['b'] }, []],
    ['it is elsewhere', { secrets: ['a'], place }, { secrets: ['a'] }, []],
    ['they agree', { secrets: ['a'] }, { secrets: ['a'], strategy: 'alternating' as const }, []],
  ])('is said of a secret by each of its schedules: %s', (_, one, two, expected) => {
    expect(told(turning(one), other(two))).toEqual(expected)
    expect(told(other(two), turning(one))).toEqual(expected)
  })
})
