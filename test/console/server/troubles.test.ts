import { describe, expect, it } from 'vitest'
import { troublesOf } from '../../../src/console/server/troubles.ts'
import type { Rotation } from '../../../src/model/rotation.ts'
import type { Readings } from '../../../src/report/readings.ts'
import { isInOrder, standingOf } from '../../../src/report/standing.ts'
import { aClaim } from '../../ledger/table.ts'
import { configOf, NOW } from '../../report/quarter.ts'

const config = configOf('prod')
const SCHEDULE = 'orders-db-nightly'
const iso = (minutesAgo: number) => new Date(NOW - minutesAgo * 60_000).toISOString()
const rotation = (parts: Partial<Rotation>): Rotation => {
  const { secretName = 'prod/orders/db' } = parts
  return {
    ...{ ...aClaim({ secret: secretName, schedule: SCHEDULE }), events: [], status: 'FAILED' as const },
    ...{ secretName, scheduledAt: iso(60), settledAt: iso(59), rotationId: `id-${secretName}` },
    ...parts,
  }
}
const nothing: Readings = {
  ...{ settled: [], unrecorded: [], unsettled: [], approvals: [], holds: [], exceptions: [], planned: [] },
  unknownDeliveries: [],
  audit: {
    ...{ ranAt: iso(1), configVersion: config.version, marks: {} },
    looked: { until: iso(1), found: { 0: { overdue: 0, nativeFirst: 0 } } },
  },
  awsFacts: { seen: [], release: '0.2.0' },
}
function told(readings: Partial<Readings>, region: string | undefined = 'eu-west-1') {
  const standing = standingOf(config, { ...nothing, ...readings }, NOW, 1)
  const troubles = troublesOf(standing, { config, region, now: NOW })
  return { troubles, inOrder: isInOrder(standing), only: troubles[0] }
}
const pause = (name: string) => ({
  ...{ id: `p-${name}`, kind: 'pause' as const, scope: `secret/${name}` as const, schedule: SCHEDULE },
  ...{ reason: 'it failed 3 times in a row', by: 'pauseAfter: 3', placedAt: iso(500) },
})
const approval = {
  ...{ approvalId: 'k7q-m2f-9x1', schedule: SCHEDULE, scheduledAt: iso(-60), secrets: 1 },
  ...{
    executionArn: 'x',
    requestedAt: iso(60),
    expiresAt: iso(-120),
    status: 'PENDING' as const,
    events: [],
  },
}

/** Whatever `status` calls not in order has its card, and only that is told as bad. */
const TROUBLES: [string, Partial<Readings>, object][] = [
  [
    'failed',
    { settled: [rotation({ reason: 'ROTATION_FUNCTION_FAILED', message: 'it threw' })] },
    { title: 'prod/orders/db', status: 'FAILED', happened: 'it threw', since: iso(59), schedule: SCHEDULE },
  ],
  [
    'a gate that could not be read',
    { settled: [rotation({ status: 'SKIPPED', reason: 'GATE_UNREADABLE' })] },
    { reason: 'GATE_UNREADABLE', todo: expect.stringMatching(/^Find out why the table/) },
  ],
  ['missed', { settled: [rotation({ status: 'MISSED', reason: 'NOT_DELIVERED' })] }, { status: 'MISSED' }],
  [
    'under way for too long',
    { unsettled: [rotation({ status: 'ROTATING', startedAt: iso(600), scheduledAt: iso(600) })] },
    { happened: expect.stringMatching(/^ROTATING for 10 h: .*is not known\.$/), since: iso(600) },
  ],
  [
    'no record',
    { unrecorded: [{ schedule: SCHEDULE, secretName: 'prod/orders/db', at: NOW - 7_200_000 }] },
    {
      ...{ title: 'prod/orders/db: no record', since: iso(120) },
      again: { schedule: SCHEDULE, secrets: ['prod/orders/db'] },
    },
  ],
  [
    'paused by the breaker',
    { holds: [pause('prod/orders/db')] },
    {
      ...{ title: 'prod/orders/db: paused', happened: 'it failed 3 times in a row', since: iso(500) },
      ...{ pauses: [pause('prod/orders/db')], todo: expect.stringMatching(/run --stage prod --secret prod/) },
    },
  ],
  [
    'the audit silent',
    { audit: { ranAt: iso(20), marks: {} } },
    { title: 'Not watched', since: iso(20), todo: 'See why the audit did not run: its log.' },
  ],
  [
    'never audited',
    { audit: undefined },
    { title: 'Not watched', command: 'npx serverless deploy --stage prod' },
  ],
  [
    'overdue',
    {
      audit: {
        ...{ ranAt: iso(1), configVersion: config.version, marks: {} },
        looked: {
          until: iso(1),
          found: {
            0: {
              ...{ overdue: 1, nativeFirst: 0 },
              secrets: [
                {
                  secretName: 'prod/orders/db',
                  schedule: SCHEDULE,
                  maxAgeSeconds: 86_400,
                  changedAt: iso(4_320),
                },
              ],
            },
          },
        },
      },
    },
    { title: 'prod/orders/db is overdue', since: iso(2_880) },
  ],
]

const handedOver = (parts: Partial<Rotation> = {}) =>
  rotation({
    ...{ status: 'SUCCEEDED', rotatedAt: iso(59), rotationId: 'r-9' },
    handover: {
      ...{ status: 'PARTIAL', until: iso(-60) },
      consumers: [
        { id: 'ecs:shop/orders', state: 'FRESH', since: iso(50) },
        { id: 'invoke:cache', state: 'UNKNOWN', since: iso(40), detail: 'no answer' },
      ],
    },
    ...parts,
  })

describe('what needs a person', () => {
  it.each(TROUBLES)('%s: a card, and the stage is not in order', (_what, readings, expected) => {
    const { troubles, inOrder, only } = told(readings)
    expect(inOrder).toBe(false)
    expect(troubles.filter(({ tone }) => tone === 'bad').length).toBeGreaterThan(0)
    expect(only).toMatchObject({ tone: 'bad', ...expected })
    expect(`${only?.todo ?? ''}${only?.command ?? ''}`).not.toBe('')
    expect(JSON.stringify(troubles)).not.toMatch(/\b(STAGE|SCHEDULE|SECRET)\b/)
  })

  it('an approval that waits: a card, though the stage is in order', () => {
    const { inOrder, troubles } = told({ approvals: [approval] })
    expect(inOrder).toBe(true)
    expect(troubles).toMatchObject([{ tone: 'warn', approval, at: iso(-60), until: iso(-120) }])
  })

  it('a secret that not all have fetched since: a card, as the audit judged it', () => {
    const adoption = {
      ...{ at: iso(30), withinSeconds: 3_600, known: 2, fetched: 1, unclear: [], shared: [] },
      behind: [{ principal: 'arn:aws:iam::111122223333:role/reports' }],
    }
    const found = { secretName: 'prod/orders/db', schedule: SCHEDULE, rotationId: 'r-1', adoption }
    const audit = { ...nothing.audit, adoptions: [found] } as Readings['audit']
    const { inOrder, troubles } = told({ audit })
    expect(inOrder).toBe(true)
    expect(troubles).toMatchObject([
      {
        ...{ tone: 'warn', title: 'prod/orders/db: not seen to be fetched by all', since: iso(30) },
        happened: expect.stringMatching(/^fetched since: 1 of 2; not seen to fetch: .*reports.*\.$/),
        todo: expect.stringMatching(/consumers --stage prod --secret prod\/orders\/db`$/),
      },
    ])
  })

  it('who is behind of what rotates again soon: a card, though the stage is in order', () => {
    const message = 'it rotates again soon, and since it rotated last: ecs:shop/api FAILED'
    const behind = [
      { secretName: 'prod/orders/db', schedule: SCHEDULE, at: iso(-60), by: SCHEDULE, message },
      { secretName: 'prod/orders/past', schedule: SCHEDULE, at: iso(1), by: SCHEDULE, message },
    ]
    const { inOrder, troubles } = told({ audit: { ...nothing.audit, behind } as Readings['audit'] })
    expect(inOrder).toBe(true)
    expect(troubles).toMatchObject([
      {
        ...{ tone: 'warn', title: 'prod/orders/db: still behind', at: iso(-60), happened: `${message}.` },
        todo: expect.stringMatching(/consumers --stage prod --secret prod\/orders\/db`$/),
      },
    ])
  })

  it('an occurrence that began later than its objective: a card, though the stage is in order', () => {
    const limits = { windowSeconds: 1_800, timeoutSeconds: 900, objectiveSkewSeconds: 1 }
    const late = { status: 'SUCCEEDED', limits, skewMs: 4_200, scheduledAt: iso(30) } as const
    const { inOrder, troubles } = told({ settled: [rotation(late)] })
    expect(inOrder).toBe(true)
    expect(troubles).toMatchObject([
      {
        ...{ tone: 'warn', title: `${SCHEDULE}: later than its objective`, since: iso(30) },
        happened: expect.stringMatching(/^1 began later than the objective of 1 s, at most 4\.2 s /),
        todo: expect.stringContaining(`history --stage prod --schedule ${SCHEDULE}`),
      },
    ])
  })

  it('a handover that left somebody behind, with how long the login of before works', () => {
    const happened = (parts: Partial<Rotation> = {}) => {
      const { only, inOrder } = told({ settled: [handedOver(parts)] })
      expect([inOrder, only?.tone, only?.since]).toEqual([false, 'bad', iso(59)])
      expect(only?.todo).toMatch(/^Deploy or restart those that are named/)
      expect(only?.command).toBe('npx aws-tourbillon undo --stage prod r-9')
      return only?.happened
    }
    expect(happened()).toMatch(
      /Handed over PARTIAL: 1 of 2 have the new value. The login of before: dead since setSecret of this rotation/,
    )
    const limits = { strategy: 'alternating' } as NonNullable<Rotation['limits']>
    expect(happened({ limits })).toMatch(
      /The login of before: works until setSecret of the next rotation, 20/,
    )
    const done = { ...handedOver().handover, status: 'DONE' } as NonNullable<Rotation['handover']>
    expect(told({ settled: [handedOver({ handover: done })] }).troubles).toEqual([])
  })

  it('nothing, where nothing does: what was mended, left out by rule, held by people', () => {
    const settled = [
      rotation({ reason: 'THROTTLED' }),
      rotation({ status: 'SUCCEEDED', scheduledAt: iso(9), settledAt: iso(8), rotatedAt: iso(8) }),
      rotation({ secretName: 'prod/x', status: 'SKIPPED', reason: 'HELD' }),
    ]
    const holds = [{ ...pause('prod/orders/db'), kind: 'hold' as const }]
    expect(told({ settled, holds }).troubles).toEqual([])
  })

  it('is one card a trouble, however many rotations: by schedule and how they ended', () => {
    const settled = [
      ...Array.from({ length: 40 }, (_, index) =>
        rotation({
          secretName: `prod/s${index}`,
          reason: 'ROTATION_FUNCTION_FAILED',
          settledAt: iso(index + 1),
        }),
      ),
      ...[300, 200, 100].map((ago) =>
        rotation({ secretName: 'prod/t', status: 'MISSED', rotationId: `t${ago}`, settledAt: iso(ago) }),
      ),
    ]
    const { troubles } = told({ settled })
    expect(troubles.map(({ title, since, rotations }) => [title, since, rotations?.length])).toEqual([
      [`40 secrets of ${SCHEDULE}`, iso(40), 40],
      ['prod/t', iso(300), 1],
    ])
    expect(troubles[1]?.happened).toMatch(/^3 rotations in 24 h\. /)
    // The latest of them is the one to look at.
    expect(troubles[1]?.rotations).toEqual([{ rotationId: 't100', secretName: 'prod/t' }])
    expect(troubles[0]?.again?.secrets).toHaveLength(40)
  })

  it('what a pause leaves out is the pause’s; once it is released, a trouble of its own', () => {
    const settled = [rotation({ status: 'SKIPPED', reason: 'PAUSED' })]
    const titles = (readings: Partial<Readings>) => told(readings).troubles.map(({ title }) => title)
    expect(titles({ settled, holds: [pause('prod/orders/db')] })).toEqual(['prod/orders/db: paused'])
    expect(titles({ settled })).toEqual(['prod/orders/db'])
  })

  it('comes in order: what nobody would notice, what has an end, a blind gate, what went wrong', () => {
    const { troubles } = told({
      audit: { ranAt: iso(20), marks: {} },
      approvals: [approval],
      settled: [
        rotation({ secretName: 'a', reason: 'THROTTLED', settledAt: iso(2) }),
        rotation({ secretName: 'b', status: 'SKIPPED', reason: 'GATE_UNREADABLE', settledAt: iso(3) }),
      ],
    })
    expect(troubles.map(({ title }) => title)).toEqual([
      'Not watched',
      `${SCHEDULE} waits for a go-ahead`,
      'b',
      'a',
      'Not known how old secrets are',
    ])
  })

  it('leads to the log and to the secret, where they are; nowhere, on an AWS of one’s own', () => {
    const secretArn = 'arn:aws:secretsmanager:eu-north-1:111122223333:secret:prod/orders/db-a1B2c3'
    const failed = { settled: [rotation({ reason: 'THROTTLED', rotationId: 'r-1', secretArn })] }
    expect(told(failed).only).toMatchObject({
      log: expect.stringMatching(/^https:\/\/eu-west-1\.console.*tourbillon-prod-rotate.*r-1/),
      secretPage:
        'https://eu-north-1.console.aws.amazon.com/secretsmanager/secret?name=prod%2Forders%2Fdb&region=eu-north-1',
    })
    const missed = { settled: [rotation({ status: 'MISSED', executionArn: 'audit' })] }
    expect(told(missed).only?.log).toMatch(/tourbillon-prod-audit/)
    for (const readings of [failed, missed]) {
      const standing = standingOf(config, { ...nothing, ...readings }, NOW, 1)
      const [only] = troublesOf(standing, { config, region: undefined, now: NOW })
      expect([only?.log, only?.secretPage]).toEqual([undefined, undefined])
    }
  })
})
