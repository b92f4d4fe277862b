import type { Steps } from '../steps/steps.ts'
import type { Ports } from './ports.ts'

/** After another run should have acted, for it to do so. */
export const GRACE_MS = 60_000

/** Between two looks, seconds. */
const LOOK_SECONDS = 15

/**
 * Watches what another run does, without compute between two looks, until it `isOver`, or an instant has passed (epoch
 * ms). A look that fails shows what the last one did, and is logged by `failed`: whoever has watched acts by a conditional
 * write, which looks again.
 *
 *     03:00:02  our run finds the claim of an early run, which was to start at 03:00:00: `until` is 03:01:00
 *     03:00:17  still CLAIMED; and so on, every 15 s
 *     03:01:02  still CLAIMED: the early run has died, and its claim is taken over
 */
export async function watchOther<T>(
  steps: Steps,
  name: string,
  other: {
    initial: T
    /** When that was so, epoch ms. */
    since: number
    until: number
    look: (last: T) => Promise<T>
    isOver: (seen: T) => boolean
    failed: (error: string) => void
    pause?: (secondsLeft: number, attempt: number) => number
  },
  ports: Pick<Ports, 'now'>,
): Promise<T> {
  const { initial, since, until, look, isOver, failed, pause = () => LOOK_SECONDS } = other
  const { seen } = await steps.waitForCondition<{ seen: T; at: number }>(
    name,
    async ({ seen: last }) => {
      const at = ports.now()
      try {
        return { seen: await look(last), at }
      } catch (error) {
        failed(String(error))
        return { seen: last, at }
      }
    },
    {
      initialState: { seen: initial, at: since },
      waitStrategy: ({ seen, at }, attempt) =>
        isOver(seen) || at >= until
          ? { shouldContinue: false }
          : { shouldContinue: true, delay: { seconds: pause(Math.ceil((until - at) / 1_000), attempt) } },
    },
  )
  return seen
}
