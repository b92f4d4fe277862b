/**
 * The real workflow with its real clients, over HTTP, through a proxy that does harm: in this process, without the
 * durable runner, and with clients that give up in fractions of a second.
 */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll } from 'vitest'
import type { Config, Schedule } from '../../src/config/config.ts'
import { tableDefinition } from '../../src/ledger/table.ts'
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '../../src/local/aws.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import type { Ports } from '../../src/rotation/ports.ts'
import { runWave } from '../../src/rotation/run-wave.ts'
import { waveOf } from '../../src/rotation/wave-request.ts'
import { openPorts } from '../../src/runtime/open-ports.ts'
import { inlineSteps } from '../../src/steps/inline.ts'
import type { Harm } from '../chaos/harm.ts'
import { type HarmfulProxy, startProxy } from '../chaos/proxy.ts'
import { rotatesWithoutDatabase } from '../local/rotates.ts'

/** What the clients wait: `settingsFor`. */
export const WAITS = { connectMs: 500, answerMs: 1_000 }

/** Harm for requests that name this secret: `times` of them, after the first `after`. */
export type HarmTo = { secret: string; action: string; harm: Harm; times?: number; after?: number }

export function wire(options: LocalAwsOptions = {}) {
  const harms: Required<HarmTo>[] = []
  let aws: LocalAws
  let proxy: HarmfulProxy
  let world: ReturnType<typeof openPorts> & Pick<Ports, 'executionArn' | 'notify' | 'log'>
  /** Past the proxy. */
  let direct: SecretsManagerClient
  const config: Config = { stage: 'wire', version: '0123456789ab', freezes: [], schedules: [] }

  beforeAll(async () => {
    aws = await startLocalAws(options)
    proxy = await startProxy({
      upstream: aws.endpoint,
      harm({ action, body }) {
        const harm = harms.find(
          (it) => it.times > 0 && it.action === action && body.includes(`"SecretId":"${it.secret}`),
        )
        if (!harm || harm.after-- > 0) return undefined
        harm.times--
        return harm.harm
      },
    })
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    const there = { endpoint: aws.endpoint, region: 'eu-central-1', credentials }
    direct = new SecretsManagerClient(there)
    await new DynamoDBClient(there).send(new CreateTableCommand({ ...tableDefinition, TableName: 'wire' }))
    Object.assign(process.env, proxy.env(aws.env))
    world = {
      ...openPorts(config, 'wire', { purpose: 'rotates' }),
      executionArn: 'wire',
      notify: async () => {},
      log: () => {},
    }
    aws.functions.set('rotate', rotatesWithoutDatabase(direct))
    aws.functions.set('throw', async () => {
      throw new Error('the database is down')
    })
  })
  afterAll(async () => {
    await proxy.stop()
    await aws.stop()
  })

  return {
    get world() {
      return world
    },
    get direct() {
      return direct
    },
    get aws() {
      return aws
    },
    get passed() {
      return proxy.passed
    },
    harm: ({ times = 1, after = 0, ...harm }: HarmTo) => void harms.push({ ...harm, times, after }),
    /** Creates secrets with a rotation function, and a schedule of that name over them. */
    async schedule(name: string, secrets: string[], limits: Partial<Schedule> = {}) {
      config.schedules.push({
        ...{ name, when: 'cron(0 3 * * ? *)', timezone: 'UTC', secrets },
        ...{ windowSeconds: 60, timeoutSeconds: 30, precision: 'second', concurrency: 50 },
        ...{ before: [], after: [], enabled: true, ignoreFreezes: [], ...limits },
      })
      for (const Name of secrets) {
        await direct.send(new CreateSecretCommand({ Name, SecretString: 'one' }))
        const RotationLambdaARN = aws.arnOfFunction('rotate')
        await direct.send(
          new RotateSecretCommand({ SecretId: Name, RotationLambdaARN, RotateImmediately: false }),
        )
      }
    },
    /** Has another function rotate it from now on: past the API, which would attempt a pending version again. */
    rotatedBy(secret: string, name: string) {
      const found = aws.secretsManager.secrets.get(secret)
      if (found) found.rotationFunctionArn = aws.arnOfFunction(name)
    },
    /** Runs a schedule at an instant (epoch ms), and answers with its rotations. */
    async run(schedule: string, instant: number): Promise<Rotation[]> {
      const request = {
        requestId: `${schedule}-${instant}`,
        schedule,
        scheduledAt: new Date(instant).toISOString(),
      }
      const { rotations } = await runWave(inlineSteps(), waveOf(request, config), world)
      return rotations.map(({ rotation }) => rotation)
    },
    /** RotateSecret of secrets whose names begin so, as it went through the proxy. */
    sent: (secret: string) =>
      proxy.passed.filter(
        ({ action, body }) => action === 'RotateSecret' && body.includes(`"SecretId":"${secret}`),
      ),
    labels: async (SecretId: string) =>
      (await direct.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages ?? {},
  }
}
