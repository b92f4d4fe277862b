import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler'
import {
  CreateSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { Config } from '../../../src/config/config.ts'
import { parseConfig } from '../../../src/config/load.ts'
import { createSchedules } from '../../../src/demo/schedules.ts'
import { deployStage } from '../../../src/demo/stage.ts'
import type { Looked } from '../../../src/ledger/audit-state.ts'
import { type LocalAws, type LocalFunction, startLocalAws } from '../../../src/local/aws.ts'
import { namesOf } from '../../../src/model/resource-names.ts'
import { logOutput } from '../../../src/runtime/logger.ts'
import { type Records, recordsOf } from '../../../src/runtime/records.ts'
import { rotatesWithoutDatabase } from '../../local/rotates.ts'
import { monthYaml, SELECTED, SELECTOR_TAG, STAGE } from './config.ts'
import { fillMonth } from './ledger.ts'

export type MonthStage = {
  aws: LocalAws
  config: Config
  file: string
  records: Records
  /** The rotation function of every secret: `around` it, a test may make it wait. */
  around(step: (event: { Step: string }) => Promise<void>): void
  stop(): Promise<void>
}

export type MonthOptions = {
  /** Epoch ms: where the month ends. Handlers and the local AWS have the real time all the same. */
  now: number
  /** Without it, the stage is as on its first day. */
  filled?: boolean
  /** Whether the local Scheduler fires at the schedules' instants. */
  fires?: boolean
}

/** The month's stage in a local AWS of this process, the real handlers deployed to it. Once a process. */
export async function startMonth({ now, filled = true, fires = false }: MonthOptions): Promise<MonthStage> {
  const directory = await mkdtemp(join(tmpdir(), 'console-'))
  const file = join(directory, `${STAGE}.yml`)
  const yaml = monthYaml(now)
  await writeFile(file, yaml)
  const loaded = parseConfig(file, yaml)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  const { config } = loaded
  const aws = await startLocalAws(fires ? {} : { jitterMs: () => 86_400_000 })
  Object.assign(process.env, aws.env)
  logOutput.write = () => {}
  let before = async (_event: { Step: string }) => {}
  await createSecrets(config, aws, async (event) => before(event as { Step: string }))
  await deployStage(config, aws, join(directory, 'config.json'))
  await liveSchedules(config, aws)
  const records = recordsOf(STAGE)
  // An audit that runs every five minutes, as long as the tests do.
  await records.states.put(
    {
      ...{ ranAt: new Date(now + 86_400_000).toISOString(), configVersion: config.version, marks: {} },
      looked: lookedAt(now, filled),
    },
    0,
  )
  if (filled) await fillMonth(records, config, now)
  return {
    aws,
    config,
    file,
    records,
    around(step) {
      before = step
    },
    async stop() {
      await aws.stop()
      await rm(directory, { recursive: true })
    },
  }
}

/** What such an audit found: after a month, the key that nobody has seen to change. */
function lookedAt(now: number, filled: boolean): Looked {
  const iso = (at: number) => new Date(at).toISOString()
  const archive = {
    ...{ secretName: 'prod/archive/key', schedule: 'archive-key-weekly' },
    ...{ maxAgeSeconds: 14 * 86_400, changedAt: iso(now - 21 * 86_400_000) },
  }
  return {
    until: iso(now),
    found: filled ? { 0: { overdue: 1, nativeFirst: 0, secrets: [archive] } } : {},
  }
}

/** All but one: what a schedule names need not exist. */
async function createSecrets(config: Config, aws: LocalAws, before: LocalFunction): Promise<void> {
  const client = new SecretsManagerClient({})
  const rotates = rotatesWithoutDatabase(client)
  aws.functions.set('rotate', async (...given) => {
    await before(...given)
    return rotates(...given)
  })
  for (const hook of ['billing-batch-idle', 'billing-login-check']) {
    aws.functions.set(hook, async () => ({ ok: true }))
  }
  const names = config.schedules.flatMap(({ secrets }) => secrets)
  for (const Name of [...names, ...SELECTED].filter((name) => name !== 'prod/legacy/ftp')) {
    const Tags = SELECTED.includes(Name) ? [SELECTOR_TAG] : []
    await client.send(new CreateSecretCommand({ Name, SecretString: 'one', Tags }))
    const RotationLambdaARN = aws.arnOfFunction('rotate')
    await client.send(
      new RotateSecretCommand({ SecretId: Name, RotationLambdaARN, RotateImmediately: false }),
    )
  }
}

/** As deployed, but for one that somebody has moved by hand since. */
async function liveSchedules(config: Config, aws: LocalAws): Promise<void> {
  const { rotateFunction, scheduleGroup: GroupName } = namesOf(STAGE)
  const arn = aws.arnOfFunction(rotateFunction)
  await createSchedules(config, arn, { name: '', at: 0, leadSeconds: 0 })
  await new SchedulerClient({}).send(
    new UpdateScheduleCommand({
      GroupName,
      Name: 'reports-weekdays',
      ScheduleExpression: 'cron(30 22 ? * MON-FRI *)',
      ScheduleExpressionTimezone: 'America/New_York',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: `${arn}:live`, RoleArn: 'arn:aws:iam::000000000000:role/tourbillon-local-scheduler' },
    }),
  )
}
