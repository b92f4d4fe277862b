import { type Document, isMap, isNode, isScalar, isSeq } from 'yaml'

type Position = { line: number; column: number }

/** Keys of maps and indexes of lists, from the top of the file. */
export type Path = (string | number)[]

/**
 * Where a path of a YAML document stands: its value, or its key with `atKey`; the nearest parent that exists where
 * the path itself does not (a missing key). `offset` counts characters into a value that stands as it is written; one
 * that is escaped or folded is given by its beginning.
 */
export function positionOf(
  document: Document.Parsed,
  text: string,
  path: Path,
  { atKey = false, offset = 0 }: { atKey?: boolean | undefined; offset?: number | undefined } = {},
): Position {
  const entry = entryAt(document, path)
  const start = entry && startOf((atKey ? entry.key : undefined) ?? entry.value, offset)
  if (start !== undefined) return place(text, start)
  return path.length === 0
    ? { line: 1, column: 1 }
    : positionOf(document, text, path.slice(0, -1), { atKey: true })
}

/**
 * At which column, from 0, the entries of a map or list begin that stand in lines of their own; undefined where there is
 * none, where it stands within [ ] or { }, or is an alias.
 */
export function columnOfEntries(document: Document.Parsed, text: string, path: Path): number | undefined {
  const node = entryAt(document, path)?.value
  if (!(isMap(node) || isSeq(node)) || node.flow || !node.range) return undefined
  return place(text, node.range[0]).column - 1
}

/** Line and column, both from 1, of an offset in the text; of its end where the offset lies beyond. */
export function place(text: string, at: number): Position {
  const before = text.slice(0, at)
  return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') }
}

/** A key as it reads in a plain object: YAML takes `123:` for a number, and `~:` for nothing. */
export function keyText(key: unknown): string {
  const value = isScalar(key) ? (key.value ?? '') : key
  return String(value)
}

function entryAt(document: Document.Parsed, path: Path): { key?: unknown; value: unknown } | undefined {
  let entry: { key?: unknown; value: unknown } | undefined = { value: document.contents }
  for (const part of path) {
    const within: unknown = entry?.value
    if (isMap(within)) entry = within.items.find(({ key }) => keyText(key) === String(part))
    else if (isSeq(within) && typeof part === 'number') entry = { value: within.items[part] }
    else return undefined
  }
  return entry
}

function startOf(node: unknown, offset: number): number | undefined {
  if (!isNode(node) || !node.range) return undefined
  const [start, end] = node.range
  if (offset === 0 || !isScalar(node)) return start
  const quote = node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE' ? 1 : 0
  // Escapes and folds only ever shorten: of equal length, the value stands there letter by letter.
  const verbatim = end - start - 2 * quote === String(node.value).length
  return verbatim ? start + quote + offset : start
}
