import { createHash } from 'node:crypto'
import { calendarOf } from '../calendar/calendar.ts'
import { freezesKept } from '../calendar/freezes.ts'
import { iso } from '../calendar/iso.ts'
import { frozenTime, kept } from '../calendar/kept.ts'
import type { Config, Place, Schedule } from '../config/config.ts'
import { placeKey } from '../config/place.ts'
import type { Looked } from '../ledger/audit-state.ts'
import { secretKeyOf } from '../rotation/identity.ts'
import type { Seen } from '../rotation/secrets.ts'
import type { Finding } from './finding.ts'
import { selects } from './selects.ts'
import type { AuditWorld } from './world.ts'

const DAY_MS = 86_400_000

/** Looks at the same time; DescribeSecret allows 40,000 a second (aws-facts A9). */
const AT_ONCE = 10

/**
 * Every secret is looked at once an hour: its age is counted in days, native rotation in hours. Each run looks at a
 * twelfth of them, by a hash, so that no run has them all and the bill grows with the secrets, not with the minutes.
 */
const SLOTS = 12
const SLOT_MS = 300_000

/** A secret to look at. `chosenBy`: the schedule whose selector found it. */
type Target = { secret: string; place?: Place | undefined; chosenBy?: Schedule }

/** What the policies of a secret's schedules come to: the strictest. */
type Policy = {
  secret: string
  place?: Place | undefined
  maxAgeSeconds?: number | undefined
  /** Our next occurrence that no freeze stops, epoch ms. */
  next?: number | undefined
}

/**
 * Looks at the secrets of the enabled schedules whose turn it is: too old, or about to be rotated by AWS before we do
 * it. `looked`: how far the last run had come; the answer's is to be kept once this run has ended in time.
 */
export async function inspectSecrets(
  world: AuditWorld,
  looked: Looked | undefined,
  failed: (error: unknown) => void,
): Promise<{ findings: Finding[]; looked: Looked }> {
  const now = world.now()
  const slots = slotsDue(looked, now)
  const nexts = new Map<Schedule, number | undefined>()
  const nextOf = (schedule: Schedule) => {
    if (!nexts.has(schedule)) nexts.set(schedule, nextKept(schedule, world.config, now))
    return nexts.get(schedule)
  }
  const found = { ...looked?.found }
  for (const slot of slots) found[slot] = { overdue: 0, nativeFirst: 0 }
  const findings: Finding[] = []
  const left = (await targets(world, slots, failed)).entries()
  const worker = async () => {
    for (const [slot, target] of left) {
      if (world.now() >= world.deadline) return
      try {
        const wrong = await lookAt(target, nextOf, world)
        const count = found[slot.slice(0, slot.indexOf(' '))]
        for (const { kind } of wrong) if (count) count[kind === 'OVERDUE' ? 'overdue' : 'nativeFirst']++
        findings.push(...wrong)
      } catch (error) {
        failed(error)
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return {
    findings: findings.sort((a, b) => (a.key < b.key ? -1 : 1)),
    looked: { until: iso(now), found },
  }
}

/** All that have been found, now or within the last hour: numbers that do not fall because a run looked elsewhere. */
export function foundInAll({ found }: Looked): { overdue: number; nativeFirst: number } {
  const sum = (what: 'overdue' | 'nativeFirst') =>
    Object.values(found).reduce((total, it) => total + it[what], 0)
  return { overdue: sum('overdue'), nativeFirst: sum('nativeFirst') }
}

/** Those whose turn has come since the last run; all where there was none, or none for an hour. */
function slotsDue(looked: Looked | undefined, now: number): Set<string> {
  const last = Math.floor(now / SLOT_MS)
  const first = looked === undefined ? 0 : Math.floor(Date.parse(looked.until) / SLOT_MS) + 1
  const many = Math.min(SLOTS, Math.max(0, last - first + 1))
  return new Set(Array.from({ length: many }, (_, index) => String((last - index) % SLOTS)))
}

function slotOf(name: string): string {
  return String(createHash('sha256').update(name).digest().readUInt32BE(0) % SLOTS)
}

/** By slot and key: each secret once. What a selector chooses has its schedule's turn, for it is listed as a whole. */
async function targets(
  world: AuditWorld,
  slots: Set<string>,
  failed: (error: unknown) => void,
): Promise<Map<string, Target>> {
  const found = new Map<string, Target>()
  const schedules = world.config.schedules.filter(({ enabled }) => enabled)
  const listed = new Set<string>()
  for (const { secrets, place } of schedules) {
    for (const secret of secrets) {
      const key = secretKeyOf(secret, place)
      const slot = slotOf(key)
      listed.add(key)
      if (slots.has(slot)) found.set(`${slot} ${key}`, { secret, place })
    }
  }
  for (const schedule of schedules) {
    const { name, select, place } = schedule
    const slot = slotOf(`schedule ${name}`)
    if (!select || !slots.has(slot)) continue
    try {
      for (const secret of (await world.secretsAt(place).list(select)).names) {
        const key = secretKeyOf(secret, place)
        if (!listed.has(key)) found.set(`${slot} ${key}`, { secret, place, chosenBy: schedule })
      }
    } catch (error) {
      failed(error)
    }
  }
  return found
}

async function lookAt(
  { secret, place, chosenBy }: Target,
  nextOf: (schedule: Schedule) => number | undefined,
  world: AuditWorld,
): Promise<Finding[]> {
  const seen = await world.secretsAt(place).describe(secret)
  if (!('secret' in seen)) return []
  const key = secretKeyOf(secret, place)
  const theirs = world.config.schedules.filter(
    (it) =>
      it.enabled &&
      placeKey(it.place) === placeKey(place) &&
      (it.select
        ? selects(it.select, seen.secret)
        : it.secrets.some((one) => secretKeyOf(one, place) === key)),
  )
  // Chosen by several, it is the first one's to look at.
  const first = theirs.find(({ select }) => select)
  if (chosenBy && first && first !== chosenBy) return []
  const policy: Policy = { secret, place }
  for (const schedule of theirs) {
    policy.maxAgeSeconds = least(policy.maxAgeSeconds, schedule.maxAgeSeconds)
    policy.next = least(policy.next, nextOf(schedule))
  }
  return whatIsWrong(policy, seen, world.now())
}

/** A backstop two years ahead is not waiting for us. */
const AHEAD_MS = 2 * 366 * DAY_MS

function nextKept(schedule: Schedule, config: Config, now: number): number | undefined {
  const frozen = frozenTime(freezesKept(config.freezes, schedule), now, now + AHEAD_MS)
  return kept(calendarOf(schedule), frozen).next(now)
}

/**
 * Its age is counted from LastRotatedDate, or from its creation where it was never rotated. NextRotationDate is the
 * latest moment of native rotation, and stays in the past where that fails. Source: API reference, DescribeSecret.
 */
export function whatIsWrong(it: Policy, seen: Seen, now: number): Finding[] {
  if (!('secret' in seen) || seen.secret.DeletedDate) return []
  const { LastRotatedDate, CreatedDate, NextRotationDate } = seen.secret
  const findings: Finding[] = []
  const since = LastRotatedDate ?? CreatedDate
  const key = secretKeyOf(it.secret, it.place)
  if (since !== undefined && it.maxAgeSeconds !== undefined) {
    const age = now - new Date(since).getTime()
    if (age > it.maxAgeSeconds * 1_000) {
      const what = LastRotatedDate === undefined ? 'was created, and never rotated,' : 'was last rotated'
      findings.push({
        kind: 'OVERDUE',
        key: `overdue ${key} ${iso(since)}`,
        secret: it.secret,
        message: `${key} ${what} at ${iso(since)}, ${days(age)} days ago; maxAge is ${days(it.maxAgeSeconds * 1_000)} days`,
      })
    }
  }
  if (NextRotationDate !== undefined && it.next !== undefined) {
    const native = new Date(NextRotationDate).getTime()
    if (native < it.next) {
      findings.push({
        kind: 'NATIVE_FIRST',
        key: `native ${key} ${iso(NextRotationDate)}`,
        secret: it.secret,
        message: `Secrets Manager’s own rotation of ${key} is due by ${iso(NextRotationDate)}, before our next occurrence at ${iso(it.next)}: make its interval longer than the longest gap, or remove its rules`,
      })
    }
  }
  return findings
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Math.min(a, b)
}

function days(ms: number): number {
  return Math.floor((ms / DAY_MS) * 10) / 10
}
