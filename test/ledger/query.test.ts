import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { QueryRange } from '../../src/ledger/ledger.ts'
import type { Index } from '../../src/ledger/table.ts'
import { aClaim, localLedger } from './table.ts'

let on: Awaited<ReturnType<typeof localLedger>>

/** `HH:MM` of the rotations found. */
async function found(index: Index, key: string, range?: QueryRange): Promise<string[]> {
  const times: string[] = []
  for await (const { scheduledAt } of on.ledger.query(index, key, range))
    times.push(scheduledAt.slice(11, 16))
  return times
}

const at = (time: string, day = '2026-11-24') => `${day}T${time}:00.000Z`

beforeAll(async () => {
  on = await localLedger()
  const claims = [
    { secret: 'a', schedule: 'nightly', scheduledAt: at('03:00') },
    { secret: 'a', schedule: 'nightly', scheduledAt: at('05:00') },
    { secret: 'a', schedule: 'nightly', scheduledAt: at('04:00') },
    { secret: 'b', schedule: 'nightly', scheduledAt: at('06:00') },
    { secret: 'b', schedule: 'on-demand', scheduledAt: at('07:00') },
    { secret: 'b', schedule: 'on-demand', scheduledAt: at('00:00', '2026-11-25') },
  ]
  await Promise.all(claims.map((claim) => on.ledger.claim(aClaim(claim))))
})
afterAll(() => on.aws.stop())

describe('a query', () => {
  it('by secret, newest first', async () => {
    expect(await found('bySecret', 'a')).toEqual(['05:00', '04:00', '03:00'])
  })

  it('by schedule, oldest first', async () => {
    expect(await found('bySchedule', 'nightly', { oldestFirst: true })).toEqual([
      '03:00',
      '04:00',
      '05:00',
      '06:00',
    ])
  })

  it('by day of UTC', async () => {
    expect(await found('byDay', '2026-11-24')).toEqual(['07:00', '06:00', '05:00', '04:00', '03:00'])
    expect(await found('byDay', '2026-11-25')).toEqual(['00:00'])
  })

  it('unsettled, over all schedules', async () => {
    expect(await found('unsettled', 'yes')).toHaveLength(6)
  })

  it('begins with its start and ends before its end', async () => {
    expect(await found('bySecret', 'a', { from: at('03:00'), to: at('05:00') })).toEqual(['04:00', '03:00'])
    expect(await found('bySecret', 'a', { from: at('04:00') })).toEqual(['05:00', '04:00'])
    expect(await found('bySecret', 'a', { to: at('04:00') })).toEqual(['03:00'])
    expect(await found('bySecret', 'a', { from: at('04:00'), to: at('04:00') })).toEqual([])
  })

  it('takes an instant in any spelling of ISO', async () => {
    const range = { from: '2026-11-24T03:00:00Z', to: '2026-11-24T06:00+01:00' }
    expect(await found('bySecret', 'a', range)).toEqual(['04:00', '03:00'])
  })

  it('of nothing is empty', async () => {
    expect(await found('bySecret', 'nobody')).toEqual([])
  })

  it('reads on where one page ends: 24 records of 60 KB', async () => {
    const secretArn = 'x'.repeat(60_000)
    const claims = Array.from({ length: 24 }, (_, index) =>
      aClaim({ schedule: 'paged', secretArn, scheduledAt: at(`${String(index).padStart(2, '0')}:30`) }),
    )
    await Promise.all(claims.map((claim) => on.ledger.claim(claim)))
    const before = on.aws.calls.filter(({ action }) => action === 'Query').length
    const times = await found('bySchedule', 'paged', { oldestFirst: true })
    expect(times).toEqual(claims.map(({ scheduledAt }) => scheduledAt.slice(11, 16)))
    expect(on.aws.calls.filter(({ action }) => action === 'Query').length - before).toBeGreaterThan(1)
  })

  it('reads no further page than is asked for', async () => {
    const before = on.aws.calls.filter(({ action }) => action === 'Query').length
    for await (const _ of on.ledger.query('bySchedule', 'paged')) break
    expect(on.aws.calls.filter(({ action }) => action === 'Query').length - before).toBe(1)
  })

  it('survives a throttled page', async () => {
    on.aws.faults.push({ service: 'dynamodb', action: 'Query', times: 1, kind: 'throttle' })
    expect(await found('bySecret', 'a')).toHaveLength(3)
  })
})
