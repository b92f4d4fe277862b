import { formatDuration } from '../calendar/format.ts'
import { writeDuration } from '../config/duration.ts'
import { counted, few } from '../model/counts.ts'
import { isIntended, REASONS, type Reason } from '../model/reasons.ts'
import { iso, MINUTE } from '../model/time.ts'
import type { Found, Seen, Shown } from './found.ts'
import type { Occurred } from './happened.ts'
import { localDate, localText } from './local-text.ts'
import { objectiveMissed } from './objectives.ts'
import { QUOTAS } from './quotas.ts'

/** What is wrong with what comes of it: who does not rotate, too late, too seldom, too many at once. */

export function neverSucceeds({ schedule, occurred, faults }: Seen): Found[] {
  const due = occurred.filter(({ rotations }) => rotations > 0)
  if (due.length === 0 || due.some(({ outcomes }) => outcomes.SUCCEEDED)) return []
  const [why = '', most = 0] = mostReason(due)
  // One that a freeze swallows may be meant; each of several is not.
  if (isIntended({ status: 'SKIPPED', reason: why }) && due.length < 2) return []
  if (faults === 'usual' && due.length < 2) return []
  return [
    {
      ...{ name: 'never-succeeds', schedule: schedule.name, field: fieldOf(why) },
      message: `none of its ${due.length} occurrences rotates anything: ${counted(most, 'rotation')} ${most === 1 ? 'is' : 'are'} left out or fail as ${why}${said(due, why)}`,
      hint: hintFor(why),
    },
  ]
}

/** By reason, for each has a remedy of its own. */
export function leftOut(seen: Seen): Found[] {
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
      message: `${reason}: ${rotations} of ${counted(all, 'rotation')} in ${waves.length} of ${counted(occurred.length, 'wave')}${when}${reason === 'WINDOW_CLOSED' ? pace(seen, first) : said(waves, reason)}`,
      hint: reason === 'WINDOW_CLOSED' ? roomFor(seen, first) : hintFor(reason),
    } as const
  })
}

/** They succeed, and people were told before that they had failed. */
export function late({ schedule, occurred, faults, tookMs }: Seen): Found[] {
  const count = occurred.reduce((sum, it) => sum + it.late, 0)
  if (count === 0 || faults === 'usual') return []
  const all = occurred.reduce((sum, it) => sum + it.rotations, 0)
  const took = longestOf(schedule.secrets, tookMs)
  const timeout = formatDuration(schedule.timeoutSeconds * 1_000)
  return [
    {
      ...{ name: 'late', schedule: schedule.name, field: 'timeout' },
      message: `${count} of ${counted(all, 'rotation')} succeed after the timeout of ${timeout}, and are told as failed before: they take up to ${formatDuration(took)}`,
      hint: `write timeout: ${writeDuration(Math.ceil((took * 1.5) / MINUTE) * 60)}, or make the rotation function faster`,
    },
  ]
}

export function objective({ schedule, occurred, happened, faults }: Seen): Found[] {
  const missed =
    faults === 'usual'
      ? undefined
      : objectiveMissed(schedule, occurred, happened.lateness.get(schedule.name), happened)
  return missed ? [{ name: 'objective', schedule: schedule.name, field: 'objective', ...missed }] : []
}

/** What follows from a config, once something fails. */
const OF_A_CONFIG: Reason[] = ['WINDOW_CLOSED', 'WAVE_STOPPED', 'PAUSED', 'CANARY_NOT_VERIFIED']

function pace({ schedule, tookMs }: Seen, wave: Occurred | undefined): string {
  const { concurrency, windowSeconds, secrets, soakSeconds } = schedule
  const took = formatDuration(longestOf(secrets, tookMs))
  const soak = soakSeconds ? `, after a soak of ${formatDuration(soakSeconds * 1_000)}` : ''
  return `: ${counted(wave?.rotations ?? secrets.length, 'secret')}, ${concurrency} at once, up to ${took} each${soak}, in a window of ${formatDuration(windowSeconds * 1_000)}`
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

export function tooOld({ schedule, happened }: Seen): Found[] {
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
      message: `${counted(gaps.length, 'secret')} get${gaps.length === 1 ? 's' : ''} older than maxAge (${formatDuration(schedule.maxAgeSeconds * 1_000)}): ${oldest.secret} ${begin} has no other ${end}, ${since === 'start' ? 'at least ' : ''}${formatDuration(to - from)}`,
      hint: 'rotate more often, let it pass the freeze (ignoreFreezes), or raise maxAge',
    },
  ]
}

/** As the table of quotas has it: what of AWS’s is asked for more than it gives. */
export function quotas({ rehearsed: { peaks } }: Shown): Found[] {
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
        message: `${most} ${quota.words} at ${iso(at).slice(0, 19)}Z, and AWS gives ${quota.most}${quota.adjustable ? ' unless asked for more' : ''}: ${few(schedules, 5)}`,
        hint: quota.hint,
      },
    ]
  })
}

export function togetherOf({ happened }: Shown): Found[] {
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
