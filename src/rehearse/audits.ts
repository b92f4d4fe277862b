import { audit } from '../audit/audit.ts'
import { mayStillSucceed } from '../audit/late-successes.ts'
import type { AuditPorts } from '../audit/ports.ts'
import { calendarOf } from '../calendar/calendar.ts'
import type { Schedule } from '../config/config.ts'
import type { AuditState } from '../ledger/audit-state.ts'
import { DELIVERY_MS } from '../model/limits.ts'
import { SETTLED } from '../model/rotation.ts'
import { DAY, HOUR, iso, MINUTE } from '../model/time.ts'
import type { Task } from './groups.ts'
import { lookedAtFrom } from './open-waves.ts'
import type { Secrets } from './secrets.ts'
import type { Weather } from './weather.ts'
import type { Clock } from './world/clock.ts'
import { keyed } from './world/random.ts'
import type { Stage } from './world/stage.ts'

export const AUDIT_MS = 5 * MINUTE

type Audits = {
  clock: Clock
  task: Task
  stage: Stage
  ports: AuditPorts
  secrets: Secrets
  weather: Weather
  isRunning(): boolean
  /** After each run, with how far it has come by schedule: whether there is no need of another. */
  ran(marks: Map<string, number>): boolean
}

/**
 * The audit every five minutes, of which only those runs happen that have something to do: an occurrence is due, or
 * something waits, may succeed late, is to be told ahead, or becomes too old. The others are taken for done.
 */
export async function runAudits(audits: Audits, until: number): Promise<void> {
  const { clock, weather, ran } = audits
  const phase = keyed(audits.task.seed, 'audit').between(0, AUDIT_MS - 1)
  const slotAfter = (at: number) => Math.ceil((at - phase) / AUDIT_MS) * AUDIT_MS + phase
  const ports = withoutGaps(audits, () => clock.now())
  const { states } = audits.ports
  let state: AuditState | undefined
  for (let slot = slotAfter(clock.now()); slot < until; ) {
    await clock.sleep(slot - clock.now())
    if (!weather.isAuditDown(slot)) {
      await audit(ports).catch(() => {})
      state = (await states.get()).state
      const marks = Object.entries(state?.marks ?? {})
      if (ran(new Map(marks.map(([name, mark]) => [name, Date.parse(mark.until)])))) return
    }
    slot = Math.max(slot + AUDIT_MS, slotAfter(await nextNeed(audits, state, until)))
  }
}

/** The run before was five minutes ago, unless the audit was down. */
function withoutGaps({ ports, weather, task }: Audits, now: () => number): AuditPorts {
  const { states } = ports
  const before = () => {
    let at = now() - AUDIT_MS
    while (weather.isAuditDown(at)) at -= AUDIT_MS
    return iso(at)
  }
  const ages = task.schedules.some(({ maxAgeSeconds }) => maxAgeSeconds !== undefined)
  const seen = (state: AuditState): AuditState => ({
    ...state,
    ranAt: before(),
    // Nothing but an age is to be found in a secret here: nobody else touches it.
    ...(!ages && { looked: { until: iso(now()), found: {} } }),
  })
  return {
    ...ports,
    states: {
      ...states,
      async get() {
        const { state, revision } = await states.get()
        return { ...(state && { state: seen(state) }), revision }
      },
    },
  }
}

/** When a run has something to do again, epoch ms. */
async function nextNeed(audits: Audits, state: AuditState | undefined, until: number): Promise<number> {
  const { clock, stage, task, isRunning } = audits
  const now = clock.now()
  const rows = [...stage.ledger.rows.values()]
  const waits = isRunning() || rows.some(({ status }) => !SETTLED.includes(status))
  if (waits || (await stage.approvals.pending(iso(now))).length > 0) return now
  const back = task.trouble.flatMap((it) => (it.what === 'audit down' && it.to > now ? it.to : []))
  const soonest = Math.min(
    until,
    ...back,
    ...(rows.some((it) => mayStillSucceed(it) || lookedAtFrom(it) > now) ? [now + HOUR] : []),
    ...task.schedules.flatMap((schedule) => needsOf(schedule, state, audits)),
  )
  return Math.max(now, soonest)
}

/** Of one schedule: an occurrence to account for, to tell of ahead, and a secret that gets too old. */
function needsOf(schedule: Schedule, state: AuditState | undefined, { clock, secrets }: Audits): number[] {
  const now = clock.now()
  const calendar = calendarOf(schedule)
  const next = calendar.next(Date.parse(state?.marks[schedule.name]?.until ?? iso(now)))
  const ahead = (schedule.noticeSeconds ?? []).flatMap((seconds) => {
    const told = calendar.next(now + seconds * 1_000)
    return told === undefined ? [] : told - seconds * 1_000
  })
  const { maxAgeSeconds } = schedule
  const old = maxAgeSeconds === undefined ? [] : secrets.changedAt(schedule)
  const tooOld = old
    .map((at) => at + (maxAgeSeconds ?? 0) * 1_000)
    // What stays so is told again after a day.
    .map((at) => (at > now ? at : now + DAY))
  return [...(next === undefined ? [] : [next + DELIVERY_MS]), ...ahead, ...tooOld]
}
