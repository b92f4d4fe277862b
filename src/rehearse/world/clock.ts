/** Virtual time: nothing waits for real, and the same seed gives the same order of everything. */
export type Clock = {
  /** Epoch ms. */
  now(): number
  sleep(ms: number): Promise<void>
  /** Advances from event to event until nothing is due at or before `until`, or nothing is left. */
  runUntil(until: number): Promise<void>
}

type Event = { at: number; order: number; wake: () => void }

/** Turns of the event loop that are asked for at once. */
const TURNS = 64

export function virtualClock(start: number): Clock {
  let time = start
  let order = 0
  const due: Event[] = []
  return {
    now: () => time,
    sleep: (ms) =>
      new Promise((wake) => {
        push(due, { at: time + Math.max(0, ms), order: order++, wake })
      }),
    runUntil(until) {
      return new Promise((done) => {
        let over = false
        // Everything in the simulation is promises without real I/O: between two turns of the event loop all of it settles.
        const turn = () => {
          if (over) return
          const [next] = due
          over = next === undefined || next.at > until
          if (next === undefined || over) {
            time = Math.max(time, until)
            return done()
          }
          pop(due)
          time = next.at
          next.wake()
        }
        const turns = () => {
          if (over) return
          for (let count = 0; count < TURNS; count++) setImmediate(turn)
          setImmediate(turns)
        }
        turns()
      })
    },
  }
}

const isBefore = (a: Event, b: Event) => a.at < b.at || (a.at === b.at && a.order < b.order)

/** A binary heap: the first that is due stands first. */
function push(heap: Event[], event: Event): void {
  let index = heap.push(event) - 1
  while (index > 0) {
    const above = (index - 1) >> 1
    const parent = heap[above] as Event
    if (!isBefore(event, parent)) break
    heap[index] = parent
    index = above
  }
  heap[index] = event
}

function pop(heap: Event[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let index = 0
  for (;;) {
    const left = 2 * index + 1
    if (left >= heap.length) break
    const [a, b] = [heap[left] as Event, heap[left + 1]]
    const [below, child] = b !== undefined && isBefore(b, a) ? [left + 1, b] : [left, a]
    if (!isBefore(child, last)) break
    heap[index] = child
    index = below
  }
  heap[index] = last
}
