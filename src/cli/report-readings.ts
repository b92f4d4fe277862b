import type { Config } from '../config/config.ts'
import { namesOf } from '../config/names.ts'
import type { Hold, Holds } from '../ledger/holds.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Period } from '../report/evidence.ts'
import { type Placement, placementsIn } from '../report/holds.ts'
import { lastChangeIn } from '../report/last-change.ts'
import { secretKeyOf } from '../rotation/identity.ts'
import { openWorld } from '../rotation/open-world.ts'
import { withAws } from './aws.ts'

export type Records = { ledger: Ledger; holds: Holds }

/** Calls at once: enough to be quick, few enough to leave the table's capacity to rotations. */
const AT_ONCE = 8

/**
 * Every secret that the config names, or that its selectors choose now, with its schedules. What could not be listed is
 * said in words: whoever makes a report may see the ledger, and not the secrets.
 */
export async function underPolicyNow(
  config: Config,
): Promise<{ underPolicy: Map<string, string[]>; unread: string[] }> {
  const underPolicy = new Map<string, string[]>()
  const unread: string[] = []
  const world = openWorld(config, namesOf(config.stage).ledgerTable)
  for (const { name, secrets, select, place } of config.schedules) {
    const chosen = async () => {
      if (!select) return []
      try {
        const { list } = place === undefined ? world.secrets : world.secretsIn(place)
        return await withAws('list secrets', () => list(select))
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        unread.push(
          `Which secrets ${name} chooses now could not be read (${why}): only those that rotated are here.`,
        )
        return []
      }
    }
    for (const secret of [...secrets, ...(await chosen())]) {
      const key = secretKeyOf(secret, place)
      underPolicy.set(key, [...(underPolicy.get(key) ?? []), name])
    }
  }
  return { underPolicy, unread }
}

/** When each of these secrets changed last before the period, epoch ms; none where the ledger knows no such change. */
export async function lastChangesBefore(
  { ledger }: Records,
  names: string[],
  from: number,
  tell: (done: number) => void,
): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  await inParts(names, tell, async (name) => {
    const at = await lastChangeIn(ledger, name, new Date(from).toISOString())
    if (at !== undefined) found.set(name, at)
  })
  return found
}

/** The holds of the period over everything, the config's schedules, and these secrets. */
export async function holdsOver(
  { holds }: Records,
  config: Config,
  names: string[],
  period: Period,
  tell: (done: number) => void,
): Promise<Placement[]> {
  const found = new Map<string, Hold>()
  const keep = (list: Hold[]) => {
    for (const hold of list) found.set(hold.scope, hold)
  }
  const schedules = config.schedules.map(({ name }) => name)
  // A hold of a name covers it in every account and region: what stands before the last colon is the place.
  const plain = [...new Set(names.map((name) => name.slice(name.lastIndexOf(':') + 1)))]
  const pairs = Array.from(
    { length: Math.max(plain.length, schedules.length) },
    // A scope is asked for together with another one: any name stands in where one list is longer.
    (_, index) => [schedules[index] ?? schedules[0] ?? '', plain[index] ?? plain[0] ?? ''] as const,
  )
  await inParts(pairs, tell, async ([schedule, name]) => keep(await holds.everOver(schedule, name)))
  return placementsIn([...found.values()], period)
}

async function inParts<T>(
  items: T[],
  tell: (done: number) => void,
  work: (item: T) => Promise<void>,
): Promise<void> {
  for (let done = 0; done < items.length; done += AT_ONCE) {
    tell(done)
    const part = items.slice(done, done + AT_ONCE)
    await withAws('read the ledger', () => Promise.all(part.map(work)))
  }
}
