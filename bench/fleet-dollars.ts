import { aligned } from './distribution.ts'
import { type Figures, sumOf } from './fleet-figures.ts'
import { perRotation } from './fleet-per-rotation.ts'
import { number } from './fleet-tables.ts'

/** Dollars in US East (N. Virginia), before any free tier. `read`: how near to AWS's own page, and when. */
type Price = { dollars: number; per: number; unit: string; read: string }

export const PRICES = {
  durableOperations: {
    dollars: 8,
    per: 1e6,
    unit: 'durable operations',
    read: 'transcript of AWS’s page, 2026-09',
  },
  secretsManager: {
    dollars: 0.05,
    per: 1e4,
    unit: 'Secrets Manager API calls',
    read: 'transcript of AWS’s page, 2026-09',
  },
  writeUnits: {
    dollars: 0.625,
    per: 1e6,
    unit: 'DynamoDB write request units',
    read: 'second-hand, 2025-07',
  },
  readUnits: { dollars: 0.125, per: 1e6, unit: 'DynamoDB read request units', read: 'second-hand, 2025-07' },
  events: { dollars: 1, per: 1e6, unit: 'EventBridge custom events', read: 'second-hand, 2026-03' },
  gbSeconds: { dollars: 0.000_013_333_4, per: 1, unit: 'Lambda GB-s, arm64', read: 'second-hand, 2024' },
  requests: { dollars: 0.2, per: 1e6, unit: 'Lambda requests', read: 'second-hand, 2026-05' },
} satisfies Record<string, Price>

const SOURCES = [
  'Prices: aws.amazon.com/secrets-manager/pricing and /lambda/pricing as github.com/api-evangelist transcribed them',
  '(amazon-secrets-manager, aws-lambda: plans/); Lambda GB-s: cloudchipr.com/blog/aws-lambda-pricing; DynamoDB since its',
  'cut of November 2024: airbyte.com/data-engineering-resources/dynamodb-pricing; EventBridge:',
  'cloudburn.io/blog/amazon-eventbridge-pricing. What durable functions cost for data written and kept was not to be',
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
  const amounts: Record<keyof typeof PRICES, number> = {
    ...{ durableOperations: one.operations, secretsManager: one.secretsManager, events: one.events },
    ...{ writeUnits: one.writeUnits, readUnits: one.readUnits },
    gbSeconds: ((ranMs / 1_000) * FUNCTION_GB) / http.secrets,
    requests: invocations / http.secrets,
  }
  const priced = (Object.keys(PRICES) as (keyof typeof PRICES)[]).map((name) => {
    const { dollars, per, unit, read } = PRICES[name]
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
