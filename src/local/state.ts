import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js'
import type { SecretsState } from '../rehearse/secrets-manager/secret.ts'
import type { Alarm } from './alarms.ts'
import { ACCOUNT, REGION } from './arn.ts'
import type { ChangeCalendars } from './change-calendar.ts'
import type { Stack } from './cloudformation/stacks.ts'
import type { LocalEcsService, LocalTaskDefinition } from './ecs.ts'
import type { PutEvent, Rule } from './events.ts'
import type { Fault } from './fault.ts'
import type { Call } from './http.ts'
import type { DeployedFunction } from './lambda/deployed.ts'
import type { LocalFunction } from './lambda/function.ts'
import { noLookUps } from './look-ups.ts'
import type { BusEvent, Published } from './news.ts'
import type { LocalCaller } from './presigned.ts'
import type { EventSource } from './queues.ts'
import type { LocalProxy } from './rds.ts'
import type { LocalRunbook, RunbookExecution } from './runbooks.ts'
import type { DeadLetter } from './scheduler/deliver.ts'
import type { Subscription } from './sns.ts'
import type { LocalRole } from './sts.ts'

export type LocalState = ReturnType<typeof createState>

/** What the services hold: for tests to set up what no API can, and to see what came. Each service takes its own. */
export function createState() {
  const place = { account: ACCOUNT, region: REGION }
  const secretsManager: SecretsState = { secrets: new Map(), listeners: [], place }
  return {
    /** Plain functions by name. */
    functions: new Map<string, LocalFunction>(),
    /** Durable functions by name, invoked through a qualifier (`name:live`) only. */
    durableFunctions: new Map<string, DurableLambdaHandler>(),
    /** Functions that a stack made, by name, with the code that was sent. */
    deployed: new Map<string, DeployedFunction>(),
    /** CloudFormation's stacks by ARN, deleted ones too. */
    stacks: new Map<string, Stack>(),
    /** What stacks made beside functions and what other services hold. */
    ...madeByStacks(),
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
    /** Whose a key is, by its id, beside `local`: what STS verifies a presigned request by. */
    callers: new Map<string, LocalCaller>([
      ['local', { secret: 'local', arn: `arn:aws:iam::${ACCOUNT}:user/local` }],
    ]),
    /** Roles that may be assumed, by ARN: none but those that are put here. */
    roles: new Map<string, LocalRole>(),
    /** Systems Manager's Change Calendars by name: none but those that are put here. */
    changeCalendars: new Map() as ChangeCalendars,
    /** ECS's services by `cluster/service`: none but those that are put here. */
    ecsServices: new Map<string, LocalEcsService>(),
    /** Their task definitions by `family:revision`. */
    taskDefinitions: new Map<string, LocalTaskDefinition>(),
    /** RDS Proxies: none but those that are put here. */
    proxies: [] as LocalProxy[],
    /** CloudTrail's records of reads: those that EventBridge loses, too. */
    history: [] as BusEvent[],
    /** Systems Manager's runbooks by name, and their executions by id. */
    runbooks: new Map<string, LocalRunbook>(),
    runbookExecutions: new Map<string, RunbookExecution>(),
    /** What SNS was given to publish. */
    published: [] as Published[],
    /** What EventBridge was given, on the default bus. */
    putEvents: [] as PutEvent[],
    /** What `npx aws-tourbillon doctor` sees beside all that: nothing but what is put here. */
    lookUps: noLookUps(),
  }
}

function madeByStacks() {
  return {
    /** Rules of the default bus, by name. */
    rules: new Map<string, Rule>(),
    /** SQS queues that functions take from, by ARN. */
    eventSources: new Map<string, EventSource>(),
    /** Functions that hear of a topic. */
    subscriptions: [] as Subscription[],
    /** Alarms by name. */
    alarms: new Map<string, Alarm>(),
    /** Roles by name, with the actions that their policies allow. */
    stackRoles: new Map<string, string[]>(),
    /** Topics and log groups, by ARN. */
    named: new Set<string>(),
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
