import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { type Config, compileConfig } from './config.ts'
import { describeIssue, problemsOf } from './issues.ts'
import { columnOfEntries, type Path, place, positionOf } from './positions.ts'
import type { Problem, UnlocatedProblem } from './problem.ts'
import { brokenRules } from './rules.ts'
import { type ConfigFile, configFile } from './schema.ts'
import { soundPart } from './sound-part.ts'
import { pinsOf, type StageSettings } from './stage-settings.ts'
import { readYaml, type YamlProblem, type YamlReading } from './yaml.ts'

export type Loaded =
  | {
      ok: true
      config: Config
      settings: StageSettings
      written: ConfigFile
      locate: Locate
      /** See `columnOfEntries`: for whoever writes into this file. */
      columnAt(path: Path): number | undefined
    }
  | {
      ok: false
      errors: Problem[]
      /** What `stage:` says, where it is sound, whatever is wrong elsewhere: what must work at any time goes by it. */
      settings?: StageSettings
      /** Account and region, where these can be read, whatever is wrong elsewhere, under `stage:` too. */
      pins?: Pick<StageSettings, 'account' | 'region'> | undefined
    }

/** Gives a problem of this file its place in it. */
type Locate = (finding: UnlocatedProblem) => Problem

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
  const { text, problems, readings, guess } = readYaml(content)
  const unsound = problems.map(({ at, path, message, hint }) => ({
    ...{ file, ...place(text, at), path: path.join('.'), message, hint },
  }))
  const [last, first] = readings.map((reading) => check(file, text, reading))
  if (last === undefined)
    return { ok: false, errors: inOrder(unsound), pins: pinsOf((guess as { stage?: unknown } | null)?.stage) }
  const errors = [...unsound, ...(first ? eitherOf(last.errors, first.errors, problems) : last.errors)]
  if (last.parsed === undefined || errors.length > 0) {
    const sound = errors.every(({ path }) => !/^stage(\.|$)/.test(path))
    const { settings } = last
    const pinned = errors.every(({ path }) => !/^stage(\.account|\.region)?$/.test(path))
    return {
      ok: false,
      errors: inOrder(errors),
      ...(sound && settings && { settings }),
      ...(pinned && { pins: last.pins }),
    }
  }
  const { locate, columnAt } = last
  const written = last.parsed
  const config = compileConfig(basename(file, extname(file)), written)
  return { ok: true, config, settings: written.stage, written, locate, columnAt }
}

function check(file: string, text: string, { value, document }: YamlReading) {
  const locate: Locate = ({ path, message, hint, ...part }) => ({
    ...{ file, ...positionOf(document, text, path, part), path: path.join('.'), message, hint },
  })
  const columnAt = (path: Path) => columnOfEntries(document, text, path)
  const raw = value ?? {}
  const { data, error } = configFile.safeParse(raw, { error: describeIssue })
  const problems =
    error === undefined
      ? brokenRules(data)
      : [...error.issues.flatMap(problemsOf), ...brokenRules(soundPart(raw, error.issues))]
  const settings = configFile.shape.stage.safeParse((raw as { stage?: unknown }).stage).data
  const pins = pinsOf((raw as { stage?: unknown }).stage)
  return { errors: problems.map(locate), parsed: data, settings, pins, locate, columnAt }
}

/**
 * Of two readings of a file in which something stands twice: what is wrong within it in either, and elsewhere what is
 * wrong in both, since only the other half may be what is missed there.
 */
function eitherOf(last: Problem[], first: Problem[], problems: YamlProblem[]): Problem[] {
  const within = ({ path }: Problem) =>
    problems.some((one) => `${path}.`.startsWith(`${one.path.join('.')}.`))
  const same = (a: Problem) => (b: Problem) =>
    a.path === b.path && a.message === b.message && a.line === b.line
  return [
    ...last.filter((problem) => within(problem) || first.some(same(problem))),
    ...first.filter((problem) => within(problem) && !last.some(same(problem))),
  ]
}

function inOrder(problems: Problem[]): Problem[] {
  return problems.sort((a, b) => a.line - b.line || a.column - b.column)
}
