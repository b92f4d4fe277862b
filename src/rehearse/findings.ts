import { calendarOf } from '../calendar/calendar.ts'
import { affectedBy, formatTimes, saferThan } from '../calendar/clock-changes.ts'
import { parseCron } from '../calendar/cron.ts'
import { expressionKind } from '../calendar/expression.ts'
import { formatDate, formatDuration, formatTime } from '../calendar/format.ts'
import { periodOf } from '../calendar/rate.ts'
import { wallClock } from '../calendar/wall-clock.ts'
import type { Config, Schedule } from '../config/config.ts'
import { writeDuration } from '../config/duration.ts'
import { acknowledge } from '../config/warnings/acknowledged.ts'
import { type Acknowledgement, REHEARSED, type RehearsedName } from '../config/warnings/names.ts'
import { pauseSeconds } from '../model/attempts.ts'
import { isIntended, REASONS, type Reason } from '../model/reasons.ts'
import { DAY, HOUR, iso, MINUTE } from '../model/time.ts'
import { enforced } from '../model/under-policy.ts'
import type { Happened, Occurred } from './happened.ts'
import { objectiveMissed } from './objectives.ts'
import { QUOTAS } from './quotas.ts'
import type { Rehearsed } from './rehearse.ts'

/** What a rehearsal finds wrong: the names never change, for scripts go by them. docs/rehearse.md has the rest. */
export const FOUND = [...REHEARSED, 'clock-skips', 'clock-repeats'] as const

export type Found = {
  name: (typeof FOUND)[number]
  /** Null: several schedules, or none. */
  schedule: string | null
  /** A path inside the schedule, inside the file where there is none. */
  field: string
  message: string
  hint: string
}

/** What findings are made of. `faults`: what goes wrong by chance then is no mistake of the config. */
export type Shown = {
  config: Config
  happened: Happened
  rehearsed: Rehearsed
  faults: 'none' | 'usual'
  tookMs: (secret: string) => number
}

/** By validate's names: what is acknowledged there is acknowledged here. */
const ALIASES: Partial<Record<Found['name'], Acknowledgement['warning']>> = {
  ended: 'past',
  'too-old': 'older-than-max-age',
  'frozen-long': 'frozen-out',
  together: 'shared-secret',
}

/** What a rehearsal says of a config; `unused`: acknowledged, and not found here. */
export type Judged = { findings: Found[]; acknowledged: (Found & { reason: string })[]; unused: string[] }

/** Parts what somebody has acknowledged. What a shorter or other rehearsal cannot show is not called unused. */
export function judge(shown: Shown): Judged {
  const { config, happened, rehearsed, faults } = shown
  const isWhole = happened.to - happened.from >= 365 * DAY && !rehearsed.sampled && faults === 'none'
  const { left, acknowledged, unused } = acknowledge(findingsOf(shown), config, {
    isSeen: (name) => isWhole && REHEARSED.includes(name as RehearsedName),
    alias: (name) => ALIASES[name],
  })
  const pathOf = ({ schedule, field }: (typeof unused)[number]) =>
    schedule === null ? field : `schedules.${schedule}.${field}`
  return {
    ...{ findings: left, acknowledged },
    unused: unused.map((it) => `${pathOf(it)}: ${it.message.replace('warns of it', 'is found of it')}`),
  }
}

/** Everything that is wrong, schedule by schedule in the config's order, then what concerns several. */
function findingsOf(shown: Shown): Found[] {
  const { config, happened } = shown
  const by = Map.groupBy(happened.occurred, ({ schedule }) => schedule)
  const found = enforced(config).flatMap((schedule) => {
    const seen = { ...shown, schedule, occurred: by.get(schedule.name) ?? [] }
    const never = neverSucceeds(seen)
    return [
      ...ended(seen),
      ...notDue(seen),
      ...never,
      ...(never.length > 0 ? [] : leftOut(seen)),
      ...late(seen),
      ...objective(seen),
      ...tooOld(seen),
      ...(never.length > 0 ? [] : frozenLong(seen)),
      ...clockChanges(seen),
      ...drifts(seen),
      ...nobodyAnswers(seen),
      ...noTimeForRetries(seen),
      ...noTimeForHooks(seen),
    ]
  })
  return [...found, ...togetherOf(shown), ...quotas(shown)]
}

type Seen = Shown & { schedule: Schedule; occurred: Occurred[] }

function ended({ schedule: { name, when, timezone, ...rest }, happened: { from } }: Seen): Found[] {
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

/** Its first instant ever is a year or more away: a slip of the pen in a date, most likely. */
function notDue({ schedule, happened: { from, to } }: Seen): Found[] {
  const { name, start, timezone } = schedule
  const calendar = calendarOf(schedule)
  const first = calendar.next(from - 1)
  if (first === undefined || first < to || to - from < 365 * DAY) return []
  if (calendar.previous(from) !== undefined) return []
  return [
    {
      ...{ name: 'not-due', schedule: name, field: start === undefined ? 'when' : 'start' },
      message: `nothing is due before ${localDate(first, timezone)}, in ${formatDuration(first - from)}`,
      hint: 'check the year; if it is meant, rehearse up to a later --to',
    },
  ]
}

function neverSucceeds({ schedule, occurred, faults }: Seen): Found[] {
  const due = occurred.filter(({ rotations }) => rotations > 0)
  if (due.length === 0 || due.some(({ outcomes }) => outcomes.SUCCEEDED)) return []
  const [why = '', most = 0] = mostReason(due)
  // One that a freeze swallows may be meant; each of several is not.
  if (isIntended({ status: 'SKIPPED', reason: why }) && due.length < 2) return []
  if (faults === 'usual' && due.length < 2) return []
  return [
    {
      ...{ name: 'never-succeeds', schedule: schedule.name, field: fieldOf(why) },
      message: `none of its ${due.length} occurrences rotates anything: ${many(most, 'rotation')} ${most === 1 ? 'is' : 'are'} left out or fail as ${why}${said(due, why)}`,
      hint: hintFor(why),
    },
  ]
}

/** By reason, for each has a remedy of its own. */
function leftOut(seen: Seen): Found[] {
  const { schedule, occurred, faults } = seen
  const reasons = new Map<string, { waves: Occurred[]; rotations: number }>()
  for (const wave of occurred)
    for (const [reason, count] of Object.entries(wave.reasons)) {
      if (isIntended({ status: 'SKIPPED', reason })) continue
      if (faults === 'usual' && !OF_A_CONFIG.includes(reason as Reason)) continue
      const known = reasons.get(reason) ?? { waves: [], rotations: 0 }
      known.waves.push(wave)
      known.rotations += count
      reasons.set(reason, known)
    }
  return [...reasons].map(([reason, { waves, rotations }]) => {
    const [first] = waves
    const all = waves.reduce((sum, wave) => sum + wave.rotations, 0)
    const when = first === undefined ? '' : `, first on ${localText(first.scheduledAt, schedule.timezone)}`
    return {
      ...{ name: 'left-out', schedule: schedule.name, field: fieldOf(reason) },
      message: `${reason}: ${rotations} of ${many(all, 'rotation')} in ${waves.length} of ${many(occurred.length, 'wave')}${when}${reason === 'WINDOW_CLOSED' ? pace(seen, first) : said(waves, reason)}`,
      hint: reason === 'WINDOW_CLOSED' ? roomFor(seen, first) : hintFor(reason),
    } as const
  })
}

/** They succeed, and people were told before that they had failed. */
function late({ schedule, occurred, faults, tookMs }: Seen): Found[] {
  const count = occurred.reduce((sum, it) => sum + it.late, 0)
  if (count === 0 || faults === 'usual') return []
  const all = occurred.reduce((sum, it) => sum + it.rotations, 0)
  const took = longestOf(schedule.secrets, tookMs)
  const timeout = formatDuration(schedule.timeoutSeconds * 1_000)
  return [
    {
      ...{ name: 'late', schedule: schedule.name, field: 'timeout' },
      message: `${count} of ${many(all, 'rotation')} succeed after the timeout of ${timeout}, and are told as failed before: they take up to ${formatDuration(took)}`,
      hint: `write timeout: ${writeDuration(Math.ceil((took * 1.5) / MINUTE) * 60)}, or make the rotation function faster`,
    },
  ]
}

function objective({ schedule, occurred, happened, faults }: Seen): Found[] {
  const missed =
    faults === 'usual' ? undefined : objectiveMissed(schedule, occurred, happened.lateness.get(schedule.name))
  return missed ? [{ name: 'objective', schedule: schedule.name, field: 'objective', ...missed }] : []
}

/** What follows from a config, once something fails. */
const OF_A_CONFIG: Reason[] = ['WINDOW_CLOSED', 'WAVE_STOPPED', 'PAUSED', 'CANARY_NOT_VERIFIED']

function pace({ schedule, tookMs }: Seen, wave: Occurred | undefined): string {
  const { concurrency, windowSeconds, secrets, soakSeconds } = schedule
  const took = formatDuration(longestOf(secrets, tookMs))
  const soak = soakSeconds ? `, after a soak of ${formatDuration(soakSeconds * 1_000)}` : ''
  return `: ${many(wave?.rotations ?? secrets.length, 'secret')}, ${concurrency} at once, up to ${took} each${soak}, in a window of ${formatDuration(windowSeconds * 1_000)}`
}

function longestOf(secrets: string[], tookMs: (secret: string) => number): number {
  return Math.max(0, ...(secrets.length > 0 ? secrets : ['']).map(tookMs))
}

function roomFor({ schedule, tookMs }: Seen, wave: Occurred | undefined): string {
  const { secrets, windowSeconds, concurrency, soakSeconds = 0 } = schedule
  const took = longestOf(secrets, tookMs) / 1_000
  const count = wave?.rotations ?? secrets.length
  const turns = Math.ceil(count / concurrency)
  // A minute for Scheduler, one turn in five for what is slower.
  const window = Math.ceil((60 + soakSeconds + turns * took * 1.2) / 60) * 60
  const left = windowSeconds - 60 - soakSeconds
  const more = left > took ? Math.ceil(count / Math.max(1, Math.floor(left / (took * 1.2)))) : undefined
  const hints = [
    ...(more !== undefined && more > concurrency ? [`concurrency: ${more}`] : []),
    ...(window > windowSeconds ? [`window: ${writeDuration(window)}`] : []),
  ]
  return hints.length > 0
    ? `write ${hints.join(', or ')}, or divide its secrets among schedules`
    : 'find out what delays the start: hooks, an approval, another run'
}

function tooOld({ schedule, happened }: Seen): Found[] {
  const gaps = happened.tooOld.get(schedule.name) ?? []
  const [oldest] = gaps
  if (oldest === undefined || schedule.maxAgeSeconds === undefined) return []
  const { from, to, since, open } = oldest
  const date = (at: number) => localDate(at, schedule.timezone)
  const begin =
    since === 'start' ? `from the beginning, ${date(from)},` : `after its success of ${date(from)}`
  const end = open ? `by the end, ${date(to)}` : `until ${date(to)}`
  return [
    {
      ...{ name: 'too-old', schedule: schedule.name, field: 'maxAge' },
      message: `${many(gaps.length, 'secret')} get${gaps.length === 1 ? 's' : ''} older than maxAge (${formatDuration(schedule.maxAgeSeconds * 1_000)}): ${oldest.secret} ${begin} has no other ${end}, ${since === 'start' ? 'at least ' : ''}${formatDuration(to - from)}`,
      hint: 'rotate more often, let it pass the freeze (ignoreFreezes), or raise maxAge',
    },
  ]
}

const MONTH = 31 * DAY

/** Freezes that double the time between two waves with a success, and leave more than a month. */
function frozenLong({ schedule, occurred, happened }: Seen): Found[] {
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
      message: `freezes stop ${many(frozen.length, 'occurrence')} from ${localDate(frozen[0]?.scheduledAt ?? worst.from, schedule.timezone)} on: ${formatDuration(worst.to - worst.from)} without a rotation, where ${formatDuration(usual)} are usual`,
      hint: 'move the schedule, shorten the freeze, or name it under ignoreFreezes with a reason',
    },
  ]
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.POSITIVE_INFINITY
}

function clockChanges({ schedule, happened: { from, to } }: Seen): Found[] {
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
    hint: saferThan(when, cron, clock, from, to),
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
function drifts({ schedule, occurred }: Seen): Found[] {
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

function nobodyAnswers({ schedule, happened }: Seen): Found[] {
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
      message: `${asleep.length} of ${many(due.length, 'go-ahead')} can be given only between 22:00 and 07:00: the first from ${localText(first.scheduledAt - ahead, timezone)}, for ${formatDuration(ahead + approval.timeoutSeconds * 1_000)}. Unanswered, it is SKIPPED (NOT_APPROVED)`,
      hint: 'add notice: [24h], so that it is asked for ahead, or move the schedule',
    },
  ]
}

/** If the first attempt runs into its timeout, or if all fail at once. */
function noTimeForRetries({ schedule }: Seen): Found[] {
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
  const message =
    fit < retries
      ? `${fit} of ${retries} retries fit into the window of ${formatDuration(windowSeconds * 1_000)}: the pauses alone take ${formatDuration(atBest * 1_000)}`
      : `no retry fits after a rotation that runs into its timeout: ${formatDuration(first * 1_000)} are over then, and the window is ${formatDuration(windowSeconds * 1_000)}`
  return [
    {
      ...{ name: 'no-time-for-retries', schedule: name, field: 'retries' },
      message,
      hint: `write window: ${writeDuration(window)} or more${fit < retries ? ', or fewer retries' : ', or a shorter timeout'}`,
    },
  ]
}

function noTimeForHooks({ schedule }: Seen): Found[] {
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

/** As the table of quotas has it: what of AWS’s is asked for more than it gives. */
function quotas({ rehearsed: { peaks } }: Shown): Found[] {
  return peaks.flatMap(({ what, most, at, schedules }) => {
    const quota = QUOTAS[what]
    if (quota === undefined || most <= quota.most) return []
    const [one] = schedules
    return [
      {
        ...{
          name: 'quota' as const,
          schedule: one ?? null,
          field: one === undefined ? 'schedules' : 'concurrency',
        },
        message: `${most} ${quota.words} at ${iso(at).slice(0, 19)}Z, and AWS gives ${quota.most}${quota.adjustable ? ' unless asked for more' : ''}: ${listed(schedules)}`,
        hint: quota.hint,
      },
    ]
  })
}

function togetherOf({ happened }: Shown): Found[] {
  return happened.together.map(({ schedules: [one, other], secret, at, apartMs, times }) => ({
    ...{ name: 'together', schedule: other, field: 'secrets' },
    message: `${one} rotates ${secret} too, ${apartMs === 0 ? 'at the same moment' : `${formatDuration(apartMs)} apart`}: ${times} times, first at ${iso(at).slice(0, 16)}Z`,
    hint: 'leave the secret to one of the two, or set them further apart',
  }))
}

function mostReason(waves: Occurred[]): [reason: string, count: number] {
  const counts = new Map<string, number>()
  for (const { reasons } of waves)
    for (const [reason, count] of Object.entries(reasons))
      counts.set(reason, (counts.get(reason) ?? 0) + count)
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0] ?? ['', 0]
}

function said(waves: Occurred[], reason: string): string {
  const message = waves.find((it) => it.reasons[reason] && Object.keys(it.reasons).length === 1)?.message
  return message === undefined ? '' : ` (${message})`
}

function hintFor(reason: string): string {
  return reason in REASONS
    ? REASONS[reason as Reason].remedy.replaceAll('`', '')
    : 'see node_modules/aws-tourbillon/docs/outcomes.md'
}

const FIELDS: Partial<Record<string, string>> = {
  WINDOW_CLOSED: 'window',
  FROZEN: 'when',
  WAVE_STOPPED: 'maxErrors',
  PAUSED: 'pauseAfter',
  CANARY_NOT_VERIFIED: 'canary',
  PENDING_VERSION_STUCK: 'timeout',
  HOOK_FAILED: 'before',
  NOT_APPROVED: 'approval',
  THROTTLED: 'concurrency',
}

function fieldOf(reason: string): string {
  return FIELDS[reason] ?? 'secrets'
}

function listed(names: string[]): string {
  const shown = names.slice(0, 5).join(', ')
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown
}

function many(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

export function localDate(at: number, timezone: string): string {
  return formatDate(at + wallClock(timezone).offsetAt(at))
}

/** `2027-03-28 03:00 Europe/Berlin`. */
function localText(at: number, timezone: string): string {
  const local = at + wallClock(timezone).offsetAt(at)
  return `${formatDate(local)} ${formatTime(Math.floor(local / 1_000) * 1_000)} ${timezone}`
}
