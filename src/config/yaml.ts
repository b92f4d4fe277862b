import { type Document, isAlias, isScalar, type Pair, parseDocument, visit } from 'yaml'
import { keyText, type Path } from './positions.ts'
import type { Finding } from './problem.ts'

/** A YAML text as a plain value, and where its parts stand. `faults` is not empty where it could not be read. */
export type Source = { value: unknown; document: Document.Parsed; text: string; faults: Fault[] }

/** What is wrong with the YAML itself: at an offset in the text. */
export type Fault = Omit<Finding, 'atKey' | 'offset'> & { at: number }

export function readYaml(content: string): Source {
  const text = content.replace(/^\uFEFF/, '')
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'error' })
  const faults = document.errors.map((error) => faultOf(document, error.pos[0], error.code, error.message))
  if (faults.length === 0) faults.push(...unusable(document))
  if (faults.length > 0) return { value: undefined, document, text, faults }
  try {
    return { value: document.toJS(), document, text, faults }
  } catch (error) {
    // The parser's guard against aliases of aliases of aliases.
    if (!(error instanceof ReferenceError)) throw error
    const hint = 'write the values out instead of repeating them by alias'
    faults.push({ at: 0, path: [], message: `too many aliases: ${error.message}`, hint })
    return { value: undefined, document, text, faults }
  }
}

function faultOf(document: Document.Parsed, at: number, code: string, message: string): Fault {
  if (code === 'DUPLICATE_KEY') {
    const path = pathTo(document, (pair) => isScalar(pair.key) && pair.key.range?.[0] === at)
    const hint = 'names in one map are unique: rename or merge the two'
    return { at, path, message: `«${path.at(-1)}» stands twice`, hint }
  }
  if (code === 'MULTIPLE_DOCS') {
    return {
      at,
      path: [],
      message: 'more than one document',
      hint: 'remove the line `---`: one file is one stage',
    }
  }
  return {
    at,
    path: [],
    message: `not valid YAML: ${message}`,
    hint: 'check indentation, quotes and colons around here',
  }
}

/** What is YAML, and yet no value of ours. */
function unusable(document: Document.Parsed): Fault[] {
  const faults: Fault[] = []
  visit(document, {
    Pair(_key, pair) {
      if (!isScalar(pair.key) || pair.key.value !== '__proto__') return
      const path = pathTo(document, (it) => it === pair)
      const at = pair.key.range?.[0] ?? 0
      faults.push({ at, path, message: '«__proto__» cannot be a name', hint: 'choose another name' })
    },
    Alias(_key, alias, ancestors) {
      if (alias.resolve(document)) return
      const path = pathTo(document, (it) => it === ancestors.at(-1))
      const hint = `set it before: &${alias.source}, or write the value out`
      faults.push({
        at: alias.range?.[0] ?? 0,
        path,
        message: `no anchor «${alias.source}» stands before this`,
        hint,
      })
    },
  })
  return faults
}

/** The keys that lead to the first pair that fits; empty where none does. */
function pathTo(document: Document.Parsed, fits: (pair: Pair) => boolean): Path {
  let found: Path = []
  visit(document, {
    Pair(_key, pair, ancestors) {
      if (!fits(pair)) return undefined
      found = [...ancestors, pair].flatMap((node, depth, all) => stepTo(node, all[depth + 1]))
      return visit.BREAK
    },
    Alias: (_key, alias) => (isAlias(alias) ? visit.SKIP : undefined),
  })
  return found
}

function stepTo(node: unknown, child: unknown): Path {
  if (typeof node !== 'object' || node === null) return []
  if ('key' in node) return [keyText(node.key)]
  const isList =
    'items' in node && Array.isArray(node.items) && !(child && typeof child === 'object' && 'key' in child)
  return isList && child !== undefined ? [(node.items as unknown[]).indexOf(child)] : []
}
