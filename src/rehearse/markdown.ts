import type { Problem } from '../config/problem.ts'
import { codeSpan } from '../model/text.ts'
import { toMarkdown } from '../report/markdown.ts'
import { documentOf } from './document.ts'
import type { Rehearsal } from './stage.ts'

/** A finding with its place in the file. */
export type LocatedFinding = Problem & { name: string; schedule: string | null }

/** The whole rehearsal, findings first. */
export function asMarkdown(rehearsal: Rehearsal, findings: LocatedFinding[]): string {
  const { title, facts, sections } = documentOf(rehearsal)
  const bullets = findings.map(
    ({ name, file, line, column, path, message, hint }) =>
      `${file}:${line}:${column} ${path}: ${message} [${name}]; hint: ${hint}`,
  )
  const first =
    bullets.length > 0
      ? { title: 'Findings', bullets }
      : { title: 'Findings', paragraphs: ['Nothing found.'] }
  return toMarkdown({ title, facts, sections: [first, ...sections] })
}

/** Findings that a comment on a pull request shows. */
const FEW = 5

/** A few lines, for a comment on a pull request. */
export function asSummary({ config, from, to, rehearsed }: Rehearsal, findings: LocatedFinding[]): string {
  const year = `${rehearsed.waves} waves, ${rehearsed.rotations} rotations from ${date(from)} to ${date(to)}`
  const lines = findings
    .slice(0, FEW)
    .map(
      ({ name, line, path, message }) =>
        `- **${name}** ${codeSpan(path)} (line ${line}): ${codeSpan(message)}`,
    )
  const more =
    findings.length > FEW
      ? [`- and ${findings.length - FEW} more: \`npx aws-tourbillon rehearse --stage ${config.stage}\``]
      : []
  const what =
    findings.length === 0 ? 'nothing found' : `${findings.length} finding${findings.length === 1 ? '' : 's'}`
  return `${[`**Rehearsal of ${codeSpan(config.stage)}: ${what}** (${year})`, ...(lines.length > 0 ? ['', ...lines, ...more] : [])].join('\n')}\n`
}

function date(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
