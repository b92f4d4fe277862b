import { calendarOf } from '../calendar/calendar.ts'
import { affectedBy, formatTimes, saferThan } from '../calendar/clock-changes.ts'
import { parseCron } from '../calendar/cron.ts'
import { expressionKind } from '../calendar/expression.ts'
import { formatDuration } from '../calendar/format.ts'
import { periodOf } from '../calendar/rate.ts'
import { wallClock } from '../calendar/wall-clock.ts'
import { writeDuration } from '../config/duration.ts'
import { pauseSeconds } from '../model/attempts.ts'
import { counted } from '../model/counts.ts'
import { aheadMsOf } from '../model/limits.ts'
import { DAY, HOUR, MINUTE } from '../model/time.ts'
import type { Found, Seen } from './found.ts'
import { localDate, localText } from './local-text.ts'

/** What is wrong with when a schedule is due, and with the time that it gives. */

export function ended({ schedule: { name, when, timezone, ...rest }, happened: { from } }: Seen): Found[] {
  const calendar = calendarOf({ when, timezone, ...rest })
  if (calendar.next(from - 1) !== undefined) return []
  const last = calendar.previous(from)
  const was = last === undefined ? '' : `: the last was on ${localDate(last, timezone)}`
  return [
    {
      ...{ name: 'ended', schedule: name, field: 'when' },
      message: `nothing is due any more${was}`,
      hint: 'give it a future date, or remove the schedule',
    },
  ]
}

/** Its next instant is a year or more away: a slip of the pen in a date, most likely, or 29 February. */
export function notDue({ schedule, happened: { from, to } }: Seen): Found[] {
  const { name, start, timezone } = schedule
  const first = calendarOf(schedule).next(from - 1)
  if (first === undefined || first < to || to - from < 365 * DAY) return []
  return [
    {
      ...{ name: 'not-due', schedule: name, field: start === undefined ? 'when' : 'start' },
      message: `nothing is due before ${localDate(first, timezone)}, in ${formatDuration(first - from)}`,
      hint: 'check the date; if it is meant, rehearse up to a later --to',
    },
  ]
}

const MONTH = 31 * DAY

/** Freezes that double the time between two waves with a success, and leave more than a month. */
export function frozenLong({ schedule, occurred, happened }: Seen): Found[] {
  const good = occurred.filter(({ outcomes }) => outcomes.SUCCEEDED).map(({ scheduledAt }) => scheduledAt)
  const gaps = [...good, happened.to].flatMap((to, index) => {
    const from = index === 0 ? happened.from : (good[index - 1] ?? happened.from)
    return [{ from, to }]
  })
  const due = [...calendarOf(schedule).between(happened.from, happened.to)]
  const usual = median(due.slice(1).map((at, index) => at - (due[index] ?? at)))
  const [worst] = gaps
    .filter(({ from, to }) => to - from > MONTH && to - from > 1.9 * usual)
    .filter(({ from, to }) =>
      occurred.some((it) => it.scheduledAt >= from && it.scheduledAt < to && it.reasons.FROZEN),
    )
    .sort((a, b) => b.to - b.from - (a.to - a.from) || a.from - b.from)
  if (worst === undefined) return []
  const frozen = occurred.filter(
    (it) => it.scheduledAt >= worst.from && it.scheduledAt < worst.to && it.reasons.FROZEN,
  )
  return [
    {
      ...{ name: 'frozen-long', schedule: schedule.name, field: 'when' },
      message: `freezes stop ${counted(frozen.length, 'occurrence')} from ${localDate(frozen[0]?.scheduledAt ?? worst.from, schedule.timezone)} on: ${formatDuration(worst.to - worst.from)} without a rotation, where ${formatDuration(usual)} are usual`,
      hint: 'move the schedule, shorten the freeze, or name it under ignoreFreezes with a reason',
    },
  ]
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.POSITIVE_INFINITY
}

export function clockChanges({ schedule, happened: { from, to } }: Seen): Found[] {
  const { when, timezone, name } = schedule
  if (expressionKind(when) !== 'cron') return []
  const [cron, clock] = [parseCron(when), wallClock(timezone)]
  return affectedBy(cron, clock, from, to).map(({ kind, times }) => ({
    name: kind === 'skipped' ? ('clock-skips' as const) : ('clock-repeats' as const),
    ...{ schedule: name, field: 'when' },
    message:
      kind === 'skipped'
        ? `clocks in ${timezone} skip ${formatTimes(times)}: no rotation then`
        : `clocks in ${timezone} show ${formatTimes(times)} twice: it rotates once, the first time`,
    hint: saferThan(when, cron, clock, { from, to, aheadMs: aheadMsOf(schedule) }),
  }))
}

/** Local hour and weekday of an instant, 0 = Sunday. */
function localHour(at: number, timezone: string): { hour: number; day: number } {
  const local = new Date(at + wallClock(timezone).offsetAt(at))
  return { hour: local.getUTCHours(), day: local.getUTCDay() }
}

/** Mon to Fri, 8 to 18 by the schedule’s clock. */
function isBusinessHour(at: number, timezone: string): boolean {
  const { hour, day } = localHour(at, timezone)
  return day >= 1 && day <= 5 && hour >= 8 && hour < 18
}

/** When somebody may be expected to look at a phone, on any day: 7 to 22. */
function isWakingHour(at: number, timezone: string): boolean {
  const { hour } = localHour(at, timezone)
  return hour >= 7 && hour < 22
}

/** A rate() of days or nearly so that comes at another time of day each time. */
export function drifts({ schedule, occurred }: Seen): Found[] {
  const { when, timezone, name } = schedule
  if (expressionKind(when) !== 'rate') return []
  const period = periodOf(when)
  if (period < 12 * HOUR || period % DAY === 0 || DAY % period === 0) return []
  const busy = occurred.filter(({ scheduledAt }) => isBusinessHour(scheduledAt, timezone))
  const [first] = busy
  if (first === undefined || busy.length === occurred.length) return []
  return [
    {
      ...{ name: 'drifts', schedule: name, field: 'when' },
      message: `comes at another time of day each time: ${busy.length} of its ${occurred.length} occurrences lie between 08:00 and 18:00 on working days, the first on ${localText(first.scheduledAt, timezone)}`,
      hint: 'for the same time of day write cron(…), or a rate() of whole days',
    },
  ]
}

export function nobodyAnswers({ schedule, happened }: Seen): Found[] {
  const { approval, noticeSeconds = [], timezone, name } = schedule
  if (approval === undefined) return []
  const due = happened.occurred.filter((it) => it.schedule === name && !it.reasons.FROZEN)
  const ahead = Math.max(0, ...noticeSeconds) * 1_000
  const asleep = due.filter(({ scheduledAt }) => {
    const end = scheduledAt + approval.timeoutSeconds * 1_000
    for (let at = scheduledAt - ahead; at < end; at += 15 * MINUTE)
      if (isWakingHour(at, timezone)) return false
    return true
  })
  const [first] = asleep
  if (first === undefined) return []
  return [
    {
      ...{ name: 'nobody-answers', schedule: name, field: 'approval' },
      message: `${asleep.length} of ${counted(due.length, 'go-ahead')} can be given only between 22:00 and 07:00: the first from ${localText(first.scheduledAt - ahead, timezone)}, for ${formatDuration(ahead + approval.timeoutSeconds * 1_000)}. Unanswered, it is SKIPPED (NOT_APPROVED)`,
      hint: 'add notice: [24h], so that it is asked for ahead, or move the schedule',
    },
  ]
}

/** If the first attempt runs into its timeout, or if all fail at once. */
export function noTimeForRetries({ schedule }: Seen): Found[] {
  const { retries = 0, windowSeconds, timeoutSeconds, name } = schedule
  if (retries === 0) return []
  let [atBest, fit] = [0, 0]
  for (let ended = 1; ended <= retries; ended++) {
    atBest += pauseSeconds(ended)
    if (atBest < windowSeconds) fit++
  }
  const first = timeoutSeconds + pauseSeconds(1)
  if (fit === retries && first < windowSeconds) return []
  const window = Math.ceil((Math.max(first, atBest) + 60) / 60) * 60
  const others = [
    ...(fit < retries ? ['fewer retries'] : []),
    ...(first >= windowSeconds ? ['a shorter timeout'] : []),
  ]
  const message =
    fit < retries
      ? `${fit} of ${retries} retries fit into the window of ${formatDuration(windowSeconds * 1_000)}: the pauses alone take ${formatDuration(atBest * 1_000)}`
      : `no retry fits after a rotation that runs into its timeout: ${formatDuration(first * 1_000)} are over then, and the window is ${formatDuration(windowSeconds * 1_000)}`
  return [
    {
      ...{ name: 'no-time-for-retries', schedule: name, field: 'retries' },
      message,
      hint: `write window: ${writeDuration(window)} or more, or ${others.join(' and ')}`,
    },
  ]
}

export function noTimeForHooks({ schedule }: Seen): Found[] {
  const { before = [], windowSeconds, name } = schedule
  const seconds = before.reduce((sum, { timeoutSeconds }) => sum + timeoutSeconds, 0)
  if (seconds < windowSeconds) return []
  return [
    {
      ...{ name: 'no-time-for-hooks', schedule: name, field: 'before' },
      message: `its before-hooks may take ${formatDuration(seconds * 1_000)}, and nothing starts after the window of ${formatDuration(windowSeconds * 1_000)}`,
      hint: 'shorten their timeouts, or widen window',
    },
  ]
}
