import type { SecretListEntry } from '@aws-sdk/client-secrets-manager'
import { compile } from '../calendar/calendar.ts'
import { formatDate } from '../calendar/format.ts'
import { oneLine } from '../model/text.ts'
import { DAY, iso } from '../model/time.ts'
import { chooseByTags } from './choose-by-tags.ts'
import { agrees, type Rule } from './native-rule.ts'
import { scheduleName, uniqueNames } from './schedule-name.ts'
import type { Rotating } from './sort-secrets.ts'

/** A schedule as it is to stand in the config, always in UTC. */
export type ImportedSchedule = Pick<Rule, 'when' | 'start' | 'windowSeconds'> & {
  name: string
  /** The rules of Secrets Manager that became this one. */
  native: string[]
  /** What is not quite the same for all of its secrets. */
  doubts: string[]
  /** Sorted by name, each with what is doubtful about it alone. */
  secrets: { name: string; doubts: string[] }[]
  /** Choose just these secrets. */
  tags?: Record<string, string>
}

/** Rates begin on any day. More schedules than these for them, and days are put together. */
const MOST_RATES = 100

/**
 * Secrets with the same rule, and the same next day of it, as one schedule. Each secret is in exactly one.
 *
 * @param all what a selector would find: every secret of the account that is not a replica, nor to be deleted
 * @param now epoch ms
 */
export function groupSecrets(rotating: Rotating[], all: SecretListEntry[], now: number): ImportedSchedule[] {
  const rates = rotating.filter(({ rule }) => rule.start !== undefined)
  let days = 1
  while (new Set(rates.map(({ rule }) => keyOf(rule, days))).size > MOST_RATES) days *= 2
  const groups = Map.groupBy(rotating, ({ rule }) => keyOf(rule, days))
  const schedules = [...groups.values()].map((members) => scheduleOf(members, all, now))
  const sorted = schedules.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
  const names = uniqueNames(sorted.map(({ name }) => name))
  return sorted.map((schedule, index) => ({ ...schedule, name: names[index] ?? schedule.name }))
}

/** `days`: how many days on which a rate may begin are one. */
function keyOf({ when, start, windowSeconds }: Rule, days: number): string {
  const from = start === undefined ? '' : days === 1 ? start : Math.floor(start / (days * DAY))
  return JSON.stringify([when, windowSeconds, from])
}

function scheduleOf(members: Rotating[], all: SecretListEntry[], now: number): ImportedSchedule {
  const sorted = members.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const starts = members.flatMap(({ rule }) => rule.start ?? [])
  const start = starts.length > 0 ? Math.min(...starts) : undefined
  const [{ rule } = NONE] = members
  const kept = { when: rule.when, windowSeconds: rule.windowSeconds, ...(start !== undefined && { start }) }
  const early = Math.max(...starts, 0) - (start ?? 0)
  const shared = rule.doubts.filter((it) => members.every((member) => member.rule.doubts.includes(it)))
  const tags = chooseByTags(
    sorted.map(({ entry }) => entry),
    all,
  )
  return {
    ...kept,
    name: scheduleName(kept),
    native: [...new Set(members.map((it) => oneLine(it.rule.native)))].sort(),
    doubts: [
      ...shared,
      ...(early > 0
        ? [`some of its secrets begin up to ${early / DAY} d sooner than they would by themselves`]
        : []),
    ],
    secrets: sorted.map(({ name, rule, entry }) => ({
      name,
      doubts: [
        ...rule.doubts.filter((it) => !shared.includes(it)),
        ...(early > 0 ? [] : disagreement(kept, entry.NextRotationDate, now)),
      ],
    })),
    ...(tags && { tags }),
  }
}

const NONE: { rule: Rule } = { rule: { native: '', when: '', windowSeconds: 0, doubts: [] } }

/** After rotation was switched off and on, or a rule was changed, Secrets Manager's date is not the rule's. */
function disagreement(rule: Parameters<typeof agrees>[0], next: Date | undefined, now: number): string[] {
  if (next === undefined || agrees(rule, next, now) !== false) return []
  const ours = compile(rule.when, 'UTC', rule.start === undefined ? {} : { start: rule.start }).next(now)
  const our = ours === undefined ? 'never' : formatDate(ours)
  return [`Secrets Manager names ${iso(next).slice(0, 10)} as its next rotation, this schedule ${our}`]
}
