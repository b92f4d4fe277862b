import { FACT_NAMES, type FactName, type SeenBy, type Verdict } from '../model/facts.ts'
import type { Table } from './open-table.ts'

/** One fact of this account and region, as `verify` saw it last. See src/model/facts.ts. */
export type Fact<Name extends FactName = FactName> = {
  name: Name
  /** When it was asked, ISO. */
  seenAt: string
  region: string
  /** The release of ours that asked. */
  release: string
  /** What that release took for granted, in words. */
  expected: string
  /** Absent where it could not be seen. */
  seen?: SeenBy[Name]
  verdict: Verdict
  /** When it was asked again since and could not be seen, ISO. What was seen stays. */
  unseenAt?: string
}

export type Facts = {
  /** What was seen takes the place of what was seen before it. What could not be seen is noted beside it. */
  put(fact: Fact): Promise<void>
  /** All there are, or those named, in the order of the table; in one read, consistently. */
  list(names?: readonly FactName[]): Promise<Fact[]>
}

const idOf = (name: FactName) => `fact#${name}`

export function openFacts(table: Table): Facts {
  return {
    async put(fact) {
      const id = idOf(fact.name)
      const names = { '#fact': 'fact', '#seenAt': 'seenAt', '#verdict': 'verdict' }
      const values = { ':seenAt': fact.seenAt, ':unknown': 'UNKNOWN' }
      const [rank, named] = mayReplace(fact)
      const isWritten = await table.put(
        { id, fact },
        {
          expression: `attribute_not_exists(id) OR (#fact.#seenAt <= :seenAt${rank})`,
          names: { '#fact': 'fact', '#seenAt': 'seenAt', ...named },
          values: { ':seenAt': fact.seenAt, ...(rank !== '' && { ':unknown': 'UNKNOWN' }) },
        },
      )
      if (isWritten || fact.verdict !== 'UNKNOWN') return
      await table.update(id, {
        UpdateExpression: 'SET #fact.#unseenAt = :seenAt',
        ConditionExpression:
          '#fact.#seenAt < :seenAt AND (#fact.#verdict <> :unknown OR attribute_exists(#fact.#seen))',
        ExpressionAttributeNames: { ...names, '#seen': 'seen', '#unseenAt': 'unseenAt' },
        ExpressionAttributeValues: values,
      })
    },
    async list(names = FACT_NAMES) {
      const items = await table.getAll(names.map(idOf))
      const facts = new Map(items.flatMap(({ id, fact }) => (isFact(fact) ? [[id as string, fact]] : [])))
      return names.flatMap((name) => facts.get(idOf(name)) ?? [])
    },
  }
}

/** What is not known never takes the place of what is, and nothing never that of something. */
function mayReplace({ verdict, seen }: Fact): [condition: string, names: Record<string, string>] {
  if (verdict !== 'UNKNOWN') return ['', {}]
  const isUnknown = ' AND #fact.#verdict = :unknown'
  if (seen !== undefined) return [isUnknown, { '#verdict': 'verdict' }]
  return [`${isUnknown} AND attribute_not_exists(#fact.#seen)`, { '#verdict': 'verdict', '#seen': 'seen' }]
}

/** Of a later release, or by hand: what is no fact as we know it is none. */
function isFact(fact: unknown): fact is Fact {
  if (typeof fact !== 'object' || fact === null) return false
  const { name, seenAt, region, release } = fact as Partial<Fact>
  return (
    FACT_NAMES.some((it) => it === name) &&
    [seenAt, region, release].every((it) => typeof it === 'string') &&
    !Number.isNaN(Date.parse(seenAt ?? ''))
  )
}
