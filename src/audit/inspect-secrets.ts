import { calendarOf } from '../calendar/calendar.ts'
import { freezesKept } from '../calendar/freezes.ts'
import { iso } from '../calendar/iso.ts'
import { frozenTime, kept } from '../calendar/kept.ts'
import type { Config, Place, Schedule } from '../config/config.ts'
import { secretKeyOf } from '../rotation/identity.ts'
import type { Seen } from '../rotation/secrets.ts'
import type { Finding } from './finding.ts'
import type { AuditWorld } from './world.ts'

const DAY_MS = 86_400_000

/** Looks at the same time; DescribeSecret allows 40,000 a second (aws-facts A9). */
const AT_ONCE = 10

/** A secret under policy, with the strictest of its schedules. */
type UnderPolicy = {
  secret: string
  place?: Place | undefined
  maxAgeSeconds?: number | undefined
  /** Our next occurrence that no freeze stops, epoch ms. */
  next?: number | undefined
}

/** Looks at every secret of the enabled schedules: too old, or about to be rotated by AWS before we do it. */
export async function inspectSecrets(
  world: AuditWorld,
  failed: (error: unknown) => void,
): Promise<Finding[]> {
  const left = (await underPolicy(world, failed)).values()
  const findings: Finding[] = []
  const worker = async () => {
    for (const it of left) {
      if (world.now() >= world.deadline) return
      try {
        const seen = await world.secretsAt(it.place).describe(it.secret)
        findings.push(...whatIsWrong(it, seen, world.now()))
      } catch (error) {
        failed(error)
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return findings.sort((a, b) => (a.key < b.key ? -1 : 1))
}

async function underPolicy(
  world: AuditWorld,
  failed: (error: unknown) => void,
): Promise<Map<string, UnderPolicy>> {
  const found = new Map<string, UnderPolicy>()
  for (const schedule of world.config.schedules.filter(({ enabled }) => enabled)) {
    const { place, maxAgeSeconds } = schedule
    const next = nextKept(schedule, world.config, world.now())
    try {
      for (const secret of await secretsOf(schedule, world)) {
        const key = secretKeyOf(secret, place)
        const known = found.get(key)
        found.set(key, {
          secret,
          place,
          maxAgeSeconds: least(known?.maxAgeSeconds, maxAgeSeconds),
          next: least(known?.next, next),
        })
      }
    } catch (error) {
      failed(error)
    }
  }
  return found
}

async function secretsOf({ secrets, select, place }: Schedule, world: AuditWorld): Promise<string[]> {
  return select ? (await world.secretsAt(place).list(select)).names : secrets
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
export function whatIsWrong(it: UnderPolicy, seen: Seen, now: number): Finding[] {
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
