import { FACT_NAMES, FACTS, type FactName, type Judged, type SeenBy, verdictOf } from '../model/facts.ts'
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
}

/**
 * Makes the stack, asks, and removes the stack, whatever came of it. Throws what kept it from asking at all, or what
 * stands in the way of its removal.
 */
export async function verify(options: Options): Promise<Finding[]> {
  const { id, stage, account, clearing, say } = options
  const names = verifyNames(id)
  let found: Finding[] = []
  try {
    say(`making ${names.stack}`)
    const outputs = await account.create(names.stack, stage, verifyStack({ id, ...options.settings }))
    say('sending the functions’ code')
    await account.sendCode(names, options.archive)
    options.signal.throwIfAborted()
    const { now, sleep, patienceMs, zones, newId } = options
    found = await ask({ ...account.lab(names, outputs), now, sleep, patienceMs, zones, newId }, options)
  } finally {
    say(`removing ${names.stack}`)
    await clearing.remove(names.stack)
    say('it is gone')
  }
  options.signal.throwIfAborted()
  return found
}

/** All probes side by side. One that fails leaves its facts unknown, and the others alone. */
async function ask(lab: Lab, { only, say, signal }: Options): Promise<Finding[]> {
  const seen = new Map<FactName, SeenBy[FactName]>()
  const why = new Map<FactName, string>()
  const see: See = (name, it) => void seen.set(name, it)
  const chosen = Object.values(PROBES).filter(({ facts }) => facts.some((it) => only.includes(it)))
  say(`asking ${chosen.length} questions side by side`)
  let done = 0
  const run = async ({ facts, run }: Probe) => {
    try {
      await run(lab, see)
    } catch (error) {
      for (const name of facts)
        why.set(name, error instanceof Error ? error.message || error.name : String(error))
    }
    say(`${++done} of ${chosen.length} are done`)
  }
  const aborted = new Promise<void>((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  )
  const all = Promise.all(chosen.map(run))
  await Promise.race([all, aborted])
  return FACT_NAMES.filter((it) => only.includes(it)).map((name) =>
    findingOf(name, seen.get(name), why.get(name)),
  )
}

function findingOf(name: FactName, seen: SeenBy[FactName] | undefined, why: string | undefined): Finding {
  const { expected, use } = FACTS[name]
  const judged = verdictOf(name, seen as never)
  return {
    name,
    expected,
    use,
    ...judged,
    ...(seen !== undefined && { seen }),
    ...(why !== undefined && { why }),
  }
}
