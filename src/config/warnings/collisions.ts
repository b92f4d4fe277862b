import type { Unfrozen } from '../../calendar/unfrozen.ts'

/** A schedule's kept occurrences and how long after each a rotation may still start. */
type Timed = { occurrences: Unfrozen; windowMs: number }

/**
 * The first moment in [from, to) at which one of two schedules fires while the other's window is still open, or both
 * fire at once. Leaps from one to the other, so a busy schedule beside a sparse one costs no more than the sparse one.
 */
export function firstCollision(
  a: Timed,
  b: Timed,
  from: number,
  to: number,
): { a: number; b: number } | undefined {
  let atA = a.occurrences.next(from - 1)
  let atB = b.occurrences.next(from - 1)
  while (atA !== undefined && atB !== undefined && Math.max(atA, atB) < to) {
    const open = atA <= atB ? a.windowMs : b.windowMs
    const apart = Math.abs(atA - atB)
    if (apart === 0 || apart < open) return { a: atA, b: atB }
    if (atA < atB) atA = a.occurrences.next(Math.max(atA, atB - a.windowMs))
    else atB = b.occurrences.next(Math.max(atB, atA - b.windowMs))
  }
  return undefined
}
