import { expect, it } from 'vitest'
import { HOUR, iso, MINUTE } from '../../src/model/time.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'
import { auditorOf, rowsOf } from './auditor.ts'

/** A delivery so late (ms), and an audit every five minutes of the two hours after. */
async function delivered(lateMs: number, schedule: StageOptions['schedule'] = {}, onDemand = false) {
  const objective = { skewSeconds: 1 }
  const secrets = ['db-0', 'db-1', 'db-2']
  const stage = simulatedStage({ schedule: { objective, precision: 'second', secrets, ...schedule } })
  const auditor = auditorOf(stage)
  const name = stage.config.schedules[0]?.name ?? ''
  await stage.clock.runUntil(INSTANT + lateMs)
  if (onDemand) {
    stage
      .deliver({ schedule: name, requestId: 'CHG-1', requester: 'ana', scheduledAt: iso(INSTANT) })
      .catch(() => {})
  } else stage.deliver({ schedule: name, scheduledAt: iso(INSTANT) }).catch(() => {})
  await auditor.every5Minutes(INSTANT + 5 * MINUTE, INSTANT + 3 * HOUR)
  const found = auditor.findings.filter(({ kind }) => kind === 'OBJECTIVE_MISSED')
  return { stage, found, rows: rowsOf(stage), name }
}

it('what began later than its objective is told, once for the occurrence, and in nobody’s concerns', async () => {
  const { found, rows, name } = await delivered(40_000)
  expect(rows).toHaveLength(3)
  for (const { status, skewMs, concerns, limits } of rows) {
    expect([status, concerns, limits?.objectiveSkewSeconds]).toEqual(['SUCCEEDED', undefined, 1])
    expect(skewMs).toBeGreaterThan(39_000)
  }
  expect(found).toEqual([
    {
      ...{ kind: 'OBJECTIVE_MISSED', key: `objective ${name} ${iso(INSTANT)}`, schedule: name },
      message: expect.stringMatching(/3 began later than the objective of 1 s, at most 4\d\.\d s after/),
    },
  ])
})

it('whoever waits for a turn is late, too', async () => {
  const { found, rows } = await delivered(-60_000, { concurrency: 1 })
  const late = rows.filter(({ skewMs = 0 }) => skewMs > 1_000)
  expect(late.length).toBeGreaterThan(0)
  expect(late.length).toBeLessThan(3)
  expect(found).toMatchObject([{ message: expect.stringContaining(`${late.length} began later`) }])
})

it('what began in time, and what has no objective, is not told', async () => {
  expect((await delivered(-60_000)).found).toEqual([])
  const { found, rows } = await delivered(40_000, { objective: undefined as never, precision: 'minute' })
  expect([found, rows.map(({ status }) => status)]).toEqual([[], ['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']])
})

it('a run that a person asked for is not bound', async () => {
  const { found, rows } = await delivered(40_000, {}, true)
  expect(rows.map(({ trigger, limits }) => [trigger, limits?.objectiveSkewSeconds])).toEqual(
    Array(3).fill(['ON_DEMAND', undefined]),
  )
  expect(found).toEqual([])
})
