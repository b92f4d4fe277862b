import { formatLocal } from '../calendar/format.ts'
import { wallClock } from '../calendar/wall-clock.ts'
import { OURS, RUNTIME } from '../calendar/zone-difference.ts'
import { iso } from '../model/time.ts'
import { isInOrder, type Standing } from '../report/standing.ts'
import { jsonText } from './command.ts'
import { skippedJson } from './occurrence-text.ts'
import type { View } from './status-sections.ts'

/** `status --json`: instants as ISO, rotations and holds as the ledger has them. */
export function statusJson({ standing, config, zone, now }: View): string {
  const { next, planned, freezes, ages, unrecorded, moved, awsFacts, ...rest } = standing
  return jsonText({
    ok: isInOrder(standing),
    stage: config.stage,
    configVersion: config.version,
    zoneData: { release: OURS.release, runtime: RUNTIME.release, moved: moved.map(movedJson) },
    at: iso(now),
    next: next.map(({ schedule, at, frozen = null, held, skipped }) => ({
      schedule: schedule.name,
      secrets: schedule.secrets,
      scheduledAt: iso(at),
      local: formatLocal(at, wallClock(zone ?? schedule.timezone).offsetAt(at)),
      inMs: at - now,
      frozen,
      held: [...new Set(held.map(({ scope }) => scope))],
      skipped: skipped ? skippedJson(skipped) : null,
    })),
    planned: planned.map(({ at, frozen = null, held, problem = null, by = null, reason = null, ...run }) => ({
      ...run,
      ...{ scheduledAt: iso(at), inMs: at - now, by, reason, frozen, problem },
      local: formatLocal(at, wallClock(zone ?? run.timezone).offsetAt(at)),
      held: held.map(({ scope }) => scope),
    })),
    ...rest,
    unrecorded: unrecorded.map(({ at, schedule, secretName = null, why = null }) => ({
      ...{ schedule, secretName, scheduledAt: iso(at), why },
    })),
    freezes: freezes.map((it) => ({ ...it, from: iso(it.from), to: iso(it.to) })),
    overdue: ages.overdue.map(({ lastChange, ...it }) => ({ ...it, lastChange: iso(lastChange) })),
    awsFacts: { ...awsFacts, unknown: awsFacts.unknown ?? null },
    ages: {
      lookedAt: ages.lookedAt === undefined ? null : iso(ages.lookedAt),
      unlisted: ages.more,
      unknown: ages.unknown ?? null,
    },
  })
}

function movedJson({ schedule, at, elsewhere, message }: Standing['moved'][number]) {
  return { schedule, scheduledAt: iso(at), elsewhere: elsewhere === null ? null : iso(elsewhere), message }
}
