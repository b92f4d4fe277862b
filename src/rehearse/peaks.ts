/** What has a quota of AWS's: calls a second, or how many at once. `at`: epoch ms, when it was so first. */
export type Peak = {
  what: Call | Busy
  most: number
  per: 'second' | 'at once'
  at: number
  /** By name, sorted. */
  schedules: string[]
}

type Call = 'RotateSecret' | 'PutSecretValue'
type Busy = 'rotate executions' | 'rotation functions'

/** Of one group: numbers only, for there may be hundreds of thousands. Schedules are told by their index. */
export type Load = {
  schedules: string[]
  /** Pairs: when (epoch ms), whose. */
  calls: Record<Call, number[]>
  /** Triples: from, to, whose. */
  busy: Record<Busy, number[]>
}

export function emptyLoad(schedules: string[]): Load {
  return {
    schedules,
    calls: { RotateSecret: [], PutSecretValue: [] },
    busy: { 'rotate executions': [], 'rotation functions': [] },
  }
}

/**
 * The highest that all of these came to together; of what never happened there is none. `placeOf`: where a schedule's
 * secrets are, for each account has quotas of its own in each region. Executions are the stage's.
 */
export function peaksOf(loads: Load[], placeOf: (schedule: string) => string): Peak[] {
  const places = byPlace(loads, placeOf)
  const highest = (peakIn: (some: Load[]) => Peak): Peak =>
    places.map(peakIn).reduce((one, other) => (isHigher(other, one) ? other : one), peakIn([]))
  return [
    highest((some) => peakOfCalls(some, 'RotateSecret')),
    highest((some) => peakOfCalls(some, 'PutSecretValue')),
    peakAtOnce(loads, 'rotate executions'),
    highest((some) => peakAtOnce(some, 'rotation functions')),
  ].filter(({ most }) => most > 0)
}

function isHigher(one: Peak, other: Peak): boolean {
  return one.most > other.most || (one.most === other.most && one.at < other.at)
}

function byPlace(loads: Load[], placeOf: (schedule: string) => string): Load[][] {
  const places = new Map<string, Load[]>()
  for (const load of loads)
    for (const [place, names] of Map.groupBy(load.schedules, placeOf)) {
      const there = names.length === load.schedules.length ? load : only(load, new Set(names))
      places.set(place, [...(places.get(place) ?? []), there])
    }
  return [...places.values()]
}

/** What a load has of some schedules. */
function only({ schedules, calls, busy }: Load, names: Set<string>): Load {
  const isTheirs = (index: number | undefined) => names.has(schedules[index ?? 0] ?? '')
  const kept = (numbers: number[], size: 2 | 3) =>
    numbers.filter((_, index) => isTheirs(numbers[index - (index % size) + size - 1]))
  return {
    schedules,
    calls: {
      RotateSecret: kept(calls.RotateSecret, 2),
      PutSecretValue: kept(calls.PutSecretValue, 2),
    },
    busy: {
      'rotate executions': kept(busy['rotate executions'], 3),
      'rotation functions': kept(busy['rotation functions'], 3),
    },
  }
}

const named = (whose: { load: Load; index: number }[]) =>
  [...new Set(whose.map(({ load, index }) => load.schedules[index] ?? ''))].sort()

function peakOfCalls(loads: Load[], what: Call): Peak {
  const { most, at } = busiestSecond(loads, what)
  const isThen = (from: number) => Math.floor(from / 1_000) * 1_000 === at
  const whose = those(loads, ({ calls }) => calls[what], 2, isThen)
  return { what, per: 'second', most, at, schedules: named(whose) }
}

function peakAtOnce(loads: Load[], what: Busy): Peak {
  const { most, at } = mostAtOnce(loads, what)
  const whose = those(
    loads,
    ({ busy }) => busy[what],
    3,
    (from, to) => from <= at && at < to,
  )
  return { what, per: 'at once', most, at, schedules: named(whose) }
}

/** Whose they are, of so many numbers each. */
function those(
  loads: Load[],
  numbersOf: (load: Load) => number[],
  size: 2 | 3,
  counts: (from: number, to: number) => boolean,
): { load: Load; index: number }[] {
  return loads.flatMap((load) => {
    const numbers = numbersOf(load)
    const found: { load: Load; index: number }[] = []
    for (let at = 0; at < numbers.length; at += size)
      if (counts(numbers[at] ?? 0, numbers[at + 1] ?? 0))
        found.push({ load, index: numbers[at + size - 1] ?? 0 })
    return found
  })
}

function busiestSecond(loads: Load[], what: Call): { most: number; at: number } {
  const seconds = new Map<number, number>()
  for (const { calls } of loads)
    for (let index = 0; index < calls[what].length; index += 2) {
      const second = Math.floor((calls[what][index] ?? 0) / 1_000)
      seconds.set(second, (seconds.get(second) ?? 0) + 1)
    }
  let [most, at] = [0, 0]
  for (const [second, count] of seconds)
    if (count > most || (count === most && second < at)) [most, at] = [count, second]
  return { most, at: at * 1_000 }
}

/** What ends as another begins is not at once with it. */
function mostAtOnce(loads: Load[], what: Busy): { most: number; at: number } {
  const every = (place: number) => {
    const numbers = loads.flatMap(({ busy }) => busy[what].filter((_, index) => index % 3 === place))
    return Float64Array.from(numbers).sort()
  }
  const [begins, ends] = [every(0), every(1)]
  let [most, at, over] = [0, 0, 0]
  for (const [index, begin] of begins.entries()) {
    while ((ends[over] ?? Number.POSITIVE_INFINITY) <= begin) over++
    if (index + 1 - over > most) [most, at] = [index + 1 - over, begin]
  }
  return { most, at }
}
