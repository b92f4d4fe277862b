import { describe, expect, it } from 'vitest'
import type { Rotation } from '../../src/model/rotation.ts'
import type { RotateRequest } from '../../src/rotation/wave-request.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'

const MINUTE = 60_000
const request = { schedule: 'nightly', scheduledAt: new Date(INSTANT).toISOString() }

/** A stage whose holds (and `maxErrors` counts) cannot be read between these instants (epoch ms). */
function blind(from: number, to: number, schedule: StageOptions['schedule'] = {}) {
  const stage = simulatedStage({
    schedule: { windowSeconds: 600, ...schedule },
    ledgerFault: (call) => {
      const now = stage.clock.now()
      const unread = (call === 'covering' || call === 'getWave') && from <= now && now < to
      return unread ? { before: Object.assign(new Error('too many reads'), { name: 'Throttled' }) } : {}
    },
  })
  return stage
}

async function outcome(
  stage: ReturnType<typeof simulatedStage>,
  asked: RotateRequest = request,
): Promise<Rotation> {
  const ended = stage.deliver(asked)
  await stage.clock.runUntil(INSTANT + 60 * MINUTE)
  await ended
  return [...stage.ledger.rows.values()][0] as Rotation
}

const rotateCalls = (stage: ReturnType<typeof simulatedStage>) =>
  stage.aws.calls.filter(({ action }) => action === 'RotateSecret')

describe('a gate that cannot be read', () => {
  it.each([
    ['from the beginning', INSTANT - 5 * MINUTE, {}],
    ['right before the call alone', INSTANT - 2_000, {}],
    ['as to how many of the wave went wrong', INSTANT - 5 * MINUTE, { maxErrors: 1 }],
  ])('is shut until the window has no time left: %s', async (_when, from, schedule) => {
    const stage = blind(from, INSTANT + 60 * MINUTE, schedule)
    const rotation = await outcome(stage)
    expect(rotation).toMatchObject({
      ...{ status: 'SKIPPED', reason: 'GATE_UNREADABLE' },
      message: expect.stringContaining('Throttled: too many reads'),
    })
    expect(rotateCalls(stage)).toHaveLength(0)
    // Inside the window it was tried again, and not beyond.
    expect(Date.parse(rotation.settledAt ?? '')).toBeGreaterThan(INSTANT + 9 * MINUTE)
    expect(Date.parse(rotation.settledAt ?? '')).toBeLessThanOrEqual(INSTANT + 10 * MINUTE)
  })

  it('opens as soon as it is read, inside the window', async () => {
    const stage = blind(INSTANT - 2_000, INSTANT + MINUTE)
    const rotation = await outcome(stage)
    expect(rotation.status).toBe('SUCCEEDED')
    expect(rotation.skewMs).toBeGreaterThanOrEqual(MINUTE)
    expect(rotation.skewMs).toBeLessThan(2 * MINUTE)
  })

  it('and then says HELD where it is held', async () => {
    const stage = blind(INSTANT - 2_000, INSTANT + MINUTE)
    await stage.holds.place({
      ...{ id: 'aaa-aaa-aaa', scope: 'all', reason: 'incident', by: 'ana' },
      placedAt: new Date(INSTANT - MINUTE).toISOString(),
    })
    expect(await outcome(stage)).toMatchObject({ status: 'SKIPPED', reason: 'HELD' })
  })

  it('is not asked under an override, which is the way out by hand', async () => {
    const stage = blind(INSTANT - 5 * MINUTE, INSTANT + 60 * MINUTE)
    const asked = { ...request, requestId: 'r1', override: 'the table is throttled, CHG-7' }
    expect(await outcome(stage, asked)).toMatchObject({ status: 'SUCCEEDED', override: asked.override })
  })
})
