import { type Document, isAlias, isScalar, type Pair, parseDocument, visit } from 'yaml'
import { keyText, type Path } from './positions.ts'
import type { UnlocatedProblem } from './problem.ts'
import { cutValues, keepOne, mergedKeys, repeatedKeys } from './yaml-habits.ts'

/**
 * A YAML text, in the readings that are worth a check: none where it could not be read at all; two where keys stand
 * twice, with the last of each and with the first, so that one mistake does not hide others.
 */
type Source = {
  text: string
  problems: YamlProblem[]
  readings: YamlReading[]
  /** Of a text that could not be read: what the parser made of it, for what can be made out all the same. */
  guess?: unknown
}

/** A plain value, and where its parts stand. */
export type YamlReading = { value: unknown; document: Document.Parsed }

/** What is wrong with the YAML itself: at an offset in the text. */
export type YamlProblem = Omit<UnlocatedProblem, 'atKey' | 'offset'> & { at: number }

export function readYaml(content: string): Source {
  const text = content.replace(/^\uFEFF/, '')
  const document = parsed(text)
  const broken = document.errors.map((error) => problemOf(error.pos[0], error.code, error.message))
  if (broken.length === 0) broken.push(...unusable(document))
  if (broken.length > 0) return { text, problems: broken, readings: [], guess: guessOf(document) }

  const problems = mend(document, text)
  const repeated = repeatedKeys(document)
  problems.push(...repeated.map((pair) => repeatedProblem(document, pair)))
  const last = { document: keepOne(document, 'last') }
  try {
    const readings = [{ ...last, value: document.toJS() }]
    return { text, problems, readings: [...readings, ...(repeated.length > 0 ? withFirst(text) : [])] }
  } catch (error) {
    // The parser's guard against aliases of aliases of aliases; or an anchor that stood in what is left out.
    if (!(error instanceof ReferenceError)) throw error
    if (problems.length > 0) return { text, problems, readings: [] }
    const hint = 'write the values out instead of repeating them by alias'
    const problem = { at: 0, path: [], message: `too many aliases: ${error.message}`, hint }
    return { text, problems: [problem], readings: [] }
  }
}

/** Nothing where keys stand twice: either could be meant. */
function guessOf(document: Document.Parsed): unknown {
  try {
    return repeatedKeys(document).length > 0 ? undefined : document.toJS()
  } catch {
    return undefined
  }
}

function parsed(text: string): Document.Parsed {
  return parseDocument(text, { prettyErrors: false, logLevel: 'error', uniqueKeys: false })
}

/** What YAML allows and we do not: a problem each, and then read as it was meant. */
function mend(document: Document.Parsed, text: string): YamlProblem[] {
  return [...cutValues(document, text), ...mergedKeys(document)].map(({ pair, ...problem }) => ({
    ...problem,
    path: pathTo(document, (it) => it === pair),
  }))
}

/** With the first of what stands twice, where that can be read. */
function withFirst(text: string): YamlReading[] {
  const document = parsed(text)
  mend(document, text)
  keepOne(document, 'first')
  try {
    return [{ document, value: document.toJS() }]
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    return []
  }
}

function repeatedProblem(document: Document.Parsed, pair: Pair): YamlProblem {
  const path = pathTo(document, (it) => it === pair)
  const at = isScalar(pair.key) ? (pair.key.range?.[0] ?? 0) : 0
  const hint = 'names in one map are unique: rename or merge the two'
  return { at, path, message: `"${path.at(-1)}" stands twice`, hint }
}

function problemOf(at: number, code: string, message: string): YamlProblem {
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
function unusable(document: Document.Parsed): YamlProblem[] {
  const problems: YamlProblem[] = []
  visit(document, {
    Pair(_key, pair) {
      if (!isScalar(pair.key) || pair.key.value !== '__proto__') return
      const path = pathTo(document, (it) => it === pair)
      const at = pair.key.range?.[0] ?? 0
      problems.push({ at, path, message: '"__proto__" cannot be a name', hint: 'choose another name' })
    },
    Alias(_key, alias, ancestors) {
      if (alias.resolve(document)) return
      const path = pathTo(document, (it) => it === ancestors.at(-1))
      const hint = `set it before: &${alias.source}, or write the value out`
      problems.push({
        at: alias.range?.[0] ?? 0,
        path,
        message: `no anchor "${alias.source}" stands before this`,
        hint,
      })
    },
  })
  return problems
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
