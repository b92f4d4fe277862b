import type { Config } from '../config/config.ts'
import { bound } from '../config/house-rules/bound.ts'
import { demandsOf, reachOf } from '../config/house-rules/text.ts'
import { outlookOf } from '../config/warnings/warnings.ts'
import { bad, type Cell, listOf, type Section } from './document.ts'

/** A rule of the stage as evidence: what it asks for and of whom, who is let off and why, and who does not keep it. */
export type RuleEvidence = {
  name: string
  asks: string[]
  /** Whom it is for, in words; then the schedules that it binds. */
  for: string[]
  schedules: string[]
  waived: { schedule: string; reason: string }[]
  /** As of the 400 days from `now` on. */
  broken: { schedule: string; message: string }[]
}

/** `now`: epoch ms. */
export function rulesOf(config: Config, now: number): RuleEvidence[] {
  const { rules = [], schedules } = config
  if (rules.length === 0) return []
  const { broken } = outlookOf(config, now)
  return rules.map((rule) => {
    const those = schedules.filter((it) => bound(rule, it))
    return {
      name: rule.name,
      asks: demandsOf(rule),
      for: reachOf(rule),
      schedules: those.map((it) => it.name),
      waived: those.flatMap(({ name: schedule, waive = [] }) =>
        waive.filter((it) => it.rule === rule.name).map(({ reason }) => ({ schedule, reason })),
      ),
      broken: broken
        .filter((it) => it.rule === rule.name)
        .map(({ schedule, message }) => ({ schedule, message })),
    }
  })
}

export function rulesSection(config: Config, now: number): Section {
  const rows = rulesOf(config, now).map((it): Cell[] => {
    const all = it.schedules.length === config.schedules.length
    const letOff = it.waived.map(({ schedule, reason }) => `${schedule}: ${reason}`)
    return [
      it.name,
      it.asks.join('; '),
      it.for.join(', ') || 'every schedule',
      all ? `all ${it.schedules.length}` : it.schedules.join(', ') || bad('none'),
      letOff.join('; ') || '–',
      it.broken.length === 0
        ? 'none'
        : bad(it.broken.map(({ schedule, message }) => `${schedule}: ${message}`).join('; ')),
    ]
  })
  const header = ['Rule', 'Asks for', 'Of', 'Binds', 'Waived by, and why', 'Not kept by']
  return {
    title: 'Rules',
    paragraphs: [
      'What the stage asks of its own schedules. A config that does not keep to them is not deployed, unless a schedule waives one. Judged by the calendar of the 400 days after this was made; rotations on demand are not bound.',
    ],
    ...listOf({ items: rows, count: rows.length }, { header, rows }, 'The config has no rules.'),
  }
}
