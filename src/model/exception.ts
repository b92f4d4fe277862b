import type { Refusal } from './reasons.ts'

/**
 * What a person decided about one occurrence of a schedule, without a deploy: it is skipped. ISO instants,
 * in UTC. Decision 0161.
 */
export type Exception = {
  /** Short, to be typed by people: what `cancel` takes back. */
  id: string
  schedule: string
  /** The occurrence. */
  scheduledAt: string
  by: string
  reason: string
  placedAt: string
  /** Taken back: the occurrence runs as scheduled. */
  cancelledAt?: string
  cancelledBy?: string
  cancelReason?: string
}

/** Why an occurrence does not run at its instant. */
export function refusalOf({ id, by, schedule, scheduledAt, placedAt, reason }: Exception): Refusal {
  return {
    reason: 'SKIPPED_ONCE',
    message: `${by} skipped ${schedule} of ${scheduledAt}, at ${placedAt}: ${reason} (exception ${id})`,
  }
}

/** `skipped by ana: CHG-1`. */
export function exceptionText({ by, reason }: Exception): string {
  return `skipped by ${by}: ${reason}`
}
