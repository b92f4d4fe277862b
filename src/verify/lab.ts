import type { FactName, SeenBy } from '../model/facts.ts'
import type { Arrival } from './functions/arrivals.ts'
import type { Told } from './functions/durable.ts'
import type { Answers, Asked } from './functions/probe.ts'
import type { Canary, VerifyNames } from './names.ts'
import type { TriedZone } from './zones.ts'

/** A time and its passing. `sleep` rejects once nobody waits any more. Epoch ms, ms. */
export type Clock = { now(): number; sleep(ms: number): Promise<void> }

/** What probes work with: the throw-away stack, once it stands. All of it is rejected once somebody has interrupted. */
export type Lab = Clock & {
  names: VerifyNames
  /** ARNs. */
  secrets: Record<Canary, string>
  /** The longest that is waited for what may never come, ms. */
  patienceMs: number
  zones: TriedZone[]
  /** UUIDs. */
  newId(): string
  /** Asks the probe function, or the one that may not invoke. */
  ask<Question extends Asked>(asked: Question, without?: boolean): Promise<Answers[Question['do']]>
  /** Makes a schedule for `seen`, with an end of its own; `input` comes with it. */
  schedule(made: { name: string; expression: string; timezone?: string; input: Delivery }): Promise<void>
  /** Starts a durable execution. Version `1` is the code as it was sent. */
  start(of: DurableFunction, told: Told, options?: { qualifier?: string; name?: string }): Promise<Started>
  /** Ends an execution. */
  stop(execution: string): Promise<void>
  /** An alias on version 1; answers with what moves it to a new version, which it publishes and names. */
  alias(of: DurableFunction, name: string): Promise<() => Promise<string>>
  /** All that has arrived so far. */
  arrivals(): Promise<Arrival[]>
}

type DurableFunction = 'durable' | 'durableToo' | 'durableWaits'

/** `execution`: its ARN, where AWS answers it. `isTaken`: there is one of that name, with something else to do. */
export type Started = { execution?: string | undefined; isTaken?: true }

/** What a schedule hands to `seen`. `set`: the instant, epoch ms. */
type Delivery = { schedule: string; set: number; offset?: number }

/**
 * One experiment: what it does, what it reads, and which facts come of it. `see` takes a fact as soon as it is seen; what
 * is not seen by its end, or by its error, is UNKNOWN for that reason.
 */
export type Probe = {
  facts: readonly FactName[]
  run(lab: Lab, see: See): Promise<void>
}

export type See = <Name extends FactName>(name: Name, seen: SeenBy[Name]) => void

const LOOK_EVERY_MS = 2_000

/** Looks at what has arrived until something is found; undefined after `ms`. */
export async function until<T>(
  lab: Pick<Lab, 'arrivals' | 'now' | 'sleep'>,
  ms: number,
  find: (arrivals: Arrival[]) => T | undefined,
): Promise<T | undefined> {
  for (const end = lab.now() + ms; ; await lab.sleep(LOOK_EVERY_MS)) {
    const found = find(await lab.arrivals())
    if (found !== undefined || lab.now() >= end) return found
  }
}

/** As long as that, or as long as anybody waits. */
export function atMost({ patienceMs }: Pick<Lab, 'patienceMs'>, ms: number): number {
  return Math.min(ms, patienceMs)
}

/** Steps of one rotation, as Secrets Manager asked for them. */
export function stepsOf(arrivals: Arrival[], token: string): (Arrival & { kind: 'step' })[] {
  return arrivals
    .filter((it) => it.kind === 'step')
    .filter((it) => it.token === token)
    .sort(byTime)
}

/** What the executions of one run noted under this word. */
export function notesOf(
  arrivals: Arrival[],
  run: string,
  noted: string,
): (Arrival & { kind: 'execution' })[] {
  return arrivals
    .filter((it) => it.kind === 'execution')
    .filter((it) => it.noted === noted && it.id.startsWith(`execution#${run}#`))
    .sort(byTime)
}

/** Events that hold this text, parsed. */
export function eventsWith(arrivals: Arrival[], text: string): { at: number; event: Event }[] {
  return arrivals
    .filter((it) => it.kind === 'event')
    .filter((it) => it.text.includes(text))
    .sort(byTime)
    .map(({ at, text: json }) => ({ at, event: JSON.parse(json) as Event }))
}

/** Of EventBridge, of SNS, or what a schedule hands over. */
export type Event = {
  'detail-type'?: string
  detail?: Record<string, unknown>
  Records?: { Sns?: { Message?: string; MessageAttributes?: object } }[]
  [key: string]: unknown
}

const byTime = (a: Arrival, b: Arrival) => a.at - b.at
