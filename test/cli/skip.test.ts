import { afterAll, beforeAll, expect, it } from 'vitest'
import { waveIdOf } from '../../src/model/identity.ts'
import { recordsIn } from '../../src/runtime/records.ts'
import { type Stage, startStage } from './stage.ts'

let on: Stage
beforeAll(async () => {
  on = await startStage(
    'skipped',
    `schedules:
  nightly: { when: cron(0 3 * * ? *), timezone: Asia/Tokyo, secrets: [app/one] }
  doubled: { when: cron(30 1 * * ? *), timezone: America/New_York, secrets: [app/two] }
  often: { when: rate(1 minute), start: '2026-01-01T00:00:00Z', timezone: UTC, window: 5m, secrets: [app/three] }
`,
  )
  await Promise.all(['app/one', 'app/two', 'app/three'].map((name) => on.secret(name)))
})
afterAll(() => on.stop())

const records = () => recordsIn('tourbillon-skipped-ledger')
const AT = '2040-06-01T18:00:00.000Z'
const skip = (schedule: string, at: string, ...more: string[]) =>
  on.run('skip', schedule, '--at', at, '--reason', 'CHG-1', ...more)

it('is shown wherever occurrences are, twice is once, and is taken back by its id', async () => {
  const first = await skip('nightly', '2040-06-02T03:00', '--json')
  expect([first.code, first.stderr]).toEqual([
    0,
    expect.stringContaining(`by the clock of Asia/Tokyo: ${AT}`),
  ])
  const { id, by } = JSON.parse(first.stdout)
  const again = await skip('nightly', AT)
  expect([again.code, again.stdout]).toEqual([
    0,
    expect.stringMatching(`^already: ${id} +nightly of ${AT} is skipped`),
  ])

  const shown = ['--schedule', 'nightly', '--from', AT, '--count', '2']
  const next = JSON.parse((await on.run('next', ...shown, '--json')).stdout)
  expect(next.map((it: { skipped: unknown }) => it.skipped)).toEqual([{ id, by, reason: 'CHG-1' }, null])
  expect((await on.run('next', ...shown)).stdout).toContain(`skipped by ${by}: CHG-1 (${id})`)
  const month = await on.run('calendar', '--month', '2040-06', '--schedule', 'nightly')
  expect(month.stdout).toContain('(a 03:00)')
  const ics = await on.run('calendar', '--month', '2040-06', '--schedule', 'nightly', '--ics', '-')
  expect(ics.stdout).toMatch(/SUMMARY:Skipped: nightly/)
  expect((await on.run('status')).stdout).toMatch(/SKIPPED by hand, to come\n.*nightly.*skipped by/)
  expect(JSON.parse((await on.run('status', '--json')).stdout).exceptions).toMatchObject([{ id }])
  expect((await on.run('cancel', '--list')).stdout).toMatch(new RegExp(`${id} +${AT} +skipped: nightly`))

  const back = await on.run('cancel', id.toUpperCase())
  expect([back.code, back.stdout]).toEqual([0, expect.stringMatching(/runs as scheduled/)])
  expect((await on.run('cancel', id)).code).toBe(0)
  expect(await records().exceptions.at('nightly', AT)).toBeUndefined()
  // And it can be skipped anew, under another id.
  const anew = JSON.parse((await skip('nightly', AT, '--json')).stdout)
  expect(anew.id).not.toBe(id)
})

it.each([
  [
    'a millisecond off',
    'nightly',
    '2040-06-01T18:00:00.001Z',
    /no occurrence at .*\n.*18:00:00.000Z and 2040-06-02/,
  ],
  // 01:30 comes twice on 4 November 2040: the schedule has the first.
  ['the second of a double time', 'doubled', '2040-11-04T06:30:00Z', /no occurrence at/],
  ['the past', 'nightly', '2026-11-01T18:00:00Z', /has passed: no record of it yet/],
  ['no schedule', 'nightley', AT, /no schedule "nightley"\n.*nightly/],
])('%s is refused', async (_, schedule, at, says) => {
  const { code, stderr } = await skip(schedule, at)
  expect([code, stderr]).toEqual([2, expect.stringMatching(says)])
})

it('the first of a double time is one', async () => {
  expect((await skip('doubled', '2040-11-04T05:30:00Z')).code).toBe(0)
})

it('two operators at once: one skip, and both are told of it', async () => {
  const at = '2040-07-01T18:00:00.000Z'
  const both = await Promise.all([skip('nightly', at, '--json'), skip('nightly', at, '--json')])
  const ids = both.map(({ stdout }) => JSON.parse(stdout).id)
  expect(ids[0]).toBe(ids[1])
})

it('what an early run has begun is refused, and a hold named', async () => {
  const [name, scheduledAt] = ['nightly', '2040-08-01T18:00:00.000Z']
  await records().waves.start(waveIdOf({ name, occasion: scheduledAt }), {
    ...{
      schedule: name,
      scheduledAt,
      startedAt: '2040-08-01T17:58:00.000Z',
      secrets: 1,
      executionArn: 'early',
    },
  })
  const { code, stderr } = await skip(name, scheduledAt)
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/has begun at 2040-08-01T17:58.*\n.*hold .*--schedule nightly/),
  ])
})
