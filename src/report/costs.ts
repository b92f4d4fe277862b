import { grouped } from '../model/counts.ts'
import { HOUR, MINUTE } from '../model/time.ts'
import { LOOKED_UP, type Priced, priceOf } from './prices.ts'

/** A stage as its bill sees it; counts of a month of thirty days. */
export type StageLoad = {
  rotationsPerMonth: number
  /** Occurrences that are due: one run of the orchestrator each, two with `precision: second`. */
  wavesPerMonth: number
  /** Enabled. */
  schedules: number
  /** Under policy: the audit looks at each once an hour. */
  secrets: number
  /** CloudWatch alarms of the stack; default: what a stack has. */
  alarms?: number
  /** Secrets of schedules with `adoption`. */
  adoptionSecrets?: number
  /** Addresses that hear of each wave by e-mail; default 1. */
  mailboxes?: number
  /** `kmsKeyArn` of the stage: a key of its own. */
  ownKey?: boolean
}

/** `parts` add up to `dollars`; `why`: what was counted, and by what. `open`: what costs and has no price here. */
export type Cost = { dollars: number; parts: Part[]; open: string[] }

type Part = { what: string; dollars: number; why: string }

const DAYS = 30
const HOURS = DAYS * 24
const AUDITS = (HOURS * HOUR) / (5 * MINUTE)

/** Measured for a rotation of 20 s: docs/benchmarks.md, "Fleet". One of two minutes takes up to twice as many looks. */
const ROTATION: Partial<Record<Priced, number>> = {
  ...{ durableOperations: 26.2, secretsManager: 22, events: 3, writeUnits: 30, readUnits: 30.2 },
  ...{ requests: 0.12, gbSeconds: 0.15 },
}

/** Its record and its copies in the indexes, kept for 400 days: an estimate. */
const RECORD_BYTES = 12_000
const KEPT_MONTHS = 400 / DAYS

/** Lines of the log, bytes: estimates. */
const LOGGED = { rotation: 4_000, audit: 1_500 }

/** The audit's own; those of the stage's outcomes; and of each schedule: succeeded, skew, duration. src/deploy/metrics.ts */
const METRICS = { audit: 12, stage: 6, schedule: 3 }

/** And one more with adoption. */
export const USUAL_ALARMS = 19

/** Lambda's pollers look at an idle queue about so often: an estimate, after docs/handover.md. */
const POLLS = 625_000

/**
 * What a stage costs a month in US East (N. Virginia), before any free tier, at most where it cannot be known. Not in it:
 * what is paid without Tourbillon, too (secrets, rotation functions and all they call, endpoints, trails). Pure.
 *
 * @throws RangeError where a count is negative or no number
 */
export function monthlyCost(load: StageLoad): Cost {
  const { rotationsPerMonth, wavesPerMonth, schedules, secrets } = load
  const { adoptionSecrets = 0, mailboxes = 1, ownKey = false } = load
  const { alarms = USUAL_ALARMS + (adoptionSecrets > 0 ? 1 : 0) } = load
  for (const [name, count] of Object.entries({ ...load, ownKey: 0 }))
    if (typeof count === 'number' && !(count >= 0 && count < Number.POSITIVE_INFINITY))
      throw new RangeError(`${name}: ${count} is no count`)
  const hoursRotating = Math.min(HOURS, 2 * wavesPerMonth)
  const bytes = rotationsPerMonth * KEPT_MONTHS * RECORD_BYTES
  const logged = rotationsPerMonth * LOGGED.rotation + AUDITS * LOGGED.audit
  const metricHours =
    METRICS.audit * HOURS +
    METRICS.stage * hoursRotating +
    METRICS.schedule * Math.min(schedules * HOURS, 2 * wavesPerMonth)
  const parts: Part[] = [
    {
      what: 'rotations',
      dollars: sum(ROTATION, rotationsPerMonth),
      why: `${count(rotationsPerMonth)} of 20 s, $${sum(ROTATION, 1_000).toFixed(2)} a thousand as measured: durable operations, looks, records, events`,
    },
    {
      what: 'audit',
      dollars: sum(auditOf(secrets, schedules), 1),
      why: `${count(AUDITS)} runs of 2 s (an assumption), and a look an hour at each of ${count(secrets)} secrets`,
    },
    {
      what: 'metrics',
      dollars: priceOf('metrics', metricHours / HOURS),
      why: `${METRICS.audit} of the audit always; ${METRICS.stage} and ${METRICS.schedule} a schedule in hours when something rotates, two a wave at most (that a metric is paid by the hour is from memory, to be checked)`,
    },
    { what: 'alarms', dollars: priceOf('alarms', alarms), why: `${count(alarms)}, each by one metric` },
    { what: 'dashboard', dollars: priceOf('dashboards', 1), why: '1' },
    {
      what: 'logs',
      dollars: priceOf('logs', logged / 1e9),
      why: `${(logged / 1e6).toFixed(0)} MB, an estimate`,
    },
    {
      what: 'table',
      dollars: priceOf('storage', bytes / 1e9) + priceOf('backup', bytes / 1e9),
      why: `${(bytes / 1e6).toFixed(0)} MB after 400 days, an estimate, with point-in-time recovery`,
    },
    {
      what: 'Scheduler',
      dollars: priceOf('deliveries', 2 * wavesPerMonth),
      why: `${count(2 * wavesPerMonth)} deliveries at most: two an occurrence with precision: second`,
    },
    {
      what: 'texts',
      dollars: priceOf('texts', wavesPerMonth) + priceOf('emails', wavesPerMonth * mailboxes),
      why: `one a wave at most, to ${count(mailboxes)} by e-mail`,
    },
    ...(adoptionSecrets > 0 ? [adoptionPart(adoptionSecrets)] : []),
    ...(ownKey ? [{ what: 'key', dollars: priceOf('keys', 1), why: '1, without its requests' }] : []),
  ]
  const open = ['data that durable functions write and keep', ...(ownKey ? ['requests to the key'] : [])]
  return { dollars: parts.reduce((all, { dollars }) => all + dollars, 0), parts, open }
}

/** By docs/benchmarks.md, "The audit": 100 to 10,000 secrets, a hundred a schedule, each rotating once a day. */
function auditOf(secrets: number, schedules: number): Partial<Record<Priced, number>> {
  return {
    ...{ secretsManager: 722.5 * secrets, readUnits: 40_160 + 44.4 * secrets, requests: AUDITS },
    writeUnits: AUDITS * Math.ceil(0.7 + 0.073 * schedules),
    gbSeconds: AUDITS * 2 * 0.5 + 0.7225 * secrets,
  }
}

/** At most: one who reads each secret all the time, noted once a minute; two units each, with the index. */
function adoptionPart(secrets: number): Part {
  const notes = HOURS * 60 * secrets
  return {
    what: 'adoption',
    dollars: priceOf('queue', POLLS) + priceOf('writeUnits', 2 * notes),
    why: `an idle queue is looked at ${count(POLLS)} times; ${count(secrets)} secrets with one busy reader each, noted once a minute; SQS of the reads themselves comes on top`,
  }
}

function sum(amounts: Partial<Record<Priced, number>>, times: number): number {
  return Object.entries(amounts).reduce((all, [what, each]) => all + priceOf(what as Priced, each * times), 0)
}

function count(number: number): string {
  return grouped(Math.round(number))
}

/** In a line: `about $18.19 a month in us-east-1 …; most of it metrics $4.10, …`. */
export function costText({ dollars, parts, open }: Cost): string {
  const most = parts
    .toSorted((a, b) => b.dollars - a.dollars)
    .slice(0, 3)
    .map((it) => `${it.what} $${it.dollars.toFixed(2)}`)
  return `about $${dollars.toFixed(2)} a month in us-east-1, before any free tier, by prices looked up on ${LOOKED_UP}: ${most.join(', ')}; without ${open.join(', ')}, whose price was not found`
}
