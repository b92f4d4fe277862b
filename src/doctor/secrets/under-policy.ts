import { calendarOf } from '../../calendar/calendar.ts'
import { freezesKept } from '../../calendar/freezes.ts'
import { frozenTime, kept, longestGap } from '../../calendar/kept.ts'
import type { Config, Place, Schedule } from '../../config/config.ts'
import { secretKeyOf } from '../../rotation/identity.ts'
import type { Secrets } from '../../rotation/secrets.ts'
import type { Unseen } from '../check.ts'
import { look } from '../look.ts'
import type { SecretFacts } from './facts.ts'

export type UnderPolicy = Pick<
  SecretFacts,
  'secret' | 'place' | 'key' | 'next' | 'longestGapMs' | 'maxAgeSeconds'
>

const DAY_MS = 86_400_000
/** A year and a month: every yearly thing is seen once. */
const HORIZON_MS = 400 * DAY_MS

/** Every secret of the enabled schedules, by its key; and the selectors whose choice could not be listed. */
export async function underPolicy(
  config: Config,
  now: number,
  secretsAt: (place: Place | undefined) => Pick<Secrets, 'list'>,
): Promise<{ secrets: Map<string, UnderPolicy>; unseen: Unseen[] }> {
  const secrets = new Map<string, UnderPolicy>()
  const unseen: Unseen[] = []
  for (const schedule of config.schedules.filter(({ enabled }) => enabled)) {
    const { name, select, place, maxAgeSeconds } = schedule
    const chosen = select
      ? await look('secretsmanager:ListSecrets', async () => (await secretsAt(place).list(select)).names)
      : { seen: schedule.secrets }
    if ('unseen' in chosen) unseen.push({ check: 'secret-exists', subject: name, why: chosen.unseen })
    const timing = timingOf(schedule, config, now)
    for (const secret of ('seen' in chosen && chosen.seen) || []) {
      const key = secretKeyOf(secret, place)
      const known = secrets.get(key)
      secrets.set(key, {
        ...{ secret, key, place },
        next: least(known?.next, timing.next),
        longestGapMs: least(known?.longestGapMs, timing.longestGapMs),
        maxAgeSeconds: least(known?.maxAgeSeconds, maxAgeSeconds),
      })
    }
  }
  return { secrets, unseen }
}

function timingOf(schedule: Schedule, config: Config, now: number) {
  const until = now + HORIZON_MS
  const occurrences = kept(
    calendarOf(schedule),
    frozenTime(freezesKept(config.freezes, schedule), now, until),
  )
  const gap = longestGap(occurrences, now, until)
  return { next: occurrences.next(now), longestGapMs: gap && gap.to - gap.from }
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)
}
