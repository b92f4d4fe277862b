import { spreadOf } from '../../model/facts.ts'
import { MINUTE } from '../../model/time.ts'
import type { Woke } from '../functions/durable.ts'
import { notesOf, type Probe, until } from '../lab.ts'

const [SHORT, LONG, STAY] = [5, 30, 15]

/**
 * Durable waits one after the other, which mostly wake in the process that they slept in; and three at once while that
 * process is kept busy, and each keeps the one that it wakes in: so that they wake in new ones. Nothing else runs on their
 * function. Which it was, the process itself says.
 */
export const waits: Probe = {
  facts: ['wake-delay'],
  async run(lab, see) {
    const runs = Array.from({ length: 4 }, lab.newId)
    const [first = '', ...rest] = runs
    await lab.start('durableWaits', { run: first, do: 'wait', seconds: [SHORT, SHORT, SHORT] })
    await until(lab, MINUTE, (arrivals) => notesOf(arrivals, first, 'woke-2')[0])
    for (const run of rest) {
      await lab.start('durableWaits', { run, do: 'wait', seconds: [LONG], stay: STAY })
      await until(lab, MINUTE / 2, (arrivals) => notesOf(arrivals, run, 'began')[0])
    }
    await lab.start('durableWaits', { run: lab.newId(), do: 'awake', seconds: LONG + STAY })
    await until(lab, 2 * MINUTE, (arrivals) =>
      rest.every((run) => notesOf(arrivals, run, 'woke-0').length > 0) ? true : undefined,
    )
    const arrivals = await lab.arrivals()
    const woke = runs
      .flatMap((run) => [0, 1, 2].flatMap((n) => notesOf(arrivals, run, `woke-${n}`)))
      .map(({ what }) => what as Woke)
    const late = (cold: boolean) =>
      spreadOf(woke.filter((it) => it.cold === cold).map(({ wokeAt, dueAt }) => wokeAt - dueAt))
    const [cold, warm] = [late(true), late(false)]
    if (!cold && !warm) throw new Error('no durable wait ended in time')
    see('wake-delay', { ...(cold && { cold }), ...(warm && { warm }) })
  },
}
