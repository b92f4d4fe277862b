import { describe, expect, it } from 'vitest'
import type { Rotation } from '../../src/model/rotation.ts'
import { type Happened, judge } from './judge.ts'

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
    freezes: [],
    holds: [],
    graceMs: 900,
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
    ['an occurrence without a record', 'lost', night({ rotations: [], effects: [], moves: [] })],
    ['one without an outcome', 'lost', night({ rotations: [unsettled] })],
    [
      'a request that was accepted and forgotten',
      'lost',
      night({
        rotations: [],
        effects: [],
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
      'an earlier version that came after a first call, of several',
      night({
        effects: [],
        sendings: [0, 6_000].map((ms) => ({ sentAt: T + ms, secret: 'app', token: ID })),
        moves: [{ at: T + 4_900, secret: 'app', versionId: 'stuck' }],
        rotations: [record({ adopted: true, versionId: 'stuck', startedAt: undefined as never })],
      }),
    ],
    ['a refusal without an effect', night({ rotations: [record(skipped)], effects: [], moves: [] })],
  ])('lets pass %s', (_what, happened) => {
    expect(judge(happened)).toEqual([])
  })
})
