import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { secretChecks } from '../../src/doctor/secrets/checks.ts'
import {
  hasBeenCurrent,
  inspect,
  pendingIn,
  versionState,
  versionWith,
  whyUnfit,
} from '../../src/rotation/inspect.ts'

const SECRET = { ARN: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-Ab12Cd', Name: 'prod/db' }
const FUNCTION = 'arn:aws:lambda:eu-west-1:123456789012:function:rotate'

describe('a secret can be rotated', () => {
  it.each([
    ['by a function', { RotationLambdaARN: FUNCTION }, undefined],
    ['by the service that owns it', { OwningService: 'rds' }, undefined],
    [
      'by AWS at a partner, without a function',
      {
        Type: 'SalesforceClientSecret',
        ExternalSecretRotationRoleArn: 'arn:aws:iam::123456789012:role/external',
      },
      undefined,
    ],
    ['by nobody', {}, 'ROTATION_NOT_CONFIGURED'],
    ['by nobody, though a partner has it', { Type: 'SalesforceClientSecret' }, 'ROTATION_NOT_CONFIGURED'],
  ])('%s', (_, parts, reason) => {
    expect(inspect({ ...SECRET, ...parts })?.reason).toBe(reason)
    const configured = secretChecks.find(({ name }) => name === 'rotation-configured')
    const judged = configured?.check({
      secret: 'prod/db',
      described: { found: { ...SECRET, ...parts } },
    } as never)
    if (reason === undefined) expect(judged).toBe('fine')
    else expect(judged).toMatchObject({ symptom: expect.any(String) })
  })
})

describe('a secret as it stands', () => {
  const fit = { ...SECRET, RotationLambdaARN: FUNCTION, RotationEnabled: true }
  const deleted = { DeletedDate: new Date('2026-11-28T00:00:00Z') }
  const replica = { PrimaryRegion: 'us-east-1' }
  const cases: [when: string, parts: object, reason: string | undefined][] = [
    ['is fit', {}, undefined],
    ['where AWS does not say whether its rotation is on', { RotationEnabled: undefined }, undefined],
    ['in its primary region', { PrimaryRegion: 'eu-west-1' }, undefined],
    ['switched off', { RotationEnabled: false }, 'ROTATION_SWITCHED_OFF'],
    [
      'not configured, which says more than switched off',
      { RotationLambdaARN: undefined, RotationEnabled: false },
      'ROTATION_NOT_CONFIGURED',
    ],
    ['a replica, which has no function', { ...replica, RotationLambdaARN: undefined }, 'SECRET_IS_REPLICA'],
    ['deleted before all else', { ...deleted, ...replica, RotationEnabled: false }, 'SECRET_DELETED'],
  ]

  it.each(cases)('%s', (_, parts, reason) => {
    const refusal = inspect({ ...fit, ...parts } as never)
    expect(refusal?.reason).toBe(reason)
    if (refusal) expect(refusal.message).toContain('"prod/db"')
  })

  it.each(cases)('%s: as doctor says beforehand', (_, parts, reason) => {
    const facts = {
      secret: 'prod/db',
      described: { found: { ...fit, ...parts } },
      last: { found: undefined },
    }
    // A note is what others may ask of it: it keeps no rotation from happening.
    const barring = secretChecks.filter(({ severity }) => severity !== 'note')
    const found = barring.map(({ check }) => check(facts as never))
    expect(found.some((it) => typeof it === 'object' && 'symptom' in it)).toBe(reason !== undefined)
  })

  it('each reason that it may be unfit for is tried here', () => {
    const source = readFileSync('src/rotation/inspect.ts', 'utf8')
    const reasons = [...source.matchAll(/reason: '(\w+)'/g)].map(([, reason]) => reason)
    const tried = [...cases.map(([, , reason]) => reason), 'OLD_VERSION_PENDING']
    expect(reasons.filter((reason) => !tried.includes(reason))).toEqual([])
    expect(reasons).toContain('OLD_VERSION_PENDING')
  })

  it('goes by its ARN where AWS names it no other way', () => {
    expect(inspect({ ARN: SECRET.ARN })?.message).toContain(`"${SECRET.ARN}"`)
  })
})

describe('labels', () => {
  const labelled = (VersionIdsToStages?: Record<string, string[]>) =>
    ({ ...SECRET, VersionIdsToStages }) as never

  it.each([
    ['none at all', undefined, undefined, undefined],
    ['AWSCURRENT alone', { a: ['AWSCURRENT'] }, undefined, undefined],
    ['what an earlier rotation left', { a: ['AWSCURRENT'], b: ['AWSPENDING'] }, 'b', 'b'],
    ['beside AWSCURRENT it means nothing', { a: ['AWSCURRENT', 'AWSPENDING'] }, 'a', undefined],
    ['without any AWSCURRENT', { b: ['mine', 'AWSPENDING'] }, 'b', 'b'],
  ])('AWSPENDING: %s', (_, versions, carrier, pending) => {
    expect(versionWith(labelled(versions), 'AWSPENDING')).toBe(carrier)
    expect(pendingIn(labelled(versions))).toBe(pending)
  })

  it.each([
    [['AWSCURRENT'], 'current'],
    [['AWSCURRENT', 'AWSPENDING'], 'current'],
    [['AWSPREVIOUS'], 'current'],
    [['AWSPREVIOUS', 'AWSPENDING'], 'current'],
    [['AWSPENDING'], 'pending'],
    [['mine', 'AWSPENDING'], 'pending'],
    [['mine'], 'absent'],
    [[], 'absent'],
  ])('a version with %j is %s', (labels, state) => {
    const secret = labelled({ other: ['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS'], ours: labels })
    expect(versionState(secret, 'ours')).toBe(state)
    expect(hasBeenCurrent(secret, 'ours')).toBe(state === 'current')
  })

  it('a version that is not there, or a secret without versions, is absent', () => {
    expect(versionState(labelled({ other: ['AWSCURRENT'] }), 'ours')).toBe('absent')
    expect(versionState(labelled(), 'ours')).toBe('absent')
  })
})

describe('an old version that RotateSecret would bring back', () => {
  const unfit = (versions: Record<string, string[]>, known: Record<string, object> = {}, more: object = {}) =>
    whyUnfit(
      { ledger: { get: async (id: string) => known[id] } as never },
      {
        ...{ ...SECRET, RotationLambdaARN: FUNCTION, $metadata: {} },
        ...{ VersionIdsToStages: versions, ...more },
      },
    )
  const rotatedAt = '2026-11-22T03:00:01.000Z'

  it.each([
    [
      'pending where the ledger knows that it was current',
      { now: ['AWSCURRENT'], old: ['AWSPENDING'] },
      { old: { rotatedAt } },
      rotatedAt,
    ],
    ['pending and AWSPREVIOUS', { now: ['AWSCURRENT'], old: ['AWSPREVIOUS', 'AWSPENDING'] }, {}, 'before'],
    ['while nothing is AWSCURRENT', { old: ['AWSPREVIOUS', 'AWSPENDING'] }, {}, 'now none is'],
  ])('%s', async (_, versions, known, words) => {
    const refusal = await unfit(versions, known)
    expect(refusal).toMatchObject({ reason: 'OLD_VERSION_PENDING', message: expect.stringContaining(words) })
    expect(refusal?.message).toContain('is on version old')
  })

  it.each([
    [
      'a rotation that has never finished',
      { now: ['AWSCURRENT'], old: ['AWSPENDING'] },
      { old: { status: 'TIMED_OUT' } },
    ],
    ['one that the ledger does not know', { now: ['AWSCURRENT'], old: ['AWSPENDING'] }, {}],
    ['its label beside AWSCURRENT', { now: ['AWSCURRENT', 'AWSPENDING'] }, { now: { rotatedAt } }],
    ['no pending version', { now: ['AWSCURRENT'], old: ['AWSPREVIOUS'] }, { old: { rotatedAt } }],
  ])('is not %s', async (_, versions, known) => {
    expect(await unfit(versions as never, known)).toBeUndefined()
  })

  it.each([
    [-1_001, 'rejects'],
    [-1_000, 'refuses'],
    [1, 'refuses'],
    [undefined, 'refuses'],
  ])(
    'last changed %s ms after the ledger saw it current: %s, as the look may be an old one',
    async (ms, does) => {
      const LastChangedDate = ms === undefined ? undefined : new Date(Date.parse(rotatedAt) + ms)
      const old = unfit(
        { now: ['AWSCURRENT'], old: ['AWSPENDING'] },
        { old: { rotatedAt } },
        { LastChangedDate },
      )
      const refusal = expect.objectContaining({ reason: 'OLD_VERSION_PENDING' })
      if (does === 'rejects') await expect(old).rejects.toMatchObject({ name: 'NotYet', refusal })
      else expect(await old).toEqual(refusal)
    },
  )

  it('is not looked up where none is pending, or AWSCURRENT itself is', async () => {
    const ledger = { get: () => Promise.reject(new Error('not asked')) } as never
    const fit = { ...SECRET, RotationLambdaARN: FUNCTION, $metadata: {} }
    for (const VersionIdsToStages of [{ now: ['AWSCURRENT'] }, { now: ['AWSCURRENT', 'AWSPENDING'] }])
      expect(await whyUnfit({ ledger }, { ...fit, VersionIdsToStages })).toBeUndefined()
  })

  it('is not asked about where the secret is not fit anyway', async () => {
    const ledger = { get: () => Promise.reject(new Error('not asked')) } as never
    expect((await whyUnfit({ ledger }, { ...SECRET, $metadata: {} }))?.reason).toBe('ROTATION_NOT_CONFIGURED')
  })
})
