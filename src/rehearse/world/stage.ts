import type { AuditPorts } from '../../audit/ports.ts'
import { createPlaceClients } from '../../aws/places.ts'
import { openSecrets, type Secrets } from '../../aws/secrets.ts'
import type { Config } from '../../config/config.ts'
import type { Finding } from '../../model/finding.ts'
import type { Notice } from '../../model/notice.ts'
import type { Place } from '../../model/place.ts'
import { DEFAULT_TOLERANCES, type Tolerances } from '../../model/tolerances.ts'
import type { ObservePorts } from '../../observe/observe.ts'
import type { RunEndPorts } from '../../observe/run-end.ts'
import type { HookEvent } from '../../rotation/hooks.ts'
import type { Notification } from '../../rotation/notification.ts'
import type { Ports } from '../../rotation/ports.ts'
import { runPart, runWave } from '../../rotation/run-wave.ts'
import type { PartRequest } from '../../rotation/wave.ts'
import type { WaveEnd } from '../../rotation/wave-end.ts'
import { type RotateRequest, waveOf } from '../../rotation/wave-request.ts'
import type { Steps } from '../../steps/steps.ts'
import type { SimulatedAws } from './aws.ts'
import type { Clock } from './clock.ts'
import {
  doorOf,
  memoryApprovals,
  memoryCallers,
  memoryExceptions,
  memoryHolds,
  memoryMoves,
  memoryRequests,
} from './deeds.ts'
import { type DurableOptions, memoryCallbacks, runDurable } from './durable.ts'
import { memoryLedger } from './ledger.ts'
import { memoryDeliveries, memoryNotices, memoryPolicies, memoryStates, memoryWaves } from './stores.ts'

/** What may go wrong beyond AWS: a write of the ledger, a hook. Awaited before and after the real thing. */
type Disturb = (call: string) => { before?: Error; after?: Error; delayMs?: number }

/** What a stage in virtual time stands on. */
export type StageWorld = {
  clock: Clock
  /** The newest config that is deployed. An execution keeps the one that it began with. */
  config(): Config
  /** Secrets Manager of this place; undefined: of the stage's own account and region. */
  awsAt(place: Place | undefined): SimulatedAws
  notify: Ports['notify']
  log: Ports['log']
  ledgerFault?: Disturb
  /** Default: every Change Calendar is open. */
  calendarState?: Ports['calendarState']
  calendarFault?: Disturb
  hook?: (functionName: string, event: HookEvent) => Promise<unknown>
  /** Before a notification is heard, ms. */
  tellDelayMs?: () => number
  /** Whether an operator stops this part of a wave, as it begins. */
  stopsPart?: (() => boolean) | undefined
  /** Whether the ledger refuses a secret's claim. */
  refusesClaim?: ((secret: string) => boolean) | undefined
  /** What was seen of its account; a function where that cannot be read. */
  tolerances?: Tolerances | (() => Promise<never>)
  /** Looks on at an execution's operations; asked again for each replay. */
  watch?: ((steps: Steps, executionArn: string) => Steps) | undefined
}

/** How an execution fares: see `DurableOptions`. */
export type Fate = Omit<DurableOptions, 'clock' | 'callbacks' | 'invoke'>

type Records = ReturnType<typeof memoryRecords>
export type Stage = ReturnType<typeof openStage>

/** A stage's table, in memory. */
function memoryRecords() {
  const [exceptions, requests] = [memoryExceptions(), memoryRequests()]
  return {
    ledger: memoryLedger(),
    holds: memoryHolds(),
    waves: memoryWaves(),
    approvals: memoryApprovals(),
    deliveries: memoryDeliveries(),
    callers: memoryCallers(),
    policies: memoryPolicies(),
    exceptions,
    requests,
    moves: memoryMoves(exceptions, requests),
  }
}

/** A whole stage in virtual time: the real workflow on a simulated world. */
export function openStage(world: StageWorld) {
  const records = memoryRecords()
  const callbacks = memoryCallbacks(world.clock)
  /** Executions that were stopped for good. */
  const stopped: string[] = []
  /** Hear of each of them, as Lambda's events tell. */
  const onStopped: ((executionArn: string) => void)[] = []
  let executions = 0

  /** Delivers an event to the orchestrator, as one durable execution. Undefined where that was killed. */
  async function deliver(
    request: RotateRequest | PartRequest,
    fate: Fate = {},
  ): Promise<WaveEnd | undefined> {
    const executionArn = `execution-${executions++}`
    // Whoever stops an execution does not stop those that it has started.
    const invoke = async (input: unknown) => {
      const stops = world.stopsPart?.()
      const part = stops
        ? { ...fate, crash: (operation: string) => operation.endsWith(':rotate'), restart: false }
        : { ...fate, ...(fate.restart === false && { crash: () => false }), restart: true }
      const ended = await deliver(input as PartRequest, part)
      if (ended === undefined) throw new Error('stopped by an operator')
      return ended
    }
    const config = world.config()
    const durable = { ...fate, clock: world.clock, callbacks, invoke }
    const ended = await runDurable(durable, async (plain, alive): Promise<WaveEnd> => {
      const steps = world.watch?.(plain, executionArn) ?? plain
      const ports = portsOf({ executionArn, config, world, records }, alive)
      return 'wave' in request
        ? runPart(steps, request, ports)
        : runWave(steps, waveOf(request, config), ports)
    })
    if (ended === undefined) {
      stopped.push(executionArn)
      for (const hear of onStopped) hear(executionArn)
    }
    return ended
  }

  return { ...records, world, callbacks, stopped, onStopped, deliver }
}

const OPEN = new WeakMap<SimulatedAws, Secrets>()

function secretsAt(world: StageWorld, place: Place | undefined): Secrets {
  const aws = world.awsAt(place)
  const known = OPEN.get(aws) ?? openSecrets(aws.client)
  OPEN.set(aws, known)
  return known
}

/** What the audit and `observe` tell. */
export type Told = {
  notify: Ports['notify']
  findings(found: Finding[]): void
  notice(notice: Notice): boolean
}

/** A stage as its audit needs it. */
type Audited = Omit<Stage, 'deliver'> & { deliver(request: RotateRequest): Promise<unknown> }

/** What the audit of a stage needs. What it starts is delivered, once for a key in `started`. */
export function auditPortsOf(stage: Audited, told: Told, started = new Set<string>()): AuditPorts {
  const { world } = stage
  return {
    ...stage,
    config: world.config(),
    readTolerances: async () => DEFAULT_TOLERANCES,
    notices: memoryNotices(),
    // Nobody signs anything here.
    proofs: { async *open() {}, close: async () => {} },
    checkProof: async () => ({ caller: { notProved: 'nobody signs here' }, passing: false }),
    states: memoryStates(),
    readers: { of: async () => ({ readers: [], full: false }) },
    secretsAt: (place) => secretsAt(world, place),
    async start(key, request) {
      if (!started.has(key)) {
        started.add(key)
        stage.deliver(request).catch(() => {})
      }
      return { execution: key }
    },
    notify: told.notify,
    notifyFindings: async (found) => told.findings(found),
    sendNotice: async (notice) => told.notice(notice),
    now: world.clock.now,
    deadline: Number.POSITIVE_INFINITY,
    log: () => {},
  }
}

/** What `observe` needs of a stage. */
export function observePortsOf(
  stage: Pick<Stage, 'ledger' | 'waves' | 'world'>,
  told: Omit<Told, 'notice'>,
): ObservePorts & RunEndPorts {
  const { ledger, waves, world } = stage
  return {
    config: world.config(),
    ledger,
    waves,
    readTolerances: async () => DEFAULT_TOLERANCES,
    secretsAt: (place) => secretsAt(world, place),
    now: world.clock.now,
    notify: told.notify,
    notifyFindings: async (found) => told.findings(found),
    log: () => {},
  }
}

type Parts = { executionArn: string; config: Config; world: StageWorld; records: Records }

function portsOf({ executionArn, config, world, records }: Parts, alive: () => boolean): Ports {
  const { clock, ledgerFault = (): ReturnType<Disturb> => ({}), hook = async () => ({}) } = world
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
  const secretsIn = (place: Place): Secrets =>
    createPlaceClients(config.stage, {
      secretsManager: () => ({ client: world.awsAt(place).client }),
      sts: () => Promise.reject(new Error('the simulated AWS asks for no credentials')),
    })(place)
  const { ledger, holds, exceptions, callers, waves, approvals, deliveries, policies } = records
  const kept = <A extends unknown[], R>(name: string, call: (...args: A) => Promise<R>) =>
    guarded(name, call, ledgerFault)
  return {
    config,
    executionArn,
    rotateFunction: 'rotate:live',
    now: clock.now,
    sleepUntil: guarded('holdUntil', (instant: number) => clock.sleep(instant - clock.now())),
    secrets: secretsOf(secretsAt(world, undefined)),
    secretsIn: (place) => secretsOf(secretsIn(place)),
    ledger: {
      claim: kept('claim', async (claim) => {
        if (world.refusesClaim?.(claim.secret)) throw new Error(`the ledger refuses ${claim.secret}`)
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
      noteGuess: kept('noteGuess', waves.noteGuess),
      forgetFailure: kept('forgetFailure', waves.forgetFailure),
      get: kept('getWave', waves.get),
      begin: kept('begin', waves.begin),
      begun: kept('begun', waves.begun),
    },
    policies: { get: kept('getPolicy', policies.get) },
    readTolerances: kept('read tolerances', async () => {
      const { tolerances = DEFAULT_TOLERANCES } = world
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
      world.calendarState ?? (async () => ({ state: 'OPEN' })),
      world.calendarFault,
    ),
    invokeHook: guarded('hook', async (functionName: string, event: unknown, timeoutMs: number) => {
      const late = clock.sleep(timeoutMs).then(() => {
        throw new Error(`no answer in ${timeoutMs / 1_000} s`)
      })
      return Promise.race([hook(functionName, event as HookEvent), late])
    }),
    notify: guarded(
      'tell',
      (news: Notification) => world.notify(news),
      () => (world.tellDelayMs ? { delayMs: world.tellDelayMs() } : {}),
    ),
    log: world.log,
  }
}
