import type { Config, NotifyKind, Schedule } from '../config/config.ts'
import type { Finding } from '../model/finding.ts'
import { secretKeyOf } from '../model/identity.ts'
import { isIntended } from '../model/reasons.ts'
import type { Rotation, Status, Trigger } from '../model/rotation.ts'
import { DAY, HOUR } from '../model/time.ts'
import { enforced, maxAgeOf } from '../model/under-policy.ts'
import { notifyKindOf } from '../notify/findings-text.ts'
import { recipientsOf } from '../notify/recipients.ts'
import { kindsOfWave } from '../notify/wave-text.ts'
import type { Notification } from '../rotation/notification.ts'
import { type Lateness, latenessOf } from './lateness.ts'
import type { RehearsalOptions } from './rehearse.ts'

/** An occurrence and what came of it: counts, for a year of a large stage has hundreds of thousands of rotations. */
export type Occurred = {
  schedule: string
  scheduledAt: number
  trigger: Trigger
  rotations: number
  outcomes: Partial<Record<Status, number>>
  /** Of those without success, by reason; and what was said of the first one. */
  reasons: Record<string, number>
  message?: string
  /** Of the successes, those that came after their timeout, and were told as failed before. */
  late: number
  /** When its last rotation was started, and settled. */
  lastStart?: number
  endedAt?: number
}

/** Two schedules that rotated one secret within an hour: how often, and the first time. */
type Together = {
  schedules: [string, string]
  secret: string
  at: number
  apartMs: number
  times: number
}

/** Longest time between two successes of a secret; `open`: it had not succeeded again by the end. */
type Gap = { secret: string; from: number; to: number; since: 'success' | 'start'; open: boolean }

/** A text that people would get. */
type Page = { at: number; kind: string; schedule: string | undefined; to: string }

export type Happened = {
  from: number
  to: number
  /** In the order in which they were due. */
  occurred: Occurred[]
  /** By the schedule whose `maxAge` binds: secrets that got older than it, the oldest first. */
  tooOld: Map<string, Gap[]>
  together: Together[]
  pages: Page[]
  /** By schedule. */
  lateness: Map<string, Lateness>
}

/** Takes in what a rehearsal shows, and keeps what is told of it. */
export type Gathering = Pick<RehearsalOptions, 'onWave' | 'onTold'> & { end(): Happened }

/** Two rotations of one secret are one too many within this time. */
const TOGETHER_MS = HOUR

/** The stage's own topic, wherever it is. */
const OWN_TOPIC = 'the stage’s own topic'

type SecretStory = {
  binding: { seconds: number; schedule: string } | undefined
  since: 'success' | 'start'
  last: number
  gap: Gap | undefined
  before: { schedule: string; at: number } | undefined
}

/** `rotatedAt`: when a secret last rotated before it all begins, epoch ms; undefined where nobody knows. */
export function gather(
  config: Config,
  { from, to, rotatedAt, secretsOf }: Pick<RehearsalOptions, 'from' | 'to' | 'rotatedAt' | 'secretsOf'>,
): Gathering {
  const occurred = new Map<string, Occurred>()
  const secrets = new Map<string, SecretStory>()
  const together = new Map<string, Together>()
  const pages: Page[] = []
  const lateness = latenessOf()
  const page = pager(config, (one) => pages.push(one))
  const having = new Map<string, Schedule[]>()
  for (const schedule of enforced(config))
    for (const secret of secretsOf(schedule)) {
      const key = secretKeyOf(secret, schedule.place)
      having.set(key, [...(having.get(key) ?? []), schedule])
    }
  for (const [key, schedules] of having) {
    const known = rotatedAt?.(key)
    const [since, last] = known === undefined ? (['start', from] as const) : (['success', known] as const)
    secrets.set(key, { binding: maxAgeOf(schedules), since, last, gap: undefined, before: undefined })
  }

  const note = ({ secretName, schedule, scheduledAt, rotatedAt, startedAt }: Rotation) => {
    const story = secrets.get(secretName)
    if (story === undefined) return
    if (startedAt !== undefined) {
      const at = Date.parse(scheduledAt)
      const { before } = story
      if (before && before.schedule !== schedule && Math.abs(at - before.at) < TOGETHER_MS) {
        const pair: [string, string] = [before.schedule, schedule].sort() as [string, string]
        const met = together.get(pair.join(' '))
        if (met) met.times++
        else
          together.set(pair.join(' '), {
            ...{ schedules: pair, secret: secretName, at, times: 1 },
            apartMs: Math.abs(at - before.at),
          })
      }
      story.before = { schedule, at }
    }
    if (rotatedAt !== undefined) closeGap(secretName, story, Date.parse(rotatedAt), false)
  }

  return {
    onWave(wave) {
      const name = wave.schedule ?? wave.rotations[0]?.schedule ?? ''
      const key = `${name} ${wave.scheduledAt} ${wave.trigger}`
      const found = occurred.get(key) ?? occurredOf(name, Date.parse(wave.scheduledAt), wave.trigger)
      occurred.set(key, found)
      lateness.add(wave.rotations)
      for (const rotation of wave.rotations) {
        count(found, rotation)
        note(rotation)
      }
    },
    onTold: page,
    end() {
      for (const [secret, story] of secrets) closeGap(secret, story, to, true)
      const tooOld = new Map<string, Gap[]>()
      for (const { binding, gap } of secrets.values()) {
        if (!binding || !gap || gap.to - gap.from <= binding.seconds * 1_000) continue
        tooOld.set(binding.schedule, [...(tooOld.get(binding.schedule) ?? []), gap])
      }
      const age = (gap: Gap) => gap.to - gap.from
      for (const gaps of tooOld.values())
        gaps.sort((a, b) => age(b) - age(a) || (a.secret < b.secret ? -1 : 1))
      return {
        ...{ from, to, tooOld, pages, lateness: lateness.end() },
        occurred: [...occurred.values()].sort(
          (a, b) => a.scheduledAt - b.scheduledAt || (a.schedule < b.schedule ? -1 : 1),
        ),
        together: [...together.values()],
      }
    },
  }
}

function occurredOf(schedule: string, scheduledAt: number, trigger: Trigger): Occurred {
  return { schedule, scheduledAt, trigger, rotations: 0, outcomes: {}, reasons: {}, late: 0 }
}

function count(found: Occurred, { status, reason, message, startedAt, settledAt, late }: Rotation): void {
  found.rotations++
  found.outcomes[status] = (found.outcomes[status] ?? 0) + 1
  if (late) found.late++
  if (status !== 'SUCCEEDED') {
    const why = reason ?? status
    found.reasons[why] = (found.reasons[why] ?? 0) + 1
    if (found.message === undefined && message !== undefined) found.message = message
  }
  if (startedAt !== undefined) found.lastStart = later(found.lastStart, startedAt)
  if (settledAt !== undefined) found.endedAt = later(found.endedAt, settledAt)
}

function later(before: number | undefined, text: string): number {
  return Math.max(before ?? Number.NEGATIVE_INFINITY, Date.parse(text))
}

function closeGap(secret: string, story: SecretStory, at: number, open: boolean): void {
  const { last, since, gap } = story
  if (at > last && (gap === undefined || at - last > gap.to - gap.from))
    story.gap = { secret, from: last, to: at, since, open }
  if (open || at < last) return
  story.last = at
  story.since = 'success'
}

/** Whether anything of it was neither a success nor left out by somebody’s will. */
export function isUnwanted({
  outcomes,
  reasons,
  late,
}: Pick<Occurred, 'outcomes' | 'reasons' | 'late'>): boolean {
  if (late > 0) return true
  if (Object.keys(outcomes).some((status) => status !== 'SUCCEEDED' && status !== 'SKIPPED')) return true
  return Object.keys(reasons).some((reason) => !isIntended({ status: 'SKIPPED', reason }))
}

/** Findings are told again after so long, as the audit does. */
const QUIET_MS = DAY

/** Who would be told of what, by the rules of src/notify: one text a recipient for the findings of one audit. */
function pager(config: Config, tell: (page: Page) => void): RehearsalOptions['onTold'] {
  const channels = [{ addressOf: ({ sns }: { sns?: string }) => sns ?? OWN_TOPIC, send: async () => {} }]
  const quiet = new Map<string, number>()
  /** Findings of one audit are one text, whichever schedule they are of. */
  const audits = new Set<string>()
  const isTold = (at: number, address: string): boolean => {
    const audit = `${at} ${address}`
    return audits.has(audit) || !audits.add(audit)
  }
  const isQuiet = ({ kind, key }: Finding, at: number): boolean => {
    const name = `${kind} ${key}`
    const told = quiet.get(name)
    if (told !== undefined && at - told < QUIET_MS) return true
    quiet.set(name, at)
    return false
  }

  return ({ at, news }) => {
    const isFinding = !('about' in news)
    const about = isFinding ? ofFinding(news) : ofNotification(news)
    const [kind] = about.kinds
    if (kind === undefined || (isFinding && isQuiet(news, at))) return
    for (const { address } of recipientsOf(about.schedule, about.kinds, { config, channels }))
      if (!isFinding || !isTold(at, address)) tell({ at, kind, schedule: about.schedule, to: address })
  }
}

type About = { schedule: string | undefined; kinds: NotifyKind[] }

function ofFinding(finding: Finding): About {
  const kind = notifyKindOf(finding)
  return { schedule: finding.schedule, kinds: kind === undefined ? [] : [kind] }
}

function ofNotification(news: Notification): About {
  if (news.about === 'wave') return { schedule: news.wave.schedule, kinds: kindsOfWave(news.wave) }
  if (news.about === 'override') return { schedule: news.override.schedule, kinds: ['approval'] }
  if (news.about === 'approval' && news.approval.status === 'PENDING')
    return { schedule: news.approval.schedule, kinds: ['approval'] }
  return { schedule: undefined, kinds: [] }
}
