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
  /** All there are of this region, or those named, in the order of the table; in one read, consistently. */
  list(names?: readonly FactName[]): Promise<Fact[]>
}

const idOf = (name: FactName) => `fact#${name}`

export function openFacts(table: Table): Facts {
  return {
    async put(fact) {
      const id = idOf(fact.name)
      const older = '#fact.#seenAt <= :seenAt'
      const condition = `attribute_not_exists(id) OR (${[older, ...mayReplace(fact)].join(' AND ')})`
      const isWritten = await table.put({ id, fact }, { expression: condition, ...usedIn(condition, fact) })
      if (isWritten || fact.verdict !== 'UNKNOWN') return
      const UpdateExpression = 'SET #fact.#unseenAt = :seenAt'
      const ConditionExpression =
        '#fact.#seenAt < :seenAt AND (#fact.#verdict <> :unknown OR attribute_exists(#fact.#seen))'
      const { names, values } = usedIn(UpdateExpression + ConditionExpression, fact)
      await table.update(id, {
        ...{ UpdateExpression, ConditionExpression },
        ...{ ExpressionAttributeNames: names, ExpressionAttributeValues: values },
      })
    },
    async list(names = FACT_NAMES) {
      const [items, region] = await Promise.all([table.getAll(names.map(idOf)), table.region()])
      const here = (fact: unknown): fact is Fact => isFact(fact) && fact.region === region
      const facts = new Map(items.flatMap(({ id, fact }) => (here(fact) ? [[id as string, fact]] : [])))
      return names.flatMap((name) => facts.get(idOf(name)) ?? [])
    },
  }
}

/** What is not known never takes the place of what is, and nothing never that of something. */
function mayReplace({ verdict, seen }: Fact): string[] {
  if (verdict !== 'UNKNOWN') return []
  return ['#fact.#verdict = :unknown', ...(seen === undefined ? ['attribute_not_exists(#fact.#seen)'] : [])]
}

/** DynamoDB refuses names and values that no expression has. */
function usedIn(expression: string, { seenAt }: Fact) {
  const names = Object.fromEntries(
    [...expression.matchAll(/#(\w+)/g)].map(([placeholder, name]) => [placeholder, name as string]),
  )
  const isRanked = expression.includes(':unknown')
  return { names, values: { ':seenAt': seenAt, ...(isRanked && { ':unknown': 'UNKNOWN' }) } }
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
