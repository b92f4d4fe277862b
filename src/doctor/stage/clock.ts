import type { Check } from '../check.ts'
import type { StageFacts } from './facts.ts'

/** People set holds and read countdowns by this clock; at five minutes AWS refuses its signatures. */
const MOST_MS = 5_000

/** Source: IAM User Guide, signing: a request is refused where its time is more than five minutes off. */
export const clock: Check<StageFacts> = {
  name: 'clock',
  severity: 'risk',
  cause:
    'What is said here about "next", "late" and "until" is by this computer’s clock. (Rotations run by AWS’s.)',
  check({ clock }) {
    if ('unknown' in clock) return clock
    const { aheadMs, uncertainMs } = clock.found
    if (Math.abs(aheadMs) - uncertainMs <= MOST_MS) return 'fine'
    const seconds = Math.round(Math.abs(aheadMs) / 1_000)
    return {
      symptom: `it is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} AWS’s`,
      remedy: 'set it by NTP: timedatectl set-ntp true, or chronyc makestep',
    }
  },
}
