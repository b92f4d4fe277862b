import { setTimeout as sleep } from 'node:timers/promises'
import type { LocalAws } from '../../src/local/aws.ts'
import { toldOf } from '../../src/local/secrets-manager/told.ts'
import { seeded } from '../../src/rehearse/world/random.ts'

/** EventBridge's own are 185, in a day; here a busy machine may need an hour. */
const MOST_TRIES = 185

/**
 * EventBridge between Secrets Manager and `observe`: late, now and then twice. Its native event is delivered until
 * somebody takes it, as EventBridge does; those that come by way of CloudTrail may never come.
 */
export function deliversEvents(
  aws: LocalAws,
  seed: number,
  { observe, calm }: { observe(event: unknown): Promise<unknown>; calm(): boolean },
): { under(): number } {
  const random = seeded(seed + 11)
  let under = 0
  aws.secretsManager.listeners.push((event) => {
    const told = toldOf(event)
    const isLost = event.type !== 'LabelUpdated' && random.chance(0.2) && !calm()
    if (told === undefined || isLost) return
    for (let times = random.chance(0.1) ? 2 : 1; times > 0; times--)
      void deliver(told, random.between(500, calm() ? 2_000 : 40_000))
  })

  async function deliver(event: object, lateMs: number) {
    under++
    await sleep(lateMs)
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      try {
        await observe(event)
        break
      } catch {
        await sleep(5_000)
      }
    }
    under--
  }

  return { under: () => under }
}
