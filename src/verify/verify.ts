import { CannotDo } from '../model/errors.ts'
import { FACT_NAMES, FACTS, type FactName, type Judged, type SeenBy, verdictOf } from '../model/facts.ts'
import { messageOf } from '../model/text.ts'
import type { Account } from './account.ts'
import type { Clock, Lab, Probe, See } from './lab.ts'
import { verifyNames } from './names.ts'
import { PROBES } from './probes/index.ts'
import { verifyStack } from './stack.ts'
import type { TriedZone } from './zones.ts'

/** A fact as this run saw it. `why`: what kept it, or part of it, from being seen. */
export type Finding = Judged & {
  name: FactName
  expected: string
  use: string
  seen?: SeenBy[FactName]
  why?: string
  /** `why` without AWS's words, which may name anything: what was tried, and the name of the error. */
  error?: string
}

export type Options = Clock & {
  id: string
  stage: string
  settings: { permissionsBoundary?: string | undefined; kmsKeyArn?: string | undefined }
  zones: TriedZone[]
  only: readonly FactName[]
  patienceMs: number
  account: Account
  archive: Uint8Array
  newId(): string
  /** Takes a line for people, as something begins. */
  say(line: string): void
  /** Where nobody waits any more: the work ends with it, the clearing away does not. */
  signal: AbortSignal
  /** The clock of what clears away. */
  clearing: Account
  /** Stacks that were left over, by name: they go first. */
  leftOver: string[]
  /** The command that removes a stack which still stands. */
  toRemove: string
}

/** What a run comes to. `left`: why its stack still stands, and what to do. */
export type Verified = { findings: Finding[]; left?: CannotDo }

/**
 * Makes the stack, asks, and removes the stack, whatever came of it; what is left over of others before that. Throws what
 * kept it from asking at all, with what stands in the way of the removal.
 */
export async function verify(options: Options): Promise<Verified> {
  const { id, clearing, say } = options
  const { stack } = verifyNames(id)
  for (const name of options.leftOver) await sweep(name, options)
  // Whoever has interrupted by now wants none made.
  options.signal.throwIfAborted()
  let findings: Finding[] = []
  let failed: unknown
  try {
    findings = await measure(options)
  } catch (error) {
    failed = error
  }
  say(`removing ${stack}`)
  const left = await clearing.remove(stack).then(
    () => say('it is gone'),
    (error: unknown) => stillStands(stack, error, failed, options),
  )
  options.signal.throwIfAborted()
  if (failed !== undefined) throw left ?? failed
  return { findings, ...(left && { left }) }
}

async function measure(options: Options): Promise<Finding[]> {
  const { id, stage, account, say, now, sleep, patienceMs, zones, newId } = options
  const names = verifyNames(id)
  say(`making ${names.stack}`)
  const outputs = await account.create(names.stack, stage, verifyStack({ id, ...options.settings }))
  say('sending the functions’ code')
  await account.sendCode(names, options.archive)
  options.signal.throwIfAborted()
  return ask({ ...account.lab(names, outputs), now, sleep, patienceMs, zones, newId }, options)
}

/** One that cannot be removed stands as it stood: the questions can be asked all the same. */
async function sweep(name: string, options: Options): Promise<void> {
  options.say(`removing ${name}, which was left over`)
  try {
    await options.account.remove(name)
  } catch (error) {
    options.signal.throwIfAborted()
    const { message, hint } = stillStands(name, error, undefined, options)
    options.say(`${message}: ${hint}`)
  }
}

function stillStands(name: string, error: unknown, before: unknown, { toRemove }: Options): CannotDo {
  const earlier = before === undefined ? '' : `; before that: ${messageOf(before)}`
  const hint = error instanceof CannotDo && error.hint !== undefined ? `${error.hint}; then ` : ''
  return new CannotDo(`${name} still stands: ${messageOf(error)}${earlier}`, {
    hint: `${hint}${toRemove}`,
    cause: error,
  })
}

/** All probes side by side. One that fails leaves its facts unknown, and the others alone. */
async function ask(lab: Lab, { only, say, signal }: Options): Promise<Finding[]> {
  const seen = new Map<FactName, SeenBy[FactName]>()
  const failed = new Map<FactName, Pick<Finding, 'why' | 'error'>>()
  const see: See = (name, it) => void seen.set(name, it)
  const chosen = Object.values(PROBES).filter(({ facts }) => facts.some((it) => only.includes(it)))
  say(`asking ${chosen.length} questions side by side`)
  let done = 0
  const run = async ({ facts, run }: Probe) => {
    try {
      await run(lab, see)
    } catch (error) {
      const hint = error instanceof CannotDo && error.hint !== undefined ? ` (${error.hint})` : ''
      const it = { why: `${messageOf(error)}${hint}`, error: bare(error) }
      for (const name of facts) failed.set(name, it)
    }
    say(`${++done} of ${chosen.length} are done`)
  }
  const aborted = new Promise<void>((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  )
  const all = Promise.all(chosen.map(run))
  await Promise.race([all, aborted])
  return FACT_NAMES.filter((it) => only.includes(it)).map((name) =>
    findingOf(name, seen.get(name), failed.get(name)),
  )
}

/** Of `could not DO: AWS's words` what was tried, and the error's name; what is ours stays. */
function bare(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(bare).join('; ')
  const message = messageOf(error)
  if (!(error instanceof CannotDo)) return message
  return [message.split(': ')[0], error.cause instanceof Error ? error.cause.name : []].flat().join(': ')
}

function findingOf(
  name: FactName,
  seen: SeenBy[FactName] | undefined,
  failed: Pick<Finding, 'why' | 'error'> | undefined,
): Finding {
  const { expected, use } = FACTS[name]
  const judged = verdictOf(name, seen as never)
  return {
    name,
    expected,
    use,
    ...judged,
    ...(seen !== undefined && { seen }),
    ...failed,
  }
}
