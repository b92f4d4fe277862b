/** How one set of instants becomes another. Epoch ms; each list in order. */
export type Instants = { gained: number[]; lost: number[]; moved: { from: number; to: number }[] }

/** Instants of one side, increasing, and the local day that each is on, by that side's own clock. */
export type Side = { instants: number[]; dayOf(instant: number): number }

/**
 * What is on one side only is paired in order within a local day: the first that goes on a day with the first that comes
 * on it, and so on; such a pair has moved. What finds no partner that day is lost, or gained. So BASE's instants, without
 * those lost and those moved from, with those gained and those moved to, are HEAD's, whatever the two are.
 */
export function compareInstants(base: Side, head: Side): Instants {
  const { left, right } = onOneSide(base.instants, head.instants)
  const coming = byDay(right, head.dayOf)
  const moved: Instants['moved'] = []
  const lost: number[] = []
  for (const from of left) {
    const to = coming.get(base.dayOf(from))?.shift()
    if (to === undefined) lost.push(from)
    else moved.push({ from, to })
  }
  const gained = [...coming.values()].flat().sort((a, b) => a - b)
  return { gained, lost, moved }
}

/** Both increasing: what only one of them has. */
function onOneSide(a: number[], b: number[]): { left: number[]; right: number[] } {
  const left: number[] = []
  const right: number[] = []
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const one = a[i] ?? Number.POSITIVE_INFINITY
    const other = b[j] ?? Number.POSITIVE_INFINITY
    if (one < other) left.push(one)
    if (other < one) right.push(other)
    if (one <= other) i++
    if (other <= one) j++
  }
  return { left, right }
}

/** Instants of each local day, in the order given. */
export function byDay(instants: number[], dayOf: Side['dayOf']): Map<number, number[]> {
  const days = new Map<number, number[]>()
  for (const instant of instants) {
    const day = days.get(dayOf(instant))
    if (day === undefined) days.set(dayOf(instant), [instant])
    else day.push(instant)
  }
  return days
}
