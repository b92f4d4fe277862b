import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js'
import { ACCOUNT, REGION } from './arn.ts'
import type { ChangeCalendars } from './change-calendar.ts'
import type { PutEvent } from './events.ts'
import type { Fault } from './fault.ts'
import type { Call } from './http.ts'
import type { LocalFunction } from './lambda/function.ts'
import { noLookUps } from './look-ups.ts'
import type { DeadLetter } from './scheduler/deliver.ts'
import type { SecretsState } from './secrets-manager/secret.ts'
import type { Published } from './sns.ts'
import type { LocalRole } from './sts.ts'

export type LocalState = ReturnType<typeof createState>

/** What the services hold: for tests to set up what no API can, and to see what came. Each service takes its own. */
export function createState() {
  const secretsManager: SecretsState = { secrets: new Map(), listeners: [] }
  return {
    /** Plain functions by name. */
    functions: new Map<string, LocalFunction>(),
    /** Durable functions by name, invoked through a qualifier (`name:live`) only. */
    durableFunctions: new Map<string, DurableLambdaHandler>(),
    /** What goes wrong on purpose, from now on. */
    faults: [] as Fault[],
    /** What was asked over HTTP: names only. */
    calls: [] as Call[],
    /** What the Scheduler gave up to deliver, where the schedule names a dead-letter queue. */
    deadLetters: [] as DeadLetter[],
    /** Secrets Manager's own state, and its events. */
    secretsManager,
    /** The same of another account or region; `secretsManager` is that of the local AWS's own. */
    secretsIn: secretsByPlace(secretsManager),
    /** Roles that may be assumed, by ARN: none but those that are put here. */
    roles: new Map<string, LocalRole>(),
    /** Systems Manager's Change Calendars by name: none but those that are put here. */
    changeCalendars: new Map() as ChangeCalendars,
    /** What SNS was given to publish. */
    published: [] as Published[],
    /** What EventBridge was given, on the default bus. */
    putEvents: [] as PutEvent[],
    /** What `npx aws-tourbillon doctor` sees beside all that: nothing but what is put here. */
    lookUps: noLookUps(),
  }
}

function secretsByPlace(own: SecretsState): (account: string, region: string) => SecretsState {
  const known = new Map([[`${ACCOUNT}/${REGION}`, own]])
  return (account, region) => {
    const key = `${account}/${region}`
    const state = known.get(key) ?? { secrets: new Map(), listeners: [], place: { account, region } }
    known.set(key, state)
    return state
  }
}
