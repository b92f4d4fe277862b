import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load.ts'
import { openLedger } from '../../src/ledger/ledger.ts'
import { openTable } from '../../src/ledger/open-table.ts'
import { tableDefinition } from '../../src/ledger/table.ts'
import { type LocalAws, startLocalAws } from '../../src/local/aws.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import {
  type DesiredSchedule,
  desiredSchedules,
  MAXIMUM_RETRY_ATTEMPTS,
} from '../../src/schedules/desired.ts'
import { aClaim } from '../ledger/table.ts'
import { tourbillon } from './tourbillon.ts'

const GROUP = 'tourbillon-plan'
const ORDERS = 'orders-db: { when: cron(0 3 ? * SUN *), secrets: [prod/orders/db], precision: second }'

let aws: LocalAws
let client: SchedulerClient
let directory: string

beforeAll(async () => {
  aws = await startLocalAws()
  client = new SchedulerClient(there())
  directory = await mkdtemp(join(tmpdir(), 'tourbillon-plan-'))
})

afterAll(async () => {
  await aws.stop()
  await rm(directory, { recursive: true, force: true })
})

describe('npx aws-tourbillon plan', () => {
  it('shows what a deploy would do, nothing after it, and what a hand changed since', async () => {
    const file = await configFile('plan', ORDERS)
    const before = await plan(file, ['--json', '--exit-code'])
    expect(before.code).toBe(1)
    expect(JSON.parse(before.stdout)).toMatchObject({
      stage: 'plan',
      group: GROUP,
      liveVersions: [],
      different: true,
      create: ['_early.orders-db', 'orders-db'],
      drift: [],
    })

    const config = await deploy(file)
    const after = await plan(file, ['--exit-code'])
    expect(after).toEqual({
      code: 0,
      stdout: `plan: 0 to create, 0 to update, 0 to delete, 2 unchanged (config ${config.version}; deployed: ${config.version})\n`,
      stderr: '',
    })

    const ours = desiredSchedules(config).filter(({ name }) => name === 'orders-db')
    for (const schedule of ours) {
      await client.send(
        new UpdateScheduleCommand(definition('plan', { ...schedule, expression: 'cron(0 5 ? * SUN *)' })),
      )
      const foreign = { ...schedule, name: 'by-hand', description: 'a test' }
      await client.send(new CreateScheduleCommand(definition('plan', foreign)))
    }
    await client.send(new DeleteScheduleCommand({ GroupName: GROUP, Name: '_early.orders-db' }))
    const drifted = await plan(file)
    expect(drifted.code).toBe(0)
    expect(drifted.stdout).toBe(`+ _early.orders-db   drift
? by-hand   not made by Tourbillon: left alone
~ orders-db   drift
    expression: cron(0 5 ? * SUN *) → cron(0 3 ? * SUN *)

plan: 1 to create, 1 to update, 0 to delete, 0 unchanged, 1 foreign (config ${config.version}; deployed: ${config.version})
`)
    expect(JSON.parse((await plan(file, ['--json'])).stdout).drift).toEqual(['_early.orders-db', 'orders-db'])
  })

  it('names a rotation under way whose secret the config no longer has, or says that it could not look', async () => {
    const both = 'orders-db: { when: cron(0 3 ? * SUN *), secrets: [prod/orders/db, prod/kept] }'
    const file = await configFile('leaving', both)
    await deploy(file)
    const dynamodb = new DynamoDBClient(there())
    const TableName = namesOf('leaving').ledgerTable
    await dynamodb.send(new CreateTableCommand({ ...tableDefinition, TableName }))
    const ledger = openLedger(openTable(DynamoDBDocumentClient.from(dynamodb), TableName))
    for (const secret of ['prod/orders/db', 'prod/kept'])
      await ledger.claim(aClaim({ schedule: 'orders-db', secret }))
    expect(await plan(file, ['--exit-code'])).toMatchObject({ code: 0, stderr: '' })

    await configFile('leaving', 'orders-db: { when: cron(0 3 ? * SUN *), secrets: [prod/kept] }')
    const told = await plan(file, ['--exit-code'])
    expect(told.code).toBe(1)
    expect(told.stdout).toMatch(
      /^! prod\/orders\/db is CLAIMED \(orders-db of 2026-11-24T03:00:00\.000Z\) and no longer in the config/m,
    )
    const { leaving } = JSON.parse((await plan(file, ['--json'])).stdout)
    expect(leaving).toMatchObject({ rotations: [{ secretName: 'prod/orders/db' }], unknown: null })

    aws.faults.push({
      ...{ service: 'dynamodb', action: 'Query', times: 9, kind: 'error' },
      ...{ code: 'AccessDeniedException', message: 'not authorized', status: 400 },
    })
    const blind = await plan(file)
    aws.faults.length = 0
    expect(blind.code).toBe(0)
    expect(blind.stderr).toBe(
      'could not look for rotations under way: AccessDeniedException: not authorized\n' +
        'could not look for what is skipped or moved: AccessDeniedException: not authorized\n',
    )
  })

  it('reads more schedules than one page holds', async () => {
    const entries = Array.from(
      { length: 130 },
      (_, i) => `s${i}: { when: cron(${i % 60} 3 * * ? *), secrets: [a${i}] }`,
    )
    const file = await configFile('many', ...entries)
    await deploy(file)
    const answer = JSON.parse((await plan(file, ['--json'])).stdout)
    expect(answer.unchanged).toHaveLength(130)
    expect(answer.different).toBe(false)
  })

  it('refuses an invalid config, and says so where AWS cannot be reached', async () => {
    const invalid = await configFile('broken', 'orders-db: { when: cron(0 3 * * * *), secrets: [a] }')
    const refused = await plan(invalid)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('broken.yml:3:')

    const file = await configFile('lost', ORDERS)
    const lost = await plan(file, [], {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_ENDPOINT_URL_SCHEDULER: '',
    })
    expect(lost.code).toBe(2)
    expect(lost.stderr).toContain('could not read the live schedules')
  })
})

function there() {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  return { endpoint: aws.endpoint, region: 'eu-central-1', credentials }
}

/** The config of a stage, in a file of its name. */
async function configFile(stage: string, ...entries: string[]): Promise<string> {
  const file = join(directory, `${stage}.yml`)
  const lines = ['defaults: { timezone: UTC }', 'schedules:', ...entries.map((text) => `  ${text}`), '']
  await writeFile(file, lines.join('\n'))
  return file
}

/** Makes the schedules that a deploy would: what src/deploy turns into CloudFormation, through the API instead. */
async function deploy(file: string): Promise<Config> {
  const loaded = await loadConfig(file)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  const { config } = loaded
  await client.send(new CreateScheduleGroupCommand({ Name: namesOf(config.stage).scheduleGroup }))
  for (const schedule of desiredSchedules(config)) {
    await client.send(new CreateScheduleCommand(definition(config.stage, schedule)))
  }
  return config
}

function definition(stage: string, schedule: DesiredSchedule): CreateScheduleCommandInput {
  const { scheduleGroup, rotateAlias } = namesOf(stage)
  return {
    Name: schedule.name,
    GroupName: scheduleGroup,
    Description: schedule.description,
    ScheduleExpression: schedule.expression,
    ScheduleExpressionTimezone: schedule.timezone,
    State: schedule.enabled ? 'ENABLED' : 'DISABLED',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: `arn:aws:lambda:eu-central-1:123456789012:function:${rotateAlias}`,
      RoleArn: 'arn:aws:iam::123456789012:role/scheduler',
      Input: schedule.input,
      RetryPolicy: {
        MaximumEventAgeInSeconds: schedule.maximumEventAgeSeconds,
        MaximumRetryAttempts: MAXIMUM_RETRY_ATTEMPTS,
      },
      DeadLetterConfig: { Arn: `arn:aws:sqs:eu-central-1:123456789012:${namesOf(stage).deadLetterQueue}` },
    },
  }
}

/** Runs the command as people do, against the local AWS unless `env` says otherwise. */
async function plan(file: string, options: string[] = [], env: Record<string, string> = {}) {
  const args = ['plan', '--config', file, ...options]
  const { code, stdout, stderr } = await tourbillon(args, { env: { ...aws.env, ...env } })
  return { code, stdout, stderr }
}
