import { describe, expect, it } from 'vitest'
import { doorOf } from '../../src/rehearse/world/deeds.ts'
import { rotateNow } from '../../src/rotation/rotate-now.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'
import { auditorOf, rowsOf } from './auditor.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** What is planned here: two days ahead, at 04:00:30 UTC. */
const AT = INSTANT + 49 * HOUR + 30_000
const iso = (instant: number) => new Date(instant).toISOString()

/** A stage whose operator has planned a run, by the handler's own function. */
async function planned(options: StageOptions = {}, event: object = { secrets: ['orders'] }) {
  // Nothing else is due in these days.
  const schedule = { when: 'cron(0 3 1 6 ? 2030)', ...options.schedule }
  const stage = simulatedStage({ ...options, schedule })
  const auditor = auditorOf(stage)
  const asked = { requestId: 'CHG-1', requester: 'ana', reason: 'move', at: iso(AT), ...event }
  const ask = () =>
    rotateNow(asked, {
      config: stage.config,
      now: stage.clock.now(),
      requests: stage.requests,
      start: auditor.world.start,
      ...doorOf(stage.callers),
    })
  const answer = await ask()
  const state = async () => (await stage.requests.get('CHG-1'))?.state
  return { stage, auditor, answer, ask, state }
}

const rotateCalls = (stage: ReturnType<typeof simulatedStage>) =>
  stage.aws.calls.filter(({ action }) => action === 'RotateSecret')

async function openIn(stage: ReturnType<typeof simulatedStage>): Promise<string[]> {
  const found: string[] = []
  for await (const { requestId } of stage.requests.open()) found.push(requestId)
  return found
}

describe('a run that is planned', () => {
  it('is kept, and no execution sleeps for it; asked again it is answered the same', async () => {
    const { stage, auditor, answer, ask, state } = await planned()
    expect(answer).toMatchObject({ requestId: 'CHG-1', scheduledAt: iso(AT), planned: true })
    expect(await ask()).toEqual(answer)
    await auditor.every5Minutes(INSTANT, INSTANT + HOUR)
    await auditor.at(AT - 11 * MINUTE)
    expect(auditor.started.size).toBe(0)
    expect(rowsOf(stage)).toEqual([])
    expect(await state()).toBe('PLANNED')
  })

  it('starts minutes ahead, once, and rotates at its instant', async () => {
    const { stage, auditor, answer, state } = await planned()
    await auditor.every5Minutes(AT - 20 * MINUTE, AT - MINUTE)
    // Claimed, and to come: whoever asks what is next finds it.
    expect(rowsOf(stage)).toMatchObject([{ status: 'CLAIMED' }])
    expect(await openIn(stage)).toEqual(['CHG-1'])
    await auditor.every5Minutes(AT, AT + 20 * MINUTE)
    expect([...auditor.started]).toEqual(['run-CHG-1'])
    expect(await state()).toBe('STARTED')
    expect(rowsOf(stage)).toMatchObject([
      {
        ...{ rotationId: answer.rotations?.[0]?.rotationId, status: 'SUCCEEDED', trigger: 'ON_DEMAND' },
        ...{ scheduledAt: iso(AT), requester: 'ana', requestReason: 'move' },
      },
    ])
    expect(rowsOf(stage)[0]?.skewMs).toBeLessThan(1_000)
    expect(rotateCalls(stage)).toHaveLength(1)
    // Its wave was seen: nobody looks after it any more.
    expect(await openIn(stage)).toEqual([])
    expect(auditor.kinds()).not.toContain('MISSED')
  })

  it('is bound by a freeze that was deployed after it was asked for', async () => {
    const { stage, auditor } = await planned()
    stage.config.freezes.push({
      name: 'incident',
      from: '2026-12-01',
      to: '2026-12-02',
      timezone: 'UTC',
      yearly: false,
    })
    await auditor.every5Minutes(AT - 10 * MINUTE, AT + 10 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'SKIPPED', reason: 'FROZEN' }])
    expect(rotateCalls(stage)).toEqual([])
  })

  it('starts once where two audits pass at once, and where a start got lost', async () => {
    const { stage, auditor } = await planned()
    let lost = 0
    const start: typeof auditor.world.start = async (key, request) => {
      if (lost++ === 0) throw new Error('Lambda is throttled')
      return auditor.world.start(key, request)
    }
    expect(await auditor.at(AT - 9 * MINUTE, { start })).toMatchObject({ errors: 1 })
    await stage.clock.runUntil(AT - 4 * MINUTE)
    const twice = Promise.all([auditor.run({ start }), auditor.run({ start })])
    await stage.clock.runUntil(AT - 3 * MINUTE)
    await twice
    await auditor.every5Minutes(AT + MINUTE, AT + 10 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'SUCCEEDED' }])
    expect(rotateCalls(stage)).toHaveLength(1)
  })

  it('is not started once it is cancelled, and is one or the other where both come at once', async () => {
    const cancel = { at: iso(INSTANT), state: 'CANCELLED', by: 'ben', reason: 'moved' } as const
    const { stage, auditor, ask } = await planned()
    await stage.requests.move('CHG-1', ['PLANNED'], cancel)
    await auditor.every5Minutes(AT - 10 * MINUTE, AT + 10 * MINUTE)
    expect(rowsOf(stage)).toEqual([])
    expect(auditor.started.size).toBe(0)
    await expect(ask()).rejects.toThrow(/CHG-1 is over: by ana at .*: orders at .*, CANCELLED at .* by ben/)

    const both = await planned()
    await both.stage.clock.runUntil(AT - 5 * MINUTE)
    const running = both.auditor.run()
    const moved = await both.stage.requests.move('CHG-1', ['PLANNED'], cancel)
    await both.stage.clock.runUntil(AT - 4 * MINUTE)
    await running
    await both.auditor.at(AT + 10 * MINUTE)
    expect([moved?.state, both.auditor.started.size]).toEqual(
      moved?.state === 'CANCELLED' ? ['CANCELLED', 0] : ['STARTED', 1],
    )
  })

  it('that nothing had started by the end of its window is recorded, and told', async () => {
    const { stage, auditor, state } = await planned()
    // The audit was away, and is back within the window's end and the time that a last delivery may take.
    await auditor.at(AT + 31 * MINUTE)
    expect(rowsOf(stage)).toEqual([])
    await auditor.at(AT + 36 * MINUTE)
    const [record] = rowsOf(stage)
    expect(record).toMatchObject({ status: 'MISSED', reason: 'NOT_DELIVERED', trigger: 'ON_DEMAND' })
    expect(record?.message).toBe(
      `planned by ana for ${iso(AT)} (CHG-1); no run of it had started when its window closed at ${iso(AT + 30 * MINUTE)}`,
    )
    expect(auditor.findings.filter(({ kind }) => kind === 'MISSED')).toMatchObject([
      { secret: 'orders', rotationId: record?.rotationId },
    ])
    expect(await state()).toBe('MISSED')
    expect(await openIn(stage)).toEqual([])
  })

  it('and was under a hold at its instant is SKIPPED, unless it was asked for in spite of holds', async () => {
    const hold = { id: 'aaa-aaa-aaa', scope: 'secret/orders', reason: 'incident', by: 'ben' } as const
    for (const [event, expected] of [
      [{}, { status: 'SKIPPED', reason: 'HELD' }],
      [{ override: 'vendor' }, { status: 'MISSED', reason: 'NOT_DELIVERED' }],
    ] as const) {
      const { stage, auditor } = await planned({}, { secrets: ['orders'], ...event })
      await stage.holds.place({ ...hold, placedAt: iso(AT - HOUR) })
      await stage.clock.runUntil(AT + MINUTE)
      await stage.holds.release(hold.scope, hold.id, 'ben', iso(AT + MINUTE))
      await auditor.at(AT + 36 * MINUTE)
      expect(rowsOf(stage)).toMatchObject([expected])
      expect(auditor.kinds().includes('MISSED')).toBe(expected.status === 'MISSED')
    }
  })

  it('late but inside its window still happens', async () => {
    const { stage, auditor } = await planned()
    await auditor.at(AT + 20 * MINUTE)
    await auditor.at(AT + 25 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'SUCCEEDED' }])
  })

  it('of what a newer config does not know is told, until it is missed', async () => {
    const { stage, auditor, state } = await planned({}, { schedule: 'nightly' })
    const [nightly] = stage.config.schedules
    if (nightly) nightly.name = 'renamed'
    await auditor.at(AT - 5 * MINUTE)
    expect(auditor.findings.at(-1)?.message).toMatch(
      /what ana has planned for .* \(CHG-1\) cannot be started: no schedule "nightly"/,
    )
    await auditor.at(AT + HOUR)
    expect(auditor.findings.at(-1)).toMatchObject({ kind: 'MISSED', key: 'planned CHG-1' })
    expect(await state()).toBe('MISSED')
  })

  it('of a selector rotates what matches as it starts', async () => {
    const { stage, auditor } = await planned(
      { schedule: { select: { prefix: 'or' } } },
      { schedule: 'nightly' },
    )
    await auditor.every5Minutes(AT - 10 * MINUTE, AT + 10 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ secret: 'orders', status: 'SUCCEEDED' }])
  })
})
