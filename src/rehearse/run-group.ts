import { mayStillSucceed } from '../audit/late-successes.ts'
import { calendarOf } from '../calendar/calendar.ts'
import { DAY, iso } from '../model/time.ts'
import type { Observation } from '../observe/observation.ts'
import { observe } from '../observe/observe.ts'
import { parseRequest } from '../rotation/rotate-event.ts'
import type { RotateRequest } from '../rotation/wave-request.ts'
import { desiredSchedules } from '../schedules/desired.ts'
import { AUDIT_MS, runAudits } from './audits.ts'
import type { Task } from './groups.ts'
import { openWaves } from './open-waves.ts'
import type { Told, WaveOver } from './options.ts'
import { emptyLoad, type Load } from './peaks.ts'
import { secretsOf } from './secrets.ts'
import type { SecretEvent } from './secrets-manager/secret.ts'
import { tellingOf } from './told.ts'
import { weatherOf } from './weather.ts'
import { virtualClock } from './world/clock.ts'
import { auditPortsOf, observePortsOf, openStage, type Stage } from './world/stage.ts'

/** What came of a group: a wave that is over, or what was told. */
export type Happening = { wave: WaveOver } | { told: Told }

/** After the end of the period, for what began in it: what has failed is looked at again for days. */
const AFTER_MS = 5 * DAY

const HOOK_MS = 2_000

/** After which Secrets Manager's own event of a label is heard of. */
const LABEL_MS = 1_000

/** Runs one group of schedules through the period, in a world of its own. What happens goes to `take`, a day's at once. */
export async function runGroup(
  task: Task,
  take: (happened: Happening[]) => void,
  signal?: AbortSignal,
): Promise<Load> {
  const { from, to, config, schedules } = task
  const names = schedules.map(({ name }) => name)
  const [key = ''] = names
  const until = to + AFTER_MS
  const happened: Happening[] = []
  const load = emptyLoad(names)
  const weather = weatherOf(task, key)
  const clock = virtualClock(from - AUDIT_MS)
  const telling = tellingOf(config, clock, to, (told) => happened.push({ told }))
  const { notify } = telling
  const whose = (token: string) => Math.max(0, names.indexOf(stage.ledger.rows.get(token)?.schedule ?? key))
  /** By token, today's: a function's steps that follow one another are one stretch. */
  const lastBusy = new Map<string, number>()
  const secrets = secretsOf(task, {
    weather,
    clock,
    watch: {
      called: (what, token, at) => load.calls[what].push(at, whose(token)),
      functionBusy(token, begin, end) {
        const busy = load.busy['rotation functions']
        const last = lastBusy.get(token)
        if (last !== undefined && busy[last + 1] === begin) busy[last + 1] = end
        else lastBusy.set(token, busy.push(begin, end, whose(token)) - 3)
      },
      // Secrets are made before the stage stands.
      event: (event) => void Promise.resolve(event).then(hear),
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
  const tell = (seen: Observation) => observe(seen, observePortsOf(stage, told)).catch(() => {})
  /** Of a success only where somebody had given it up: a run that lives sees it by itself. */
  async function hear(event: SecretEvent): Promise<void> {
    const { type, secretArn, versionId, label, errorMessage: message = '' } = event
    const at = `${iso(event.at).slice(0, 19)}Z`
    if (type === 'RotationFailed') {
      await clock.sleep(weather.heardMs())
      await tell({ what: 'failed', secretArn, at, message })
    }
    if (label === 'AWSCURRENT' && isAwaited(versionId)) {
      await clock.sleep(LABEL_MS)
      await tell({ what: 'current', secretArn, at, versionId })
    }
  }
  function isAwaited(id: string): boolean {
    const rows = [...stage.ledger.rows.values()]
    return rows.some((it) => mayStillSucceed(it) && (it.versionId ?? it.rotationId) === id)
  }

  const ends = new Map<string, NonNullable<WaveOver['end']>>()
  /** By schedule, the instants that executions under way are for. */
  const running = new Map<string, number[]>()
  async function deliver(request: RotateRequest): Promise<void> {
    const { schedule = '' } = request
    const began = clock.now()
    const leadMs = 'leadSeconds' in request ? (request.leadSeconds ?? 0) * 1_000 : 0
    const due = Date.parse(request.scheduledAt) + leadMs
    const own = running.get(schedule) ?? []
    running.set(schedule, own)
    own.push(due)
    // As on Lambda, what an execution fails of is its own: the audit looks after its wave.
    // That a wait ends in a replay changes nothing but the time this takes: crashes replay, too.
    const fate = { ...(weather.crash && { crash: weather.crash }), replayAfterWait: false }
    const end = await stage.deliver(request, fate).catch(() => undefined)
    own.splice(own.indexOf(due), 1)
    load.busy['rotate executions'].push(began, clock.now(), Math.max(0, names.indexOf(schedule)))
    if (end === undefined) return
    // Its rotations stand in the ledger: twice in a thread's message they would be most of it.
    const { notable, rotations: _, ...counts } = end
    const [one] = notable
    if (one && end.duplicates === 0) ends.set(`${schedule} ${one.scheduledAt}`, counts)
  }
  for (const { expression, timezone, input } of desiredSchedules(config)) {
    const fire = async (instant: number) => {
      await clock.sleep(weather.deliveryMs(instant))
      const time = `${iso(instant).slice(0, 19)}Z`
      const event = JSON.parse(input.replace('<aws.scheduler.scheduled-time>', time))
      await deliver(parseRequest(event) as RotateRequest)
    }
    // What fires early for the first instants has done so before them.
    const { leadSeconds = 0 } = JSON.parse(input) as { leadSeconds?: number }
    void everyTime({ when: expression, timezone }, from - leadSeconds * 1_000, fire)
  }
  async function everyTime(
    expression: Parameters<typeof calendarOf>[0],
    since: number,
    fire: (instant: number) => void,
  ) {
    for (const instant of calendarOf(expression).between(since, until)) {
      await clock.sleep(instant - clock.now())
      fire(instant)
    }
  }

  const waves = openWaves(task)
  let done = waves.allOver()
  const ports = auditPortsOf({ ...stage, deliver }, told)
  const ran = (marks: Map<string, number>) => {
    const isRunning = (schedule: string, instant: number) =>
      running.get(schedule)?.some((due) => due <= instant) ?? false
    for (const wave of waves.over({ now: clock.now(), marks, rows: stage.ledger.rows, isRunning })) {
      const which = `${wave.schedule} ${wave.scheduledAt}`
      const end = ends.get(which)
      ends.delete(which)
      happened.push({ wave: { ...wave, ...(end && { end }) } })
    }
    waves.forget(stage.ledger.rows)
    done = waves.allOver()
    return done
  }
  const isRunning = () => [...running.values()].some((own) => own.length > 0)
  void runAudits({ clock, task, stage, ports, secrets, weather, isRunning, ran }, until)

  for (let at = from; at <= until && !done; at += DAY) {
    signal?.throwIfAborted()
    await clock.runUntil(Math.min(at + DAY, until))
    lastBusy.clear()
    if (happened.length > 0) take(happened.splice(0))
  }
  return load
}
