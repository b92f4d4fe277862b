import type { Rotation } from './rotation.ts'

/** What a schedule promises beside its window: how late after its instant a rotation may begin, whole seconds. */
export type Objective = { skewSeconds: number }

/** What was noted as it was claimed: its schedule's objective. None binds what a person asked for on demand. */
export function objectiveTerms(
  trigger: Rotation['trigger'],
  objective: Objective | undefined,
): { objectiveSkewSeconds?: number } {
  return objective === undefined || trigger === 'ON_DEMAND'
    ? {}
    : { objectiveSkewSeconds: objective.skewSeconds }
}

/**
 * Whether it began later than its objective, by our clock, whatever came of it. 'none': it has no objective, or did not
 * begin; 'unknown': it rotated, and when it began was not observed. Exactly as late as it may be is not missed.
 */
export function objectiveOf({
  limits,
  skewMs,
  rotatedAt,
}: Pick<Rotation, 'limits' | 'skewMs' | 'rotatedAt'>): 'kept' | 'missed' | 'unknown' | 'none' {
  const { objectiveSkewSeconds } = limits ?? {}
  if (objectiveSkewSeconds === undefined) return 'none'
  if (skewMs === undefined) return rotatedAt === undefined ? 'none' : 'unknown'
  return skewMs > objectiveSkewSeconds * 1_000 ? 'missed' : 'kept'
}

/** Those of one occurrence that missed it. `mostMs`: the latest start, of `secret`. */
export type Missed = {
  schedule: string
  scheduledAt: string
  objectiveSkewSeconds: number
  missed: number
  mostMs: number
  secret: string
}

/** By occurrence, in the order in which they come. */
export function missedIn(rotations: Iterable<Rotation>): Missed[] {
  const found = new Map<string, Missed>()
  for (const rotation of rotations) {
    const { schedule, scheduledAt, secretName: secret, skewMs: mostMs, limits } = rotation
    const objectiveSkewSeconds = limits?.objectiveSkewSeconds
    if (objectiveOf(rotation) !== 'missed' || mostMs === undefined || objectiveSkewSeconds === undefined)
      continue
    const key = `${schedule}\n${scheduledAt}`
    const before = found.get(key)
    const latest = before && before.mostMs >= mostMs ? before : { mostMs, secret }
    found.set(key, {
      ...{ schedule, scheduledAt, objectiveSkewSeconds, missed: (before?.missed ?? 0) + 1 },
      ...{ mostMs: latest.mostMs, secret: latest.secret },
    })
  }
  return [...found.values()]
}
