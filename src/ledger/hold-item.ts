import { type Hold, isInForce, MOST_HOLDS, type Scope } from '../model/hold.ts'
import { DAY, iso } from '../model/time.ts'
import { type HoldEvent, holdsOf, mirrorOf } from './earlier-holds.ts'
import { unproved } from './proofs.ts'

/**
 * The holds of one scope, as its item `hold#<scope>` has them. What is not named here is for earlier releases to read
 * (`mirrorOf`), and theirs to write: an operator's command or a handler may be of the release before this one.
 */
export type HoldItem = {
  scope: Scope
  /** By id; one that has ended by itself leaves with a write a day later. */
  active?: Record<string, Omit<Hold, 'id' | 'scope'>>
  /** The one that was released last: the index that finds those put away lags behind. */
  last?: Hold | undefined
  /** Counts the writes of this release; the earlier one's are seen by the number of its events. */
  revision?: number
  events?: HoldEvent[]
}

/** Every hold that an item tells of, whether or not it is in force still. */
export function holdsIn({ scope, active = {}, events = [] }: HoldItem): Hold[] {
  // An earlier release knows one hold of a scope: what it released is all there was.
  const theirs = events.filter(({ mirrored }) => !mirrored)
  const release = theirs.find(({ action }) => action === 'released')
  const ours = Object.entries(active).map(([id, hold]): Hold => {
    const ended = release !== undefined && (hold.until === undefined || release.at < hold.until)
    return { ...unproved(hold), id, scope, ...(ended && { releasedAt: release.at, releasedBy: release.by }) }
  })
  return [...ours, ...holdsOf(scope, theirs)]
}

/** What is to be written: the item with these holds in force, and those that have ended, each as an item of its own. */
export type Rewrite = { active: Hold[]; ended: Hold[]; last?: Hold | undefined }

/** What becomes of an item, and what is answered; without `write` nothing changes. */
export type HoldChange<Answer> = { write?: Rewrite; answer: Answer }

/** `beside`: those of its scope that were in force before, and stay. `full`: those that leave no room for another. */
export type Placing = { placed: Hold; beside: Hold[] } | { full: Hold[] }

export function placing(item: HoldItem, hold: Hold): HoldChange<Placing> {
  const known = holdsIn(item)
  const beside = known.filter((it) => it.id !== hold.id && isInForce(it, hold.placedAt))
  const same = known.find(({ id }) => id === hold.id)
  if (same) return { answer: { placed: same, beside } }
  if (beside.length >= MOST_HOLDS) return { answer: { full: beside } }
  const { active, ended } = parted(known, hold.placedAt)
  return { write: { active: [...active, hold], ended, last: item.last }, answer: { placed: hold, beside } }
}

/** Answers undefined where no such hold is in force at `at` (ISO). */
export function releasing(item: HoldItem, id: string, by: string, at: string): HoldChange<Hold | undefined> {
  const known = holdsIn(item)
  const hold = known.find((it) => it.id === id && isInForce(it, at))
  if (!hold) return { answer: undefined }
  const { active, ended } = parted(
    known.filter((it) => it !== hold),
    at,
  )
  const last: Hold = { ...hold, releasedAt: at, releasedBy: by }
  return { write: { active, ended: [...ended, last], last }, answer: last }
}

/**
 * Those that stay in the item at `at`, and those that leave it. What has ended by itself stays for a day, the latest
 * of them: `at` is by a laptop's clock, and one that is ahead must end nobody's hold. The gate goes by its own.
 */
function parted(holds: Hold[], at: string): { active: Hold[]; ended: Hold[] } {
  const dayBefore = iso(Date.parse(at) - DAY)
  const lately = holds
    .filter((it) => !isInForce(it, at) && isInForce(it, dayBefore))
    .sort((a, b) => ((a.until ?? '') < (b.until ?? '') ? 1 : -1))
    .slice(0, MOST_HOLDS)
  const active = holds.filter((it) => isInForce(it, at) || lately.includes(it))
  return { active, ended: holds.filter((it) => !active.includes(it)) }
}

/** The item after a rewrite. What a later release has added to it stays. */
export function rewritten(item: HoldItem, { active, last }: Rewrite): HoldItem & Record<string, unknown> {
  return {
    ...item,
    active: Object.fromEntries(active.map(({ id, scope: _scope, ...hold }) => [id, hold])),
    last,
    revision: (item.revision ?? 0) + 1,
    ...mirrorOf(active, last),
  }
}
