import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb'
import { tableDefinition } from '../../src/ledger/table.ts'
import { topicArn } from '../../src/local/arn.ts'
import { startLocalAws } from '../../src/local/aws.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import { iso } from '../../src/model/time.ts'
import { seeded } from '../../src/rehearse/world/random.ts'
import type { Asked } from '../../test/chaos/asked.ts'
import type { Harm } from '../../test/chaos/harm.ts'
import { durably, startHosts } from '../../test/chaos/hosts.ts'
import { startProxy } from '../../test/chaos/proxy.ts'
import { bareEnvironment } from '../../test/cli/tourbillon.ts'
import { forked } from '../apart.ts'
import { createSecrets } from '../stage.ts'

/** What is measured: a checkout's handlers, while AWS throttles this share of requests (0 to 1). */
export type Cell = { root: string; share: number; instants: number; wave: number }

export type Rotated = {
  secret: string
  kind: 'single' | 'wave'
  /** When the RotateSecret that AWS took arrived there − the scheduled instant, ms; absent: none did in time. */
  arrivedMs?: number
  /** RotateSecret as sent. */
  sent: number
  /** What the ledger says in the end. */
  status?: string
  reason?: string
  recordedMs?: number
}

export type Measured = {
  rotations: Rotated[]
  /** Requests of the orchestrator to the APIs that throttle, and how many of them were. */
  asked: number
  throttled: number
  /** Invocations of the orchestrator that ended without an answer: Lambda invokes them again. */
  lost: number
}

const STAGE = 'bench'
const CALLER = 'rotate'
const ROTATION_TAKES_MS = 1_000
/** An early companion fires two minutes ahead, anywhere in its minute: this is the latest. */
const LEAD_MS = 60_000
/** Making a stage takes less. */
const SETUP_MS = 10_000
const BETWEEN_MS = 1_000
/** From the last of the single instants to the wave's. */
const PAUSE_MS = 10_000
/** What has not arrived so long after the wave's instant is not waited for. */
const PATIENCE_MS = 60_000
const WINDOW = '5m'
/** Execution environments of the orchestrator, as few as a machine bears. */
const HOSTS = 3
/** RotateSecret a second in an account's region. Source: Secrets Manager User Guide, quotas. */
const QUOTA = 50
const ENDED = ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'SKIPPED', 'MISSED']

/**
 * The secrets of one execution: a larger wave is parted, and the local runner cannot start a part in another process. So
 * schedules at one instant stand for its parts.
 */
const MOST_TOGETHER = 40

type Entry = { name: string; kind: Rotated['kind']; at: number; secrets: string[] }

/**
 * The real handlers of a checkout, in processes of their own, behind a proxy that refuses a share of what they ask of
 * DynamoDB, of DescribeSecret and RotateSecret, and of durable checkpoints; and RotateSecret beyond its quota, whatever
 * the share. AWS is this checkout's local one for all: Secrets Manager and DynamoDB in processes of their own. Each
 * occurrence is delivered once, by its early companion, at the latest that it may come.
 */
export async function measure({ root, share, instants, wave }: Cell): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'throttled-'))
  const [secretsManager, others] = await Promise.all([forked(ROTATION_TAKES_MS), forked(ROTATION_TAKES_MS)])
  const aws = await startLocalAws()
  Object.assign(process.env, aws.env)
  const names = namesOf(STAGE)
  const dynamodb = new DynamoDBClient({ endpoint: others.endpoint })
  await dynamodb.send(new CreateTableCommand({ ...tableDefinition, TableName: names.ledgerTable }))

  const first = Math.ceil((Date.now() + SETUP_MS + LEAD_MS) / 1_000) * 1_000
  const entries = entriesFrom(first, instants, wave)
  const config = join(directory, 'config.json')
  await writeFile(config, JSON.stringify(await compiled(root, entries)))
  const secrets = entries.flatMap((it) => it.secrets)
  await createSecrets(
    new SecretsManagerClient({ endpoint: secretsManager.endpoint }),
    secretsManager.rotationFunction,
    secrets,
  )

  const rotations = new Map(
    entries.flatMap(({ secrets, kind }) =>
      secrets.map((secret) => [secret, { secret, kind, sent: 0 } as Rotated]),
    ),
  )
  const instantOf = new Map(entries.flatMap(({ secrets, at }) => secrets.map((secret) => [secret, at])))
  const throttle = throttling(share)
  const counts = { asked: 0, throttled: 0, lost: 0 }
  const harm = (asked: Asked): Harm | undefined => {
    const now = Date.now()
    const refused = throttle(asked, now)
    if (refused === undefined) return undefined
    counts.asked++
    if (refused) counts.throttled++
    if (asked.action === 'RotateSecret') arrived(asked, now, refused)
    return refused ? { kind: 'refused', error: 'throttled' } : undefined
  }
  function arrived({ body }: Asked, now: number, refused: boolean) {
    const { SecretId = '' } = JSON.parse(body) as { SecretId?: string }
    const rotation = rotations.get(SecretId)
    if (rotation === undefined) throw new Error(`RotateSecret of ${SecretId}`)
    rotation.sent++
    if (!refused) rotation.arrivedMs ??= now - (instantOf.get(SecretId) ?? Number.NaN)
  }
  const proxies = await Promise.all(
    [secretsManager, others, aws].map(({ endpoint }) => startProxy({ upstream: endpoint, harm })),
  )
  const [toSecrets, toOthers, toLambda] = proxies.map(({ endpoint }) => endpoint)
  const rotate = startHosts({
    handler: join(root, 'handlers/rotate.ts'),
    env: bareEnvironment({
      ...Object.fromEntries(
        Object.entries(aws.env).map(([key, value]) => [
          key,
          value === aws.endpoint ? (toOthers ?? '') : value,
        ]),
      ),
      AWS_ENDPOINT_URL_SECRETS_MANAGER: toSecrets ?? '',
      AWS_ENDPOINT_URL_LAMBDA: toLambda ?? '',
      AWS_ACCESS_KEY_ID: CALLER,
      TOURBILLON_CONFIG: config,
      TOURBILLON_ALERT_TOPIC: topicArn(names.alertTopic),
      // Their clock is the real one.
      ...{ CHAOS_SPEED: '1', CHAOS_BEGAN: '0' },
    }),
    size: HOSTS,
    timeoutMs: 900_000,
    log: join(directory, 'rotate.log'),
  })
  const handler = durably(rotate)
  aws.durableFunctions.set(names.rotateFunction, async (...given) => {
    try {
      return await handler(...given)
    } catch (error) {
      counts.lost++
      throw error
    }
  })
  if (Date.now() > first - LEAD_MS) throw new Error('making the stage took too long')

  const documents = DynamoDBDocumentClient.from(dynamodb)
  const lambda = new LambdaClient({})
  const deliver = async ({ name, at }: Entry) => {
    await sleep(at - LEAD_MS - Date.now())
    const Payload = JSON.stringify({
      schedule: name,
      scheduledAt: iso(at - LEAD_MS),
      leadSeconds: LEAD_MS / 1_000,
    })
    await lambda.send(
      new InvokeCommand({ FunctionName: names.rotateAlias, InvocationType: 'Event', Payload }),
    )
  }
  await Promise.all(entries.map(deliver))
  const ends = Math.max(...entries.map(({ at }) => at)) + PATIENCE_MS
  for (;;) {
    await sleep(2_000)
    for await (const { Items = [] } of paginateScan({ client: documents }, { TableName: names.ledgerTable }))
      for (const item of Items) noteRecord(rotations, item)
    if (Date.now() > ends || [...rotations.values()].every(({ status = '' }) => ENDED.includes(status))) break
  }
  await rotate.stop()
  await Promise.all(proxies.map((proxy) => proxy.stop()))
  await aws.stop()
  await Promise.all([secretsManager.stop(), others.stop()])
  await rm(directory, { recursive: true })
  return { rotations: [...rotations.values()], ...counts }
}

function noteRecord(rotations: Map<string, Rotated>, item: Record<string, unknown>) {
  const { secretName, status, skewMs, reason } = item as {
    secretName?: string
    status?: string
    skewMs?: number
    reason?: string
  }
  const rotation = rotations.get(secretName ?? '')
  if (rotation === undefined || status === undefined) return
  Object.assign(rotation, { status, reason, recordedMs: skewMs })
}

function entriesFrom(first: number, instants: number, wave: number): Entry[] {
  const singles = Array.from({ length: instants }, (_, i) => ({
    ...{ name: `single-${i}`, kind: 'single' as const, at: first + i * BETWEEN_MS },
    secrets: [`single/${i}`],
  }))
  const at = first + (instants - 1) * BETWEEN_MS + PAUSE_MS
  const executions = Math.ceil(wave / MOST_TOGETHER)
  const waves = Array.from({ length: executions }, (_, part) => ({
    ...{ name: `wave-${part}`, kind: 'wave' as const, at },
    secrets: Array.from({ length: wave }, (_, i) => `wave/${i}`).filter((_, i) => i % executions === part),
  }))
  return [...singles, ...waves]
}

/** A config as that checkout compiles it. */
async function compiled(root: string, entries: Entry[]): Promise<object> {
  const load = pathToFileURL(join(root, 'src/config/load.ts')).href
  const { parseConfig } = (await import(load)) as typeof import('../../src/config/load.ts')
  const lines = entries.map(
    ({ name, at, secrets }) =>
      `  ${name}: { when: at(${iso(at).slice(0, 19)}), precision: second, concurrency: ${Math.max(10, secrets.length)}, secrets: [${secrets}] }`,
  )
  const yaml = `defaults: { timezone: UTC, window: ${WINDOW} }\nschedules:\n${lines.join('\n')}\n`
  const loaded = parseConfig(`${STAGE}.yml`, yaml)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  return loaded.config
}

/** Whether a request is throttled; undefined: of an API that does not. The same draws for each checkout, by API. */
function throttling(share: number): (asked: Asked, now: number) => boolean | undefined {
  const chances = new Map<string, ReturnType<typeof seeded>>()
  const quota = { left: QUOTA, at: 0 }
  return ({ service, action, caller }, now) => {
    const throttles =
      service === 'dynamodb' ||
      ['RotateSecret', 'DescribeSecret', 'CheckpointDurableExecution'].includes(action)
    if (!throttles || caller !== CALLER) return undefined
    const chance = chances.get(action) ?? seeded(18 + chances.size)
    chances.set(action, chance)
    if (chance.chance(share)) return true
    if (action !== 'RotateSecret') return false
    // It fills up evenly, a second's worth at most.
    quota.left = Math.min(QUOTA, quota.left + ((now - quota.at) / 1_000) * QUOTA)
    quota.at = now
    if (quota.left < 1) return true
    quota.left--
    return false
  }
}
