/**
 * What AWS charges in US East (N. Virginia), dollars, before any free tier. docs/costs.md has the same table, and what was
 * not found. AWS's own pages show no numbers to whoever reads stored text: they fill them in by script. So most are from
 * who has copied them. No handler imports this.
 */
export const LOOKED_UP = '2026-11-28'

type Price = {
  dollars: number
  /** Of how many `unit`. */
  per: number
  unit: string
  source: string
  /** Of when its text is, as it says; or that it does not. */
  of: string
}

const TRANSCRIPTS = 'https://raw.githubusercontent.com/api-evangelist'
const LAMBDA = `${TRANSCRIPTS}/aws-lambda/refs/heads/main/plans/aws-lambda-plans-pricing.yml`
const CLOUDWATCH = `${TRANSCRIPTS}/cloudwatch/refs/heads/main/plans/cloudwatch-plans-pricing.yml`
const SECRETS = `${TRANSCRIPTS}/amazon-secrets-manager/refs/heads/main/plans/amazon-secrets-manager-plans-pricing.yml`
const RUNNER = 'https://git.mcrn.ar/mariano/lambda_local_runner/src/branch/main/docs'
const DYNAMODB = 'https://airbyte.com/data-engineering-resources/dynamodb-pricing'
const EVENTBRIDGE = 'https://cloudburn.io/blog/amazon-eventbridge-pricing'
const SNS = 'https://www.factualminds.com/blog/amazon-sns-pricing-publishes-fanout-protocols/'

export const PRICES = {
  durableOperations: { dollars: 8, per: 1e6, unit: 'durable operations', source: LAMBDA, of: '2026-09-20' },
  requests: { dollars: 0.2, per: 1e6, unit: 'Lambda requests', source: LAMBDA, of: '2026-09-20' },
  gbSeconds: {
    ...{ dollars: 0.000_013_333_4, per: 1, unit: 'Lambda GB-seconds, arm64' },
    source: `${RUNNER}/lambdas-md/lambda-13-cost.md`,
    of: '2026-05-11',
  },
  secretsManager: {
    dollars: 0.05,
    per: 1e4,
    unit: 'Secrets Manager API calls',
    source: SECRETS,
    of: '2026-09-20',
  },
  writeUnits: {
    dollars: 0.625,
    per: 1e6,
    unit: 'DynamoDB write request units',
    source: DYNAMODB,
    of: '2025-07-21',
  },
  readUnits: {
    dollars: 0.125,
    per: 1e6,
    unit: 'DynamoDB read request units',
    source: DYNAMODB,
    of: '2025-07-21',
  },
  storage: {
    ...{ dollars: 0.25, per: 1, unit: 'GB-months of a DynamoDB table' },
    ...{ source: 'https://aws.amazon.com/dynamodb/pricing/', of: 'no date' },
  },
  backup: {
    ...{ dollars: 0.2, per: 1, unit: 'GB-months of its point-in-time recovery' },
    ...{
      source: 'https://gist.github.com/allenheltondev/d028926b7fe3b0656c96af9140ab55e3',
      of: '2020-03-11',
    },
  },
  events: { dollars: 1, per: 1e6, unit: 'EventBridge custom events', source: EVENTBRIDGE, of: '2026-03-13' },
  deliveries: {
    dollars: 1,
    per: 1e6,
    unit: 'EventBridge Scheduler invocations',
    source: EVENTBRIDGE,
    of: '2026-03-13',
  },
  alarms: { dollars: 0.1, per: 1, unit: 'CloudWatch alarms, a month', source: CLOUDWATCH, of: '2026-05-05' },
  metrics: {
    dollars: 0.3,
    per: 1,
    unit: 'CloudWatch custom metrics, a month',
    source: CLOUDWATCH,
    of: '2026-05-05',
  },
  logs: { dollars: 0.5, per: 1, unit: 'GB of logs, taken in', source: CLOUDWATCH, of: '2026-05-05' },
  dashboards: {
    ...{ dollars: 3, per: 1, unit: 'CloudWatch dashboards, a month' },
    ...{ source: 'https://c3x.dev/blog/aws-cloudwatch-metrics-cost/', of: 'no date' },
  },
  texts: { dollars: 0.5, per: 1e6, unit: 'SNS publishes', source: SNS, of: '2026-06-13' },
  emails: { dollars: 2, per: 1e5, unit: 'SNS e-mails', source: SNS, of: '2026-06-13' },
  queue: {
    ...{ dollars: 0.4, per: 1e6, unit: 'SQS requests' },
    ...{ source: 'https://cloudburn.io/blog/amazon-sqs-pricing', of: '2026-03-14' },
  },
  keys: {
    ...{ dollars: 1, per: 1, unit: 'KMS keys of your own, a month' },
    ...{ source: 'https://aws.amazon.com/kms/pricing/', of: 'no date' },
  },
} satisfies Record<string, Price>

export type Priced = keyof typeof PRICES

/** What that many come to, dollars. */
export function priceOf(what: Priced, count: number): number {
  return (count * PRICES[what].dollars) / PRICES[what].per
}
