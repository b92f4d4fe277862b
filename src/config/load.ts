import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { type Document, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { compileConfig } from './compile.ts'
import type { Config } from './config.ts'
import { positionOf } from './positions.ts'
import type { Problem } from './problem.ts'
import { brokenRules, type Finding } from './rules.ts'
import { configFile, keysAt } from './schema.ts'
import { suggest } from './suggest.ts'

export type Loaded = { ok: true; config: Config; locate: Locate } | { ok: false; errors: Problem[] }

/** Gives a finding about this file its place in it. */
export type Locate = (finding: Finding) => Problem

/** Reads, validates and compiles a config file. Throws what `readFile` throws where it cannot be read. */
export async function loadConfig(file: string): Promise<Loaded> {
  return parseConfig(file, await readFile(file, 'utf8'))
}

/** As `loadConfig`, of a text. Every problem found is reported, not only the first. */
export function parseConfig(file: string, text: string): Loaded {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const syntax = document.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0])
    return { file, line, column: col, path: '', ...describeSyntax(error.code, error.message) }
  })
  if (syntax.length > 0) return { ok: false, errors: syntax }

  const locate = locator(file, document, lines)
  const parsed = configFile.safeParse(document.toJS() ?? {})
  if (!parsed.success) return { ok: false, errors: parsed.error.issues.flatMap(findingsOf).map(locate) }
  const broken = brokenRules(parsed.data)
  if (broken.length > 0) return { ok: false, errors: broken.map(locate) }
  return { ok: true, config: compileConfig(basename(file, extname(file)), parsed.data), locate }
}

function locator(file: string, document: Document.Parsed, lines: LineCounter): Locate {
  return ({ path, message, hint, ...place }) => ({
    file,
    ...positionOf(document, lines, path, place),
    path: path.join('.'),
    message,
    hint,
  })
}

function describeSyntax(code: string, message: string): { message: string; hint: string } {
  if (code === 'DUPLICATE_KEY') {
    return { message: 'this name stands twice', hint: 'names in one map are unique: rename or merge the two' }
  }
  return { message: `not valid YAML: ${message}`, hint: 'check indentation, quotes and colons around here' }
}

function findingsOf(issue: z.core.$ZodIssue): Finding[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(path)
    return issue.keys.map((key) => {
      const near = suggest(key, known)
      const hint = near ? `did you mean «${near}»?` : `known here: ${known.join(', ')}`
      return { path: [...path, key], atKey: true, message: `unknown key «${key}»`, hint }
    })
  }
  const hint = issue.code === 'custom' ? (issue.params?.hint as string | undefined) : undefined
  return [{ path, message: issue.message, hint: hint ?? '' }]
}
