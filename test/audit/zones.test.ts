import { describe, expect, it } from 'vitest'
import { rotationIdOf } from '../../src/model/identity.ts'
import { type StageOptions, simulatedStage } from '../sim/stage.ts'
import { auditorOf, rowsOf } from './auditor.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const iso = (instant: number) => new Date(instant).toISOString()

/** 03:00 in Winnipeg on 29 November 2026, by 2026f; Node 24.21 (2026c) puts it an hour later. */
const NEXT = Date.parse('2026-11-29T08:00:00Z')

async function audited(timezone: string, schedule: StageOptions['schedule'] = {}) {
  const stage = simulatedStage({ schedule: { timezone, windowSeconds: 7_200, ...schedule } })
  const auditor = auditorOf(stage)
  await auditor.at(NEXT - 30 * MINUTE)
  return { stage, auditor }
}

const calls = (stage: ReturnType<typeof simulatedStage>) =>
  stage.aws.calls.filter(({ action }) => action === 'RotateSecret')

describe.runIf(process.versions.tz === '2026c')('an occurrence that this Node puts elsewhere', () => {
  it('is armed by the audit, rotates at its instant, and once, whenever Scheduler comes', async () => {
    const { stage, auditor } = await audited('America/Winnipeg')
    const late = stage.clock
      .sleep(NEXT + HOUR - stage.clock.now())
      .then(() => stage.deliver({ schedule: 'nightly', scheduledAt: iso(NEXT + HOUR) }))
    await auditor.every5Minutes(NEXT - 20 * MINUTE, NEXT + 2 * HOUR)
    expect((await late)?.duplicates).toBe(1)
    expect(rowsOf(stage)).toMatchObject([
      {
        rotationId: rotationIdOf('nightly', 'orders', iso(NEXT)),
        status: 'SUCCEEDED',
        trigger: 'SCHEDULE',
        skewMs: 0,
      },
    ])
    expect(calls(stage)).toHaveLength(1)
    expect(auditor.started.size).toBe(1)
    expect(new Set(auditor.findings.map(({ kind, key }) => `${kind} ${key}`))).toEqual(
      new Set([`UNKNOWN_DELIVERY unknown nightly ${iso(NEXT + HOUR)}`]),
    )
    expect(auditor.findings[0]?.message).toBe(
      `EventBridge Scheduler delivered nightly for ${iso(NEXT + HOUR)}, when there is no occurrence by our zone data 2026f of America/Winnipeg (Node’s there: 2026c): it was taken for that of ${iso(NEXT)}, which rotates once`,
    )
  })
})

describe('an occurrence that nobody doubts', () => {
  it.each(['UTC', 'America/Toronto'])('is left to Scheduler: %s', async (timezone) => {
    const { auditor } = await audited(timezone, { when: 'cron(0 * * * ? *)' })
    await auditor.every5Minutes(NEXT - 20 * MINUTE, NEXT)
    expect([...auditor.started].filter((key) => key.startsWith('armed'))).toEqual([])
  })

  it('is armed for two weeks after an unknown delivery, which is told for half a day', async () => {
    const { stage, auditor } = await audited('America/Toronto', { when: 'cron(0 3 * * ? *)' })
    const delivered = { schedule: 'nightly', timezone: 'America/Toronto', takenFor: 'UNKNOWN' as const }
    const releases = { zoneData: '2026f', runtimeZoneData: '2026f' }
    const at = iso(stage.clock.now())
    await stage.deliveries.note({ ...delivered, ...releases, at, deliveredFor: at })
    await auditor.at(NEXT - 5 * MINUTE)
    expect([...auditor.started]).toEqual([`armed-nightly#${iso(NEXT)}`])
    expect(auditor.kinds()).toContain('UNKNOWN_DELIVERY')
    auditor.findings.length = 0
    await auditor.at(NEXT + 24 * HOUR - 5 * MINUTE)
    expect(auditor.kinds()).not.toContain('UNKNOWN_DELIVERY')
    expect([...auditor.started]).toContain(`armed-nightly#${iso(NEXT + 24 * HOUR)}`)
  })

  it('and a ledger that says nothing of deliveries stops no audit', async () => {
    const { auditor } = await audited('America/Toronto')
    const deliveries = { since: () => Promise.reject(new Error('ledger down')) }
    expect(await await auditor.at(NEXT, { deliveries })).toMatchObject({ errors: 1 })
  })
})

describe('an occurrence that the release before has rotated at another instant', () => {
  it('is neither caught up nor missed', async () => {
    const { stage, auditor } = await audited('America/Toronto')
    const before = iso(NEXT - HOUR)
    await stage.waves.begin('nightly#America/Toronto#2026-11-29T03:00:00', before, before)
    const rotationId = rotationIdOf('nightly', 'orders', before)
    await stage.ledger.record(
      {
        ...{ rotationId, schedule: 'nightly', secret: 'orders', secretName: 'orders', scheduledAt: before },
        ...{ trigger: 'SCHEDULE', claimedAt: before, executionArn: 'before', configVersion: '0' },
      },
      { status: 'SUCCEEDED', at: before, settledAt: before },
    )
    await auditor.every5Minutes(NEXT - 25 * MINUTE, NEXT + 3 * HOUR)
    expect(rowsOf(stage).map((row) => row.rotationId)).toEqual([rotationId])
    expect(auditor.kinds()).toEqual([])
    expect(calls(stage)).toHaveLength(0)
  })
})
