import { randomInt, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RepeatedToken } from '../rehearse/secrets-manager/rotation.ts'
import type { Unkind } from '../rehearse/secrets-manager/unkind.ts'
import { alarmsHear } from './alarms.ts'
import { functionArn, parseFunction, REGION } from './arn.ts'
import { resourceKinds } from './cloudformation/kinds.ts'
import { cloudFormation } from './cloudformation/service.ts'
import { cloudFormationStacks } from './cloudformation/stacks.ts'
import { cloudTrail } from './cloudtrail.ts'
import { dynamodb } from './dynamodb.ts'
import { ec2 } from './ec2.ts'
import { ecs } from './ecs.ts'
import { eventBridge, eventBus } from './events.ts'
import type { Habits } from './habits.ts'
import { listen } from './http.ts'
import { iam } from './iam.ts'
import { durableExecutions, type Execution, type ExecutionEvent } from './lambda/durable.ts'
import type { Lambda } from './lambda/invoke.ts'
import { lambdaService } from './lambda/service.ts'
import { type BusEvent, wholeSecond } from './news.ts'
import { queues } from './queues.ts'
import { rds } from './rds.ts'
import { rotationEnvironment } from './rotation-environment.ts'
import { scheduler } from './scheduler/scheduler.ts'
import { secretsManager } from './secrets-manager/service.ts'
import { toldOf } from './secrets-manager/told.ts'
import { SERVICES } from './services.ts'
import { sns, topics } from './sns.ts'
import { sqs } from './sqs.ts'
import { systemsManager } from './ssm.ts'
import { createState, type LocalState } from './state.ts'
import { sts } from './sts.ts'

export type { Fault } from './fault.ts'
export { InvocationLost } from './lambda/durable.ts'
export type { LocalFunction } from './lambda/function.ts'

export type LocalAws = LocalState & {
  /** `http://127.0.0.1:PORT`: one endpoint for every service. */
  endpoint: string
  /** What a process or a client needs to talk to it and to nothing else. */
  env: Record<string, string>
  arnOfFunction(name: string): string
  /** Durable executions by function and name, ended ones too. */
  executions: Map<string, Execution>
  /** Hear of durable executions as EventBridge would tell of them. */
  executionListeners: ((event: ExecutionEvent) => void)[]
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
  repeatedToken?: RepeatedToken
  /** The id of the version that RotateSecret makes of a token: see `RotationEnvironment`. */
  versionIdOf?: (token: string) => string
  /** How the ARN of a secret of this name ends: see `RotationEnvironment`. */
  suffix?: (name: string) => string
  /** How late and how twice Secrets Manager is seen. */
  unkind?: Unkind
  /** What is in no document, or may be otherwise. */
  habits?: Habits
  /** How long a stack takes for each resource; AWS: seconds. */
  stackStepMs?: number
  /** How long after it ends an execution rings an alarm; AWS: minutes. */
  alarmDelayMs?: number
  /** What processes of deployed functions get in their environment, beside this AWS and their own. */
  functionEnv?: Record<string, string>
}

/** A small AWS on loopback, driven by unmodified SDK clients. A development aid: nothing is kept or protected. */
export async function startLocalAws(options: LocalAwsOptions = {}): Promise<LocalAws> {
  const { now = Date.now, log = () => {}, habits = {} } = options
  const stopping = new AbortController()
  const background = (work: () => Promise<void>) => {
    work().catch((error: unknown) => {
      if (!stopping.signal.aborted) log(`local AWS: ${String(error)}`)
    })
  }
  const state = createState()
  const { faults, calls, deadLetters, lookUps } = state
  const lambda: Lambda = {
    functions: state.functions,
    durableFunctions: state.durableFunctions,
    deployed: state.deployed,
    deadLetter(topic, text, { errorType, errorMessage }) {
      const attributes = {
        RequestID: randomUUID(),
        ErrorCode: errorType,
        ErrorMessage: errorMessage.slice(0, 1024),
      }
      send({ topic, subject: '', text, attributes })
    },
    executions: durableExecutions(now, habits),
    asyncRetryDelaysMs: options.asyncRetryDelaysMs ?? [1000, 2000],
    background,
    signal: stopping.signal,
    log,
  }
  const send = topics({ ...state, lambda, now, ...habits })
  const bus = eventBus(state.rules, lambda, habits.heard, queues(state.eventSources, lambda))
  const record = (event: BusEvent) => {
    state.history.push(event)
    if (state.history.length > 10_000) state.history.shift()
    for (const lateMs of habits.trail?.(event) ?? [0])
      background(async () => {
        await sleep(lateMs, undefined, { signal: stopping.signal })
        bus.tell(event)
      })
  }
  lambda.executions.listeners.push(
    bus.tell,
    alarmsHear({
      ...state,
      send,
      now,
      delayMs: options.alarmDelayMs ?? 60_000,
      background,
      signal: stopping.signal,
    }),
  )
  state.secretsManager.listeners.push((event) => {
    const told = toldOf(event)
    if (told) bus.tell(told)
  })
  const clock = scheduler({
    scheduledTime: habits.scheduledTime ?? wholeSecond,
    zoneOf: habits.zoneOf,
    lambda,
    faults,
    deadLetters,
    now,
    retryDelayMs: options.deliveryRetryMs ?? 1000,
    jitterMs: options.jitterMs ?? (() => randomInt(60_000)),
    background,
  })
  const environment = rotationEnvironment({ ...options, lambda, faults, now, log })
  const secrets = secretsManager(
    ({ account, region, accessKeyId }) => ({
      state: state.secretsIn(account, region),
      environment,
      functionExists: (arn) => mayRotate(lambda, arn),
      ...(habits.rotateNeedsInvoke !== false &&
        state.stackRoles.get(accessKeyId)?.includes('lambda:InvokeFunction') === false && {
          lacksInvoke: accessKeyId,
        }),
      background,
    }),
    options.unkind,
    record,
  )
  let endpoint = ''
  const kinds = resourceKinds({
    ...state,
    lambda,
    endpoint: () => endpoint,
    functionEnv: () => ({ ...environmentFor(endpoint), ...options.functionEnv }),
    now,
    goesOnWith: habits.goesOnWith ?? 'own',
  })
  const stacks = cloudFormationStacks({
    ...{ all: state.stacks, kinds, faults, now, background, signal: stopping.signal },
    stepMs: options.stackStepMs ?? 100,
  })
  const server = await listen({
    port: options.port ?? 0,
    services: [
      secrets,
      clock,
      lambdaService(lambda, lookUps),
      dynamodb(),
      systemsManager({ ...state, now }),
      ecs({ ...state, now }),
      sts(state, now),
      sns(send, lookUps),
      eventBridge(state.putEvents, bus, now),
      cloudFormation(stacks),
      ec2(lookUps),
      iam(lookUps),
      sqs(lookUps),
      rds(state),
      cloudTrail({ ...state, habits, now }),
    ],
    ...{ faults, calls, now, log },
  })
  endpoint = `http://127.0.0.1:${server.port}`
  return {
    ...state,
    endpoint,
    env: environmentFor(endpoint),
    arnOfFunction: functionArn,
    executions: lambda.executions.all,
    executionListeners: lambda.executions.listeners,
    async stop() {
      stopping.abort()
      clock.stop()
      await lambda.executions.stop()
      await Promise.all([...state.deployed.values()].map((it) => it.stop()))
      await server.close()
    },
  }
}

/** A function of a stack has to let Secrets Manager invoke it. */
function mayRotate({ functions, deployed }: Lambda, arn: string): boolean {
  const { name } = parseFunction(arn)
  return deployed.get(name)?.principals.has('secretsmanager.amazonaws.com') ?? functions.has(name)
}

/** Also what would otherwise lead an SDK elsewhere: a profile, a session, an endpoint for one service. */
function environmentFor(endpoint: string): Record<string, string> {
  const endpoints = Object.values(SERVICES).map(({ sdk }) => [`AWS_ENDPOINT_URL_${sdk}`, endpoint])
  return {
    AWS_ENDPOINT_URL: endpoint,
    ...Object.fromEntries(endpoints),
    AWS_REGION: REGION,
    // For Python’s SDK and the CLI made of it.
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: '',
    AWS_PROFILE: '',
  }
}
