import { calendarOf } from '../calendar/calendar.ts'
import type { Config } from '../config/config.ts'
import { DAY, iso } from '../model/time.ts'
import { observe } from '../observe/observe.ts'
import { parseRequest } from '../rotation/rotate-event.ts'
import type { WaveEnd } from '../rotation/wave-end.ts'
import type { RotateRequest } from '../rotation/wave-request.ts'
import { desiredSchedules } from '../schedules/desired.ts'
import { AUDIT_MS, runAudits } from './audits.ts'
import type { Group } from './groups.ts'
import { openWaves } from './open-waves.ts'
import type { RehearsalOptions, Told, WaveOver } from './options.ts'
import type { PeakLog } from './peaks.ts'
import { secretsOf } from './secrets.ts'
import type { SecretEvent } from './secrets-manager/secret.ts'
import { tellingOf } from './told.ts'
import { weatherOf } from './weather.ts'
import { virtualClock } from './world/clock.ts'
import { auditPortsOf, observePortsOf, openStage, type Stage } from './world/stage.ts'

/** Where what a group's world comes to goes. */
export type Outlet = { peaks: PeakLog; over(wave: WaveOver): void; told(told: Told): void }

/** After the end of the period, for what began in it: what has failed is looked at again for days. */
const AFTER_MS = 5 * DAY

const HOOK_MS = 2_000

/** Runs one group of schedules through the period, in a world of its own. */
export async function runGroup(group: Group, options: RehearsalOptions, outlet: Outlet): Promise<void> {
  const { from, to, signal } = options
  const [{ name: key } = { name: '' }] = group.schedules
  const until = to + AFTER_MS
  const config: Config = { ...options.config, schedules: group.schedules }
  const weather = weatherOf(options, key)
  const clock = virtualClock(from - AUDIT_MS)
  const telling = tellingOf(config, clock, to, outlet.told)
  const { notify } = telling
  const secrets = secretsOf(group, options, {
    weather,
    clock,
    watch: {
      peaks: outlet.peaks,
      scheduleOf: (token) => stage.ledger.rows.get(token)?.schedule ?? key,
      event: (event) => void hear(event),
    },
  })
  const stage: Stage = openStage({
    clock,
    config: () => config,
    awsAt: secrets.at,
    notify,
    log: () => {},
    ledgerFault: weather.ledgerFault,
    hook: () => clock.sleep(HOOK_MS).then(() => ({})),
  })
  const told = {
    notify,
    findings: (found: Parameters<typeof telling.findings>[0]) => telling.findings(found, stage.ledger.rows),
    notice: () => true,
  }
  async function hear({ type, secretArn, at, errorMessage: message = '' }: SecretEvent): Promise<void> {
    if (type !== 'RotationFailed') return
    await clock.sleep(weather.heardMs())
    const heard = { what: 'failed', secretArn, at: `${iso(at).slice(0, 19)}Z`, message } as const
    await observe(heard, observePortsOf(stage, told)).catch(() => {})
  }

  const ends = new Map<string, WaveEnd>()
  const running = new Map<string, number>()
  async function deliver(request: RotateRequest): Promise<void> {
    const { schedule = '' } = request
    const began = clock.now()
    running.set(schedule, (running.get(schedule) ?? 0) + 1)
    // As on Lambda, what an execution fails of is its own: the audit looks after its wave.
    const end = await stage.deliver(request, { crash: weather.crash }).catch(() => undefined)
    running.set(schedule, (running.get(schedule) ?? 0) - 1)
    outlet.peaks.busy('rotate executions', schedule, began, clock.now())
    const [one] = end?.notable ?? []
    if (end && one && end.duplicates === 0) ends.set(`${schedule} ${one.scheduledAt}`, end)
  }
  for (const { expression, timezone, input } of desiredSchedules(config)) {
    const fire = async (instant: number) => {
      await clock.sleep(weather.deliveryMs(instant))
      const time = `${iso(instant).slice(0, 19)}Z`
      const event = JSON.parse(input.replace('<aws.scheduler.scheduled-time>', time))
      await deliver(parseRequest(event) as RotateRequest)
    }
    void everyTime({ when: expression, timezone }, fire)
  }
  async function everyTime(expression: Parameters<typeof calendarOf>[0], fire: (instant: number) => void) {
    for (const instant of calendarOf(expression).between(from, until)) {
      await clock.sleep(instant - clock.now())
      fire(instant)
    }
  }

  const waves = openWaves(group, options)
  let done = waves.allOver()
  const ports = auditPortsOf({ ...stage, deliver }, told)
  const ran = (marks: Map<string, number>) => {
    const isRunning = (schedule: string) => (running.get(schedule) ?? 0) > 0
    for (const wave of waves.over({ now: clock.now(), marks, rows: stage.ledger.rows, isRunning })) {
      const which = `${wave.schedule} ${wave.scheduledAt}`
      const end = ends.get(which)
      ends.delete(which)
      outlet.over({ ...wave, ...(end && { end }) })
    }
    waves.forget(stage.ledger.rows)
    done = waves.allOver()
    return done
  }
  const isRunning = () => [...running.values()].some((count) => count > 0)
  void runAudits({ clock, group, stage, ports, secrets, weather, isRunning, ran }, options, until)

  for (let at = from; at <= until && !done; at += DAY) {
    signal?.throwIfAborted()
    await clock.runUntil(Math.min(at + DAY, until))
  }
}
