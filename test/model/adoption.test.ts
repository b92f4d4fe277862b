import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { adoptionOf, isRole, type Reader } from '../../src/model/adoption.ts'
import { behindOf } from '../../src/model/behind.ts'
import { DAY, HOUR, iso, MINUTE } from '../../src/model/time.ts'
import { adoptionText } from '../../src/report/adoption.ts'
import { tries } from '../deep.ts'

const ROTATED = Date.parse('2026-11-24T03:00:12.345Z')
const NOW = ROTATED + DAY + HOUR
const ROTATION = {
  ...{ rotationId: 'new-version', claimedAt: iso(ROTATED - MINUTE) },
  ...{ startedAt: iso(ROTATED - 10_000), rotatedAt: iso(ROTATED) },
}
const role = (name: string) => `arn:aws:iam::111122223333:role/app/${name}`
/** Whole seconds, as CloudTrail gives them. */
const second = (at: number) => iso(Math.floor(at / 1_000) * 1_000)
const reader = (name: string, parts: Partial<Reader> = {}): Reader => ({
  principal: role(name),
  sessions: 1,
  ...parts,
})
const judged = (readers: Reader[], declared: string[] = [], full = false) =>
  adoptionOf(ROTATION, declared, { readers, full }, { withinSeconds: 86_400, now: NOW })
const names = (some: { principal: string }[]) => some.map(({ principal }) => principal)

const HEARD = reader('orders', { lastSeen: second(ROTATED + HOUR) })

describe('who has fetched since', () => {
  it('is told of those who are known, by name, with when they last did', () => {
    const batch = reader('reports-batch', { lastSeen: iso(NOW - 3 * DAY) })
    const adoption = judged([HEARD, batch])
    expect(adoption).toMatchObject({ known: 2, fetched: 1, behind: [{ principal: role('reports-batch') }] })
    expect(adoptionText(adoption)).toBe(
      'fetched since: 1 of 2; not seen to fetch: role reports-batch, last fetched 3 d ago',
    )
  })

  it('knows who was declared and never seen, by a role’s name or its ARN', () => {
    const adoption = judged([HEARD], ['orders', role('other'), 'batch'])
    expect(names(adoption.behind)).toEqual([role('other'), 'batch'])
    expect(adoptionText(adoption)).toBe(
      'fetched since: 1 of 3; not seen to fetch: role other, never seen to fetch; role batch, never seen to fetch',
    )
    expect(isRole('orders', 'arn:aws:iam::111122223333:user/orders')).toBe(false)
    expect(isRole(role('orders'), role('orders'))).toBe(true)
  })

  it('names twenty, and says of how many more it is true, wherever it is told', () => {
    const all = Array.from({ length: 45 }, (_, index) =>
      reader(`batch-${index}`, { lastSeen: iso(NOW - 3 * DAY) }),
    )
    const near = Array.from({ length: 27 }, (_, index) => reader(`near-${index}`, { lastSeen: iso(ROTATED) }))
    const adoption = judged([HEARD, ...all, ...near])
    expect(adoption).toMatchObject({ known: 73, fetched: 1, more: { behind: 25, unclear: 7 } })
    expect(adoptionText(adoption)).toMatch(/batch-7, last fetched 3 d ago; and 37 more; .* and 19 more$/)
    const users = { refreshed: [], asks: true }
    const told = behindOf({ secretName: 'app/db' }, users, adoption)
    expect([told.behind.at(-1), told.unknown.at(-1)]).toEqual(['40 more', '22 more'])
  })

  it('people who looked need not fetch, unless they are declared', () => {
    const sso = 'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0a1b'
    const looked = { principal: sso, sessions: 1, lastSeen: iso(NOW - 3 * DAY) }
    expect(judged([HEARD, looked])).toMatchObject({ known: 1, fetched: 1, behind: [] })
    const names = 'AWSReservedSSO_Admin_0a1b'
    expect(judged([HEARD, looked], [names])).toMatchObject({ known: 2, behind: [{ principal: sso }] })
    // That somebody has read shows that a trail is there.
    const late = { ...looked, lastSeen: second(ROTATED + HOUR) }
    expect(judged([late, reader('batch', { lastSeen: iso(NOW - 3 * DAY) })])).toMatchObject({
      ...{ known: 1, fetched: 0, behind: [{ principal: role('batch') }] },
    })
  })

  it('counts a role once that is declared by its name and by its ARN', () => {
    const adoption = judged([HEARD], ['batch', role('batch')])
    expect(adoption).toMatchObject({ known: 2, behind: [{ principal: role('batch') }] })
  })

  it('does not know whoever has read for the last time 30 days before, unless declared', () => {
    const old = reader('old', { lastSeen: iso(ROTATED - 31 * DAY) })
    expect(judged([HEARD, old])).toMatchObject({ known: 1, fetched: 1, behind: [] })
    expect(names(judged([HEARD, old], ['old']).behind)).toEqual([role('old')])
  })

  it.each([
    ['as it begins', -10_000],
    ['as the label moves', -1_000],
    ['in the second in which it was seen', 0],
    ['in the next', 1_000],
  ])('is not known of who last read %s', (_, offset) => {
    const adoption = judged([HEARD, reader('near', { lastSeen: second(ROTATED + offset) })])
    expect([names(adoption.unclear), adoption.behind, adoption.fetched]).toEqual([[role('near')], [], 1])
    expect(adoptionText(adoption)).toContain(
      'last fetched while it rotated, the old value or the new: role near',
    )
  })

  it('takes a reader of AWSPREVIOUS for none who has fetched, and one of the new version by its id for one', () => {
    const at = second(ROTATED + HOUR)
    const previous = reader('previous', { lastSeen: iso(ROTATED - DAY), otherSeen: at, other: 'AWSPREVIOUS' })
    const pinned = reader('pinned', { otherSeen: at, other: 'new-version' })
    const adoption = judged([previous, pinned])
    expect([names(adoption.behind), adoption.fetched]).toEqual([[role('previous')], 1])
    expect(adoptionText(adoption)).toContain('role previous, last fetched 2 d 1 h ago, asks for AWSPREVIOUS')
  })

  it('leaves rotation functions out', () => {
    const rotator = reader('rotator', {
      lastSeen: second(ROTATED - 5_000),
      pendingSeen: second(ROTATED - 2_000),
    })
    expect(judged([HEARD, rotator])).toMatchObject({ known: 1, fetched: 1, unclear: [] })
  })

  it('leaves nobody out who was declared, or has fetched long after it asked for what is pending', () => {
    const both = reader('both', { lastSeen: iso(ROTATED - 5_000), pendingSeen: iso(ROTATED - 2_000) })
    const probe = reader('probe', { lastSeen: iso(ROTATED - 3 * DAY), pendingSeen: iso(ROTATED - 20 * DAY) })
    const adoption = judged([HEARD, both, probe], ['both'])
    expect(adoption).toMatchObject({ known: 3, fetched: 1 })
    expect([names(adoption.unclear), names(adoption.behind)]).toEqual([[role('both')], [role('probe')]])
  })

  it('takes an ARN that looks like another secret’s for this one’s where its own is that', () => {
    const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/orders-abcdef'
    const byArn = reader('task', { otherSeen: second(ROTATED + HOUR), other: arn })
    const early = reader('early', { otherSeen: second(ROTATED), other: arn })
    const seen = { readers: [byArn, early], full: false }
    const about = { withinSeconds: 86_400, now: NOW }
    expect(adoptionOf({ ...ROTATION, secretArn: arn }, [], seen, about)).toMatchObject({
      ...{ known: 2, fetched: 1, behind: [] },
      unclear: [{ principal: role('early') }],
    })
    expect(adoptionOf({ ...ROTATION, secretArn: `${arn.slice(0, -6)}x1Y2z3` }, [], seen, about).fetched).toBe(
      0,
    )
  })

  it('finds a declared role whose ARN was written without its path, and none of another account by its name', () => {
    expect(isRole('arn:aws:iam::111122223333:role/orders', role('orders'))).toBe(true)
    expect(isRole('arn:aws:iam::999999999999:role/orders', role('orders'))).toBe(false)
    expect(isRole('orders', 'arn:aws:sts::111122223333:federated-user/orders')).toBe(false)
  })

  it('names no role of another account as never seen while some of that account were', () => {
    const elsewhere = { principal: 'AWSAccount 999999999999 AROAEXAMPLE', sessions: 1 }
    const arn = 'arn:aws:iam::999999999999:role/orders'
    const there = { ...elsewhere, lastSeen: second(ROTATED + HOUR) }
    expect(judged([there], [arn])).toMatchObject({ known: 1, fetched: 1, behind: [] })
    expect(names(judged([HEARD], [arn]).behind)).toEqual([arn])
    expect(names(judged([there], ['orders']).behind)).toEqual(['orders'])
  })

  it('says of a role of several sessions that one of them has', () => {
    const adoption = judged([reader('pods', { lastSeen: second(ROTATED + HOUR), sessions: 4 })])
    expect(adoptionText(adoption)).toBe(
      'fetched since: 1 of 1; of several sessions, of which one at least has fetched: role pods',
    )
  })
})

describe('nothing heard is not known', () => {
  const before = reader('orders', { lastSeen: iso(ROTATED - HOUR) })
  it('neither that none has, nor that all have', () => {
    for (const readers of [[], [before], [reader('x', { pendingSeen: iso(ROTATED - 2_000) })]]) {
      const adoption = judged(readers, ['batch'])
      expect(adoption.unknown).toBe('NOTHING_HEARD')
      expect(adoptionText(adoption)).toMatch(/^not known who has fetched since: no read of it was heard/)
      expect(adoptionText(adoption)).not.toMatch(/fetched since: \d/)
    }
    expect(adoptionText(judged([before]))).toContain('known: role orders, last fetched 1 d 2 h ago')
  })

  it('nor where nobody is known, or there are more than are kept', () => {
    expect(judged([reader('x', { pendingSeen: iso(ROTATED + HOUR) })]).unknown).toBe('NOBODY_KNOWN')
    expect(judged([HEARD], [], true).unknown).toBe('TOO_MANY')
  })
})

it('a sentence has a length, however many they are', () => {
  const many = Array.from({ length: 200 }, (_, n) =>
    reader(`r${n}`.padEnd(60, 'x'), { lastSeen: iso(ROTATED - HOUR) }),
  )
  const adoption = judged([HEARD, ...many])
  expect([adoption.known, adoption.behind.length]).toEqual([201, 20])
  expect(adoptionText(adoption).length).toBeLessThan(1_500)
})

/**
 * Applications with caches of their own, some by a shared role, some by AWSPREVIOUS, and CloudTrail's records of them late,
 * out of order, twice or lost: the truth is when each process got which value.
 */
it('names nobody falsely, and everybody who lags', () => {
  const one = fc.record({
    processes: fc.array(
      fc.record({
        /** Seconds between two reads; once only, or every so often. */
        everySeconds: fc.constantFrom(5, 300, 3_600, 6 * 3_600, 40 * 3_600, 10 * 86_400),
        offset: fc.nat(1_000_000),
        stage: fc.constantFrom('AWSCURRENT', 'AWSCURRENT', 'AWSCURRENT', 'AWSPREVIOUS'),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    lost: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 6 }), fc.integer(), (apps, seed) => {
      const told = apps.map(({ processes, lost }, index) => {
        const reads = processes.flatMap(({ everySeconds, offset, stage }) => {
          const from = ROTATED - 20 * DAY + (offset % (everySeconds * 1_000))
          const count = Math.min(2_000, Math.floor((NOW - from) / (everySeconds * 1_000)))
          const first = Math.max(0, Math.floor((NOW - from) / (everySeconds * 1_000)) - count)
          return Array.from({ length: count }, (_, n) => ({
            at: from + (first + n) * everySeconds * 1_000,
            stage,
          }))
        })
        const current = reads.filter(({ stage }) => stage === 'AWSCURRENT').map(({ at }) => at)
        const truly = current.some((at) => at >= ROTATED)
        // A process of them that has not fetched since; of a role of one it is the role.
        const oneLags = processes.some(({ everySeconds, offset, stage }) => {
          const from = ROTATED - 20 * DAY + (offset % (everySeconds * 1_000))
          const last = from + Math.floor((NOW - from) / (everySeconds * 1_000) - 1) * everySeconds * 1_000
          return stage !== 'AWSCURRENT' || last < ROTATED
        })
        // Some are lost: the last one, and every third.
        const kept = lost
          ? current
              .toSorted((a, b) => a - b)
              .filter((_, n, all) => n < all.length - 1 && (n + seed) % 3 !== 0)
          : current
        const other = reads.filter(({ stage }) => stage !== 'AWSCURRENT').map(({ at }) => at)
        const last = (all: number[]) => (all.length === 0 ? {} : { at: second(Math.max(...all)) })
        const seen = { current: last(kept).at, other: last(other).at }
        const it = reader(`app${index}`, {
          sessions: processes.length,
          ...(seen.current !== undefined && { lastSeen: seen.current }),
          ...(seen.other !== undefined && { otherSeen: seen.other, other: 'AWSPREVIOUS' }),
        })
        const isThere = seen.current !== undefined || seen.other !== undefined
        return { name: it.principal, truly, oneLags, lost, isThere, reader: it }
      })
      const there = told.filter(({ isThere }) => isThere)
      const adoption = judged(there.map((it) => it.reader))
      const said = new Set([...names(adoption.behind), ...names(adoption.unclear)])
      const heard = adoption.unknown === undefined
      for (const { name, truly, oneLags, lost } of there) {
        // Who has not fetched is named, always; who is not named has fetched.
        if (!truly) expect(said.has(name)).toBe(true)
        // Where one of many sessions lags, it is said that there are many.
        if (oneLags && !said.has(name)) expect(adoption.shared).toContain(name)
        // Who has fetched is named as one who was not seen to only where records were lost, or as one who is not clear.
        if (truly && !lost) expect(names(adoption.behind)).not.toContain(name)
      }
      if (heard) {
        const fetched = there.filter(({ name }) => !said.has(name))
        expect(adoption.fetched).toBe(fetched.length)
        for (const { truly } of fetched) expect(truly).toBe(true)
      }
    }),
    { numRuns: tries(400) },
  )
})
