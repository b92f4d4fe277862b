import type { SecretListEntry } from '@aws-sdk/client-secrets-manager'
import { compile } from '../calendar/calendar.ts'
import { parseCron } from '../calendar/cron.ts'
import { DAY, HOUR, iso } from '../model/time.ts'
import { translateCron } from './native-cron.ts'

/** A rotation rule of Secrets Manager as a schedule of ours, always in UTC. */
export type Rule = {
  /** As Secrets Manager has it, for people. */
  native: string
  when: string
  /** Of a `rate()`: epoch ms. */
  start?: number
  windowSeconds: number
  /** What is not quite the same. */
  doubts: string[]
}

export type UnreadableRule = { native: string; unreadable: string }

const MOST_HOURS = 24

/**
 * The nearest schedule to what Secrets Manager does by itself; undefined where it has no rule. A window begins on the
 * hour, in UTC, and a rotation comes at any time in it: ours comes at its beginning. A rate counts from the last
 * rotation there, and from a `start` here: the next one that is due.
 * Source: API reference, RotationRulesType; User Guide, rotate-secrets_schedule.
 *
 * @param now epoch ms
 */
export function translateRule(
  { RotationRules, NextRotationDate }: SecretListEntry,
  now: number,
): Rule | UnreadableRule | undefined {
  const { AutomaticallyAfterDays: days, Duration, ScheduleExpression } = RotationRules ?? {}
  if (!ScheduleExpression && !days) return undefined
  // After each rotation Secrets Manager fills in the days of an expression, too.
  const rule = ScheduleExpression ?? `AutomaticallyAfterDays ${days}`
  const native = Duration === undefined ? rule : `${rule}, window ${Duration}`
  const hours = /^(\d+)h$/.exec(Duration ?? '')?.[1]
  const given = hours === undefined ? undefined : Number(hours)
  if (ScheduleExpression?.startsWith('cron(')) return cronRule(native, ScheduleExpression, given)
  const [, count, unit] =
    /^rate\((\d+) (hour|day)s?\)$/.exec(ScheduleExpression ?? `rate(${days} days)`) ?? []
  if (Number(count) > 0 && (unit === 'hour' || unit === 'day'))
    return rateRule(native, Number(count), unit, { given, next: NextRotationDate?.getTime(), now })
  return { native, unreadable: 'it is neither a cron() nor a rate() in hours or days' }
}

function cronRule(native: string, expression: string, given: number | undefined): Rule | UnreadableRule {
  const translated = translateCron(expression)
  if ('unreadable' in translated) return { native, ...translated }
  const { when } = translated
  const { times } = parseCron(when)
  const [first = 0] = times
  // Hours that repeat within the day: an hour. Else: to the end of the UTC day.
  const natural = times.length > 1 ? 1 : MOST_HOURS - Math.floor(first / 60)
  const gaps = times.map((time, index) => ((times[index + 1] ?? first + 1440) - time) / 60)
  return { native, when, ...windowOf(given ?? natural, Math.min(...gaps)) }
}

type Counted = { given: number | undefined; next: number | undefined; now: number }

function rateRule(native: string, count: number, unit: 'hour' | 'day', { given, next, now }: Counted): Rule {
  const period = count * (unit === 'day' ? DAY : HOUR)
  const hours = given ?? (unit === 'day' ? MOST_HOURS : 1)
  const { windowSeconds, doubts } = windowOf(hours, period / HOUR)
  const midnight = Math.ceil(now / DAY) * DAY
  let start = midnight
  if (next === undefined)
    doubts.push('Secrets Manager names no next rotation: it begins at the next midnight, UTC')
  else {
    // The last instant of a window; that of a day begins as the day does.
    start = unit === 'day' ? Math.floor(next / DAY) * DAY : Math.ceil(next / HOUR) * HOUR - hours * HOUR
    if (next < now) {
      doubts.push(
        `its rotation was due by ${iso(next).slice(0, 16)}Z: overdue, or Secrets Manager tries in vain`,
      )
      start += Math.ceil((now - start) / period) * period
    }
  }
  const plural = count === 1 ? unit : `${unit}s`
  return { native, when: `rate(${count} ${plural})`, start, windowSeconds, doubts }
}

/** A window of ours has 24 hours at most, and none reaches into the next. */
function windowOf(hours: number, gap: number): Pick<Rule, 'windowSeconds' | 'doubts'> {
  const most = Math.min(MOST_HOURS, gap)
  const bounded = Math.min(Math.max(hours, 1), most)
  const doubts = bounded < hours ? [`its window of ${hours} h is cut to ${bounded} h`] : []
  return { windowSeconds: bounded * 3_600, doubts }
}

/**
 * Whether ours rotates next on the day, in UTC, or in the window that NextRotationDate is the end of. Undefined: it
 * cannot be told, for Secrets Manager names no date, or one that is past.
 */
export function agrees(
  { when, start, windowSeconds }: Pick<Rule, 'when' | 'start' | 'windowSeconds'>,
  next: Date | undefined,
  now: number,
): boolean | undefined {
  const latest = next?.getTime()
  if (latest === undefined || latest < now) return undefined
  const calendar = compile(when, 'UTC', start === undefined ? {} : { start })
  const ours = calendar.previous(latest + 1)
  if (ours === undefined) return false
  const sameDay = Math.floor(latest / DAY) === Math.floor(ours / DAY)
  if (!sameDay && latest - ours > windowSeconds * 1_000) return false
  const before = calendar.next(now)
  return ours <= now || before === ours
}
