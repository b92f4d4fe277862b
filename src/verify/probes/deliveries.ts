import { spreadOf } from '../../model/facts.ts'
import { iso, MINUTE } from '../../model/time.ts'
import { atMost, eventsWith, type Lab, type Probe } from '../lab.ts'

/** One schedule that fires each minute, and three that fire once, one of them in the middle of a minute. */
export const deliveries: Probe = {
  facts: ['delivery-delay', 'scheduled-time'],
  async run(lab, see) {
    const next = Math.ceil(lab.now() / MINUTE) * MINUTE
    await lab.schedule({ name: 'minutely', expression: 'cron(* * * * ? *)', input: { schedule: 'minutely' } })
    const once = [next + MINUTE, next + 1.5 * MINUTE, next + 2 * MINUTE]
    for (const [n, set] of once.entries())
      await lab.schedule({
        name: `once-${n}`,
        expression: `at(${iso(set).slice(0, 19)})`,
        input: { schedule: `once-${n}`, set },
      })
    await lab.sleep(atMost(lab, 5 * MINUTE))
    const arrived = await arrivedAt(lab)
    const delays = spreadOf(arrived.map(({ at, scheduled }) => at - scheduled).filter(Number.isFinite))
    if (delays) see('delivery-delay', delays)
    const [first] = arrived
    if (!first) throw new Error('nothing that was scheduled arrived')
    see('scheduled-time', { text: first.text, offMs: farthestOff(arrived) })
  },
}

/** Times as Scheduler tells them, and the instants that were set; without one it is the nearest full minute. Epoch ms. */
type ToldTime = { scheduled: number; set?: number | undefined }

/** How far a told time is from its instant at most, ms: before it is negative. NaN: one is no time. */
export function farthestOff(times: readonly ToldTime[]): number {
  const offs = times.map(({ scheduled, set }) => scheduled - (set ?? Math.round(scheduled / MINUTE) * MINUTE))
  if (offs.some(Number.isNaN)) return Number.NaN
  return offs.reduce((most, it) => (Math.abs(it) > Math.abs(most) ? it : most), 0)
}

async function arrivedAt(lab: Lab) {
  const events = eventsWith(await lab.arrivals(), '"scheduledTime"')
  return events.flatMap(({ at, event }) => {
    const {
      schedule,
      set,
      scheduledTime: text,
    } = event as { schedule?: string; set?: number; scheduledTime?: string }
    if (typeof text !== 'string' || !/^(minutely|once-)/.test(schedule ?? '')) return []
    return [{ at, text, scheduled: Date.parse(text), set }]
  })
}
