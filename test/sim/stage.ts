import type { Secrets } from '../../src/aws/secrets.ts'
import type { Config, Schedule } from '../../src/config/config.ts'
import { approvalIdOf } from '../../src/model/identity.ts'
import { DEFAULT_TOLERANCES } from '../../src/model/tolerances.ts'
import { observe } from '../../src/observe/observe.ts'
import { addSecret, rollBack, simulatedAws } from '../../src/rehearse/world/aws.ts'
import { virtualClock } from '../../src/rehearse/world/clock.ts'
import { type Fate, openStage, type StageWorld } from '../../src/rehearse/world/stage.ts'
import { answerApproval, type PersonsDecision } from '../../src/rotation/answer-approval.ts'
import { askAhead } from '../../src/rotation/approval.ts'
import type { Notification } from '../../src/rotation/notification.ts'
import type { Ports } from '../../src/rotation/ports.ts'
import type { WaveEnd } from '../../src/rotation/wave-end.ts'
import { type RotateRequest, waveOf } from '../../src/rotation/wave-request.ts'
import { type History, recorded } from './history.ts'

/** 03:00 UTC on a Sunday. */
export const INSTANT = Date.parse('2026-11-29T03:00:00Z')

/** Schedules and freezes of the stage, faults of its AWS, and how its hooks answer. */
export type StageOptions = Partial<Omit<Parameters<typeof simulatedAws>[0], 'clock' | 'place'>> &
  Partial<Omit<StageWorld, 'clock' | 'config' | 'awsAt' | 'log' | 'watch'>> & {
    schedule?: Partial<Schedule>
    freezes?: Config['freezes']
    /** How long after a rotation has failed `observe` hears of it, ms; default: never, as without a trail. */
    heardMs?: (() => number | undefined) | undefined
    /** What hears it; default: nothing but `told`. */
    notify?: Ports['notify']
    /** How long before the instant it begins, ms. */
    beginsMs?: number | undefined
    /** Its secrets are chosen by a selector, and not named. */
    selected?: boolean | undefined
    /**
     * What a later deploy freezes: executions that began before keep the config that they began with. `keptAt`: when the
     * audit has noted it.
     */
    deployed?: { at: number; keptAt: number; freezes: Config['freezes'] } | undefined
    /** Secrets whose AWSCURRENT was moved back by hand, AWSPENDING left on the newer version. */
    rolledBack?: string[] | undefined
    /** Where the durable operations of its executions are noted, by their ARNs. */
    histories?: Map<string, History> | undefined
  }

/** A whole stage in virtual time, a minute before its instant: the real workflow on a simulated world. */
export function simulatedStage(options: StageOptions = {}) {
  const clock = virtualClock(INSTANT - (options.beginsMs ?? 60_000))
  const aws = simulatedAws({ ...options, clock })
  /** Every other account and region. */
  const elsewhere = simulatedAws({ ...options, clock })
  const log: string[] = []
  const told: Notification[] = []
  const config = configOf(options)
  const { place } = config.schedules[0] ?? {}
  const secrets = options.schedule?.secrets ?? config.schedules[0]?.secrets ?? []
  elsewhere.context.state.place = { ...elsewhere.context.state.place, ...place }
  for (const secret of secrets) addSecret(place ? elsewhere : aws, secret)
  for (const secret of options.rolledBack ?? []) rollBack(aws, secret)

  /** The newest config that is deployed. */
  const configNow = () => {
    const { deployed } = options
    return deployed && clock.now() >= deployed.at ? deployedConfig(config, deployed) : config
  }

  const stage = openStage({
    ...options,
    clock,
    config: configNow,
    awsAt: (at) => (at === undefined ? aws : elsewhere),
    async notify(news) {
      told.push(news)
      await options.notify?.(news)
    },
    log: (message, fields) => log.push(JSON.stringify({ message, ...fields })),
    watch: options.histories && ((steps, executionArn) => recorded(steps, historyOf(executionArn))),
  })
  const { ledger, waves, approvals, exceptions, callbacks } = stage
  function historyOf(executionArn: string): History {
    const history = options.histories?.get(executionArn) ?? []
    options.histories?.set(executionArn, history)
    return history
  }

  aws.context.state.listeners.push((event) => {
    const ms = event.type === 'RotationFailed' ? options.heardMs?.() : undefined
    if (ms === undefined) return
    const message = event.errorMessage ?? 'without a word why'
    const at = new Date(Math.floor(event.at / 1_000) * 1_000).toISOString()
    const secretArn = aws.context.state.secrets.get(event.secretName)?.arn ?? ''
    const describe = async (SecretId: string) => ({ secret: aws.act('DescribeSecret', { SecretId }) })
    const secretsAt = () => ({ describe }) as unknown as Secrets
    const noted = (message: string, fields: object) => void log.push(JSON.stringify({ message, ...fields }))
    const notify = async (news: Notification) => void told.push(news)
    const readTolerances = async () => DEFAULT_TOLERANCES
    const known = { config, ledger, waves, secretsAt, notify, readTolerances, notifyFindings: async () => {} }
    void clock
      .sleep(ms)
      .then(() =>
        observe({ what: 'failed', secretArn, at, message }, { ...known, now: clock.now, log: noted }),
      )
  })

  /** Delivers an event to the orchestrator, as one durable execution. Undefined where that was killed. */
  const deliver = (
    request: RotateRequest = { schedule: 'nightly', scheduledAt: new Date(INSTANT).toISOString() },
    fate: Fate = {},
  ): Promise<WaveEnd | undefined> => stage.deliver(request, fate)
  /** Asks for the occurrence's approval ahead of time, as the audit does. */
  const ask = async () => {
    const scheduledAt = new Date(INSTANT).toISOString()
    const wave = waveOf({ schedule: 'nightly', scheduledAt }, config)
    const noted = (message: string, fields: object) => void log.push(JSON.stringify({ message, ...fields }))
    const notify = async (news: Notification) => void told.push(news)
    const rule = wave.schedule?.approval
    if (rule)
      await askAhead(wave, rule, { approvals, exceptions, config, now: clock.now, log: noted, notify })
  }
  /** A person's answer to the request of the stage's occurrence, as the command gives it; it may die in between. */
  const answer = (decision: Omit<PersonsDecision, 'at'>, { dies = false } = {}) => {
    const wake = async (id: string, result: string) => {
      try {
        if (!dies) callbacks.succeed(id, result)
      } catch (error) {
        // Closed already: `createCallbackResumer` takes that for an end too.
        if ((error as Error).name !== 'CallbackTimeoutException') throw error
      }
    }
    const approvalId = approvalIdOf({ name: 'nightly', occasion: new Date(INSTANT).toISOString() })
    const at = new Date(clock.now()).toISOString()
    return answerApproval({ approvals, wake }, approvalId, { ...decision, at })
  }
  return {
    ...stage,
    clock,
    aws,
    elsewhere,
    log,
    told,
    config,
    configNow,
    options,
    secrets,
    deliver,
    ask,
    answer,
  }
}

/** The config of a later deploy. */
export function deployedConfig(config: Config, { freezes }: { freezes: Config['freezes'] }): Config {
  return { ...config, version: 'fedcba987654', freezes }
}

function configOf(options: StageOptions): Config {
  return {
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
        before: [],
        after: [],
        enabled: true,
        ignoreFreezes: [],
        ...options.schedule,
        ...(options.selected && { secrets: [], select: { prefix: 'db-' } }),
      },
    ],
  }
}
