import { formatDuration } from '../calendar/format.ts'
import type { Config } from '../config/config.ts'
import type { AuditState } from '../ledger/audit-state.ts'
import type { Rotation } from '../model/rotation.ts'
import { HOUR } from '../model/time.ts'
import { enforced, maxAgeOf } from '../model/under-policy.ts'

/** A secret older than the strictest `maxAge` of its schedules. `lastChange`: what its age is counted from, epoch ms. */
type Overdue = { secretName: string; schedule: string; maxAgeMs: number; lastChange: number }

/** What the audit's look at the secrets came to: whoever reads a status may see the ledger, and not the secrets. */
export type Ages = {
  overdue: Overdue[]
  /** Overdue, and not named here. */
  more: number
  /** When it looked last, epoch ms; it looks at every secret within the hour. */
  lookedAt?: number
  /** What is not known, and why. */
  unknown?: string
}

/** It looks within the hour: whoever has not looked for two does not. */
const OLD_MS = 2 * HOUR

/** `settled`: of the last 24 hours; a secret that rotated since the look is overdue no more. */
export function agesOf(
  config: Config,
  audit: AuditState | undefined,
  settled: Rotation[],
  now: number,
): Ages {
  if (!maxAgeOf(enforced(config))) return { overdue: [], more: 0 }
  const looked = audit?.looked
  if (!looked) return { overdue: [], more: 0, unknown: 'the audit has not looked at any secret yet' }
  const found = Object.values(looked.found)
  const listed = found.flatMap(({ secrets = [] }) => secrets)
  const overdue = listed
    .map(({ maxAgeSeconds, changedAt, ...it }) => ({
      ...it,
      ...{ maxAgeMs: maxAgeSeconds * 1_000, lastChange: Date.parse(changedAt) },
    }))
    .filter(({ secretName, lastChange }) => !hasRotated(secretName, lastChange, settled))
    .sort((a, b) => a.lastChange - b.lastChange)
  const lookedAt = Date.parse(looked.until)
  const unknown = unknownIn(found, now - lookedAt)
  return {
    ...{ overdue, more: found.reduce((sum, it) => sum + it.overdue, 0) - listed.length, lookedAt },
    ...(unknown !== undefined && { unknown }),
  }
}

function hasRotated(secretName: string, since: number, settled: Rotation[]): boolean {
  return settled.some((it) => it.secretName === secretName && Date.parse(it.rotatedAt ?? '') > since)
}

function unknownIn(
  found: NonNullable<AuditState['looked']>['found'][string][],
  old: number,
): string | undefined {
  if (old > OLD_MS) return `the audit looked at secrets last ${formatDuration(old)} ago`
  const unseen = found.flatMap((it) => it.unseen ?? [])
  const count = unseen.reduce((sum, it) => sum + it.count, 0)
  if (count === 0) return undefined
  const what = count === 1 ? 'one could not be looked at' : `${count} could not be looked at, first`
  return `${what}: ${unseen[0]?.first}`
}
