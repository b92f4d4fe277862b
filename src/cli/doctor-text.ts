import { OURS } from '../calendar/zone-difference.ts'
import type { Diagnosis, FailedCheck, Severity, Unchecked } from '../doctor/check.ts'
import type { Identity } from '../doctor/identity.ts'
import { counted, few } from '../model/counts.ts'
import { paint } from './colors.ts'
import type { Terminal } from './command.ts'
import { indented, labelled } from './layout.ts'

type Style = Pick<Terminal, 'color' | 'columns'>

const HEADS: Record<Severity, { head: string; color: number }> = {
  broken: { head: 'BROKEN: the next rotation fails, or does not happen', color: 31 },
  risk: { head: 'AT RISK: it may fail, or nobody would hear of it', color: 33 },
  note: { head: 'NOTES: nothing fails; AWS’s own checks may ask', color: 36 },
}

/** Of one check, or one reason: the rest is in --json. */
const MOST = 10

/** Worst first. What is wrong with several subjects for one reason is explained once. */
export function doctorText(
  { stage, version }: { stage: string; version: string },
  { account, region, arn }: Identity,
  { fine, findings, notes, unseen }: Diagnosis,
  style: Style,
): string {
  const lines = [
    `${stage}  account ${account}, ${region}, config ${version}, zone data ${OURS.release}`,
    `looked at as ${arn}`,
  ]
  for (const severity of ['broken', 'risk', 'note'] as const) {
    const found = [...findings, ...notes].filter((it) => it.severity === severity)
    if (found.length === 0) continue
    const { head, color } = HEADS[severity]
    lines.push('', paint(color, head, style))
    for (const group of groupsOf(found, ({ check, cause }) => `${check} ${cause}`)) {
      lines.push(...findingLines(group, color, style))
    }
  }
  if (unseen.length > 0) {
    lines.push('', paint(36, 'COULD NOT BE SEEN: neither fine nor wrong', style))
    for (const group of groupsOf(unseen, ({ check, why }) => `${check} ${why}`)) {
      lines.push(...unseenLines(group, style))
    }
  }
  const noted = notes.length > 0 ? `, ${counted(notes.length, 'note')}` : ''
  const verdict = `${counted(fine, 'check')} fine, ${counted(findings.length, 'finding')}${noted}, ${unseen.length} could not be seen`
  return `${[...lines, '', paint(findings.length > 0 ? 31 : 32, verdict, style)].join('\n')}\n`
}

function findingLines(group: FailedCheck[], color: number, style: Style): string[] {
  const [first] = group
  if (!first) return []
  const shown = group.slice(0, MOST)
  const oneRemedy = shown.every(({ remedy }) => remedy === first.remedy)
  const advice = (label: string, text: string) => labelled(`    ${label.padEnd(6)}`, text, style.columns)
  const lines = ['', `  ${paint(color, first.check, style)}`]
  for (const { subject, symptom, remedy } of shown) {
    lines.push(...indented(`${subject}: ${symptom}`, 4, style.columns))
    if (!oneRemedy) lines.push(...advice('do', remedy))
  }
  if (group.length > MOST) lines.push(`    … and ${group.length - MOST} more (--json has all)`)
  lines.push(...advice('why', first.cause))
  if (oneRemedy) lines.push(...advice('do', first.remedy))
  return lines
}

function unseenLines(group: Unchecked[], { columns }: Style): string[] {
  const [first] = group
  if (!first) return []
  const subjects = group.map(({ subject }) => subject)
  return indented(`${first.check} of ${few(subjects, MOST)}: ${first.why}`, 2, columns)
}

function groupsOf<T>(items: T[], keyOf: (item: T) => string): T[][] {
  return [...Map.groupBy(items, keyOf).values()]
}
