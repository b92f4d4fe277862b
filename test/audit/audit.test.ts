import { describe, expect, it } from 'vitest'
import { rotationIdOf } from '../../src/model/identity.ts'
import type { CrashPoint } from '../../src/rehearse/world/durable.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'
import { auditorOf, rowsOf } from './auditor.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const AT = new Date(INSTANT).toISOString()
const ID = rotationIdOf('nightly', 'orders', AT)

/** A stage that the audit has seen before its instant. */
async function audited(options: StageOptions = {}) {
  const stage = simulatedStage(options)
  const auditor = auditorOf(stage)
  await auditor.at(INSTANT - MINUTE)
  return { stage, auditor }
}

const rotateCalls = (stage: ReturnType<typeof simulatedStage>) =>
  stage.aws.calls.filter(({ action }) => action === 'RotateSecret')

describe('an occurrence that nothing has started', () => {
  it('is left alone while its delivery may still come', async () => {
    const { stage, auditor } = await audited()
    await auditor.at(INSTANT + 2 * MINUTE)
    expect(auditor.started.size).toBe(0)
    expect(rowsOf(stage)).toEqual([])
  })

  it('is caught up inside its window, once, under the identity that it always had', async () => {
    const { stage, auditor } = await audited()
    await auditor.every5Minutes(INSTANT + 5 * MINUTE, INSTANT + 45 * MINUTE)
    const late = stage.deliver()
    await stage.clock.runUntil(INSTANT + HOUR)
    expect((await late)?.duplicates).toBe(1)
    expect(rowsOf(stage)).toMatchObject([{ rotationId: ID, trigger: 'CATCH_UP', status: 'SUCCEEDED' }])
    expect(rotateCalls(stage)).toHaveLength(1)
    expect(auditor.kinds()).toEqual(['CAUGHT_UP'])
  })

  it('where Lambda was full: what waited there past the window rotates nothing, and is told once', async () => {
    const { stage, auditor } = await audited()
    // Lambda takes each asynchronous event, and begins none of them before it has room.
    const waiting: Parameters<typeof stage.deliver>[0][] = [undefined]
    const start: typeof auditor.world.start = async (key, request) => {
      waiting.push(request)
      return { execution: key }
    }
    for (let at = 5; at <= 50; at += 5) await auditor.at(INSTANT + at * MINUTE, { start })
    expect(waiting.length).toBeGreaterThan(1)
    for (const request of waiting) void stage.deliver(request)
    await auditor.every5Minutes(INSTANT + 55 * MINUTE, INSTANT + 2 * HOUR)
    expect(rotateCalls(stage)).toEqual([])
    expect(rowsOf(stage)).toMatchObject([{ rotationId: ID, status: 'MISSED', reason: 'NOT_DELIVERED' }])
    expect(auditor.kinds().filter((kind) => kind === 'MISSED')).toHaveLength(1)
  })

  it('is MISSED once its window has closed, and a delivery after that changes nothing', async () => {
    const { stage, auditor } = await audited()
    await auditor.every5Minutes(INSTANT + 40 * MINUTE, INSTANT + 50 * MINUTE)
    const late = stage.deliver()
    await stage.clock.runUntil(INSTANT + 2 * HOUR)
    expect((await late)?.duplicates).toBe(1)
    const [record] = rowsOf(stage)
    expect(rowsOf(stage)).toHaveLength(1)
    expect(record).toMatchObject({
      rotationId: ID,
      status: 'MISSED',
      reason: 'NOT_DELIVERED',
      trigger: 'SCHEDULE',
    })
    expect(record?.message).toBe(
      'no run had started when the window closed at 2026-11-29T03:30:00.000Z; it was not caught up in time',
    )
    expect(record?.events.map(({ status }) => status)).toEqual(['MISSED'])
    expect(auditor.findings).toMatchObject([
      { kind: 'NOT_AUDITED' },
      { kind: 'MISSED', schedule: 'nightly', secret: 'orders', rotationId: ID },
    ])
    expect(rotateCalls(stage)).toHaveLength(0)
  })

  it('with onMissed: report is not started, but may still come; then it is MISSED', async () => {
    const { stage, auditor } = await audited({ schedule: { onMissed: 'report' } })
    await auditor.every5Minutes(INSTANT + 5 * MINUTE, INSTANT + 30 * MINUTE)
    expect(auditor.started.size).toBe(0)
    expect(rowsOf(stage)).toEqual([])
    expect(new Set(auditor.findings.map(({ key }) => key)).size).toBe(1)
    expect(new Set(auditor.kinds())).toEqual(new Set(['LATE_DELIVERY']))
    await auditor.at(INSTANT + 35 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'MISSED', reason: 'NOT_DELIVERED' }])
    expect(rowsOf(stage)[0]?.message).toContain('onMissed: report')
  })

  it('is SKIPPED where it lay in a freeze or under a hold, as if it had come in time', async () => {
    const night = {
      name: 'night',
      from: '2026-11-29',
      to: '2026-11-29T03:10',
      timezone: 'UTC',
      yearly: false,
    }
    const frozen = await audited({ freezes: [night] })
    await frozen.auditor.every5Minutes(INSTANT + 5 * MINUTE, INSTANT + 45 * MINUTE)
    expect(rowsOf(frozen.stage)).toMatchObject([{ status: 'SKIPPED', reason: 'FROZEN' }])
    expect(frozen.stage.told).toMatchObject([
      { about: 'rotation', rotation: { status: 'SKIPPED' }, since: 0 },
    ])

    const held = await audited()
    const by = { by: 'ana', reason: 'incident' }
    await held.stage.holds.place({
      id: 'aaa-aaa-aaa',
      scope: 'secret/orders',
      ...by,
      placedAt: new Date(INSTANT - 1).toISOString(),
    })
    await held.stage.holds.release(
      'secret/orders',
      'aaa-aaa-aaa',
      'ana',
      new Date(INSTANT + MINUTE).toISOString(),
    )
    await held.auditor.at(INSTANT + 2 * HOUR)
    expect(rowsOf(held.stage)).toMatchObject([{ status: 'SKIPPED', reason: 'HELD' }])
    expect(held.auditor.kinds()).not.toContain('MISSED')
  })

  it('is SKIPPED_ONCE, not missed and not caught up, where a person skipped it', async () => {
    const { stage, auditor } = await audited()
    const [scheduledAt, placedAt] = [INSTANT, INSTANT - HOUR].map((at) => new Date(at).toISOString())
    const by = { by: 'ana', reason: 'CHG-1', placedAt: placedAt ?? '' }
    await stage.exceptions.place({
      id: 'aaa-aaa-aaa',
      schedule: 'nightly',
      scheduledAt: scheduledAt ?? '',
      ...by,
    })
    await auditor.every5Minutes(INSTANT + 5 * MINUTE, INSTANT + 45 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'SKIPPED', reason: 'SKIPPED_ONCE' }])
    expect(rowsOf(stage)[0]?.message).toBe(
      `ana skipped nightly of ${scheduledAt}, at ${placedAt}: CHG-1 (exception aaa-aaa-aaa); no run had started`,
    )
    expect(auditor.kinds()).not.toContain('MISSED')
    expect(auditor.started.size).toBe(0)
  })

  it('is HELD by a hold of its secret’s name also where the secret is elsewhere', async () => {
    const { stage, auditor } = await audited({ schedule: { place: { region: 'eu-west-1' } } })
    const placedAt = new Date(INSTANT - MINUTE).toISOString()
    await stage.holds.place({
      ...{ id: 'aaa-aaa-aaa', scope: 'secret/orders', by: 'ana', reason: 'incident', placedAt },
    })
    await auditor.at(INSTANT + 2 * HOUR)
    expect(rowsOf(stage)).toMatchObject([
      {
        ...{ secretName: 'eu-west-1:orders', status: 'SKIPPED', reason: 'HELD' },
        message: `ana holds secret/orders since ${placedAt}, until it is released: incident (hold aaa-aaa-aaa); no run had started`,
      },
    ])
  })

  it('is MISSED where a hold came only after its instant', async () => {
    const { stage, auditor } = await audited()
    const placedAt = new Date(INSTANT + MINUTE).toISOString()
    await stage.holds.place({ id: 'aaa-aaa-aaa', scope: 'all', by: 'ana', reason: 'incident', placedAt })
    await auditor.at(INSTANT + 2 * HOUR)
    expect(rowsOf(stage)).toMatchObject([{ status: 'MISSED' }])
  })

  it('is nobody’s while its schedule is disabled, or was not there', async () => {
    const { stage, auditor } = await audited({ schedule: { enabled: false } })
    await auditor.at(INSTANT + HOUR)
    expect(rowsOf(stage)).toEqual([])
    const late = simulatedStage()
    const first = auditorOf(late)
    await first.at(INSTANT + 10 * MINUTE)
    await first.at(INSTANT + HOUR)
    expect(rowsOf(late)).toEqual([])
  })
})

describe('a schedule whose secrets are chosen as its waves start', () => {
  const select = { secrets: [], select: { prefix: 'fleet/' } }
  const withFleet = async () => {
    const it = await audited({ schedule: select })
    const { addSecret } = await import('../../src/rehearse/world/aws.ts')
    for (const name of ['fleet/a', 'fleet/b']) addSecret(it.stage.aws, name)
    return it
  }

  it('is caught up as a whole', async () => {
    const { stage, auditor } = await withFleet()
    await auditor.every5Minutes(INSTANT + 5 * MINUTE, INSTANT + 20 * MINUTE)
    expect(auditor.started.size).toBe(1)
    expect(rowsOf(stage).map(({ secret, status }) => `${secret} ${status}`)).toEqual([
      'fleet/a SUCCEEDED',
      'fleet/b SUCCEEDED',
    ])
  })

  it('is accounted for by its wave: what joins the fleet later was not missed', async () => {
    const { stage, auditor } = await withFleet()
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + 2 * MINUTE)
    const { addSecret } = await import('../../src/rehearse/world/aws.ts')
    addSecret(stage.aws, 'fleet/c')
    await auditor.every5Minutes(INSTANT + 5 * MINUTE, INSTANT + HOUR)
    expect(rowsOf(stage)).toHaveLength(2)
    expect(auditor.kinds()).toEqual([])
  })

  it('is MISSED for each that is chosen now', async () => {
    const { stage, auditor } = await withFleet()
    await auditor.at(INSTANT + HOUR)
    expect(rowsOf(stage)).toMatchObject([{ status: 'MISSED' }, { status: 'MISSED' }])
  })
})

describe('a run that lives', () => {
  it('is not helped while its secrets wait for their turn', async () => {
    const secrets = ['a', 'b', 'c', 'd']
    const { stage, auditor } = await audited({
      schedule: { secrets, concurrency: 1, timeoutSeconds: 1_200 },
      step: () => ({ delayMs: 3 * MINUTE }),
    })
    void stage.deliver()
    await auditor.every5Minutes(INSTANT + 5 * MINUTE, INSTANT + 90 * MINUTE)
    expect(auditor.started.size).toBe(0)
    expect(rowsOf(stage).map(({ status }) => status)).toEqual([
      'SUCCEEDED',
      'SUCCEEDED',
      'SUCCEEDED',
      'SKIPPED',
    ])
    expect(auditor.kinds()).toEqual([])
  })

  it('is not helped while it waits for an approval', async () => {
    const { stage, auditor } = await audited({ schedule: { approval: { timeoutSeconds: 1_200 } } })
    void stage.deliver()
    await auditor.every5Minutes(INSTANT + 5 * MINUTE, INSTANT + 15 * MINUTE)
    await stage.answer({ status: 'APPROVED', by: 'ana' })
    await auditor.every5Minutes(INSTANT + 20 * MINUTE, INSTANT + 45 * MINUTE)
    expect(auditor.started.size).toBe(0)
    expect(rowsOf(stage)).toMatchObject([{ status: 'SUCCEEDED', trigger: 'SCHEDULE' }])
  })
})

describe('a run that is killed for good', () => {
  it('leaves nothing unsettled, and no secret behind, wherever it dies', async () => {
    const points: string[] = []
    const healthy = simulatedStage()
    const noted = (operation: string, point: CrashPoint) => points.push(`${operation} ${point}`) === 0
    void healthy.deliver(undefined, { crash: noted })
    await healthy.clock.runUntil(INSTANT + HOUR)
    expect(points.length).toBeGreaterThan(20)
    for (let n = 0; n < points.length; n++) {
      const { stage, auditor } = await audited()
      let asked = 0
      const crash = (_op: string, _point: CrashPoint) => asked++ === n
      void stage.deliver(undefined, { crash, restart: false })
      await auditor.every5Minutes(INSTANT + 5 * MINUTE, INSTANT + 90 * MINUTE)
      const [record, ...others] = rowsOf(stage)
      expect(others).toEqual([])
      expect(record, points[n]).toMatchObject({ rotationId: ID, status: 'SUCCEEDED' })
      expect(stage.aws.context.state.secrets.get('orders')?.versions.size, points[n]).toBe(2)
      expect(rotateCalls(stage), points[n]).toHaveLength(1)
    }
  })

  it('takes its wave’s other secrets with it, and they are caught up', async () => {
    const { stage, auditor } = await audited({ schedule: { secrets: ['a', 'b', 'c'], concurrency: 1 } })
    const crash = (operation: string) => operation.includes('[1]')
    void stage.deliver(undefined, { crash, restart: false })
    await auditor.every5Minutes(INSTANT + 5 * MINUTE, INSTANT + 45 * MINUTE)
    expect(rowsOf(stage).map(({ secret, status, trigger }) => `${secret} ${status} ${trigger}`)).toEqual([
      'a SUCCEEDED SCHEDULE',
      'b SUCCEEDED CATCH_UP',
      'c SUCCEEDED CATCH_UP',
    ])
  })

  it('right after it called RotateSecret: whoever takes its claim over follows what has started', async () => {
    const stage = simulatedStage()
    const crash = (operation: string, point: CrashPoint) =>
      operation.endsWith(':rotate') && point === 'after effect'
    void stage.deliver(undefined, { crash, restart: false, replayAfterWait: false })
    await stage.clock.runUntil(INSTANT + 31 * MINUTE)
    const by = { by: 'ana', reason: 'incident' }
    await stage.holds.place({
      id: 'aaa-aaa-aaa',
      scope: 'all',
      ...by,
      placedAt: new Date(INSTANT + MINUTE).toISOString(),
    })
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + HOUR)
    expect(rowsOf(stage)).toMatchObject([{ status: 'SUCCEEDED', executionArn: 'execution-1' }])
  })

  it('is told apart from an occurrence without a run, once the window has closed', async () => {
    const { stage, auditor } = await audited({
      schedule: { secrets: ['a', 'b'], concurrency: 1, onMissed: 'report' },
    })
    void stage.deliver(undefined, { crash: (operation) => operation.includes('[1]'), restart: false })
    await auditor.every5Minutes(INSTANT + 5 * MINUTE, INSTANT + 45 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([
      { secret: 'a', status: 'SUCCEEDED' },
      { secret: 'b', status: 'MISSED', reason: 'WAVE_LOST' },
    ])
  })

  it('after its window is settled by what the secret shows', async () => {
    const { stage, auditor } = await audited({ step: () => ({ delayMs: 10, fails: true }) })
    const crash = (operation: string) => operation.endsWith(':follow')
    void stage.deliver(undefined, { crash, restart: false })
    await auditor.at(INSTANT + HOUR)
    expect(rowsOf(stage)).toMatchObject([{ status: 'TIMED_OUT', reason: 'PENDING_VERSION_STUCK' }])
    expect(rowsOf(stage)[0]?.message).toMatch(/its run \(execution-0\) was lost/)
    expect(auditor.kinds()).toContain('LOST_RUN')
  })

  it('is FAILED with the secret rotated where after-hooks have not reported', async () => {
    const { stage, auditor } = await audited({
      schedule: { after: [{ invoke: 'smoke', timeoutSeconds: 5 }] },
    })
    void stage.deliver(undefined, { crash: (operation) => operation.includes('after hook'), restart: false })
    await auditor.every5Minutes(INSTANT + 5 * MINUTE, INSTANT + HOUR)
    const [record] = rowsOf(stage)
    expect(record).toMatchObject({ status: 'FAILED', reason: 'ORCHESTRATOR_LOST' })
    expect(record?.rotatedAt).toBeDefined()
  })
})

describe('the audit’s own absence', () => {
  const nightly = (when: string) => ({ schedule: { when, timezone: 'Europe/Paris' } })

  it('over the night that clocks go forward: the hour that there was not was not missed', async () => {
    const stage = simulatedStage(nightly('cron(30 2 * * ? *)'))
    const auditor = auditorOf(stage)
    await auditor.at(Date.parse('2027-03-26T12:00:00Z'))
    await auditor.at(Date.parse('2027-03-29T12:00:00Z'))
    expect(rowsOf(stage).map(({ scheduledAt, status }) => `${scheduledAt} ${status}`)).toEqual([
      '2027-03-27T01:30:00.000Z MISSED',
      '2027-03-29T00:30:00.000Z MISSED',
    ])
    expect(auditor.findings[0]?.message).toMatch(/^the audit had not run since 2027-03-26T12:00/)
  })

  it('over the night that clocks go back: the hour that came twice is one occurrence', async () => {
    const stage = simulatedStage(nightly('cron(30 2 * * ? *)'))
    const auditor = auditorOf(stage)
    await auditor.at(Date.parse('2027-10-30T12:00:00Z'))
    await auditor.at(Date.parse('2027-10-31T12:00:00Z'))
    expect(rowsOf(stage).map(({ scheduledAt }) => scheduledAt)).toEqual(['2027-10-31T00:30:00.000Z'])
  })

  it('of days is made good in a few runs, each bounded', async () => {
    const stage = simulatedStage({ schedule: { when: 'cron(0/2 * * * ? *)', windowSeconds: 60 } })
    const auditor = auditorOf(stage)
    await auditor.at(INSTANT)
    const later = INSTANT + 24 * HOUR
    const reports = []
    for (let run = 0; run < 10; run++) reports.push(await auditor.at(later + run * 5 * MINUTE))
    const busy = reports.filter(({ unfinished }) => unfinished)
    expect(busy.length).toBeGreaterThan(2)
    expect(Math.max(...reports.map(({ missed }) => missed))).toBeLessThan(200)
    expect(reports.at(-1)?.unfinished).toBe(false)
    // Every two minutes since; the last ones are still open.
    expect(rowsOf(stage).length).toBeGreaterThanOrEqual((24 * HOUR + 40 * MINUTE) / (2 * MINUTE))
    expect(new Set(rowsOf(stage).map(({ status }) => status))).toEqual(new Set(['MISSED']))
  })

  it('does not judge times that changed meanwhile', async () => {
    const { stage, auditor } = await audited()
    const [schedule] = stage.config.schedules
    const config = {
      ...stage.config,
      schedules: schedule ? [{ ...schedule, when: 'cron(30 3 * * ? *)' }] : [],
    }
    await auditor.at(INSTANT + 2 * HOUR, { config })
    expect(rowsOf(stage)).toEqual([])
    expect(auditor.kinds()).toEqual(['NOT_AUDITED', 'NOT_AUDITED'])
  })
})

describe('two audits at once', () => {
  it('start one execution, and write one record', async () => {
    const { stage, auditor } = await audited()
    await stage.clock.runUntil(INSTANT + 5 * MINUTE)
    const both = Promise.all([auditor.run(), auditor.run()])
    await stage.clock.runUntil(INSTANT + 10 * MINUTE)
    expect((await both).map(({ moved }) => moved).sort()).toEqual([false, true])
    expect(auditor.started.size).toBe(1)
    expect(rowsOf(stage)).toMatchObject([{ status: 'SUCCEEDED' }])

    const missed = await audited()
    await missed.stage.clock.runUntil(INSTANT + HOUR)
    const runs = Promise.all([missed.auditor.run(), missed.auditor.run()])
    await missed.stage.clock.runUntil(INSTANT + HOUR + MINUTE)
    await runs
    expect(rowsOf(missed.stage)).toMatchObject([{ status: 'MISSED' }])
    expect(rowsOf(missed.stage)[0]?.events).toHaveLength(1)
  })
})

describe('an audit that dies in the middle', () => {
  it('is made good by the next one, wherever it dies', async () => {
    const secrets = ['a', 'b', 'c']
    for (let dies = 0; dies < 4; dies++) {
      const { stage, auditor } = await audited({ schedule: { secrets } })
      let writes = 0
      const record: typeof stage.ledger.record = (...args) =>
        writes++ === dies ? new Promise(() => {}) : stage.ledger.record(...args)
      await stage.clock.runUntil(INSTANT + HOUR)
      void auditor.run({ ledger: { ...stage.ledger, record } })
      await stage.clock.runUntil(INSTANT + HOUR + MINUTE)
      expect(rowsOf(stage)).toHaveLength(Math.min(dies, 3))
      await auditor.at(INSTANT + HOUR + 5 * MINUTE)
      expect(rowsOf(stage)).toMatchObject(secrets.map((secret) => ({ secret, status: 'MISSED' })))
      for (const { events } of rowsOf(stage)) expect(events).toHaveLength(1)
    }
  })

  it('or that cannot look at something, goes on with the rest and tries again', async () => {
    const { stage, auditor } = await audited()
    const get = async () => {
      throw new Error('ProvisionedThroughputExceeded')
    }
    const report = await auditor.at(INSTANT + HOUR, { ledger: { ...stage.ledger, get } })
    expect(report).toMatchObject({ errors: 1, missed: 0, moved: true })
    expect(await auditor.at(INSTANT + HOUR + 5 * MINUTE)).toMatchObject({ errors: 0, missed: 1 })
  })

  it('or that runs out of time, leaves the rest to the next', async () => {
    const { stage, auditor } = await audited()
    expect(await auditor.at(INSTANT + HOUR, { deadline: 0 })).toMatchObject({ unfinished: true, missed: 0 })
    expect(rowsOf(stage)).toEqual([])
    expect(await auditor.at(INSTANT + HOUR + 5 * MINUTE)).toMatchObject({ unfinished: false, missed: 1 })
  })
})

describe('a late success', () => {
  it('is recorded when AWS has finished after all', async () => {
    let fails = true
    const { stage, auditor } = await audited({ step: () => ({ delayMs: 10, fails }) })
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + 20 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'TIMED_OUT' }])
    fails = false
    stage.aws.act('RotateSecret', { SecretId: 'orders', ClientRequestToken: ID })
    await auditor.every5Minutes(INSTANT + 65 * MINUTE, INSTANT + 75 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'SUCCEEDED', late: true }])
    expect(auditor.kinds().filter((kind) => kind === 'LATE_SUCCESS')).toHaveLength(1)
  })
})

describe('the secrets themselves', () => {
  it('are overdue past maxAge, whatever the schedule', async () => {
    const { auditor } = await audited({ schedule: { maxAgeSeconds: 86_400, when: 'cron(0 3 1 JAN ? *)' } })
    await auditor.at(INSTANT + 23 * HOUR)
    expect(auditor.kinds()).not.toContain('OVERDUE')
    await auditor.at(INSTANT + 25 * HOUR)
    expect(auditor.findings.at(-1)).toMatchObject({ kind: 'OVERDUE', secret: 'orders' })
    expect(auditor.findings.at(-1)?.message).toMatch(/created, and never rotated,.* maxAge is 1 days/)
  })

  it('that AWS will rotate before we do are named', async () => {
    const { stage, auditor } = await audited({ schedule: { when: 'cron(0 3 1 JAN ? *)' } })
    const secret = stage.aws.context.state.secrets.get('orders')
    if (secret) secret.rotationRules = { AutomaticallyAfterDays: 7 }
    await auditor.at(INSTANT + HOUR)
    expect(auditor.findings.at(-1)).toMatchObject({ kind: 'NATIVE_FIRST', secret: 'orders' })
    if (secret) secret.rotationRules = { AutomaticallyAfterDays: 45 }
    expect(await auditor.at(INSTANT + 2 * HOUR)).toMatchObject({ nativeFirst: 0 })
  })
})
