import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import pg from 'pg'
import { invoke } from '../../src/aws/with-aws.ts'
import type { Config } from '../../src/config/config.ts'
import { parseConfig } from '../../src/config/load.ts'
import { deployStage } from '../../src/demo/stage.ts'
import { InvocationLost, type LocalAws, startLocalAws } from '../../src/local/aws.ts'
import { type Postgres, startPostgres } from '../../src/local/postgres/server.ts'
import { alternatingRotationFunction, postgresRotationFunction } from '../../src/local/rotation-function.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import { type Rotation, SETTLED } from '../../src/model/rotation.ts'
import { consumersIn } from '../../src/operate/consumers.ts'
import type { RotateNowAnswer } from '../../src/rotation/rotate-now.ts'
import { logOutput } from '../../src/runtime/logger.ts'
import { recordsOf } from '../../src/runtime/records.ts'
import { startProxy } from '../../test/chaos/proxy.ts'
import { judgeAdoption, readsOf, UNHEARD, type Verdict } from './adoption.ts'
import { type App, type Counted, KINDS, type Kind, keepAsking, startApp } from './apps.ts'
import { flawed, type Planting, weather } from './faults.ts'

const STAGE = 'applications'

export const USERS = ['single', 'alternating'] as const
export type Users = (typeof USERS)[number]

const CONFIG = `defaults: { timezone: UTC, window: 24h, timeout: 2m }
schedules:
${USERS.map(
  (users) => `  ${users}:
    when: cron(0 3 ? * SUN *)
    secrets: [app/${users}]
    strategy: ${users}
    consumers: [{ ecs: shop/${users} }, { invoke: tell-${users} }, { observe: never-started }]
    adoption: { within: 24h }
`,
).join('')}`

/** Epoch ms: from the call of setSecret that changed the password until the label AWSCURRENT moved. */
export type Gap = { from: number; to: number }

/** `at`: when it was asked for, epoch ms. */
export type Rotated = {
  users: Users
  at: number
  gap: Gap
  status: string
  handover: string
  adoption: Verdict
}

export type Figures = {
  /** Rotations of each that were asked for. */
  asked: number
  seed: number
  began: number
  ended: number
  ttlMs: number
  rotations: Rotated[]
  /** In the order of `KINDS`. */
  apps: { users: Users; kind: Kind; counted: Counted }[]
  planted: [what: string, times: number][]
  harmed: [what: string, times: number][]
  trail: { disordered: number; twice: number; lost: number }
}

type Options = {
  rotations: number
  seed: number
  /** Of `cached`; the next rotation begins after it. */
  ttlMs: number
  everyMs: number
  /** None: no faults are planted. */
  faults: boolean
  told?: (line: string) => void
  log?: (line: string) => void
}

/**
 * Applications with pools, against a real PostgreSQL, through rotations by the real handlers on a local AWS. Once a
 * process. Measures, and judges nothing.
 */
export async function measure({
  rotations,
  seed,
  ttlMs,
  everyMs,
  faults,
  told,
  log,
}: Options): Promise<Figures> {
  const directory = await mkdtemp(join(tmpdir(), `${STAGE}-`))
  const undo: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })]
  try {
    logOutput.write = log ?? (() => {})
    const postgres = await startPostgres({ directory, ownDirectory: true })
    undo.push(postgres.stop)
    const admin = new pg.Client({ ...postgres, database: 'postgres' })
    admin.on('error', () => {})
    await admin.connect()
    undo.push(() => admin.end())

    const reads = readsOf(seed, (role) => role === UNHEARD && began > 0)
    let began = 0
    const aws: LocalAws = await startLocalAws({
      ...(log && { log }),
      // Secrets Manager attempts again what has failed; when, AWS's documents do not say.
      rotationRetryDelaysMs: [1_500, 3_000, 3_000],
      habits: { trail: (event) => reads.trail(event, versionOf), heard: reads.heard },
    })
    undo.push(aws.stop)
    const versionOf = (secret: string, label: string) =>
      aws.secretsManager.secrets.get(secret)?.labels.get(label)
    const sky = weather(seed)
    const proxy = await startProxy({ upstream: aws.endpoint, harm: sky.harm })
    undo.push(proxy.stop)
    Object.assign(process.env, proxy.env(aws.env))

    const config = parsed()
    // Before anybody reads: who has read before a stage listens is not known to it.
    await deployStage(config, aws, join(directory, 'config.json'))
    survives(aws)
    undo.push(audits())
    const planting: Planting = { number: 0, planted: new Map() }
    const gaps = new Map<Users, Partial<Gap>>()
    aws.secretsManager.listeners.push(({ type, label, secretName, at }) => {
      const gap = gaps.get(secretName.slice('app/'.length) as Users)
      if (gap?.from !== undefined && type === 'LabelUpdated' && label === 'AWSCURRENT') gap.to ??= at
    })
    const apps = new Map<string, App>()
    for (const users of USERS) {
      const client = clientOf('rotation-function')
      const rotate =
        users === 'single' ? postgresRotationFunction(client) : alternatingRotationFunction(client)
      // A step that did not come to the database's change opens no gap.
      const around = async (step: string, work: () => Promise<unknown>) => {
        const gap = gaps.get(users)
        if (step !== 'setSecret' || gap === undefined || gap.from !== undefined) return work()
        const from = Date.now()
        const before = await passwords(admin, users)
        try {
          return await work()
        } finally {
          if ((await passwords(admin, users)) !== before) gap.from = from
        }
      }
      aws.functions.set(`rotate-${users}`, flawed(rotate, { seed, name: users, planting }, around))
      await createSecret(users, postgres, admin, aws)
      for (const kind of KINDS) {
        const client = clientOf(`${kind.replace(' ', '-')}-${users}.task`)
        apps.set(`${users} ${kind}`, await startApp(kind, { secret: `app/${users}`, client, ttlMs }))
      }
      const appOf = (kind: Kind) => apps.get(`${users} ${kind}`) as App
      aws.functions.set(`tell-${users}`, async () => {
        await appOf('told').refresh()
        return { ok: true }
      })
      undo.push(runsTasks(aws, `shop/${users}`, appOf('restarted')))
    }
    undo.push(await readersWithoutPools(everyMs * 15))
    await until(() => reads.coming() === 0, 'the first records have not come')

    began = Date.now()
    sky.state.on = faults
    const asking = [...apps].map(([name, app]) => ({ name, ...keepAsking(app, name, { everyMs, seed }) }))
    const stopAsking = () => Promise.all(asking.map((it) => it.stop()))
    undo.push(stopAsking)
    const done: Rotated[] = []
    for (let number = 1; number <= rotations; number++) {
      if (faults) planting.number = number
      const both = await Promise.allSettled(
        USERS.map((users) => rotateOnce(users, { config, gaps, reads, versionOf, ttlMs })),
      )
      done.push(...both.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : [])))
      const failed = both.flatMap((it) => (it.status === 'rejected' ? [String(it.reason)] : []))
      told?.(`${number}: ${[...done.slice(-2).map(textOf), ...failed].join(' | ')}`)
      // What was measured until then is still told; the judge misses the rest.
      if (failed.length > 0) break
    }
    sky.state.on = false
    await stopAsking()
    return {
      ...{ asked: rotations, seed, began, ended: Date.now(), ttlMs, rotations: done },
      apps: asking.map(({ name, counted }) => {
        const [users = '', ...kind] = name.split(' ')
        return { users: users as Users, kind: kind.join(' ') as Kind, counted }
      }),
      planted: [...planting.planted].sort(),
      harmed: [...sky.harmed].sort(),
      trail: reads.counts(),
    }
  } finally {
    for (const step of undo.reverse()) await step().catch((error) => log?.(String(error)))
  }
}

function textOf({ users, gap, status, handover, adoption }: Rotated): string {
  const { falsely, unnamed } = adoption
  return [
    `${users} ${status}, gap ${gap.to - gap.from} ms, handover ${handover}`,
    ...(falsely.length > 0 ? [`named falsely: ${falsely}`] : []),
    ...(unnamed.length > 0 ? [`unnamed: ${unnamed}`] : []),
  ].join(', ')
}

function parsed(): Config {
  const loaded = parseConfig(`config/${STAGE}.yml`, CONFIG)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  return loaded.config
}

function clientOf(accessKeyId: string): SecretsManagerClient {
  return new SecretsManagerClient({
    region: 'eu-central-1',
    credentials: { accessKeyId, secretAccessKey: 'local' },
  })
}

async function passwords(admin: pg.Client, users: Users): Promise<string> {
  const { rows } = await admin.query(
    'SELECT rolname, rolpassword FROM pg_authid WHERE rolname = ANY($1) ORDER BY rolname',
    [[users, `${users}_clone`]],
  )
  return JSON.stringify(rows)
}

/** An invocation that throws, for the wire harmed its checkpoints, comes again; its execution goes on from them. */
function survives({ durableFunctions }: LocalAws): void {
  for (const [name, handler] of durableFunctions)
    durableFunctions.set(name, (event, context) =>
      handler(event, context).catch((error: unknown) => {
        throw new InvocationLost(String(error))
      }),
    )
}

/** As often as the stage's rule does, and one minute for five. */
function audits(): () => Promise<void> {
  const stopping = new AbortController()
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await sleep(60_000, undefined, { signal: stopping.signal }).catch(() => {})
      if (!stopping.signal.aborted) await invoke(namesOf(STAGE).auditFunction, {}).catch(() => {})
    }
  })()
  return async () => {
    stopping.abort()
    await running
  }
}

async function createSecret(
  users: Users,
  { host, port, user, password }: Postgres,
  admin: pg.Client,
  aws: LocalAws,
): Promise<void> {
  const client = new SecretsManagerClient({})
  const put = (Name: string, value: object) =>
    client.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(value) }))
  const SecretId = `app/${users}`
  const server = { engine: 'postgres', host, port, dbname: 'postgres' }
  await admin.query(`CREATE ROLE ${users} LOGIN PASSWORD 'first'`)
  const master = users === 'alternating' ? { masterarn: `${SecretId}/master` } : {}
  await put(SecretId, { ...server, username: users, password: 'first', ...master })
  if (users === 'alternating') await put(`${SecretId}/master`, { ...server, username: user, password })
  const RotationLambdaARN = aws.arnOfFunction(`rotate-${users}`)
  await client.send(new RotateSecretCommand({ SecretId, RotationLambdaARN, RotateImmediately: false }))
}

/** ECS as it deploys: the new task reads its secret as it starts, and the deployment is COMPLETED once it serves. */
function runsTasks(aws: LocalAws, name: string, app: App): () => Promise<void> {
  const service: NonNullable<ReturnType<typeof aws.ecsServices.get>> = {
    desired: 1,
    rollouts: [{ takesMs: 0, ends: 'stuck' }],
    deployments: [],
  }
  aws.ecsServices.set(name, service)
  let stopped = false
  const running = (async () => {
    while (!stopped) {
      await sleep(50)
      const newest = service.deployments.at(-1)
      if (newest?.state !== 'IN_PROGRESS') continue
      await sleep(700) // an image, a container
      // A task that does not start is started again.
      await app.refresh().then(
        () => {
          newest.state = 'COMPLETED'
        },
        () => {},
      )
    }
  })()
  return async () => {
    stopped = true
    await running
  }
}

/** Who fetches without a database: two sessions of one role of which one lags, who asks for AWSPREVIOUS, who is not heard. */
async function readersWithoutPools(everyMs: number): Promise<() => Promise<void>> {
  const stopping = new AbortController()
  const fetches = async (who: string, secret: string, VersionStage?: string) => {
    const client = clientOf(who)
    const once = () =>
      client
        .send(new GetSecretValueCommand({ SecretId: secret, ...(VersionStage && { VersionStage }) }))
        .catch(() => {})
    await once()
    return once
  }
  const begun = await Promise.all(
    USERS.map(async (users) => {
      const secret = `app/${users}`
      await fetches('shared.lazy', secret)
      const eager = [await fetches('shared.eager', secret), await fetches(`${UNHEARD}.task`, secret)]
      await fetches('previous.task', secret)
      return [...eager, await fetches('previous.task', secret, 'AWSPREVIOUS')]
    }),
  )
  const running = begun.map(async (eager) => {
    while (!stopping.signal.aborted) {
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => {})
      for (const once of eager) await once()
    }
  })
  return async () => {
    stopping.abort()
    await Promise.all(running)
  }
}

type Rotating = {
  config: Config
  gaps: Map<Users, Partial<Gap>>
  reads: ReturnType<typeof readsOf>
  versionOf(secret: string, label: string): string | undefined
  ttlMs: number
}

/** Asks for it as an operator does, and waits for its end, for who takes the new value, and for every cache to be over. */
async function rotateOnce(
  users: Users,
  { config, gaps, reads, versionOf, ttlMs }: Rotating,
): Promise<Rotated> {
  const secret = `app/${users}`
  const at = Date.now()
  const gap: Partial<Gap> = {}
  gaps.set(users, gap)
  const rotation = await rotate(secret)
  const { ledger } = recordsOf(STAGE)
  let last: Rotation | undefined
  const over = async () => {
    const seen = await ledger.get(rotation).catch(() => undefined)
    last = seen ?? last
    const isOver = seen && SETTLED.includes(seen.status) && seen.handover?.status !== 'RUNNING'
    return isOver ? seen : undefined
  }
  const record = (await until(over, () => `it does not end: ${JSON.stringify(last)}`)) as Rotation
  const { from, to } = gap
  if (from === undefined || to === undefined)
    throw new Error(
      `${secret} was not rotated: ${record.status} ${record.reason ?? ''} ${record.message ?? ''}`,
    )
  // Adoption tells apart what is two seconds after it was seen.
  const clear = Math.max(to, Date.parse(record.rotatedAt ?? '')) + 3_000 + ttlMs
  await sleep(Math.max(0, clear - Date.now()))
  const version = versionOf(secret, 'AWSCURRENT') ?? ''
  const before = reads.holding(secret, version)
  let verdict: Verdict | undefined
  // The records of reads until then come within two seconds, and are noted in batches.
  const asked = Date.now()
  while (verdict === undefined || (Date.now() < asked + 3_000 && verdict.falsely.length > 0)) {
    await sleep(Math.max(50, asked + 1_700 - Date.now()))
    const found = await consumersIn(config, secret, Date.now()).catch(() => undefined)
    if (found?.adoption) verdict = judgeAdoption(found.adoption, before, reads.holding(secret, version))
  }
  gaps.delete(users)
  const { status, handover } = record
  return { users, at, gap: { from, to }, status, handover: handover?.status ?? 'none', adoption: verdict }
}

/** An answer that is lost is asked for again, by the same key. */
async function rotate(secret: string): Promise<string> {
  const requestId = randomUUID()
  const answer = (await until(
    () =>
      invoke(namesOf(STAGE).rotateNowFunction, {
        ...{ requestId, secrets: [secret] },
        reason: 'to be measured',
        requester: 'bench/applications',
      }).catch(() => undefined),
    'it could not be asked for',
  )) as RotateNowAnswer
  const [{ rotationId } = { rotationId: '' }] = answer.rotations ?? []
  if (rotationId === '') throw new Error(`it was not begun: ${JSON.stringify(answer)}`)
  return rotationId
}

async function until<T>(
  look: () => T | Promise<T>,
  otherwise: string | (() => string),
): Promise<NonNullable<T>> {
  for (const end = Date.now() + 600_000; Date.now() < end; await sleep(50)) {
    const found = await look()
    if (found) return found
  }
  throw new Error(typeof otherwise === 'string' ? otherwise : otherwise())
}
