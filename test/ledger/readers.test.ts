import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTable } from '../../src/ledger/open-table.ts'
import { MOST_READERS, openAnyHeard, openReaders, type Readers } from '../../src/ledger/readers.ts'
import type { SecretRead } from '../../src/model/secret-read.ts'
import { iso } from '../../src/model/time.ts'
import { tries } from '../deep.ts'
import { localLedger, TABLE } from './table.ts'

const NOW = Date.parse('2026-11-24T04:00:00Z')
const ROLE = 'arn:aws:iam::111122223333:role/app/orders'

let local: Awaited<ReturnType<typeof localLedger>>
let readers: Readers
beforeAll(async () => {
  local = await localLedger()
  readers = openReaders(openTable(local.client, TABLE))
})
afterAll(() => local.aws.stop())

let count = 0
const aSecret = () => `prod/${count++}`
const read = (parts: Partial<SecretRead> & { secret: string }): SecretRead => ({
  ...{ principal: ROLE, what: 'current', at: '2026-11-24T03:00:00.000Z', sessions: ['one'], ...parts },
})

it('keeps when each was last seen, whatever comes late, twice, or in another order', async () => {
  const secret = aSecret()
  const at = (minute: number) => `2026-11-24T03:0${minute}:00.000Z`
  const answers = []
  for (const minute of [3, 1, 5, 5, 2, 4])
    answers.push(await readers.note(read({ secret, at: at(minute) }), NOW))
  expect(answers).toEqual(['noted', 'known', 'noted', 'known', 'known', 'known'])
  expect(await readers.of(secret, NOW)).toEqual({
    readers: [{ principal: ROLE, lastSeen: at(5), sessions: 1 }],
    full: false,
  })
})

it('tells what is pending, and other versions, from what is current', async () => {
  const secret = aSecret()
  await readers.note(read({ secret, what: 'pending', at: '2026-11-24T03:03:00.000Z' }), NOW)
  await readers.note(
    read({ secret, what: 'other', other: 'AWSPREVIOUS', at: '2026-11-24T03:02:00.000Z' }),
    NOW,
  )
  await readers.note(read({ secret, at: '2026-11-24T03:01:00.000Z' }), NOW)
  expect((await readers.of(secret, NOW)).readers).toEqual([
    {
      ...{ principal: ROLE, sessions: 1, lastSeen: '2026-11-24T03:01:00.000Z' },
      ...{ pendingSeen: '2026-11-24T03:03:00.000Z', otherSeen: '2026-11-24T03:02:00.000Z' },
      other: 'AWSPREVIOUS',
    },
  ])
})

it('shows that a role has several sessions, and does not grow with them', async () => {
  const secret = aSecret()
  for (let n = 0; n < 5; n++) {
    const sessions = Array.from({ length: 50 }, (_, at) => `task-${n}-${at}`)
    await readers.note(read({ secret, sessions, at: `2026-11-24T03:0${n}:00.000Z` }), NOW)
  }
  const [reader] = (await readers.of(secret, NOW)).readers
  expect(reader?.sessions).toBeGreaterThan(1)
  expect(reader?.sessions).toBeLessThanOrEqual(16)
})

it('counts the session of a read of the same second, or of one that comes late', async () => {
  const [same, late] = [aSecret(), aSecret()]
  const answers = [
    await readers.note(read({ secret: same, sessions: ['task-a'] }), NOW),
    await readers.note(read({ secret: same, sessions: ['task-b'] }), NOW),
    await readers.note(read({ secret: same, sessions: ['task-b'] }), NOW),
    await readers.note(read({ secret: late, sessions: ['task-a'] }), NOW),
    await readers.note(read({ secret: late, sessions: ['task-b'], at: '2026-11-24T02:00:00.000Z' }), NOW),
  ]
  expect(answers).toEqual(['noted', 'noted', 'known', 'noted', 'noted'])
  for (const secret of [same, late])
    expect((await readers.of(secret, NOW)).readers).toEqual([
      { principal: ROLE, lastSeen: '2026-11-24T03:00:00.000Z', sessions: 2 },
    ])
})

it('keeps so many readers of a secret and no more, says so, and those it knows stay up to date', async () => {
  const secret = aSecret()
  const by = (n: number, at?: string) =>
    readers.note(read({ secret, principal: `arn:${n}`, ...(at !== undefined && { at }) }), NOW)
  for (let n = 0; n < MOST_READERS; n++) expect(await by(n)).toBe('noted')
  expect(await by(MOST_READERS)).toBe('full')
  expect(await by(7, '2026-11-24T03:30:00.000Z')).toBe('noted')
  const seen = await readers.of(secret, NOW)
  expect([seen.full, seen.readers.length]).toEqual([true, MOST_READERS])
  expect(seen.readers.find(({ principal }) => principal === 'arn:7')?.lastSeen).toBe(
    '2026-11-24T03:30:00.000Z',
  )
  // Another secret's are its own.
  expect((await readers.of(`${secret}0`, NOW)).full).toBe(false)
})

it('is the same in whatever order reads come, however often, in whatever batches', async () => {
  const one = fc.record({
    who: fc.constantFrom('a', 'b'),
    what: fc.constantFrom('current' as const, 'pending' as const, 'other' as const),
    second: fc.integer({ min: 10, max: 59 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc
        .array(one, { minLength: 1, maxLength: 8 })
        .chain((reads) =>
          fc.tuple(
            fc.constant(reads),
            fc.shuffledSubarray([...reads, ...reads], { minLength: reads.length }),
          ),
        ),
      async ([reads, order]) => {
        const secret = aSecret()
        // Whatever else was left out, each has come at least once.
        for (const { who, what, second } of [...order, ...reads.toReversed()])
          await readers.note(
            read({
              secret,
              principal: who,
              what,
              at: `2026-11-24T03:00:${second}.000Z`,
              ...(what === 'other' && { other: `v${second}` }),
            }),
            NOW,
          )
        const seen = (await readers.of(secret, NOW)).readers
        for (const who of new Set(reads.map((it) => it.who))) {
          const last = (what: string) =>
            reads
              .filter((it) => it.who === who && it.what === what)
              .map(({ second }) => second)
              .sort()
              .at(-1)
          const at = (second: number | undefined) => second && `2026-11-24T03:00:${second}.000Z`
          const other = last('other')
          const expected = {
            ...{ lastSeen: at(last('current')), pendingSeen: at(last('pending')), otherSeen: at(other) },
            other: other && `v${other}`,
          }
          const found = seen.find(({ principal }) => principal === who)
          expect(JSON.parse(JSON.stringify({ ...expected, sessions: 1, principal: who }))).toEqual(found)
        }
      },
    ),
    { numRuns: tries(60) },
  )
})

it('two that are new at once are both kept, or come again', async () => {
  const secret = aSecret()
  const notes = () =>
    Promise.allSettled(
      Array.from({ length: 8 }, (_, n) => readers.note(read({ secret, principal: `arn:${n % 4}` }), NOW)),
    )
  await notes()
  for (let n = 0; n < 4; n++) await readers.note(read({ secret, principal: `arn:${n}` }), NOW)
  expect((await readers.of(secret, NOW)).readers.map(({ principal }) => principal).sort()).toEqual([
    ...['arn:0', 'arn:1', 'arn:2', 'arn:3'],
  ])
})

it('a read of the readers that fails fails once, and not for everything that one audit asks later', async () => {
  let reads = 0
  const of = async () => {
    if (++reads === 1) throw new Error('throttled')
    return { readers: [{ principal: 'role', lastSeen: iso(NOW), sessions: 1 }], full: false }
  }
  const config = { schedules: [{ secrets: ['orders'], adoption: {} }] } as never
  const anyHeard = openAnyHeard({ config, readers: { of }, now: () => NOW })
  await expect(anyHeard(NOW)).rejects.toThrow('throttled')
  expect([await anyHeard(NOW), await anyHeard(NOW - 1), reads]).toEqual([true, true, 2])
})
