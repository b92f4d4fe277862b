import { describe, expect, it } from 'vitest'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'

/** One rule bars what starts late, and not what started before: whole waves, in virtual time. */
const HOUR = 3_600_000
const iso = (instant: number) => new Date(instant).toISOString()
const secrets = ['db-0', 'db-1', 'db-2', 'db-3']

/** Four secrets one after the other, each of them two minutes long: the second starts at 03:02, and so on. */
async function slowWave(
  options: StageOptions,
  { meanwhile = () => {}, request }: { meanwhile?: (stage: Stage) => unknown; request?: object } = {},
) {
  const { schedule, ...rest } = options
  const stage = simulatedStage({
    ...{ schedule: { secrets, concurrency: 1, ...schedule }, step: () => ({ delayMs: 30_000 }) },
    ...rest,
  })
  const asked = { scheduledAt: iso(INSTANT), schedule: 'nightly', ...request }
  const ended = stage.deliver(asked)
  await meanwhile(stage)
  await stage.clock.runUntil(INSTANT + HOUR)
  await ended
  const starts = stage.aws.calls.filter(({ action }) => action === 'RotateSecret').map(({ at }) => at)
  const rows = secrets.map((secret) => [...stage.ledger.rows.values()].find((it) => it.secret === secret))
  return { ends: rows.map((row) => row?.reason ?? row?.status), starts, stage }
}
type Stage = ReturnType<typeof simulatedStage>

const DONE = 'SUCCEEDED'
const hold = {
  id: 'aaa-aaa-aaa',
  scope: 'all',
  reason: 'incident',
  by: 'ana',
  placedAt: iso(INSTANT),
} as const

/** When the third secret of an undisturbed wave is sent. */
async function thirdStart(): Promise<number> {
  const { ends, starts } = await slowWave({})
  expect(ends).toEqual([DONE, DONE, DONE, DONE])
  return starts[2] ?? 0
}

describe('what begins between the instant and a late start', () => {
  const night = (from: number, more = {}) => ({
    ...{ name: 'night', from: iso(from).slice(0, 16), to: '2026-11-30', timezone: 'UTC', yearly: false },
    ...more,
  })

  it('a freeze bars those that would start in it, and those alone', async () => {
    const third = await thirdStart()
    const minute = Math.floor(third / 60_000) * 60_000
    const frozen = await slowWave({ freezes: [night(minute)] })
    expect(frozen.ends).toEqual([DONE, DONE, 'FROZEN', 'FROZEN'])
    expect((await slowWave({ freezes: [night(minute + 60_000)] })).ends).toEqual([DONE, DONE, DONE, 'FROZEN'])
  })

  it('the window’s end: its last moment is inside', async () => {
    const sent = (await thirdStart()) - 20
    const closing = (ms: number) => slowWave({ schedule: { windowSeconds: (sent + ms - INSTANT) / 1_000 } })
    expect((await closing(0)).ends).toEqual([DONE, DONE, 'WINDOW_CLOSED', 'WINDOW_CLOSED'])
    expect((await closing(1)).ends).toEqual([DONE, DONE, DONE, 'WINDOW_CLOSED'])
  })

  it('a hold, until it is released', async () => {
    const third = await thirdStart()
    const held = await slowWave(
      {},
      {
        async meanwhile({ clock, holds }) {
          await clock.runUntil(third - 10_000)
          await holds.place(hold)
          await clock.runUntil(third + 2_000)
          await holds.release('all', hold.id, 'ana', iso(clock.now()))
        },
      },
    )
    expect(held.ends.filter((end) => end === 'HELD').length).toBeGreaterThan(0)
    expect(held.ends.slice(0, 2)).toEqual([DONE, DONE])
  })

  it('none of them but the window stops what is asked for with an override', async () => {
    const overridden = { requestId: 'r1', override: 'CHG-1', reason: 'x' }
    const freezes = [night(INSTANT)]
    const place = ({ holds }: Stage) => holds.place(hold)
    const { ends } = await slowWave({ freezes }, { meanwhile: place, request: overridden })
    expect(ends).toEqual([DONE, DONE, DONE, DONE])
    const short = { freezes, schedule: { windowSeconds: 130 } }
    const closed = await slowWave(short, { meanwhile: place, request: overridden })
    expect(closed.ends).toEqual([DONE, DONE, 'WINDOW_CLOSED', 'WINDOW_CLOSED'])
  })

  it('as many failures as `maxErrors`: they stop every part of a wave, wherever they were', async () => {
    const many = Array.from({ length: 90 }, (_, index) => `db-${String(index).padStart(2, '0')}`)
    // 40, 40 and 10, two parts side by side, twenty rotations at once in each: only the first part has failures.
    const stage = simulatedStage({
      schedule: { secrets: many, concurrency: 41, maxErrors: 2, timeoutSeconds: 30 },
      step: ({ SecretId }) => ({ delayMs: 10_000, fails: /db-0[0-4]/.test(SecretId) }),
    })
    const ended = stage.deliver()
    await stage.clock.runUntil(INSTANT + HOUR)
    await ended
    const reasons = (from: number, to: number) => {
      const part = many.slice(from, to)
      const rows = [...stage.ledger.rows.values()].filter(({ secret }) => part.includes(secret))
      return new Set(rows.map(({ reason, status }) => reason ?? status))
    }
    expect(reasons(0, 5)).not.toContain('WAVE_STOPPED')
    expect([reasons(20, 40), reasons(60, 80), reasons(80, 90)]).toEqual([
      new Set(['WAVE_STOPPED']),
      new Set(['WAVE_STOPPED']),
      new Set(['WAVE_STOPPED']),
    ])
  })
})
