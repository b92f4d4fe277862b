/** Virtual time: nothing waits for real, and the same seed gives the same order of everything. */
export type Clock = {
  /** Epoch ms. */
  now(): number
  sleep(ms: number): Promise<void>
  /** Advances from event to event until nothing is due at or before `until`, or nothing is left. */
  runUntil(until: number): Promise<void>
}

export function virtualClock(start: number): Clock {
  let time = start
  let order = 0
  const due: { at: number; order: number; wake: () => void }[] = []
  return {
    now: () => time,
    sleep: (ms) =>
      new Promise((wake) => {
        due.push({ at: time + Math.max(0, ms), order: order++, wake })
        due.sort((a, b) => a.at - b.at || a.order - b.order)
      }),
    async runUntil(until) {
      for (;;) {
        // Everything in the simulation is promises without real I/O: one turn of the event loop lets all of it settle.
        await new Promise((resolve) => setImmediate(resolve))
        const next = due[0]
        if (next === undefined || next.at > until) break
        due.shift()
        time = next.at
        next.wake()
      }
      time = Math.max(time, until)
    },
  }
}
