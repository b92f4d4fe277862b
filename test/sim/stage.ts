import { createPlaceClients } from '../../src/aws/places.ts'
import { openSecrets, type Secrets } from '../../src/aws/secrets.ts'
import type { Config, Schedule } from '../../src/config/config.ts'
import type { Approvals } from '../../src/ledger/approvals.ts'
import type { Callers } from '../../src/ledger/callers.ts'
import type { Deliveries } from '../../src/ledger/deliveries.ts'
import type { Exceptions } from '../../src/ledger/exceptions.ts'
import type { Holds } from '../../src/ledger/holds.ts'
import type { Ledger } from '../../src/ledger/ledger.ts'
import type { Policies } from '../../src/ledger/policies.ts'
import type { Waves } from '../../src/ledger/waves.ts'
import { approvalIdOf } from '../../src/model/identity.ts'
import { DEFAULT_TOLERANCES, type Tolerances } from '../../src/model/tolerances.ts'
import { observe } from '../../src/observe/observe.ts'
import { answerApproval, type PersonsDecision } from '../../src/rotation/answer-approval.ts'
import { askAhead } from '../../src/rotation/approval.ts'
import type { HookEvent } from '../../src/rotation/hooks.ts'
import type { Notification } from '../../src/rotation/notification.ts'
import type { Ports } from '../../src/rotation/ports.ts'
import { runPart, runWave } from '../../src/rotation/run-wave.ts'
import type { PartRequest } from '../../src/rotation/wave.ts'
import type { WaveEnd } from '../../src/rotation/wave-end.ts'
import { type RotateRequest, waveOf } from '../../src/rotation/wave-request.ts'
import { addSecret, rollBack, type SimulatedAws, simulatedAws } from './aws.ts'
import { type Clock, virtualClock } from './clock.ts'
import { type DurableOptions, memoryCallbacks, runDurable } from './durable.ts'
import { type History, recorded } from './history.ts'
import {
  doorOf,
  memoryApprovals,
  memoryCallers,
  memoryDeliveries,
  memoryExceptions,
  memoryHolds,
  memoryLedger,
  memoryMoves,
  memoryPolicies,
  memoryRequests,
  memoryWaves,
} from './ledger.ts'

/** 03:00 UTC on a Sunday. */
export const INSTANT = Date.parse('2026-11-29T03:00:00Z')

/** What may go wrong beyond AWS: a write of the ledger, a hook. Awaited before and after the real thing. */
type Disturb = (call: string) => { before?: Error; after?: Error; delayMs?: number }

/** Schedules and freezes of the stage, faults of its AWS, and how its hooks answer. */
export type StageOptions = Partial<Omit<Parameters<typeof simulatedAws>[0], 'clock'>> & {
  schedule?: Partial<Schedule>
  freezes?: Config['freezes']
  ledgerFault?: Disturb
  /** Default: every Change Calendar is open. */
  calendarState?: Ports['calendarState']
  calendarFault?: Disturb
  hook?: (functionName: string, event: HookEvent) => Promise<unknown>
  /** How long after a rotation has failed `observe` hears of it, ms; default: never, as without a trail. */
  heardMs?: (() => number | undefined) | undefined
  /** What hears it; default: nothing but `told`. */
  notify?: Ports['notify']
  /** Before it is heard, ms. */
  tellDelayMs?: () => number
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
  /** Whether an operator stops this part of a wave, as it begins. */
  stopsPart?: (() => boolean) | undefined
  /** Whether the ledger refuses a secret's claim. */
  refusesClaim?: ((secret: string) => boolean) | undefined
  /** What was seen of its account; a function where that cannot be read. */
  tolerances?: Tolerances | (() => Promise<never>)
  /** Where the durable operations of its executions are noted, by their ARNs. */
  histories?: Map<string, History> | undefined
}

/** A whole stage in virtual time, a minute before its instant: the real workflow on a simulated world. */
export function simulatedStage(options: StageOptions = {}) {
  const clock = virtualClock(INSTANT - (options.beginsMs ?? 60_000))
  const aws = simulatedAws({ ...options, clock })
  /** Every other account and region. */
  const elsewhere = simulatedAws({ ...options, clock })
  const [ledger, holds, waves, approvals] = [memoryLedger(), memoryHolds(), memoryWaves(), memoryApprovals()]
  const deliveries = memoryDeliveries()
  const callers = memoryCallers()
  const requests = memoryRequests()
  const exceptions = memoryExceptions()
  const moves = memoryMoves(exceptions, requests)
  const policies = memoryPolicies()
  const callbacks = memoryCallbacks(clock)
  const log: string[] = []
  const told: Notification[] = []
  /** Executions that were stopped for good. */
  const stopped: string[] = []
  /** Hear of each of them, as Lambda's events tell. */
  const onStopped: ((executionArn: string) => void)[] = []
  const config = configOf(options)
  const { place } = config.schedules[0] ?? {}
  const secrets = options.schedule?.secrets ?? config.schedules[0]?.secrets ?? []
  elsewhere.context.state.place = { account: '000000000000', region: 'eu-central-1', ...place }
  for (const secret of secrets) addSecret(place ? elsewhere : aws, secret)
  for (const secret of options.rolledBack ?? []) rollBack(aws, secret)

  /** The newest config that is deployed. */
  const configNow = () => {
    const { deployed } = options
    return deployed && clock.now() >= deployed.at ? deployedConfig(config, deployed) : config
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

  let executions = 0
  const run = async (request: RotateRequest | PartRequest, durable: Durable) => {
    const executionArn = `execution-${executions++}`
    // Whoever stops an execution does not stop those that it has started.
    const invoke = async (input: unknown) => {
      const stops = options.stopsPart?.()
      const part = stops
        ? { ...durable, crash: (operation: string) => operation.endsWith(':rotate'), restart: false }
        : { ...durable, ...(durable.restart === false && { crash: () => false }), restart: true }
      const ended = await run(input as PartRequest, part)
      if (ended === undefined) throw new Error('stopped by an operator')
      return ended
    }
    const pinned = configNow()
    const history: History | undefined = options.histories && []
    if (history) options.histories?.set(executionArn, history)
    const ended = await runDurable(
      { ...durable, clock, callbacks, invoke },
      async (plain, alive): Promise<WaveEnd> => {
        const steps = history ? recorded(plain, history) : plain
        const parts = {
          executionArn,
          aws,
          elsewhere,
          clock,
          config: pinned,
          ledger,
          holds,
          exceptions,
          callers,
          waves,
          approvals,
          deliveries,
          policies,
          log,
          told,
          options,
        }
        const world = worldOf(parts, alive)
        return 'wave' in request
          ? runPart(steps, request, world)
          : runWave(steps, waveOf(request, pinned), world)
      },
    )
    if (ended === undefined) {
      stopped.push(executionArn)
      for (const hear of onStopped) hear(executionArn)
    }
    return ended
  }
  /** Delivers an event to the orchestrator, as one durable execution. Undefined where that was killed. */
  const deliver = (
    request: RotateRequest = { schedule: 'nightly', scheduledAt: new Date(INSTANT).toISOString() },
    durable: Durable = {},
  ): Promise<WaveEnd | undefined> => run(request, durable)
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
    clock,
    aws,
    elsewhere,
    ledger,
    holds,
    exceptions,
    callers,
    moves,
    waves,
    approvals,
    deliveries,
    requests,
    policies,
    callbacks,
    log,
    told,
    stopped,
    onStopped,
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

type Durable = Omit<DurableOptions, 'clock' | 'callbacks' | 'invoke'>

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

type Parts = {
  executionArn: string
  aws: SimulatedAws
  elsewhere: SimulatedAws
  clock: Clock
  config: Config
  ledger: Ledger
  holds: Holds
  exceptions: Exceptions
  callers: Callers
  waves: Waves
  approvals: Approvals
  deliveries: Deliveries
  policies: Policies
  log: string[]
  told: Notification[]
  options: StageOptions
}

function worldOf(
  { executionArn, aws, elsewhere, clock, config, log, told, options, ...records }: Parts,
  alive: () => boolean,
): Ports {
  const { ledgerFault = (): ReturnType<Disturb> => ({}), hook = async () => ({}) } = options
  /** A process that has died sends nothing more: its calls never come back. */
  const guarded =
    <A extends unknown[], R>(name: string, call: (...args: A) => Promise<R>, fault: Disturb = () => ({})) =>
    async (...args: A): Promise<R> => {
      if (!alive()) return new Promise<R>(() => {})
      const { before, after, delayMs } = fault(name)
      if (delayMs !== undefined) await clock.sleep(delayMs)
      if (before) throw before
      const answer = await call(...args)
      if (after) throw after
      return answer
    }
  const secretsOf = (secrets: Secrets): Secrets => ({
    list: guarded('list', secrets.list),
    describe: guarded('describe', secrets.describe),
    rotate: guarded('rotate', secrets.rotate),
  })
  const placed = createPlaceClients('test', {
    secretsManager: () => ({ client: elsewhere.client }),
    sts: () => Promise.reject(new Error('the simulated AWS asks for no credentials')),
  })
  const { ledger, holds, exceptions, callers, waves, approvals, deliveries, policies } = records
  const kept = <A extends unknown[], R>(name: string, call: (...args: A) => Promise<R>) =>
    guarded(name, call, ledgerFault)
  return {
    config,
    executionArn,
    rotateFunction: 'rotate:live',
    now: clock.now,
    sleepUntil: guarded('holdUntil', (instant: number) => clock.sleep(instant - clock.now())),
    secrets: secretsOf(openSecrets(aws.client)),
    secretsIn: (place) => secretsOf(placed(place)),
    ledger: {
      claim: kept('claim', async (claim) => {
        if (options.refusesClaim?.(claim.secret)) throw new Error(`the ledger refuses ${claim.secret}`)
        return ledger.claim(claim)
      }),
      noteSending: kept('note sending', ledger.noteSending),
      noteAttempts: kept('note attempts', ledger.noteAttempts),
      transition: kept('transition', ledger.transition),
      correct: kept('correct', ledger.correct),
      takeOver: kept('takeOver', ledger.takeOver),
      get: kept('get', ledger.get),
    },
    holds: {
      covering: kept('covering', holds.covering),
      place: kept('place', holds.place),
      release: kept('release', holds.release),
    },
    exceptions: { at: kept('getException', exceptions.at) },
    callers: { get: kept('who asked', callers.get) },
    checkCaller: doorOf().checkCaller,
    waves: {
      start: kept('start', waves.start),
      takeOver: kept('takeOverWave', waves.takeOver),
      noteFailure: kept('noteFailure', waves.noteFailure),
      forgetFailure: kept('forgetFailure', waves.forgetFailure),
      get: kept('getWave', waves.get),
      begin: kept('begin', waves.begin),
      begun: kept('begun', waves.begun),
    },
    policies: { get: kept('getPolicy', policies.get) },
    readTolerances: kept('read tolerances', async () => {
      const { tolerances = DEFAULT_TOLERANCES } = options
      return typeof tolerances === 'function' ? tolerances() : tolerances
    }),
    deliveries: { note: kept('note delivery', deliveries.note) },
    approvals: {
      request: kept('request approval', approvals.request),
      takeUp: kept('take up approval', approvals.takeUp),
      noteCallback: kept('note callback', approvals.noteCallback),
      decide: kept('decide approval', approvals.decide),
      get: kept('get approval', approvals.get),
    },
    calendarState: guarded(
      'calendarState',
      options.calendarState ?? (async () => ({ state: 'OPEN' })),
      options.calendarFault,
    ),
    invokeHook: guarded('hook', async (functionName: string, event: unknown, timeoutMs: number) => {
      const late = clock.sleep(timeoutMs).then(() => {
        throw new Error(`no answer in ${timeoutMs / 1_000} s`)
      })
      return Promise.race([hook(functionName, event as HookEvent), late])
    }),
    notify: guarded(
      'tell',
      async (news: Notification) => {
        told.push(news)
        await options.notify?.(news)
      },
      () => (options.tellDelayMs ? { delayMs: options.tellDelayMs() } : {}),
    ),
    log: (message, fields) => log.push(JSON.stringify({ message, ...fields })),
  }
}
