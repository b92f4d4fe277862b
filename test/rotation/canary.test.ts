import { describe, expect, it } from 'vitest'
import { SETTLED } from '../../src/model/rotation.ts'
import { kindsOfWave, waveText } from '../../src/notify/wave-text.ts'
import type { CrashPoint } from '../../src/rehearse/world/durable.ts'
import type { RotateRequest } from '../../src/rotation/wave-request.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'

type Stage = ReturnType<typeof simulatedStage>

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const iso = (at: number) => new Date(at).toISOString()
const named = (count: number) => Array.from({ length: count }, (_, index) => `db-${index}`)
const nameOf = (arn: string) => arn.replace(/^.*:secret:/, '').replace(/-\w{6}$/, '')

/** Six secrets, the first a canary, ten minutes of soak. `broken`: those whose function always fails. */
function stageOf(
  broken: (secret: string, turn: number) => boolean,
  { schedule, ...options }: StageOptions = {},
) {
  const turns = new Map<string, number>()
  return simulatedStage({
    heardMs: () => 2_000,
    step: ({ SecretId, Step }) => {
      const name = nameOf(SecretId)
      if (Step === 'createSecret') turns.set(name, (turns.get(name) ?? 0) + 1)
      return { delayMs: 100, fails: Step === 'setSecret' && broken(name, turns.get(name) ?? 0) }
    },
    ...options,
    schedule: { secrets: named(6), canary: 1, soakSeconds: 600, ...schedule },
  })
}
const all = () => true
const none = () => false

async function deliver(stage: Stage, request?: RotateRequest, durable = {}) {
  const delivered = stage.deliver(request, durable)
  await stage.clock.runUntil(INSTANT + 4 * HOUR)
  return delivered
}

/** Secrets of which Secrets Manager began a rotation, in the order in which it did. */
const touched = (stage: Stage) => [
  ...new Set(
    stage.aws.calls.filter(({ action }) => action === 'RotateSecret').map(({ secret }) => nameOf(secret)),
  ),
]
const rowsOf = (stage: Stage) =>
  [...stage.ledger.rows.values()].sort((a, b) => a.secret.localeCompare(b.secret, 'en', { numeric: true }))
const outcomes = (stage: Stage) => rowsOf(stage).map(({ status, reason }) => reason ?? status)
const waves = (stage: Stage) => stage.told.flatMap((news) => (news.about === 'wave' ? [news.wave] : []))
const FAILED = 'ROTATION_FUNCTION_FAILED'
const BARRED = 'CANARY_NOT_VERIFIED'
const restOf = (outcome: string, count = 5) => Array.from({ length: count }, () => outcome)

describe('with a function that breaks every secret', () => {
  it.each([
    [1, 6, ['db-0']],
    [2, 6, ['db-0', 'db-1']],
    [['db-3'], 6, ['db-3']],
    [['db-4', 'db-2'], 6, ['db-2', 'db-4']],
    [1, 130, ['db-0']],
    [['db-77'], 130, ['db-77']],
    [undefined, 6, named(6)],
  ])('canary %j of %i: exactly the canaries are touched', async (canary, count, canaries) => {
    const stage = stageOf(all, { schedule: { secrets: named(count), canary } as never })
    await deliver(stage)
    expect(touched(stage)).toEqual(canaries)
    const failed = rowsOf(stage).filter(({ reason }) => reason === FAILED)
    expect(failed.map(({ secret }) => secret)).toEqual(canaries)
    expect(outcomes(stage).filter((it) => it === BARRED)).toHaveLength(count - canaries.length)
  })

  it('each of the rest says which canary, and people hear of it once', async () => {
    const stage = stageOf(all)
    await deliver(stage)
    const message = 'canary "db-0" is FAILED ROTATION_FUNCTION_FAILED'
    expect(rowsOf(stage)[3]).toMatchObject({ status: 'SKIPPED', reason: BARRED, message })
    const [wave, ...more] = waves(stage)
    expect(more).toEqual([])
    expect(wave && kindsOfWave(wave)).toContain('failure')
    const { text = '' } = wave
      ? waveText(wave, 'UTC', { stage: 'test', configVersion: 'x', region: 'eu-central-1' })
      : {}
    expect(text).toContain(`Seen: ${message}`)
    expect(text).toContain('so the rest of the wave was not touched')
  })

  it('is so wherever the process dies', async () => {
    const points: [string, CrashPoint][] = []
    const noting = (operation: string, point: CrashPoint) => {
      points.push([operation, point])
      return false
    }
    const schedule = { secrets: named(3) }
    await deliver(stageOf(all, { schedule }), undefined, { crash: noting })
    expect(points.length).toBeGreaterThan(50)
    for (const [operation, point] of points) {
      let died = false
      const crash = (at: string, where: CrashPoint) => {
        const now = !died && at === operation && where === point
        died ||= now
        return now
      }
      const stage = stageOf(all, { schedule })
      await deliver(stage, undefined, { crash })
      expect([operation, point, touched(stage)]).toEqual([operation, point, ['db-0']])
      const [canary, ...rest] = rowsOf(stage)
      expect([operation, point, ...rest.map(({ reason }) => reason)]).toEqual([
        ...[operation, point, BARRED, BARRED],
      ])
      // Whose start nobody has noted is not told of a failure.
      expect(canary?.reason).toMatch(/^(ROTATION_FUNCTION_FAILED|PENDING_VERSION_STUCK)$/)
    }
  })

  it('is so with two executions of the same wave, an early one, and one that the audit starts', async () => {
    const stage = stageOf(all, { step: () => ({ delayMs: 90_000, fails: true }) })
    const scheduledAt = iso(INSTANT)
    const early = { schedule: 'nightly', scheduledAt: iso(INSTANT - 120_000), leadSeconds: 120 }
    void stage.deliver(early)
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + MINUTE)
    void stage.deliver({ schedule: 'nightly', scheduledAt, catchUp: true })
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + 4 * HOUR)
    expect(touched(stage)).toEqual(['db-0'])
    expect(outcomes(stage)).toEqual([expect.any(String), ...restOf(BARRED)])
  })

  it('is so on demand, with an override too; who names secrets has them all', async () => {
    const onDemand = async (request: object) => {
      const stage = stageOf(all)
      await deliver(stage, { requestId: 'r', scheduledAt: iso(INSTANT), ...request })
      return touched(stage)
    }
    expect(await onDemand({ schedule: 'nightly' })).toEqual(['db-0'])
    expect(await onDemand({ schedule: 'nightly', override: 'CHG-1' })).toEqual(['db-0'])
    expect(await onDemand({ schedule: 'nightly', secrets: ['db-4', 'db-5'] })).toEqual(['db-4', 'db-5'])
    expect(await onDemand({ secrets: ['db-4'] })).toEqual(['db-4'])
  })

  it('is so of a selector’s wave; where a named canary is not in it, nothing but the others goes', async () => {
    const first = stageOf(all, { selected: true })
    await deliver(first)
    expect(touched(first)).toEqual(['db-0'])
    const stage = stageOf(none, { selected: true, schedule: { canary: ['db-1', 'db-9'] } })
    await deliver(stage)
    expect(touched(stage)).toEqual(['db-1'])
    expect(rowsOf(stage)[0]?.message).toBe('canary "db-9" is none of this wave’s secrets')
    expect(stage.clock.now()).toBeGreaterThan(INSTANT)
  })
})

it('two runs of a selector that list other secrets go by the canary of the first', async () => {
  const stage: Stage = stageOf(all, {
    selected: true,
    listed: (names) => (stage.clock.now() < INSTANT + MINUTE ? names.filter((it) => it !== 'db-0') : names),
  })
  const dies = (operation: string) => operation.includes('watch the canaries')
  await stage.clock.runUntil(INSTANT)
  void stage.deliver(undefined, { crash: dies, restart: false })
  await stage.clock.runUntil(INSTANT + 2 * MINUTE)
  expect(touched(stage)).toEqual(['db-1'])
  await deliver(stage, { schedule: 'nightly', scheduledAt: iso(INSTANT), catchUp: true })
  expect(touched(stage)).toEqual(['db-1'])
  expect(outcomes(stage)).toEqual([BARRED, FAILED, ...restOf(BARRED, 4)])
})

it('a gate that cannot read the canaries is shut, and tries while the window is open', async () => {
  const stage: Stage = stageOf(none, {
    schedule: { soakSeconds: 60 },
    ledgerFault: (call) => {
      const sinceMs = stage.clock.now() - INSTANT
      const blind = MINUTE / 2 < sinceMs && sinceMs < 10 * MINUTE
      return blind && call === 'get' ? { before: new Error('throttled') } : {}
    },
  })
  const delivered = stage.deliver()
  await stage.clock.runUntil(INSTANT + 10 * MINUTE)
  expect(touched(stage)).toEqual(['db-0'])
  await stage.clock.runUntil(INSTANT + 4 * HOUR)
  await delivered
  expect(outcomes(stage)).toEqual(restOf('SUCCEEDED', 6))
})

describe('the rest', () => {
  const settledAt = (stage: Stage, index: number) => Date.parse(rowsOf(stage)[index]?.settledAt ?? '')
  const startedAt = (stage: Stage, index: number) => Date.parse(rowsOf(stage)[index]?.startedAt ?? '')

  it.each([
    ['a small wave', 6],
    ['a wave in parts', 100],
  ])('starts once the last canary has succeeded and soaked: %s', async (_, count) => {
    const stage = stageOf(none, { schedule: { secrets: named(count), canary: ['db-1', 'db-5'] } })
    await deliver(stage)
    expect(new Set(outcomes(stage))).toEqual(new Set(['SUCCEEDED']))
    expect(touched(stage).slice(0, 2)).toEqual(['db-1', 'db-5'])
    const from = Math.max(settledAt(stage, 1), settledAt(stage, 5)) + 10 * MINUTE
    for (const index of [0, 2, count - 2]) {
      expect(startedAt(stage, index)).toBeGreaterThanOrEqual(from)
      if (count < 10) expect(startedAt(stage, index)).toBeLessThan(from + 3_000)
    }
  })

  it('starts at once without a soak, and is not late by `precision: second`', async () => {
    const schedule = { soakSeconds: undefined, precision: 'second' } as never
    const stage = stageOf(none, { schedule })
    await deliver(stage)
    expect(startedAt(stage, 3)).toBeLessThan(settledAt(stage, 0) + 3_000)
    expect(rowsOf(stage).flatMap(({ concerns = [] }) => concerns)).toEqual([])
    const slow = stageOf(none, { schedule, step: () => ({ delayMs: 5_000 }) })
    await deliver(slow)
    expect(startedAt(slow, 3)).toBeGreaterThan(INSTANT + 15_000)
    expect(rowsOf(slow).flatMap(({ concerns = [] }) => concerns)).toEqual([])
  })

  it('rotates where the canary fails first, and succeeds by a retry', async () => {
    const stage = stageOf((name, turn) => name === 'db-0' && turn === 1, { schedule: { retries: 1 } })
    await deliver(stage)
    expect(outcomes(stage)).toEqual(restOf('SUCCEEDED', 6))
    expect(startedAt(stage, 1)).toBeGreaterThan(INSTANT + 11 * MINUTE)
  })

  it('asks the gate again after the soak: a hold that was placed meanwhile counts', async () => {
    const stage = stageOf(none)
    const delivered = stage.deliver()
    await stage.clock.runUntil(INSTANT + 5 * MINUTE)
    const hold = { id: 'aaa-aaa-aaa', reason: 'incident', by: 'ana', placedAt: iso(stage.clock.now()) }
    await stage.holds.place({ ...hold, scope: 'all' })
    await stage.clock.runUntil(INSTANT + 4 * HOUR)
    await delivered
    expect(outcomes(stage)).toEqual(['SUCCEEDED', ...restOf('HELD')])
  })

  it('is not touched where the canary is held, and then people hear of it', async () => {
    const stage = stageOf(none)
    const hold = { id: 'aaa-aaa-aaa', reason: 'incident', by: 'ana', placedAt: iso(INSTANT - MINUTE) }
    await stage.holds.place({ ...hold, scope: 'secret/db-0' })
    await deliver(stage)
    expect(touched(stage)).toEqual([])
    expect(outcomes(stage)).toEqual(['HELD', ...restOf(BARRED)])
    expect(rowsOf(stage)[1]?.message).toBe('canary "db-0" is SKIPPED HELD')
    expect(waves(stage).flatMap(kindsOfWave)).toContain('failure')
  })

  it.each([
    [
      'a freeze',
      'FROZEN',
      { freezes: [{ name: 'night', from: '2026-11-29', to: '2026-11-30', timezone: 'UTC', yearly: false }] },
    ],
    [
      'a Change Calendar',
      'CALENDAR_CLOSED',
      {
        schedule: { changeCalendars: ['company'] },
        calendarState: async () => ({ state: 'CLOSED' as const }),
      },
    ],
    ['a schedule that is off', 'DISABLED', { schedule: { enabled: false } }],
  ])('has the name of what bars all of them, and nobody is paged: %s', async (_, reason, options) => {
    const stage = stageOf(none, options as StageOptions)
    await deliver(stage)
    expect(outcomes(stage)).toEqual(restOf(reason, 6))
    expect(waves(stage).flatMap(kindsOfWave)).toEqual(['skipped'])
  })

  it('never starts where the soak would end after the window, and nobody waits for it', async () => {
    const stage = stageOf(none, { schedule: { windowSeconds: 601 }, step: () => ({ delayMs: 2_000 }) })
    const delivered = stage.deliver()
    await stage.clock.runUntil(INSTANT + 2 * MINUTE)
    await delivered
    expect(outcomes(stage)).toEqual(['SUCCEEDED', ...restOf('WINDOW_CLOSED')])
    expect(rowsOf(stage)[1]?.message).toMatch(
      /^its canaries had succeeded by \S+, and soak until \S+; the window closes at 2026-11-29T03:10:01/,
    )
  })

  it('says that it waited for a canary, where the window closes over it', async () => {
    const schedule = { windowSeconds: 120, timeoutSeconds: 600, soakSeconds: undefined } as never
    const stage = stageOf(none, { schedule, step: () => ({ delayMs: 60_000 }) })
    await deliver(stage)
    expect(outcomes(stage)).toEqual(['SUCCEEDED', ...restOf('WINDOW_CLOSED')])
    expect(rowsOf(stage)[1]?.message).toMatch(/^the window closed at .*; its canaries had succeeded by /)
  })

  it('is all there is where every secret is a canary: they go together', async () => {
    const stage = stageOf(all, { schedule: { canary: 9 } })
    await deliver(stage)
    expect(outcomes(stage)).toEqual(restOf(FAILED, 6))
  })

  it('has its outcome from the run that takes over, where one dies in the soak', async () => {
    const stage = stageOf(none)
    const crash = (operation: string) => operation.includes(':soak')
    await stage.clock.runUntil(INSTANT)
    void stage.deliver(undefined, { crash, restart: false })
    await stage.clock.runUntil(INSTANT + 3 * MINUTE)
    expect(outcomes(stage)).toEqual(['SUCCEEDED'])
    expect(stage.stopped).toEqual(['execution-0'])
    void stage.deliver({ schedule: 'nightly', scheduledAt: iso(INSTANT), catchUp: true })
    await stage.clock.runUntil(INSTANT + 4 * HOUR)
    expect(outcomes(stage)).toEqual(restOf('SUCCEEDED', 6))
    expect(startedAt(stage, 2)).toBeGreaterThan(settledAt(stage, 0) + 10 * MINUTE)
    expect(rowsOf(stage).every(({ status }) => SETTLED.includes(status))).toBe(true)
  })
})
