import { describe, expect, it } from 'vitest'
import type { CrashPoint } from '../../src/rehearse/world/durable.ts'
import type { RotateRequest } from '../../src/rotation/wave-request.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'

const { node } = process.versions
const iso = (at: number) => new Date(at).toISOString()
/** In this world a wait ends in a new process, a second later. */
const wokeLateMs = 1_000
/** Half a minute late: the stage begins a minute before its instant. */
const ahead = { schedule: 'nightly', scheduledAt: iso(INSTANT - 90_000), leadSeconds: 90 }
const onTime = { schedule: 'nightly', scheduledAt: iso(INSTANT) }

async function sawOf(
  request: RotateRequest,
  options: StageOptions = {},
  crash?: (operation: string, point: CrashPoint) => boolean,
) {
  const stage = simulatedStage(options)
  const ended = stage.deliver(request, crash && { crash })
  await stage.clock.runUntil(INSTANT + 1_800_000)
  await ended
  return [...stage.ledger.rows.values()].map(({ saw }) => saw)
}

describe('what a run saw anyway stands in the record', () => {
  it('how late it was delivered, and woke', async () => {
    expect(await sawOf(ahead)).toEqual([{ node, deliveredLateMs: 30_000, wokeLateMs }])
  })

  it('a second more where it died before it went on', async () => {
    let died = false
    const [saw] = await sawOf(ahead, {}, (operation, point) => {
      if (died || !operation.endsWith('rotate') || point !== 'before') return false
      died = true
      return true
    })
    expect(saw).toEqual({ node, deliveredLateMs: 30_000, wokeLateMs: 2_000 })
  })

  it('no waking where it did not wait', async () => {
    expect(await sawOf(onTime, { beginsMs: -7_000 })).toEqual([{ node, deliveredLateMs: 7_000 }])
  })

  it.each<[string, RotateRequest]>([
    ['the audit', { ...onTime, catchUp: true }],
    ['a person', { requestId: 'CHG-1', scheduledAt: iso(INSTANT), schedule: 'nightly' }],
  ])('no delivery where %s has started it', async (_, request) => {
    expect(await sawOf(request)).toEqual([{ node, wokeLateMs }])
  })

  it('the wave’s delivery, in each of its parts', async () => {
    const secrets = Array.from({ length: 90 }, (_, index) => `s${index}`)
    const saw = await sawOf(ahead, { schedule: { secrets, concurrency: 10 } })
    expect(saw).toHaveLength(90)
    for (const it of saw) expect(it).toMatchObject({ node, deliveredLateMs: 30_000 })
  })
})
