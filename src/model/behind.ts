import { principalText } from './adoption.ts'
import type { Adoption, Rotation } from './rotation.ts'
import { atDoor } from './text.ts'

/**
 * Who may still have the value of before, of a secret that is to rotate again: told to people, and never a reason to stop.
 * `unknown`: what cannot be said, in words.
 */
export type Behind = { secretName: string; behind: string[]; unknown: string[] }

/** What the config has of a secret's users: those that are refreshed, and whether it asks who has fetched. */
export type Users = { refreshed: string[]; asks: boolean }

/** Of each kind, on a record, and of secrets: how many more there are is told. */
const MOST = { named: 5, secrets: 10 } as const

/** `last`: what changed it last. `adoption`: of that, the newest there is. */
export function behindOf(
  last: Pick<Rotation, 'secretName' | 'handover'>,
  { refreshed, asks }: Users,
  adoption: Adoption | undefined,
): Behind {
  const { secretName, handover } = last
  const notFresh = handover?.consumers.filter(({ state }) => state !== 'FRESH') ?? []
  const isKnown = asks && adoption !== undefined && adoption.unknown === undefined
  const named = (some: { principal: string }[], words: string) =>
    isKnown ? some.map(({ principal }) => `${principalText(principal)} ${words} as of ${adoption.at}`) : []
  const more = isKnown ? adoption.more : undefined
  return bounded({
    secretName,
    more,
    behind: [
      ...notFresh.filter(({ state }) => state !== 'UNKNOWN').map(({ id, state }) => `${id} ${state}`),
      ...named(adoption?.behind ?? [], 'not seen to fetch'),
    ],
    unknown: [
      ...notFresh.filter(({ state }) => state === 'UNKNOWN').map(({ id, state }) => `${id} ${state}`),
      ...(handover === undefined && refreshed.length > 0
        ? [`${refreshed.join(', ')} not handed over to`]
        : []),
      ...named(adoption?.unclear ?? [], 'fetched the old value or the new,'),
      ...(asks && !isKnown ? ['who has fetched since'] : []),
    ],
  })
}

/** `more`: how many are not among them. */
function bounded({ secretName, behind, unknown, more }: Behind & { more: Adoption['more'] }): Behind {
  const first = (some: string[], others = 0) => {
    const said = some.slice(0, MOST.named)
    const left = some.length - said.length + others
    return [...said.map((it) => atDoor(it, 200)), ...(left > 0 ? [`${left} more`] : [])]
  }
  return { secretName, behind: first(behind, more?.behind), unknown: first(unknown, more?.unclear) }
}

/** As many as a record and a text have; first those of which somebody is known to be behind. */
export function toTell(all: Behind[]): Behind[] {
  const sorted = all.toSorted((a, b) => Number(b.behind.length > 0) - Number(a.behind.length > 0))
  const more = sorted.slice(MOST.secrets)
  if (more.length === 0) return sorted
  const known = more.filter(({ behind }) => behind.length > 0).length
  return [
    ...sorted.slice(0, MOST.secrets),
    {
      secretName: `${more.length} more secrets`,
      behind: known > 0 ? [`somebody, of ${known}`] : [],
      unknown: known < more.length ? [`who has taken ${more.length - known}`] : [],
    },
  ]
}

export function isBehind({ behind, unknown }: Behind): boolean {
  return behind.length + unknown.length > 0
}

/** `prod/orders/db: ecs:shop/api FAILED; not known: who has fetched since`. */
export function behindText({ secretName, behind, unknown }: Behind): string {
  const words = [...behind, ...(unknown.length > 0 ? [`not known: ${unknown.join(', ')}`] : [])]
  return `${secretName}: ${words.join('; ')}`
}

/** A line for people about a wave, or none. */
export function behindLine(all: Behind[] = []): string[] {
  return all.length === 0
    ? []
    : [`May still have the value of before, which this rotation may end: ${all.map(behindText).join('. ')}.`]
}
