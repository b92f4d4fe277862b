import { describe, expect, it } from 'vitest'
import { NOTIFIED_BY_DEFAULT } from '../../src/notify/recipients.ts'
import { kindsOfWave, waveText } from '../../src/notify/wave-text.ts'
import type { CrashPoint } from '../../src/rehearse/world/durable.ts'
import type { WaveSummary } from '../../src/rotation/notification.ts'
import type { RotateRequest } from '../../src/rotation/wave-request.ts'
import { ORIGIN } from '../notify/records.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'

type Stage = ReturnType<typeof simulatedStage>

const HOUR = 3_600_000
const DAY = 24 * HOUR
const iso = (at: number) => new Date(at).toISOString()

/** Its function fails on the nights that `fails` says, counted from 1. */
function stageOf(fails: (night: number) => boolean, options: StageOptions = {}) {
  const stage: Stage = simulatedStage({
    heardMs: () => 2_000,
    step: () => ({ delayMs: 100, fails: fails(1 + Math.floor((stage.clock.now() - INSTANT) / DAY)) }),
    ...options,
    schedule: { pauseAfter: 3, ...options.schedule },
  })
  return stage
}

async function deliver(stage: Stage, at: number, request: RotateRequest, durable = {}) {
  await stage.clock.runUntil(at)
  const delivered = stage.deliver(request, durable)
  await stage.clock.runUntil(at + 2 * HOUR)
  await delivered
}

const night = (stage: Stage, count: number, durable = {}) => {
  const at = INSTANT + (count - 1) * DAY
  return deliver(stage, at, { schedule: 'nightly', scheduledAt: iso(at) }, durable)
}
const nights = async (stage: Stage, from: number, to: number) => {
  for (let count = from; count <= to; count++) await night(stage, count)
}
/** Some hours after a night. */
const onDemand = (stage: Stage, after: number, request: object = { schedule: 'nightly' }) => {
  const at = INSTANT + (after - 1) * DAY + 9 * HOUR
  return deliver(stage, at, { requestId: `r-${after}`, scheduledAt: iso(at), ...request })
}

const rowsOf = (stage: Stage) =>
  [...stage.ledger.rows.values()].sort((a, b) => (a.scheduledAt < b.scheduledAt ? -1 : 1))
/** A success that came after a failure, as another rotation has finished its version, is `late`. */
const outcomes = (stage: Stage) =>
  rowsOf(stage).map(({ status, reason, late }) => (late ? 'late' : status === 'SUCCEEDED' ? status : reason))
const pages = (stage: Stage) =>
  stage.told.filter((news) => news.about === 'wave' && kindsOfWave(news.wave).some((it) => it === 'failure'))
    .length
const pausesOf = (stage: Stage) => stage.holds.inForce(iso(stage.clock.now()))
const FAILED = 'ROTATION_FUNCTION_FAILED'

describe('a secret whose rotations fail night after night', () => {
  it.each([
    [1, 1],
    [3, 3],
    [undefined, 7],
  ])('in a week, with pauseAfter: %s, pages %s times', async (pauseAfter, told) => {
    const stage = stageOf(() => true, { schedule: { pauseAfter } as never })
    await nights(stage, 1, 7)
    expect(pages(stage)).toBe(told)
    expect(outcomes(stage)).toEqual(
      Array.from({ length: 7 }, (_, index) => (index < told ? FAILED : 'PAUSED')),
    )
    expect(stage.aws.calls.filter(({ action }) => action === 'RotateSecret')).toHaveLength(told)
  })

  it('is told to be paused with its last failure, and says so each night', async () => {
    const stage = stageOf(() => true)
    await nights(stage, 1, 4)
    const [, second, third, fourth] = rowsOf(stage)
    expect(second?.message).not.toMatch(/paused/)
    const words =
      /paused, it failed 3 times in a row in nightly: until it succeeds on demand, or is released \(pause \S+\); /
    expect(third?.message).toMatch(words)
    expect(fourth).toMatchObject({ status: 'SKIPPED', reason: 'PAUSED' })
    const [pause, ...more] = await pausesOf(stage)
    expect(more).toEqual([])
    expect(pause).toMatchObject({
      kind: 'pause',
      scope: 'secret/orders',
      schedule: 'nightly',
      by: 'pauseAfter: 3',
    })
    expect(fourth?.message).toContain(`(pause ${pause?.id})`)
  })

  it('people are told of the pause once, however long the words of what failed are', async () => {
    const hooks = { after: [{ invoke: 'check', timeoutSeconds: 30 }] }
    const answer = async () => ({ ok: false, reason: 'login refused '.repeat(100) })
    const stage = stageOf(() => false, { schedule: { pauseAfter: 1, ...hooks }, hook: answer })
    await nights(stage, 1, 3)
    expect(outcomes(stage)).toEqual(['VERIFICATION_FAILED', 'PAUSED', 'PAUSED'])
    const waves = stage.told.flatMap((news) => (news.about === 'wave' ? [news.wave] : []))
    const told = waves.filter((wave) => kindsOfWave(wave).some((it) => NOTIFIED_BY_DEFAULT.includes(it)))
    expect(told).toHaveLength(1)
    const { text } = waveText(told[0] as WaveSummary, 'UTC', ORIGIN)
    expect(text).toMatch(/Seen: paused, it failed once in nightly: until .* \(pause \S+\); .*login refused/)
  })

  it('is not paused by failures with a success between them', async () => {
    const stage = stageOf((count) => count !== 3)
    await nights(stage, 1, 5)
    expect(outcomes(stage)).toEqual(['late', FAILED, 'SUCCEEDED', FAILED, FAILED])
    expect(await pausesOf(stage)).toEqual([])
    await night(stage, 6)
    expect(await pausesOf(stage)).toHaveLength(1)
  })

  it.each([
    ['earlier', -3],
    ['later', 5],
  ])('counts what a person has moved %s', async (_, hours) => {
    const stage = stageOf(() => true, { schedule: { windowSeconds: 1_800 } })
    await night(stage, 1)
    const [from, to] = [INSTANT + DAY, INSTANT + DAY + hours * HOUR]
    const who = { by: 'ana', reason: 'CHG-1', placedAt: iso(stage.clock.now()) }
    const moved = { id: 'aaa-aaa-aaa', schedule: 'nightly', scheduledAt: iso(from), movedTo: iso(to), ...who }
    await stage.exceptions.place(moved)
    const run = () =>
      deliver(stage, to, {
        ...{ requestId: moved.id, schedule: 'nightly', scheduledAt: iso(to), movedFrom: iso(from) },
      })
    for (const next of hours < 0 ? [run, () => night(stage, 2)] : [() => night(stage, 2), run]) await next()
    expect(outcomes(stage).toSorted()).toEqual([FAILED, FAILED, 'SKIPPED_ONCE'])
    await night(stage, 3)
    expect(await pausesOf(stage)).toHaveLength(1)
  })

  it('is paused by failures with a night under a hold between them', async () => {
    const stage = stageOf(() => true)
    await nights(stage, 1, 2)
    const placedAt = iso(stage.clock.now())
    const until = iso(INSTANT + 2 * DAY + HOUR)
    await stage.holds.place({
      id: 'aaa-aaa-aaa',
      scope: 'all',
      reason: 'incident',
      by: 'ana',
      placedAt,
      until,
    })
    await nights(stage, 3, 5)
    expect(outcomes(stage)).toEqual([FAILED, FAILED, 'HELD', FAILED, 'PAUSED'])
  })

  it.each([[{ schedule: 'nightly' }], [{ secrets: ['orders'] }]])(
    'rotates on demand all the same, and its success ends the pause: %j',
    async (request) => {
      const stage = stageOf((count) => count < 4 || count > 5)
      await nights(stage, 1, 3)
      await onDemand(stage, 3, request)
      expect(outcomes(stage)).toEqual([FAILED, FAILED, FAILED, FAILED])
      expect(await pausesOf(stage)).toHaveLength(1)
      await onDemand(stage, 4, request)
      expect(await pausesOf(stage)).toEqual([])
      await night(stage, 5)
      expect(outcomes(stage)).toEqual(['late', FAILED, FAILED, FAILED, 'SUCCEEDED', 'SUCCEEDED'])
    },
  )

  it('begins a new row after a success on demand', async () => {
    const stage = stageOf((count) => count !== 4)
    await nights(stage, 1, 3)
    await onDemand(stage, 4)
    await nights(stage, 5, 6)
    expect(await pausesOf(stage)).toEqual([])
    await nights(stage, 7, 8)
    expect(outcomes(stage)).toEqual(['late', FAILED, FAILED, 'SUCCEEDED', FAILED, FAILED, FAILED, 'PAUSED'])
  })

  it('rotates again once somebody has released the pause', async () => {
    const stage = stageOf((count) => count < 4)
    await nights(stage, 1, 3)
    const [pause] = await pausesOf(stage)
    await stage.holds.release('secret/orders', pause?.id ?? '', 'ana', iso(stage.clock.now()))
    await night(stage, 4)
    expect(outcomes(stage).at(-1)).toBe('SUCCEEDED')
  })

  it('is paused alone, and in no other schedule', async () => {
    const stage = stageOf(() => true, { schedule: { pauseAfter: 1, secrets: ['orders', 'billing'] } })
    await night(stage, 1)
    const scopes = (await pausesOf(stage)).map(({ scope }) => scope)
    expect(scopes.sort()).toEqual(['secret/billing', 'secret/orders'])
    const one = stageOf(() => false)
    const placedAt = iso(INSTANT)
    await one.holds.place({
      ...{ id: 'aaa-aaa-aaa', scope: 'secret/orders', kind: 'pause', schedule: 'weekly' },
      ...{ reason: 'it failed', by: 'pauseAfter: 3', placedAt },
    })
    await night(one, 1)
    expect(outcomes(one)).toEqual(['SUCCEEDED'])
  })

  it('has one pause, and is told of it once, wherever its process dies', async () => {
    const points: [string, CrashPoint][] = (['pause', 'settle'] as const).flatMap((name) =>
      (['before', 'after effect', 'after checkpoint'] as const).map((point): [string, CrashPoint] => [
        name,
        point,
      ]),
    )
    for (const [name, point] of points) {
      let died = false
      const crash = (operation: string, at: CrashPoint) => {
        if (died || !operation.endsWith(`:${name}`) || at !== point) return false
        died = true
        return true
      }
      const stage = stageOf(() => true, { schedule: { pauseAfter: 1 } })
      await night(stage, 1, { crash })
      expect(died, `${name} ${point}`).toBe(true)
      expect(await pausesOf(stage)).toHaveLength(1)
      expect(rowsOf(stage)[0]?.message).toMatch(/^paused, it failed once in nightly/)
    }
  })
})
