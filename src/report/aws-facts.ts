import type { Fact } from '../ledger/facts.ts'
import { type FactName, verdictOf } from '../model/facts.ts'
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
