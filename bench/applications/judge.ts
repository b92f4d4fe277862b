import { type Failure, KINDS, type Kind } from './apps.ts'
import { type Figures, type Gap, USERS, type Users } from './world.ts'

/** What came of one application. */
export type Row = {
  users: Users
  kind: Kind
  total: number
  /** Of all, on new sessions. */
  freshShare: number
  failed: number
  /** Of the failed, those that were under way in a gap. */
  inGap: number
  /** From a gap's end to the last of its rotation's failures, of each rotation, ms, in order; 0 where there was none. */
  lastAfterMs: number[]
  /** Failed otherwise than by a refused login. */
  otherwise: number
}

export function rowsOf({ apps, rotations, ended }: Figures): Row[] {
  return apps.map(({ users, kind, counted: { total, fresh, failures } }) => {
    const gaps = rotations.filter((it) => it.users === users).map(({ gap }) => gap)
    const lastAfter = gaps.map((gap, index) => {
      const until = gaps[index + 1]?.from ?? ended
      const own = failures.filter(({ began }) => began > gap.to && began < until)
      return Math.max(0, ...own.map((it) => it.began - gap.to))
    })
    return {
      ...{ users, kind, total, freshShare: fresh / total, failed: failures.length },
      inGap: failures.filter((it) => gaps.some((gap) => isIn(it, gap))).length,
      lastAfterMs: lastAfter.sort((a, b) => a - b),
      otherwise: failures.filter(({ code }) => code !== '28P01').length,
    }
  })
}

/** A query that fails in a gap need neither begin nor end in it: it takes a while. */
function isIn({ began, ended }: Failure, { from, to }: Gap): boolean {
  return began <= to && ended >= from
}

/** What should have been shown, and was not. */
export function problemsOf(figures: Figures): string[] {
  const rows = rowsOf(figures)
  const problems: string[] = []
  const hold = (truth: boolean, otherwise: string) => {
    if (!truth) problems.push(otherwise)
  }
  for (const { users, kind, freshShare, failed, inGap, otherwise } of rows) {
    const who = `${users} users, ${kind}`
    hold(freshShare >= 0.2, `${who}: ${(freshShare * 100).toFixed(0)} % of queries on new sessions`)
    hold(otherwise === 0, `${who}: ${otherwise} failed otherwise than by a refused login`)
    if (users === 'alternating' && kind !== 'for ever') hold(failed === 0, `${who}: ${failed} failed`)
    if (users === 'single' && kind === 'backs off') hold(failed === 0, `${who}: ${failed} failed`)
    if (users === 'single' && kind === 'retries')
      hold(failed === inGap, `${who}: ${failed - inGap} failed outside of every gap`)
  }
  hold(rows.length === USERS.length * KINDS.length, 'an application is missing')
  const { asked, rotations } = figures
  hold(rotations.length === asked * USERS.length, `${rotations.length} rotations of ${asked * USERS.length}`)
  for (const { users, status, adoption } of figures.rotations) {
    hold(status === 'SUCCEEDED', `${users}: a rotation ${status}`)
    hold(adoption.falsely.length === 0, `${users}: named falsely: ${adoption.falsely}`)
    hold(adoption.unnamed.length === 0, `${users}: lagged unnamed: ${adoption.unnamed}`)
  }
  return problems
}

/** Gaps of these users, ms, in order. */
export function gapsOf({ rotations }: Figures, users: Users): number[] {
  return rotations
    .filter((it) => it.users === users)
    .map(({ gap }) => gap.to - gap.from)
    .sort((a, b) => a - b)
}

export function median(sorted: number[]): number {
  return sorted[sorted.length >> 1] ?? 0
}
