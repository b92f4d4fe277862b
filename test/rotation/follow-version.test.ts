import { describe, expect, it } from 'vitest'
import type { Seen } from '../../src/aws/secrets.ts'
import {
  type FollowState,
  followUntil,
  followVersion,
  initialFollowState,
  looksWithin,
  pollVersion,
  replicaWarning,
  verdict,
} from '../../src/rotation/follow-version.ts'
import type { Ports } from '../../src/rotation/ports.ts'
import { inlineSteps } from '../../src/steps/inline.ts'

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

const sought = (seconds: number, progress: Partial<FollowState> = {}): FollowState => ({
  ...initialFollowState(START + seconds * 1_000),
  ...progress,
})
const decide = followUntil(START, START + 900_000)

describe('replicas', () => {
  it('are waited for while they are in progress, and then it is done', async () => {
    const waiting = [
      { Region: 'eu-west-1', Status: 'InSync' },
      { Region: 'us-east-1', Status: 'InProgress' },
    ]
    const first = await pollVersion(
      seeing(secret(['AWSCURRENT'], waiting), 2),
      WHAT,
      initialFollowState(START),
    )
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
      initialFollowState(START),
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
      initialFollowState(START),
    )
    expect(first).toMatchObject({ standing: 'pending', expectedMs: 120_400 })
    // Kept, not read again.
    const second = await pollVersion(seeing(secret(['AWSPENDING']), 2), WHAT, first)
    expect(second.expectedMs).toBe(120_400)
  })

  it('is followed as any other where the ledger does not have it, or does not answer', async () => {
    const what = { ...WHAT, previousVersionId: 'version-0' }
    const none = await pollVersion(seeing(secret(['AWSPENDING']), 1), what, initialFollowState(START))
    expect(none).not.toHaveProperty('expectedMs')
    const silent = {
      ...seeing(secret(['AWSPENDING']), 1),
      ledger: { get: () => Promise.reject(new Error('ECONNRESET')) },
    } as unknown as Ports
    expect(await pollVersion(silent, what, initialFollowState(START))).toMatchObject({ standing: 'pending' })
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
    const labelled = (labels: Record<string, string[]>, seconds: number, last = initialFollowState(START)) =>
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

  it('waits longer for a version where this account has shown them later', async () => {
    const patient = followUntil(START, START + 900_000, 120_000)
    const gone = sought(119, { standing: 'absent', replaced: true })
    expect(patient(gone).shouldContinue).toBe(true)
    expect(patient({ ...gone, at: START + 120_000 }).shouldContinue).toBe(false)
  })

  it('is looked at again where the last look had no answer, for a while, and what was seen is said as of then', async () => {
    const pending = sought(890, { standing: 'pending', wasSeen: true })
    const silent = {
      ...seeing(secret(['AWSPENDING']), 0),
      secrets: { describe: () => Promise.reject(new Error('x')) },
    }
    const blind = { ...(await pollVersion(silent as never, WHAT, pending)), at: START + 900_000 }
    expect(blind.blindSince).toBe(START + 890_000)
    expect(decide(blind)).toEqual({ shouldContinue: true, delay: { seconds: 3 } })
    expect(decide({ ...blind, at: START + 915_000 })).toEqual({ shouldContinue: false })
    expect(decide({ ...pending, at: START + 900_000 })).toEqual({ shouldContinue: false })
    expect(verdict(blind, VERSION, 900)?.message).toBe(
      `after 900 s, at 2026-11-29T03:14:50.000Z, version ${VERSION} was still AWSPENDING; no look since then had an answer`,
    )
    const seen = await pollVersion(seeing(secret(['AWSCURRENT']), 903), WHAT, blind)
    expect([seen.blindSince, verdict(seen, VERSION, 900)]).toEqual([undefined, undefined])
  })

  it('says of a stuck version that this account is told of no failures', () => {
    const stuck = sought(900, { standing: 'pending', wasSeen: true })
    const at = '2026-11-28T05:00:00.000Z'
    expect(verdict(stuck, VERSION, 900, at)?.message).toContain(
      `RotationFailed did not arrive in this account`,
    )
    expect(verdict(stuck, VERSION, 900)?.message).not.toContain('RotationFailed')
  })

  it('takes a refusal for passing until it has lasted a minute', async () => {
    const refusal = { reason: 'SECRET_NOT_FOUND', message: 'no such secret' } as const
    const refused = async (seconds: number, last: FollowState) =>
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
      const progress = await pollVersion(seeing({ secret: shown }, 21), WHAT, initialFollowState(START))
      expect(decide(progress).shouldContinue).toBe(false)
      expect(verdict(progress, VERSION, 900)).toMatchObject({ reason })
      const done = { ...shown, VersionIdsToStages: { [VERSION]: ['AWSCURRENT'] } }
      expect(
        verdict(
          await pollVersion(seeing({ secret: done }, 21), WHAT, initialFollowState(START)),
          VERSION,
          900,
        ),
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
      expect(await pollVersion(seeing({ secret: shown }, 5), what, initialFollowState(START))).toMatchObject({
        standing,
      })
    }
  })

  it('that fails changes nothing it knew, and notes since when', async () => {
    const world = {
      ...seeing(secret([]), 3),
      secrets: { describe: () => Promise.reject(new Error('ECONNRESET')) },
    }
    const known = sought(2, { standing: 'pending', wasSeen: true })
    expect(await pollVersion(world as unknown as Ports, WHAT, known)).toEqual({
      ...known,
      blindSince: START + 2_000,
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

describe('a look at the version', () => {
  const REPLACED = { ...WHAT, previousVersionId: 'version-0' }
  const looked = (
    versions: Record<string, string[]>,
    {
      what = REPLACED,
      last = initialFollowState(START),
      ledger = {} as object,
      more = {} as object,
      seconds = 5,
    } = {},
  ) => {
    const seen = { secret: { $metadata: {}, VersionIdsToStages: versions, ...more } } as unknown as Seen
    return pollVersion({ ...seeing(seen, seconds), ...(ledger as Partial<Ports>) }, what, last)
  }
  const knowing = (rotation: object) => ({ ledger: { get: async () => rotation } })
  const PENDING = { 'version-0': ['AWSCURRENT'], [VERSION]: ['AWSPENDING'] }
  const CURRENT = { 'version-0': ['AWSPREVIOUS'], [VERSION]: ['AWSCURRENT'] }

  it('that finds it current keeps when it first was, whatever is seen after that', async () => {
    const first = await looked(CURRENT, { seconds: 5 })
    expect(first).toMatchObject({ standing: 'current', currentAt: START + 5_000, wasSeen: true })
    expect(await looked(CURRENT, { seconds: 9, last: first })).toMatchObject({ currentAt: START + 5_000 })
    const gone = await looked({ 'version-2': ['AWSCURRENT'] }, { seconds: 9, last: first })
    expect(gone).toMatchObject({ standing: 'absent', currentAt: START + 5_000 })
    expect(verdict(gone, VERSION, 900)).toBeUndefined()
  })

  it.each([
    ['another version is current', { 'version-2': ['AWSCURRENT'], 'version-0': ['AWSPREVIOUS'] }, true],
    ['another version is pending', { 'version-0': ['AWSCURRENT'], 'version-2': ['AWSPENDING'] }, true],
    ['all is as before the call', { 'version-0': ['AWSCURRENT', 'AWSPENDING'] }, false],
    ['nothing has a label', { 'version-0': [] }, false],
  ])('that does not find it is told from one too early: %s', async (_, versions, replaced) => {
    expect(await looked(versions)).toMatchObject({ standing: 'absent', wasSeen: false, replaced })
    // What was there before is not known: then nothing is to be said.
    expect(await looked(versions, { what: WHAT as typeof REPLACED })).toMatchObject({ replaced: false })
  })

  it('remembers that it was seen', async () => {
    const seen = await looked(PENDING)
    expect(seen).toMatchObject({ standing: 'pending', wasSeen: true })
    expect(seen).not.toHaveProperty('replaced')
    const gone = await looked({ 'version-2': ['AWSCURRENT'] }, { last: seen, seconds: 60 })
    expect(gone).toMatchObject({ standing: 'absent', wasSeen: true })
    expect(verdict(gone, VERSION, 900)?.message).toContain('had not been seen as AWSCURRENT')
  })

  it('has what AWS reported of its failing, while it is pending, and keeps it', async () => {
    const failure = { at: '2026-11-29T03:00:04.000Z', message: 'boom', final: false }
    const first = await looked(PENDING, { ledger: knowing({ failure }) })
    expect(first.failure).toEqual(failure)
    expect(decide(first).shouldContinue).toBe(true)
    const second = await looked(PENDING, { last: first })
    expect(second.failure).toEqual(failure)
    expect(verdict(second, VERSION, 900)).toEqual({
      reason: 'ROTATION_FUNCTION_FAILED',
      message: `boom (${failure.at}); at 2026-11-29T03:00:05.000Z version ${VERSION} was still AWSPENDING`,
    })
    for (const versions of [CURRENT, { 'version-0': ['AWSCURRENT'] }])
      expect(await looked(versions, { last: first })).not.toHaveProperty('failure')
    // Nothing attempts it again: there is nothing to wait for.
    const final = await looked(PENDING, { ledger: knowing({ failure: { ...failure, final: true } }) })
    expect(decide(final)).toEqual({ shouldContinue: false })
  })

  it('believes a proof of its own version only, and only where that proves something', async () => {
    const proof = { at: '2026-11-29T03:00:03.000Z', versionId: VERSION }
    const proved = await looked(PENDING, { ledger: knowing({ proof }) })
    expect(proved).toMatchObject({ standing: 'current', currentAt: START + 3_000 })
    const other = knowing({ proof: { ...proof, versionId: 'another' } })
    expect(await looked(PENDING, { ledger: other })).toMatchObject({ standing: 'pending' })
    const before = { ...REPLACED, wasCurrent: true }
    expect(await looked(PENDING, { what: before, ledger: knowing({ proof }) })).toMatchObject({
      standing: 'pending',
    })
    // Seen before it was proved: then is when it was.
    const seen = { ...initialFollowState(START), currentAt: START + 2_000 }
    expect(await looked(PENDING, { last: seen, ledger: knowing({ proof }) })).toMatchObject({
      currentAt: START + 2_000,
    })
  })

  it('asks nobody for reports once it is current', async () => {
    const asked: string[] = []
    const ledger = { ledger: { get: async (id: string) => void asked.push(id) } }
    await looked(CURRENT, { ledger })
    expect(asked).toEqual([])
    await looked(PENDING, { ledger, last: { ...initialFollowState(START), wasSeen: true } })
    expect(asked).toEqual([VERSION])
    // Nor for the last rotation, where nobody knows which version that made.
    await looked(PENDING, { ledger, what: WHAT as typeof REPLACED })
    expect(asked).toEqual([VERSION, VERSION])
  })

  it('says that the ledger could not be read, and goes by the labels', async () => {
    const log: string[] = []
    const ledger = {
      ledger: { get: () => Promise.reject(new Error('no answer')) },
      log: (message: string) => void log.push(message),
    }
    expect(await looked(PENDING, { ledger })).toMatchObject({ standing: 'pending' })
    // Its reports, and what its last rotation took.
    expect(log).toEqual(['could not read the ledger', 'could not read the ledger'])
  })

  it('was current before the call: is so only where AWSCURRENT came to it from another', async () => {
    const what = { ...WHAT, previousVersionId: VERSION, wasCurrent: true }
    expect(await looked({ [VERSION]: ['AWSCURRENT'] }, { what })).toMatchObject({ standing: 'absent' })
    expect(await looked({ [VERSION]: ['AWSCURRENT', 'AWSPENDING'] }, { what })).toMatchObject({
      standing: 'pending',
    })
    expect(await looked({ [VERSION]: ['AWSPENDING'] }, { what })).toMatchObject({ standing: 'pending' })
    // A third one came to it.
    const third = { 'version-2': ['AWSCURRENT'], [VERSION]: ['AWSPREVIOUS'], 'version-0': [] }
    const earlier = { ...REPLACED, wasCurrent: true }
    expect(await looked(third, { what: earlier })).toMatchObject({ standing: 'absent', replaced: true })
  })

  it('is not ended by what somebody does to the secret once it is current', async () => {
    const ReplicationStatus = [{ Region: 'us-east-1', Status: 'InProgress' }]
    const seen = await looked(CURRENT, { more: { RotationEnabled: false, ReplicationStatus } })
    expect(decide(seen).shouldContinue).toBe(true)
    expect(seen).not.toHaveProperty('ended')
    expect(await looked(PENDING)).not.toHaveProperty('currentAt')
  })

  it('goes on until the timeout after the call was sent; after it was found, where nobody saw it sent', async () => {
    const lastLook = async (start: { startedAt?: number; observedAt: number }) => {
      let now = START + 10_000
      const steps = inlineSteps({
        async pause(seconds) {
          now += seconds * 1_000
        },
      })
      const world = { ...seeing(secret(['AWSPENDING']), 0), now: () => now }
      const target = { secret: 'orders', rotationId: VERSION, timeoutSeconds: 60 }
      const { at } = await followVersion(steps, target, { versionId: VERSION, ...start }, world)
      return at - START
    }
    expect(await lastLook({ startedAt: START, observedAt: START + 10_000 })).toBe(60_000)
    expect(await lastLook({ observedAt: START + 10_000 })).toBe(70_000)
  })

  it('names replicas that wait and that failed, however little AWS says', async () => {
    const ReplicationStatus = [
      { Region: 'us-east-1', Status: 'InSync' },
      { Status: 'InProgress' },
      { Region: 'eu-west-1', Status: 'Failed' },
    ]
    const progress = await looked(CURRENT, { more: { ReplicationStatus } })
    expect(progress.replicas).toEqual({ waiting: ['a region'], failed: ['eu-west-1: failed'] })
    expect(replicaWarning(progress)).toBe(
      'replicas without the new value: eu-west-1: failed; a region: not in sync yet',
    )
  })
})

describe('how long it goes on', () => {
  const refusal = { reason: 'SECRET_NOT_FOUND', message: 'gone' } as const
  it.each<[string, Partial<FollowState>, number, boolean]>([
    [
      'absent, another one labelled, in its first minute',
      { standing: 'absent', replaced: true },
      59.999,
      true,
    ],
    ['absent, another one labelled, for a minute', { standing: 'absent', replaced: true }, 60, false],
    ['absent, all as before', { standing: 'absent', replaced: false }, 60, true],
    ['refused for less than a minute', { refused: { ...refusal, since: START + 40_001 } }, 100, true],
    ['refused for a minute', { refused: { ...refusal, since: START + 40_000 } }, 100, false],
    ['current', { standing: 'current' }, 1, false],
    ['current, a replica waits', { standing: 'current', replicas: { waiting: ['x'], failed: [] } }, 1, true],
    [
      'current, a replica has failed',
      { standing: 'current', replicas: { waiting: [], failed: ['x'] } },
      1,
      false,
    ],
    ['pending, in the last second', { standing: 'pending' }, 899.999, true],
    ['pending, at the timeout', { standing: 'pending' }, 900, false],
    ['taken away', { standing: 'pending', ended: refusal }, 1, false],
    [
      'failed for good, yet proved current since, a replica waits',
      {
        ...{ standing: 'current', replicas: { waiting: ['x'], failed: [] } },
        failure: { at: '', message: '', final: true } as never,
      },
      1,
      true,
    ],
  ])('%s', (_, progress, seconds, goesOn) => {
    expect(decide(sought(seconds, progress)).shouldContinue).toBe(goesOn)
  })

  it.each([
    // An eighth of what has passed, in whole seconds, at least one and at most two minutes; never past the timeout.
    [0, undefined, 1],
    [15.9, undefined, 1],
    [16, undefined, 2],
    [80, undefined, 10],
    [899.5, undefined, 1],
    [892, undefined, 8],
    // A third of what is left until it is expected, or has passed since; before it at most half of what has passed.
    [40, 100, 20],
    [10, 100, 5],
    [88, 100, 4],
    [100, 100, 1],
    [112, 100, 4],
    [160, 100, 20],
    [320, 100, 40],
  ])('after %d s, where the last one took %s s: a pause of %d s', (seconds, expected, pause) => {
    const expectedMs = expected === undefined ? {} : { expectedMs: expected * 1_000 }
    const decision = decide(sought(seconds, { standing: 'pending', ...expectedMs }))
    expect(decision).toEqual({ shouldContinue: true, delay: { seconds: pause } })
  })

  it('a pause is two minutes at most, in a rotation of hours', () => {
    const hours = followUntil(START, START + 86_400_000)
    const at = (seconds: number) => hours(sought(seconds, { standing: 'pending' }))
    expect(at(952)).toMatchObject({ delay: { seconds: 119 } })
    expect(at(40_000)).toMatchObject({ delay: { seconds: 120 } })
    expect([looksWithin(900), looksWithin(86_400)]).toEqual([looksOf(900).length, looksOf(86_400).length])
  })
})

describe('the verdict', () => {
  const refusal = { reason: 'SECRET_DELETED', message: 'deleted' } as const
  const refused = { reason: 'SECRET_NOT_FOUND', message: 'gone', since: START } as const
  it.each<[string, Partial<FollowState>, string | undefined]>([
    [
      'it was current once, whatever came after',
      { standing: 'absent', currentAt: START, ended: refusal, refused },
      undefined,
    ],
    [
      'it was taken away, whatever was refused',
      { standing: 'pending', ended: refusal, refused },
      'SECRET_DELETED',
    ],
    ['it could not be looked at, whatever it was', { standing: 'absent', refused }, 'SECRET_NOT_FOUND'],
    ['it is pending', { standing: 'pending' }, 'PENDING_VERSION_STUCK'],
    ['it has never been looked at', { standing: 'unseen' }, 'PENDING_VERSION_STUCK'],
    [
      'it failed and is gone',
      { standing: 'absent', failure: { at: '', message: '' } as never },
      'ROTATION_ABANDONED',
    ],
  ])('%s', (_, progress, reason) => {
    expect(verdict(sought(900, progress), VERSION, 900)?.reason).toBe(reason)
  })

  it('says what was seen last', () => {
    const said = (standing: FollowState['standing']) =>
      verdict(sought(900, { standing }), VERSION, 900)?.message
    const when = `after 900 s, at 2026-11-29T03:15:00.000Z, version ${VERSION} was`
    expect(said('pending')).toBe(`${when} still AWSPENDING`)
    expect(said('unseen')).toBe(`${when} not to be seen: no look at the secret succeeded`)
  })
})
