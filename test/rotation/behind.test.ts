import { expect, it } from 'vitest'
import { behindText } from '../../src/model/behind.ts'
import { behindIn } from '../../src/rotation/behind.ts'
import { simulatedStage } from '../sim/stage.ts'

/** A wave of so many secrets, each used by eight services that wait. */
async function waveOf(count: number, consumers = 8) {
  const secrets = Array.from({ length: count }, (_, at) => `app/${at}`)
  const names = Array.from({ length: consumers }, (_, at) => ({ kind: 'ecs' as const, name: `shop/${at}` }))
  const { config } = simulatedStage({ schedule: { secrets, consumers: names } })
  const state = 'WAITING' as const
  const handover = {
    ...{ until: '2026-01-01T00:00:00.000Z', status: 'FAILED' as const },
    consumers: names.map(({ name }) => ({ id: `ecs:${name}`, state, since: '2026-01-01T00:00:00.000Z' })),
  }
  const lastOf = async (_: string, secretName: string) => ({ secretName, handover }) as never
  return behindIn(secrets, config.schedules[0]?.name ?? '', { config, now: () => 0, lastOf })
}

it('says how many more of a secret are behind than it names', async () => {
  const [one] = await waveOf(1)
  expect(one && behindText(one)).toMatch(/ecs:shop\/4 WAITING; 3 more$/)
})

it('of secrets that it does not look at it says that it is not known', async () => {
  const all = await waveOf(300)
  expect(all).toHaveLength(300)
  expect(all[19]?.unknown).toEqual([])
  expect(all[20]).toEqual({
    ...{ secretName: 'app/20', behind: [], unknown: ['who has taken it: only 20 are looked at'] },
  })
})
