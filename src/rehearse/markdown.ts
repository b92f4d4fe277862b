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

/** What a change of the config brings, and what it ends: findings of either side, by name and schedule. */
export type Change = {
  since: string
  fresh: LocatedFinding[]
  gone: Pick<LocatedFinding, 'name' | 'schedule'>[]
}

/** A few lines, for a comment on a pull request; with a base, those that are new first. */
export function asSummary(
  { config, from, to, rehearsed }: Rehearsal,
  findings: LocatedFinding[],
  change?: Change,
): string {
  const isFresh = (one: LocatedFinding) => change?.fresh.includes(one) === true
  const ordered = [...findings.filter(isFresh), ...findings.filter((one) => !isFresh(one))]
  const lines = ordered.slice(0, FEW).map((one) => {
    const { name, line, path, message } = one
    return `- ${isFresh(one) ? 'new: ' : ''}**${name}** ${codeSpan(path)} (line ${line}): ${codeSpan(message)}`
  })
  const gone = (change?.gone ?? []).slice(0, FEW)
  const more = [
    ...(findings.length > FEW
      ? [`- and ${findings.length - FEW} more: \`npx aws-tourbillon rehearse --stage ${config.stage}\``]
      : []),
    ...gone.map(
      ({ name, schedule }) => `- gone: **${name}**${schedule === null ? '' : ` ${codeSpan(schedule)}`}`,
    ),
  ]
  const counts = [
    findings.length === 0 ? 'nothing found' : `${findings.length} finding${findings.length === 1 ? '' : 's'}`,
    ...(change && findings.length > 0 ? [`${change.fresh.length} new since ${codeSpan(change.since)}`] : []),
    ...(change && change.gone.length > 0 ? [`${change.gone.length} gone`] : []),
  ]
  const period = `${rehearsed.waves} waves, ${rehearsed.rotations} rotations from ${date(from)} to ${date(to)}`
  const title = `**Rehearsal of ${codeSpan(config.stage)}: ${counts.join(', ')}** (${period})`
  return `${[title, ...(lines.length + more.length > 0 ? ['', ...lines, ...more] : [])].join('\n')}\n`
}

function date(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
