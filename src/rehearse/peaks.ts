/** What has a quota of AWS's: calls a second, or how many at once. `at`: epoch ms, when it was so first. */
export type Peak = {
  what: 'RotateSecret' | 'PutSecretValue' | 'rotate executions' | 'rotation functions'
  most: number
  per: 'second' | 'at once'
  at: number
  /** By name, sorted. */
  schedules: string[]
}

type Call = 'RotateSecret' | 'PutSecretValue'
type Busy = 'rotate executions' | 'rotation functions'

export type PeakLog = {
  call(what: Call, schedule: string, at: number): void
  busy(what: Busy, schedule: string, from: number, to: number): void
  highest(): Peak[]
}

/** Numbers only, for there may be hundreds of thousands: schedules are told by their index. */
export function peakLog(): PeakLog {
  const names: string[] = []
  const indexes = new Map<string, number>()
  const calls = new Map<Call, number[]>()
  const spans = new Map<Busy, number[]>()
  const indexOf = (schedule: string) => {
    const index = indexes.get(schedule) ?? names.push(schedule) - 1
    indexes.set(schedule, index)
    return index
  }
  const add = <W>(log: Map<W, number[]>, what: W, ...numbers: number[]) => {
    const known = log.get(what)
    if (known) known.push(...numbers)
    else log.set(what, numbers)
  }
  const named = (some: Iterable<number>) => [...new Set(some)].map((index) => names[index] ?? '').sort()
  return {
    call: (what, schedule, at) => add(calls, what, at, indexOf(schedule)),
    busy: (what, schedule, from, to) => add(spans, what, from, to, indexOf(schedule)),
    highest: () => [
      ...[...calls].map(([what, log]): Peak => {
        const { most, at, whose } = busiestSecond(log)
        return { what, per: 'second', most, at, schedules: named(whose) }
      }),
      ...[...spans].map(([what, log]): Peak => {
        const { most, at, whose } = mostAtOnce(log)
        return { what, per: 'at once', most, at, schedules: named(whose) }
      }),
    ],
  }
}

type Highest = { most: number; at: number; whose: number[] }

/** Of pairs: when, whose. */
function busiestSecond(log: number[]): Highest {
  const seconds = new Map<number, number>()
  let [most, at] = [0, 0]
  for (let index = 0; index < log.length; index += 2) {
    const second = Math.floor((log[index] ?? 0) / 1_000)
    const count = (seconds.get(second) ?? 0) + 1
    seconds.set(second, count)
    if (count > most || (count === most && second < at)) [most, at] = [count, second]
  }
  const whose: number[] = []
  for (let index = 0; index < log.length; index += 2)
    if (Math.floor((log[index] ?? 0) / 1_000) === at) whose.push(log[index + 1] ?? 0)
  return { most, at: at * 1_000, whose }
}

/** Of triples: from, to, whose. What ends as another begins is not at once with it. */
function mostAtOnce(log: number[]): Highest {
  const begins = log.filter((_, index) => index % 3 === 0)
  const ends = log.filter((_, index) => index % 3 === 1)
  begins.sort((a, b) => a - b)
  ends.sort((a, b) => a - b)
  let [most, at, over] = [0, 0, 0]
  for (const [index, begin] of begins.entries()) {
    while ((ends[over] ?? Number.POSITIVE_INFINITY) <= begin) over++
    const now = index + 1 - over
    if (now > most) [most, at] = [now, begin]
  }
  const whose: number[] = []
  for (let index = 0; index < log.length; index += 3)
    if ((log[index] ?? 0) <= at && at < (log[index + 1] ?? 0)) whose.push(log[index + 2] ?? 0)
  return { most, at, whose }
}
