import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { compileConfig } from './compile.ts'
import type { Config } from './config.ts'
import { describeIssue, findingsOf } from './issues.ts'
import { place, positionOf } from './positions.ts'
import type { Finding, Problem } from './problem.ts'
import { brokenRules } from './rules.ts'
import { configFile } from './schema.ts'
import { soundPart } from './sound-part.ts'
import { readYaml } from './yaml.ts'

export type Loaded = { ok: true; config: Config; locate: Locate } | { ok: false; errors: Problem[] }

/** Gives a finding about this file its place in it. */
export type Locate = (finding: Finding) => Problem

/** `config/prod.yml` is stage `prod`, whatever stands in it. */
export function stageNameOf(file: string): string {
  return basename(file, extname(file))
}

/** Reads, validates and compiles a config file. Throws what `readFile` throws where it cannot be read. */
export async function loadConfig(file: string): Promise<Loaded> {
  return parseConfig(file, await readFile(file, 'utf8'))
}

/** As `loadConfig`, of a text. Every problem found is reported, not only the first, in the order of the file. */
export function parseConfig(file: string, content: string): Loaded {
  const { value, document, text, faults } = readYaml(content)
  const errors = faults.map(({ at, path, message, hint }) => ({
    ...{ file, ...place(text, at), path: path.join('.'), message, hint },
  }))
  if (errors.length > 0) return { ok: false, errors: inOrder(errors) }

  const locate: Locate = ({ path, message, hint, ...part }) => ({
    ...{ file, ...positionOf(document, text, path, part), path: path.join('.'), message, hint },
  })
  const raw = value ?? {}
  const parsed = configFile.safeParse(raw, { error: describeIssue })
  const findings = parsed.success
    ? brokenRules(parsed.data)
    : [...parsed.error.issues.flatMap(findingsOf), ...brokenRules(soundPart(raw, parsed.error.issues))]
  if (!parsed.success || findings.length > 0) return { ok: false, errors: inOrder(findings.map(locate)) }
  return { ok: true, config: compileConfig(stageNameOf(file), parsed.data), locate }
}

function inOrder(problems: Problem[]): Problem[] {
  return problems.sort((a, b) => a.line - b.line || a.column - b.column)
}
