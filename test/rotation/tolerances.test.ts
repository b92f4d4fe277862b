import { describe, expect, it } from 'vitest'
import { DEFAULT_TOLERANCES } from '../../src/model/tolerances.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'

const ahead = {
  schedule: 'nightly',
  scheduledAt: new Date(INSTANT - 120_000).toISOString(),
  leadSeconds: 120,
}

/** An early run: when it looked at its secret for the last time before it sent, and when it sent; ms from the instant. */
async function early(options: StageOptions) {
  const stage = simulatedStage(options)
  const ended = stage.deliver(ahead)
  await stage.clock.runUntil(INSTANT + 600_000)
  await ended
  const { calls } = stage.aws
  const sent = calls.findIndex(({ action }) => action === 'RotateSecret')
  // The simulated network takes some ms.
  const from = (index: number) => Math.round(((calls[index]?.at ?? 0) - INSTANT) / 100) * 100
  return { stage, sent: from(sent), awake: from(sent - 1) }
}

describe('an early run', () => {
  it('wakes five seconds ahead of its instant', async () => {
    expect(await early({})).toMatchObject({ sent: 0, awake: -5_000 })
  })

  it('wakes earlier where waits end later in this account, and sends at its instant', async () => {
    const tolerances = { ...DEFAULT_TOLERANCES, awakeMs: 30_000 }
    expect(await early({ tolerances })).toMatchObject({ sent: 0, awake: -30_000 })
  })

  it('goes by the defaults where what was seen cannot be read, and says so', async () => {
    const { sent, awake, stage } = await early({ tolerances: () => Promise.reject(new Error('no table')) })
    expect({ sent, awake }).toEqual({ sent: 0, awake: -5_000 })
    expect(stage.log.join()).toContain('could not read the facts')
  })
})
