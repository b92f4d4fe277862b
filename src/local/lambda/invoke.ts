import { setTimeout as sleep } from 'node:timers/promises'
import { AwsError } from '../../rehearse/secrets-manager/error.ts'
import { functionArn, parseFunction } from '../arn.ts'
import type { DeployedFunction } from './deployed.ts'
import type { DurableExecutions, Others } from './durable.ts'
import {
  type FunctionError,
  type LambdaState,
  type LocalFunction,
  type Outcome,
  runFunction,
} from './function.ts'

export type Invocation = {
  /** A name, a partial ARN or an ARN, each with an optional qualifier. */
  functionName: string
  qualifier?: string | undefined
  type: 'RequestResponse' | 'Event' | 'DryRun'
  /** JSON text. */
  payload: string
  durableExecutionName?: string | undefined
}

type Invoked = { status: 200 | 202 | 204; version: string; executionArn?: string; outcome?: Outcome }

export type Lambda = LambdaState & {
  executions: DurableExecutions
  /** Functions whose code was sent: each stands among the functions or the durable ones, too. */
  deployed: Map<string, DeployedFunction>
  /** Takes what an asynchronous invocation has given up, for a function that names a place for it. */
  deadLetter(topicArn: string, payload: string, error: FunctionError): void
  /** Waits between the runs of an asynchronous invocation whose function failed, in milliseconds. */
  asyncRetryDelaysMs: number[]
  background(work: () => Promise<void>): void
  signal: AbortSignal
  log(line: string): void
}

/**
 * Invokes a function. A failing function is an outcome, not an error; only what Lambda itself refuses throws.
 * Asynchronous invocations of plain functions are run again after a function error (Lambda: twice, after 1 and 2
 * minutes); durable executions are not, they end with their own outcome. Source: docs/aws-facts.md, "Lambda".
 *
 * @throws AwsError ResourceNotFoundException, InvalidParameterValueException, InvalidRequestContentException,
 *   DurableExecutionAlreadyStartedException
 */
export async function invoke(lambda: Lambda, request: Invocation): Promise<Invoked> {
  const { name, qualifier = request.qualifier } = parseFunction(request.functionName)
  const deployed = lambda.deployed.get(name)
  const version = deployed?.versionOf(qualifier) ?? (qualifier && qualifier !== '$LATEST' ? '1' : '$LATEST')
  const payload = parsePayload(request.payload)
  const durable = lambda.durableFunctions.get(name)
  if (durable) {
    if (!qualifier) throw invalid('You cannot invoke a durable function using an unqualified ARN.')
    if (request.type === 'DryRun') return { status: 204, version }
    const execution = lambda.executions.start({
      functionName: name,
      version,
      handler: durable,
      payload: request.payload || '{}',
      name: request.durableExecutionName,
      others: othersIn(lambda),
    })
    const answer = { version, executionArn: execution.arn }
    if (request.type === 'Event') {
      lambda.background(async () => toDeadLetters(lambda, name, request.payload, await execution.outcome))
      return { status: 202, ...answer }
    }
    return { status: 200, ...answer, outcome: await execution.outcome }
  }

  const plain = lambda.functions.get(name)
  if (!plain) {
    throw new AwsError('ResourceNotFoundException', `Function not found: ${request.functionName}`, 404)
  }
  if (request.durableExecutionName !== undefined) throw invalid(`${name} is not a durable function.`)
  if (request.type === 'DryRun') return { status: 204, version }
  if (request.type === 'RequestResponse') {
    return { status: 200, version, outcome: await runFunction(plain, payload) }
  }
  lambda.background(() => runAsynchronously(lambda, name, plain, payload))
  return { status: 202, version }
}

/** Whoever an execution may invoke, by name or ARN; durable ones by a qualified one. */
function othersIn(lambda: Lambda): Others {
  const others: Others = new Map()
  for (const [name, durable] of lambda.durableFunctions)
    if (!lambda.deployed.has(name)) others.set(`${name}:live`, { durable })
  for (const [name, deployed] of lambda.deployed) {
    for (const qualifier of [
      '',
      ...[...deployed.versions(), ...deployed.aliases.keys()].map((it) => `:${it}`),
    ]) {
      const plain = (event: unknown) => chained(lambda, `${name}${qualifier}`, event)
      others.set(`${name}${qualifier}`, { plain }).set(`${functionArn(name)}${qualifier}`, { plain })
    }
  }
  return others
}

/** A durable one is an execution of its own. */
async function chained(lambda: Lambda, functionName: string, event: unknown): Promise<unknown> {
  const request = { functionName, type: 'RequestResponse', payload: JSON.stringify(event) } as const
  const { outcome } = await invoke(lambda, request)
  if (outcome === undefined || 'result' in outcome) return JSON.parse(outcome?.result ?? 'null')
  throw Object.assign(new Error(outcome.error.errorMessage), { name: outcome.error.errorType })
}

/** Source: Lambda Developer Guide, invocation-async-retain-records; for durable ones, durable-best-practices. */
function toDeadLetters(lambda: Lambda, name: string, payload: string, outcome: Outcome) {
  const place = lambda.deployed.get(name)?.definition.deadLetterArn
  if (place !== undefined && 'error' in outcome && !lambda.signal.aborted)
    lambda.deadLetter(place, payload, outcome.error)
}

const invalid = (message: string) => new AwsError('InvalidParameterValueException', message)

async function runAsynchronously(lambda: Lambda, name: string, run: LocalFunction, payload: unknown) {
  for (const delay of [...lambda.asyncRetryDelaysMs, undefined]) {
    const outcome = await runFunction(run, payload)
    if (!('error' in outcome)) return
    lambda.log(`Lambda ${name}: ${outcome.error.errorType}: ${outcome.error.errorMessage}`)
    if (delay === undefined) return toDeadLetters(lambda, name, JSON.stringify(payload), outcome)
    await sleep(delay, undefined, { signal: lambda.signal })
  }
}

function parsePayload(payload: string): unknown {
  if (payload === '') return {}
  try {
    return JSON.parse(payload)
  } catch {
    throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json.')
  }
}
