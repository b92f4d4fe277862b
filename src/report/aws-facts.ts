import type { Fact } from '../ledger/facts.ts'
import { type FactName, type SeenBy, verdictOf } from '../model/facts.ts'
import { commandFor, type StageOption } from '../model/pasteable.ts'

/** What `verify` saw of AWS here, as the ledger keeps it; `release`: ours, that reads it. Or why it could not be read. */
export type FactsRead = { seen: Fact[]; release: string } | { unknown: string }

/** What of it deserves a word. None of it is wrong with the stage: no fact makes it less safe. */
export type AwsFacts = {
  /** How many were seen. */
  seen: number
  /** Not as the code takes for granted, as this release judges. */
  differing: FactName[]
  /** Seen by another release of ours than this. */
  ofOtherRelease: FactName[]
  unknown?: string
}

/** What is known of Lambda's clock: ms that it is ahead of AWS's, give or take, and when that was seen (ISO). Or nothing. */
export type Clock = { aheadMs: number; uncertainMs: number; seenAt: string } | { unknown: string }

export function clockOf(facts: FactsRead): Clock {
  if ('unknown' in facts) return facts
  const fact = facts.seen.find(({ name }) => name === 'lambda-clock')
  const seen = fact?.seen as SeenBy['lambda-clock'] | undefined
  if (!fact || !seen || verdictOf('lambda-clock', seen).verdict === 'UNKNOWN')
    return { unknown: '`verify` has not measured it in this account and region' }
  return { aheadMs: seen.aheadMs, uncertainMs: seen.uncertainMs, seenAt: fact.seenAt }
}

/** `12 ms ahead, give or take 480 ms, on 2026-11-20`. */
export function clockText(clock: Clock): string {
  if ('unknown' in clock) return `not known (${clock.unknown})`
  const { aheadMs, uncertainMs, seenAt } = clock
  const way = aheadMs < 0 ? 'behind' : 'ahead'
  return `${Math.abs(aheadMs)} ms ${way}, give or take ${uncertainMs} ms, as \`verify\` saw it on ${seenAt.slice(0, 10)}`
}

export function awsFactsOf(facts: FactsRead): AwsFacts {
  if ('unknown' in facts) return { seen: 0, differing: [], ofOtherRelease: [], unknown: facts.unknown }
  const known = facts.seen.filter(({ seen }) => seen !== undefined)
  const namesOf = (some: Fact[]) => some.map(({ name }) => name)
  return {
    seen: known.length,
    differing: namesOf(known.filter(({ name, seen }) => verdictOf(name, seen).verdict === 'DIFFERS')),
    ofOtherRelease: namesOf(known.filter(({ release }) => release !== facts.release)),
  }
}

/** In words, each with the command that says more. `stage`: as commands name it. */
export function awsFactsText(
  { differing, ofOtherRelease, unknown }: AwsFacts,
  stage: StageOption | string,
): { text: string; command?: string }[] {
  const told = (names: string[], one: string, many: string, command: string) =>
    names.length === 0
      ? []
      : [
          {
            text: `${names.length} ${names.length === 1 ? one : many}: ${names.join(', ')}`,
            command: commandFor(stage, command),
          },
        ]
  return [
    ...told(differing, 'assumption does not hold here', 'assumptions do not hold here', 'doctor'),
    ...told(ofOtherRelease, 'was seen by another release', 'were seen by another release', 'verify'),
    ...(unknown === undefined ? [] : [{ text: `not known: ${unknown}` }]),
  ]
}
