import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alarms } from '../../src/deploy/alarms.ts'
import { AUDIT_METRICS, REASON_METRICS, STATUS_METRICS } from '../../src/model/metric-names.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import { costText, monthlyCost, type StageLoad, USUAL_ALARMS } from '../../src/report/costs.ts'
import { LOOKED_UP, PRICES, priceOf } from '../../src/report/prices.ts'
import { configOf } from './quarter.ts'

const NOTHING: StageLoad = { rotationsPerMonth: 0, wavesPerMonth: 0, schedules: 0, secrets: 0 }
/** docs/production.md, "What it costs". */
const EXAMPLE: StageLoad = { rotationsPerMonth: 217, wavesPerMonth: 43, schedules: 10, secrets: 50 }
const partOf = (load: StageLoad, name: string) =>
  monthlyCost(load).parts.find(({ what }) => what === name)?.dollars

const count = fc.integer({ min: 0, max: 1_000_000 })
const anyLoad = fc.record<StageLoad>(
  {
    ...{ rotationsPerMonth: count, wavesPerMonth: count, schedules: count, secrets: count },
    ...{ alarms: fc.integer({ min: 0, max: 500 }), adoptionSecrets: count, mailboxes: count },
    ownKey: fc.boolean(),
  },
  { requiredKeys: ['rotationsPerMonth', 'wavesPerMonth', 'schedules', 'secrets'] },
)

describe('what a stage costs a month', () => {
  it('is the sum of its parts, each of which is no less than nothing and says why', () => {
    fc.assert(
      fc.property(anyLoad, (load) => {
        const { dollars, parts } = monthlyCost(load)
        expect(dollars).toBeCloseTo(
          parts.reduce((sum, it) => sum + it.dollars, 0),
          6,
        )
        expect(new Set(parts.map(({ what }) => what)).size).toBe(parts.length)
        for (const it of parts) {
          expect(Number.isFinite(it.dollars) && it.dollars >= 0).toBe(true)
          expect(it.why).not.toMatch(/NaN|undefined|^$/)
        }
      }),
    )
  })

  it('never falls where there is more of anything', () => {
    const keys = ['rotationsPerMonth', 'wavesPerMonth', 'schedules', 'secrets', 'adoptionSecrets'] as const
    fc.assert(
      fc.property(anyLoad, fc.constantFrom(...keys), count, (load, key, more) => {
        const grown = monthlyCost({ ...load, [key]: (load[key] ?? 0) + more }).dollars
        expect(grown).toBeGreaterThanOrEqual(monthlyCost(load).dollars - 1e-6)
      }),
    )
  })

  it('a stage at rest costs its audit, alarms, metrics and dashboard; without adoption or a key nothing of either', () => {
    const { parts } = monthlyCost(NOTHING)
    const paid = parts.filter(({ dollars }) => dollars > 0).map(({ what }) => what)
    expect(paid).toEqual(['audit', 'metrics', 'alarms', 'dashboard', 'logs'])
    expect(partOf(NOTHING, 'metrics')).toBeCloseTo(12 * 0.3, 9)
    expect([partOf(NOTHING, 'adoption'), partOf(NOTHING, 'key')]).toEqual([undefined, undefined])
    expect(partOf({ ...NOTHING, ownKey: true }, 'key')).toBe(1)
  })

  it('agrees with what was measured: a thousand rotations, and a year’s look at a secret', () => {
    expect(partOf({ ...NOTHING, rotationsPerMonth: 1_000 }, 'rotations')).toBeCloseTo(0.347, 3)
    const audit = (secrets: number) => partOf({ ...NOTHING, secrets, schedules: secrets / 100 }, 'audit') ?? 0
    // docs/benchmarks.md: $0.38, $3.65, $36.32, with less than two seconds a run.
    const longer = priceOf('gbSeconds', 8_640)
    for (const [secrets, measured] of [
      [100, 0.38],
      [1_000, 3.65],
      [10_000, 36.32],
    ] as const)
      expect(Math.abs(audit(secrets) - longer - measured)).toBeLessThan(0.02)
  })

  it('a metric of a schedule is paid for hours: never more than all of the month', () => {
    const metrics = (wavesPerMonth: number, schedules: number) =>
      partOf({ ...NOTHING, wavesPerMonth, schedules }, 'metrics') ?? 0
    expect(metrics(1e6, 10)).toBeCloseTo((12 + 6 + 3 * 10) * 0.3, 6)
    expect(metrics(36, 10)).toBeCloseTo((12 + (6 + 3) / 10) * 0.3, 6)
  })

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses %s rotations', (rotationsPerMonth) => {
    expect(() => monthlyCost({ ...NOTHING, rotationsPerMonth })).toThrow(/rotationsPerMonth: .* is no count/)
  })

  it('in a line: the sum, when prices were looked up, what is most of it, and what has no price', () => {
    expect(costText(monthlyCost(EXAMPLE))).toBe(
      'about $9.24 a month in us-east-1, before any free tier, by prices looked up on 2026-11-28: metrics $3.92, dashboard $3.00, alarms $1.90; without data that durable functions write and keep, whose price was not found',
    )
  })

  it('counts what the stack has', () => {
    const ENTRY = 'when: cron(0 3 * * ? *), timezone: UTC, secrets: [a]'
    const ofStack = (more: string) =>
      Object.keys(alarms(configOf('prod', `schedules: { s: { ${ENTRY}${more} } }`), namesOf('prod'))).length
    expect(ofStack('')).toBe(USUAL_ALARMS)
    expect(ofStack(', adoption: { within: 24h }')).toBe(USUAL_ALARMS + 1)
    expect(partOf({ ...NOTHING, adoptionSecrets: 1 }, 'alarms')).toBeCloseTo((USUAL_ALARMS + 1) / 10, 9)
    expect(Object.keys(AUDIT_METRICS)).toHaveLength(12)
    // And what could not be announced.
    expect(Object.keys({ ...STATUS_METRICS, ...REASON_METRICS })).toHaveLength(6 - 1)
  })
})

it('docs/costs.md has every price, with its source and date', async () => {
  const page = await readFile('docs/costs.md', 'utf8')
  const rows = Object.values(PRICES).map(
    ({ dollars, per, unit, source, of }) =>
      `| ${unit} | $${Number(dollars.toPrecision(6))} | ${per.toLocaleString('en-US')} | <${source}> | ${of} |`,
  )
  expect(page.split('\n').filter((line) => line.includes('<http'))).toEqual(rows)
  expect(page).toContain(`looked up on ${LOOKED_UP}`)
})
