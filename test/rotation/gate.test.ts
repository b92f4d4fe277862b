import { describe, expect, it } from 'vitest'
import type { Config, Schedule } from '../../src/config/config.ts'
import type { Hold } from '../../src/model/hold.ts'
import { calendarClosed, type GateInputs, gate, heldBy } from '../../src/rotation/gate.ts'
import { barredByPolicy } from '../../src/rotation/policy.ts'
import {
  errorLimitReached,
  readBars,
  readCalendars,
  shutUnlessRead,
  unreadable,
} from '../../src/rotation/read-gate.ts'
import { entry } from '../schedules/entry.ts'

const AT = Date.parse('2026-11-29T03:00:00Z')
const HOUR = 3_600_000
const iso = (instant: number) => new Date(instant).toISOString()

const freeze = (name: string, from: string, to: string, reason?: string) => ({
  ...{ name, from, to, timezone: 'UTC', yearly: false },
  ...(reason !== undefined && { reason }),
})
const hold = (id: string, more: Partial<Hold> = {}): Hold => ({
  ...{ id, scope: 'all', kind: 'hold', reason: `for ${id}`, by: 'ana', placedAt: iso(AT - HOUR) },
  ...more,
})
const configWith = (...freezes: Config['freezes']): Config => ({
  ...{ stage: 'test', version: 'one', schedules: [], freezes },
})
const rotation = (more: Partial<GateInputs> & { off?: true; ignores?: string[] } = {}): GateInputs => {
  const { off, ignores = [], ...rest } = more
  const ignoreFreezes = ignores.map((name) => ({ name, reason: 'a contract' }))
  const schedule: Schedule = { ...entry({}), name: 'nightly', enabled: off !== true, ignoreFreezes }
  return { scheduledAt: AT, windowSeconds: 600, trigger: 'SCHEDULE', schedule, ...rest }
}
const CLOSES = AT + 600_000

describe('the window', () => {
  it.each([
    ['long before the instant', AT - HOUR, undefined],
    ['at the instant', AT, undefined],
    ['in its last millisecond', CLOSES - 1, undefined],
    ['at its end', CLOSES, `the window closed at ${iso(CLOSES)}, 0 s ago`],
    ['a minute and a half past it', CLOSES + 90_400, `the window closed at ${iso(CLOSES)}, 90 s ago`],
  ])('%s', (_, now, message) => {
    expect(gate(rotation(), configWith(), [], now)).toEqual(message && { reason: 'WINDOW_CLOSED', message })
  })
})

describe('a schedule that is off', () => {
  it.each([
    ['bars what it starts', { off: true }, 'DISABLED'],
    ['and what the audit catches up of it', { off: true, trigger: 'CATCH_UP' }, 'DISABLED'],
    ['not what is asked for by hand', { off: true, trigger: 'ON_DEMAND' }, undefined],
    ['and an override opens nothing here', { off: true, override: 'CHG-1' }, 'DISABLED'],
    ['a rotation without a schedule has none', { schedule: undefined }, undefined],
  ] as const)('%s', (_, more, reason) => {
    expect(gate(rotation(more), configWith(), [], AT)?.reason).toBe(reason)
  })

  it('is said by name', () => {
    expect(gate(rotation({ off: true }), configWith(), [], AT)?.message).toContain('"nightly"')
  })
})

describe('freezes', () => {
  const night = freeze('night', '2026-11-29T02:00', '2026-11-29T03:00')
  const late = freeze('late', '2026-11-29T03:05', '2026-11-29T04:00', 'month-end')

  it.each([
    ['one that ends at the instant does not bar an early run', [night], AT - 60_000, undefined],
    ['one that begins between the instant and a late start does', [late], AT + 300_000, 'late'],
    ['and not a moment before it begins', [late], AT + 299_999, undefined],
    ['nor a run on time', [late], AT, undefined],
    ['the one of several that is on', [night, late], AT + 300_000, 'late'],
  ])('%s', (_, freezes, now, named) => {
    const refusal = gate(rotation(), configWith(...freezes), [], now)
    expect(refusal?.reason).toBe(named && 'FROZEN')
    if (named) expect(refusal?.message).toMatch(new RegExp(`^freeze "${named}"`))
  })

  it('one that is ignored leaves the others', () => {
    const both = configWith(late, freeze('year-end', '2026-11-29', '2026-11-30'))
    const at = AT + 300_000
    expect(gate(rotation({ ignores: ['late'] }), both, [], at)?.message).toContain('"year-end" from')
    expect(gate(rotation({ ignores: ['late', 'year-end'] }), both, [], at)).toBeUndefined()
    expect(gate(rotation({ schedule: undefined }), both, [], at)?.message).toContain('"late" (month-end)')
  })
})

describe('what bars together', () => {
  const all = configWith(freeze('year-end', '2026-11-29', '2026-11-30'))
  it.each([
    ['off, closed, held and frozen', { off: true }, [hold('a')], CLOSES, 'DISABLED'],
    ['closed, held and frozen', {}, [hold('a')], CLOSES, 'WINDOW_CLOSED'],
    ['held and frozen', {}, [hold('a')], AT, 'HELD'],
    ['frozen', {}, [], AT, 'FROZEN'],
    ['held and frozen, under an override', { override: 'CHG-1' }, [hold('a')], AT, undefined],
    ['closed, under an override', { override: 'CHG-1' }, [hold('a')], CLOSES, 'WINDOW_CLOSED'],
  ] as const)('is said in this order: %s', (_, more, holds, now, reason) => {
    expect(gate(rotation(more), all, [...holds], now)?.reason).toBe(reason)
  })
})

describe('of several holds the one that lasts longest is named', () => {
  const [open, short, long] = [
    hold('open'),
    hold('short', { until: iso(AT + HOUR) }),
    hold('long', { until: iso(AT + 2 * HOUR) }),
  ]
  it.each([
    ['none', [], undefined],
    ['one', [short], 'short'],
    ['of two the later end', [short, long], 'long'],
    ['in whatever order', [long, short], 'long'],
    ['one without an end before all', [long, open, short], 'open'],
    ['a release is an end', [hold('released', { releasedAt: iso(AT + HOUR / 2) }), short], 'short'],
  ])('%s', (_, holds, named) => {
    const refusal = heldBy(holds)
    expect(refusal?.message.match(/\(hold (\w+)/)?.[1]).toBe(named)
    if (refusal) expect(refusal.message.includes(`${holds.length - 1} more`)).toBe(holds.length > 1)
  })

  it('with its end: until when, until it is released, or when it was', () => {
    const since = `ana holds all since ${iso(AT - HOUR)}, until`
    expect(heldBy([open])?.message).toBe(`${since} it is released: for open (hold open)`)
    expect(heldBy([short])?.message).toBe(`${since} ${iso(AT + HOUR)}: for short (hold short)`)
    const releasedAt = iso(AT)
    expect(heldBy([hold('gone', { releasedAt })])?.message).toBe(
      `${since} it was released at ${releasedAt}: for gone (hold gone)`,
    )
  })
})

describe('Change Calendars', () => {
  it.each([
    ['one that is open', ['a'], { state: 'OPEN' }, undefined],
    [
      'one that is closed',
      ['a'],
      { state: 'CLOSED', next: 'then' },
      'Change Calendar a is CLOSED, until then',
    ],
    ['without an end', ['a'], { state: 'CLOSED' }, 'Change Calendar a is CLOSED, and AWS names no end'],
    ['two', ['a', 'b'], { state: 'CLOSED' }, 'of a, b at least one is CLOSED, and AWS names no end'],
  ] as const)('%s', (_, names, answer, message) => {
    expect(calendarClosed([...names], answer)?.message).toBe(message)
  })

  it('that cannot be read are as good as closed, with AWS’s words', () => {
    const refusal = { reason: 'CALENDAR_UNREADABLE', message: 'no such document' } as const
    expect(calendarClosed(['a'], { refusal })).toEqual(refusal)
  })

  const asking = async (more: Partial<GateInputs>, now: number) => {
    const asked: [string[], number][] = []
    const calendarState = async (names: string[], at: number) => {
      asked.push([names, at])
      return { state: 'CLOSED' } as const
    }
    const refusal = await readCalendars({ calendarState, now: () => now }, rotation(more))
    return [refusal?.reason, asked]
  }

  it('are asked about the instant, or about now where that has passed', async () => {
    const closed = 'CALENDAR_CLOSED'
    expect(await asking({ changeCalendars: ['a', 'b'] }, AT - 60_000)).toEqual([closed, [[['a', 'b'], AT]]])
    expect(await asking({ changeCalendars: ['a'] }, AT + 5_000)).toEqual([closed, [[['a'], AT + 5_000]]])
  })

  it('are not asked where there are none, or under an override', async () => {
    expect(await asking({}, AT)).toEqual([undefined, []])
    expect(await asking({ changeCalendars: [] }, AT)).toEqual([undefined, []])
    expect(await asking({ changeCalendars: ['a'], override: 'CHG-1' }, AT)).toEqual([undefined, []])
  })
})

describe('`maxErrors`', () => {
  const asked = async (maxErrors: number | undefined, failed: string[] | undefined) => {
    const get = async () => failed && ({ failed } as never)
    const wave = { name: 'nightly', occasion: iso(AT), maxErrors }
    return (await errorLimitReached({ waves: { get } as never }, wave))?.reason
  }
  it.each([
    ['is not reached one before it', 2, ['a'], undefined],
    ['is reached at it', 2, ['a', 'b'], 'WAVE_STOPPED'],
    ['and past it', 2, ['a', 'b', 'c'], 'WAVE_STOPPED'],
    ['a wave without failures goes on', 1, undefined, undefined],
    ['where there is none, nothing is counted', undefined, ['a', 'b'], undefined],
  ])('%s', async (_, maxErrors, failed, reason) => {
    expect(await asked(maxErrors, failed)).toBe(reason)
  })
})

describe('what was deployed since an execution began', () => {
  const deployed = (at: number) => ({
    ...{ configVersion: 'two', at: iso(at), schedules: [], disabled: ['nightly'], freezes: [] },
  })
  const named = (more: Partial<GateInputs> = {}) => ({ ...rotation(more), name: 'nightly' })
  const frozen = (ignoredBy: string[] = []) => ({
    ...deployed(AT - 1_000),
    ...{ disabled: ['weekly'] },
    freezes: [{ ...freeze('late', '2026-11-29T03:05', '2026-11-29T04:00'), ignoredBy }],
  })
  const barred = (
    policy: Parameters<typeof barredByPolicy>[1],
    { more = {}, now = AT }: { more?: Partial<GateInputs>; now?: number } = {},
  ) => barredByPolicy(named(more), policy, AT - HOUR, now)?.reason

  it('bars by its schedules that are off, if it was written after the start', () => {
    expect(barred(undefined)).toBeUndefined()
    expect(barred(deployed(AT - HOUR - 1))).toBeUndefined()
    expect(barred(deployed(AT - HOUR))).toBeUndefined()
    expect(barred(deployed(AT - HOUR + 1))).toBe('DISABLED')
    expect(barred(deployed(AT), { more: { trigger: 'ON_DEMAND' } })).toBeUndefined()
    expect(barred(deployed(AT), { more: { override: 'CHG-1' } })).toBe('DISABLED')
    expect(barred({ ...deployed(AT), disabled: ['weekly'] })).toBeUndefined()
  })

  it('bars by its freezes, at the start or at the instant, whichever is later', () => {
    expect(barred(frozen())).toBeUndefined()
    expect(barred(frozen(), { now: AT + 300_000 })).toBe('FROZEN')
    expect(barred(frozen(), { more: { scheduledAt: AT + 300_000 } })).toBe('FROZEN')
    expect(barred(frozen(), { more: { trigger: 'ON_DEMAND' }, now: AT + 300_000 })).toBe('FROZEN')
    expect(barred(frozen(), { more: { override: 'CHG-1' }, now: AT + 300_000 })).toBeUndefined()
    expect(barred(frozen(['weekly']), { now: AT + 300_000 })).toBe('FROZEN')
    expect(barred(frozen(['weekly', 'nightly']), { now: AT + 300_000 })).toBeUndefined()
  })
})

describe('reading what bars', () => {
  const target = { ...rotation(), name: 'nightly', secret: 'orders' }
  const reading = (more: Partial<typeof target>, now: number, placed: Hold[] = []) => {
    const asked: unknown[] = []
    const ports = {
      ...{ config: configWith(), startedAt: AT - HOUR, now: () => now },
      policies: { get: async () => ({ ...policy, at: iso(AT - 60_000) }) },
      exceptions: { at: async () => undefined },
      holds: {
        covering: async (scopes: unknown, instant: unknown) => {
          asked.push(scopes, instant)
          return placed
        },
      },
    }
    const policy = { configVersion: 'two', schedules: [], disabled: ['weekly'], freezes: [] }
    return readBars(ports as never, { ...target, ...more }).then((bars) => ({ bars, asked }))
  }

  it('asks for the holds over everything, the schedule and the secret, at the instant or now', async () => {
    const scopes = ['all', 'schedule/nightly', 'secret/orders']
    expect((await reading({}, AT - 500)).asked).toEqual([scopes, iso(AT)])
    expect((await reading({}, AT + 700)).asked).toEqual([scopes, iso(AT + 700)])
  })

  it('asks for none under an override', async () => {
    const { bars, asked } = await reading({ override: 'CHG-1' }, AT, [hold('a')])
    expect(asked).toEqual([])
    expect(bars(AT)).toBeUndefined()
  })

  it('is judged at the instant that is asked for: a window that has closed since is closed', async () => {
    const { bars } = await reading({}, AT - 500)
    expect(bars(CLOSES - 1)).toBeUndefined()
    expect(bars(CLOSES)?.reason).toBe('WINDOW_CLOSED')
    expect((await reading({ name: 'weekly' }, AT)).bars(AT)?.reason).toBe('DISABLED')
    expect((await reading({}, AT, [hold('a')])).bars(AT)?.reason).toBe('HELD')
  })
})

describe('a gate that cannot be read', () => {
  const throttled = Object.assign(new Error('slow\ndown'), { name: 'Throttled' })
  const shut = (now: number, attempt: number, what: () => Promise<unknown>) =>
    shutUnlessRead({ now: () => now }, rotation(), attempt, what).catch((error: Error) => error.message)
  const read = () => errorLimitReached(failing, { name: 'nightly', occasion: '', maxErrors: 1 })
  const failing = { waves: { get: () => Promise.reject(throttled) } as never }

  it('is shut where the next try would fall on the end of the window, and not a moment before', async () => {
    // The pause after the third try is 4 s.
    expect(await shut(CLOSES - 4_001, 3, read)).toBe('Throttled: slow down')
    expect(await shut(CLOSES - 4_000, 3, read)).toMatchObject({
      reason: 'GATE_UNREADABLE',
      message: expect.stringMatching(/^the ledger could not be asked .* Throttled: slow down$/),
    })
  })

  it('is not what another error shuts', async () => {
    expect(await shut(CLOSES, 1, () => Promise.reject(new Error('a bug')))).toBe('a bug')
    expect(unreadable(new Error('a bug'))).toBeUndefined()
    expect(await shut(CLOSES, 1, async () => 'read')).toBe('read')
  })

  it('says whom it could not ask', async () => {
    const ports = { now: () => AT, calendarState: () => Promise.reject('no answer') }
    const ask = () => readCalendars(ports, rotation({ changeCalendars: ['a'] }))
    expect(await shut(CLOSES, 1, ask)).toMatchObject({
      reason: 'CALENDAR_UNREADABLE',
      message: expect.stringMatching(/^a Change Calendar could not .* Error: no answer$/),
    })
  })
})
