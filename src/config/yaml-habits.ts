import { type Document, isAlias, isMap, isScalar, type Pair, type Scalar, visit, type YAMLMap } from 'yaml'
import { keyText } from './positions.ts'

/** A habit that YAML or we take amiss: what is said of it, and the pair that it is about. */
type Habit = { at: number; pair: Pair; message: string; hint: string }

/**
 * Values that a comma ended: `{ when: cron(0 9,21 * * ? *) }` is `when: cron(0 9` and a key `21 * * ? *)` to YAML. They
 * are put together again, so that the expression itself is checked as well.
 */
export function cutValues(document: Document.Parsed, text: string): Habit[] {
  const found: Habit[] = []
  visit(document, {
    Map(_key, map) {
      if (!map.flow) return
      for (const [index, pair] of map.items.entries()) {
        const { key, value } = pair
        if (!isScalar(value) || value.type !== 'PLAIN' || !/\([^)]*$/.test(String(value.value))) continue
        const end = endOfValue(map, index)
        if (end === undefined || !value.range || !end.key.range) continue
        const [from, to] = [value.range[0], end.key.range[1]]
        const cut = String(value.value)
        value.value = text.slice(from, to)
        value.range = [from, to, to]
        map.items.splice(index + 1, end.index - index)
        found.push({
          at: from,
          pair: pair as Pair,
          message: `inside { } a comma ends a value: this one is "${cut}"`,
          hint: `write it in quotes: ${keyText(key)}: "${String(value.value)}"`,
        })
      }
    },
  })
  return found
}

/** The key without a value that holds the closing bracket; undefined where something else comes before. */
function endOfValue(map: YAMLMap, index: number): { index: number; key: Scalar } | undefined {
  for (let next = index + 1; next < map.items.length; next++) {
    const { key, value } = map.items[next] ?? {}
    if (!isScalar(key) || (isScalar(value) ? value.source || value.range?.[0] !== value.range?.[1] : value))
      return undefined
    if (String(key.value).includes(')')) return { index: next, key }
  }
  return undefined
}

/** `<<: *other`, which YAML 1.2 no longer has. What it would have brought is put in. */
export function mergedKeys(document: Document.Parsed): Habit[] {
  const found: Habit[] = []
  visit(document, {
    Map(_key, map) {
      for (const pair of map.items.filter(({ key }) => isScalar(key) && key.value === '<<')) {
        const { key, value } = pair
        found.push({
          at: (isScalar(key) && key.range?.[0]) || 0,
          pair: pair as Pair,
          message: 'a merge key ("<<") is not read here: YAML 1.2 has none',
          hint: 'write the values out, or put what schedules share under `defaults:`',
        })
        const source = isAlias(value) ? value.resolve(document) : value
        const names = map.items.map((item) => keyText(item.key))
        const brought = isMap(source) ? source.items.filter((item) => !names.includes(keyText(item.key))) : []
        map.items.push(...brought)
      }
    },
  })
  return found
}

/** The pairs whose key stands in their map before. */
export function repeatedKeys(document: Document.Parsed): Pair[] {
  const found: Pair[] = []
  visit(document, {
    Map(_key, map) {
      const seen = new Set<string>()
      for (const pair of map.items) {
        const name = keyText(pair.key)
        if (seen.has(name)) found.push(pair as Pair)
        seen.add(name)
      }
    },
  })
  return found
}

/** The document with only the first, or the last, of what stands twice in a map; and without merge keys. */
export function keepOne(document: Document.Parsed, which: 'first' | 'last'): Document.Parsed {
  visit(document, {
    Map(_key, map) {
      const names = map.items.map(({ key }) => keyText(key))
      map.items = map.items.filter(
        (_pair, index) =>
          names[index] !== '<<' &&
          (which === 'first' ? names.indexOf(names[index] ?? '') : names.lastIndexOf(names[index] ?? '')) ===
            index,
      )
    },
  })
  return document
}
