import { type Document, isMap, isPair, isScalar, type LineCounter, type Node } from 'yaml'

export type Position = { line: number; column: number }

/**
 * Where a path of a YAML document stands: its value, or its key with `atKey`; the nearest parent that exists where
 * the path itself does not (a missing key). `offset` counts characters into a scalar, past its opening quote.
 */
export function positionOf(
  document: Document.Parsed,
  lines: LineCounter,
  path: (string | number)[],
  { atKey = false, offset = 0 }: { atKey?: boolean; offset?: number | undefined } = {},
): Position {
  const start = atKey ? keyStart(document, path) : valueStart(document, path, offset)
  if (start !== undefined) {
    const { line, col } = lines.linePos(start)
    return { line, column: col }
  }
  return path.length === 0
    ? { line: 1, column: 1 }
    : positionOf(document, lines, path.slice(0, -1), { atKey: true })
}

function valueStart(
  document: Document.Parsed,
  path: (string | number)[],
  offset: number,
): number | undefined {
  const node = path.length === 0 ? document.contents : document.getIn(path, true)
  const start = (node as Node | undefined)?.range?.[0]
  if (start === undefined) return undefined
  const quoted = isScalar(node) && (node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE')
  return start + offset + (offset > 0 && quoted ? 1 : 0)
}

/** The key's own place; for an item of a list, the item's. */
function keyStart(document: Document.Parsed, path: (string | number)[]): number | undefined {
  const parentPath = path.slice(0, -1)
  const key = path.at(-1)
  const parent = parentPath.length === 0 ? document.contents : document.getIn(parentPath, true)
  if (!isMap(parent)) return valueStart(document, path, 0)
  const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key)
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined
}
