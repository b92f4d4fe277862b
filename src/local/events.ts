import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { actionOn } from '../rehearse/secrets-manager/input.ts'
import { ACCOUNT, parseFunction, REGION } from './arn.ts'
import type { LocalService } from './http.ts'
import { invoke, type Lambda } from './lambda/invoke.ts'
import { type BusEvent, wholeSecond } from './news.ts'
import { jsonService } from './protocols/json.ts'

/** An event as it was put on the default bus; `Time` in seconds. */
export type PutEvent = z.output<typeof Entry>

/** A rule of the default bus. `targets`: ARNs of functions and queues. `all`: it hears of read-only calls, too. */
export type Rule = { pattern: Pattern; targets: string[]; all?: boolean }

/** Field by field: a list of values of which one must be there, or an object of fields. */
export type Pattern = { [field: string]: Pattern | (string | boolean | { prefix: string })[] }

export type EventBus = { tell(event: BusEvent): void }

/**
 * The default bus: rules by name, whose functions are invoked asynchronously, where their policies allow it.
 * `heard`: what comes of an event, for it may be another or none.
 */
export function eventBus(
  rules: Map<string, Rule>,
  lambda: Lambda,
  heard: (event: BusEvent) => BusEvent | undefined = (event) => event,
  send: (queueArn: string, body: string) => void = () => {},
): EventBus {
  return {
    tell(said) {
      const event = heard(said)
      if (event === undefined) return
      const own = { version: '0', id: randomUUID(), account: ACCOUNT, region: REGION }
      const whole = { ...own, ...event }
      const payload = JSON.stringify(whole)
      const hearing = [...rules.values()].filter((rule) => hears(rule, whole))
      for (const target of hearing.flatMap(({ targets }) => targets)) {
        if (target.includes(':sqs:')) send(target, payload)
        else deliver(lambda, 'events.amazonaws.com', target, payload)
      }
    },
  }
}

/** Read-only calls come to no rule that is merely ENABLED. Source: EventBridge User Guide, eb-service-event-cloudtrail-management. */
function hears({ pattern, all = false }: Rule, event: BusEvent): boolean {
  const isReadOnly = 'readOnly' in event.detail && event.detail.readOnly === true
  return (all || !isReadOnly) && matches(pattern, event)
}

/** A service hands something to a function, which has to let it. */
export function deliver(lambda: Lambda, principal: string, functionName: string, payload: string): void {
  const deployed = lambda.deployed.get(parseFunction(functionName).name)
  if (deployed && !deployed.principals.has(principal)) {
    lambda.log(`${principal} may not invoke ${functionName}`)
    return
  }
  lambda.background(async () => void (await invoke(lambda, { functionName, type: 'Event', payload })))
}

/** Source: EventBridge User Guide, eb-create-pattern-operators. */
function matches(pattern: Pattern, event: object): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    const found: unknown = (event as Record<string, unknown>)[field]
    if (!Array.isArray(wanted)) return typeof found === 'object' && found !== null && matches(wanted, found)
    const values = Array.isArray(found) ? found : [found]
    return wanted.some((it) =>
      values.some((value) =>
        typeof it === 'object' ? typeof value === 'string' && value.startsWith(it.prefix) : value === it,
      ),
    )
  })
}

const Entry = z.strictObject({
  Source: z.string().regex(/^(?!aws\.)./),
  DetailType: z.string().min(1).max(128),
  Detail: z.string().refine((text) => typeof JSON.parse(text) === 'object'),
  Time: z.number().optional(),
  Resources: z.array(z.string()).optional(),
})

/** Source: EventBridge API reference, PutEvents: one to ten entries, sources that do not begin with `aws.`. */
const Input = z.strictObject({ Entries: z.array(Entry).min(1).max(10) })

type Context = { put: PutEvent[]; bus: EventBus; now(): number }

const putEvents = actionOn<Context>()(Input, ({ put, bus, now }, { Entries }) => {
  put.push(...Entries)
  for (const { Source, DetailType, Detail, Time, Resources } of Entries) {
    bus.tell({
      source: Source,
      'detail-type': DetailType,
      time: wholeSecond(Time === undefined ? now() : Time * 1_000),
      resources: Resources ?? [],
      detail: JSON.parse(Detail) as object,
    })
  }
  return { FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: randomUUID() })) }
})

/** EventBridge: PutEvents on the default bus. */
export function eventBridge(put: PutEvent[], bus: EventBus, now: () => number): LocalService {
  return jsonService({
    name: 'events',
    target: 'AWSEvents',
    title: 'EventBridge',
    actions: { PutEvents: putEvents },
    context: () => ({ put, bus, now }),
  })
}
