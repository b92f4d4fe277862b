import { DEFAULTS } from '../src/config/config.ts'
import { INDEXES } from '../src/ledger/table.ts'
import { splitWave } from '../src/rotation/split-wave.ts'
import type { Wave } from '../src/rotation/wave.ts'
import { aligned } from './distribution.ts'
import { type Figures, secretsOf } from './fleet-figures.ts'
import { perRotation } from './fleet-per-rotation.ts'
import { number, span } from './fleet-tables.ts'

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
