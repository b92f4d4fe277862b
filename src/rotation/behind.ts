import type { Config } from '../config/config.ts'
import { type AnyHeard, isSilent, type Readers } from '../ledger/readers.ts'
import { adoptionOf, askingFor } from '../model/adoption.ts'
import { type Behind, behindOf, isBehind, type Users } from '../model/behind.ts'
import { consumerId, consumersOf, hasByName } from '../model/consumers.ts'
import { isRefreshed } from '../model/handover.ts'
import { secretKeyOf } from '../model/identity.ts'
import type { Place } from '../model/place.ts'
import type { Adoption, Lagging, Rotation } from '../model/rotation.ts'
import type { Ports } from './ports.ts'

/** Most secrets of one wave that are looked at: what they use is no reason to wait. */
const MOST_LOOKED = 20
export type LastOf = (secret: string, secretName: string) => Promise<Rotation | 'none' | 'not ours'>

/** `any`: of whatever secret, at an instant (epoch ms) or later. */
export type Heard = { of: Readers['of']; any: AnyHeard }

type Looking = {
  config: Config
  now(): number
  lastOf: LastOf
  /** What is heard of reads; absent: by what the audit has noted. */
  heard?: Heard
  /** Where they are. */
  place?: Place | undefined
}

/**
 * Of secrets that are to rotate, those of which somebody may still have the value of before. Never rejects: what cannot be
 * read, or is not looked at, is not known. `by`: the schedule that is known to have them.
 */
export async function behindIn(
  secrets: string[],
  by: string,
  { config, now, lastOf, heard, place }: Looking,
): Promise<Behind[]> {
  const used = secrets
    .map((secret) => ({ secret, ...usersIn(secret, by, config) }))
    .filter(({ refreshed, asks }) => refreshed.length > 0 || asks)
  const found = await Promise.all(
    used.map(async ({ secret, ...users }, index) => {
      const secretName = secretKeyOf(secret, place)
      const unknown = (why: string): Behind => ({
        ...{ secretName, behind: [], unknown: [`who has taken it: ${why}`] },
      })
      if (index >= MOST_LOOKED) return unknown(`only ${MOST_LOOKED} are looked at`)
      return look(secret, secretName, users).catch(() => unknown('could not be read'))
    }),
  )
  return found.filter(isBehind)

  async function look(
    secret: string,
    secretName: string,
    { roles, withinSeconds, ...users }: ReturnType<typeof usersIn>,
  ): Promise<Behind> {
    const last = await lastOf(secret, secretName)
    if (last === 'none') return { secretName, behind: [], unknown: [] }
    if (last === 'not ours')
      return { secretName, behind: [], unknown: ['who has taken it: others changed it last'] }
    const { rotatedAt } = last
    if (!heard || !users.asks || rotatedAt === undefined) return behindOf(last, users, last.adoption)
    const seen = await heard.of(last.secretName, now())
    const time = { withinSeconds, now: now() }
    const silent = await isSilent(seen, { rotatedAt, ...time }, heard.any)
    const live = adoptionOf({ ...last, rotatedAt }, roles, seen, { ...time, silent })
    return behindOf(last, users, agreed(live, last.adoption))
  }
}

/**
 * What is heard now, without those whom the audit did not name: CloudTrail's history, which it has asked, may show reads that
 * nobody has heard of. Who had fetched by then has.
 */
function agreed(live: Adoption, noted: Adoption | undefined): Adoption {
  if (noted === undefined || noted.unknown !== undefined || noted.more !== undefined) return live
  const isNamed = (some: Lagging[], { principal }: Lagging) => some.some((it) => it.principal === principal)
  const all = [...noted.behind, ...noted.unclear]
  // One that is declared since, and was never seen.
  const isNew = ({ lastSeen }: Lagging) => lastSeen === undefined && live.known > noted.known
  return { ...live, behind: live.behind.filter((one) => isNew(one) || isNamed(all, one)) }
}

/** `roles`: that are only observed. */
function usersIn(
  secret: string,
  by: string,
  { schedules }: Pick<Config, 'schedules'>,
): Users & { roles: string[]; withinSeconds: number } {
  const name = secretKeyOf(secret)
  const having = schedules.filter((it) => it.name === by || hasByName(name, it))
  const all = having.flatMap(({ consumers }) => consumersOf(secret, consumers))
  const asking = [
    ...new Set([...askingFor(name, having), ...having.filter((it) => it.name === by && it.adoption)]),
  ]
  return {
    refreshed: [...new Set(all.filter(isRefreshed).map(consumerId))],
    roles: [...new Set(all.filter((it) => !isRefreshed(it)).map((it) => it.name))],
    asks: asking.length > 0,
    withinSeconds: Math.min(...asking.flatMap(({ adoption }) => adoption?.withinSeconds ?? [])),
  }
}

/** For a wave that may read no index: a version of ours has its rotation's id. */
export function lastByVersion({ secrets, ledger }: Pick<Ports, 'secrets' | 'ledger'>): LastOf {
  return async (secret) => {
    const seen = await secrets.describe(secret)
    if (!('secret' in seen)) throw new Error(seen.refusal.message)
    const versions = Object.entries(seen.secret.VersionIdsToStages ?? {})
    const [current] = versions.find(([, labels]) => labels.includes('AWSCURRENT')) ?? []
    const last = current === undefined ? undefined : await ledger.get(current)
    return last?.rotatedAt === undefined ? 'not ours' : last
  }
}

/** For whoever may. */
export function lastInLedger({ query }: { query: QueryBySecret }): LastOf {
  return async (_, secretName) => {
    for await (const rotation of query('bySecret', secretName))
      if (rotation.rotatedAt !== undefined) return rotation
    return 'none'
  }
}

type QueryBySecret = (index: 'bySecret', key: string) => AsyncIterable<Rotation>
