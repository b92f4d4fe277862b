import { openSecrets } from '../../src/aws/secrets.ts'
import type { Schedule } from '../../src/config/config.ts'
import { createNotifier } from '../../src/notify/notifier.ts'
import { addSecret, simulatedAws } from '../../src/rehearse/world/aws.ts'
import { virtualClock } from '../../src/rehearse/world/clock.ts'
import { doorOf, memoryApprovals, memoryExceptions, memoryHolds } from '../../src/rehearse/world/deeds.ts'
import { runDurable } from '../../src/rehearse/world/durable.ts'
import { memoryLedger } from '../../src/rehearse/world/ledger.ts'
import { memoryDeliveries, memoryPolicies, memoryWaves } from '../../src/rehearse/world/stores.ts'
import type { Ports } from '../../src/rotation/ports.ts'
import { runPart, runWave } from '../../src/rotation/run-wave.ts'
import type { PartRequest } from '../../src/rotation/wave.ts'
import type { WaveEnd } from '../../src/rotation/wave-end.ts'
import { waveOf } from '../../src/rotation/wave-request.ts'
import { counted, metered } from './counters.ts'
import {
  type Case,
  type ExecutionFigures,
  type Figures,
  heap,
  noFigures,
  peak,
  secretsOf,
} from './figures.ts'

const INSTANT = Date.parse('2026-11-29T03:00:00Z')
const HOUR = 3_600_000
/** Secrets Manager takes so many RotateSecret a second, in a region. Source: Secrets Manager User Guide, quotas. */
const ROTATIONS_A_SECOND = 50
const FUNCTION = 'arn:aws:lambda:eu-central-1:111122223333:function:tourbillon-prod-rotate'

/**
 * A wave in virtual time: the real workflow on the simulator's Secrets Manager, which refuses what exceeds its quota.
 * A request takes 20 ms, a write of the ledger none. The clients' own retries are left out, so a refused call costs
 * what a step that is tried again costs.
 */
export async function simulated(asked: Case): Promise<Figures> {
  const secrets = secretsOf(asked)
  const clock = virtualClock(INSTANT)
  const calls: Record<string, number> = {}
  const count = (call: string) => {
    calls[call] = (calls[call] ?? 0) + 1
  }
  const quota = { at: INSTANT, left: ROTATIONS_A_SECOND }
  const aws = simulatedAws({
    clock,
    step: () => ({ delayMs: asked.rotationMs / 4, fails: asked.fails === true }),
    request(action) {
      count(`secretsmanager ${action}`)
      if (action !== 'RotateSecret' || takes(quota, clock.now())) return {}
      return { before: Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' }) }
    },
  })
  // What nobody reads must not grow: the memory is to be the workflow's.
  Object.assign(aws.events, { push: () => 0 })
  for (const secret of secrets) addSecret(aws, secret)
  const config = {
    stage: 'prod',
    version: '0123456789ab',
    freezes: [],
    schedules: [scheduleOf(asked, secrets)],
  }
  const ledger = memoryLedger()
  const units = { write: 0, read: 0 }
  let announced = 0
  const records = {
    ledger,
    holds: memoryHolds(),
    exceptions: memoryExceptions(),
    waves: memoryWaves(),
    policies: memoryPolicies(),
  }
  const world: Omit<Ports, 'executionArn'> = {
    ...metered(records, (action) => count(`dynamodb ${action}`), units),
    config,
    rotateFunction: 'tourbillon-prod-rotate:live',
    now: clock.now,
    sleepUntil: (instant) => clock.sleep(instant - clock.now()),
    secrets: openSecrets(aws.client),
    secretsIn: () => openSecrets(aws.client),
    approvals: memoryApprovals(),
    ...doorOf(),
    deliveries: memoryDeliveries(),
    calendarState: async () => ({ state: 'OPEN' }),
    invokeHook: async () => ({}),
    notify: createNotifier({
      config,
      region: 'eu-central-1',
      now: clock.now,
      log: () => {},
      eventBus: {
        async putEvents(events) {
          count('events PutEvents')
          announced += events.length
        },
      },
      channels: [{ addressOf: () => 'alerts', send: async () => count('sns Publish') }],
    }),
    log: () => {},
  }

  const executions: ExecutionFigures[] = []
  const run = (body: (steps: Parameters<typeof runWave>[0], here: Ports) => Promise<WaveEnd>) => {
    const figures = noFigures()
    const executionArn = `${FUNCTION}:7/durable-execution/${crypto.randomUUID()}/${crypto.randomUUID()}`
    executions.push(figures)
    const invoke = (input: unknown) => run((steps, here) => runPart(steps, input as PartRequest, here))
    return runDurable({ clock, invoke }, (steps) => body(counted(steps, figures), { ...world, executionArn }))
  }
  const request = { schedule: 'nightly', scheduledAt: new Date(INSTANT).toISOString() }
  const before = heap()
  const [began, cpu] = [performance.now(), process.cpuUsage()]
  let endedAt = Number.NaN
  let end: WaveEnd | undefined
  const wave = run((steps, here) => runWave(steps, waveOf(request, config), here)).then((it) => {
    end = it
    endedAt = clock.now()
  })
  await clock.runUntil(INSTANT + 1_000 * HOUR)
  await wave
  const { user, system } = process.cpuUsage(cpu)
  return {
    ...asked,
    succeeded: end?.outcomes.SUCCEEDED ?? 0,
    wallMs: performance.now() - began,
    virtualMs: endedAt - INSTANT,
    cpuMs: (user + system) / 1_000,
    peakBytes: peak(),
    keptBytes: heap() - before,
    calls,
    units,
    announced,
    executions,
  }
}

/** Whether the quota takes one more request at `now`: it fills up evenly, a second's worth at most. */
function takes(quota: { at: number; left: number }, now: number): boolean {
  quota.left = Math.min(ROTATIONS_A_SECOND, quota.left + ((now - quota.at) / 1_000) * ROTATIONS_A_SECOND)
  quota.at = now
  if (quota.left < 1) return false
  quota.left--
  return true
}

function scheduleOf({ concurrency, timeoutSeconds = 900 }: Case, secrets: string[]): Schedule {
  const limits = { windowSeconds: 24 * 3_600, timeoutSeconds, concurrency }
  return {
    ...{ name: 'nightly', when: 'cron(0 3 * * ? *)', timezone: 'UTC', secrets },
    ...limits,
    ...{ precision: 'minute', enabled: true, ignoreFreezes: [] },
  }
}
