import { deepEqual, equal, ok } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateSecretCommand,
  type CreateSecretCommandInput,
  DeleteSecretCommand,
  ListSecretsCommand,
  RotateSecretCommand,
  type SecretListEntry,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { parseConfig } from '../../src/config/load.ts'
import { selects } from '../../src/model/selector.ts'
import { DAY } from '../../src/model/time.ts'
import { tourbillonProcess } from '../cli/tourbillon.ts'
import { freePort, NoEmulator, pythonWith } from '../deploy/python.ts'

/**
 * `npm run test:import`: an account of 300 secrets on moto, a Secrets Manager that is not ours, imported by the command
 * over HTTP, and `next` compared with the NextRotationDate of each. What had to be corrected in it: moto_server.py.
 */
const MOTO = 'moto[server]==5.2.5'
const CRONITER = 'aws-croniter==2.1.1'
const REGION = 'eu-central-1'
const FUNCTION = `arn:aws:lambda:${REGION}:123456789012:function:SecretsManagerRotation`

/** Each rule, on some secrets. */
const CRONS = [
  'cron(0 2 * * ? *)',
  'cron(0 8 ? * SUN *)',
  'cron(0 8 ? * 2-6 *)',
  'cron(0 4 ? * 1/2 *)',
  'cron(0 0/8 * * ? *)',
  'cron(0 1/5 * * ? *)',
  'cron(0 22 L * ? *)',
  'cron(0 3 1,15 * ? *)',
  'cron(0 6 1/10 * ? *)',
  'cron(0 8 ? * 3#2 *)',
  'cron(0 8 ? * 6L *)',
  'cron(0 8 1 1/3 ? *)',
]

const say = (text: string) => void process.stderr.write(`${text}\n`)
process.exitCode = await main()

async function main(): Promise<number> {
  let python: string
  try {
    python = await pythonWith([MOTO, CRONITER], say)
  } catch (error) {
    if (!(error instanceof NoEmulator)) throw error
    say(`test:import skipped: ${error.message}`)
    return 0
  }
  const port = await freePort()
  const server = spawn(python, ['-B', join(import.meta.dirname, 'moto_server.py'), `${port}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let words = ''
  server.stderr.on('data', (data) => (words += String(data)))
  const cwd = await mkdtemp(join(tmpdir(), 'tourbillon-moto-'))
  try {
    await story(`http://127.0.0.1:${port}`, cwd)
    return 0
  } catch (error) {
    say(`${error instanceof Error ? error.stack : error}\n\nmoto’s last words:\n${words.slice(-2_000)}`)
    return 1
  } finally {
    server.kill()
    await once(server, 'exit')
    await rm(cwd, { recursive: true })
  }
}

async function story(endpoint: string, cwd: string): Promise<void> {
  const env = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  }
  for (let tries = 0; !(await fetch(endpoint).catch(() => undefined)); tries++) {
    ok(tries < 100, 'moto did not start')
    await sleep(200)
  }
  await makeAccount(endpoint)
  const { code, stdout, stderr, ms } = await tourbillonProcess(['init', '--from-aws', '--stage', 'prod'], {
    cwd,
    env,
  })
  equal(code, 0, stderr)
  say(`\n${stdout}\nimported in ${(ms / 1_000).toFixed(1)} s`)
  const strict = await tourbillonProcess(['validate', '--stage', 'prod', '--strict'], { cwd })
  deepEqual([strict.code, strict.stderr], [0, ''], strict.stdout)
  say(strict.stdout.trim())
  await compare(endpoint, cwd)
}

async function makeAccount(endpoint: string): Promise<void> {
  const client = clientOf(endpoint, REGION)
  const create = (Name: string, more: Partial<CreateSecretCommandInput> = {}) =>
    client.send(new CreateSecretCommand({ Name, SecretString: 'not read', ...more }))
  const rotate = (
    SecretId: string,
    RotationRules:
      | { ScheduleExpression?: string; AutomaticallyAfterDays?: number; Duration?: string }
      | undefined,
    RotationLambdaARN: string | undefined = FUNCTION,
  ) => client.send(new RotateSecretCommand({ SecretId, RotationRules, RotationLambdaARN }))
  const tag = (Key: string, Value: string) => ({ Tags: [{ Key, Value }] })
  for (let n = 0; n < 120; n++) {
    const rule = CRONS[n % CRONS.length] ?? ''
    // Those of four rules are tagged alike, and no other secret is.
    const tagged = n % CRONS.length < 2 ? tag('rotation', `rule-${n % 24}`) : {}
    const offAndOn = n % 40 === 39
    await create(`prod/app-${n}`, { ...tagged, ...(offAndOn && { Description: 'rotation was off and on' }) })
    await rotate(`prod/app-${n}`, { ScheduleExpression: rule, ...(n % 24 >= 12 && { Duration: '1h' }) })
  }
  for (let n = 0; n < 80; n++) {
    // Four of them are overdue.
    const ago = n < 4 ? 45 : (n * 7) % 30
    await create(`prod/db-${n}`, { Description: `rotated ${ago} days ago` })
    const days = n % 2 === 0 ? { AutomaticallyAfterDays: 30 } : { ScheduleExpression: 'rate(30 days)' }
    await rotate(`prod/db-${n}`, days)
  }
  for (let n = 0; n < 10; n++) {
    await create(`prod/key-${n}`)
    await rotate(`prod/key-${n}`, { ScheduleExpression: 'rate(12 hours)' })
  }
  for (let n = 0; n < 5; n++) {
    await create(`prod/asked-${n}`)
    await rotate(`prod/asked-${n}`, undefined)
  }
  for (let n = 0; n < 10; n++) {
    await create(`rds!db-${n}`, tag('aws:secretsmanager:owningService', 'rds'))
    await rotate(`rds!db-${n}`, { AutomaticallyAfterDays: 7 }, '')
  }
  for (let n = 0; n < 5; n++) {
    await create(`prod/gone-${n}`)
    await client.send(new DeleteSecretCommand({ SecretId: `prod/gone-${n}` }))
  }
  for (const name of ['true', '1e5', '2026-01-01', '@home/x', '...']) await create(name)
  for (let n = 0; n < 60; n++) await create(`legacy/${n}`)
  const elsewhere = clientOf(endpoint, 'us-east-1')
  for (let n = 0; n < 5; n++)
    await elsewhere.send(
      new CreateSecretCommand({
        ...{ Name: `shared/${n}`, SecretString: 'not read', AddReplicaRegions: [{ Region: REGION }] },
      }),
    )
}

/** For every secret that Secrets Manager names a day for: does `next` show that day? */
async function compare(endpoint: string, cwd: string): Promise<void> {
  const entries = await listed(clientOf(endpoint, REGION))
  equal(entries.length, 300)
  const text = await readFile(join(cwd, 'config/prod.yml'), 'utf8')
  const parsed = parseConfig('config/prod.yml', text)
  ok(parsed.ok)
  const shown = new Map<string, number>()
  for (const { name } of parsed.config.schedules) {
    const { stdout } = await tourbillonProcess(
      ['next', '--stage', 'prod', '--schedule', name, '--count', '1', '--json'],
      { cwd },
    )
    shown.set(name, Date.parse(JSON.parse(stdout)[0].scheduledAt))
  }
  const rotating = entries.filter((it) => it.RotationEnabled && it.RotationLambdaARN && it.NextRotationDate)
  const kinds = { agree: 0, overdue: 0, 'off and on': 0, other: 0 }
  for (const entry of rotating) {
    const where: string[] = parsed.config.schedules.flatMap((it) =>
      (it.select ? selects(it.select, entry) : it.secrets.includes(entry.Name ?? '')) ? [it.name] : [],
    )
    equal(where.length, 1, `${entry.Name} is in ${where.length} schedules`)
    const [named, next] = [entry.NextRotationDate?.getTime() ?? 0, shown.get(where[0] ?? '') ?? 0]
    if (Math.floor(named / DAY) === Math.floor(next / DAY)) kinds.agree++
    else if (named < Date.now()) kinds.overdue++
    else if (entry.Description?.includes('off and on')) kinds['off and on']++
    else {
      kinds.other++
      say(
        `${entry.Name}: ${entry.RotationRules?.ScheduleExpression}, ${new Date(named).toISOString()}, ${new Date(next).toISOString()}`,
      )
    }
    // What does not agree is said at its place.
    if (Math.floor(named / DAY) !== Math.floor(next / DAY)) ok(text.includes('# Check: '))
  }
  say(`${rotating.length} secrets have a named day: ${JSON.stringify(kinds)}`)
  equal(rotating.length, 210)
  equal(parsed.config.schedules.filter(({ select }) => select).length, 4)
  deepEqual(kinds, { agree: 203, overdue: 4, 'off and on': 3, other: 0 })
}

async function listed(client: SecretsManagerClient): Promise<SecretListEntry[]> {
  const all: SecretListEntry[] = []
  let NextToken: string | undefined
  do {
    const page = await client.send(
      new ListSecretsCommand({ IncludePlannedDeletion: true, ...(NextToken && { NextToken }) }),
    )
    all.push(...(page.SecretList ?? []))
    NextToken = page.NextToken
  } while (NextToken)
  return all
}

function clientOf(endpoint: string, region: string): SecretsManagerClient {
  return new SecretsManagerClient({
    ...{ endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } },
  })
}
