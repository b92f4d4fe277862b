import type { Schedule } from '../../src/config/config.ts'
import { calendarStateAt } from '../../src/local/change-calendar.ts'
import type { Scope } from '../../src/model/hold.ts'
import type { StepEvent } from '../../src/rehearse/secrets-manager/rotation.ts'
import type { CrashPoint } from '../../src/rehearse/world/durable.ts'
import { keyed, type Random, seeded } from '../../src/rehearse/world/random.ts'
import type { OnDemandRequest, RotateRequest } from '../../src/rotation/wave-request.ts'
import { INSTANT, type StageOptions } from './stage.ts'

/** What one seed means: a stage, what is delivered to it and when, and what people do meanwhile. */
export type Scenario = {
  seed: number
  stage: StageOptions
  deliveries: Delivery[]
  people: { at: number; does: Act }[]
  /** Faults that struck, with their times: `now` is set by the runner. */
  faults: { at: number; what: string }[]
  clock: { now(): number }
  /** When its Change Calendar is closed: from, to (epoch ms). */
  closed: { from: number; to: number }[]
  /** What each switch has done, and how often. */
  fired: Map<string, number>
  /** When its holds cannot be read: from, to (epoch ms). */
  blind?: { from: number; to: number }
  /** Secrets that a list may have missed. */
  unlisted?: string[]
  /** Deliveries for the instant come an hour after it, when every window has closed. */
  hourLate?: boolean
  /** Every rotation function always fails. */
  broken?: boolean
  /** The secret whose claim the ledger refuses. */
  refused?: string
}

export type Delivery = {
  /** Epoch ms. */
  at: number
  request: RotateRequest
  crash: (operation: string, point: CrashPoint) => boolean
  /** Stopped for good at its first crash. */
  killed: boolean
}

export type Act =
  | { act: 'hold'; id: string; scope: Scope; until?: number }
  | { act: 'release'; id: string; scope: Scope }
  | { act: 'skip'; id: string }
  /** `slowMs`: between its look, whether it has begun, and its write. `approvedBy`: who lets it go ahead then. */
  | { act: 'move' | 'move on'; id: string; to: number; slowMs: number; approvedBy?: string }
  | { act: 'take back'; slowMs: number }
  | { act: 'delete' | 'store by hand' | 'move back' | 'switch off'; secret: string }
  | { act: 'ask ahead' }
  /** `dies`: before it has woken the wave. */
  | { act: 'answer'; status: 'APPROVED' | 'REJECTED'; by: string; dies: boolean }

const iso = (instant: number) => new Date(instant).toISOString()
const error = (name: string, message = name) => Object.assign(new Error(message), { name })

/** Longest that a fault delays a request, ms. */
export const SLOWEST_MS = 4_000

/** `calm`: without any fault or crash of chance, so that runs can be compared. */
export function scenarioOf(seed: number, { calm = false } = {}): Scenario {
  const random = seeded(seed)
  const clock = { now: () => 0 }
  const faults: Scenario['faults'] = []
  const secrets = secretsOf(random)
  const schedule = scheduleOf(random, secrets)
  // Faults come in a limited number: an AWS that never works again has no outcome to be right about.
  const budget = { left: random.between(0, 25) * (calm ? 0 : 1) }
  const strikes = (probability: number, what: string) => {
    if (budget.left === 0 || !random.chance(probability)) return false
    budget.left--
    faults.push({ at: clock.now(), what })
    return true
  }
  const scenario: Scenario = {
    seed,
    clock,
    faults,
    closed: [],
    fired: new Map(),
    stage: {
      schedule,
      selected: keyed(seed, 'selected').chance(0.2),
      freezes: random.chance(0.1) ? [FROZEN_NIGHT] : [],
      repeatedToken: random.pick(['accept', 'refuse']),
      request: (action) => requestFault(random, strikes, action),
      step: stepFault(seed, random, secrets),
      ledgerFault: (call) => {
        if (strikes(0.02, `ledger ${call} before`)) return { before: error('TimeoutError') }
        if (strikes(0.02, `ledger ${call} after`)) return { after: error('TimeoutError') }
        return strikes(0.02, `ledger ${call} slow`) ? { delayMs: random.between(50, SLOWEST_MS) } : {}
      },
      hook: hookOf(seed, strikes),
    },
    deliveries: deliveriesOf(random, schedule, strikes).map((delivery) =>
      calm ? { ...delivery, killed: false, crash: () => false } : delivery,
    ),
    people: peopleOf(random, secrets, schedule),
  }
  const seen = random.chance(0.15) ? withCalendar(scenario, random, strikes) : scenario
  const told = withSlowTelling(withApproval(seen, seeded(seed + 0x5ea1)), seeded(seed + 0x7e11))
  return told
}

/** The outlet gives up after three seconds: src/aws/time-limit.ts. Some scenarios' never answers, most are quick. */
function withSlowTelling(scenario: Scenario, random: Random): Scenario {
  const slow = random.pick([0, 0, 0.1, 1])
  const tellDelayMs = () => (random.chance(slow) ? 3_000 : random.between(5, 50))
  return { ...scenario, stage: { ...scenario.stage, tellDelayMs } }
}

/** Some schedules want an approval, which nobody, one or several people answer; some die before they wake the wave. */
function withApproval(scenario: Scenario, random: Random): Scenario {
  if (!random.chance(0.2)) return scenario
  const { schedule } = scenario.stage
  const windowSeconds = schedule?.windowSeconds ?? 60
  const timeoutSeconds = random.between(60, windowSeconds)
  const people = Array.from({ length: random.pick([0, 1, 1, 1, 2, 3]) }, (_, index) => ({
    at: INSTANT + random.between(-60_000, timeoutSeconds * 1_000 + 60_000),
    does: {
      act: 'answer' as const,
      status: random.pick(['APPROVED', 'APPROVED', 'REJECTED'] as const),
      by: `person-${index}`,
      dies: random.chance(0.2),
    },
  }))
  const ahead = { at: INSTANT - 60_000, does: { act: 'ask ahead' as const } }
  return {
    ...scenario,
    stage: { ...scenario.stage, schedule: { ...schedule, approval: { timeoutSeconds } } },
    people: [...(random.chance(0.3) ? [ahead] : []), ...scenario.people, ...people],
  }
}

/** A Change Calendar that is closed now and then around the instant, and sometimes slow or unreachable. */
function withCalendar(
  scenario: Scenario,
  random: Random,
  strikes: (p: number, what: string) => boolean,
): Scenario {
  const events = Array.from({ length: random.between(0, 3) }, () => {
    const from = INSTANT + random.between(-120_000, 900_000)
    return { from, to: from + random.between(1_000, 600_000) }
  })
  const calendars = new Map([['company', { type: 'DEFAULT_OPEN' as const, events }]])
  return {
    ...scenario,
    closed: events,
    stage: {
      ...scenario.stage,
      schedule: { ...scenario.stage.schedule, changeCalendars: ['company'] },
      calendarState: async (names, at) => ({ state: calendarStateAt(calendars, names, at).state }),
      calendarFault: (call) => {
        if (strikes(0.1, `${call} throttled`)) return { before: error('ThrottlingException') }
        return strikes(0.1, `${call} slow`) ? { delayMs: random.between(50, SLOWEST_MS) } : {}
      },
    },
  }
}

function secretsOf(random: Random): string[] {
  const many = random.chance(0.03)
  return Array.from(
    { length: many ? random.between(41, 90) : random.between(1, 6) },
    (_, index) => `db-${index}`,
  )
}

function scheduleOf(random: Random, secrets: string[]): Partial<Schedule> {
  const hook = (name: string) =>
    random.chance(0.25) ? [{ invoke: name, timeoutSeconds: random.between(5, 60) }] : []
  return {
    secrets,
    windowSeconds: random.pick([60, 120, 600, 1_800]),
    timeoutSeconds: random.pick([30, 120, 600]),
    concurrency: random.between(1, 8),
    ...(random.chance(0.4) && { maxErrors: random.between(1, 2) }),
    before: hook('before'),
    after: hook('after'),
  }
}

function requestFault(random: Random, strikes: (p: number, what: string) => boolean, action: string) {
  if (strikes(0.05, `${action} throttled`)) return { before: error('ThrottlingException', 'Rate exceeded') }
  if (strikes(0.05, `${action} never arrived`)) return { before: error('ECONNRESET') }
  if (strikes(0.08, `${action} answer lost`)) return { after: error('TimeoutError') }
  return strikes(0.05, `${action} slow`) ? { delayMs: random.between(50, SLOWEST_MS) } : {}
}

/** Each secret has a rotation function of its own temper: quick, slow, failing now and then, or always. */
function stepFault(seed: number, random: Random, secrets: string[]) {
  const steps = new Map<string, number>()
  const tempers = new Map(
    secrets.map((secret) => [
      secret,
      { slow: random.pick([100, 500, 5_000, 20_000]), fails: random.pick([0, 0, 0, 0.1, 1]) },
    ]),
  )
  return ({ SecretId, Step }: StepEvent) => {
    const turn = (steps.get(SecretId + Step) ?? 0) + 1
    steps.set(SecretId + Step, turn)
    const temper = tempers.get(nameIn(SecretId)) ?? {
      slow: 100,
      fails: 0,
    }
    const chance = keyed(seed, nameIn(SecretId), Step, turn)
    return { delayMs: chance.between(10, temper.slow), fails: chance.chance(temper.fails) }
  }
}

/** From an ARN. */
export const nameIn = (arn: string) => arn.replace(/^.*:secret:/, '').replace(/-\w{6}$/, '')

function hookOf(
  seed: number,
  strikes: (p: number, what: string) => boolean,
): NonNullable<StageOptions['hook']> {
  return async (name, { secret }) => {
    if (strikes(0.1, `hook ${name} hangs`)) return new Promise(() => {})
    if (strikes(0.1, `hook ${name} throws`)) throw error('HookError', 'boom')
    return keyed(seed, name, secret).chance(0.1) ? { ok: false, reason: 'not now' } : {}
  }
}

function deliveriesOf(
  random: Random,
  schedule: Partial<Schedule>,
  strikes: (p: number, what: string) => boolean,
): Delivery[] {
  const crash = (operation: string, point: CrashPoint) => strikes(0.01, `crash ${operation} ${point}`)
  const at = (instant: number, request: RotateRequest, killed = false): Delivery => ({
    at: instant,
    request,
    crash,
    killed,
  })
  const scheduledAt = iso(INSTANT)
  const deliveries: Delivery[] = []
  if (random.chance(0.5)) {
    const lead = { schedule: 'nightly', scheduledAt: iso(INSTANT - 120_000), leadSeconds: 120 }
    const early = at(INSTANT - random.between(30, 59) * 1_000, lead, random.chance(0.4))
    // An early run that is to be killed dies somewhere before it has called RotateSecret.
    if (early.killed) early.crash = (operation) => operation.endsWith(':rotate') || random.chance(0.1)
    deliveries.push(early)
  }
  for (let copies = random.pick([1, 1, 2, 3]); copies > 0; copies--) {
    const late =
      copies === 1 ? random.between(0, 59_999) : random.between(0, (schedule.windowSeconds ?? 60) * 1_500)
    deliveries.push(at(INSTANT + late, { schedule: 'nightly', scheduledAt }))
  }
  if (random.chance(0.4)) {
    const pressed = INSTANT + random.between(0, 900_000)
    const request: OnDemandRequest = {
      requestId: 'pressed',
      schedule: 'nightly',
      scheduledAt: iso(pressed),
      ...(random.chance(0.3) && { override: 'vendor' }),
    }
    deliveries.push(at(pressed, request))
    // The second press starts nothing on AWS (same execution name); here it arrives all the same.
    if (random.chance(0.5)) deliveries.push(at(pressed + random.between(100, 20_000), request))
  }
  return deliveries
}

function peopleOf(random: Random, secrets: string[], schedule: Partial<Schedule>): Scenario['people'] {
  const people: Scenario['people'] = []
  const some = () => secrets[random.between(0, secrets.length - 1)] ?? 'db-0'
  const when = () => INSTANT + random.between(-55_000, (schedule.windowSeconds ?? 60) * 1_000)
  const scopes: [Scope, ...Scope[]] = ['all', 'schedule/nightly', `secret/${some()}`]
  for (let count = random.pick([0, 0, 0, 0, 0, 1, 1, 2, 3]); count > 0; count--) {
    const [id, scope, at] = [`hold-${count}`, random.pick(scopes), when()]
    const until = random.chance(0.3)
      ? { until: Math.max(at, INSTANT) + random.between(-60_000, 300_000) }
      : {}
    people.push({ at, does: { act: 'hold', id, scope, ...until } })
    if (random.chance(0.5))
      people.push({ at: at + random.between(1_000, 120_000), does: { act: 'release', id, scope } })
  }
  if (random.chance(0.1)) people.push({ at: when(), does: { act: 'delete', secret: some() } })
  if (random.chance(0.15)) people.push({ at: when(), does: { act: 'store by hand', secret: some() } })
  return people
}

export const FROZEN_NIGHT = {
  name: 'night',
  from: '2026-11-29',
  to: '2026-11-30',
  timezone: 'UTC',
  yearly: false,
}
