import {
  type DurableExecutionClient,
  DurableExecutionInvocationInputWithClient,
  type DurableLambdaHandler,
  OperationAction,
  OperationType,
} from '@aws/durable-execution-sdk-js'
import type { Ledger } from '../../src/ledger/ledger.ts'
import { INDEXES, TTL_ATTRIBUTE } from '../../src/ledger/table.ts'
import type { Waves } from '../../src/ledger/waves.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { DEFAULT_TOLERANCES, TOLERANCE_FACTS } from '../../src/model/tolerances.ts'
import type { Ports } from '../../src/rotation/ports.ts'
import type { Steps } from '../../src/steps/steps.ts'
import { type ExecutionFigures, keep, noFigures } from './figures.ts'

type Units = { write: number; read: number }

type Records = Pick<Ports, 'ledger' | 'holds' | 'exceptions' | 'waves' | 'policies' | 'readTolerances'>

/** What an item has for its keys and its expiry. */
const KEYS = { id: crypto.randomUUID(), day: '2026-11-29', unsettled: 'yes', [TTL_ATTRIBUTE]: 1_830_000_000 }

/**
 * The ledger's records, each request counted by its action and by the units that DynamoDB would bill: a unit per KB
 * written, to the table and to each index that has the item, and per 4 KB read consistently.
 * Source: DynamoDB Developer Guide, read-write operations; GSI, write throughput.
 */
export function metered(
  records: {
    ledger: Ledger
    holds: Ports['holds']
    exceptions: Ports['exceptions']
    waves: Waves
    policies: Ports['policies']
  },
  count: (action: string) => void,
  units: Units,
): Records {
  const { ledger, holds, exceptions, waves, policies } = records
  const wrote = async (action: string, answer: Promise<Rotation>) => {
    count(action)
    const rotation = await answer
    // `unsettled` loses the item at the end: that is a write to it as well.
    const item = { ...rotation, ...KEYS }
    units.write += Math.ceil(sizeOf(item) / 1_024) * (1 + Object.keys(INDEXES).length)
    return rotation
  }
  const wroteWave = async <T>(answer: Promise<T>) => {
    count('UpdateItem')
    const record = await answer
    units.write += Math.ceil(sizeOf(record) / 1_024)
    return record
  }
  const read = async <T>(answer: Promise<T>) => {
    count('GetItem')
    const item = await answer
    units.read += Math.max(1, Math.ceil(sizeOf(item) / 4_096))
    return item
  }
  return {
    ledger: {
      claim: (claim) => wrote('PutItem', ledger.claim(claim)),
      noteSending: (...args) => wrote('UpdateItem', ledger.noteSending(...args)),
      noteAttempts: (...args) => wrote('UpdateItem', ledger.noteAttempts(...args)),
      transition: (...args) => wrote('UpdateItem', ledger.transition(...args)),
      correct: (...args) => wrote('UpdateItem', ledger.correct(...args)),
      takeOver: (...args) => wrote('UpdateItem', ledger.takeOver(...args)),
      get: (id) => read(ledger.get(id)),
    },
    policies: { get: () => read(policies.get()) },
    async readTolerances() {
      count('BatchGetItem')
      units.read += TOLERANCE_FACTS.length
      return DEFAULT_TOLERANCES
    },
    exceptions: { at: (...args) => read(exceptions.at(...args)) },
    holds: {
      covering(...args) {
        count('BatchGetItem')
        // Three keys; one that has no item costs a unit as well.
        units.read += 3
        return holds.covering(...args)
      },
      place: holds.place,
      release: holds.release,
    },
    waves: {
      start: (...args) => wroteWave(waves.start(...args)),
      takeOver: (...args) => wroteWave(waves.takeOver(...args)),
      noteFailure: (waveId, ...args) =>
        wroteWave(waves.noteFailure(waveId, ...args).then(() => waves.get(waveId))).then(() => {}),
      noteGuess: (waveId, id) =>
        wroteWave(waves.noteGuess(waveId, id).then(() => waves.get(waveId))).then(() => {}),
      forgetFailure: (waveId, id) =>
        wroteWave(waves.forgetFailure(waveId, id).then(() => waves.get(waveId))).then(() => {}),
      get: (waveId) => read(waves.get(waveId)),
      // A hundred bytes: one unit each.
      async begin(...args) {
        units.write++
        return waves.begin(...args)
      },
      async begun(local) {
        units.read++
        return waves.begun(local)
      },
    },
  }
}

/** An item's size: its names and values in UTF-8, three bytes and one an element for a map or list. */
export function sizeOf(value: unknown): number {
  if (value === undefined || value === null) return 1
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (typeof value === 'number') return Math.ceil(String(Math.abs(value)).length / 2) + 1
  if (typeof value === 'boolean') return 1
  if (Array.isArray(value)) return value.reduce((sum: number, it) => sum + sizeOf(it) + 1, 3)
  return Object.entries(value).reduce((sum, [name, it]) => sum + Buffer.byteLength(name) + sizeOf(it) + 1, 3)
}

/** Above this a context keeps a summary, and is put together from its children again. Source: the SDK's code. */
const MOST_OF_A_CONTEXT = 256 * 1_024

/** `Steps` that note what the SDK would checkpoint: the simulator's own journal keeps less. */
export function counted(steps: Steps, figures: ExecutionFigures): Steps {
  const kept = <T>(value: T): T => {
    keep(figures, JSON.stringify(value ?? null))
    return value
  }
  const context = (value: unknown) => {
    const text = JSON.stringify(value ?? null)
    if (Buffer.byteLength(text) <= MOST_OF_A_CONTEXT) keep(figures, text)
  }
  return {
    async step(name, fn, config) {
      const tried: typeof fn = (attempt) => {
        figures.operations++
        return fn(attempt)
      }
      return kept(await steps.step(name, tried, config))
    },
    wait(name, duration) {
      figures.operations++
      return steps.wait(name, duration)
    },
    async waitForCondition(name, check, config) {
      figures.operations++
      const looked: typeof check = async (state) => {
        figures.operations++
        return kept(await check(state))
      }
      const last = await steps.waitForCondition(name, looked, config)
      // The last look ends the operation: it is no retry.
      figures.operations--
      return last
    },
    async invoke<I, O>(name: string, functionId: string, input: I) {
      figures.operations++
      return kept(await steps.invoke<I, O>(name, functionId, kept(input)))
    },
    createCallback(name, config) {
      figures.operations++
      return steps.createCallback(name, config)
    },
    async map(name, items, fn, config) {
      figures.operations += 1 + items.length
      const ended = await steps.map(
        name,
        items,
        async (inner, item, index) => {
          const result = await fn(counted(inner, figures), item, index)
          context(result)
          return result
        },
        config,
      )
      context(ended.getResults())
      return ended
    },
  }
}

/** A durable function that notes what it checkpoints: the same requests that Lambda would get. */
export function recorded(
  handler: DurableLambdaHandler,
  executions: Map<string, ExecutionFigures>,
): DurableLambdaHandler {
  /** Results of parts: Lambda keeps them, and nobody checkpoints them. */
  const results = new Set<string>()
  return async (event, context) => {
    if (!DurableExecutionInvocationInputWithClient.isInstance(event)) throw new Error('no client was passed')
    const { durableExecutionClient: inner, DurableExecutionArn: arn } = event
    const figures = executions.get(arn) ?? noFigures()
    executions.set(arn, figures)
    const known = new Set<string | undefined>()
    for (const { Id, ChainedInvokeDetails } of event.InitialExecutionState.Operations ?? []) {
      known.add(Id)
      if (ChainedInvokeDetails?.Result === undefined || results.has(`${arn} ${Id}`)) continue
      results.add(`${arn} ${Id}`)
      keep(figures, ChainedInvokeDetails.Result)
    }
    const client: DurableExecutionClient = {
      getExecutionState: (params, logger) => inner.getExecutionState(params, logger),
      checkpoint(params, logger) {
        for (const update of params.Updates ?? []) {
          figures.sentBytes += Buffer.byteLength(JSON.stringify(update))
          keep(figures, update.Payload ?? '')
          const isNew = update.Type !== OperationType.EXECUTION && !known.has(update.Id)
          if (isNew || update.Action === OperationAction.RETRY) figures.operations++
          known.add(update.Id)
        }
        return inner.checkpoint(params, logger)
      },
    }
    figures.invocations++
    const began = performance.now()
    try {
      return await handler(new DurableExecutionInvocationInputWithClient(event, client), context)
    } finally {
      figures.ranMs += performance.now() - began
    }
  }
}
