import { setTimeout as sleep } from 'node:timers/promises'
import { type DurableContext, withDurableExecution } from '@aws/durable-execution-sdk-js'
import { asError } from '../../model/text.ts'
import { arrived } from './arrivals.ts'

/** What an execution is asked to do. `run`: what its notes are found by. */
export type Told = { run: string } /** `stay`: keeps its process so many seconds after the last wait. */ & (
  | { do: 'wait'; seconds: number[]; stay?: number }
  | { do: 'fail' }
  /** Starts the execution of another function, `OTHER`, at this version, and says what comes of it. */
  | { do: 'parent'; of: 'fail' | 'sleep'; version: string }
  | { do: 'sleep'; seconds: number }
  /** Keeps its process, so that whoever wakes meanwhile finds another. */
  | { do: 'awake'; seconds: number }
)

/** A wait's end. `cold`: in a process that had run nothing before. Epoch ms. */
export type Woke = {
  seconds: number
  dueAt: number
  wokeAt: number
  cold: boolean
  versions: [string, string]
}

/** What the parent of an ended execution got. */
export type Childs = { result: true } | { error: string; message: string }

/** How often this process was invoked. */
let invocations = 0

/** A durable function: waits, fails, starts another; what it saw is noted as it sees it. */
export const durable = withDurableExecution(async (told: Told, context) => {
  invocations++
  const tell = noter(told, context)
  await tell('began', {})
  switch (told.do) {
    case 'wait':
      for (const [n, seconds] of told.seconds.entries())
        await tell(`woke-${n}`, await waitFor(n, seconds, context))
      await stay(told.stay ?? 0, context)
      return
    case 'sleep':
      await context.wait('sleep', { seconds: told.seconds })
      return
    case 'awake':
      await stay(told.seconds, context)
      return
    case 'fail':
      throw new Error('fails, as it is to: aws-tourbillon verify')
    case 'parent':
      await tell('ended', await startOther(told, context))
  }
})

async function stay(seconds: number, context: DurableContext): Promise<void> {
  await context.step('stay', () => sleep(seconds * 1_000))
}

async function waitFor(n: number, seconds: number, context: DurableContext): Promise<Woke> {
  const before = await context.step(`before-${n}`, async () => ({ at: Date.now(), version: ownVersion() }))
  await context.wait(`wait-${n}`, { seconds })
  return context.step(`after-${n}`, async () => ({
    seconds,
    dueAt: before.at + seconds * 1_000,
    wokeAt: Date.now(),
    cold: invocations === 1,
    versions: [before.version, ownVersion()] as [string, string],
  }))
}

async function startOther(
  { run, of, version }: Told & { do: 'parent' },
  context: DurableContext,
): Promise<Childs> {
  const child: Told = of === 'fail' ? { run, do: 'fail' } : { run, do: 'sleep', seconds: 900 }
  try {
    await context.invoke('child', `${process.env.OTHER}:${version}`, child)
    return { result: true }
  } catch (error) {
    const { name, message } = asError(error)
    const { errorType = name } = error as { errorType?: string }
    return { error: errorType, message: message.slice(0, 500) }
  }
}

/** In a step: told once, or the same again under the same id. */
function noter({ run, do: does }: Told, context: DurableContext) {
  const { durableExecutionArn } = context.executionContext
  return (noted: string, what: unknown) =>
    context.step(`note-${noted}`, async () => {
      await arrived(`execution#${run}#${does}#${noted}#${durableExecutionArn}`, Date.now(), {
        kind: 'execution',
        execution: durableExecutionArn,
        version: ownVersion(),
        noted,
        what,
      })
    })
}

function ownVersion(): string {
  return process.env.AWS_LAMBDA_FUNCTION_VERSION ?? 'unknown'
}
