import { describe, expect, it } from 'vitest'
import type { ReadCalendars } from '../../src/aws/change-calendars.ts'
import { type ChangeCalendar, calendarStateAt } from '../../src/local/change-calendar.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import type { RotateRequest } from '../../src/rotation/wave-request.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'

const HOUR = 3_600_000
const schedule = { changeCalendars: ['company-freeze'] }
const scheduledAt = new Date(INSTANT).toISOString()
const fail = (name: string) => Object.assign(new Error(name), { name })

/** A stage whose calendar is closed in these intervals (epoch ms), and what it was asked. */
function stageWith(options: StageOptions & { closed?: [from: number, to: number][] } = {}) {
  const { closed = [] } = options
  const calendar: ChangeCalendar = {
    type: 'DEFAULT_OPEN',
    events: closed.map(([from, to]) => ({ from, to })),
  }
  const asked: number[] = []
  const ask: ReadCalendars = async (names, at) => {
    asked.push(at)
    const { state, next } = calendarStateAt(new Map([['company-freeze', calendar]]), names, at)
    return { state, next: next === undefined ? undefined : new Date(next).toISOString() }
  }
  const stage = simulatedStage({ schedule, calendarState: ask, ...options })
  return { stage, asked, calendar }
}

type Stage = ReturnType<typeof stageWith>['stage']

async function outcome(stage: Stage, request?: RotateRequest): Promise<Rotation> {
  const ended = stage.deliver(request)
  await stage.clock.runUntil(INSTANT + HOUR)
  await ended
  return [...stage.ledger.rows.values()][0] as Rotation
}

const rotateCalls = (stage: Stage) => stage.aws.calls.filter(({ action }) => action === 'RotateSecret')

describe('Change Calendars', () => {
  it('let a rotation start while they are open, to the second', async () => {
    const { stage, asked } = stageWith({ closed: [[INSTANT - HOUR, INSTANT]] })
    expect(await outcome(stage)).toMatchObject({ status: 'SUCCEEDED', skewMs: 0 })
    // Asked early and before the call, each time about the instant: it was still closed then.
    expect(asked).toEqual([INSTANT, INSTANT])
  })

  it('skip while one is closed, and say until when', async () => {
    const { stage } = stageWith({ closed: [[INSTANT, INSTANT + HOUR]] })
    expect(await outcome(stage)).toMatchObject({
      status: 'SKIPPED',
      reason: 'CALENDAR_CLOSED',
      message: 'Change Calendar company-freeze is CLOSED, until 2026-11-29T04:00:00.000Z',
    })
    expect(rotateCalls(stage)).toHaveLength(0)
  })

  it('are asked again right before the call', async () => {
    const { stage, calendar } = stageWith()
    const ended = outcome(stage)
    await stage.clock.sleep(50_000)
    calendar.events.push({ from: INSTANT, to: INSTANT + HOUR })
    expect(await ended).toMatchObject({ status: 'SKIPPED', reason: 'CALENDAR_CLOSED' })
    expect(rotateCalls(stage)).toHaveLength(0)
  })

  it('are asked about now where the instant has passed', async () => {
    const { stage, asked } = stageWith({ closed: [[INSTANT + 60_000, INSTANT + HOUR]] })
    const late = stage.clock.sleep(180_000).then(() => outcome(stage))
    await stage.clock.runUntil(INSTANT + HOUR)
    expect(await late).toMatchObject({ status: 'SKIPPED', reason: 'CALENDAR_CLOSED' })
    expect(asked).toEqual([INSTANT + 120_000])
  })

  it('are not asked by a schedule that names none', async () => {
    const { stage, asked } = stageWith({ schedule: {}, closed: [[INSTANT, INSTANT + HOUR]] })
    expect((await outcome(stage)).status).toBe('SUCCEEDED')
    expect(asked).toEqual([])
  })

  it('hold for rotations on demand too, by schedule and by secret, and give way to an override', async () => {
    const closed: [number, number][] = [[INSTANT - HOUR, INSTANT + HOUR]]
    for (const what of [{ schedule: 'nightly' }, { secrets: ['orders'] }]) {
      const asked = { requestId: 'r1', scheduledAt, ...what }
      expect(await outcome(stageWith({ closed }).stage, asked)).toMatchObject({ reason: 'CALENDAR_CLOSED' })
      const forced = await outcome(stageWith({ closed }).stage, { ...asked, override: 'breach, INC-7' })
      expect(forced).toMatchObject({ status: 'SUCCEEDED', override: 'breach, INC-7' })
    }
  })
})

describe('a Change Calendar that cannot be read', () => {
  it('keeps the gate shut, and says what to do', async () => {
    const refusal = { reason: 'CALENDAR_UNREADABLE' as const, message: 'no such calendar. What to do: …' }
    const { stage } = stageWith({ calendarState: async () => ({ refusal }) })
    expect(await outcome(stage)).toMatchObject({ status: 'FAILED', ...refusal })
    expect(rotateCalls(stage)).toHaveLength(0)
  })

  it('is asked again while a later try may settle it', async () => {
    let failures = 5
    const { stage } = stageWith({
      calendarFault: () => (failures-- > 0 ? { before: fail('ThrottlingException') } : {}),
    })
    expect((await outcome(stage)).status).toBe('SUCCEEDED')
  })

  it('ends with the window where Systems Manager never answers', async () => {
    const { stage } = stageWith({
      schedule: { ...schedule, windowSeconds: 120 },
      calendarFault: () => ({ before: fail('ECONNREFUSED') }),
    })
    const rotation = await outcome(stage)
    expect(rotation).toMatchObject({ status: 'FAILED', reason: 'CALENDAR_UNREADABLE' })
    expect(rotation.message).toMatch(/^a Change Calendar could not be asked .*ECONNREFUSED/)
    expect(Date.parse(rotation.settledAt ?? '')).toBeLessThanOrEqual(INSTANT + 120_000)
    expect(rotateCalls(stage)).toHaveLength(0)
  })
})
