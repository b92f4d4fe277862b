import type { DescribeSecretCommandOutput } from '@aws-sdk/client-secrets-manager'
import { commandFor, type StageOption } from '../../model/pasteable.ts'
import type { Place } from '../../model/place.ts'
import type { Rotation } from '../../model/rotation.ts'
import { inspect } from '../../rotation/inspect.ts'
import type { Lookup } from '../lookup.ts'

/** What was looked up about one secret under policy. Instants are epoch ms. */
export type SecretFacts = {
  /** The stage, as commands name it. */
  named: StageOption
  secret: string
  place?: Place | undefined
  /** As the ledger keeps it: see `secretKeyOf`. */
  key: string
  now: number
  described: Lookup<DescribeSecretCommandOutput | undefined>
  /** Our next occurrence that no freeze stops; undefined where its schedules are over or disabled. */
  next?: number | undefined
  /** The longest time between two of our occurrences in a year to come; undefined where there are no two. */
  longestGapMs?: number | undefined
  /** The strictest of its schedules'. */
  maxAge?: { seconds: number; schedule: string } | undefined
  /** Whether a rotation of ours has no outcome yet. */
  underWay: Lookup<boolean>
  /** The latest that has an outcome, of its schedules' last occurrences and what was asked for this week. */
  last: Lookup<Rotation | undefined>
}

/** What to type to rotate it. */
export function runOf({ named, secret }: SecretFacts, reason: string): string {
  return `\`${commandFor(named, 'run', ['--secret', secret], ['--reason', reason])}\``
}

/** The secret, where it could be looked up and is not going away: other checks say the rest. */
export function liveSecret({ described }: SecretFacts): DescribeSecretCommandOutput | undefined {
  return 'found' in described && described.found && !described.found.DeletedDate ? described.found : undefined
}

/** The same, where it rotates by a function or a service: whatever else is so, other checks say. */
export function rotatingSecret(facts: SecretFacts): DescribeSecretCommandOutput | undefined {
  const secret = liveSecret(facts)
  return secret && inspect(secret) === undefined ? secret : undefined
}

/** What a schedule's selector chooses now, by name. */
export type SelectorFacts = { stage: string; schedule: string; chosen: Lookup<string[] | undefined> }
