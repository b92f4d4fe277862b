import { expect, it } from 'vitest'
import { verdictOf } from '../../src/model/facts.ts'
import type { Lab, See } from '../../src/verify/lab.ts'
import { deliveries, mostOff } from '../../src/verify/probes/deliveries.ts'

const SET = Date.parse('2026-11-28T03:00:00Z')
const offBy = (...offs: number[]) => offs.map((off) => ({ set: SET, scheduled: SET + off, text: `${off}` }))

it.each<[string, number[], string]>([
  ['exact', [0, 0], '0'],
  ['early', [0, -7_000], '-7000'],
  ['late', [0, 7_000], '7000'],
  ['a late one, however late, does not hide an early one', [40_000, -7_000, 0], '-7000'],
  ['the earliest of the early ones', [-1_000, -60_000, 90_000], '-60000'],
  ['what is no time goes first', [-7_000, Number.NaN, 90_000], 'NaN'],
])('the delivery whose told time is off: %s', (_, offs, told) =>
  expect(mostOff(offBy(...offs))?.text).toBe(told),
)

it('of nothing that arrived there is none', () => expect(mostOff([])).toBeUndefined())

it('a told time that is no time differs, and says so', async () => {
  const arrived: object[] = []
  const schedule = async ({ input }: Parameters<Lab['schedule']>[0]) => {
    const text = JSON.stringify({ ...input, scheduledTime: '<aws.scheduler.scheduled-time>' })
    arrived.push({ kind: 'event', at: input.set + 30, text })
  }
  const lab = {
    now: () => SET,
    sleep: async () => {},
    patienceMs: 0,
    schedule,
    arrivals: async () => arrived,
  }
  const seen = new Map<string, never>()
  await deliveries.run(lab as unknown as Lab, ((name, it) => seen.set(name, it as never)) as See)
  const message = 'It came as <aws.scheduler.scheduled-time>, which is no time.'
  expect(verdictOf('scheduled-time', seen.get('scheduled-time'))).toMatchObject({
    verdict: 'DIFFERS',
    message,
  })
})
