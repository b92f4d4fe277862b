import { isDenied } from '../aws/not-now.ts'
import { proveCaller } from '../aws/prove-caller.ts'
import { mayHaveHadEffect } from '../aws/refusal.ts'
import { withTimeLimit } from '../aws/time-limit.ts'
import { DENIED_HINT } from '../aws/with-aws.ts'
import type { Written } from '../model/deeds.ts'
import { messageOf, oneLine } from '../model/text.ts'
import { iso } from '../model/time.ts'
import { recordsOf } from '../runtime/records.ts'

/** It is done already: whoever did it waits no longer than this to have it proved. ms */
const PATIENCE_MS = 5_000

/**
 * Puts a proof beside what has just been written, for whoever is at the keyboard. Never rejects, and comes after the deed:
 * it counts, whether or not it is proved whose it is. Answers why it stays a claim; undefined: the audit will see.
 */
export async function proveDeed(stage: string, deed: Written, now: number): Promise<string | undefined> {
  const claim = (why: string) => oneLine(`who did it is a claim, not proved: ${why}`)
  const { proof, why = '' } = await proveCaller({ stage, ...deed })
  if (proof === undefined) return claim(`it was not signed: ${why}`)
  try {
    const late = `no answer in ${PATIENCE_MS / 1_000} s`
    await withTimeLimit(PATIENCE_MS, late, () => recordsOf(stage).proofs.keep(deed, proof, iso(now)))
    return undefined
  } catch (error) {
    const why = messageOf(error)
    // The write may have been done all the same, and then the audit finds it.
    return mayHaveHadEffect(error)
      ? oneLine(`it is not known whether it will be proved who did it: the proof was sent, and then: ${why}`)
      : claim(`the proof could not be kept: ${why}${isDenied(error) ? `; ${DENIED_HINT}` : ''}`)
  }
}
