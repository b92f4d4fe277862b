import type { Config, Schedule } from '../../src/config/config.ts'
import { type RotateRequest, waveOf } from '../../src/rotation/request.ts'
import type { Ended } from '../../src/rotation/rotate-secret.ts'
import { openSecrets } from '../../src/rotation/secrets.ts'
import { runWave } from '../../src/rotation/wave.ts'
import type { World } from '../../src/rotation/world.ts'
import { addSecret, type SimulatedAws, simulatedAws } from './aws.ts'
import { type Clock, virtualClock } from './clock.ts'
import { type DurableOptions, runDurable } from './durable.ts'
import { memoryLedger } from './ledger.ts'

/** 03:00 UTC on a Sunday. */
export const INSTANT = Date.parse('2026-11-29T03:00:00Z')

/** A whole stage in virtual time, a minute before its instant: the real workflow on a simulated world. */
export function simulatedStage(
  options: Partial<Parameters<typeof simulatedAws>[0]> & {
    schedule?: Partial<Schedule>
    freezes?: Config['freezes']
  } = {},
) {
  const clock = virtualClock(INSTANT - 60_000)
  const aws = simulatedAws({ ...options, clock })
  const ledger = memoryLedger()
  const log: string[] = []
  const config: Config = {
    stage: 'test',
    version: '0123456789ab',
    freezes: options.freezes ?? [],
    schedules: [
      {
        name: 'nightly',
        when: 'cron(0 3 * * ? *)',
        timezone: 'UTC',
        secrets: ['orders'],
        windowSeconds: 1_800,
        timeoutSeconds: 300,
        precision: 'minute',
        concurrency: 10,
        enabled: true,
        ignoreFreezes: [],
        ...options.schedule,
      },
    ],
  }
  for (const secret of config.schedules[0]?.secrets ?? []) addSecret(aws, secret)

  let executions = 0
  /** Delivers an event to the orchestrator, as one durable execution. */
  const deliver = (
    request: RotateRequest = { schedule: 'nightly', scheduledAt: new Date(INSTANT).toISOString() },
    durable: Omit<DurableOptions, 'clock'> = {},
  ): Promise<Ended[]> => {
    const executionArn = `execution-${executions++}`
    return runDurable({ ...durable, clock }, (steps, alive) =>
      runWave(
        steps,
        waveOf(request, config),
        worldOf({ executionArn, alive, aws, clock, config, ledger, log }),
      ),
    )
  }
  return { clock, aws, ledger, log, config, deliver }
}

function worldOf(parts: {
  executionArn: string
  alive: () => boolean
  aws: SimulatedAws
  clock: Clock
  config: Config
  ledger: World['ledger']
  log: string[]
}): World {
  const { executionArn, alive, aws, clock, config, ledger, log } = parts
  /** A process that has died sends nothing more: its calls never come back. */
  const whileAlive =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      alive() ? call(...args) : new Promise<R>(() => {})
  const secrets = openSecrets(aws.client)
  return {
    config,
    executionArn,
    now: clock.now,
    holdUntil: whileAlive((instant) => clock.sleep(instant - clock.now())),
    secrets: { describe: whileAlive(secrets.describe), rotate: whileAlive(secrets.rotate) },
    ledger: { ...ledger, claim: whileAlive(ledger.claim), transition: whileAlive(ledger.transition) },
    log: (message, fields) => log.push(JSON.stringify({ message, ...fields })),
  }
}
