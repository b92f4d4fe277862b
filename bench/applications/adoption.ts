import type { BusEvent } from '../../src/local/news.ts'
import type { Adoption } from '../../src/model/rotation.ts'
import { keyed } from '../../src/rehearse/world/random.ts'

/**
 * Who really has which version, by what Secrets Manager answered; and CloudTrail's records of it, which come late, in
 * another order, twice, or of some roles never. Against it stands what the adoption records say.
 */
export function readsOf(seed: number, isLost: (role: string) => boolean) {
  const random = keyed(seed, 'trail')
  /** By secret, role and session: the version that it was answered last. */
  const held = new Map<string, Map<string, Map<string, string>>>()
  let coming = 0
  let disordered = 0
  let twice = 0
  let lost = 0
  let newest = ''
  return {
    /** Called as the read is answered. How late its record comes, each time it does. */
    trail(event: BusEvent, versionOf: (secret: string, label: string) => string | undefined): number[] {
      const { errorCode, requestParameters, userIdentity } = event.detail as Record<
        string,
        Record<string, string>
      >
      const [, role = '', session = ''] = /assumed-role\/([^/]+)\/(.+)$/.exec(userIdentity?.arn ?? '') ?? []
      const secret = requestParameters?.secretId ?? ''
      const version = versionOf(secret, requestParameters?.versionStage ?? 'AWSCURRENT')
      if (errorCode === undefined && version !== undefined && role !== 'rotation-function') {
        const roles = held.get(secret) ?? new Map<string, Map<string, string>>()
        held.set(secret, roles)
        const sessions = roles.get(role) ?? new Map<string, string>()
        roles.set(role, sessions)
        sessions.set(session, version)
      }
      if (isLost(role)) {
        lost++
        return []
      }
      const late = random.between(0, 1_500)
      const all = random.chance(0.25) ? [late, random.between(0, 1_500)] : [late]
      if (all.length > 1) twice++
      coming += all.length
      return all
    },
    /** Called as a record comes. */
    heard(event: BusEvent): BusEvent {
      if (
        event['detail-type'] !== 'AWS API Call via CloudTrail' ||
        !JSON.stringify(event).includes('GetSecretValue')
      )
        return event
      coming--
      if (event.time < newest) disordered++
      else newest = event.time
      return event
    },
    coming: () => coming,
    counts: () => ({ disordered, twice, lost }),
    /** Of each role: whether all of its sessions, some or none hold this version. */
    holding(secret: string, version: string): Map<string, 'all' | 'some' | 'none'> {
      return new Map(
        [...(held.get(secret) ?? [])].map(([role, sessions]) => {
          const having = [...sessions.values()].filter((it) => it === version).length
          return [role, having === sessions.size ? 'all' : having > 0 ? 'some' : 'none']
        }),
      )
    },
  }
}

/** The role whose records are lost. */
export const UNHEARD = 'unheard'

export type Verdict = {
  /** Said not to have been seen to fetch, and holds the version, and its records were not lost. */
  falsely: string[]
  /** Does not hold it, and is not named in any way. */
  unnamed: string[]
  /** All that are said not to have been seen to fetch. */
  named: string[]
  /** Last seen while it rotated, or of several sessions. */
  doubted: string[]
}

/**
 * `before`: how they stood as the question was put; records of reads until then have come, and those of later ones may
 * have. Whoever lags then and still does must be named; whoever had it then must not.
 */
export function judgeAdoption(
  { behind, unclear, shared, unknown }: Adoption,
  before: ReturnType<ReturnType<typeof readsOf>['holding']>,
  after: ReturnType<ReturnType<typeof readsOf>['holding']>,
): Verdict {
  const nameOf = (principal: string) => principal.split('/').at(-1) ?? principal
  const named = behind.map(({ principal }) => nameOf(principal))
  const doubted = [...unclear.map(({ principal }) => principal), ...shared].map(nameOf)
  const lags = [...before]
    .filter(([role, has]) => has !== 'all' && after.get(role) !== 'all')
    .map(([role]) => role)
  return {
    falsely: named.filter((role) => role !== UNHEARD && ['all', 'some'].includes(before.get(role) ?? '')),
    unnamed:
      unknown === 'NOTHING_HEARD' ? [] : lags.filter((it) => !named.includes(it) && !doubted.includes(it)),
    named,
    doubted,
  }
}
