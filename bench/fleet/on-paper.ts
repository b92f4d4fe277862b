import { DEFAULTS } from '../../src/config/config.ts'
import { INDEXES } from '../../src/ledger/table.ts'
import { PRICES } from '../../src/report/prices.ts'
import { splitWave } from '../../src/rotation/split-wave.ts'
import type { Wave } from '../../src/rotation/wave.ts'
import { aligned } from '../distribution.ts'
import { type Figures, perRotation, secretsOf, sumOf } from './figures.ts'
import { number, span } from './tables.ts'

/**
 * Quotas of an account in a region, as AWS documents them. Sources: Secrets Manager User Guide, reference_limits, and
 * What's New 2025-03-04; Lambda Developer Guide, gettingstarted-limits; DynamoDB Developer Guide,
 * on-demand-capacity-mode and bp-partition-key-design; EventBridge User Guide, eb-quota (us-east-1).
 */
const QUOTAS = {
  rotateSecret: 50,
  putAndLabel: 50,
  describeSecret: 40_000,
  lambdaConcurrency: 1_000,
  checkpoints: 10_000,
  durableStarts: 300,
  newTableWrites: 4_000,
  indexKeyWrites: 1_000,
  putEvents: 10_000,
}

const FLEET = 100_000
const AT_ONCE = [10, 50, 200, 500, 1_000]
/** The rotation function's own: PutSecretValue and UpdateSecretVersionStage, which share a quota. */
const WRITES_OF_A_ROTATION = 2
/** The longest window there is, seconds. src/config/schema.ts */
const LONGEST_WINDOW = 86_400

/** The fleet in one wave, at several concurrencies: how long, what fits a window, and how near each quota. */
export function againstQuotas(simulated: Figures): string {
  const one = perRotation(simulated)
  const turnSeconds =
    ((simulated.virtualMs ?? Number.NaN) / 1_000 / simulated.secrets) * simulated.concurrency
  const columns = AT_ONCE.map((concurrency) => {
    const rate = Math.min(concurrency / turnSeconds, QUOTAS.putAndLabel / WRITES_OF_A_ROTATION)
    const share = (value: number, quota: number) =>
      `${number(value, value < 10 ? 1 : 0)} (${number((100 * value) / quota, 1)} %)`
    return [
      number(concurrency),
      span((FLEET / rate) * 1_000),
      number(rate * DEFAULTS.windowSeconds),
      number(rate * LONGEST_WINDOW),
      share(rate, QUOTAS.rotateSecret),
      share(rate * WRITES_OF_A_ROTATION, QUOTAS.putAndLabel),
      share(rate * one.describes, QUOTAS.describeSecret),
      share(concurrency, QUOTAS.lambdaConcurrency),
      share(rate * one.operations, QUOTAS.checkpoints),
      share(rate * one.writeUnits, QUOTAS.newTableWrites),
      share((rate * one.writeUnits) / (1 + Object.keys(INDEXES).length), QUOTAS.indexKeyWrites),
      share(rate * one.putEvents, QUOTAS.putEvents),
    ]
  })
  const names = [
    'rotations at once',
    `${number(FLEET)} secrets take`,
    `start within ${span(DEFAULTS.windowSeconds * 1_000)}, the default window`,
    `start within ${span(LONGEST_WINDOW * 1_000)}, the longest`,
    `RotateSecret/s (${QUOTAS.rotateSecret})`,
    `PutSecretValue + UpdateSecretVersionStage/s (${QUOTAS.putAndLabel})`,
    `DescribeSecret/s (${number(QUOTAS.describeSecret)})`,
    `rotation functions at once (${number(QUOTAS.lambdaConcurrency)})`,
    `checkpoints/s, one an operation (${number(QUOTAS.checkpoints)})`,
    `write units/s (${number(QUOTAS.newTableWrites)}: a new table)`,
    `write units/s to one key of an index (${number(QUOTAS.indexKeyWrites)})`,
    `PutEvents/s (${number(QUOTAS.putEvents)})`,
  ]
  const executions = `${number(executionsOf(200))} executions at 200 at once; ${QUOTAS.durableStarts} may start a second`
  return `${aligned(names.map((name, row) => [name, ...columns.map((column) => column[row] ?? '')]))}\n${executions}`
}

/** How many executions the fleet is parted over, by the workflow's own rule. */
function executionsOf(concurrency: number): number {
  const count = (wave: Wave): number =>
    1 + (splitWave(wave)?.parts.reduce((sum, part) => sum + count(part), 0) ?? 0)
  return count({
    ...{ name: 'nightly', trigger: 'SCHEDULE', scheduledAt: '', occasion: '', before: [], after: [] },
    ...{ windowSeconds: LONGEST_WINDOW, timeoutSeconds: DEFAULTS.timeoutSeconds, concurrency },
    secrets: secretsOf({ world: 'simulated', secrets: FLEET, concurrency, rotationMs: 0 }),
  })
}

const SOURCES = [
  'Prices with their sources: docs/costs.md. What durable functions cost for data written and kept was not to be',
  'confirmed: amounts without a price, and not in the sum.',
  'Not counted: the rotation functions with all they call, logs and metrics in CloudWatch, the audit every 5 minutes, the',
  'observer, the Scheduler’s one or two invocations a wave, SNS’s one text a wave, storage, the secrets themselves.',
  'Lambda’s GB-s and requests are of this machine, where every service answers in a millisecond or two.',
]

/** Memory of the orchestrator, GB, and how long its executions are kept, days. serverless.yml */
const FUNCTION_GB = 0.5
const KEPT_DAYS = 30

/** Dollars for a thousand rotations: what they ask of AWS from `simulated`, Lambda's time from `http`. */
export function dollars(simulated: Figures, http: Figures): string {
  const one = perRotation(simulated)
  const { invocations, ranMs } = sumOf(http.executions)
  const amounts = {
    ...{ durableOperations: one.operations, secretsManager: one.secretsManager, events: one.events },
    ...{ writeUnits: one.writeUnits, readUnits: one.readUnits },
    gbSeconds: ((ranMs / 1_000) * FUNCTION_GB) / http.secrets,
    requests: invocations / http.secrets,
  }
  const priced = (Object.keys(amounts) as (keyof typeof amounts)[]).map((name) => {
    const { dollars, per, unit, of: read } = PRICES[name]
    const amount = amounts[name] * 1_000
    return { unit, amount, price: `$${dollars} / ${number(per)}`, cost: (amount * dollars) / per, read }
  })
  const total = priced.reduce((sum, { cost }) => sum + cost, 0)
  const written = one.payloadBytes * 1_000
  return [
    aligned([
      ['a thousand rotations', 'amount', 'price', 'cost', 'price from'],
      ...priced.map(({ unit, amount, price, cost, read }) => [
        unit,
        number(amount),
        price,
        `$${number(cost, 4)}`,
        read,
      ]),
      ['sum', '', '', `$${number(total, 4)}`, ''],
      ['durable data written, MB', number(written / 1e6, 1), '', '', 'not confirmed'],
      [
        `kept ${KEPT_DAYS} days, GB-months`,
        number((written / 1e9) * (KEPT_DAYS / 30), 4),
        '',
        '',
        'not confirmed',
      ],
    ]),
    ...SOURCES,
  ].join('\n')
}
