import { type SeenBy, spreadOf } from '../../model/facts.ts'
import { DELIVERY_MS } from '../../model/limits.ts'
import { atDoor } from '../../model/text.ts'
import { iso, MINUTE } from '../../model/time.ts'
import { atMost, eventsWith, type Probe, until } from '../lab.ts'

/** Two as a stage’s schedules are, with a single minute; three by `at`, one of them in the middle of a minute. */
function schedulesFrom(next: number) {
  const crons = [1, 2].map((n) => ({ set: next + n * MINUTE, expressionOf: cronExpression }))
  const once = [1, 1.5, 2].map((n) => ({ set: next + n * MINUTE, expressionOf: atExpression }))
  return [...crons, ...once].map(({ set, expressionOf }, n) => ({
    schedule: `once-${n}`,
    set,
    expression: expressionOf(set),
  }))
}

const atExpression = (set: number) => `at(${iso(set).slice(0, 19)})`

function cronExpression(set: number): string {
  const it = new Date(set)
  const [minute, hour, day] = [it.getUTCMinutes(), it.getUTCHours(), it.getUTCDate()]
  return `cron(${minute} ${hour} ${day} ${it.getUTCMonth() + 1} ? ${it.getUTCFullYear()})`
}

/** Schedules that fire once, at instants that are known. One that does not arrive is as late as it was waited for. */
export const deliveries: Probe = {
  facts: ['delivery-delay', 'scheduled-time'],
  async run(lab, see) {
    const made = schedulesFrom(Math.ceil(lab.now() / MINUTE) * MINUTE)
    for (const { schedule, set, expression } of made)
      await lab.schedule({ name: schedule, expression, input: { schedule, set } })
    const last = Math.max(...made.map(({ set }) => set))
    await until(lab, atMost(lab, last - lab.now() + DELIVERY_MS + MINUTE), (arrivals) =>
      new Set(arrivedIn(arrivals).map(({ schedule }) => schedule)).size === made.length ? true : undefined,
    )
    const arrived = arrivedIn(await lab.arrivals())
    const missing = made.filter(({ schedule }) => !arrived.some((it) => it.schedule === schedule))
    const late = missing.map(({ set }) => lab.now() - set).filter((ms) => ms > DELIVERY_MS)
    const delays = spreadOf([...arrived.map(({ at, set }) => at - set), ...late])
    if (delays && (missing.length === 0 || delays.most > DELIVERY_MS)) see('delivery-delay', delays)
    const off = mostOff(arrived)
    if (off) see('scheduled-time', scheduledTimeOf(off))
    if (missing.length > 0)
      throw new Error(`${missing.length} of ${made.length} schedules were not delivered`)
  },
}

/** A time as Scheduler tells it, and the instant that was set. Epoch ms. */
type ToldTime = { scheduled: number; set: number }

/**
 * The one whose told time is farthest from its instant. One that is no time goes first, then the earliest of those before
 * their instant, for a run that takes itself for early is worse; else it is the latest.
 */
export function mostOff<T extends ToldTime>(times: readonly T[]): T | undefined {
  const off = ({ scheduled, set }: ToldTime) => scheduled - set
  const unreadable = times.find((it) => Number.isNaN(off(it)))
  const sorted = [...times].sort((a, b) => off(a) - off(b))
  const [earliest] = sorted
  if (unreadable || !earliest) return unreadable
  return off(earliest) < 0 ? earliest : sorted.at(-1)
}

function scheduledTimeOf({ text, scheduled, set }: ToldTime & { text: string }): SeenBy['scheduled-time'] {
  return Number.isNaN(scheduled) ? { text: atDoor(text, 100) } : { text, offMs: scheduled - set }
}

function arrivedIn(arrivals: Parameters<typeof eventsWith>[0]) {
  return eventsWith(arrivals, '"scheduledTime"').flatMap(({ at, event }) => {
    const { schedule, set, scheduledTime: text } = event as Delivered
    if (typeof text !== 'string' || set === undefined || !schedule?.startsWith('once-')) return []
    return [{ at, schedule, text, scheduled: Date.parse(text), set }]
  })
}

type Delivered = { schedule?: string; set?: number; scheduledTime?: string }
