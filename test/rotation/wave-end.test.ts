import { expect, it } from 'vitest'
import type { Rotation } from '../../src/model/rotation.ts'
import { endOfOne, sumEnds } from '../../src/rotation/wave-end.ts'

const rotation: Rotation = {
  ...{ rotationId: 'r1', schedule: 'nightly', secret: 'orders', secretName: 'orders' },
  ...{ scheduledAt: '2026-11-29T03:00:00.000Z', trigger: 'SCHEDULE', status: 'FAILED' },
  ...{ claimedAt: '2026-11-29T03:00:00.000Z', executionArn: 'us', configVersion: 'one' },
  events: [{ at: '2026-11-29T03:00:00.000Z', status: 'CLAIMED' }],
}
const { events: _, ...notable } = rotation

it('what is checkpointed of a rotation in its wave has its record once', () => {
  const kept = JSON.stringify(endOfOne({ rotation, duplicate: false }))
  expect(kept.split('"secretName"')).toHaveLength(2)
})

it('the end of a wave has those that are notable, also of what the release before has checkpointed', () => {
  const one = endOfOne({ rotation, duplicate: false })
  const expected = {
    outcomes: { FAILED: 1 },
    notable: [notable],
    rotations: [{ rotation, duplicate: false }],
  }
  expect(sumEnds([one])).toMatchObject(expected)
  expect(sumEnds([{ ...one, notable: [notable] }])).toMatchObject(expected)
})
