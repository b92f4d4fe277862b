import { wordsOf } from '../calendar/describe.ts'
import { wallClock } from '../calendar/wall-clock.ts'
import type { Warning } from '../config/warnings/names.ts'
import { type ConfigDiff, isDifferent } from '../diff/diff.ts'
import { type FieldChange, isUsual } from '../diff/fields.ts'
import type { Permission } from '../diff/permissions.ts'
import type { FirstOccurrence, ScheduleDiff } from '../diff/schedules.ts'
import type { SecretChange } from '../diff/secrets.ts'
import { counted, grouped } from '../model/counts.ts'
import { dayText, utcText } from './instants.ts'

/** What the two forms of a comparison for people, text and Markdown, say alike. */

/** What was compared, as it is called to people, and what was found. */
export type Compared = { base: string; head: string; found: ConfigDiff }

/** `2 schedules changed, 1 added`. */
export function summaryOf(found: ConfigDiff): string {
  const { schedules } = found
  const count = (kind: ScheduleDiff['change']) => schedules.filter(({ change }) => change === kind).length
  const kinds = (['changed', 'added', 'removed', 'renamed'] as const).filter((kind) => count(kind) > 0)
  const first = kinds[0]
  if (first === undefined) return isDifferent(found) ? 'no schedule differs' : 'no difference'
  const [one, ...others] = kinds
  return [
    `${counted(count(first), 'schedule')} ${one}`,
    ...others.map((kind) => `${count(kind)} ${kind}`),
  ].join(', ')
}

/** `4 lost, 52 moved`; undefined where every instant stays. */
export function instantsSummary(
  diffs: Pick<ScheduleDiff, 'gained' | 'lost' | 'moved'>[],
): string | undefined {
  const counts = (['lost', 'gained', 'moved'] as const)
    .map((kind) => ({ kind, count: diffs.reduce((sum, diff) => sum + diff[kind].length, 0) }))
    .filter(({ count }) => count > 0)
  return counts.length === 0
    ? undefined
    : counts.map(({ kind, count }) => `${grouped(count)} ${kind}`).join(', ')
}

/** `Sun 29 Nov 2026 03:00 Asia/Tokyo, Sat 18:00Z`. */
export function firstOccurrenceText(sight: FirstOccurrence | undefined): string {
  if (sight?.next === undefined) return 'none'
  return `${localText(sight.next, sight.timezone)} ${sight.timezone}, ${utcText(sight.next)}`
}

/** `Sun 29 Nov 2026 03:00 (Sat 18:00Z)`. */
export function instantText(instant: number, timezone: string): string {
  return `${localText(instant, timezone)} (${utcText(instant)})`
}

/** What moves stays on its local day: that is said once. */
export function movedText({ from, to }: { from: number; to: number }, diff: ScheduleDiff): string {
  const [before, after] = zonesOf(diff)
  return `${instantText(from, before)} → ${localText(to, after).slice('Sun 29 Nov 2026 '.length)} (${utcText(to)})`
}

/** BASE's zone and HEAD's; where one of them is not, it has no instants. */
export function zonesOf({ before, after }: ScheduleDiff): [string, string] {
  const [was, is] = [before?.timezone, after?.timezone]
  return [was ?? is ?? 'UTC', is ?? was ?? 'UTC']
}

function localText(instant: number, timezone: string): string {
  return dayText(instant + wallClock(timezone).offsetAt(instant))
}

/** Each item as it is to be read: an expression with its meaning. */
export function itemsOf({ field, before, after }: FieldChange): { before: string[]; after: string[] } {
  const spell = (item: string) => {
    if (field !== 'when') return item
    const words = wordsOf(item)
    return `${item}: ${words.charAt(0).toLowerCase()}${words.slice(1)}`
  }
  return { before: before.map(spell), after: after.map(spell) }
}

/** Of what is gone, what it was and no more; of what is new, what is not as usual. */
export function shownFields({ change, fields }: ScheduleDiff): FieldChange[] {
  if (change === 'added') return fields.filter((field) => !isUsual(field))
  return change === 'removed' ? fields.filter(({ field }) => WHAT.has(field)) : fields
}

const WHAT = new Set(['when', 'timezone', 'secrets', 'secrets by', 'place'])

/** One value instead of another; or else a list, of which some come and some go. */
export function isValue({ before, after }: FieldChange): boolean {
  return before.length <= 1 && after.length <= 1
}

/** Both empty where only the order differs. */
export function comeAndGone({ before, after }: { before: string[]; after: string[] }): {
  come: string[]
  gone: string[]
} {
  return {
    come: after.filter((item) => !before.includes(item)),
    gone: before.filter((item) => !after.includes(item)),
  }
}

/** Why some of the lost, or the gained, are: `8 in freeze audit-week`; empty where nothing but the change itself is why. */
export function reasonsOf(kind: 'lost' | 'gained', diff: ScheduleDiff): string[] {
  const all = new Set(diff[kind])
  const freezes = Map.groupBy(
    diff.frozen.filter(({ at }) => all.has(at)),
    ({ freeze }) => freeze,
  )
  const beyond = diff.beyond.filter((at) => all.has(at)).length
  return [
    ...[...freezes].map(([freeze, { length }]) =>
      kind === 'lost'
        ? `${grouped(length)} to freeze ${freeze}`
        : `${grouped(length)} no more in freeze ${freeze}`,
    ),
    ...(beyond > 0
      ? [`${beyond} ${kind === 'lost' ? 'moved past' : 'moved back from past'} the end of the year`]
      : []),
  ]
}

export function secretText({ secret, place, unless }: SecretChange): string {
  const where = place === '' ? '' : ` (${place})`
  return `${secret}${where}${unless === undefined ? '' : `, unless ${unless} chooses it by its tags`}`
}

/** What `validate` says of a side: a warning, or a rule that is not kept. */
export type Said = Pick<Warning, 'schedule' | 'field' | 'message' | 'hint'> & { name?: Warning['name'] }

/** `orders.window`, and what is said of it; `[name]` of a warning. */
export function saidText({ schedule, field, message, name }: Said) {
  const subject = schedule === null ? field : `${schedule}.${field}`
  return { subject, message, name: name === undefined ? '' : ` [${name}]` }
}

/** `RotateRole: RotateSecret, DescribeSecret`, of one service as a rule. */
export function actionsText({ role, effect, actions, conditions }: Permission): string {
  const services = new Set(actions.map((action) => action.split(':')[0]))
  const [service] = services
  const list =
    services.size === 1
      ? `${service}: ${actions.map((action) => action.split(':')[1]).join(', ')}`
      : actions.join(', ')
  const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`
  return `${role} ${effect === 'Deny' ? 'is denied' : 'may'} ${list}${where}`
}

/** The stack's own account and region go without saying. */
export function resourceText(resource: string): string {
  const own = /^arn:\$\{AWS::Partition\}:[a-z]+:(?:\$\{AWS::Region\}|([^:]+)):\$\{AWS::AccountId\}:(.+)$/
  const [, region, rest] = own.exec(resource) ?? []
  if (rest === undefined) return resource
  return region === undefined ? rest : `${rest} in ${region}`
}
