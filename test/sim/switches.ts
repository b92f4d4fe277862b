import type { StepEvent } from '../../src/rehearse/secrets-manager/rotation.ts'
import type { Random } from '../../src/rehearse/world/random.ts'
import { keyed } from '../../src/rehearse/world/random.ts'
import { type Delivery, FROZEN_NIGHT, nameIn, type Scenario } from './scenario.ts'
import { INSTANT } from './stage.ts'

/**
 * Where AWS is less kind than a world of ours would be (findings, K2): each a switch, on by chance in a seed. A switch
 * draws from a source of its own, so that one that is off changes nothing of the others, and notes what it does.
 */
export type Switch = {
  /** In words, for the table. */
  what: string
  chance: number
  /** Why it is never on: what is not mended yet. */
  off?: string
  apply(scenario: Scenario, random: Random, fired: () => void): Scenario
}

const MINUTE = 60_000
const iso = (at: number) => new Date(at).toISOString()
const error = (name: string, message = name) => Object.assign(new Error(message), { name })

/** Wraps what the stage asks about a request: the first that has something to say wins. */
function requests(
  scenario: Scenario,
  fault: (action: string) => ReturnType<NonNullable<Scenario['stage']['request']>> | undefined,
): Scenario {
  const { request = () => ({}) } = scenario.stage
  const first = (action: string) => {
    const struck = fault(action)
    if (struck === undefined) return request(action)
    scenario.faults.push({ at: scenario.clock.now(), what: `${action} by a switch` })
    return struck
  }
  return { ...scenario, stage: { ...scenario.stage, request: first } }
}

/** An interval about the instant. */
function interval(random: Random, from: [number, number], lengths: readonly [number, ...number[]]) {
  const begins = INSTANT + random.between(...from)
  const ends = begins + random.pick(lengths)
  return { from: begins, to: ends, has: (at: number) => begins <= at && at < ends }
}

const secretsOf = ({ stage }: Scenario) => stage.schedule?.secrets ?? []
const someOf = (random: Random, secrets: string[]) => secrets.filter(() => random.chance(0.4))

export const SWITCHES = {
  'gate unread': {
    what: 'BatchGetItem answers in part, or not at all: holds cannot be read for a while',
    chance: 0.15,
    apply(scenario, random, fired) {
      const blind = interval(random, [-MINUTE, 5 * MINUTE], [1_000, 30_000, 5 * MINUTE, 60 * MINUTE])
      const { ledgerFault = () => ({}) } = scenario.stage
      const fault = (call: string) => {
        if (call !== 'covering' || !blind.has(scenario.clock.now())) return ledgerFault(call)
        fired()
        return { before: error('PartialAnswer') }
      }
      return { ...scenario, blind, stage: { ...scenario.stage, ledgerFault: fault } }
    },
  },
  'skipped by a person': {
    what: 'somebody skips the occurrence while its runs sleep, up to a second before it',
    chance: 0.08,
    apply(scenario, random, fired) {
      fired()
      const at = INSTANT - random.between(1_000, 3 * MINUTE)
      return { ...scenario, people: [...scenario.people, { at, does: { act: 'skip', id: 'skip-1' } }] }
    },
  },
  'moved by a person': {
    what: 'somebody moves the occurrence, on from there, and back, up to the second in which it is due and after',
    chance: 0.1,
    apply(scenario, random, fired) {
      if (scenario.people.some(({ does }) => does.act === 'skip')) return scenario
      fired()
      const move = (act: 'move' | 'move on', id: string, from: number) => ({
        at: from,
        does: {
          ...{ act, id, to: Math.max(from, INSTANT) + random.between(10, 60) * MINUTE },
          slowMs: random.pick([0, 10, 500, 3_000]),
          ...(random.chance(0.7) && { approvedBy: 'mover' }),
        },
      })
      const first = INSTANT - random.pick([random.between(0, 2_500), random.between(0, 55_000)])
      const on = random.chance(0.3) ? [move('move on', 'move-2', first + random.between(1, 45 * MINUTE))] : []
      const slowMs = random.pick([0, 500, 3_000])
      const soon = random.pick([random.between(1_000, 60_000), random.between(1, 60) * MINUTE])
      const back = random.chance(0.3)
        ? [{ at: first + soon, does: { act: 'take back' as const, slowMs } }]
        : []
      return { ...scenario, people: [...scenario.people, move('move', 'move-1', first), ...on, ...back] }
    },
  },
  'other version id': {
    what: 'the new version has another id than the token',
    chance: 0.15,
    apply(scenario, _random, fired) {
      const versionIdOf = (token: string) => {
        fired()
        return `other-${token}`
      }
      return { ...scenario, stage: { ...scenario.stage, versionIdOf } }
    },
  },
  'seen late': {
    what: 'DescribeSecret shows what was so a while ago',
    chance: 0.2,
    apply(scenario, random, fired) {
      const seenLateMs = random.pick([300, 1_000, 5_000, 20_000, 55_000])
      const old = { lateMs: seenLateMs, noted: fired }
      return { ...scenario, stage: { ...scenario.stage, seenLate: old } }
    },
  },
  'looks disagree': {
    what: 'some looks show what was so a while ago, others what is; answers of RotateSecret get lost',
    chance: 0.2,
    apply(scenario, random, fired) {
      const lateMs = random.pick([1_000, 5_000, 20_000])
      const seenLate = { lateMs, some: () => random.chance(0.5), noted: fired }
      const lost = { after: error('TimeoutError', 'no answer') }
      let left = random.between(1, 4)
      const losing = requests(scenario, (action) => {
        if (action !== 'RotateSecret' || left === 0 || !random.chance(0.5)) return undefined
        left--
        fired()
        return lost
      })
      return { ...losing, stage: { ...losing.stage, seenLate } }
    },
  },
  'denied for a while': {
    what: 'IAM denies one action for up to two minutes',
    chance: 0.12,
    apply(scenario, random, fired) {
      const denied = random.pick(['DescribeSecret', 'RotateSecret', 'ListSecrets'])
      const while_ = interval(random, [-2 * MINUTE, 30_000], [5_000, 30_000, 2 * MINUTE])
      return requests(scenario, (action) => {
        if (action !== denied || !while_.has(scenario.clock.now())) return undefined
        fired()
        return {
          before: error('AccessDeniedException', `not authorized to perform: secretsmanager:${action}`),
        }
      })
    },
  },
  'throttled by rate': {
    what: 'one API takes a few calls a second, and refuses the rest',
    chance: 0.15,
    apply(scenario, random, fired) {
      const narrow = random.pick(['RotateSecret', 'DescribeSecret', 'ListSecrets'])
      const most = random.between(1, 3)
      const ends = INSTANT + random.pick([10_000, MINUTE, 5 * MINUTE])
      const taken = new Map<number, number>()
      return requests(scenario, (action) => {
        const now = scenario.clock.now()
        if (action !== narrow || now >= ends) return undefined
        const second = Math.floor(now / 1_000)
        const calls = (taken.get(second) ?? 0) + 1
        taken.set(second, calls)
        if (calls <= most) return undefined
        fired()
        return { before: error('ThrottlingException', 'Rate exceeded') }
      })
    },
  },
  hangs: {
    what: 'calls get no answer until the client gives up, with effect or without',
    chance: 0.15,
    apply(scenario, random, fired) {
      const hanging = random.pick(['DescribeSecret', 'RotateSecret', 'ListSecrets'])
      const effect = random.chance(0.5)
      const while_ = interval(random, [-MINUTE, MINUTE], [3_000, 10_000, 30_000])
      return requests(scenario, (action) => {
        if (action !== hanging || !while_.has(scenario.clock.now())) return undefined
        fired()
        const lost = error('TimeoutError', 'no answer in 4000 ms')
        return effect ? { after: lost, afterMs: 4_000 } : { before: lost, delayMs: 4_000 }
      })
    },
  },
  'used token': {
    what: 'a used token answers as nobody documents: nothing happens, or it is refused',
    chance: 0.2,
    apply(scenario, random, fired) {
      const usedToken = { answers: random.pick(['nothing', 'refusal'] as const), noted: fired }
      return { ...scenario, stage: { ...scenario.stage, usedToken } }
    },
  },
  'an hour off': {
    what: 'Scheduler’s zone data differ: it delivers an hour early or late',
    chance: 0.1,
    apply(scenario, random, fired) {
      const off = random.pick([-60, 60]) * MINUTE
      const shifted = scenario.deliveries.map((delivery) => delivered(delivery, off))
      for (const { request } of shifted) if (!('requestId' in request)) fired()
      const moved = { ...scenario, deliveries: shifted, hourLate: off > 0 }
      return { ...moved, stage: { ...scenario.stage, beginsMs: 65 * MINUTE } }
    },
  },
  'delivered again': {
    what: 'deliveries come double at once, and again hours later',
    chance: 0.2,
    apply(scenario, random, fired) {
      const [first] = scenario.deliveries.filter(({ request }) => !('requestId' in request))
      if (!first) return scenario
      const late = [0, random.between(1, 500), random.between(1, 170) * MINUTE]
      const again = late.map((ms) => ({
        ...first,
        at: Math.max(first.at, INSTANT) + ms,
        crash: () => false,
        killed: false,
      }))
      for (const _ of again) fired()
      const onTime = { schedule: 'nightly', scheduledAt: iso(INSTANT) }
      const request = 'leadSeconds' in first.request ? onTime : first.request
      return { ...scenario, deliveries: [...scenario.deliveries, ...again.map((it) => ({ ...it, request }))] }
    },
  },
  'lists lag': {
    what: 'ListSecrets misses some for minutes, and names others twice',
    chance: 0.5,
    apply(scenario, random, fired) {
      if (!scenario.stage.selected) return scenario
      const [hidden, twice] = [someOf(random, secretsOf(scenario)), someOf(random, secretsOf(scenario))]
      const until = INSTANT + random.pick([-MINUTE, 1_000, 5 * MINUTE])
      const listed = (names: string[]) => {
        const lag = scenario.clock.now() < until ? hidden : []
        const seen = names.filter((name) => !lag.includes(name))
        if (seen.length < names.length || twice.length > 0) fired()
        return [...seen, ...seen.filter((name) => twice.includes(name))]
      }
      return { ...scenario, unlisted: hidden, stage: { ...scenario.stage, listed } }
    },
  },
  'rolled back before': {
    what: 'a good rotation left AWSPENDING beside, and AWSCURRENT was moved back by hand',
    chance: 0.12,
    apply(scenario, random, fired) {
      const rolledBack = someOf(random, secretsOf(scenario))
      for (const _ of rolledBack) fired()
      return { ...scenario, stage: { ...scenario.stage, rolledBack } }
    },
  },
  'rolled back meanwhile': {
    what: 'AWSCURRENT is moved back by hand about the instant',
    chance: 0.1,
    apply: (scenario, random, fired) => people(scenario, random, fired, 'move back'),
  },
  'rotation switched off': {
    what: 'the owner switches rotation off about the instant',
    chance: 0.1,
    apply: (scenario, random, fired) => people(scenario, random, fired, 'switch off'),
  },
  'attempted again': {
    what: 'rotation functions fail often, failures are heard of or not, and the schedule has retries',
    chance: 0.35,
    apply(scenario, random, fired) {
      const { stage, seed } = scenario
      const { schedule, ledgerFault = () => ({}) } = stage
      const heardMs = random.pick([undefined, 300, 5_000, 70_000])
      const fails = random.pick([0, 0.2, 0.2, 0.5])
      const windowSeconds = random.pick([schedule?.windowSeconds ?? 1_800, 1_800, 3_600])
      const turns = new Map<string, number>()
      const failing = (event: StepEvent) => {
        const key = nameIn(event.SecretId) + event.Step
        const turn = (turns.get(key) ?? 0) + 1
        turns.set(key, turn)
        const ends = keyed(seed, 'fails', key, turn).chance(fails)
        const slow = stage.step?.(event) ?? { delayMs: 100 }
        return { ...slow, fails: slow.fails === true || (ends && event.Step === 'testSecret') }
      }
      const noted = (call: string) => {
        if (call === 'note attempts') fired()
        return ledgerFault(call)
      }
      return {
        ...scenario,
        stage: {
          ...stage,
          ...(heardMs !== undefined && { heardMs: () => heardMs }),
          repeatedToken: random.pick(['accept', 'ignore', 'refuse']),
          schedule: { ...schedule, windowSeconds, retries: random.between(1, 3) },
          step: failing,
          ledgerFault: noted,
        },
      }
    },
  },
  paused: {
    what: 'the schedule pauses a secret whose rotation has failed',
    chance: 0.25,
    apply(scenario, _random, fired) {
      const { schedule, ledgerFault = () => ({}) } = scenario.stage
      const noted = (call: string) => {
        if (call === 'place') fired()
        return ledgerFault(call)
      }
      const pausing = { ...schedule, pauseAfter: 1 }
      return { ...scenario, stage: { ...scenario.stage, schedule: pausing, ledgerFault: noted } }
    },
  },
  canary: {
    what: 'the schedule has canaries, and in some seeds every function is broken',
    chance: 0.3,
    apply(scenario, random, fired) {
      const { stage } = scenario
      const { schedule, ledgerFault = () => ({}) } = stage
      const { windowSeconds = 1_800 } = schedule ?? {}
      const soaks = [0, 0, 1, 30, 60, 300].filter((seconds) => seconds < windowSeconds)
      const soakSeconds = random.pick(soaks as [number, ...number[]])
      const names = someOf(random, secretsOf(scenario)).slice(0, 3)
      const canary = random.chance(0.3) && names.length > 0 ? names : random.between(1, 2)
      const broken = random.chance(0.4)
      const step = (event: StepEvent) => {
        const end = stage.step?.(event) ?? { delayMs: 100 }
        return { ...end, fails: end.fails === true || (broken && event.Step === 'setSecret') }
      }
      const noted = (call: string) => {
        if (call === 'start') fired()
        return ledgerFault(call)
      }
      const canaried = { ...schedule, canary, ...(soakSeconds > 0 && { soakSeconds }) }
      return { ...scenario, broken, stage: { ...stage, schedule: canaried, step, ledgerFault: noted } }
    },
  },
  'parts stopped': {
    what: 'an operator stops a part of a wave',
    chance: 0.5,
    apply(scenario, random, fired) {
      if (secretsOf(scenario).length <= 40) return scenario
      let left = random.between(1, 2)
      const stopsPart = () => {
        if (left === 0 || !random.chance(0.5)) return false
        left--
        fired()
        return true
      }
      return { ...scenario, stage: { ...scenario.stage, stopsPart } }
    },
  },
  'row refused': {
    what: 'the ledger refuses one secret’s claim for good',
    chance: 0.08,
    apply(scenario, random, fired) {
      const refused = random.pick(secretsOf(scenario) as [string, ...string[]])
      const refusesClaim = (secret: string) => {
        if (secret !== refused) return false
        fired()
        return true
      }
      return { ...scenario, refused, stage: { ...scenario.stage, refusesClaim } }
    },
  },
  'pinned config': {
    what: 'a freeze is deployed while an execution sleeps on the config it began with',
    chance: 0.1,
    apply(scenario, random, fired) {
      // Something else moves its deliveries already.
      if (scenario.stage.beginsMs !== undefined) return scenario
      fired()
      const asleep = scenario.deliveries.map((delivery) => delivered(delivery, -60 * MINUTE))
      const at = INSTANT - random.between(20, 50) * MINUTE
      const keptAt = at + random.between(1_000, 5 * MINUTE)
      const deployed = { at, keptAt, freezes: [FROZEN_NIGHT] }
      const { stage } = scenario
      return { ...scenario, deliveries: asleep, stage: { ...stage, beginsMs: 65 * MINUTE, deployed } }
    },
  },
} satisfies Record<string, Switch>

export type SwitchName = keyof typeof SWITCHES
export const SWITCH_NAMES = Object.keys(SWITCHES) as SwitchName[]

/** A schedule's delivery for an instant that is so much off, and at it. */
function delivered(delivery: Delivery, off: number): Delivery {
  const { request } = delivery
  if ('requestId' in request) return delivery
  const scheduledAt = iso(Date.parse(request.scheduledAt) + off)
  return { ...delivery, at: delivery.at + off, request: { ...request, scheduledAt } }
}

function people(
  scenario: Scenario,
  random: Random,
  fired: () => void,
  act: 'move back' | 'switch off',
): Scenario {
  const does = someOf(random, secretsOf(scenario)).map((secret) => {
    fired()
    return { at: INSTANT + random.between(-50_000, 3 * MINUTE), does: { act, secret } }
  })
  return { ...scenario, people: [...scenario.people, ...does] }
}

/** What is on in a seed: by chance, or exactly these. */
export function switchesOf(seed: number): SwitchName[] {
  return SWITCH_NAMES.filter((name) => {
    const { chance, off } = SWITCHES[name] as Switch
    return off === undefined && keyed(seed, name).chance(chance)
  })
}

/** The scenario with these on; `fired` counts what each has done. */
export function switched(scenario: Scenario, on: SwitchName[]): Scenario {
  return on.reduce((changed, name) => {
    const random = keyed(scenario.seed, `${name}, how`)
    const fired = () => void scenario.fired.set(name, (scenario.fired.get(name) ?? 0) + 1)
    return (SWITCHES[name] as Switch).apply(changed, random, fired)
  }, scenario)
}
