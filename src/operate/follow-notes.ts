import { type Rotation, SETTLED } from '../model/rotation.ts'
import { HOUR, iso, MINUTE } from '../model/time.ts'
import type { Onlooker } from './progress.ts'

/** Up to so many rotations have a line for each change; of more, for what goes wrong only. */
const FEW = 10
const COUNT_EVERY = 10_000

/** What is told of a wave while it is followed: enough to see that it goes on, no more than people read. `scheduledAt`: epoch ms. */
export function createFollowNotes({ now, note }: Onlooker, scheduledAt: number) {
  let told = now()
  const tell = (text: string) => {
    told = now()
    note(`${iso(told)}  ${text}`)
  }
  return {
    /** One has changed, of so many, as far as that is known. */
    changed({ secret, status }: Rotation, secrets: number | undefined): void {
      const isWrong = SETTLED.includes(status) && status !== 'SUCCEEDED'
      if (isWrong || (secrets ?? 0) <= FEW) tell(`${secret}  ${status}`)
    },
    /** After each look: counts, where much has changed; and that it goes on, where nothing has for a minute. */
    looked(rotations: Rotation[], secrets: number | undefined): void {
      const every = now() < scheduledAt ? HOUR : (secrets ?? 0) > FEW ? COUNT_EVERY : MINUTE
      if (now() - told < every) return
      const ended = rotations.filter(({ status }) => SETTLED.includes(status)).length
      tell(`${ended} of ${secrets ?? 'an unknown number'} ended`)
    },
  }
}
