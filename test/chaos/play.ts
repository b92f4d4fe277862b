import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { calendarOf } from '../../src/calendar/calendar.ts'
import type { Config, Schedule } from '../../src/config/config.ts'
import { rotationIdOf } from '../../src/model/identity.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { iso } from '../../src/model/time.ts'
import type { SecretEvent } from '../../src/rehearse/secrets-manager/secret.ts'
import { seeded } from '../../src/rehearse/world/random.ts'
import { recordsOf } from '../../src/runtime/records.ts'
import type { Due, Happened, Terms } from './happened.ts'
import { type Deeds, operate } from './operators.ts'
import { type Plan, planOf, READERS, STAGE } from './plan.ts'
import { type ChaosWorld, createSecrets, startWorld } from './world.ts'

/** What a run came to, for the judge and for whoever wants to understand. */
export type Played = {
  happened: Happened
  plan: Plan
  kills: { at: number; invocations: number }[]
  faults: number
  events: SecretEvent[]
  deeds: Deeds
  passed: ChaosWorld['proxy']['passed']
  audits: { at: number; said: string }[]
}

type Options = {
  seed: number
  /** By the run's clock. */
  ms: number
  calm: boolean
  directory: string
  signal: AbortSignal
  speed: number
  progress(line: string): void
}

/** Time by the run's clock that executions under way get to end, once nothing goes wrong any more: on a busy machine, too. */
const DRAIN_MS = 3_600_000

const TOLD_MS = 120_000

/** Of an audit, where a busy machine takes too long for it. */
const MOST_TRIES = 4

/** An execution that has lived for so long asks what newer configs forbid: decision 0096. */
const POLICY_MS = 300_000

/** Plays one seed, and answers with what happened. Whatever was started is stopped. */
export async function play(options: Options): Promise<Played> {
  const { seed, calm, directory } = options
  const world = await startWorld(seed, directory, { calm })
  try {
    return await played(world, options)
  } finally {
    await world.stop()
  }
}

async function played(
  world: ChaosWorld,
  { seed, ms, calm, directory, signal, speed, progress }: Options,
): Promise<Played> {
  const sleep = (ms: number) => pause(ms, undefined, { signal })
  const lateness = monitorEventLoopDelay()
  lateness.enable()
  const events: SecretEvent[] = []
  world.aws.secretsManager.listeners.push((event) => events.push(event))
  const kills: Played['kills'] = []
  const audits: Played['audits'] = []
  const from = Date.now() + 20_000
  const to = from + ms
  const plan = planOf(seed, from, to)
  await createSecrets(plan, world.aws)
  const config = await world.deploy(plan.config)
  await audited()
  await world.schedule(config)
  progress(`${config.schedules.length} schedules over ${plan.secrets.length} secrets`)

  async function audited(aheadMs?: number): Promise<boolean> {
    try {
      audits.push({ at: Date.now(), said: JSON.stringify(await world.audit(aheadMs)) })
      return true
    } catch (error) {
      audits.push({ at: Date.now(), said: String(error) })
      return false
    }
  }

  const over = () => Date.now() >= to
  const random = seeded(seed + 9)
  /** When the second freeze binds executions of the first version. */
  let bound = Number.POSITIVE_INFINITY

  async function kill() {
    while (!over()) {
      await sleep(random.between(2_000, 12_000))
      const { rotate, audit, rotateNow, observe, handover } = random.pick(
        world.versions as [ChaosWorld['versions'][0]],
      )
      const invocations = random
        .pick([rotate, rotate, rotate, audit, rotateNow, observe, handover])
        .kill(random)
      if (invocations > 0) kills.push({ at: Date.now(), invocations })
    }
  }

  /** Applications that fetch anew now and then; the last of them ever more rarely. */
  async function applications() {
    const region = 'eu-central-1'
    const clients = READERS.map((role) => {
      const credentials = { accessKeyId: `${role}.task`, secretAccessKey: 'local' }
      return new SecretsManagerClient({ endpoint: world.aws.endpoint, region, credentials })
    })
    for (let turn = 0; !over(); turn++) {
      for (const SecretId of plan.watched)
        for (const client of turn % 4 === 0 ? clients : clients.slice(0, 2))
          await client.send(new GetSecretValueCommand({ SecretId }))
      await sleep(random.between(8_000, 20_000))
    }
  }

  async function audit() {
    while (!over()) {
      await sleep(random.between(30_000, 60_000))
      await Promise.all(Array.from({ length: random.chance(0.5) ? 2 : 1 }, () => audited()))
    }
  }

  async function redeploy() {
    await sleep(Math.max(0, plan.redeploy.at - Date.now()))
    if (over()) return
    await world.deploy(plan.redeploy.config)
    const deployedAt = Date.now()
    while (!over())
      if (await audited()) {
        bound = Math.max(Date.now(), deployedAt + POLICY_MS)
        return
      } else await sleep(5_000)
  }

  async function report() {
    while (!over()) {
      await sleep(5_000 * speed)
      const started = events.filter(({ type }) => type === 'RotationStarted').length
      progress(
        `${iso(Date.now()).slice(11, 19)}  ${started} rotations begun, ${world.weather.count()} faults, ${kills.length} kills, ${audits.length} audits, ${await executionsUnderWay(world)} executions under way`,
      )
    }
  }

  const [deeds] = await Promise.all([
    operate(world, plan, seed, { until: to, everyMs: 3_000 * speed, waits: !calm && speed >= 3, signal }),
    audit(),
    redeploy(),
    applications(),
    report(),
    calm ? undefined : kill(),
  ])
  world.clear()
  await deeds.tidy()
  await drained()
  const lateMs = Math.round(lateness.max / 1_000_000)
  progress(
    `faults off, and all have ended; the machine was up to ${lateMs} ms late. The audit looks hours later`,
  )
  for (const minutes of [12, 13, 25, 26, 100, 101, 200]) {
    for (let tries = 0; tries < MOST_TRIES && !(await audited(minutes * 60_000)); tries++) {}
    await drained()
  }

  function sendings() {
    return world.proxy.passed.flatMap(({ action, body, lateMs = 0, ...sent }) => {
      if (action !== 'RotateSecret') return []
      const sentAt = sent.leftAt ?? sent.at
      const { SecretId: secret, ClientRequestToken: token } = JSON.parse(body) as Record<string, string>
      return secret === undefined || token === undefined ? [] : [{ sentAt, lateMs, secret, token }]
    })
  }

  async function drained() {
    const began = Date.now()
    for (let told = began; Date.now() < began + DRAIN_MS; await sleep(1_000)) {
      const [executions, under] = [await executionsUnderWay(world), world.eventsUnder()]
      if (executions + under === 0) return
      if (Date.now() < told + TOLD_MS) continue
      told = Date.now()
      progress(`${iso(told).slice(11, 19)}  ${executions} executions and ${under} events are waited for`)
    }
  }

  const requests = world.proxy.passed.map(
    ({ at, caller, service, action, harm = '', tookMs = -1 }) =>
      `${iso(at)} ${caller} ${service} ${action} ${tookMs} ${harm}\n`,
  )
  await appendFile(join(directory, 'requests.log'), requests.join(''))
  const firstEffect = new Set<string>()
  const effects = events.flatMap((event) => {
    const { type, at, secretName: secret, versionId } = event
    if (type !== 'RotationStarted' || firstEffect.has(versionId)) return []
    firstEffect.add(versionId)
    const token = world.tokenOf(versionId)
    const sent = world.proxy.passed.filter(
      (it) => it.action === 'RotateSecret' && it.at <= at && it.body.includes(token),
    )
    const last = sent.at(-1)
    const sentAt = last?.leftAt ?? last?.at ?? at
    return [{ at, sentAt, lateMs: last?.lateMs ?? 0, secret, token, versionId }]
  })
  return {
    plan,
    kills,
    faults: world.weather.count(),
    events,
    deeds,
    passed: world.proxy.passed,
    audits,
    happened: {
      effects,
      sendings: sendings(),
      moves: events.flatMap(({ type, label, at, secretName: secret, versionId }) =>
        type === 'LabelUpdated' && label === 'AWSCURRENT' ? [{ at, secret, versionId }] : [],
      ),
      rotations: await wholeLedger(from),
      occurrences: occurrencesOf(config, plan, from - 5_000, to),
      requests: deeds.requests,
      exceptions: deeds.exceptions,
      schedules: termsOf(config, plan),
      deployments: [...world.aws.ecsServices].flatMap(([service, { deployments }]) =>
        deployments.flatMap(({ forced, createdAt }) => (forced ? [{ service, createdAt }] : [])),
      ),
      doubled: world.proxy.passed.filter((it) => it.action === 'UpdateService' && it.harm === 'twice').length,
      refreshes: world.refreshes,
      hooks: world.hooks,
      reads: world.reads(),
      readers: READERS,
      unpaused: await unpausedIn(directory),
      broken: plan.secrets.flatMap(({ name, how }) => (how === 'broken' ? [name] : [])),
      failures: events.flatMap(({ type, at, secretName: secret, versionId }) =>
        type === 'RotationFailed' ? [{ at, secret, token: world.tokenOf(versionId) }] : [],
      ),
      freezes: (world.versions.at(-1)?.config.freezes ?? []).map((freeze) => ({
        name: freeze.name,
        from: Date.parse(`${freeze.from}Z`),
        to: Date.parse(`${freeze.to}Z`),
        ignoredBy: ignoring(world, freeze.name),
        configs: world.versions
          .filter((it) => it.config.freezes.some(({ name }) => name === freeze.name))
          .map((it) => it.config.version),
        othersFrom: bound,
      })),
      holds: deeds.holds,
      graceMs: 900 * speed,
      readMs: 2_000 + lateMs * speed,
      clockMs: 2 * speed,
    },
  }
}

function ignoring({ versions }: ChaosWorld, freeze: string): string[] {
  const schedules = versions.at(-1)?.config.schedules ?? []
  return schedules
    .filter(({ ignoreFreezes }) => ignoreFreezes.some(({ name }) => name === freeze))
    .map(({ name }) => name)
}

async function executionsUnderWay({ aws }: ChaosWorld): Promise<number> {
  const now = Promise.resolve('under way')
  const states = [...aws.executions.values()].map(({ outcome }) => Promise.race([outcome, now]))
  return (await Promise.all(states)).filter((state) => state === 'under way').length
}

async function wholeLedger(from: number): Promise<Rotation[]> {
  const ledger = recordsOf(STAGE).ledger
  const found: Rotation[] = []
  for (const day of [-1, 0, 1].map((days) => iso(from + days * 86_400_000).slice(0, 10)))
    for await (const rotation of ledger.query('byDay', day)) found.push(rotation)
  return found
}

/** What a pause could not be placed for, its run tells the log. */
async function unpausedIn(directory: string): Promise<string[]> {
  const log = await readFile(join(directory, 'rotate.log'), 'utf8')
  return log.split('\n').flatMap((line) => {
    const id = line.includes('"could not pause"') && /"rotationId":"([^"]+)"/.exec(line)?.[1]
    return id ? [id] : []
  })
}

/** By name, where it selects. */
function secretsOf({ select, secrets: named }: Schedule, { secrets }: Plan): string[] {
  if (!select) return named
  return secrets
    .filter(({ tags }) => Object.entries(select.tags ?? {}).every(([key, value]) => tags[key] === value))
    .map(({ name }) => name)
    .sort()
}

function termsOf({ schedules }: Config, plan: Plan): Map<string, Terms> {
  return new Map(
    schedules.map((schedule) => {
      const { name, canary = 0, soakSeconds = 0, retries = 0, windowSeconds } = schedule
      const { pauseAfter, maxErrors } = schedule
      const handsOver = schedule.consumers?.some(({ kind }) => kind !== 'observe') === true
      const chosen = secretsOf(schedule, plan)
      const first = typeof canary === 'number' ? chosen.slice(0, canary) : canary
      const canaries = first.length < chosen.length ? first : []
      const times = { soakMs: soakSeconds * 1_000, windowMs: windowSeconds * 1_000 }
      return [name, { canaries, ...times, retries, pauseAfter, maxErrors, handsOver }]
    }),
  )
}

function occurrencesOf(config: Config, plan: Plan, from: number, to: number): Due[] {
  return config.schedules.flatMap((schedule) => {
    const chosen = secretsOf(schedule, plan)
    return [...calendarOf(schedule).between(from, to)].flatMap((instant) =>
      chosen.map((secret) => ({
        secret,
        rotationId: rotationIdOf(schedule.name, secret, iso(instant)),
        schedule: schedule.name,
        instant,
        closes: instant + schedule.windowSeconds * 1_000,
      })),
    )
  })
}
