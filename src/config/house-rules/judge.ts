import type { Config, HouseRule, Schedule } from '../config.ts'
import type { Warning } from '../warnings/names.ts'
import type { Subject } from '../warnings/subject.ts'
import { bound, isNamed, reaches } from './bound.ts'
import { brokenBy } from './demands.ts'

/** What a rule asks for and a schedule does not keep: an error, unless the schedule waives the rule. */
export type BrokenRule = { rule: string; schedule: string; field: string; message: string; hint: string }

/** What became of a stage's rules. */
export type Judged = {
  broken: BrokenRule[]
  waived: (BrokenRule & { reason: string })[]
  /** Rules that bind nobody, waivers of what is kept. */
  warnings: Warning[]
}

/** Each rule by itself, so that of several the strictest counts, and waiving one leaves the others. */
export function judgeRules({ rules = [], schedules }: Config, seen: Subject[]): Judged {
  const judged: Judged = { broken: [], waived: [], warnings: [] }
  for (const one of seen) {
    const { schedule } = one
    for (const rule of rules.filter((it) => bound(it, schedule))) {
      const found = brokenBy(rule, one).map((it) => brokenRule(rule, schedule, it))
      const reason = schedule.waive?.find((it) => it.rule === rule.name)?.reason
      if (reason === undefined) judged.broken.push(...found)
      else judged.waived.push(...found.map((it) => ({ ...it, reason })))
    }
    judged.warnings.push(...idleWaivers(schedule, judged.waived))
  }
  judged.warnings.push(...rules.flatMap((rule, index) => unbound(rule, index, schedules)))
  return judged
}

function brokenRule(
  { name: rule }: HouseRule,
  { name: schedule }: Schedule,
  { field, message, hint }: { field: string; message: string; hint: string },
): BrokenRule {
  const waive = `or waive it here: waive: [{ rule: ${rule}, reason: … }]`
  return { rule, schedule, field, message: `rule "${rule}": ${message}`, hint: `${hint}; ${waive}` }
}

/** What a disabled schedule waives may count again once it is enabled. */
function idleWaivers({ name, enabled, waive = [] }: Schedule, waived: BrokenRule[]): Warning[] {
  if (!enabled) return []
  return waive.flatMap(({ rule }, index) =>
    waived.some((it) => it.schedule === name && it.rule === rule)
      ? []
      : [
          {
            name: 'nothing-to-waive' as const,
            schedule: name,
            field: `waive.${index}.rule`,
            message: `${rule} is waived here, and nothing breaks it`,
            hint: 'remove this waiver',
          },
        ],
  )
}

/** A name or prefix that nothing goes by is a slip as often as not, and what it was meant for is not bound. */
function unbound(
  { name, schedules, secrets, ...rule }: HouseRule,
  index: number,
  all: Schedule[],
): Warning[] {
  const warning = (field: string, message: string, hint: string): Warning => ({
    name: 'rule-binds-nothing',
    schedule: null,
    field: `rules.${index}${field}`,
    message: `rule "${name}": ${message}`,
    hint,
  })
  const slips = [
    ...(schedules ?? []).flatMap((pattern, at) =>
      all.some((it) => isNamed(pattern, it))
        ? []
        : [warning(`.schedules.${at}`, `no schedule is named ${pattern}`, 'correct the name, or remove it')],
    ),
    ...(secrets ?? []).flatMap((prefix, at) =>
      all.some((it) => reaches(it, prefix))
        ? []
        : [
            warning(
              `.secrets.${at}`,
              `no schedule rotates a secret that begins with ${prefix}`,
              'correct the prefix, or remove it',
            ),
          ],
    ),
  ]
  if (slips.length > 0) return slips
  const those = all.filter((it) =>
    bound({ name, ...(schedules && { schedules }), ...(secrets && { secrets }) }, it),
  )
  if (those.some(({ enabled }) => enabled || rule.maxAgeSeconds !== undefined)) return []
  return [
    warning(
      '.name',
      'every schedule that it is for is disabled, or there is none',
      'remove the rule, unless a schedule is still to come',
    ),
  ]
}
