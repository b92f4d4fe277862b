import { describe, expect, it } from 'vitest'
import type { ConsumerState, Handover } from '../../src/model/handover.ts'
import { rotationIdOf } from '../../src/model/identity.ts'
import type { Adoption, Rotation } from '../../src/model/rotation.ts'
import type { Happened } from './happened.ts'
import { judge } from './judge.ts'

const T = Date.parse('2026-11-27T03:00:00.000Z')
const iso = (at: number) => new Date(at).toISOString()
const ID = 'id-1'

function record(over: Partial<Rotation> = {}): Rotation {
  const status = over.status ?? 'SUCCEEDED'
  return {
    rotationId: ID,
    schedule: 'nightly',
    secret: 'app',
    secretName: 'app',
    scheduledAt: iso(T),
    trigger: 'SCHEDULE',
    status,
    claimedAt: iso(T),
    startedAt: iso(T + 10),
    rotatedAt: iso(T + 5_000),
    versionId: ID,
    executionArn: 'arn',
    configVersion: 'v',
    events: [
      { at: iso(T), status: 'CLAIMED' },
      { at: iso(T + 5_000), status },
    ],
    ...over,
  }
}

/** A night on which all went well. */
function night(over: Partial<Happened> = {}): Happened {
  return {
    effects: [{ at: T + 20, sentAt: T + 12, secret: 'app', token: ID, versionId: ID }],
    sendings: [{ sentAt: T + 12, secret: 'app', token: ID }],
    moves: [{ at: T + 4_900, secret: 'app', versionId: ID }],
    rotations: [record()],
    occurrences: [{ secret: 'app', rotationId: ID, schedule: 'nightly', instant: T, closes: T + 60_000 }],
    requests: [],
    exceptions: [],
    deployments: [],
    doubled: 0,
    refreshes: [],
    reads: [],
    readers: ['reports', 'batch'],
    schedules: new Map(),
    hooks: [],
    unpaused: [],
    broken: [],
    failures: [],
    freezes: [],
    holds: [],
    graceMs: 400,
    readMs: 500,
    clockMs: 2,
    ...over,
  }
}

const [effect] = night().effects
const [due] = night().occurrences
const at = (sentAt: number) => [{ ...(effect as Happened['effects'][number]), at: sentAt + 5, sentAt }]
const frozen = {
  ...{ name: 'f', from: T - 60_000, to: T + 60_000, ignoredBy: [] as string[] },
  ...{ configs: ['v'], othersFrom: T + 30_000 },
}
const skipped = { status: 'SKIPPED', startedAt: undefined, rotatedAt: undefined } as unknown as Rotation
const skip = { schedule: 'nightly', instant: T, toldAt: T - 30_000 }
const NOON = T + 9 * 3_600_000
const MOVED = rotationIdOf('nightly', 'app', 'm-1')
const moveTo = { ...skip, to: NOON }
const skippedOnce = record({ ...skipped, reason: 'SKIPPED_ONCE' })

/** A night whose one occurrence is moved to noon, and rotates there. */
function moved(over: Partial<Happened> = {}): Happened {
  const there = record({
    ...{ rotationId: MOVED, versionId: MOVED, scheduledAt: iso(NOON), startedAt: iso(NOON + 10) },
    moved: { from: iso(T), id: 'm-1' },
  })
  return night({
    effects: [{ at: NOON + 20, sentAt: NOON + 12, secret: 'app', token: MOVED, versionId: MOVED }],
    sendings: [{ sentAt: NOON + 12, secret: 'app', token: MOVED }],
    moves: [{ at: NOON + 4_900, secret: 'app', versionId: MOVED }],
    rotations: [skippedOnce, there],
    exceptions: [moveTo],
    schedules: new Map([['nightly', { canaries: [], soakMs: 0, retries: 0, windowMs: 60_000 }]]),
    ...over,
  })
}

/** A wave of a canary, `app`, verified after five seconds, and `rest`, which was sent `restMs` after the instant. */
function canaried(restMs: number, over: Partial<Happened> = {}, canary = record()): Happened {
  const rest = record({
    ...{ rotationId: 'id-r', versionId: 'id-r', secret: 'rest', secretName: 'rest' },
    startedAt: iso(T + restMs),
  })
  const sent = { sentAt: T + restMs, secret: 'rest', token: 'id-r' }
  return night({
    effects: [...night().effects, { ...sent, at: T + restMs + 5, versionId: 'id-r' }],
    sendings: [...night().sendings, sent],
    moves: [...night().moves, { at: T + restMs + 4_000, secret: 'rest', versionId: 'id-r' }],
    rotations: [canary, rest],
    occurrences: ['app', 'rest'].map((secret, index) => ({
      ...{ secret, rotationId: ['id-1', 'id-r'][index] as string, schedule: 'nightly' },
      ...{ instant: T, closes: T + 300_000 },
    })),
    schedules: new Map([['nightly', { canaries: ['app'], soakMs: 60_000, retries: 0, windowMs: 300_000 }]]),
    ...over,
  })
}

/** A night before which its secret was paused. */
function paused(...between: Rotation[]): Happened {
  const failed = record({
    ...{ rotationId: 'id-0', scheduledAt: iso(T - 120_000), status: 'FAILED', claimedAt: iso(T - 120_000) },
    ...{ startedAt: undefined as never, rotatedAt: undefined as never },
    events: [
      { at: iso(T - 90_000), status: 'FAILED', message: 'it broke; paused, it failed once in nightly' },
    ],
  })
  return night({
    moves: [...night().moves, { at: T - 40_000, secret: 'app', versionId: 'id-d' }],
    sendings: [
      ...night().sendings,
      ...between.map(() => ({ sentAt: T - 200_000, secret: 'app', token: 'id-d' })),
    ],
    rotations: [failed, ...between, record()],
  })
}
const onDemand = (settledAt: number) =>
  record({
    ...{ rotationId: 'id-d', versionId: 'id-d', trigger: 'ON_DEMAND', schedule: 'on-demand' },
    ...{ scheduledAt: iso(T - 200_000), startedAt: undefined as never },
    events: [
      { at: iso(T - 200_000), status: 'CLAIMED' },
      { at: iso(settledAt), status: 'SUCCEEDED' },
    ],
  })
/** A night whose schedule has a hook of each kind. */
const hooked = (hooks: Happened['hooks'], over: Partial<Rotation> = {}) =>
  night({
    hooks,
    rotations: [record({ limits: { ...LIMITS, beforeSeconds: 30, afterSeconds: 30 }, ...over })],
  })
const LIMITS = { windowSeconds: 60, timeoutSeconds: 60 }
const asks = { at: T - 2_000, rotationId: ID, hook: 'before', ok: true } as const
const sees = { at: T + 5_000, rotationId: ID, hook: 'after', ok: true } as const

/** A call, `afterMs` after another of its wave had failed, which stops it. */
function stopping(afterMs: number, terms = {}, message = 'it broke', over: Partial<Rotation> = {}): Happened {
  const failed = record({
    ...{ rotationId: 'id-0', secret: 'b', secretName: 'b', status: 'FAILED' },
    ...{ startedAt: undefined as never, rotatedAt: undefined as never },
    events: [{ at: iso(T + 12 - afterMs - 400), status: 'FAILED', message }],
    ...over,
  })
  return night({
    rotations: [record(), failed],
    schedules: new Map([['nightly', { ...TERMS, maxErrors: 1, ...terms }]]),
  })
}

/** A night that was left out for this reason, three seconds after the instant. */
const barred = (reason: string, over: Partial<Happened>) =>
  night({
    ...{ effects: [], moves: [], sendings: [] },
    rotations: [record({ ...skipped, reason, settledAt: iso(T + 3_000) })],
    ...over,
  })
const TERMS = { canaries: [], soakMs: 0, retries: 0, windowMs: 60_000 }
/** A failure of a schedule that is paused after one. */
const failedOnce = (message: string, over: Partial<Happened> = {}) =>
  night({
    moves: [],
    rotations: [
      record({
        ...{ status: 'FAILED', rotatedAt: undefined as never },
        events: [{ at: iso(T + 5_000), status: 'FAILED', message }],
      }),
    ],
    schedules: new Map([['nightly', { ...TERMS, pauseAfter: 1 }]]),
    ...over,
  })

/** A rotation that failed after its first call, and again after each of the later ones. */
function attempted(...sentMs: number[]): Happened {
  return night({
    sendings: [...night().sendings, ...sentMs.map((ms) => ({ sentAt: T + ms, secret: 'app', token: ID }))],
    failures: [2_000, 70_000, 200_000].map((ms) => ({ at: T + ms, secret: 'app', token: ID })),
    occurrences: [{ ...(due as Happened['occurrences'][number]), closes: T + 600_000 }],
    schedules: new Map([['nightly', { canaries: [], soakMs: 0, retries: 1, windowMs: 600_000 }]]),
  })
}

/** A night after which a service and a function take the new value. */
function handedOver(over: Partial<Happened> = {}, parts: Partial<Rotation> = {}): Happened {
  const consumer = (id: string, state: ConsumerState) => ({
    id,
    state,
    since: iso(T),
    sentAt: iso(T + 6_000),
  })
  const consumers = [consumer('ecs:shop/api', 'FRESH'), consumer('invoke:warm', 'FRESH')]
  const handover: Handover = { status: 'DONE', until: iso(T + 9_000_000), consumers }
  return night({
    rotations: [record({ handover, ...parts })],
    deployments: [{ service: 'shop/api', createdAt: T + 6_100 }],
    refreshes: [{ at: T + 6_200, rotationId: ID, consumer: 'invoke:warm', ok: true }],
    ...over,
  })
}
/** A night after which `reports` has fetched, and was heard, and `batch` has not. */
function adopted(over: Partial<Happened> = {}, parts: Partial<Adoption> = {}): Happened {
  const adoption: Adoption = {
    ...{ at: iso(T + 5_400_000), withinSeconds: 3_600, known: 2, fetched: 1, unclear: [], shared: [] },
    behind: [{ principal: 'arn:aws:iam::000000000000:role/batch' }],
    ...parts,
  }
  return night({
    rotations: [record({ adoption })],
    reads: [
      { at: T + 60_000, secret: 'app', role: 'reports', heard: true },
      { at: T - 60_000, secret: 'app', role: 'batch', heard: true },
    ],
    ...over,
  })
}
const [fetched] = adopted().reads as [Happened['reads'][number]]
const unheard = { ...fetched, role: 'batch', heard: false }

const [deployed] = handedOver().deployments as [Happened['deployments'][number]]
const [called] = handedOver().refreshes as [Happened['refreshes'][number]]
const handover = handedOver().rotations[0]?.handover as Handover

const noted = record({
  ...{ adopted: true, versionId: 'stuck', startedAt: undefined as never },
  sending: { from: iso(T), labels: {}, pending: 'stuck' },
})

const unsettled = record({ status: 'ROTATING', rotatedAt: undefined as never })

describe('the judge', () => {
  it('finds nothing where all went well', () => {
    expect(judge(night())).toEqual([])
  })

  it.each<[planted: string, kind: string, Happened]>([
    [
      'a second version for the same occurrence',
      'double',
      night({
        effects: [...night().effects, { ...at(T + 9_000)[0], token: 'id-2', versionId: 'id-2' } as never],
        moves: [...night().moves, { at: T + 12_000, secret: 'app', versionId: 'id-2' }],
        rotations: [record(), record({ rotationId: 'id-2', versionId: 'id-2', startedAt: iso(T + 9_000) })],
      }),
    ],
    [
      'a rotation an hour later, for no occurrence',
      'double',
      night({
        effects: at(T + 3_600_000),
        sendings: [],
        moves: [{ at: T + 3_601_000, secret: 'app', versionId: ID }],
        rotations: [record({ scheduledAt: iso(T + 3_600_000), startedAt: iso(T + 3_600_000) })],
        occurrences: [],
      }),
    ],
    [
      'a rotation on demand under an id that nobody used',
      'double',
      night({ rotations: [record({ trigger: 'ON_DEMAND', schedule: 'on-demand' })], occurrences: [] }),
    ],
    [
      'an occurrence without a record',
      'lost',
      night({ rotations: [], effects: [], sendings: [], moves: [] }),
    ],
    ['one without an outcome', 'lost', night({ rotations: [unsettled] })],
    [
      'a request that was accepted and forgotten',
      'lost',
      night({
        rotations: [],
        effects: [],
        sendings: [],
        moves: [],
        occurrences: [],
        requests: [{ ...(due as never as Happened['requests'][number]), sure: true }],
      }),
    ],
    [
      'an effect before the instant',
      'early',
      night({ effects: at(T - 50), rotations: [record({ startedAt: iso(T - 52) })] }),
    ],
    [
      'a call after the window',
      'late',
      night({
        effects: at(T + 61_000),
        moves: [{ at: T + 66_000, secret: 'app', versionId: ID }],
        rotations: [record({ startedAt: iso(T + 61_000) })],
      }),
    ],
    ['a call in a freeze', 'frozen', night({ freezes: [frozen] })],
    [
      'a call of an earlier config in a freeze that binds it by now',
      'frozen',
      night({ freezes: [{ ...frozen, configs: ['newer'], othersFrom: T - 5_000 }] }),
    ],
    [
      'a call under a hold',
      'held',
      night({ holds: [{ scope: 'secret/app', from: T - 2_000, to: T + 60_000 }] }),
    ],
    [
      'a call of a slow sender under a hold of long before',
      'held',
      night({
        ...{ sendings: [], effects: at(T + 20).map((it) => ({ ...it, lateMs: 1_500 })) },
        holds: [{ scope: 'all', from: T - 2_500, to: T + 60_000 }],
      }),
    ],
    [
      'a call under a hold of all',
      'held',
      night({ holds: [{ scope: 'all', from: T - 2_000, to: T + 60_000 }] }),
    ],
    [
      'a later attempt under a hold',
      'held',
      night({
        sendings: [{ sentAt: T + 30_000, secret: 'app', token: ID }],
        holds: [{ scope: 'all', from: T + 20_000, to: T + 60_000 }],
      }),
    ],
    [
      'a later attempt after the window',
      'late',
      night({ sendings: [{ sentAt: T + 61_000, secret: 'app', token: ID }] }),
    ],
    [
      'more attempts than its schedule allows',
      'untrue',
      night({ rotations: [record({ attempts: [{}, {}] })] }),
    ],
    ['SUCCEEDED, and AWSCURRENT never moved', 'untrue', night({ moves: [] })],
    [
      'SUCCEEDED by a label that was there before',
      'untrue',
      night({ moves: [{ at: T - 86_400_000, secret: 'app', versionId: ID }] }),
    ],
    [
      'SUCCEEDED by an earlier version that was AWSCURRENT before a call was noted, which never went out',
      'untrue',
      night({
        effects: [],
        sendings: [],
        moves: [{ at: T - 4_900, secret: 'app', versionId: 'stuck' }],
        rotations: [noted],
      }),
    ],
    [
      'SUCCEEDED by an earlier version that was AWSCURRENT before any call, with no start said',
      'untrue',
      night({
        effects: [],
        moves: [{ at: T - 5_000, secret: 'app', versionId: 'stuck' }],
        rotations: [record({ adopted: true, versionId: 'stuck', startedAt: undefined as never })],
      }),
    ],
    ['FAILED, and it rotated', 'untrue', night({ rotations: [record({ ...skipped, status: 'FAILED' })] })],
    ['SKIPPED, and it rotated', 'untrue', night({ rotations: [record(skipped)] })],
    [
      'a start that is not that of the call which had the effect',
      'untrue',
      night({ effects: at(T + 39_600), moves: [{ at: T + 44_000, secret: 'app', versionId: ID }] }),
    ],
    ['a start of nothing', 'untrue', night({ effects: [] })],
    ['an effect that no record knows', 'untrue', night({ rotations: [], occurrences: [] })],
    [
      'a call whose token no record has',
      'untrue',
      night({ sendings: [{ sentAt: T, secret: 'app', token: 'x' }] }),
    ],
    ['a call of what was skipped', 'excepted', night({ exceptions: [skip] })],
    [
      'the same where that is taken back too late',
      'excepted',
      night({ exceptions: [{ ...skip, backAt: T + 9 }] }),
    ],
    [
      'a later call of what was skipped',
      'excepted',
      night({ exceptions: [skip], effects: [], moves: [], rotations: [skippedOnce] }),
    ],
    [
      'a call at the instant from which it was moved',
      'excepted',
      moved({
        effects: [],
        moves: moved().moves,
        sendings: [...moved().sendings, ...night().sendings],
        rotations: [skippedOnce, record({ ...moved().rotations[1], startedAt: undefined as never })],
      }),
    ],
    [
      'a moved one that rotates at both instants, where nobody knows whether the move was in time',
      'double',
      moved({
        effects: [...moved().effects, ...night().effects],
        moves: [...moved().moves, ...night().moves],
        rotations: [record(), moved().rotations[1] as Rotation],
        exceptions: [{ schedule: 'nightly', instant: T, to: NOON }],
      }),
    ],
    [
      'a moved one that has no outcome there',
      'lost',
      moved({ effects: [], sendings: [], moves: [], rotations: [skippedOnce] }),
    ],
    [
      'a moved one after its new window',
      'late',
      moved({ sendings: [...moved().sendings, { sentAt: NOON + 61_000, secret: 'app', token: MOVED }] }),
    ],
    [
      'a moved one that was taken back',
      'excepted',
      moved({ exceptions: [{ ...moveTo, backAt: T - 20_000, backToldAt: T - 10_000 }] }),
    ],
    [
      'a planned one that was cancelled',
      'excepted',
      night({
        rotations: [record({ trigger: 'ON_DEMAND', schedule: 'on-demand' })],
        occurrences: [],
        requests: [{ ...(due as Happened['occurrences'][number]), sure: false, cancelledAt: T - 60_000 }],
      }),
    ],
    [
      'one said to be skipped by somebody who did not',
      'untrue',
      night({ effects: [], moves: [], sendings: [], rotations: [skippedOnce] }),
    ],
    ['the rest beside its canary', 'canary', canaried(2_000)],
    ['the rest after its canary, and before the soak is over', 'canary', canaried(64_000)],
    [
      'the rest after a canary that is said to be verified, and AWSCURRENT is not',
      'canary',
      canaried(70_000, {
        moves: [
          { at: T + 90_000, secret: 'app', versionId: ID },
          { at: T + 74_000, secret: 'rest', versionId: 'id-r' },
        ],
      }),
    ],
    [
      'the rest after a canary that failed',
      'canary',
      canaried(70_000, {}, record({ status: 'FAILED', reason: 'VERIFICATION_FAILED' })),
    ],
    ['the rest of a wave whose functions all break', 'canary', canaried(70_000, { broken: ['app', 'rest'] })],
    ['a call that is scheduled, of what is paused', 'paused', paused()],
    [
      'a call after a success on demand of before the pause',
      'paused',
      {
        ...paused(onDemand(T - 121_000)),
        moves: [...night().moves, { at: T - 125_000, secret: 'app', versionId: 'id-d' }],
      },
    ],
    [
      'a call after a success on demand that is only to come',
      'paused',
      {
        ...paused(onDemand(T + 90_000)),
        moves: [...night().moves, { at: T + 80_000, secret: 'app', versionId: 'id-d' }],
      },
    ],
    ['a failure that pauses nothing, where one is enough', 'paused', failedOnce('it broke')],
    [
      'one said to be paused, and nothing pauses it',
      'untrue',
      night({ effects: [], moves: [], sendings: [], rotations: [record({ ...skipped, reason: 'PAUSED' })] }),
    ],
    ['one said to be held, and nobody held it', 'untrue', barred('HELD', {})],
    [
      'one said to be held by a hold of another secret',
      'untrue',
      barred('HELD', { holds: [{ scope: 'secret/b', from: T - 9_000, to: T + 9_000 }] }),
    ],
    [
      'one said to be held by a hold that was over',
      'untrue',
      barred('HELD', { holds: [{ scope: 'all', from: T - 90_000, to: T - 60_000 }] }),
    ],
    [
      'one said to be held by a hold of later',
      'untrue',
      barred('HELD', { holds: [{ scope: 'all', from: T + 9_000, to: T + 60_000 }] }),
    ],
    [
      'one said to be frozen in a freeze that its schedule ignores',
      'untrue',
      barred('FROZEN', { freezes: [{ ...frozen, ignoredBy: ['nightly'] }] }),
    ],
    [
      'one said to be frozen in a freeze that was over',
      'untrue',
      barred('FROZEN', { freezes: [{ ...frozen, to: T }] }),
    ],
    ['a call that no before-hook was asked about', 'hook', hooked([sees])],
    ['a call that its before-hook forbade', 'hook', hooked([{ ...asks, ok: false }, sees])],
    ['a call before its hook said yes', 'hook', hooked([{ ...asks, at: T + 13 }, sees])],
    ['a success that its after-hook denies', 'hook', hooked([asks, { ...sees, ok: false }])],
    ['a success that another’s after-hook saw', 'hook', hooked([asks, { ...sees, rotationId: 'x' }])],
    ['a call in a wave that has had its failure', 'stopped', stopping(15_001)],
    ['more calls than retries', 'attempts', attempted(70_100, 200_100)],
    [
      'a success without a call',
      'untrue',
      night({ effects: [], sendings: [], rotations: [record({ startedAt: undefined as never })] }),
    ],
    ['who has not fetched, and is not named', 'untrue', adopted({}, { behind: [] })],
    [
      'a success that is handed over to nobody',
      'consumer',
      night({ schedules: new Map([['nightly', { ...TERMS, handsOver: true }]]) }),
    ],
    [
      'somebody named who was heard to fetch',
      'untrue',
      adopted({ reads: [fetched, { ...fetched, role: 'batch' }] }),
    ],
    ['somebody named where nobody was heard', 'untrue', adopted({ reads: [] }, { fetched: 0 })],
    ['more who fetched than were heard', 'untrue', adopted({}, { fetched: 2 })],
    [
      'more who fetched than were heard, and the history was not asked',
      'untrue',
      adopted({ reads: [fetched, unheard] }, { fetched: 2, behind: [], history: { asked: 'NOT', why: 'x' } }),
    ],
    [
      'somebody named whose read the history had',
      'untrue',
      adopted({ reads: [fetched, unheard] }, { history: { asked: 'WHOLE' } }),
    ],
    ['two deployments for one rotation', 'consumer', handedOver({ deployments: [deployed, deployed] })],
    [
      'a service that is said to be fresh, by a deployment of before the rotation',
      'untrue',
      handedOver({ deployments: [{ ...deployed, createdAt: T + 4_000 }] }),
    ],
    [
      'a function that is said to have refreshed, and failed',
      'untrue',
      handedOver({ refreshes: [{ ...called, ok: false }] }),
    ],
    [
      'a call before the rotation',
      'consumer',
      handedOver({ refreshes: [called, { ...called, at: T + 4_000 }] }),
    ],
    [
      'a call for a rotation that nobody knows',
      'consumer',
      handedOver({ refreshes: [called, { ...called, rotationId: 'x' }] }),
    ],
    ['a handover without an end', 'lost', handedOver({}, { handover: { ...handover, status: 'RUNNING' } })],
    [
      'a failure that is handed over',
      'untrue',
      handedOver({ deployments: [], refreshes: [] }, { status: 'FAILED', reason: 'VERIFICATION_FAILED' }),
    ],
    ['ours said to be somebody else’s', 'untrue', night({ rotations: [record({ trigger: 'EXTERNAL' })] })],
    [
      'two outcomes',
      'untrue',
      night({
        rotations: [
          record({
            events: [
              { at: iso(T), status: 'CLAIMED' },
              { at: iso(T + 1), status: 'FAILED', reason: 'THROTTLED' },
              { at: iso(T + 2), status: 'SUCCEEDED' },
            ],
          }),
        ],
      }),
    ],
  ])('notices %s', (_planted, kind, happened) => {
    expect(judge(happened).map((it) => it.kind)).toEqual([kind])
  })

  it.each<[what: string, Happened]>([
    [
      'a hold that was placed while the call was on its way',
      night({ holds: [{ scope: 'all', from: T, to: T + 9_000 }] }),
    ],
    ['a hold that was released before', night({ holds: [{ scope: 'all', from: T - 9_000, to: T - 5 }] })],
    ['a hold of another secret', night({ holds: [{ scope: 'secret/b', from: T - 9_000, to: T + 9_000 }] })],
    ['a freeze that its schedule ignores', night({ freezes: [{ ...frozen, ignoredBy: ['nightly'] }] })],
    ['a freeze that binds only newer configs yet', night({ freezes: [{ ...frozen, configs: ['newer'] }] })],
    [
      'an override',
      night({
        rotations: [record({ override: 'INC-1' })],
        holds: [{ scope: 'all', from: T - 9_000, to: T + 9_000 }],
        freezes: [frozen],
      }),
    ],
    [
      'a late success, with both outcomes',
      night({
        rotations: [
          record({
            late: true,
            events: [
              { at: iso(T), status: 'CLAIMED' },
              { at: iso(T + 1), status: 'TIMED_OUT', reason: 'PENDING_VERSION_STUCK' },
              { at: iso(T + 2), status: 'SUCCEEDED' },
            ],
          }),
        ],
      }),
    ],
    [
      'a rotated secret that does not work',
      night({ rotations: [record({ status: 'FAILED', reason: 'VERIFICATION_FAILED' })] }),
    ],
    [
      'an earlier version that came after a call was noted, which never went out',
      night({
        effects: [],
        sendings: [],
        moves: [{ at: T + 4_900, secret: 'app', versionId: 'stuck' }],
        rotations: [noted],
      }),
    ],
    [
      'an earlier version that came after a first call, before its own version was made',
      night({
        effects: at(T + 6_000),
        sendings: [0, 6_000].map((ms) => ({ sentAt: T + ms, secret: 'app', token: ID })),
        moves: [{ at: T + 4_900, secret: 'app', versionId: 'stuck' }],
        rotations: [record({ adopted: true, versionId: 'stuck', startedAt: undefined as never })],
      }),
    ],
    [
      'an earlier version that came after a first call, of several',
      night({
        effects: [],
        sendings: [0, 6_000].map((ms) => ({ sentAt: T + ms, secret: 'app', token: ID })),
        moves: [{ at: T + 4_900, secret: 'app', versionId: 'stuck' }],
        rotations: [record({ adopted: true, versionId: 'stuck', startedAt: undefined as never })],
      }),
    ],
    [
      'one that was skipped',
      night({ effects: [], moves: [], sendings: [], rotations: [skippedOnce], exceptions: [skip] }),
    ],
    ['a skip that nobody knows to stand', night({ exceptions: [{ schedule: 'nightly', instant: T }] })],
    [
      'a skip that two asked for, and one took back',
      night({ exceptions: [skip, { ...skip, backAt: T - 9_000 }] }),
    ],
    ['a skip that was taken back', night({ exceptions: [{ ...skip, backAt: T - 9_000 }] })],
    ['one that was held', barred('HELD', { holds: [{ scope: 'all', from: T - 9_000, to: T + 9_000 }] })],
    [
      'one under a hold of which nobody was told',
      barred('HELD', { holds: [{ scope: 'secret/app', askedAt: T - 9_000, to: T + 9_000 }] }),
    ],
    [
      'one that was held as it was looked at ahead, and is no more',
      barred('HELD', {
        holds: [{ scope: 'all', from: T - 70_000, to: T - 40_000 }],
        rotations: [
          record({
            ...{ ...skipped, reason: 'HELD', claimedAt: iso(T - 60_000), settledAt: iso(T - 59_000) },
          }),
        ],
      }),
    ],
    ['one that was frozen', barred('FROZEN', { freezes: [frozen] })],
    [
      'one that would start late, in a freeze by then',
      barred('FROZEN', { freezes: [{ ...frozen, from: T + 1_000, to: T + 60_000 }] }),
    ],
    [
      'hooks that say yes, at a second call',
      hooked([{ ...asks, ok: false }, asks, { ...sees, ok: false }, sees]),
    ],
    ['a success that came late, which no after-hook sees', hooked([asks], { late: true })],
    [
      'a veto',
      night({
        ...{ effects: [], moves: [], sendings: [], hooks: [{ ...asks, ok: false }] },
        rotations: [record({ ...skipped, reason: 'VETOED', limits: { ...LIMITS, beforeSeconds: 30 } })],
      }),
    ],
    ['a call as another of its wave fails', stopping(15_000)],
    ['a call after a failure, of two that may be', stopping(15_001, { maxErrors: 2 })],
    ['a call after a failure that the audit guessed', stopping(15_001, {}, 'it broke; its run (x) was lost')],
    [
      'a call after a failure in another wave',
      stopping(15_001, {}, 'it broke', { scheduledAt: iso(T - 60_000) }),
    ],
    ['who has not fetched', adopted()],
    [
      'who has fetched as it rotated',
      adopted({}, { behind: [], unclear: [{ principal: 'arn:aws:iam::000000000000:role/batch' }] }),
    ],
    ['nobody, where it is not known', adopted({}, { behind: [], unknown: 'SILENT' })],
    [
      'who fetched, of whose record nobody knows whether it was taken',
      adopted({ reads: [fetched, { ...unheard, heard: 'perhaps' }] }, { fetched: 2, behind: [] }),
    ],
    [
      'a hold of which a slow sender could not know',
      night({
        sendings: [],
        effects: at(T + 20).map((it) => ({ ...it, lateMs: 1_500 })),
        holds: [{ scope: 'all', from: T - 2_000, to: T + 9_000 }],
      }),
    ],
    [
      'a call of a slow sender, after the window',
      night({
        effects: at(T + 61_000).map((it) => ({ ...it, lateMs: 700 })),
        sendings: [],
        moves: [{ at: T + 66_000, secret: 'app', versionId: ID }],
        rotations: [record({ startedAt: iso(T + 59_950) })],
      }),
    ],
    [
      'what was handed over as a late success, and its own run found not to work',
      handedOver(
        {},
        {
          ...{ status: 'FAILED', reason: 'VERIFICATION_FAILED' },
          events: [
            { at: iso(T + 1), status: 'TIMED_OUT', message: 'its run (x) was lost' },
            { at: iso(T + 5_000), status: 'SUCCEEDED' },
            { at: iso(T + 9_000), status: 'FAILED' },
          ],
        },
      ),
    ],
    ['who was not heard to fetch', adopted({ reads: [fetched, unheard] })],
    [
      'who was not heard to fetch, and CloudTrail’s history knew',
      adopted({ reads: [fetched, unheard] }, { fetched: 2, behind: [], history: { asked: 'WHOLE' } }),
    ],
    [
      'who fetched after it was judged',
      adopted({ reads: [fetched, { ...fetched, role: 'batch', at: T + 5_500_000 }] }),
    ],
    ['what was handed over', handedOver()],
    ['a deployment that the wire doubled', handedOver({ deployments: [deployed, deployed], doubled: 1 })],
    [
      'a function that is called again after it failed',
      handedOver({ refreshes: [{ ...called, ok: false }, called] }),
    ],
    ['one that was moved', moved()],
    ['a moved one that had begun', moved({ ...night(), exceptions: [{ ...moveTo, toldAt: T - 500 }] })],
    ['a rest after its canary, and the soak', canaried(65_100)],
    ['a paused one that has succeeded on demand since', paused(onDemand(T - 39_000))],
    [
      'the same where that was under way as it failed, and ended after it',
      {
        ...paused(onDemand(T - 39_000)),
        moves: [...night().moves, { at: T - 95_000, secret: 'app', versionId: 'id-d' }],
      },
    ],
    ['a failure that pauses', failedOnce('it broke; paused, it failed once in nightly')],
    ['one of which the log says that it could not', failedOnce('it broke', { unpaused: [ID] })],
    ['one that the audit has found, and nobody knows', failedOnce('it broke; its run (x) was lost')],
    [
      'one of several, for the same time',
      failedOnce('it broke', {
        rotations: [
          ...failedOnce('it broke').rotations,
          record({
            ...{ rotationId: 'id-0', scheduledAt: iso(T - 60_000), status: 'FAILED' },
            ...{ startedAt: undefined as never, rotatedAt: undefined as never },
            events: [{ at: iso(T + 4_000), status: 'FAILED', message: 'paused, it failed once in nightly' }],
          }),
        ],
      }),
    ],
    [
      'one that is paused before the failure is recorded',
      night({
        ...{ effects: [], moves: [], sendings: [] },
        occurrences: [{ ...(due as Happened['occurrences'][number]), instant: T + 60_000 }],
        rotations: [
          record({ ...skipped, reason: 'PAUSED', scheduledAt: iso(T + 60_000), settledAt: iso(T + 60_000) }),
          record({
            ...{ rotationId: 'id-0', status: 'FAILED', startedAt: undefined as never },
            ...{ rotatedAt: undefined as never },
            events: [{ at: iso(T + 90_000), status: 'FAILED', message: 'paused, it failed once in nightly' }],
          }),
        ],
      }),
    ],
    ['a call again after a failure, as often as its schedule has retries', attempted(70_100)],
    ['a call again after an answer that got lost', attempted(1_000, 2_500)],
    ['a refusal without an effect', night({ rotations: [record(skipped)], effects: [], moves: [] })],
  ])('lets pass %s', (_what, happened) => {
    expect(judge(happened)).toEqual([])
  })
})
