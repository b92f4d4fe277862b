import type { Problem } from '../config/problem.ts'
import { counted } from '../model/counts.ts'
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
      : { title: 'Findings', paragraphs: [`N${nothingFound(rehearsal.rehearsed).slice(1)}.`] }
  return toMarkdown({ title, facts, sections: [first, ...sections] })
}

/** Of a period in which nothing is due it says nothing of the config. */
export function nothingFound({ waves }: Pick<Rehearsal['rehearsed'], 'waves'>): string {
  return waves === 0 ? 'nothing found, for nothing is due' : 'nothing found'
}

/** Findings that a comment on a pull request shows. */
const FEW = 5

type Which = Pick<LocatedFinding, 'name' | 'schedule'>

/**
 * What a change of the config brings, and what it ends: findings of either side, by name and schedule. What it
 * acknowledges is still so, and not gone. `why`: there is nothing to compare with.
 */
export type Change = {
  since: string
  why?: string
  fresh: LocatedFinding[]
  gone: Which[]
  meant: (Which & { reason: string })[]
}

/** A few lines, for a comment on a pull request; with a base, those that are new first. `command` shows the rest. */
export function asSummary(
  { config, from, to, rehearsed, acknowledged }: Rehearsal,
  findings: LocatedFinding[],
  { change, command }: { change?: Change | undefined; command: string },
): string {
  const { fresh, gone, meant }: Omit<Change, 'since'> = change ?? { fresh: [], gone: [], meant: [] }
  const isFresh = (one: LocatedFinding) => fresh.includes(one)
  const ordered = [...findings.filter(isFresh), ...findings.filter((one) => !isFresh(one))]
  const lines = ordered.slice(0, FEW).map((one) => {
    const { name, line, path, message } = one
    return `- ${isFresh(one) ? 'new: ' : ''}**${name}** ${codeSpan(path)} (line ${line}): ${codeSpan(message)}`
  })
  const named = ({ name, schedule }: Which) =>
    `**${name}**${schedule === null ? '' : ` ${codeSpan(schedule)}`}`
  const more = [
    ...(findings.length > FEW ? [`- and ${findings.length - FEW} more: ${codeSpan(command)}`] : []),
    ...meant.slice(0, FEW).map((one) => `- newly acknowledged: ${named(one)}: ${codeSpan(one.reason)}`),
    ...gone.slice(0, FEW).map((one) => `- gone: ${named(one)}`),
  ]
  const counts = [
    findings.length === 0 ? nothingFound(rehearsed) : counted(findings.length, 'finding'),
    ...(change && change.why === undefined && findings.length > 0
      ? [`${fresh.length} new since ${codeSpan(change.since)}`]
      : []),
    ...(acknowledged.length > 0 ? [`${acknowledged.length} acknowledged`] : []),
    ...(gone.length > 0 ? [`${gone.length} gone`] : []),
    ...(change?.why !== undefined ? [`compared with nothing: ${codeSpan(change.since)} ${change.why}`] : []),
  ]
  const period = `${rehearsed.waves} waves, ${rehearsed.rotations} rotations from ${date(from)} to ${date(to)}`
  const title = `**Rehearsal of ${codeSpan(config.stage)}: ${counts.join(', ')}** (${period})`
  return `${[title, ...(lines.length + more.length > 0 ? ['', ...lines, ...more] : [])].join('\n')}\n`
}

function date(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
