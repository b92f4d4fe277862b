import { describe, expect, it } from 'vitest'
import type { Seen } from '../../src/aws/secrets.ts'
import {
  followUntil,
  initialProgress,
  type Progress,
  pollVersion,
  replicaWarning,
  verdict,
} from '../../src/rotation/follow-version.ts'
import type { Ports } from '../../src/rotation/ports.ts'

const START = Date.parse('2026-11-29T03:00:00Z')
const VERSION = 'version-1'
const WHAT = { secret: 'orders', versionId: VERSION, rotationId: VERSION }

/** A world in which DescribeSecret shows this, `seconds` after the start. */
function seeing(seen: Seen, seconds: number): Ports {
  return {
    secrets: { describe: async () => seen },
    ledger: { get: async () => undefined },
    now: () => START + seconds * 1_000,
    log: () => {},
  } as unknown as Ports
}

function secret(
  labels: string[],
  replicas: { Region: string; Status: string; StatusMessage?: string }[] = [],
): Seen {
  return {
    secret: { $metadata: {}, VersionIdsToStages: { [VERSION]: labels }, ReplicationStatus: replicas },
  } as unknown as Seen
}

const sought = (seconds: number, progress: Partial<Progress> = {}): Progress => ({
  ...initialProgress(START + seconds * 1_000),
  ...progress,
})
const decide = followUntil(START, START + 900_000)

describe('replicas', () => {
  it('are waited for while they are in progress, and then it is done', async () => {
    const waiting = [
      { Region: 'eu-west-1', Status: 'InSync' },
      { Region: 'us-east-1', Status: 'InProgress' },
    ]
    const first = await pollVersion(seeing(secret(['AWSCURRENT'], waiting), 2), WHAT, initialProgress(START))
    expect(first).toMatchObject({
      standing: 'current',
      currentAt: START + 2_000,
      replicas: { waiting: ['us-east-1'] },
    })
    expect(decide(first)).toEqual({ shouldContinue: true, delay: { seconds: 1 } })
    const done = secret(['AWSCURRENT'], [{ Region: 'us-east-1', Status: 'InSync' }])
    const second = await pollVersion(seeing(done, 5), WHAT, first)
    expect(second.currentAt).toBe(START + 2_000)
    expect(decide(second)).toEqual({ shouldContinue: false })
    expect(replicaWarning(second)).toBeUndefined()
  })

  it('that cannot be reached are no failure of the rotation, but are named by region', async () => {
    const failed = [
      {
        Region: 'us-east-1',
        Status: 'Failed',
        StatusMessage: 'Secret with this name already exists in this region',
      },
      { Region: 'eu-west-1', Status: 'InProgress' },
    ]
    const progress = await pollVersion(
      seeing(secret(['AWSCURRENT'], failed), 900),
      WHAT,
      initialProgress(START),
    )
    expect(decide(progress)).toEqual({ shouldContinue: false })
    expect(verdict(progress, VERSION, 900)).toBeUndefined()
    expect(replicaWarning(progress)).toBe(
      'replicas without the new value: us-east-1: Secret with this name already exists in this region; eu-west-1: not in sync yet',
    )
  })
})

/** Seconds at which a rotation is looked at that stays pending. */
function looksOf(timeoutSeconds: number, expectedMs?: number): number[] {
  const next = followUntil(START, START + timeoutSeconds * 1_000)
  const pending = {
    standing: 'pending',
    wasSeen: true,
    ...(expectedMs !== undefined && { expectedMs }),
  } as const
  const looks = [0]
  for (let at = 0; ; looks.push(at)) {
    const decision = next(sought(at, pending))
    if (!decision.shouldContinue) return looks
    at += decision.delay.seconds
  }
}

describe('a rotation whose last one is known', () => {
  it('is expected to take as long: the first look reads it by the version that is replaced', async () => {
    const world = {
      ...seeing(secret(['AWSPENDING']), 1),
      ledger: { get: async (id: string) => (id === 'version-0' ? { durationMs: 120_400 } : undefined) },
    } as unknown as Ports
    const first = await pollVersion(
      world,
      { ...WHAT, previousVersionId: 'version-0' },
      initialProgress(START),
    )
    expect(first).toMatchObject({ standing: 'pending', expectedMs: 120_400 })
    // Kept, not read again.
    const second = await pollVersion(seeing(secret(['AWSPENDING']), 2), WHAT, first)
    expect(second.expectedMs).toBe(120_400)
  })

  it('is followed as any other where the ledger does not have it, or does not answer', async () => {
    const what = { ...WHAT, previousVersionId: 'version-0' }
    const none = await pollVersion(seeing(secret(['AWSPENDING']), 1), what, initialProgress(START))
    expect(none).not.toHaveProperty('expectedMs')
    const silent = {
      ...seeing(secret(['AWSPENDING']), 1),
      ledger: { get: () => Promise.reject(new Error('ECONNRESET')) },
    } as unknown as Ports
    expect(await pollVersion(silent, what, initialProgress(START))).toMatchObject({ standing: 'pending' })
  })

  it('is looked at rarely at first, every second about the time, and in between the closer the nearer', () => {
    const looks = looksOf(900, 120_000)
    expect(looks.filter((at) => at < 60)).toHaveLength(11)
    expect(looks.filter((at) => at > 115 && at < 126)).toEqual([
      116, 117, 118, 119, 120, 121, 122, 123, 124, 125,
    ])
    // A tenth more or less than last time is seen within four seconds.
    const about = looks.filter((at) => at > 104 && at < 136)
    expect(Math.max(...about.slice(1).map((at, index) => at - (about[index] ?? at)))).toBeLessThanOrEqual(4)
    expect(looks.filter((at) => at <= 120).length).toBeLessThan(
      looksOf(900).filter((at) => at <= 120).length * 0.7,
    )
  })

  it('takes no more looks than one of which nothing is known, but for one in bad luck', () => {
    for (const timeout of [10, 60, 120, 900, 3_600]) {
      const most = looksOf(timeout).length
      for (let expected = 100; expected < timeout * 2_000; expected += timeout * 10)
        expect(looksOf(timeout, expected).length, `${expected} ms of ${timeout} s`).toBeLessThanOrEqual(
          most + 1,
        )
    }
  })
})

describe('looking', () => {
  it('is soon at first, ever less often, and a last time as the timeout ends', () => {
    const pauses: number[] = []
    let seconds = 0
    for (;;) {
      const decision = decide(sought(seconds, { standing: 'pending', wasSeen: true }))
      if (!decision.shouldContinue) break
      pauses.push(decision.delay.seconds)
      seconds += decision.delay.seconds
    }
    expect(seconds).toBe(900)
    expect(pauses.slice(0, 8)).toEqual([1, 1, 1, 1, 1, 1, 1, 1])
    expect(Math.max(...pauses)).toBeLessThanOrEqual(120)
    // A durable execution holds 3,000 operations: a part's forty rotations, with all else they do, fit.
    expect(pauses.length).toBeLessThan(55)
  })

  it('takes a version that is not there for late, until after a minute another one has the labels', async () => {
    const labelled = (labels: Record<string, string[]>, seconds: number, last = initialProgress(START)) =>
      pollVersion(
        seeing({ secret: { $metadata: {}, VersionIdsToStages: labels } }, seconds),
        { ...WHAT, previousVersionId: 'version-0' },
        last,
      )
    const unchanged = { 'version-0': ['AWSCURRENT', 'AWSPENDING'] }
    for (const seconds of [1, 9, 61, 600])
      expect(decide(await labelled(unchanged, seconds)).shouldContinue, `${seconds} s`).toBe(true)
    const replaced = { 'version-0': ['AWSPREVIOUS'], 'version-2': ['AWSCURRENT'] }
    for (const seconds of [1, 59])
      expect(decide(await labelled(replaced, seconds)).shouldContinue, `${seconds} s`).toBe(true)
    const gone = await labelled(replaced, 60)
    expect(decide(gone).shouldContinue).toBe(false)
    expect(verdict(gone, VERSION, 900)).toMatchObject({
      reason: 'ROTATION_ABANDONED',
      message: expect.stringContaining('never been seen'),
    })
    expect(decide(await labelled(unchanged, 900)).shouldContinue).toBe(false)
  })

  it('takes a refusal for passing until it has lasted a minute', async () => {
    const refusal = { reason: 'SECRET_NOT_FOUND', message: 'no such secret' } as const
    const refused = async (seconds: number, last: Progress) =>
      pollVersion(seeing({ refusal }, seconds), WHAT, last)
    const first = await refused(5, sought(4, { standing: 'pending', wasSeen: true }))
    expect(decide(first).shouldContinue).toBe(true)
    expect(await pollVersion(seeing(secret(['AWSPENDING']), 6), WHAT, first)).not.toHaveProperty('refused')
    const last = await refused(65, await refused(30, first))
    expect(decide(last).shouldContinue).toBe(false)
    expect(verdict(last, VERSION, 900)).toEqual(refusal)
  })

  it('goes on to its timeout where it is denied: what it has started ends all the same', async () => {
    const refusal = { reason: 'ACCESS_DENIED', message: '"orders": not authorized' } as const
    let last = sought(4, { standing: 'pending', wasSeen: true })
    for (const seconds of [5, 90, 600]) {
      last = await pollVersion(seeing({ refusal }, seconds), WHAT, last)
      expect(decide(last).shouldContinue).toBe(true)
    }
    last = await pollVersion(seeing({ refusal }, 900), WHAT, last)
    expect(decide(last).shouldContinue).toBe(false)
    expect(verdict(last, VERSION, 900)).toEqual({
      reason: 'ACCESS_DENIED',
      message: `"orders": not authorized. No look has been allowed since 2026-11-29T03:00:05.000Z: whether version ${VERSION} became AWSCURRENT is not known`,
    })
  })

  it('is over at once where the secret is deleted, or its rotation switched off', async () => {
    for (const [field, reason] of [
      [{ DeletedDate: new Date(START + 20_000) }, 'SECRET_DELETED'],
      [{ RotationEnabled: false }, 'ROTATION_CANCELLED'],
    ] as const) {
      const shown = { $metadata: {}, VersionIdsToStages: { [VERSION]: ['AWSPENDING'] }, ...field }
      const progress = await pollVersion(seeing({ secret: shown }, 21), WHAT, initialProgress(START))
      expect(decide(progress).shouldContinue).toBe(false)
      expect(verdict(progress, VERSION, 900)).toMatchObject({ reason })
      const done = { ...shown, VersionIdsToStages: { [VERSION]: ['AWSCURRENT'] } }
      expect(
        verdict(await pollVersion(seeing({ secret: done }, 21), WHAT, initialProgress(START)), VERSION, 900),
      ).toBeUndefined()
    }
  })

  it('finds a version that was AWSCURRENT before the call only where AWSCURRENT has come to it since', async () => {
    const what = { ...WHAT, previousVersionId: 'version-0', wasCurrent: true }
    for (const [labels, standing] of [
      [{ [VERSION]: ['AWSPREVIOUS', 'AWSPENDING'], 'version-0': ['AWSCURRENT'] }, 'pending'],
      [{ [VERSION]: ['AWSPREVIOUS'], 'version-0': ['AWSCURRENT'] }, 'absent'],
      [{ [VERSION]: ['AWSCURRENT'], 'version-0': ['AWSPREVIOUS'] }, 'current'],
    ] as const) {
      const shown = { $metadata: {}, VersionIdsToStages: labels as unknown as Record<string, string[]> }
      expect(await pollVersion(seeing({ secret: shown }, 5), what, initialProgress(START))).toMatchObject({
        standing,
      })
    }
  })

  it('that fails changes nothing it knew', async () => {
    const world = {
      ...seeing(secret([]), 3),
      secrets: { describe: () => Promise.reject(new Error('ECONNRESET')) },
    }
    const known = sought(2, { standing: 'pending', wasSeen: true })
    expect(await pollVersion(world as unknown as Ports, WHAT, known)).toEqual({
      ...known,
      at: START + 3_000,
    })
  })
})

describe('a look that sees nothing', () => {
  const noted = { proof: { at: new Date(START + 9_000).toISOString(), versionId: VERSION } }
  const denied: Seen = { refusal: { reason: 'ACCESS_DENIED', message: 'denied' } }
  const unreachable = () => Promise.reject(new Error('no answer'))
  const shown: [string, () => Promise<Seen>][] = [
    ['is refused', async () => denied],
    ['fails', unreachable],
  ]

  it.each(shown)('still counts a proof that was noted, where it %s', async (_, describe) => {
    const world = { ...seeing(denied, 40), secrets: { describe }, ledger: { get: async () => noted } }
    const progress = await pollVersion(world as unknown as Ports, WHAT, sought(30, { standing: 'pending' }))
    expect(progress).toMatchObject({ standing: 'current', currentAt: START + 9_000 })
    expect(verdict(progress, VERSION, 40)).toBeUndefined()
    expect(decide(progress)).toEqual({ shouldContinue: false })
  })
})
