import type { Fact } from '../ledger/facts.ts'
import { type FactName, verdictOf } from '../model/facts.ts'

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
