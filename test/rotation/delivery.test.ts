import { describe, expect, it } from 'vitest'
import type { Schedule } from '../../src/config/config.ts'
import { rotationIdOf } from '../../src/model/identity.ts'
import { type Meaning, meaningOf } from '../../src/rotation/delivery.ts'
import { entry } from '../schedules/entry.ts'
import { simulatedStage } from '../sim/stage.ts'

const HOUR = 3_600_000
/** 03:00 in Winnipeg on 28 November 2026, by 2026f; Node 24.21 (2026c) puts it at 09:00Z. */
const WINNIPEG = Date.parse('2026-11-28T08:00:00Z')
const at = (text: string) => Date.parse(text)
const iso = (instant: number) => new Date(instant).toISOString()

function told({ is, occurrence }: Meaning): string {
  return occurrence === undefined ? is : `${is} ${iso(occurrence).slice(0, 19)}`
}

describe('what a delivery means', () => {
  const nightly = entry({ when: 'cron(0 3 * * ? *)', timezone: 'America/Winnipeg', windowSeconds: 7_200 })
  const short = { ...nightly, windowSeconds: 1_800 }
  const hourly = { ...nightly, when: 'cron(0 * * * ? *)' }
  const once = { ...nightly, when: 'at(2026-11-28T03:00:00)' }
  const rate = entry({ when: 'rate(5 days)', start: '2026-11-23T08:00:00Z' })
  const seconds = { ...rate, start: '2026-11-23T08:00:59Z' }
  const open = { ...nightly, windowSeconds: 40_000 }
  it.each<[string, Schedule, string, string]>([
    ['the occurrence', nightly, '2026-11-28T08:00:00Z', 'DUE 2026-11-28T08:00:00'],
    ['some seconds after it', nightly, '2026-11-28T08:00:59Z', 'DUE 2026-11-28T08:00:00'],
    ['a minute after it', nightly, '2026-11-28T08:01:00Z', 'LATE 2026-11-28T08:00:00'],
    ['as its window ends', nightly, '2026-11-28T10:00:00Z', 'LATE 2026-11-28T08:00:00'],
    ['a second past its window', nightly, '2026-11-28T10:00:01Z', 'UNKNOWN'],
    ['three hours after, its window yet open', open, '2026-11-28T11:00:00Z', 'LATE 2026-11-28T08:00:00'],
    ['more than that after', open, '2026-11-28T11:00:01Z', 'UNKNOWN'],
    ['an hour before, by older data', nightly, '2026-11-28T07:00:00Z', 'AHEAD 2026-11-28T08:00:00'],
    ['three hours before', nightly, '2026-11-28T05:00:00Z', 'AHEAD 2026-11-28T08:00:00'],
    ['more than that before', nightly, '2026-11-28T04:59:59Z', 'UNKNOWN'],
    ['an hour after, in its window', nightly, '2026-11-28T09:00:00Z', 'LATE 2026-11-28T08:00:00'],
    ['an hour after, its window closed', short, '2026-11-28T09:00:00Z', 'UNKNOWN'],
    ['in the afternoon', nightly, '2026-11-28T20:00:00Z', 'UNKNOWN'],
    ['an hour after, where the next is nearer', hourly, '2026-11-28T09:30:00Z', 'AHEAD 2026-11-28T10:00:00'],
    ['an at(), an hour late', once, '2026-11-28T09:00:00Z', 'LATE 2026-11-28T08:00:00'],
    ['an at(), a day late', once, '2026-11-29T08:00:00Z', 'UNKNOWN'],
    ['a rate’s occurrence', rate, '2026-11-28T08:00:00Z', 'DUE 2026-11-28T08:00:00'],
    ['a rate’s occurrence that has seconds', seconds, '2026-11-28T08:00:00Z', 'DUE 2026-11-28T08:00:59'],
    ['a minute before a rate’s occurrence', rate, '2026-11-28T07:59:00Z', 'UNKNOWN'],
    ['a minute after a rate’s occurrence', rate, '2026-11-28T08:01:00Z', 'UNKNOWN'],
    ['a rate’s wake-up between two', rate, '2026-11-27T08:00:00Z', 'NOTHING'],
    ['a rate’s wake-up before its start', rate, '2026-11-22T08:00:00Z', 'NOTHING'],
    ['a rate, at no wake-up of it', rate, '2026-11-28T07:00:00Z', 'UNKNOWN'],
  ])('%s', (_, schedule, delivered, expected) => {
    expect(told(meaningOf(schedule, at(delivered), { early: false }))).toBe(expected)
  })

  it('an early companion is for its own occurrence, or for none', () => {
    const early = (delivered: string) => told(meaningOf(nightly, at(delivered), { early: true }))
    expect(early('2026-11-28T08:00:00Z')).toBe('DUE 2026-11-28T08:00:00')
    expect(early('2026-11-28T07:00:00Z')).toBe('NOTHING')
    expect(early('2026-11-28T09:00:00Z')).toBe('NOTHING')
  })
})

describe('a Scheduler that goes by other zone data', () => {
  const stageIn = (timezone: string, more: Partial<Schedule> = {}) =>
    simulatedStage({ schedule: { timezone, windowSeconds: 7_200, ...more } })
  const calls = (stage: ReturnType<typeof simulatedStage>) =>
    stage.aws.calls.filter(({ action }) => action === 'RotateSecret')
  const request = (instant: number) => ({ schedule: 'nightly', scheduledAt: iso(instant) })
  const NEXT = WINNIPEG + 24 * HOUR

  it('an hour late, after a punctual catch-up: one rotation, of one occurrence', async () => {
    const stage = stageIn('America/Winnipeg')
    const ends: unknown[] = []
    void stage.clock.sleep(NEXT + 240_000 - stage.clock.now()).then(async () => {
      ends.push(await stage.deliver({ ...request(NEXT), catchUp: true }))
    })
    void stage.clock.sleep(NEXT + HOUR - stage.clock.now()).then(async () => {
      ends.push(await stage.deliver(request(NEXT + HOUR)))
    })
    await stage.clock.runUntil(NEXT + 3 * HOUR)
    expect(ends).toHaveLength(2)
    expect(calls(stage)).toHaveLength(1)
    expect([...stage.ledger.rows.keys()]).toEqual([rotationIdOf('nightly', 'orders', iso(NEXT))])
    expect([...stage.deliveries.rows.values()]).toMatchObject([
      {
        schedule: 'nightly',
        timezone: 'America/Winnipeg',
        deliveredFor: iso(NEXT + HOUR),
        takenFor: 'LATE',
        occurrence: iso(NEXT),
        zoneData: '2026f',
        runtimeZoneData: process.versions.tz,
      },
    ])
  })

  it('an hour early: the run waits for the occurrence, and asks its hooks two minutes before', async () => {
    const asked: number[] = []
    const hooks = [{ function: 'veto', timeoutSeconds: 30 }]
    const stage = simulatedStage({
      schedule: { timezone: 'America/Winnipeg', before: hooks as never },
      hook: async () => {
        asked.push(stage.clock.now())
        return {}
      },
    })
    void stage.clock.sleep(NEXT - HOUR - stage.clock.now()).then(() => stage.deliver(request(NEXT - HOUR)))
    await stage.clock.runUntil(NEXT + HOUR)
    const [rotation] = stage.ledger.rows.values()
    expect(rotation).toMatchObject({
      rotationId: rotationIdOf('nightly', 'orders', iso(NEXT)),
      status: 'SUCCEEDED',
      scheduledAt: iso(NEXT),
      skewMs: 0,
      deliveredFor: iso(NEXT - HOUR),
      zoneData: '2026f',
    })
    expect(asked.every((instant) => instant >= NEXT - 125_000)).toBe(true)
    expect(stage.deliveries.rows.get('nightly')).toMatchObject({ takenFor: 'AHEAD' })
  })

  it('for an instant that the calendar does not know: nothing rotates, and that is noted', async () => {
    const stage = stageIn('America/Winnipeg')
    const instant = NEXT + 9 * HOUR
    const ended = stage.clock.sleep(instant - stage.clock.now()).then(() => stage.deliver(request(instant)))
    await stage.clock.runUntil(instant + HOUR)
    expect(await ended).toMatchObject({ outcomes: {}, rotations: [] })
    expect(stage.ledger.rows.size).toBe(0)
    expect(stage.deliveries.rows.get('nightly')).toMatchObject({ takenFor: 'UNKNOWN' })
    expect(stage.log.join()).toContain('unknown delivery')
  })

  it('a note that cannot be written stops no rotation', async () => {
    const stage = simulatedStage({
      schedule: { timezone: 'America/Winnipeg', windowSeconds: 7_200 },
      ledgerFault: (call) => (call === 'note delivery' ? { before: new Error('ledger down') } : {}),
    })
    void stage.clock.sleep(NEXT + HOUR - stage.clock.now()).then(() => stage.deliver(request(NEXT + HOUR)))
    await stage.clock.runUntil(NEXT + 3 * HOUR)
    expect(calls(stage)).toHaveLength(1)
  })
})

describe('a deploy that brings other zone data', () => {
  // By the earlier release’s Node, 03:00 in Winnipeg was 09:00Z; in 2026e’s Havana 08:00Z.
  const NEXT = WINNIPEG + 24 * HOUR
  const stageWith = () =>
    simulatedStage({ schedule: { timezone: 'America/Winnipeg', windowSeconds: 14_400 } })
  const local = 'nightly#America/Winnipeg#2026-11-29T03:00:00'

  it('does not rotate again what has been begun under the other instant', async () => {
    const stage = stageWith()
    await stage.waves.begin(local, iso(NEXT - HOUR), iso(NEXT - HOUR))
    const rotationId = rotationIdOf('nightly', 'orders', iso(NEXT - HOUR))
    await stage.ledger.record(
      {
        ...{ rotationId, schedule: 'nightly', secret: 'orders', secretName: 'orders' },
        ...{ scheduledAt: iso(NEXT - HOUR), trigger: 'SCHEDULE', claimedAt: iso(NEXT - HOUR) },
        ...{ executionArn: 'before', configVersion: '0', zoneData: '2026e' },
      },
      { status: 'SUCCEEDED', at: iso(NEXT - HOUR), settledAt: iso(NEXT - HOUR) },
    )
    void stage.clock
      .sleep(NEXT - stage.clock.now())
      .then(() => stage.deliver({ schedule: 'nightly', scheduledAt: iso(NEXT) }))
    await stage.clock.runUntil(NEXT + 5 * HOUR)
    expect(stage.aws.calls.filter(({ action }) => action === 'RotateSecret')).toHaveLength(0)
    expect([...stage.ledger.rows.keys()]).toEqual([rotationId])
  })

  it.runIf(process.versions.tz === '2026c')('nor what a release without a table began', async () => {
    const stage = stageWith()
    const before = iso(NEXT + HOUR)
    await stage.waves.start(`nightly#${before}`, {
      ...{ schedule: 'nightly', scheduledAt: before, startedAt: before, secrets: 1, executionArn: 'before' },
    })
    const rotationId = rotationIdOf('nightly', 'orders', before)
    await stage.ledger.claim({
      ...{ rotationId, schedule: 'nightly', secret: 'orders', secretName: 'orders', scheduledAt: before },
      ...{ trigger: 'SCHEDULE', claimedAt: before, executionArn: 'before', configVersion: '0' },
    })
    await stage.ledger.transition(rotationId, ['CLAIMED'], {
      status: 'SUCCEEDED',
      at: before,
      settledAt: before,
    })
    void stage.clock
      .sleep(NEXT + 2 * HOUR - stage.clock.now())
      .then(() => stage.deliver({ schedule: 'nightly', scheduledAt: iso(NEXT), catchUp: true }))
    await stage.clock.runUntil(NEXT + 6 * HOUR)
    expect(stage.aws.calls.filter(({ action }) => action === 'RotateSecret')).toHaveLength(0)
    expect([...stage.ledger.rows.keys()]).toEqual([rotationId])
  })
})
