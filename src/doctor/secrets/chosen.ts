import type { Check } from '../check.ts'
import type { Lookup } from '../lookup.ts'

/** What a schedule's selector chooses now, by name. */
export type SelectorFacts = { stage: string; schedule: string; chosen: Lookup<string[] | undefined> }

/** A typo in a tag is enough, and nothing else would show it before the instant. */
export const selectorChooses: Check<SelectorFacts> = {
  name: 'selector',
  severity: 'broken',
  cause: 'A wave whose selector chooses no secret rotates nothing: it ends NOTHING_MATCHED.',
  check({ stage, schedule, chosen }) {
    if ('unknown' in chosen) return chosen
    if (chosen.found && chosen.found.length > 0) return 'fine'
    return {
      symptom: `${schedule} chooses no secret now`,
      remedy: `compare its tags and prefix in config/${stage}.yml with the secrets’ own: aws secretsmanager list-secrets`,
    }
  },
}
