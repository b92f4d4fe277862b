/**
 * Durable executions, run by the SDK's own local runner in real time. The runner keeps one checkpoint worker thread
 * for the whole process: it starts with the first execution and ends when the last local AWS stops.
 *
 * The runner knows an execution by a bare UUID. Handlers see an ARN of AWS's shape instead, so that what they store
 * looks as it will in the cloud; the client in between translates.
 */

import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type DurableExecutionClient,
  type DurableExecutionInvocationInput,
  DurableExecutionInvocationInputWithClient,
  type DurableLambdaHandler,
  type ErrorObject,
  OperationAction,
  OperationType,
} from '@aws/durable-execution-sdk-js'
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing'
import { iso } from '../../model/time.ts'
import { AwsError } from '../../rehearse/secrets-manager/error.ts'
import { functionArn } from '../arn.ts'
import type { Habits } from '../habits.ts'
import { type Callbacks, durableCallbacks, type NotedOperation } from './callbacks.ts'
import { functionError, type Outcome } from './function.ts'
import { durableWire, type Wire } from './wire.ts'

export type Execution = {
  arn: string
  name: string
  functionName: string
  payload: string
  startedAt: number
  outcome: Promise<Outcome>
  /** How it ended, once it has. */
  ended?: { status: ExecutionStatus; at: number; outcome: Outcome }
  /** Ends it as failed, also while it waits. `error`: in whose words it was stopped. */
  stop(error?: ErrorObject): Promise<void>
}

type DurableHabits = Pick<Habits, 'wakeLateMs' | 'executionNames'>

type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'STOPPED'

/** As EventBridge delivers it. Shape: Lambda Developer Guide, durable-monitoring. */
export type ExecutionEvent = {
  source: 'aws.lambda'
  'detail-type': 'Durable Execution Status Change'
  time: string
  resources: []
  detail: {
    durableExecutionArn: string
    durableExecutionName: string
    functionArn: string
    status: ExecutionStatus
    startTimestamp: string
    endTimestamp?: string
  }
}

export type DurableExecutions = {
  /**
   * Executions by name, kept for idempotency as long as the local AWS runs. One name, one execution in the whole account
   * and region, as the developer guide has it (the API model: in a function): the stricter of two readings.
   */
  all: Map<string, Execution>
  callbacks: Callbacks
  wire: Wire
  /** Hear of each execution's status as it changes. No rule stands between. */
  listeners: ((event: ExecutionEvent) => void)[]
  start(request: {
    functionName: string
    version: string
    handler: DurableLambdaHandler
    payload: string
    name?: string | undefined
    /** Functions that it may invoke in turn. */
    others?: Others
  }): Execution
  stop(): Promise<void>
}

/** By every name that an execution may call them. `durable`: in this process, which the runner runs by itself. */
export type Others = Map<
  string,
  { durable: DurableLambdaHandler } | { plain(event: unknown): Promise<unknown> }
>

export function durableExecutions(now: () => number, habits: DurableHabits = {}): DurableExecutions {
  const all = new Map<string, Execution>()
  const callbacks = durableCallbacks()
  const wire = durableWire()
  const listeners: DurableExecutions['listeners'] = []
  let closing = false
  /** What ends with the local AWS itself is nobody's news. */
  const tell = ({ arn, name, startedAt }: Execution, status: ExecutionStatus) => {
    const time = iso(now())
    const detail = {
      ...{ durableExecutionArn: arn, durableExecutionName: name, status },
      functionArn: arn.slice(0, arn.indexOf('/durable-execution/')),
      startTimestamp: iso(startedAt),
      ...(status !== 'RUNNING' && { endTimestamp: time }),
    }
    const event = { source: 'aws.lambda', 'detail-type': 'Durable Execution Status Change' } as const
    if (!closing) for (const hear of listeners) hear({ ...event, time, resources: [], detail })
  }
  let ready: Promise<void> | undefined
  return {
    all,
    callbacks,
    wire,
    listeners,
    start({ functionName, version, handler, payload, name = randomUUID(), others = new Map() }) {
      if (!/^[a-zA-Z0-9-_]{1,64}$/.test(name)) {
        throw new AwsError(
          'InvalidParameterValueException',
          `The durable execution name is not valid: ${name}`,
        )
      }
      const key = habits.executionNames === 'function' ? `${functionName}/${name}` : name
      const known = all.get(key)
      if (known) {
        if (known.payload === payload) return known
        throw new AwsError(
          'DurableExecutionAlreadyStartedException',
          `The durable execution ${name} has already started with another payload.`,
          409,
        )
      }
      ready ??= acquireWorker()
      const arn = `${functionArn(functionName)}:${version}/durable-execution/${name}/${randomUUID()}`
      const run = runExecution({
        arn,
        functionName,
        version,
        handler,
        payload,
        ready,
        others,
        callbacks,
        wire,
        habits,
      })
      const execution: Execution = { arn, name, functionName, payload, startedAt: now(), ...run }
      all.set(key, execution)
      tell(execution, 'RUNNING')
      void run.outcome.then((outcome) => {
        const status = run.wasStopped() ? 'STOPPED' : statusOf(outcome)
        execution.ended = { status, at: now(), outcome }
        tell(execution, status)
      })
      return execution
    },
    async stop() {
      closing = true
      await Promise.all([...all.values()].map((execution) => execution.stop()))
      if (ready) await ready.then(releaseWorker)
      ready = undefined
    },
  }
}

function runExecution(options: {
  arn: string
  functionName: string
  version: string
  handler: DurableLambdaHandler
  payload: string
  ready: Promise<void>
  others: Others
  callbacks: Callbacks
  wire: Wire
  habits: DurableHabits
}): Pick<Execution, 'outcome' | 'stop'> & { wasStopped(): boolean } {
  let runner: LocalDurableTestRunner | undefined
  /** The last invocation, with the last checkpoint token that its execution was given. */
  let last: { event: DurableExecutionInvocationInputWithClient; token: string } | undefined
  let stopped: ErrorObject | undefined
  let ended = false

  const handlerFunction: DurableLambdaHandler = async (event, context) => {
    if (!DurableExecutionInvocationInputWithClient.isInstance(event))
      throw new Error('The runner passed no client.')
    for (let input = event; ; input = await resumed(input, last?.token ?? input.CheckpointToken)) {
      try {
        return await invokeOnce(input, context)
      } catch (error) {
        if (!(error instanceof InvocationLost)) throw error
        await sleep(INVOKED_AGAIN_MS)
      }
    }
  }

  async function invokeOnce(
    event: DurableExecutionInvocationInputWithClient,
    context: Parameters<DurableLambdaHandler>[1],
  ) {
    if (isWoken(event)) await sleep(options.habits.wakeLateMs?.() ?? 0)
    if (stopped) throw Object.assign(new Error(stopped.ErrorMessage), { name: stopped.ErrorType })
    const here = { event, token: event.CheckpointToken }
    last = here
    const noted = (operations: NotedOperation[], token: string | undefined) => {
      if (token !== undefined) here.token = token
      if (runner) options.callbacks.note(operations, runner, () => ended)
    }
    return options.handler(withArn(event, options.arn, noted, options.wire), {
      ...context,
      functionName: options.functionName,
      functionVersion: options.version,
      invokedFunctionArn: `${functionArn(options.functionName)}:${options.version}`,
      awsRequestId: randomUUID(),
    })
  }

  async function run(): Promise<Outcome> {
    try {
      await options.ready
      runner = new LocalDurableTestRunner({ handlerFunction })
      for (const [name, other] of options.others) {
        if ('durable' in other) runner.registerDurableFunction(name, other.durable)
        else runner.registerFunction(name, other.plain)
      }
      const result = await runner.run({ payload: JSON.parse(options.payload) })
      if (result.getStatus() === 'SUCCEEDED') return { result: JSON.stringify(result.getResult() ?? null) }
      const { errorType = 'Error', errorMessage = 'The execution failed.', stackTrace } = result.getError()
      return { error: { errorType, errorMessage, trace: stackTrace ?? [] } }
    } catch (error) {
      return { error: functionError(error) }
    } finally {
      ended = true
    }
  }

  const outcome = run()
  return {
    outcome,
    wasStopped: () => stopped !== undefined,
    async stop(error = STOPPED) {
      if (ended) return
      stopped = error
      // An invocation that is just checkpointing changes the token meanwhile: then its next one will do.
      while (
        last &&
        !ended &&
        !(await failExecution(last, error).then(
          () => true,
          () => false,
        ))
      )
        await sleep(20)
      await outcome
    },
  }
}

/**
 * An invocation of a durable function that ended without an answer: its process died, or threw. Lambda invokes it
 * again, and it goes on from its checkpoints. When is not documented.
 */
export class InvocationLost extends Error {
  override readonly name = 'InvocationLost'
}

const INVOKED_AGAIN_MS = 1_000

/** The next invocation of an execution whose last one was lost: with all that was checkpointed. */
async function resumed(
  event: DurableExecutionInvocationInputWithClient,
  token: string,
): Promise<DurableExecutionInvocationInputWithClient> {
  const { durableExecutionClient: client, DurableExecutionArn } = event
  const { Operations = [] } = await client.getExecutionState({ DurableExecutionArn, CheckpointToken: token })
  const input = { ...event, CheckpointToken: token, InitialExecutionState: { Operations } }
  return new DurableExecutionInvocationInputWithClient(input, client)
}

/** Whether this invocation goes on from checkpoints. */
const isWoken = ({ InitialExecutionState }: DurableExecutionInvocationInputWithClient) =>
  InitialExecutionState.Operations.length > 1

const STOPPED = { ErrorType: 'Stopped', ErrorMessage: 'The local AWS has stopped.' }

function statusOf(outcome: Outcome): 'SUCCEEDED' | 'FAILED' | 'STOPPED' {
  if ('result' in outcome) return 'SUCCEEDED'
  return outcome.error.errorType === STOPPED.ErrorType ? 'STOPPED' : 'FAILED'
}

/** The runner has no way to give up an execution that waits; a failing checkpoint of the execution itself ends it. */
async function failExecution(
  { event, token }: { event: DurableExecutionInvocationInputWithClient; token: string },
  error: ErrorObject,
): Promise<void> {
  const Id = event.InitialExecutionState.Operations.find((it) => it.Type === OperationType.EXECUTION)?.Id
  if (!Id) throw new Error('The execution has no operation of its own.')
  await event.durableExecutionClient.checkpoint({
    DurableExecutionArn: event.DurableExecutionArn,
    CheckpointToken: token,
    Updates: [
      {
        Id,
        Type: OperationType.EXECUTION,
        Action: OperationAction.FAIL,
        Error: error,
      },
    ],
  })
}

function withArn(
  event: DurableExecutionInvocationInputWithClient,
  arn: string,
  note: (operations: NotedOperation[], token: string | undefined) => void,
  wire: Wire,
) {
  const { durableExecutionClient: inner, DurableExecutionArn } = event
  // The runner's own token of this invocation: the one that the function has to show is the wire's.
  let token = event.CheckpointToken
  const client: DurableExecutionClient = {
    getExecutionState: (params, logger) =>
      inner.getExecutionState({ ...params, DurableExecutionArn, CheckpointToken: token }, logger),
    async checkpoint(params, logger) {
      const answer = await inner.checkpoint(
        { ...params, DurableExecutionArn, CheckpointToken: token },
        logger,
      )
      token = answer.CheckpointToken ?? token
      note(answer.NewExecutionState?.Operations ?? [], answer.CheckpointToken)
      return answer
    },
  }
  const CheckpointToken = wire.begin(arn, client)
  const input: DurableExecutionInvocationInput = { ...event, DurableExecutionArn: arn, CheckpointToken }
  return new DurableExecutionInvocationInputWithClient(input, client)
}

let holders = 0

async function acquireWorker() {
  holders++
  if (holders === 1) await LocalDurableTestRunner.setupTestEnvironment({ skipTime: false })
}

async function releaseWorker() {
  holders--
  if (holders === 0) await LocalDurableTestRunner.teardownTestEnvironment()
}
