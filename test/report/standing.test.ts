import { describe, expect, it } from 'vitest'
import { statusJson } from '../../src/cli/status-json.ts'
import { statusText } from '../../src/cli/status-text.ts'
import type { Schedule } from '../../src/config/config.ts'
import type { AuditState, Found } from '../../src/ledger/audit-state.ts'
import type { UnknownDelivery } from '../../src/ledger/deliveries.ts'
import type { Fact } from '../../src/ledger/facts.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { memoryExceptions, memoryHolds } from '../../src/rehearse/world/deeds.ts'
import { memoryLedger } from '../../src/rehearse/world/ledger.ts'
import { memoryWaves } from '../../src/rehearse/world/stores.ts'
import { type Readings, readRecent } from '../../src/report/readings.ts'
import { isInOrder, standingOf } from '../../src/report/standing.ts'
import { aClaim } from '../ledger/table.ts'
import { configOf, fill, NOW } from './quarter.ts'

const config = configOf('prod')
/** An audit of a minute ago that has looked at every secret; `found` differs by test. */
function audited(
  found: Found | undefined,
  until = NOW - 60_000,
  by: Pick<AuditState, 'configVersion'> = { configVersion: config.version },
): AuditState {
  const ranAt = new Date(NOW - 60_000).toISOString()
  const looked = found && { until: new Date(until).toISOString(), found: { 0: found } }
  return { ranAt, ...by, marks: {}, ...(looked && { looked }) }
}
const FINE: Found = { overdue: 0, nativeFirst: 0 }
const OLD = {
  ...{ secretName: 'prod/orders/db', schedule: 'orders-db-nightly' },
  ...{ maxAgeSeconds: 172_800, changedAt: '2026-11-20T00:00:00.000Z' },
}
const nothing: Readings = {
  settled: [],
  unrecorded: [],
  unsettled: [],
  approvals: [],
  holds: [],
  exceptions: [],
  planned: [],
  unknownDeliveries: [],
  audit: audited(FINE),
  awsFacts: { seen: [], release: '0.2.0' },
}
const ago = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString()
const rotation = (parts: Partial<Rotation>): Rotation => ({
  ...{ ...aClaim({ secret: 'prod/orders/db', schedule: 'orders-db-nightly' }), events: [] },
  ...{ status: 'SUCCEEDED', scheduledAt: ago(60), settledAt: ago(59) },
  ...parts,
})
const inOrder = (readings: Partial<Readings>) =>
  isInOrder(standingOf(config, { ...nothing, ...readings }, NOW, 5))

describe('a stage is in order', () => {
  it.each<[string, boolean, Partial<Readings>]>([
    ['with nothing to tell', true, {}],
    ['not where the audit has never run: nothing is known to be deployed', false, { audit: undefined }],
    [
      'not where the audit is silent: the stage was removed, or its audit fails',
      false,
      { audit: { ranAt: ago(16), marks: {} } },
    ],
    [
      'not where another config is deployed',
      false,
      { audit: { ranAt: ago(1), configVersion: 'other', marks: {} } },
    ],
    ['where the previous release’s audit has not said which config', true, { audit: audited(FINE, NOW, {}) }],
    ['after a success', true, { settled: [rotation({})] }],
    ['not after a failure', false, { settled: [rotation({ status: 'FAILED', reason: 'THROTTLED' })] }],
    ['not after a miss', false, { settled: [rotation({ status: 'MISSED' })] }],
    [
      'not after a window that closed',
      false,
      { settled: [rotation({ status: 'SKIPPED', reason: 'WINDOW_CLOSED' })] },
    ],
    [
      'not while failures have paused a secret, when the last of them is long past',
      false,
      {
        holds: [
          {
            ...{ id: 'p', kind: 'pause', scope: 'secret/prod/orders/db', schedule: 'orders-db-nightly' },
            ...{ reason: 'it failed', by: 'pauseAfter: 2', placedAt: ago(9_000) },
          },
        ],
      },
    ],
    [
      'while people hold something',
      true,
      { holds: [{ id: 'h', kind: 'hold', scope: 'all', reason: 'r', by: 'b', placedAt: ago(9) }] },
    ],
    ['in a freeze', true, { settled: [rotation({ status: 'SKIPPED', reason: 'FROZEN' })] }],
    [
      'once the secret has succeeded since',
      true,
      { settled: [rotation({ status: 'FAILED' }), rotation({ scheduledAt: ago(5), rotatedAt: ago(4) })] },
    ],
    [
      'not by an earlier success',
      false,
      { settled: [rotation({ status: 'FAILED' }), rotation({ scheduledAt: ago(90), rotatedAt: ago(89) })] },
    ],
    [
      'not by another secret’s success',
      false,
      { settled: [rotation({ status: 'FAILED' }), rotation({ secretName: 'x', rotatedAt: ago(4) })] },
    ],
    [
      'while one rotates in its time',
      true,
      { unsettled: [rotation({ status: 'ROTATING', startedAt: ago(16) })] },
    ],
    [
      'not beyond its timeout of 15 min',
      false,
      { unsettled: [rotation({ status: 'ROTATING', startedAt: ago(18) })] },
    ],
    [
      'while one waits in its window',
      true,
      { unsettled: [rotation({ status: 'CLAIMED', scheduledAt: ago(31) })] },
    ],
    [
      'not beyond its window of 30 min',
      false,
      { unsettled: [rotation({ status: 'CLAIMED', scheduledAt: ago(33) })] },
    ],
    [
      'while one waits for an instant ahead',
      true,
      { unsettled: [rotation({ status: 'CLAIMED', scheduledAt: ago(-600) })] },
    ],
    ['not without a record of what was due', false, { unrecorded: [{ schedule: 's', at: NOW - 1 }] }],
    ['not with a secret overdue', false, { audit: audited({ overdue: 1, nativeFirst: 0, secrets: [OLD] }) }],
    ['not with more of them than are named', false, { audit: audited({ overdue: 1, nativeFirst: 0 }) }],
    [
      'once it has rotated since the audit looked',
      true,
      {
        audit: audited({ overdue: 1, nativeFirst: 0, secrets: [OLD] }),
        settled: [rotation({ rotatedAt: ago(4) })],
      },
    ],
    ['not where the audit has not looked at secrets', false, { audit: audited(undefined) }],
    ['not where it has not for hours', false, { audit: audited(FINE, NOW - 3 * 3_600_000) }],
    [
      'not where it could not see one',
      false,
      { audit: audited({ ...FINE, unseen: { count: 1, first: 'prod/orders/db: denied' } }) },
    ],
  ])('%s', (_what, expected, readings) => {
    expect(inOrder(readings)).toBe(expected)
  })
})

describe('what comes next', () => {
  it('is held by a pause of its own schedule alone, and a planned run by none', () => {
    const [schedule] = config.schedules
    const pause = {
      ...{ id: 'p1', kind: 'pause' as const, reason: 'it failed', by: 'pauseAfter: 2', placedAt: ago(60) },
      ...{ scope: `secret/${schedule?.secrets[0]}` as const },
    }
    const heldBy = (by: string) => {
      const holds = [{ ...pause, schedule: by }]
      const { next } = standingOf(config, { ...nothing, holds }, NOW, 2)
      return next.filter(({ held }) => held.length > 0).map((it) => it.schedule.name)
    }
    expect(new Set(heldBy(schedule?.name ?? ''))).toEqual(new Set([schedule?.name]))
    expect(heldBy('another')).toEqual([])

    const request = {
      ...{
        requestId: 'r1',
        asked: '',
        payload: JSON.stringify({ requestId: 'r1', schedule: schedule?.name }),
      },
      ...{ state: 'PLANNED' as const, askedAt: ago(5), scheduledAt: ago(-60), events: [] },
    }
    const readings = { ...nothing, holds: [{ ...pause, schedule: schedule?.name ?? '' }], planned: [request] }
    expect(standingOf(config, readings, NOW, 2).planned).toMatchObject([{ requestId: 'r1', held: [] }])
  })

  it('is the soonest, and the next of every schedule; held while the hold lasts, frozen in a freeze', () => {
    const hold = {
      id: 'aaa-aaa-aaa',
      kind: 'hold' as const,
      scope: 'schedule/partner-api-key' as const,
      reason: 'r',
      by: 'b',
      placedAt: ago(9),
    }
    const until = '2026-11-25T06:00:00.000Z'
    const { next } = standingOf(config, { ...nothing, holds: [{ ...hold, until }] }, NOW, 2)
    expect(next.map(({ schedule, held }) => [schedule.name, held.length])).toEqual([
      ['partner-api-key', 1],
      ['partner-api-key', 0],
      ['orders-db-nightly', 0],
      ['billing-db-weekly', 0],
    ])
    const inFreeze = standingOf(config, nothing, Date.parse('2026-12-30T00:00:00Z'), 1)
    expect(inFreeze.next.map(({ frozen }) => frozen)).toContain('year-end')
    expect(inFreeze.freezes).toMatchObject([{ name: 'year-end', now: true }])
  })
})

describe('what is read', () => {
  it('is the last day’s outcomes', async () => {
    const ledger = memoryLedger()
    await fill(ledger, memoryHolds(), config)
    const { settled, unrecorded } = await readRecent(
      { ledger, waves: memoryWaves(), exceptions: memoryExceptions() },
      config,
      NOW,
    )
    expect(settled.map(({ secretName, status }) => `${secretName} ${status}`)).toEqual([
      'prod/partner/api-key SUCCEEDED',
      'prod/billing/db TIMED_OUT',
      'prod/billing/reader SUCCEEDED',
      'prod/partner/api-key FAILED',
      'prod/orders/db SUCCEEDED',
    ])
    expect(unrecorded).toEqual([])
    const missed = Date.parse('2026-11-05T20:00:00Z')
    expect(
      (await readRecent({ ledger, waves: memoryWaves(), exceptions: memoryExceptions() }, config, missed))
        .unrecorded,
    ).toMatchObject([{ schedule: 'orders-db-nightly' }])
  })
})

describe('a selector’s wave that came to nothing', () => {
  const at = Date.parse('2026-11-24T03:00:00Z')
  const chosen = {
    ...config,
    schedules: config.schedules.slice(0, 1).map((it) => ({
      ...it,
      name: 'typo',
      when: 'cron(0 3 * * ? *)',
      timezone: 'UTC',
      secrets: [],
      select: { prefix: 'prdo/' },
    })),
  }
  const recent = async (waves: ReturnType<typeof memoryWaves>) =>
    (
      await readRecent(
        { ledger: memoryLedger(), waves, exceptions: memoryExceptions() },
        chosen,
        at + 20 * 3_600_000,
      )
    ).unrecorded

  it('is wrong, and says why, of a schedule that has never had a record too', async () => {
    const waves = memoryWaves()
    const [occasion, why] = [new Date(at).toISOString(), 'no secret matches the prefix prdo/']
    await waves.start(`typo#${occasion}`, {
      ...{ schedule: 'typo', scheduledAt: occasion, startedAt: occasion, secrets: 0, executionArn: 'run' },
      refused: { reason: 'NOTHING_MATCHED', message: why },
    })
    const unrecorded = await recent(waves)
    expect(unrecorded).toEqual([{ schedule: 'typo', at, why }])
    expect(
      statusText({
        standing: standingOf(chosen, { ...nothing, unrecorded }, at + 20 * 3_600_000, 1),
        ...{ config: chosen, stage: ['--stage', 'prod'], now: at, style: { color: false, columns: 200 } },
      }),
    ).toContain(why)
  })

  it('is not guessed of a new schedule', async () => {
    expect(await recent(memoryWaves())).toEqual([])
  })
})

describe('zone data', () => {
  const unknown: UnknownDelivery = {
    ...{ schedule: 'orders-db-nightly', timezone: 'America/Winnipeg', deliveredFor: ago(90), at: ago(89) },
    ...{ takenFor: 'UNKNOWN', zoneData: '2026f', runtimeZoneData: '2026c' },
  }
  const [first] = config.schedules
  const winnipeg = { ...config, schedules: [{ ...(first as Schedule), timezone: 'America/Winnipeg' }] }
  const style = { color: false, columns: 200 }
  const rest = { stage: ['--stage', 'prod'] as const, now: NOW, style }

  it('shows deliveries for unknown instants, and is in order all the same', () => {
    const standing = standingOf(config, { ...nothing, unknownDeliveries: [unknown] }, NOW, 5)
    expect(isInOrder(standing)).toBe(true)
    expect(statusText({ standing, config, ...rest })).toContain(
      `DELIVERED for an unknown instant in the last 24 h\n  orders-db-nightly\n    EventBridge Scheduler delivered orders-db-nightly for ${ago(90)}, when`,
    )
    expect(JSON.parse(statusJson({ standing, config, ...rest }))).toMatchObject({
      zoneData: { release: '2026f', runtime: process.versions.tz, moved: [] },
      unknownDeliveries: [unknown],
    })
  })

  it.runIf(process.versions.tz === '2026c')('warns of what this Node puts elsewhere', () => {
    const standing = standingOf(winnipeg, nothing, NOW, 5)
    expect(standing.moved).toMatchObject([
      { schedule: 'orders-db-nightly', message: expect.stringMatching(/by our zone data 2026f, and is/) },
    ])
    const [moved] = standing.moved
    expect((moved?.elsewhere ?? 0) - (moved?.at ?? 0)).toBe(3_600_000)
    expect(statusText({ standing, config: winnipeg, ...rest })).toContain(
      'ZONE DATA that disagree\n  orders-db-nightly',
    )
  })
})

describe('what was seen of AWS', () => {
  /** A version showed so many ms after its call; the boundary is 60 s. */
  const visible = (most: number, release = '0.2.0'): Fact => ({
    ...{ name: 'version-visible', seenAt: ago(60), region: 'eu-central-1', release },
    ...{ expected: 'soon', verdict: 'HOLDS', seen: { count: 1, least: most, middle: most, most } },
  })
  const { seen: _, ...unseenFact } = visible(1)
  const unseen: Fact = { ...unseenFact, verdict: 'UNKNOWN', release: '0.1.0' }
  const shown = (awsFacts: Readings['awsFacts']) => {
    const standing = standingOf(config, { ...nothing, awsFacts }, NOW, 0)
    const view = { standing, config, stage: ['--stage', 'prod'] as const, now: NOW }
    const text = statusText({ ...view, style: { color: false, columns: 200 } })
    const json = JSON.parse(statusJson({ ...view, style: { color: false, columns: 200 } }))
    return { text, json }
  }

  it.each([
    ['nothing was', []],
    ['all of it holds', [visible(60_000)]],
    ['it could not be seen', [unseen]],
  ])('is quiet where %s', (_, seen) => {
    expect(shown({ seen, release: '0.2.0' }).text).not.toContain('ABOUT AWS')
  })

  it('names what differs, and stays in order', () => {
    const { text, json } = shown({ seen: [visible(60_001)], release: '0.2.0' })
    expect(text).toContain(
      'ABOUT AWS\n  1 assumption does not hold here: version-visible\n  npx aws-tourbillon doctor --stage prod\n',
    )
    expect(text).toContain('in order')
    expect(json).toMatchObject({
      ok: true,
      awsFacts: { seen: 1, differing: ['version-visible'], ofOtherRelease: [], unknown: null },
    })
  })

  it('names what another release saw', () => {
    const { text, json } = shown({ seen: [visible(1, '0.1.0')], release: '0.2.0' })
    expect(text).toContain('1 was seen by another release: version-visible\n  npx aws-tourbillon verify')
    expect(json).toMatchObject({ ok: true, awsFacts: { ofOtherRelease: ['version-visible'] } })
  })

  it('says where it may not be read, and all else is shown', () => {
    const { text, json } = shown({ unknown: 'not allowed' })
    expect(text).toContain('ABOUT AWS\n  not known: not allowed\n')
    expect(json).toMatchObject({ ok: true, awsFacts: { unknown: 'not allowed' } })
  })
})
