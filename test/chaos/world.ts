import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  CreateSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { v5 } from 'uuid'
import type { Config } from '../../src/config/config.ts'
import { parseConfig } from '../../src/config/load.ts'
import { putSchedules } from '../../src/demo/schedules.ts'
import { deliverReads } from '../../src/demo/stage.ts'
import { tableDefinition } from '../../src/ledger/table.ts'
import { topicArn } from '../../src/local/arn.ts'
import { type LocalAws, startLocalAws } from '../../src/local/aws.ts'
import { type LocalEcsService, deploy as startDeployment } from '../../src/local/ecs.ts'
import type { BusEvent } from '../../src/local/news.ts'
import { askingFor } from '../../src/model/adoption.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import type { BatchAnswer, QueueBatch } from '../../src/observe/reads.ts'
import { seeded } from '../../src/rehearse/world/random.ts'
import { desiredSchedules } from '../../src/schedules/desired.ts'
import { bareEnvironment } from '../cli/tourbillon.ts'
import { deliversEvents } from './events.ts'
import { usersFunctions } from './functions.ts'
import type { Happened } from './happened.ts'
import { durably, type Hosts, startHosts } from './hosts.ts'
import { type Plan, READERS, SERVICES, STAGE } from './plan.ts'
import { type HarmfulProxy, startProxy } from './proxy.ts'
import { type Weather, weatherOf } from './weather.ts'

const names = namesOf(STAGE)
const HANDLERS = join(import.meta.dirname, '../../handlers')

/** The functions of one deployed version, each in processes of its own. */
type Version = {
  config: Config
  rotate: Hosts
  rotateNow: Hosts
  audit: Hosts
  observe: Hosts
  handover: Hosts
  reads: Hosts
}

export type ChaosWorld = {
  aws: LocalAws
  proxy: HarmfulProxy
  weather: Weather
  /** Every version that was deployed; the last one is what is invoked now. */
  versions: Version[]
  /** The config as people have it, for the command line. */
  file: string
  /** The environment of a process that talks to this AWS, by the proxy, under a name of its own. */
  env(caller: string): Record<string, string>
  deploy(yaml: string): Promise<Config>
  /** As a deploy leaves them. */
  schedule(config: Config): Promise<void>
  /** One run of the audit; `aheadMs`: by a clock that is this much ahead. Rejects where it fails. */
  audit(aheadMs?: number): Promise<unknown>
  /** What RotateSecret was given for this version. */
  tokenOf(versionId: string): string
  /** Reads of values so far. */
  reads(): Happened['reads']
  /** Calls of the function that refreshes a consumer. */
  refreshes: Happened['refreshes']
  /** And of hooks. */
  hooks: Happened['hooks']
  /** What has not come to `observe` yet of Secrets Manager's events, and to `reads` of applications' reads. */
  eventsUnder(): number
  /** Everybody behaves from now on. */
  clear(): void
  stop(): Promise<void>
}

/** A local AWS behind a harmful proxy, and a stage whose handlers run in processes of their own. */
export async function startWorld(
  seed: number,
  directory: string,
  { calm }: { calm: boolean },
): Promise<ChaosWorld> {
  const random = seeded(seed + 3)
  const ends = seeded(seed + 17)
  let cleared = calm
  const tokens = new Map<string, string>()
  // Now and then another version than the token says.
  const versionIdOf = (token: string) => {
    const versionId = Number.parseInt(token.slice(0, 4), 16) % 20 === 0 ? v5(token, v5.URL) : token
    tokens.set(versionId, token)
    return versionId
  }
  // CloudTrail's records of reads come late, twice, or never.
  const trail = (record: BusEvent) => {
    const { eventID } = record.detail as { eventID?: string }
    const lost = !calm && random.chance(0.25)
    const lateMs = Array.from({ length: lost ? 0 : random.chance(0.1) ? 2 : 1 }, () =>
      random.between(500, 20_000),
    )
    told.push({ record, eventID, lost })
    return lateMs
  }
  const told: { record: BusEvent; eventID: string | undefined; lost: boolean }[] = []
  const taken = new Set<string | undefined>()
  const deadLetters: unknown[] = []
  const output = createWriteStream(join(directory, 'aws.log'), { flags: 'a' })
  const aws = await startLocalAws({
    log: (line) => output.write(`${new Date().toISOString()} ${line}\n`),
    jitterMs: () => random.between(0, calm ? 5_000 : 50_000),
    asyncRetryDelaysMs: [5_000, 10_000],
    habits: { trail },
    // Now and then one that looks like a word of the name.
    suffix: () => (ends.chance(0.2) ? 'config' : `A${ends.between(10_000, 99_999)}`),
    rotationRetryDelaysMs: random.chance(0.5) ? [15_000] : [],
    repeatedToken: random.pick(['accept', 'ignore', 'refuse']),
    ...(!calm && {
      versionIdOf,
      unkind: {
        // Rotation functions read what they have just written; AWS's own would fail here too.
        seenLateMs: (caller: string) =>
          caller !== 'rotation-function' && !cleared && random.chance(0.15) ? random.between(500, 20_000) : 0,
        listedTwice: () => !cleared && random.chance(0.3),
      },
    }),
  })
  Object.assign(process.env, aws.env)
  const weather = weatherOf(seed, Date.now)
  const proxy = await startProxy({
    upstream: aws.endpoint,
    harm: (asked) => (calm ? undefined : weather.harm(asked)),
  })
  const { clear, refreshes, hooks, ...functions } = usersFunctions(seed, aws.endpoint, calm)
  for (const [name, run] of Object.entries(functions)) aws.functions.set(name, run)
  await new DynamoDBClient({}).send(
    new CreateTableCommand({ ...tableDefinition, TableName: names.ledgerTable }),
  )
  for (const name of SERVICES) {
    const service: LocalEcsService = { desired: 2, rollouts: [], deployments: [] }
    startDeployment(service, Date.now() - 60_000)
    service.rollouts = [{ takesMs: random.between(2, 20) * 1_000 }]
    aws.ecsServices.set(name, service)
  }
  const file = join(directory, `${STAGE}.yml`)
  const versions: Version[] = []

  const env = (caller: string) =>
    bareEnvironment({
      ...proxy.env(aws.env),
      AWS_ACCESS_KEY_ID: caller,
      CHAOS_SPEED: process.env.CHAOS_SPEED ?? '',
      CHAOS_BEGAN: process.env.CHAOS_BEGAN ?? '',
      TOURBILLON_ALERT_TOPIC: topicArn(names.alertTopic),
    })

  /** As serverless.yml gives them, but for their number. */
  const hosts = (name: string, size: number, seconds: number, more: Record<string, string>) =>
    startHosts({
      handler: join(HANDLERS, `${name}.ts`),
      env: { ...env(name), ...more },
      size,
      timeoutMs: seconds * 1_000,
      log: join(directory, `${name}.log`),
    })

  async function deploy(yaml: string): Promise<Config> {
    await writeFile(file, yaml)
    const loaded = parseConfig(file, yaml)
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors, null, 2))
    const { config } = loaded
    const compiled = join(directory, `config-${config.version}.json`)
    await writeFile(compiled, JSON.stringify(config))
    const more = { TOURBILLON_CONFIG: compiled }
    const version = {
      config,
      rotate: hosts('rotate', 3, 900, more),
      rotateNow: hosts('rotate-now', 1, 30, more),
      audit: hosts('audit', 2, 270, more),
      observe: hosts('observe', 1, 60, more),
      handover: hosts('handover', 2, 900, more),
      reads: hosts('reads', 1, 60, more),
    }
    versions.push(version)
    aws.durableFunctions.set(names.rotateFunction, durably(version.rotate))
    aws.durableFunctions.set(names.handoverFunction, durably(version.handover))
    aws.functions.set(names.rotateNowFunction, (event) => version.rotateNow.invoke(event, {}))
    aws.functions.set(names.readsFunction, async (event) => {
      const answer = (await version.reads.invoke(event, {})) as BatchAnswer
      const again = answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
      for (const { messageId, body } of (event as QueueBatch).Records)
        if (!again.includes(messageId)) taken.add((JSON.parse(body) as ReadEvent).detail.eventID)
      return answer
    })
    deliverReads(config, aws)
    for (const source of aws.eventSources.values()) Object.assign(source, { batchMs: 1_000, deadLetters })
    aws.functions.set(names.auditFunction, (event) => version.audit.invoke(event, {}))
    return config
  }

  const current = () => {
    const version = versions.at(-1)
    if (version === undefined) throw new Error('nothing is deployed')
    return version
  }

  const isDead = (eventID: string | undefined) =>
    deadLetters.some((letter) => (letter as ReadEvent).detail.eventID === eventID)

  const readsUnder = () =>
    told.filter(({ record, eventID, lost }) => {
      const { role, secret } = readOf(record, false)
      const isWatched = askingFor(secret, current().config.schedules).length > 0
      return (
        isWatched &&
        (READERS as readonly string[]).includes(role) &&
        !lost &&
        !taken.has(eventID) &&
        !isDead(eventID)
      )
    }).length

  const events = deliversEvents(aws, seed, {
    observe: (event) => current().observe.invoke(event, {}),
    calm: () => cleared,
  })

  return {
    aws,
    proxy,
    weather,
    versions,
    file,
    env,
    deploy,
    schedule: (config) =>
      putSchedules(STAGE, desiredSchedules(config), aws.arnOfFunction(names.rotateFunction)),
    audit(aheadMs) {
      if (aheadMs === undefined) return current().audit.invoke({}, {})
      const compiled = join(directory, `config-${current().config.version}.json`)
      // At the end nobody is in a hurry.
      const host = hosts('audit', 1, 900, { TOURBILLON_CONFIG: compiled, CHAOS_AHEAD: String(aheadMs) })
      return host.invoke({}, {}).finally(() => host.stop())
    },
    tokenOf: (versionId) => tokens.get(versionId) ?? versionId,
    refreshes,
    hooks,
    reads: () =>
      told.map(({ record, eventID, lost }) =>
        readOf(record, taken.has(eventID) || (!lost && isDead(eventID) && 'perhaps')),
      ),
    eventsUnder: () => events.under() + readsUnder(),
    clear() {
      cleared = true
      weather.clear()
      clear()
    },
    async stop() {
      await Promise.all(
        versions.flatMap(({ config: _, ...functions }) => Object.values(functions).map((it) => it.stop())),
      )
      await proxy.stop()
      await aws.stop()
      output.end()
    },
  }
}

/** Secrets with a rotation function attached, and no native schedule. */
export async function createSecrets({ secrets }: Pick<Plan, 'secrets'>, aws: LocalAws): Promise<void> {
  const client = new SecretsManagerClient({})
  for (const { name, tags, how } of secrets) {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
    await client.send(new CreateSecretCommand({ Name: name, SecretString: 'one', Tags }))
    const RotationLambdaARN = aws.arnOfFunction(how === undefined ? 'rotate' : `rotate-${how}`)
    await client.send(
      new RotateSecretCommand({ SecretId: name, RotationLambdaARN, RotateImmediately: false }),
    )
  }
}

/** CloudTrail's record of a read. */
type ReadEvent = BusEvent & { detail: { eventID?: string } }

function readOf(
  { time, detail }: BusEvent,
  heard: Happened['reads'][number]['heard'],
): Happened['reads'][number] {
  const { requestParameters, userIdentity } = detail as {
    requestParameters: { secretId: string }
    userIdentity: { sessionContext: { sessionIssuer: { userName: string } } }
  }
  const role = userIdentity.sessionContext.sessionIssuer.userName
  return { at: Date.parse(time), secret: requestParameters.secretId, role, heard }
}
