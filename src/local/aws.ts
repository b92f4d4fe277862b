import { randomInt } from 'node:crypto'
import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js'
import { ACCOUNT, functionArn, parseFunction, REGION } from './arn.ts'
import { dynamodb } from './dynamodb.ts'
import { eventBridge, type PutEvent } from './events.ts'
import type { Fault } from './fault.ts'
import { type Call, listen } from './http.ts'
import { durableExecutions, type Execution, type ExecutionEvent } from './lambda/durable.ts'
import type { LocalFunction } from './lambda/function.ts'
import type { Lambda } from './lambda/invoke.ts'
import { lambdaService } from './lambda/service.ts'
import { lookUpServices } from './look-ups/services.ts'
import { type LookUps, noLookUps } from './look-ups/state.ts'
import { rotationEnvironment } from './rotation-environment.ts'
import type { DeadLetter } from './scheduler/deliver.ts'
import { scheduler } from './scheduler/scheduler.ts'
import type { SecretsState } from './secrets-manager/secret.ts'
import { secretsManager } from './secrets-manager/service.ts'
import type { Unkind } from './secrets-manager/unkind.ts'
import { type Published, sns } from './sns.ts'
import type { ChangeCalendars } from './ssm/calendar.ts'
import { systemsManager } from './ssm/service.ts'
import { type LocalRole, sts } from './sts.ts'

export type { Fault } from './fault.ts'
export { InvocationLost } from './lambda/durable.ts'
export type { LocalFunction } from './lambda/function.ts'

export type LocalAws = {
  /** `http://127.0.0.1:PORT`: one endpoint for every service. */
  endpoint: string
  /** What a process or a client needs to talk to it and to nothing else. */
  env: Record<string, string>
  arnOfFunction(name: string): string
  /** Plain functions by name. */
  functions: Map<string, LocalFunction>
  /** Durable functions by name, invoked through a qualifier (`name:live`) only. */
  durableFunctions: Map<string, DurableLambdaHandler>
  /** Durable executions by function and name, ended ones too. */
  executions: Map<string, Execution>
  /** Hear of durable executions as EventBridge would tell of them. */
  executionListeners: ((event: ExecutionEvent) => void)[]
  /** What goes wrong on purpose, from now on. */
  faults: Fault[]
  /** What was asked over HTTP: names only. */
  calls: Call[]
  /** What the Scheduler gave up to deliver, where the schedule names a dead-letter queue. */
  deadLetters: DeadLetter[]
  /** Secrets Manager's own state: for what no API can set up, and for its events. */
  secretsManager: SecretsState
  /** Its state in another account or region; `secretsManager` is that of the local AWS's own. */
  secretsIn(account: string, region: string): SecretsState
  /** Roles that may be assumed, by ARN: none but those that are put here. */
  roles: Map<string, LocalRole>
  /** Systems Manager's Change Calendars by name: none but those that are put here. */
  changeCalendars: ChangeCalendars
  /** What SNS was given to publish. */
  published: Published[]
  /** What EventBridge was given, on the default bus. */
  putEvents: PutEvent[]
  /** What `tourbillon doctor` sees beside all that: nothing but what is put here. */
  lookUps: LookUps
  /** Ends everything: sockets, timers, executions. The process can then exit by itself. */
  stop(): Promise<void>
}

export type LocalAwsOptions = {
  /** Default: a free one. */
  port?: number
  /** Where in its minute a schedule fires, in milliseconds from the scheduled instant; default anywhere, as on AWS. */
  jitterMs?: () => number
  now?: () => number
  log?: (line: string) => void
  /** Waits before an asynchronous invocation runs again after a function error; Lambda's own are minutes. */
  asyncRetryDelaysMs?: number[]
  /** Wait before the Scheduler's second attempt at a target that refuses; doubles each time. */
  deliveryRetryMs?: number
  /** Waits before Secrets Manager attempts a failed rotation again by itself; default: it does not. */
  rotationRetryDelaysMs?: number[]
  /** What RotateSecret answers to a used token: see `RotationEnvironment`. */
  repeatedToken?: 'accept' | 'refuse'
  /** The id of the version that RotateSecret makes of a token: see `RotationEnvironment`. */
  versionIdOf?: (token: string) => string
  /** How late and how twice Secrets Manager is seen. */
  unkind?: Unkind
}

/** A small AWS on loopback, driven by unmodified SDK clients. A development aid: nothing is kept or protected. */
export async function startLocalAws(options: LocalAwsOptions = {}): Promise<LocalAws> {
  const { now = Date.now, log = () => {} } = options
  const stopping = new AbortController()
  const background = (work: () => Promise<void>) => {
    work().catch((error: unknown) => {
      if (!stopping.signal.aborted) log(`local AWS: ${String(error)}`)
    })
  }
  const faults: Fault[] = []
  const calls: Call[] = []
  const lambda: Lambda = {
    functions: new Map(),
    durableFunctions: new Map(),
    executions: durableExecutions(now),
    asyncRetryDelaysMs: options.asyncRetryDelaysMs ?? [1000, 2000],
    background,
    signal: stopping.signal,
    log,
  }
  const deadLetters: DeadLetter[] = []
  const clock = scheduler({
    lambda,
    faults,
    deadLetters,
    now,
    retryDelayMs: options.deliveryRetryMs ?? 1000,
    jitterMs: options.jitterMs ?? (() => randomInt(60_000)),
    background,
  })
  const state: SecretsState = { secrets: new Map(), listeners: [] }
  const changeCalendars: ChangeCalendars = new Map()
  const roles = new Map<string, LocalRole>()
  const published: Published[] = []
  const putEvents: PutEvent[] = []
  const lookUps = noLookUps()
  const elsewhere = new Map<string, SecretsState>()
  const secretsIn = (account: string, region: string): SecretsState => {
    if (account === ACCOUNT && region === REGION) return state
    const key = `${account}/${region}`
    const known = elsewhere.get(key) ?? { secrets: new Map(), listeners: [], place: { account, region } }
    elsewhere.set(key, known)
    return known
  }
  const environment = rotationEnvironment({
    lambda,
    faults,
    now,
    log,
    repeatedToken: options.repeatedToken ?? 'accept',
    retryDelaysMs: options.rotationRetryDelaysMs ?? [],
    versionIdOf: options.versionIdOf,
  })
  const server = await listen({
    port: options.port ?? 0,
    services: [
      ...lookUpServices(lookUps, lambda),
      secretsManager(
        ({ account, region }) => ({
          state: secretsIn(account, region),
          environment,
          functionExists: (arn) => lambda.functions.has(parseFunction(arn).name),
          background,
        }),
        options.unkind,
      ),
      clock,
      lambdaService(lambda),
      dynamodb(),
      systemsManager(changeCalendars, now),
      sts(roles, now),
      sns(published),
      eventBridge(putEvents),
    ],
    faults,
    calls,
    now,
    log,
  })
  const endpoint = `http://127.0.0.1:${server.port}`
  return {
    endpoint,
    env: environmentFor(endpoint),
    arnOfFunction: functionArn,
    functions: lambda.functions,
    durableFunctions: lambda.durableFunctions,
    executions: lambda.executions.all,
    executionListeners: lambda.executions.listeners,
    faults,
    calls,
    deadLetters,
    secretsManager: state,
    changeCalendars,
    roles,
    published,
    putEvents,
    lookUps,
    secretsIn,
    async stop() {
      stopping.abort()
      clock.stop()
      await lambda.executions.stop()
      await server.close()
    },
  }
}

/** Also what would otherwise lead an SDK elsewhere: a profile, a session, an endpoint for one service. */
function environmentFor(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_ENDPOINT_URL_EVENTBRIDGE: endpoint,
    AWS_ENDPOINT_URL_EC2: endpoint,
    AWS_ENDPOINT_URL_IAM: endpoint,
    AWS_ENDPOINT_URL_SQS: endpoint,
    AWS_ENDPOINT_URL_LAMBDA: endpoint,
    AWS_ENDPOINT_URL_SCHEDULER: endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint,
    AWS_ENDPOINT_URL_SNS: endpoint,
    AWS_ENDPOINT_URL_SSM: endpoint,
    AWS_ENDPOINT_URL_STS: endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: '',
    AWS_PROFILE: '',
  }
}
