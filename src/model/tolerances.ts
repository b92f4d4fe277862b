import { type FactName, isAttemptedAgain, type SeenBy, verdictOf } from './facts.ts'
import { AWAKE_MS, DELIVERY_MS, VISIBLE_MS } from './limits.ts'

/**
 * How long is waited for AWS where a fact that was seen in this account says that our default is too short: longer, and
 * within bounds. Never shorter. Milliseconds. Decision 0156.
 */
export type Tolerances = {
  /** See `AWAKE_MS`. */
  awakeMs: number
  /** See `VISIBLE_MS`. */
  visibleMs: number
  /** See `DELIVERY_MS`: before something is told as overdue, or recorded as missed. */
  deliveryMs: number
  /** After a call without an answer, before the next: where AWS attempts a version again that it knows. */
  resendMs?: number
  /** No RotationFailed arrived as it was asked then, ISO. */
  failuresUnseenAt?: string
}

export const DEFAULT_TOLERANCES: Tolerances = {
  awakeMs: AWAKE_MS,
  visibleMs: VISIBLE_MS,
  deliveryMs: DELIVERY_MS,
}

/** A run's process is awake that long at most: a wait costs nothing, a process does. An early run has a minute, too. */
const MOST_AWAKE_MS = 60_000
/** Under `SILENCE_MS`, and well inside the orchestrator's 900 s. */
const MOST_VISIBLE_MS = 180_000
const MOST_DELIVERY_MS = 900_000
/** Five sendings of one try stay well inside the orchestrator's 900 s. */
const MOST_RESEND_MS = 60_000

/** The facts that tolerances are made of. */
export const TOLERANCE_FACTS = [
  'delivery-delay',
  'wake-delay',
  'version-visible',
  'repeated-token',
  'failure-event',
] as const satisfies FactName[]

/** What was seen, as the ledger has it. */
type FactSeen = { name: FactName; seenAt: string; seen?: unknown }

/** By the facts of this region. Those that make no sense, or of which nothing was seen, change nothing. */
export function tolerancesBy(facts: FactSeen[]): Tolerances {
  const factOf = (name: FactName) => facts.find((it) => it.name === name)
  const seenOf = <Name extends FactName>(name: Name) => factOf(name)?.seen as SeenBy[Name] | undefined
  /** What was seen of it, if that says that what we take for granted does not hold. */
  const differing = <Name extends FactName>(name: Name) => {
    const seen = seenOf(name)
    return verdictOf(name, seen).verdict === 'DIFFERS' ? seen : undefined
  }
  const { cold, warm } = differing('wake-delay') ?? {}
  const visible = differing('version-visible')
  const tokens = differing('repeated-token')
  const failures = differing('failure-event')
  return {
    awakeMs: taken(AWAKE_MS, Math.max(cold?.most ?? 0, warm?.most ?? 0), MOST_AWAKE_MS),
    visibleMs: taken(VISIBLE_MS, visible === undefined ? 0 : longest(visible), MOST_VISIBLE_MS),
    deliveryMs: taken(DELIVERY_MS, differing('delivery-delay')?.most ?? 0, MOST_DELIVERY_MS),
    ...(tokens && isAttemptedAgain(tokens) && { resendMs: resendMs(seenOf('version-visible')) }),
    ...(failures && 'notWithinMs' in failures && unseenSince(factOf('failure-event'))),
  }
}

function unseenSince(fact: FactSeen | undefined): Pick<Tolerances, 'failuresUnseenAt'> {
  return fact === undefined ? {} : { failuresUnseenAt: fact.seenAt }
}

/** Twice what was seen, for a few measurements do not show the longest there is; whole seconds. */
function taken(least: number, seen: number, most: number): number {
  if (!Number.isFinite(seen)) return least
  return Math.min(most, Math.max(least, Math.ceil((2 * seen) / 1_000) * 1_000))
}

function longest(visible: SeenBy['version-visible']): number {
  return 'notWithinMs' in visible ? visible.notWithinMs : visible.most
}

/** Long enough for a version to show. */
function resendMs(visible: SeenBy['version-visible'] | undefined): number {
  const isKnown = visible !== undefined && verdictOf('version-visible', visible).verdict !== 'UNKNOWN'
  return isKnown ? taken(5_000, longest(visible), MOST_RESEND_MS) : MOST_RESEND_MS
}
