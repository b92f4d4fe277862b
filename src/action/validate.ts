import type { Problem } from '../config/problem.ts'
import { counted } from '../model/counts.ts'
import { CannotDo } from '../model/errors.ts'
import { codeSpan } from '../model/text.ts'
import { annotation, type Level, literally } from './annotations.ts'
import { fileOf, stagesOf } from './stages.ts'
import { inRepository, type Step, summarize } from './step.ts'
import { tourbillon } from './tool.ts'

/** GitHub shows so many of each level for a step. Source: docs.github.com, "Usage limits", annotations. */
const SHOWN = 10

type Found = Problem & { level: Level }

/** Every problem where it stands: on the lines of the change, in the log, and where there are many, in the summary. */
export async function validate(step: Step): Promise<boolean> {
  const found: Found[] = []
  let valid = true
  await literally(step, async () => {
    for (const stage of stagesOf(step)) {
      const { ok, problems } = await problemsOf(step, stage)
      valid &&= ok
      found.push(...problems)
      step.out(`${inRepository(step, fileOf(stage))}: ${ok ? 'valid' : 'refused'}${countsOf(problems)}\n`)
    }
  })
  const errors = found.filter(({ level }) => level === 'error')
  const warnings = found.filter(({ level }) => level === 'warning')
  for (const { level, file, line, column, path, message, hint } of [
    ...errors.slice(0, SHOWN),
    ...warnings.slice(0, SHOWN),
  ])
    step.out(annotation(level, `${message}\nhint: ${hint}`, path || 'Tourbillon', { file, line, column }))
  const rest = [...errors.slice(SHOWN), ...warnings.slice(SHOWN)]
  if (rest.length > 0) {
    await literally(step, () => {
      for (const it of rest) step.out(`${placeOf(it)}  ${it.level}  ${it.path}: ${it.message}\n`)
    })
    step.out(annotation('notice', `${rest.length} more are in the step's summary and in its log`))
  }
  if (found.length > 0) summarize(step, table(found))
  return valid
}

async function problemsOf(step: Step, stage: string): Promise<{ ok: boolean; problems: Found[] }> {
  const strict = step.strict ? ['--strict'] : []
  const { code, out, err } = await tourbillon(step, ['validate', `--stage=${stage}`, '--json', ...strict])
  if (code > 1) throw new CannotDo(`validate could not be done: ${err.trim()}`)
  const answer: { errors: Problem[]; warnings: Problem[] } = JSON.parse(out)
  const at = (level: Level) => (it: Problem) => ({ ...it, level, file: inRepository(step, it.file) })
  return {
    ok: code === 0,
    problems: [
      ...answer.errors.map(at('error')),
      // What fails the step is shown as what fails it.
      ...answer.warnings.map(at(step.strict ? 'error' : 'warning')),
    ],
  }
}

function countsOf(problems: Found[]): string {
  const counts = (['error', 'warning'] as const).flatMap((level) => {
    const count = problems.filter((it) => it.level === level).length
    return count === 0 ? [] : [counted(count, level)]
  })
  return counts.length === 0 ? '' : ` (${counts.join(', ')})`
}

function placeOf({ file, line, column }: Problem): string {
  return `${file}:${line}:${column}`
}

function table(found: Found[]): string {
  const rows = found.map((it) => [it.level, placeOf(it), it.path, it.message, it.hint])
  return [
    '### Rotation schedules: what validate found',
    '',
    '| | where | what | | what to do |',
    '| --- | --- | --- | --- | --- |',
    // A pipe would end its cell, within a code span too.
    ...rows.map(
      (row) => `| ${row.map((cell) => cell && codeSpan(cell).replaceAll('|', '\\|')).join(' | ')} |`,
    ),
    '',
  ].join('\n')
}
