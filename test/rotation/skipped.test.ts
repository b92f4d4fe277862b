import { expect, it } from 'vitest'
import { INSTANT, simulatedStage } from '../sim/stage.ts'

const MINUTE = 60_000
const iso = (at: number) => new Date(at).toISOString()

/** One secret, its run asleep since three minutes ahead, and a skip of this instant (epoch ms) placed at `at`. */
async function skippedAt(at: number, of = INSTANT, fault: 'unread' | 'none' = 'none') {
  const stage = simulatedStage({
    schedule: { windowSeconds: 600 },
    ledgerFault: (call) =>
      call === 'getException' && fault === 'unread' ? { before: new Error('unreachable') } : {},
  })
  const ended = stage.deliver({ schedule: 'nightly', scheduledAt: iso(INSTANT) })
  await stage.clock.runUntil(at)
  const who = { by: 'ana', reason: 'CHG-1', placedAt: iso(at) }
  await stage.exceptions.place({ id: 'aaa-aaa-aaa', schedule: 'nightly', scheduledAt: iso(of), ...who })
  await stage.clock.runUntil(INSTANT + 60 * MINUTE)
  await ended
  const calls = stage.aws.calls.filter(({ action }) => action === 'RotateSecret').length
  return { rotation: [...stage.ledger.rows.values()][0], calls }
}

it('a skip a second ahead stops a run that has slept for minutes', async () => {
  const { rotation, calls } = await skippedAt(INSTANT - 1_000)
  expect(rotation).toMatchObject({ status: 'SKIPPED', reason: 'SKIPPED_ONCE' })
  expect(calls).toBe(0)
})

it('after the gate it stops nothing: the outcome is what happened', async () => {
  const { rotation, calls } = await skippedAt(INSTANT + 1)
  expect([rotation?.status, calls]).toEqual(['SUCCEEDED', 1])
})

it.each([-1, 1])('a skip of another instant, %i ms apart, stops nothing', async (apart) => {
  const { rotation, calls } = await skippedAt(INSTANT - MINUTE, INSTANT + apart)
  expect([rotation?.status, calls]).toEqual(['SUCCEEDED', 1])
})

it('a gate that cannot read it is shut', async () => {
  const { rotation, calls } = await skippedAt(INSTANT - MINUTE, INSTANT, 'unread')
  expect(rotation).toMatchObject({ status: 'SKIPPED', reason: 'GATE_UNREADABLE' })
  expect(calls).toBe(0)
})

it('an approval that was asked for ahead ends with the skip', async () => {
  const stage = simulatedStage({ schedule: { windowSeconds: 600, approval: { timeoutSeconds: 300 } } })
  await stage.ask()
  const who = { by: 'ana', reason: 'CHG-1', placedAt: iso(INSTANT - MINUTE) }
  await stage.exceptions.place({ id: 'a', schedule: 'nightly', scheduledAt: iso(INSTANT), ...who })
  const ended = stage.deliver({ schedule: 'nightly', scheduledAt: iso(INSTANT) })
  await stage.clock.runUntil(INSTANT + 60 * MINUTE)
  await ended
  expect([...stage.approvals.rows.values()]).toMatchObject([{ status: 'EXPIRED' }])
  expect([...stage.ledger.rows.values()]).toMatchObject([{ reason: 'SKIPPED_ONCE' }])
})
