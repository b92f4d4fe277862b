import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/load.ts'
import type { DayAnswer, SlotAnswer } from '../../../src/console/server/api-types.ts'
import { addRecords, type Records } from '../../../src/console/server/calendar/slots.ts'
import type { LedgerRow } from '../../../src/console/server/ledger-cache.ts'
import type { CalendarQuery } from '../../../src/console/server/request-schemas.ts'
import { calendarAnswer, calendarAsked } from '../../../src/console/server/routes/calendar.ts'
import type { Hold } from '../../../src/model/hold.ts'
import { entriesOf, type Occurrence } from '../../../src/operate/occurrences.ts'

const NOW = Date.parse('2026-11-24T22:00:00Z')

/** `nightly: { … }` lines become a config. */
function calendar(
  schedules: string,
  query: CalendarQuery,
  {
    freezes = '[]',
    past = [],
    now = NOW,
    holds = [],
    planned = [],
  }: { freezes?: string; past?: LedgerRow[]; now?: number; holds?: Hold[]; planned?: Occurrence[] } = {},
) {
  const loaded = parseConfig('test.yml', `freezes: ${freezes}\nschedules:\n${schedules}`)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  const records: Records = new Map()
  addRecords(records, past)
  const asked = calendarAsked(query, entriesOf(loaded.config), now)
  return calendarAnswer(asked, loaded.config, records, { planned, exceptions: [], holds }, now)
}

const DAILY = '  nightly: { when: cron(30 2 * * ? *), timezone: America/New_York, secrets: [a] }\n'
const month = (date: string, timezone?: string): CalendarQuery => ({
  ...{ view: 'month', date },
  ...(timezone !== undefined && { timezone }),
})
const week = (date: string, timezone?: string): CalendarQuery => ({ ...month(date, timezone), view: 'week' })
const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString())
const hours = ({ from, to }: { from: number; to: number }) => (to - from) / 3_600_000
const on = (days: DayAnswer[], date: string) => days.find((it) => it.date === date)
const slotText = ({ local, schedule, count }: SlotAnswer) =>
  `${local} ${schedule}${count > 1 ? ` ×${count}` : ''}`

const rotation = (schedule: string, scheduledAt: string, more: Partial<LedgerRow> = {}): LedgerRow => ({
  ...{ rotationId: `${schedule}${scheduledAt}`, schedule, secret: 'a', secretName: 'a', scheduledAt },
  ...{ trigger: 'SCHEDULE', status: 'SUCCEEDED', claimedAt: scheduledAt, configVersion: 'v1' },
  ...more,
})

describe('the days of a view', () => {
  it.each<
    [CalendarQuery, title: string, first: string, last: string, count: number, turns: [string, string]]
  >([
    [month('2026-11-24'), 'November 2026', '2026-10-26', '2026-12-06', 42, ['2026-10-01', '2026-12-01']],
    [month('2027-02-01'), 'February 2027', '2027-02-01', '2027-02-28', 28, ['2027-01-01', '2027-03-01']],
    [month('2026-12-31'), 'December 2026', '2026-11-30', '2027-01-03', 35, ['2026-11-01', '2027-01-01']],
    [month('2027-01-01'), 'January 2027', '2026-12-28', '2027-01-31', 35, ['2026-12-01', '2027-02-01']],
    [week('2026-11-24'), '23–29 November 2026', '2026-11-23', '2026-11-29', 7, ['2026-11-16', '2026-11-30']],
    [
      week('2026-11-30'),
      '30 November – 6 December 2026',
      '2026-11-30',
      '2026-12-06',
      7,
      ['2026-11-23', '2026-12-07'],
    ],
    [
      week('2027-01-03'),
      '28 December 2026 – 3 January 2027',
      '2026-12-28',
      '2027-01-03',
      7,
      ['2026-12-21', '2027-01-04'],
    ],
  ])('%j is %s', (query, title, first, last, count, turns) => {
    const answer = calendar(DAILY, query)
    expect(answer.title).toBe(title)
    expect([answer.days[0]?.date, answer.days.at(-1)?.date, answer.days.length]).toEqual([first, last, count])
    expect([answer.previous, answer.next]).toEqual(turns)
    expect([answer.from, answer.to]).toEqual([answer.days[0]?.from, answer.days.at(-1)?.to])
    for (const [index, day] of answer.days.entries())
      if (index > 0) expect(day.from).toBe(answer.days[index - 1]?.to)
  })

  it('are those of today by the calendar’s own clock, where none is asked for', () => {
    // 22:00 UTC: in Tokyo it is the next day.
    const tokyo = calendar(DAILY, { view: 'month', timezone: 'Asia/Tokyo' })
    expect(tokyo.days.filter(({ today }) => today).map(({ date }) => date)).toEqual(['2026-11-25'])
    const late = calendar(
      DAILY,
      { view: 'month', timezone: 'Asia/Tokyo' },
      { now: Date.parse('2026-11-30T15:00:00Z') },
    )
    expect(late.title).toBe('December 2026')
    expect(calendar(DAILY, { view: 'month' }).timezone).toBe('America/New_York')
    expect(calendar(DAILY, month('2027-05-01')).days.some(({ today }) => today)).toBe(false)
  })

  it('of other months are marked, in a month', () => {
    const outside = (query: CalendarQuery) =>
      calendar(DAILY, query)
        .days.filter((day) => day.outside)
        .map(({ date }) => date)
    expect(outside(month('2026-12-01'))).toEqual(['2026-11-30', '2027-01-01', '2027-01-02', '2027-01-03'])
    expect(outside(week('2026-12-01'))).toEqual([])
  })
})

describe('where clocks change', () => {
  const HOURLY = '  hourly: { when: cron(30 * * * ? *), timezone: America/New_York, secrets: [a] }\n'

  it.each<[what: string, zone: string, date: string, hours: number, at: string, words: string]>([
    [
      'forward',
      'America/New_York',
      '2027-03-14',
      23,
      '2027-03-14T07:00:00.000Z',
      'clocks go forward 1 h at 02:00 to 03:00',
    ],
    [
      'back',
      'America/New_York',
      '2026-11-01',
      25,
      '2026-11-01T06:00:00.000Z',
      'clocks go back 1 h at 02:00 to 01:00',
    ],
    [
      'by half an hour',
      'Australia/Lord_Howe',
      '2026-10-04',
      23.5,
      '2026-10-03T15:30:00.000Z',
      'clocks go forward 30 min at 02:00 to 02:30',
    ],
    [
      'at midnight',
      'America/Asuncion',
      '2024-10-06',
      23,
      '2024-10-06T04:00:00.000Z',
      'clocks go forward 1 h at 00:00 to 01:00',
    ],
  ])('%s: the day is as long as it is, and says so', (_what, zone, date, length, at, words) => {
    const own = `  x: { when: cron(0 12 * * ? *), timezone: ${zone}, secrets: [a] }\n`
    for (const view of ['month', 'week'] as const) {
      const day = on(calendar(own, { view, date, timezone: zone }).days, date)
      expect(day && hours(day)).toBe(length)
      expect(day?.clockChanges.map((it) => ({ ...it, at: iso(it.at) }))).toEqual([{ at, words }])
    }
  })

  it('a day that a zone left out has no hours', () => {
    const { days } = calendar(DAILY, week('2011-12-28', 'Pacific/Apia'))
    const gone = on(days, '2011-12-30')
    expect(gone && hours(gone)).toBe(0)
    expect(days.flatMap(({ clockChanges }) => clockChanges.map(({ words }) => words))).toEqual([
      'clocks go forward 1 d at 00:00 to 00:00',
    ])
  })

  it('a time that is skipped is not there, one that comes twice is there once, each with a note', () => {
    const spring = calendar(DAILY, month('2027-03-14'))
    expect(on(spring.days, '2027-03-14')?.slots).toEqual([])
    expect(on(spring.days, '2027-03-15')?.slots).toMatchObject([
      { local: '02:30', notes: ['clocks skip 02:30 on 2027-03-14: none then'] },
    ])
    const early = '  early: { when: cron(30 1 * * ? *), timezone: America/New_York, secrets: [a] }\n'
    const autumn = calendar(early, month('2026-11-01'))
    expect(on(autumn.days, '2026-11-01')?.slots).toMatchObject([
      { local: '01:30', count: 1, notes: ['clocks show 01:30 twice: this is the first'] },
    ])
    expect(iso(on(autumn.days, '2026-11-01')?.slots[0]?.at)).toBe('2026-11-01T05:30:00.000Z')
  })

  it('hours of a week: 23, or 24 once where cron counts the repeated one once', () => {
    const slots = (date: string) => on(calendar(HOURLY, week(date)).days, date)?.slots ?? []
    expect(slots('2027-03-14').map(({ local }) => local)).not.toContain('02:30')
    expect(slots('2027-03-14')).toHaveLength(23)
    expect(slots('2026-11-01')).toHaveLength(24)
  })

  it('a rate goes on through a repeated hour: two slots of the same local time', () => {
    const rate = `  steady: { when: rate(30 minutes), start: 2026-10-01T00:00:00Z, timezone: America/New_York, secrets: [a] }\n`
    const slots = on(calendar(rate, week('2026-11-01')).days, '2026-11-01')?.slots ?? []
    expect(slots.filter(({ local }) => local === '01:00').map(({ at, count }) => [iso(at), count])).toEqual([
      ['2026-11-01T05:00:00.000Z', 2],
      ['2026-11-01T06:00:00.000Z', 2],
    ])
    expect(slots).toHaveLength(25)
    expect(on(calendar(rate, month('2026-11-01')).days, '2026-11-01')?.slots).toMatchObject([{ count: 50 }])
  })

  it('other zones’ changes are told where they move what is shown', () => {
    const { days } = calendar(DAILY, month('2027-03-14', 'Asia/Tokyo'))
    const told = days.filter(({ clockChanges }) => clockChanges.length > 0)
    expect(told.map(({ date, clockChanges }) => [date, clockChanges[0]?.words])).toEqual([
      ['2027-03-14', 'America/New_York: clocks go forward 1 h at 02:00 to 03:00'],
    ])
    // 02:30 in New York: 16:30 in Tokyo before it, 15:30 after.
    const local = (date: string) => on(days, date)?.slots.map((slot) => slot.local)
    expect([local('2027-03-13'), local('2027-03-14'), local('2027-03-15')]).toEqual([
      ['16:30'],
      [],
      ['15:30'],
    ])
  })

  it('zones that change at one instant are one entry; those that do the same are told together', () => {
    const zones = ['Europe/Paris', 'Europe/London', 'Europe/Berlin', 'Asia/Tokyo']
    const all = zones.map(
      (zone, index) => `  s${index}: { when: cron(0 9 * * ? *), timezone: ${zone}, secrets: [a${index}] }\n`,
    )
    const words = (timezone: string) =>
      on(calendar(all.join(''), month('2027-03-28', timezone)).days, '2027-03-28')?.clockChanges.map(
        (it) => it.words,
      )
    const [central, british] = [
      'clocks go forward 1 h at 02:00 to 03:00',
      'clocks go forward 1 h at 01:00 to 02:00',
    ]
    expect(words('Europe/Paris')).toEqual([`${central}; Europe/London: ${british}`])
    expect(words('Asia/Tokyo')).toEqual([
      `Europe/Paris, Europe/Berlin: ${central}; Europe/London: ${british}`,
    ])
  })
})

describe('slots', () => {
  const SEVERAL = `  nightly: { when: cron(30 2 * * ? *), timezone: UTC, secrets: [a], window: 45m }
  often: { when: cron(0/15 8-9 ? * MON-FRI *), timezone: UTC, secrets: [b] }
  idle: { when: cron(0 4 * * ? *), timezone: UTC, secrets: [c], enabled: false }
`
  it('one a schedule and day in a month, one a schedule and hour in a week, in time order', () => {
    const inMonth = on(calendar(SEVERAL, month('2026-11-25')).days, '2026-11-25')
    expect(inMonth?.slots.map(slotText)).toEqual(['02:30 nightly', '08:00 often ×8'])
    expect(inMonth?.slots[0]).toEqual({
      ...{ schedule: 'nightly', at: Date.parse('2026-11-25T02:30:00Z'), local: '02:30', count: 1 },
      ...{ windowSeconds: 2_700, frozen: 0, notes: [] },
    })
    const inWeek = on(calendar(SEVERAL, week('2026-11-25')).days, '2026-11-25')
    expect(inWeek?.slots.map(slotText)).toEqual(['02:30 nightly', '08:00 often ×4', '09:00 often ×4'])
  })

  it('are at the calendar’s own clock, on its own days', () => {
    const { days } = calendar(SEVERAL, month('2026-11-25', 'America/Los_Angeles'))
    expect(on(days, '2026-11-24')?.slots.map(slotText)).toEqual(['00:00 often ×8', '18:30 nightly'])
  })

  it('of one schedule where one is asked for, a disabled one too', () => {
    const one = (schedule: string) =>
      on(calendar(SEVERAL, { ...month('2026-11-25'), schedule }).days, '2026-11-25')?.slots
    expect(one('often')?.map(slotText)).toEqual(['08:00 often ×8'])
    expect(one('idle')).toMatchObject([{ local: '04:00', notes: ['disabled: does not run'] }])
  })

  it('have seconds where there are any', () => {
    const once = '  once: { when: "at(2026-11-25T10:00:07)", timezone: UTC, secrets: [a] }\n'
    expect(on(calendar(once, month('2026-11-25')).days, '2026-11-25')?.slots.map(slotText)).toEqual([
      '10:00:07 once',
    ])
  })

  it('a schedule of every minute is counted, not refused', () => {
    const minutely = '  busy: { when: cron(* * * * ? *), timezone: UTC, secrets: [a], window: 1m }\n'
    const { days } = calendar(minutely, month('2026-11-25'))
    expect(days.map(({ slots }) => slots[0]?.count)).toEqual(Array(42).fill(1_440))
  })
})

describe('freezes', () => {
  const freezes = `
  - { name: release, from: 2026-11-25T18:00, to: 2026-11-27T06:00, timezone: UTC, reason: big one }
  - { name: year-end, from: 2026-12-24, to: 2027-01-04, timezone: Asia/Tokyo, yearly: true }`
  const PAIR = `  nightly: { when: cron(30 2 * * ? *), timezone: UTC, secrets: [a] }
  through: { when: cron(30 3 * * ? *), timezone: UTC, secrets: [b], ignoreFreezes: [{ name: release, reason: PCI }] }
  hourly: { when: cron(0 * * * ? *), timezone: UTC, secrets: [c] }
`
  it('are cut to each day', () => {
    const { days } = calendar(PAIR, month('2026-11-25'), { freezes })
    const found = days.flatMap((day) =>
      day.freezes.map((it) => [day.date, it.name, iso(it.from), iso(it.to), it.reason]),
    )
    expect(found).toEqual([
      ['2026-11-25', 'release', '2026-11-25T18:00:00.000Z', '2026-11-26T00:00:00.000Z', 'big one'],
      ['2026-11-26', 'release', '2026-11-26T00:00:00.000Z', '2026-11-27T00:00:00.000Z', 'big one'],
      ['2026-11-27', 'release', '2026-11-27T00:00:00.000Z', '2026-11-27T06:00:00.000Z', 'big one'],
    ])
  })

  it('begin and end by their own clock, over the new year, too', () => {
    const { days } = calendar(PAIR, month('2027-01-02'), { freezes })
    const spans = days.filter((day) => day.freezes.length > 0)
    expect([spans[0]?.date, spans.at(-1)?.date]).toEqual(['2026-12-28', '2027-01-03'])
    expect(iso(spans.at(-1)?.freezes[0]?.to)).toBe('2027-01-03T15:00:00.000Z')
  })

  it('stop what they cover, which is counted and noted', () => {
    const { days } = calendar(PAIR, month('2026-11-25'), { freezes })
    const [whole, part] = [on(days, '2026-11-26')?.slots, on(days, '2026-11-25')?.slots]
    const note = 'frozen by release: big one'
    expect(whole?.find(({ schedule }) => schedule === 'nightly')).toMatchObject({
      ...{ count: 1, frozen: 1, frozenBy: 'release', notes: [note] },
    })
    expect(whole?.find(({ schedule }) => schedule === 'through')).toMatchObject({ frozen: 0, notes: [] })
    expect(part?.find(({ schedule }) => schedule === 'hourly')).toMatchObject({
      ...{ count: 24, frozen: 6, frozenBy: 'release', notes: [note] },
    })
  })

  it('of one schedule’s calendar are those it keeps', () => {
    const { days } = calendar(PAIR, { ...month('2026-11-25'), schedule: 'through' }, { freezes })
    expect(days.flatMap((day) => day.freezes)).toEqual([])
  })
})

describe('outcomes', () => {
  const PAIR = `  nightly: { when: cron(30 2 * * ? *), timezone: UTC, secrets: [a, b] }
  hourly: { when: cron(0 * * * ? *), timezone: UTC, secrets: [c] }
`
  const slots = (past: LedgerRow[], date: string, schedule: string, query = month(date)) =>
    on(calendar(PAIR, query, { past }).days, date)?.slots.filter((it) => it.schedule === schedule)

  it('are counted by status; of what has passed without a record there are none', () => {
    const past = [
      rotation('nightly', '2026-11-23T02:30:00.000Z'),
      rotation('nightly', '2026-11-23T02:30:00.000Z', { status: 'FAILED', secretName: 'b' }),
      rotation('hourly', '2026-11-23T04:00:00.000Z'),
      rotation('hourly', '2026-11-23T05:00:00.000Z', { trigger: 'CATCH_UP' }),
      rotation('hourly', '2026-11-23T06:00:00.000Z', { status: 'MISSED' }),
    ]
    expect(slots(past, '2026-11-23', 'nightly')).toMatchObject([{ outcomes: { SUCCEEDED: 1, FAILED: 1 } }])
    expect(slots(past, '2026-11-23', 'hourly')).toMatchObject([
      { count: 24, outcomes: { SUCCEEDED: 2, MISSED: 1 } },
    ])
    const six = slots(past, '2026-11-23', 'hourly', week('2026-11-23'))?.find(
      ({ local }) => local === '06:00',
    )
    expect(six).toMatchObject({ count: 1, outcomes: { MISSED: 1 } })
    expect(slots(past, '2026-11-22', 'nightly')).toMatchObject([{ outcomes: {} }])
  })

  it('of what is to come are absent, but for what is claimed ahead', () => {
    const past = [rotation('hourly', '2026-11-24T23:00:00.000Z', { status: 'CLAIMED' })]
    expect(slots(past, '2026-11-25', 'nightly')?.[0]).not.toHaveProperty('outcomes')
    const ahead = slots(past, '2026-11-24', 'hourly', week('2026-11-24'))?.at(-1)
    expect(ahead).toMatchObject({ local: '23:00', outcomes: { CLAIMED: 1 } })
  })

  it('on demand, and by others, are no occurrences', () => {
    const past = [
      rotation('nightly', '2026-11-23T02:30:00.000Z', { trigger: 'ON_DEMAND' }),
      rotation('external', '2026-11-23T02:30:00.000Z', { trigger: 'EXTERNAL' }),
    ]
    const day = on(calendar(PAIR, month('2026-11-23'), { past }).days, '2026-11-23')
    expect(day?.slots.map(({ schedule, outcomes }) => [schedule, outcomes])).toEqual([
      ['hourly', {}],
      ['nightly', {}],
    ])
  })

  it('of an earlier config are there, and say so', () => {
    const past = [
      rotation('nightly', '2026-11-23T01:30:00.000Z', { configVersion: 'old' }),
      rotation('gone', '2026-11-23T05:00:00.000Z', { configVersion: 'old' }),
    ]
    expect(slots(past, '2026-11-23', 'nightly')).toMatchObject([
      {
        ...{ local: '01:30', count: 2, outcomes: { SUCCEEDED: 1 } },
        notes: ['ran under config old; not due by this one'],
      },
    ])
    expect(slots(past, '2026-11-23', 'gone')).toMatchObject([{ local: '05:00', count: 1, windowSeconds: 0 }])
  })
})

it('what was moved is one slot, also once its run has started and claimed, and then is not taken back', () => {
  const at = '2026-11-25T12:00:00.000Z'
  const entry = {
    name: 'nightly',
    when: 'moved',
    timezone: 'America/New_York',
    secrets: ['a'],
    windowSeconds: 60,
  }
  const planned = (started: boolean): Occurrence => ({
    ...{ entry, at: Date.parse(at), frozen: undefined, note: 'moved from …' },
    planned: {
      id: 'm-1',
      by: 'ana',
      reason: null,
      movedFrom: '2026-11-25T07:30:00.000Z',
      ...(started && { started: true }),
    },
  })
  const claim = rotation('nightly', at, {
    status: 'CLAIMED',
    moved: { from: '2026-11-25T07:30:00.000Z', id: 'm-1' },
  })
  const slotsOf = (started: boolean, past: LedgerRow[]) => {
    const days = calendar(DAILY, week('2026-11-24'), { planned: [planned(started)], past }).days
    return on(days, '2026-11-25')?.slots.filter(({ local }) => local === '07:00')
  }
  expect(slotsOf(false, [])).toMatchObject([{ planned: true, takeBack: ['m-1'] }])
  expect(slotsOf(true, [])).toMatchObject([{ planned: true }])
  expect(slotsOf(true, [])?.[0]).not.toHaveProperty('takeBack')
  expect(slotsOf(true, [claim])).toMatchObject([{ planned: true, notes: ['moved from …'] }])
})

describe('what is held', () => {
  const hold = (parts: Partial<Hold>): Hold => ({
    ...{ id: 'h-1', kind: 'hold', scope: 'schedule/nightly', reason: 'INC-1', by: 'ana' },
    ...{ placedAt: '2026-11-20T00:00:00.000Z', ...parts },
  })
  const slotsOf = (holds: Hold[], query = week('2026-11-24')) =>
    calendar(DAILY, query, { holds }).days.map(({ slots }) => [slots[0]?.held ?? 0, slots[0]?.notes])

  it('shows from now on, as long as the hold lasts', () => {
    const note = ['schedule nightly held by ana: INC-1 (h-1)']
    const until = '2026-11-27T07:30:00.000Z'
    expect(slotsOf([hold({ until })])).toEqual([
      // Monday has passed, and Tuesday's; Friday's own instant is the hold's end.
      ...[
        [0, []],
        [0, []],
        [1, note],
        [1, note],
        [0, []],
        [0, []],
        [0, []],
      ],
    ])
    expect(slotsOf([hold({})]).filter(([held]) => held === 1)).toHaveLength(5)
  })

  it('is of a part, where it is of a secret: a note, and no stop; a pause counts for its own schedule', () => {
    const paused = { kind: 'pause' as const, scope: 'secret/a' as const, reason: 'it failed', id: 'p-1' }
    const own = slotsOf([hold({ ...paused, schedule: 'nightly' })])
    expect(own.at(-1)).toEqual([0, ['secret a paused: it failed (p-1)']])
    expect(slotsOf([hold({ ...paused, schedule: 'another' })]).at(-1)).toEqual([0, []])
  })
})
