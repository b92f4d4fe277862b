import type { Check } from '../check.ts'
import type { Look } from '../lookup.ts'

/** What a schedule's selector chooses now, by name. */
export type Choice = { stage: string; schedule: string; chosen: Look<string[] | undefined> }

/** A typo in a tag is enough, and nothing else would show it before the instant. */
export const selectorChooses: Check<Choice> = {
  name: 'selector',
  severity: 'broken',
  cause: 'A wave whose selector chooses no secret rotates nothing: it ends NOTHING_MATCHED.',
  judge({ stage, schedule, chosen }) {
    if ('unseen' in chosen) return chosen
    if (chosen.seen && chosen.seen.length > 0) return 'fine'
    return {
      symptom: `${schedule} chooses no secret now`,
      remedy: `compare its tags and prefix in config/${stage}.yml with the secrets’ own: aws secretsmanager list-secrets`,
    }
  },
}
