import { describe, expect, it } from 'vitest'
import type { Config, Schedule } from '../../src/config/config.ts'
import { limitsIn, limitsOf, nextDue, placeIn } from '../../src/model/limits.ts'
import { virtualClock } from '../../src/rehearse/world/clock.ts'
import { runDurable } from '../../src/rehearse/world/durable.ts'
import { runHooks } from '../../src/rotation/hooks.ts'
import type { Ports } from '../../src/rotation/ports.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'
import { auditorOf, rowsOf } from './auditor.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

async function audited(options: StageOptions = {}) {
  const stage = simulatedStage(options)
  const auditor = auditorOf(stage)
  await auditor.at(INSTANT - MINUTE)
  return { stage, auditor }
}

/** A rotation function whose four steps take so long in all. */
const taking = (minutes: number) => ({ step: () => ({ delayMs: (minutes / 4) * MINUTE }) })

const without = (config: Config): Config => ({ ...config, version: 'later', schedules: [] })

describe('a rotation is judged by what held as it was claimed', () => {
  it('asked for by secret, with its schedule’s timeout of 2 h: 40 minutes are no timeout', async () => {
    const { stage, auditor } = await audited({ schedule: { timeoutSeconds: 7_200 }, ...taking(40) })
    const scheduledAt = new Date(INSTANT + 10 * HOUR).toISOString()
    await stage.clock.runUntil(INSTANT + 10 * HOUR)
    void stage.deliver({ requestId: 'r', secrets: ['orders'], scheduledAt })
    const before = auditor.findings.length
    await auditor.every5Minutes(INSTANT + 10 * HOUR + 5 * MINUTE, INSTANT + 11 * HOUR)
    expect(rowsOf(stage).find(({ schedule }) => schedule === 'on-demand')).toMatchObject({
      status: 'SUCCEEDED',
      limits: { timeoutSeconds: 7_200, windowSeconds: 1_800, beforeSeconds: 0, afterSeconds: 0 },
    })
    expect(auditor.findings.slice(before).map(({ kind }) => kind)).not.toContain('LOST_RUN')
  })

  it('also where a deploy removes its schedule meanwhile', async () => {
    const { stage, auditor } = await audited({ schedule: { timeoutSeconds: 7_200 }, ...taking(40) })
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + 5 * MINUTE)
    for (let at = INSTANT + 6 * MINUTE; at < INSTANT + HOUR; at += 5 * MINUTE)
      await auditor.at(at, { config: without(stage.config) })
    expect(rowsOf(stage)).toMatchObject([{ status: 'SUCCEEDED' }])
    expect(auditor.kinds()).not.toContain('LOST_RUN')
  })

  it('at the place that it was claimed at', async () => {
    const place = { account: '222222222222', region: 'eu-west-1' }
    const { stage, auditor } = await audited({ schedule: { place } })
    void stage.deliver(undefined, { crash: (operation) => operation.endsWith(':follow'), restart: false })
    await stage.clock.runUntil(INSTANT + 2 * MINUTE)
    const { openSecrets } = await import('../../src/aws/secrets.ts')
    const secretsAt: typeof auditor.world.secretsAt = (at) =>
      openSecrets((at?.region === 'eu-west-1' ? stage.elsewhere : stage.aws).client)
    await auditor.at(INSTANT + HOUR, { config: without(stage.config), secretsAt })
    expect(rowsOf(stage)).toMatchObject([{ status: 'SUCCEEDED' }])
  })
})

describe('how long hooks may take', () => {
  it.each([[[5]], [[120]], [[900, 30]]])('%j seconds: never less than they do', async (timeouts) => {
    const clock = virtualClock(INSTANT)
    const hooks = timeouts.map((timeoutSeconds) => ({ invoke: 'h', timeoutSeconds }))
    const limits = limitsOf({ windowSeconds: 1, timeoutSeconds: 1, before: hooks })
    let tries = 0
    const invokeHook: Ports['invokeHook'] = async (_name, _event, timeoutMs) => {
      await clock.sleep(timeoutMs)
      // The last try of each but the last hook answers, in the nick of time.
      if (++tries % 3 === 0 && tries < 3 * hooks.length) return {}
      throw new Error('no answer')
    }
    const event = { hook: 'before', rotationId: 'r', schedule: 's', secret: 'a', trigger: 't' } as const
    let ended = 0
    void runDurable({ clock }, async (steps) => {
      await runHooks(steps, { before: hooks }, { ...event, scheduledAt: '' }, { invokeHook } as Ports)
      ended = clock.now()
    })
    await clock.runUntil(INSTANT + 3 * HOUR)
    expect(ended).toBeGreaterThan(INSTANT + 3 * timeouts.reduce((a, b) => a + b) * 1_000 - 1)
    expect(ended).toBeLessThanOrEqual(INSTANT + (limits.beforeSeconds ?? 0) * 1_000)
  })

  it('a living run keeps its claim through all its tries, from a duplicate delivery too', async () => {
    let calls = 0
    const { stage } = await audited({
      schedule: { before: [{ invoke: 'check', timeoutSeconds: 120 }] },
      hook: () => (++calls === 3 ? Promise.resolve({}) : new Promise(() => {})),
    })
    const first = stage.deliver(undefined, { replayAfterWait: false })
    await stage.clock.runUntil(INSTANT + 1)
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + HOUR)
    expect(await first).toMatchObject({ outcomes: { SUCCEEDED: 1 }, duplicates: 0 })
    const [record] = rowsOf(stage)
    expect(record).toMatchObject({ status: 'SUCCEEDED', executionArn: 'execution-0' })
    expect(record?.startedAt).toBeDefined()
  })
})

describe('a record of an earlier release, without limits', () => {
  const schedule = (name: string, parts: Partial<Schedule>): Schedule => ({
    ...{ name, when: 'cron(0 3 * * ? *)', timezone: 'UTC', secrets: ['a'], windowSeconds: 60 },
    ...{ timeoutSeconds: 60, precision: 'minute', concurrency: 1, enabled: true, ignoreFreezes: [] },
    ...parts,
  })
  const config = {
    schedules: [
      schedule('nightly', {}),
      schedule('weekly', { secrets: ['b'], timeoutSeconds: 600, place: { region: 'eu-west-1' } }),
      schedule('monthly', { secrets: ['c'], timeoutSeconds: 6_000 }),
    ],
  }
  it.each<[string, { schedule: string; secretName: string }, number, object | undefined]>([
    ['goes by its schedule', { schedule: 'nightly', secretName: 'c' }, 60, undefined],
    ['on demand by its secret', { schedule: 'on-demand', secretName: 'c' }, 6_000, undefined],
    ['of a schedule that is gone by the longest', { schedule: 'gone', secretName: 'z' }, 6_000, undefined],
    ['by its secret elsewhere', { schedule: 'gone', secretName: 'eu-west-1:b' }, 600, undefined],
  ])('%s', (_, rotation, timeoutSeconds, place) => {
    expect(limitsIn(rotation, config).timeoutSeconds).toBe(timeoutSeconds)
    expect(placeIn(rotation, config)).toEqual(place)
  })

  it('is told from one with limits: the record’s place, by today’s role', () => {
    const role = { account: '1', role: 'today' }
    const today = { schedules: [schedule('x', { place: role })] }
    const limits = { ...limitsOf(schedule('x', {})), place: { account: '1', role: 'then' } }
    const rotation = { schedule: 'gone', secretName: '1:a', limits }
    expect(limitsIn(rotation, today)).toEqual(limits)
    expect(placeIn(rotation, today)).toEqual(role)
    expect(placeIn(rotation, { schedules: [] })).toEqual(limits.place)
  })

  it('is due by the same rule', () => {
    const at = new Date(INSTANT).toISOString()
    const record = { scheduledAt: at, claimedAt: at, events: [], status: 'CLAIMED' } as never
    expect(nextDue(record, limitsOf({ windowSeconds: 60, timeoutSeconds: 1 }))).toBe(INSTANT + MINUTE)
  })
})
