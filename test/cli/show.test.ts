import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Claim } from '../../src/ledger/ledger.ts'
import { aClaim } from '../ledger/table.ts'
import { type Stage, startStage } from './stage.ts'

const DAY = 86_400_000
const at = (days: number) => new Date(Date.now() + days * DAY).toISOString()
const id = (beginning: string) => `${beginning.padEnd(8, '0')}-1111-5111-8111-111111111111`
const VERSION = 'c0ffee00-2222-4222-8222-222222222222'

let on: Stage
beforeAll(async () => {
  on = await startStage(
    'shown',
    'schedules:\n  nightly: { when: cron(0 3 * * ? *), timezone: Asia/Tokyo, secrets: [a, b, c] }\n',
  )
  const claim = (parts: Partial<Claim>) => on.ledger.claim(aClaim({ claimedAt: at(-2), ...parts }))
  const failed = { status: 'FAILED', reason: 'SECRET_NOT_FOUND', message: 'gone' } as const
  await on.ledger.record(
    aClaim({ rotationId: id('aaaa1'), secret: 'a', scheduledAt: at(-1), claimedAt: at(-1) }),
    { ...failed, at: at(-1) },
  )
  await claim({ rotationId: id('aaaa2'), secret: 'a', scheduledAt: at(6), trigger: 'ON_DEMAND' })
  await claim({ rotationId: id('dddd1'), secret: 'b', scheduledAt: at(6), trigger: 'ON_DEMAND' })
  await claim({
    ...{ rotationId: id('eeee1'), secret: 'c', scheduledAt: at(-60), zoneData: '2026f' },
    saw: { node: '24.1.0', deliveredLateMs: 1_200, wokeLateMs: -300 },
  })
  await on.ledger.record(
    aClaim({
      rotationId: id('ffff1'),
      secret: 'c',
      schedule: 'external',
      trigger: 'EXTERNAL',
      scheduledAt: at(-2),
    }),
    { status: 'SUCCEEDED', at: at(-2), versionId: VERSION },
  )
})
afterAll(() => on.stop())

describe('show finds a rotation', () => {
  it.each([
    ['by its id', [id('aaaa1')], id('aaaa1')],
    ['by its id in capitals', [id('aaaa1').toUpperCase()], id('aaaa1')],
    ['by the beginning of it', ['aaaa1000'], id('aaaa1')],
    ['by the least of it', ['eeee'], id('eeee1')],
    ['by the version that others made', [VERSION], id('ffff1')],
    ['by the beginning of that', ['C0FFEE00'], id('ffff1')],
    ['of a secret: what ended last, not what comes next week', ['--secret', 'a'], id('aaaa1')],
    ['of a secret: what comes, where there is nothing else', ['--secret', 'b'], id('dddd1')],
  ])('%s', async (_how, args, expected) => {
    const { code, stdout } = await on.run('show', ...args, '--json')
    expect([code, JSON.parse(stdout).rotationId]).toEqual([0, expected])
  })

  it('or lists those that may be meant', async () => {
    const { code, stdout, stderr } = await on.run('show', 'aaaa')
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^2 rotations may be meant: which\?\nID +SCHEDULED.*\n(aaaa[12]000 .*\n){2}$/)
  })

  it.each([
    ['none of that id', ['9999'], /no such rotation in the ledger of shown\n {4}hint: .* has ids\n/],
    [
      'none of such a secret',
      ['--secret', 'aa'],
      /no schedule has a secret "aa"\n {4}hint: did you mean "a"\?\n/,
    ],
  ])('or says that there is %s', async (_what, args, message) => {
    const { code, stderr } = await on.run('show', ...args)
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)])
  })
})

it('shows what its run saw anyway; of a record of before, nothing', async () => {
  const { stdout } = await on.run('show', id('eeee1'))
  expect(stdout).toMatch(/^saw {8}delivered 1\.2 s late, woke 300 ms early, Node 24\.1\.0, zone data 2026f$/m)
  expect((await on.run('show', id('aaaa1'))).stdout).not.toMatch(/^saw /m)
})

it('shows its times by another clock, and says which', async () => {
  const { stdout } = await on.run('show', id('aaaa1'), '--timezone', 'America/New_York')
  expect(stdout).toMatch(/^\d{4}-\d\d-\d\d America\/New_York$/m)
  expect(stdout).toMatch(/^schedule {3}nightly, .* America\/New_York, \w{3} \d\d:\d\d:\d\dZ$/m)
})
