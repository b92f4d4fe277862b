import { expect, it } from 'vitest'
import type { Rotation } from '../../src/model/rotation.ts'
import { latenessOf } from '../../src/rehearse/lateness.ts'

const AT = Date.parse('2027-01-03T03:00:00Z')

const rotation = (skewMs: number | undefined, begunMs = 0, more: object = {}) =>
  ({
    ...{ schedule: 'orders', secretName: 'a', scheduledAt: '2027-01-03T03:00:00.000Z', trigger: 'SCHEDULE' },
    ...{ status: 'SUCCEEDED', rotatedAt: '2027-01-03T03:02:00.000Z', limits: { objectiveSkewSeconds: 60 } },
    events: [{ at: new Date(AT + begunMs).toISOString(), status: 'CLAIMED' }],
    ...(skewMs !== undefined && { skewMs }),
    ...more,
  }) as Rotation

const latenessIn = (...waves: Rotation[][]) => {
  const lateness = latenessOf()
  for (const wave of waves) lateness.add(wave)
  return lateness.end().get('orders')
}

it.each([
  ['exactly kept', 60_000, 0],
  ['missed by a millisecond', 60_001, 1],
])('an objective that is %s', (_, skewMs, missed) => {
  const found = latenessIn([rotation(skewMs)])
  expect(found?.figures.objective).toEqual({ kept: 1 - missed, missed, unknown: 0 })
  expect(found?.later).toMatchObject({ rotations: missed, waves: missed, mostMs: missed * skewMs })
})

it.each([
  ['exactly kept', 60_000, 0],
  ['missed by a millisecond', 60_001, 1],
])('an objective that is %s even had Scheduler been on time', (_, ownMs, missed) => {
  const found = latenessIn([rotation(20_000, 20_000), rotation(20_000 + ownMs, 80_000)])
  expect(found?.later.rotations).toBe(1)
  expect(found?.laterByItself).toMatchObject({ rotations: missed, ownMs: missed * ownMs })
})

it('parts a skew at when its wave began, an early one at its instant; what did not begin has none', () => {
  const late = latenessIn([rotation(30_000, 30_000), rotation(94_000, 94_000)])
  expect(late).toMatchObject({ schedulerMs: 30_000, ownMs: 64_000 })
  const early = latenessIn([rotation(40, -80_000), rotation(64_000, 64_000)])
  expect(early).toMatchObject({ schedulerMs: 0, ownMs: 64_000 })
  expect(latenessIn([rotation(undefined, 30_000)])).toMatchObject({ schedulerMs: 0, ownMs: 0 })
})

it('counts as every report does: skew of those kept, objectives of all that began, waves once each', () => {
  const failed = { status: 'FAILED', rotatedAt: undefined } as const
  const found = latenessIn(
    [rotation(70_000), rotation(80_000), rotation(90_000, 0, failed)],
    [rotation(1_000), rotation(undefined, 0, { status: 'SKIPPED', reason: 'FROZEN', rotatedAt: undefined })],
  )
  expect(found?.figures.skew).toEqual({ count: 3, unknown: 0, p50: 70_000, most: 80_000 })
  expect(found?.figures.objective).toEqual({ kept: 1, missed: 3, unknown: 0 })
  expect(found?.later).toMatchObject({ rotations: 3, waves: 1, mostMs: 90_000 })
})
