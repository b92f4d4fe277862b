import { describe, expect, it } from 'vitest'
import type { Schedule } from '../../src/config/config.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { addSecret } from '../../src/rehearse/world/aws.ts'
import type { CrashPoint } from '../../src/rehearse/world/durable.ts'
import type { WaveEnd } from '../../src/rotation/wave-end.ts'
import { waveOf } from '../../src/rotation/wave-request.ts'
import { INSTANT, simulatedStage } from '../sim/stage.ts'

type Stage = ReturnType<typeof simulatedStage>

const HOUR = 3_600_000

/** Lets the world run for an hour after the instant, and answers with the ledger's only rotation. */
async function outcome(stage: Stage, ...executions: Promise<WaveEnd | undefined>[]): Promise<Rotation> {
  const ended = Promise.all(executions)
  await stage.clock.runUntil(INSTANT + HOUR)
  await ended
  expect(stage.ledger.rows.size).toBe(1)
  return [...stage.ledger.rows.values()][0] as Rotation
}

const rotateCalls = (stage: Stage) => stage.aws.calls.filter(({ action }) => action === 'RotateSecret')
const versions = (stage: Stage) => stage.aws.context.state.secrets.get('orders')?.versions.size ?? 0
const fail = (name: string, message = name) => Object.assign(new Error(message), { name })

describe('a rotation that goes well', () => {
  it('starts at the instant, follows the version to AWSCURRENT and records what was observed', async () => {
    const stage = simulatedStage()
    const rotation = await outcome(stage, stage.deliver())
    expect(rotation).toMatchObject({
      schedule: 'nightly',
      secretName: 'orders',
      scheduledAt: '2026-11-29T03:00:00.000Z',
      trigger: 'SCHEDULE',
      status: 'SUCCEEDED',
      skewMs: 0,
      startedAt: '2026-11-29T03:00:00.000Z',
      configVersion: '0123456789ab',
      executionArn: 'execution-0',
    })
    expect(rotation.events.map(({ status }) => status)).toEqual(['CLAIMED', 'ROTATING', 'SUCCEEDED'])
    // One identity: ledger key, token, version id.
    expect(rotation.versionId).toBe(rotation.rotationId)
    expect(stage.aws.context.state.secrets.get('orders')?.labels.get('AWSCURRENT')).toBe(rotation.rotationId)
    expect(rotation.previousVersionId).toBe('orders-first'.padEnd(32, '0'))
    expect(rotation.durationMs).toBeGreaterThanOrEqual(800)
    expect(rotation.durationMs).toBeLessThan(3_000)
  })

  it('never reads a secret value', async () => {
    const stage = simulatedStage()
    await outcome(stage, stage.deliver())
    expect(new Set(stage.aws.calls.map(({ action }) => action))).toEqual(
      new Set(['DescribeSecret', 'RotateSecret']),
    )
    expect(JSON.stringify([...stage.ledger.rows.values(), stage.log])).not.toContain('secret-value')
  })

  it('counts a version that has already been followed by another as rotated', async () => {
    const stage = simulatedStage()
    stage.aws.context.state.listeners.push(({ type, versionId }) => {
      if (type !== 'RotationSucceeded' || versionId.endsWith('9')) return
      stage.aws.act('PutSecretValue', {
        SecretId: 'orders',
        SecretString: 'secret-value-by-hand',
        ClientRequestToken: '9'.repeat(36),
      })
    })
    expect((await outcome(stage, stage.deliver())).status).toBe('SUCCEEDED')
  })
})

describe('deliveries more than once', () => {
  it.each([
    ['at the same moment', 0],
    ['while it rotates', 60_500],
    ['long after it ended', 600_000],
  ])('rotates once for two deliveries, the second %s', async (_, delay) => {
    const stage = simulatedStage()
    const second = stage.clock.sleep(delay).then(() => stage.deliver())
    const first = stage.deliver()
    const rotation = await outcome(stage, first, second)
    expect(rotation.status).toBe('SUCCEEDED')
    expect(rotateCalls(stage)).toHaveLength(1)
    expect([await first, await second].map((end) => end?.duplicates)).toEqual([0, 1])
    expect(rotation.events).toHaveLength(3)
  })
})

describe('a crash at any point', () => {
  /** Crashes once, at the n-th point that is asked about; counts how many there are. */
  function crashOnce(at: number) {
    let asked = 0
    const where: string[] = []
    return {
      where,
      asked: () => asked,
      crash: (operation: string, point: CrashPoint) => {
        if (asked++ !== at) return false
        where.push(`${operation} ${point}`)
        return true
      },
    }
  }

  it('ends in one rotation and one outcome, wherever the process dies', async () => {
    const healthy = crashOnce(-1)
    const first = simulatedStage()
    await outcome(first, first.deliver(undefined, healthy))
    const points = healthy.asked()
    expect(points).toBeGreaterThan(20)
    for (let point = 0; point < points; point++) {
      const crashing = crashOnce(point)
      const stage = simulatedStage()
      const rotation = await outcome(stage, stage.deliver(undefined, crashing))
      expect(rotation, crashing.where[0]).toMatchObject({ status: 'SUCCEEDED' })
      expect(versions(stage), crashing.where[0]).toBe(2)
      expect(rotation.events.map(({ status }) => status)).toEqual(['CLAIMED', 'ROTATING', 'SUCCEEDED'])
    }
  })

  it('does not invent the start that a crash after RotateSecret left unrecorded', async () => {
    const stage = simulatedStage()
    let crashed = false
    const crash = (operation: string, point: CrashPoint) => {
      if (crashed || !operation.endsWith(':rotate') || point !== 'after effect') return false
      crashed = true
      return true
    }
    const rotation = await outcome(stage, stage.deliver(undefined, { crash }))
    expect(crashed).toBe(true)
    expect(rotateCalls(stage)).toHaveLength(1)
    expect(rotation.status).toBe('SUCCEEDED')
    expect(rotation).not.toHaveProperty('startedAt')
    expect(rotation).not.toHaveProperty('skewMs')
    expect(rotation.events[1]?.message).toMatch(/found started/)
  })
})

describe('answers that get lost', () => {
  it.each(['accept', 'ignore', 'refuse'] as const)(
    'rotates once where a used token is met by AWS with: %s',
    async (repeatedToken) => {
      let lost = 0
      const stage = simulatedStage({
        repeatedToken,
        request: (action) =>
          action === 'RotateSecret' && lost++ === 0 ? { after: fail('TimeoutError') } : {},
      })
      const rotation = await outcome(stage, stage.deliver())
      expect(rotation).toMatchObject({ status: 'SUCCEEDED', versionId: rotation.rotationId })
      expect(versions(stage)).toBe(2)
      expect(rotateCalls(stage)).toHaveLength(1)
    },
  )

  it('tries again after a request that never arrived', async () => {
    let lost = 0
    const stage = simulatedStage({
      request: (action) => (action === 'RotateSecret' && lost++ < 3 ? { before: fail('ECONNRESET') } : {}),
    })
    const rotation = await outcome(stage, stage.deliver())
    expect(rotation.status).toBe('SUCCEEDED')
    // A process does not know that it never arrived.
    expect(rotation).not.toHaveProperty('startedAt')
    expect(rotation.events[1]?.message).toMatch(/^started by one of up to 4 calls since /)
  })

  it('tries again while AWS throttles, until the window leaves no time', async () => {
    const stage = simulatedStage({
      schedule: { windowSeconds: 120 },
      request: (action) =>
        action === 'RotateSecret' ? { before: fail('ThrottlingException', 'Rate exceeded') } : {},
    })
    const rotation = await outcome(stage, stage.deliver())
    expect(rotation).toMatchObject({ status: 'FAILED', reason: 'THROTTLED' })
    expect(Date.parse(rotation.settledAt ?? '')).toBeLessThanOrEqual(INSTANT + 120_000)
  })
})

describe('what AWS refuses', () => {
  const cases: [string, string, (stage: Stage) => void][] = [
    [
      'a secret that does not exist',
      'SECRET_NOT_FOUND',
      ({ aws }) => void aws.context.state.secrets.delete('orders'),
    ],
    [
      'a secret scheduled for deletion',
      'SECRET_DELETED',
      ({ aws }) => void aws.act('DeleteSecret', { SecretId: 'orders' }),
    ],
    [
      'a secret without rotation',
      'ROTATION_NOT_CONFIGURED',
      ({ aws }) => {
        aws.context.state.secrets.delete('orders')
        addSecret(aws, 'orders', { rotation: false })
      },
    ],
    [
      'a replica',
      'SECRET_IS_REPLICA',
      ({ aws }) => {
        const secret = aws.context.state.secrets.get('orders')
        if (secret) secret.primaryRegion = 'us-east-1'
      },
    ],
  ]
  it.each(cases)('%s is FAILED with %s, and nothing is rotated', async (_, reason, arrange) => {
    const stage = simulatedStage()
    arrange(stage)
    const rotation = await outcome(stage, stage.deliver())
    expect(rotation).toMatchObject({ status: 'FAILED', reason })
    expect(rotation.message).toContain('orders')
    expect(rotation.events.map(({ status }) => status)).toEqual(['CLAIMED', 'FAILED'])
  })

  it('a missing permission is FAILED with AWS’s own words', async () => {
    const stage = simulatedStage({
      request: (action) =>
        action === 'RotateSecret' ? { before: fail('AccessDeniedException', 'not authorized') } : {},
    })
    expect(await outcome(stage, stage.deliver())).toMatchObject({
      status: 'FAILED',
      reason: 'ACCESS_DENIED',
      message: '"orders": AWS answered AccessDeniedException: not authorized',
    })
  })

  it('a deletion between the inspection and the instant is seen', async () => {
    const stage = simulatedStage()
    const ended = outcome(stage, stage.deliver())
    await stage.clock.sleep(30_000)
    stage.aws.act('DeleteSecret', { SecretId: 'orders' })
    expect(await ended).toMatchObject({ status: 'FAILED', reason: 'SECRET_DELETED' })
  })
})

describe('rotations that do not finish', () => {
  it('is TIMED_OUT where the function fails, at the timeout and not before', async () => {
    const stage = simulatedStage({ step: ({ Step }) => ({ delayMs: 100, fails: Step === 'setSecret' }) })
    const rotation = await outcome(stage, stage.deliver())
    expect(rotation).toMatchObject({ status: 'TIMED_OUT', reason: 'PENDING_VERSION_STUCK' })
    expect(rotation.message).toContain('still AWSPENDING')
    const settled = Date.parse(rotation.settledAt ?? '') - INSTANT
    expect(settled).toBeGreaterThanOrEqual(300_000)
    expect(settled).toBeLessThan(302_000)
    expect(rotation).not.toHaveProperty('rotatedAt')
  })

  it('adopts the version that an earlier rotation left pending, once AWS attempts it again', async () => {
    let fails = true
    const stage = simulatedStage({
      step: ({ Step }) => ({ delayMs: 100, fails: fails && Step === 'testSecret' }),
    })
    stage.aws.act('RotateSecret', { SecretId: 'orders', ClientRequestToken: 'by-hand'.padEnd(36, '0') })
    await stage.clock.runUntil(INSTANT - 30_000)
    fails = false
    const rotation = await outcome(stage, stage.deliver())
    expect(rotation).toMatchObject({
      status: 'SUCCEEDED',
      adopted: true,
      versionId: 'by-hand'.padEnd(36, '0'),
    })
    expect(versions(stage)).toBe(2)
  })

  it('is FAILED as abandoned where somebody stores another value meanwhile', async () => {
    const stage = simulatedStage({ step: ({ Step }) => ({ delayMs: Step === 'setSecret' ? 60_000 : 100 }) })
    const ended = outcome(stage, stage.deliver())
    await stage.clock.sleep(75_000)
    stage.aws.act('PutSecretValue', {
      SecretId: 'orders',
      SecretString: 'secret-value-by-hand',
      ClientRequestToken: '9'.repeat(36),
    })
    expect(await ended).toMatchObject({ status: 'FAILED', reason: 'ROTATION_ABANDONED' })
  })
})

describe('the gate', () => {
  const freeze = {
    name: 'year-end',
    from: '2026-11-29',
    to: '2026-11-30',
    timezone: 'UTC',
    yearly: false,
    reason: 'audit',
  }

  it('skips in a freeze, and says which', async () => {
    const stage = simulatedStage({ freezes: [freeze] })
    const rotation = await outcome(stage, stage.deliver())
    expect(rotation).toMatchObject({ status: 'SKIPPED', reason: 'FROZEN' })
    expect(rotation.message).toContain('"year-end" (audit)')
    expect(rotateCalls(stage)).toHaveLength(0)
  })

  it('rotates through a freeze that the schedule ignores', async () => {
    const ignoreFreezes = [{ name: 'year-end', reason: 'contract' }]
    const stage = simulatedStage({ freezes: [freeze], schedule: { ignoreFreezes } })
    expect((await outcome(stage, stage.deliver())).status).toBe('SUCCEEDED')
  })

  it('starts nothing once the window has closed', async () => {
    const stage = simulatedStage({ schedule: { windowSeconds: 600 } })
    const late = stage.clock.sleep(60_000 + 600_000).then(() => stage.deliver())
    const rotation = await outcome(stage, late)
    expect(rotation).toMatchObject({ status: 'SKIPPED', reason: 'WINDOW_CLOSED' })
    expect(rotateCalls(stage)).toHaveLength(0)
  })

  it('asks again right before the call: a window that closes during slow tries stays closed', async () => {
    let slow = true
    const stage = simulatedStage({
      schedule: { windowSeconds: 60 },
      request: (action) => {
        if (action !== 'DescribeSecret' || !slow) return {}
        slow = false
        return { delayMs: 130_000 }
      },
    })
    const rotation = await outcome(stage, stage.deliver())
    expect(rotation).toMatchObject({ status: 'SKIPPED', reason: 'WINDOW_CLOSED' })
    expect(rotateCalls(stage)).toHaveLength(0)
  })

  it('skips a disabled schedule, but not on demand', async () => {
    const scheduled = simulatedStage({ schedule: { enabled: false } })
    expect(await outcome(scheduled, scheduled.deliver())).toMatchObject({
      status: 'SKIPPED',
      reason: 'DISABLED',
    })
    const asked = simulatedStage({ schedule: { enabled: false } })
    const request = {
      requestId: 'r1',
      schedule: 'nightly',
      scheduledAt: new Date(INSTANT).toISOString(),
      reason: 'CHG-1',
    }
    expect(await outcome(asked, asked.deliver(request))).toMatchObject({
      status: 'SUCCEEDED',
      trigger: 'ON_DEMAND',
      requestReason: 'CHG-1',
    })
  })
})

describe('early runs', () => {
  it('claims ahead, holds to the instant, and leaves nothing to the on-time run', async () => {
    const stage = simulatedStage()
    const early = stage.deliver({
      schedule: 'nightly',
      scheduledAt: new Date(INSTANT - 120_000).toISOString(),
      leadSeconds: 120,
    })
    const onTime = stage.clock.sleep(75_000).then(() => stage.deliver())
    const rotation = await outcome(stage, early, onTime)
    expect(rotation).toMatchObject({ status: 'SUCCEEDED', skewMs: 0, executionArn: 'execution-0' })
    expect(rotateCalls(stage)).toHaveLength(1)
  })

  it('does nothing where its instant is no occurrence', async () => {
    const stage = simulatedStage()
    const ended = stage.deliver({
      schedule: 'nightly',
      scheduledAt: new Date(INSTANT).toISOString(),
      leadSeconds: 120,
    })
    await stage.clock.runUntil(INSTANT + HOUR)
    expect(await ended).toMatchObject({ outcomes: {}, rotations: [] })
    expect(stage.ledger.rows.size).toBe(0)
  })
})

describe('waves', () => {
  const secrets = Array.from({ length: 7 }, (_, index) => `db-${index}`)

  it('rotates `concurrency` at once, in order, and a failing secret stops no other', async () => {
    const stage = simulatedStage({
      schedule: { secrets, concurrency: 2 },
      step: ({ SecretId, Step }) => ({
        delayMs: 500,
        fails: Step === 'createSecret' && SecretId.includes('db-3'),
      }),
    })
    const ended = stage.deliver()
    await stage.clock.runUntil(INSTANT + HOUR)
    const statuses = (await ended)?.rotations.map(({ rotation }) => [rotation.secret, rotation.status])
    expect(statuses).toEqual(secrets.map((secret) => [secret, secret === 'db-3' ? 'TIMED_OUT' : 'SUCCEEDED']))
    expect(rotateCalls(stage).map(({ secret }) => secret)).toEqual(secrets)
  })
})

describe('a wave that is delivered twice', () => {
  it('is gone through once: `concurrency` is not doubled by an early run and an on-time one', async () => {
    const secrets = Array.from({ length: 5 }, (_, index) => `db-${index}`)
    const stage = simulatedStage({ schedule: { secrets, concurrency: 1 }, step: () => ({ delayMs: 2_000 }) })
    const running = { now: 0, most: 0 }
    stage.aws.context.state.listeners.push(({ type }) => {
      if (type === 'RotationStarted') running.most = Math.max(running.most, ++running.now)
      if (type === 'RotationSucceeded') running.now--
    })
    const lead = {
      schedule: 'nightly',
      scheduledAt: new Date(INSTANT - 120_000).toISOString(),
      leadSeconds: 120,
    }
    const early = stage.deliver(lead)
    const onTime = stage.clock.sleep(70_000).then(() => stage.deliver())
    await stage.clock.runUntil(INSTANT + HOUR)
    expect((await early)?.outcomes).toEqual({ SUCCEEDED: 5 })
    expect(await onTime).toMatchObject({ outcomes: {}, duplicates: 5, rotations: [], failed: [] })
    expect(running.most).toBe(1)
  })
})

describe('maxErrors', () => {
  it('launches nothing more after that many failures, and settles what is under way', async () => {
    const secrets = Array.from({ length: 8 }, (_, index) => `db-${index}`)
    const stage = simulatedStage({
      schedule: { secrets, concurrency: 2, maxErrors: 1 },
      step: ({ SecretId, Step }) => ({
        delayMs: SecretId.includes('db-3') ? 400_000 : 500,
        fails: Step === 'setSecret' && SecretId.includes('db-2'),
      }),
    })
    const ended = stage.deliver()
    await stage.clock.runUntil(INSTANT + HOUR)
    const statuses = (await ended)?.rotations.map(({ rotation }) => rotation.reason ?? rotation.status)
    expect(statuses?.slice(0, 4)).toEqual([
      'SUCCEEDED',
      'SUCCEEDED',
      'PENDING_VERSION_STUCK',
      'PENDING_VERSION_STUCK',
    ])
    expect(new Set(statuses?.slice(4))).toEqual(new Set(['WAVE_STOPPED']))
    expect(rotateCalls(stage)).toHaveLength(4)
  })

  it('counts where somebody names the secrets, too', async () => {
    const secrets = ['db-0', 'db-1', 'db-2']
    const stage = simulatedStage({
      schedule: { secrets, concurrency: 1, maxErrors: 1 },
      step: () => ({ delayMs: 100, fails: true }),
    })
    const scheduledAt = new Date(INSTANT).toISOString()
    const ended = stage.deliver({ requestId: 'pressed', secrets, scheduledAt })
    await stage.clock.runUntil(INSTANT + HOUR)
    const statuses = (await ended)?.rotations.map(({ rotation }) => rotation.reason)
    expect(statuses).toEqual(['PENDING_VERSION_STUCK', 'WAVE_STOPPED', 'WAVE_STOPPED'])
    expect(rotateCalls(stage)).toHaveLength(1)
  })

  it.each([
    ['none', undefined, 0],
    ['as many as stop it', 2, 2],
  ])('where it is %s, the wave notes no more failures', async (_, maxErrors, noted) => {
    const secrets = Array.from({ length: 5 }, (_, index) => `db-${index}`)
    const stage = simulatedStage({
      schedule: { secrets, timeoutSeconds: 60, ...(maxErrors !== undefined && { maxErrors }) },
      step: () => ({ delayMs: 100, fails: true }),
    })
    const ended = stage.deliver()
    await stage.clock.runUntil(INSTANT + HOUR)
    expect((await ended)?.outcomes).toEqual({ TIMED_OUT: 5 })
    expect((await stage.waves.get('nightly#2026-11-29T03:00:00.000Z'))?.failed).toHaveLength(noted)
  })
})

describe('large waves', () => {
  it('are parted over executions that keep to the concurrency together', async () => {
    const secrets = Array.from({ length: 250 }, (_, index) => `db-${String(index).padStart(3, '0')}`)
    const stage = simulatedStage({ schedule: { secrets, concurrency: 80 }, step: () => ({ delayMs: 1_000 }) })
    const running = { now: 0, most: 0 }
    stage.aws.context.state.listeners.push(({ type }) => {
      if (type === 'RotationStarted') running.most = Math.max(running.most, ++running.now)
      if (type === 'RotationSucceeded') running.now--
    })
    const ended = stage.deliver()
    await stage.clock.runUntil(INSTANT + HOUR)
    expect(await ended).toMatchObject({ outcomes: { SUCCEEDED: 250 }, duplicates: 0, rotations: [] })
    expect(running.most).toBeGreaterThan(40)
    expect(running.most).toBeLessThanOrEqual(80)
    expect(await stage.waves.get('nightly#2026-11-29T03:00:00.000Z')).toMatchObject({
      secrets: 250,
      failed: [],
    })
  })

  it('tell of those that did not go well, and of one that did', async () => {
    const secrets = Array.from({ length: 90 }, (_, index) => `db-${String(index).padStart(3, '0')}`)
    const wave = async (failing: (secret: string) => boolean) => {
      const stage = simulatedStage({
        schedule: { secrets, concurrency: 80, timeoutSeconds: 60 },
        step: ({ SecretId }) => ({ delayMs: 100, fails: failing(SecretId) }),
      })
      const ended = stage.deliver()
      await stage.clock.runUntil(INSTANT + HOUR)
      return (await ended)?.notable.map(({ status }) => status)
    }
    expect(await wave(() => false)).toEqual(['SUCCEEDED'])
    expect(await wave((secret) => /db-0[15]0/.test(secret))).toEqual(['TIMED_OUT', 'TIMED_OUT', 'SUCCEEDED'])
    expect(await wave(() => true)).toEqual(Array.from({ length: 20 }, () => 'TIMED_OUT'))
  })
})

describe('holds', () => {
  const hold = {
    id: 'aaa-aaa-aaa',
    scope: 'all',
    reason: 'incident 7',
    by: 'ana',
    placedAt: '2026-11-29T02:00:00.000Z',
  } as const

  it.each(['all', 'schedule/nightly', 'secret/orders'] as const)(
    'skips under a hold of %s, and says whose',
    async (scope) => {
      const stage = simulatedStage()
      await stage.holds.place({ ...hold, scope })
      expect(await outcome(stage, stage.deliver())).toMatchObject({
        status: 'SKIPPED',
        reason: 'HELD',
        message: `ana holds ${scope} since 2026-11-29T02:00:00.000Z, until it is released: incident 7 (hold aaa-aaa-aaa)`,
      })
      expect(rotateCalls(stage)).toHaveLength(0)
    },
  )

  it.each(['schedule/weekly', 'secret/billing'] as const)('does not mind a hold of %s', async (scope) => {
    const stage = simulatedStage()
    await stage.holds.place({ ...hold, scope })
    expect((await outcome(stage, stage.deliver())).status).toBe('SUCCEEDED')
  })

  it('counts at once, also for a run that already waits for its instant', async () => {
    const stage = simulatedStage()
    const ended = outcome(stage, stage.deliver())
    await stage.clock.sleep(58_000)
    await stage.holds.place(hold)
    expect(await ended).toMatchObject({ status: 'SKIPPED', reason: 'HELD' })
    expect(rotateCalls(stage)).toHaveLength(0)
  })

  it('is over when released, or at its end', async () => {
    const released = simulatedStage()
    await released.holds.place(hold)
    await released.holds.release('all', hold.id, 'ben', '2026-11-29T02:30:00.000Z')
    expect((await outcome(released, released.deliver())).status).toBe('SUCCEEDED')
    const ended = simulatedStage()
    await ended.holds.place({ ...hold, until: '2026-11-29T02:58:00.000Z' })
    expect((await outcome(ended, ended.deliver())).status).toBe('SUCCEEDED')
  })

  it('is asked for the instant at which the rotation would start', async () => {
    // The run claims and looks two minutes ahead; what ends before the instant does not bar it.
    const schedule = { precision: 'second' as const }
    const early = { schedule: 'nightly', scheduledAt: '2026-11-29T02:58:00.000Z', leadSeconds: 120 }
    const ends = async (until: string) => {
      const stage = simulatedStage({ schedule })
      await stage.holds.place({ ...hold, until })
      return outcome(stage, stage.deliver(early))
    }
    expect(await ends('2026-11-29T02:59:59.900Z')).toMatchObject({ status: 'SUCCEEDED', skewMs: 0 })
    expect(await ends('2026-11-29T03:00:00.000Z')).toMatchObject({ status: 'SUCCEEDED', skewMs: 0 })
    expect(await ends('2026-11-29T03:00:00.001Z')).toMatchObject({ status: 'SKIPPED', reason: 'HELD' })
  })

  it('stacks: the one that lasts longest is named, and the release of one leaves the other', async () => {
    const both = simulatedStage()
    await both.holds.place(hold)
    const other = {
      ...hold,
      id: 'bbb-bbb-bbb',
      scope: 'secret/orders',
      until: '2026-11-29T04:00:00.000Z',
    } as const
    await both.holds.place({ ...other, by: 'ben', reason: 'incident 8' })
    expect(await outcome(both, both.deliver())).toMatchObject({
      reason: 'HELD',
      message: expect.stringMatching(/^ana holds all since .*: incident 7 \(hold aaa-aaa-aaa, and 1 more\)$/),
    })
    const one = simulatedStage()
    await one.holds.place(hold)
    await one.holds.place({ ...hold, id: other.id, reason: 'incident 8' })
    await one.holds.release('all', hold.id, 'ana', '2026-11-29T02:30:00.000Z')
    expect(await outcome(one, one.deliver())).toMatchObject({
      reason: 'HELD',
      message: expect.stringContaining('incident 8'),
    })
  })

  it('stops a wave under way: what has started is settled, the rest is skipped', async () => {
    const secrets = Array.from({ length: 6 }, (_, index) => `db-${index}`)
    const stage = simulatedStage({ schedule: { secrets, concurrency: 1 }, step: () => ({ delayMs: 5_000 }) })
    const ended = stage.deliver()
    await stage.clock.runUntil(INSTANT + 30_000)
    await stage.holds.place(hold)
    await stage.clock.runUntil(INSTANT + HOUR)
    expect((await ended)?.outcomes).toEqual({ SUCCEEDED: 2, SKIPPED: 4 })
  })

  it('gives way to an override on demand, which is recorded; a closed window does not', async () => {
    const stage = simulatedStage()
    await stage.holds.place(hold)
    const request = { requestId: 'r1', schedule: 'nightly', scheduledAt: new Date(INSTANT).toISOString() }
    const rotation = await outcome(stage, stage.deliver({ ...request, override: 'the vendor waits' }))
    expect(rotation).toMatchObject({ status: 'SUCCEEDED', override: 'the vendor waits' })
  })
})

describe('hooks', () => {
  const before = [{ invoke: 'check-batch', timeoutSeconds: 120 }]
  const after = [{ invoke: 'smoke-test', timeoutSeconds: 120 }]

  it('run in order around the rotation, and know which it is', async () => {
    const seen: string[] = []
    const stage = simulatedStage({
      schedule: { before: [...before, { invoke: 'second', timeoutSeconds: 5 }], after },
      hook: async (name, { hook, rotationId, secret, versionId }) => {
        seen.push(`${hook} ${name} ${secret} ${versionId === rotationId}`)
        return {}
      },
    })
    expect((await outcome(stage, stage.deliver())).status).toBe('SUCCEEDED')
    expect(seen).toEqual([
      'before check-batch orders false',
      'before second orders false',
      'after smoke-test orders true',
    ])
  })

  it('before may veto with a reason', async () => {
    const stage = simulatedStage({
      schedule: { before },
      hook: async () => ({ ok: false, reason: 'the batch still runs' }),
    })
    expect(await outcome(stage, stage.deliver())).toMatchObject({
      status: 'SKIPPED',
      reason: 'VETOED',
      message: 'before-hook check-batch: the batch still runs',
    })
    expect(rotateCalls(stage)).toHaveLength(0)
  })

  it.each([
    ['throws', async () => Promise.reject(new Error('boom')), 'boom'],
    ['hangs', () => new Promise<never>(() => {}), 'no answer in 120 s'],
  ])('before that %s is tried again, then nothing rotates', async (_, hook, words) => {
    const stage = simulatedStage({ schedule: { before }, hook })
    const rotation = await outcome(stage, stage.deliver())
    expect(rotation).toMatchObject({ status: 'FAILED', reason: 'HOOK_FAILED' })
    expect(rotation.message).toContain(words)
    expect(rotateCalls(stage)).toHaveLength(0)
  })

  it('after may find that it does not work: the secret is rotated, the contract is broken', async () => {
    const stage = simulatedStage({
      schedule: { after },
      hook: async () => ({ ok: false, reason: 'login refused' }),
    })
    const rotation = await outcome(stage, stage.deliver())
    expect(rotation).toMatchObject({
      status: 'FAILED',
      reason: 'VERIFICATION_FAILED',
      versionId: rotation.rotationId,
    })
    expect(rotation.rotatedAt).toBeDefined()
  })
})

describe('an early run that dies with its claim', () => {
  it('is taken over by the on-time run, the safety net', async () => {
    const stage = simulatedStage()
    const crash = (operation: string) => operation.endsWith(':rotate')
    const lead = {
      schedule: 'nightly',
      scheduledAt: new Date(INSTANT - 120_000).toISOString(),
      leadSeconds: 120,
    }
    const early = stage.deliver(lead, { crash, restart: false })
    const onTime = stage.clock.sleep(60_500).then(() => stage.deliver())
    const rotation = await outcome(stage, early, onTime)
    expect(rotation).toMatchObject({ status: 'SUCCEEDED', executionArn: 'execution-1' })
    expect(rotation.events.map(({ message }) => message)).toContain('taken over from execution-0')
    expect(rotation.skewMs).toBeGreaterThan(59_000)
    expect(rotation.skewMs).toBeLessThan(80_000)
  })

  it('changes nothing any more where it was only slow, and wakes up later', async () => {
    const stage = simulatedStage()
    // The first execution stalls for five minutes inside its call to RotateSecret.
    let stalled = false
    const send = stage.aws.client.send.bind(stage.aws.client)
    stage.aws.client.send = (async (command: { constructor: { name: string } }) => {
      if (command.constructor.name === 'RotateSecretCommand' && !stalled) {
        stalled = true
        await stage.clock.sleep(300_000)
      }
      return send(command as never)
    }) as typeof send
    const rotation = await outcome(
      stage,
      stage.deliver(),
      stage.clock.sleep(61_000).then(() => stage.deliver()),
    )
    expect(rotation).toMatchObject({ status: 'SUCCEEDED', executionArn: 'execution-1' })
    expect(versions(stage)).toBe(2)
    expect(rotation.events.map(({ status }) => status)).toEqual([
      'CLAIMED',
      'CLAIMED',
      'ROTATING',
      'SUCCEEDED',
    ])
  })
})

describe('late success', () => {
  it('is recorded on the rotation whose version a later one adopted, and history keeps both', async () => {
    let fails = true
    const stage = simulatedStage({
      step: ({ Step }) => ({ delayMs: 100, fails: fails && Step === 'testSecret' }),
    })
    const first = await outcome(stage, stage.deliver())
    expect(first.status).toBe('TIMED_OUT')
    fails = false
    const tomorrow = { schedule: 'nightly', scheduledAt: new Date(INSTANT + 24 * HOUR).toISOString() }
    const second = stage.clock.sleep(23 * HOUR).then(() => stage.deliver(tomorrow))
    await stage.clock.runUntil(INSTANT + 25 * HOUR)
    const adopted = (await second)?.rotations[0]?.rotation
    expect(adopted).toMatchObject({ status: 'SUCCEEDED', adopted: true, versionId: first.rotationId })
    expect(await stage.ledger.get(first.rotationId)).toMatchObject({ status: 'SUCCEEDED', late: true })
    expect((await stage.ledger.get(first.rotationId))?.events.map(({ status }) => status)).toEqual([
      'CLAIMED',
      'ROTATING',
      'TIMED_OUT',
      'SUCCEEDED',
    ])
  })

  it('is told though the answer to its write was lost', async () => {
    let [fails, loses] = [true, false]
    const stage = simulatedStage({
      step: ({ Step }) => ({ delayMs: 100, fails: fails && Step === 'testSecret' }),
      ledgerFault: (call) => {
        if (call !== 'transition' || !loses) return {}
        loses = false
        return { after: new Error('the answer is lost') }
      },
    })
    const first = await outcome(stage, stage.deliver())
    fails = false
    const tomorrow = { schedule: 'nightly', scheduledAt: new Date(INSTANT + 24 * HOUR).toISOString() }
    const second = stage.clock.sleep(23 * HOUR).then(() => stage.deliver(tomorrow))
    // ROTATING is written at once, the late success once the version is AWSCURRENT.
    void stage.clock.sleep(23 * HOUR + 200).then(() => {
      loses = true
    })
    await stage.clock.runUntil(INSTANT + 25 * HOUR)
    await second
    expect(loses).toBe(false)
    const told = stage.told.flatMap((news) =>
      news.about === 'rotation' && news.rotation.rotationId === first.rotationId
        ? news.rotation.events.slice(news.since).map(({ status }) => status)
        : [],
    )
    expect(told).toEqual(['CLAIMED', 'ROTATING', 'TIMED_OUT', 'SUCCEEDED'])
  })
})

describe('managed secrets and replicas', () => {
  it('rotates a secret that an AWS service manages, without a rotation function', async () => {
    const stage = simulatedStage()
    stage.aws.context.state.secrets.delete('orders')
    addSecret(stage.aws, 'orders', { rotation: false })
    const secret = stage.aws.context.state.secrets.get('orders')
    if (secret) secret.owningService = 'rds'
    expect((await outcome(stage, stage.deliver())).status).toBe('SUCCEEDED')
  })
})

describe('secrets chosen by a selector', () => {
  function fleet(select: Schedule['select']) {
    const stage = simulatedStage({ schedule: { secrets: [], ...(select && { select }) } })
    for (const [name, team] of [
      ['prod/a', 'x'],
      ['prod/b', 'xy'],
      ['prod/c', 'x'],
      ['test/d', 'x'],
    ] as const) {
      addSecret(stage.aws, name)
      stage.aws.act('TagResource', { SecretId: name, Tags: [{ Key: 'team', Value: team }] })
    }
    return stage
  }

  it.each([
    [{ tags: { team: 'x' } }, ['prod/a', 'prod/c', 'test/d']],
    [{ prefix: 'prod/' }, ['prod/a', 'prod/b', 'prod/c']],
    [{ tags: { team: 'x' }, prefix: 'prod/' }, ['prod/a', 'prod/c']],
    [{ tags: { team: 'nobody' } }, []],
  ])('%j rotates exactly what matches as the wave starts', async (select, names) => {
    const stage = fleet(select)
    const ended = stage.deliver()
    await stage.clock.runUntil(INSTANT + HOUR)
    expect((await ended)?.rotations.map(({ rotation }) => [rotation.secret, rotation.status])).toEqual(
      names.map((name) => [name, 'SUCCEEDED']),
    )
    expect(await stage.waves.get('nightly#2026-11-29T03:00:00.000Z')).toMatchObject({ secrets: names.length })
  })
})

describe('a success that is not all well', () => {
  const concernOf = (stage: Stage) =>
    stage.told.flatMap((news) =>
      news.about === 'wave' ? news.wave.notable.map(({ status, concerns }) => ({ status, concerns })) : [],
    )

  it('started late where its second was promised: the record says so, and it is told', async () => {
    let slow = true
    const stage = simulatedStage({
      schedule: { precision: 'second' },
      request: (action) => {
        if (action !== 'RotateSecret' || !slow) return {}
        slow = stage.clock.now() < INSTANT + 40_000
        return slow ? { before: fail('ThrottlingException', 'Rate exceeded') } : {}
      },
    })
    const rotation = await outcome(stage, stage.deliver())
    expect(rotation).toMatchObject({ status: 'SUCCEEDED', concerns: ['STARTED_LATE'] })
    expect(rotation.message).toMatch(/^started [4-9]\d\.\d s after its instant$/)
    expect(concernOf(stage)).toEqual([{ status: 'SUCCEEDED', concerns: ['STARTED_LATE'] }])
  })

  it.each([
    ['at the minute', { precision: 'minute' as const }, 30_000],
    ['in time', { precision: 'second' as const }, 900],
  ])('is none %s', async (_, schedule, delayMs) => {
    const stage = simulatedStage({ schedule })
    const late = stage.clock.sleep(60_000 + delayMs).then(() => stage.deliver())
    expect(await outcome(stage, late)).not.toHaveProperty('concerns')
  })

  it('waits for its turn without a word: that is `concurrency`', async () => {
    const secrets = ['a', 'b', 'c']
    const stage = simulatedStage({ schedule: { precision: 'second', secrets, concurrency: 1 } })
    const ended = stage.deliver()
    await stage.clock.runUntil(INSTANT + HOUR)
    expect((await ended)?.rotations.map(({ rotation }) => [rotation.status, rotation.concerns])).toEqual(
      secrets.map(() => ['SUCCEEDED', undefined]),
    )
  })

  it('has a replica that could not get the new value', async () => {
    const stage = simulatedStage()
    const send = stage.aws.client.send.bind(stage.aws.client)
    const status = [{ Region: 'eu-west-1', Status: 'Failed', StatusMessage: 'the key is disabled' }]
    Object.assign(stage.aws.client, {
      async send(command: { constructor: { name: string } }) {
        const answer = (await send(command as never)) as object
        return /Describe/.test(command.constructor.name) ? { ...answer, ReplicationStatus: status } : answer
      },
    })
    const rotation = await outcome(stage, stage.deliver())
    expect(rotation).toMatchObject({
      status: 'SUCCEEDED',
      concerns: ['REPLICAS_STALE'],
      message: 'replicas without the new value: eu-west-1: the key is disabled',
    })
  })
})

describe('replicas that a selector finds', () => {
  it('are left out of the wave, with a word: they rotate in their primary region', async () => {
    const stage = simulatedStage({ schedule: { secrets: [], select: { prefix: 'prod/' } } })
    for (const name of ['prod/a', 'prod/copy']) addSecret(stage.aws, name)
    const copy = stage.aws.context.state.secrets.get('prod/copy')
    if (copy) copy.primaryRegion = 'us-east-1'
    const ended = stage.deliver()
    await stage.clock.runUntil(INSTANT + HOUR)
    expect((await ended)?.rotations.map(({ rotation }) => [rotation.secret, rotation.status])).toEqual([
      ['prod/a', 'SUCCEEDED'],
    ])
    expect(stage.log.join()).toContain(
      JSON.stringify({ message: 'replicas left out', schedule: 'nightly', replicas: 1, some: ['prod/copy'] }),
    )
  })
})

describe('on demand, by secret', () => {
  const request = { requestId: 'r1', secrets: ['orders'], scheduledAt: new Date(INSTANT).toISOString() }
  const after = [{ invoke: 'smoke-test', timeoutSeconds: 60 }]

  it('has the hooks and limits of the schedule that holds the secret', async () => {
    const seen: string[] = []
    const stage = simulatedStage({
      schedule: { after, timeoutSeconds: 40 },
      step: ({ Step }) => ({ delayMs: 100, fails: Step === 'testSecret' && seen.length > 0 }),
      hook: async (name) => void seen.push(name),
    })
    expect((await outcome(stage, stage.deliver(request))).status).toBe('SUCCEEDED')
    expect(seen).toEqual(['smoke-test'])
    const again = stage.deliver({
      ...request,
      requestId: 'r2',
      scheduledAt: new Date(INSTANT + HOUR).toISOString(),
    })
    await stage.clock.runUntil(INSTANT + 2 * HOUR)
    expect((await again)?.rotations[0]?.rotation.message).toContain('after 40 s')
  })

  it('asks which schedule is meant where two with different hooks hold it', () => {
    const stage = simulatedStage({ schedule: { after } })
    const [nightly] = stage.config.schedules
    if (nightly) stage.config.schedules.push({ ...nightly, name: 'month-end', after: [] })
    expect(() => waveOf(request, stage.config)).toThrow(
      /different hooks: nightly, month-end. Name one of these too/,
    )
    expect(waveOf({ ...request, schedule: 'month-end' }, stage.config).after).toEqual([])
  })
})
