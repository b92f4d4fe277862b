import type { WaitDecision } from '../steps/steps.ts'
import { standingOf } from './inspect.ts'
import type { Refusal } from './reasons.ts'
import type { World } from './world.ts'

/** What polling has seen so far. `at`: epoch ms of the last look. */
export type Progress = {
  standing: 'unseen' | 'pending' | 'current' | 'absent'
  /** Secrets Manager is eventually consistent: a version not there yet is not one that has gone. */
  wasSeen: boolean
  refusal?: Refusal
  at: number
}

/** Longest pause between two looks, seconds: a durable execution may hold 3,000 operations, and each look is one. */
const MOST_SECONDS = 30

/** Looks after which a version that never appeared counts as gone. */
const LOOKS_FOR_ABSENT = 6

/** Looks at the version once. A look that fails changes nothing: the next one may succeed. */
export async function look(
  world: World,
  secret: string,
  versionId: string,
  last: Progress,
): Promise<Progress> {
  try {
    const seen = await world.secrets.describe(secret)
    if ('refusal' in seen) return { ...last, refusal: seen.refusal, at: world.now() }
    const standing = standingOf(seen.secret, versionId)
    return { standing, wasSeen: last.wasSeen || standing !== 'absent', at: world.now() }
  } catch (error) {
    world.log('could not look at the secret', { secret, error: String(error) })
    return { ...last, at: world.now() }
  }
}

/** Whether to look again, and when: soon at first, ever less often, and a last time as the timeout ends. */
export function followUntil(deadline: number) {
  return ({ standing, wasSeen, refusal, at }: Progress, attempt: number): WaitDecision => {
    const gone = standing === 'absent' && (wasSeen || attempt >= LOOKS_FOR_ABSENT)
    const left = Math.ceil((deadline - at) / 1_000)
    if (standing === 'current' || gone || refusal || left <= 0) return { shouldContinue: false }
    return {
      shouldContinue: true,
      delay: { seconds: Math.min(left, MOST_SECONDS, Math.max(1, Math.floor(attempt / 3))) },
    }
  }
}

/** How following ended, where not in success. */
export function verdict(progress: Progress, versionId: string, timeoutSeconds: number): Refusal | undefined {
  const { standing, refusal, at } = progress
  if (standing === 'current') return undefined
  if (refusal) return refusal
  const time = new Date(at).toISOString()
  if (standing === 'absent') {
    return {
      reason: 'ROTATION_ABANDONED',
      message: `at ${time} version ${versionId} carried no staging label, and had not been seen as AWSCURRENT`,
    }
  }
  const state =
    standing === 'pending' ? 'still AWSPENDING' : 'not to be seen: no look at the secret succeeded'
  return {
    reason: 'PENDING_VERSION_STUCK',
    message: `after ${timeoutSeconds} s, at ${time}, version ${versionId} was ${state}`,
  }
}
