import { setTimeout as sleep } from 'node:timers/promises'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateSecretCommand, RotateSecretCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import { createSchedules } from '../../src/demo/schedules.ts'
import { NEEDS, PEOPLE, type Person } from '../../src/deploy/permissions/commands.ts'
import { ACCOUNT, REGION } from '../../src/local/arn.ts'
import { deploy } from '../../src/local/ecs.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import { recordsIn } from '../../src/runtime/records.ts'
import { type Stage, startStage } from '../cli/stage.ts'
import { tourbillon, tourbillonProcess } from '../cli/tourbillon.ts'
import { rotatesWithoutDatabase } from '../local/rotates.ts'
import { deciding, isAllowed, type PolicyStatement, type Request } from './policy.ts'
import { startRecorder } from './recorder.ts'

/*
 * Each command once, as people give it, on a stage that has one of everything; what it asks AWS for is written down. A
 * role's policy allows all that its commands ask, and has nothing that none of them does.
 */

const YAML = `defaults: { timezone: UTC, window: 10m, timeout: 30s }
accounts: { '111122223333': {} }
schedules:
  nightly: { when: cron(0 3 ? * SUN *), secrets: [prod/a], changeCalendars: [Quiet], adoption: { within: 24h } }
  chosen: { when: cron(0 4 ? * SUN *), secrets: { prefix: chosen/, tags: { rotate: weekly } } }
  asked: { when: cron(0/5 * * * ? *), secrets: [prod/b], approval: { timeout: 5m } }
  asked-again: { when: cron(0/5 * * * ? *), secrets: [prod/c], approval: { timeout: 5m } }
  elsewhere: { when: cron(0 6 ? * SUN *), account: '111122223333', secrets: [theirs] }
  elsewhere-chosen: { when: cron(0 6 ? * SUN *), account: '111122223333', secrets: { prefix: t } }
`

const TAGS = { rotate: 'weekly' }
/** The verifier's run takes minutes: test/verify/permissions.deep.test.ts. */
const PERSONS = (Object.keys(PEOPLE) as Person[]).filter((it) => it !== 'verifier')
/** Handlers work meanwhile, in this process: then the command has one of its own. */
const AT_WORK = ['run', 'approve', 'reject']
const names = namesOf('ward')
const calls = new Map<string, Request[]>()
let on: Stage
let policies: Record<Person, PolicyStatement[]>

beforeAll(async () => {
  on = await startStage('ward', YAML)
  for (const name of ['prod/a', 'prod/b', 'prod/c', 'chosen/one']) await createSecret(name)
  await furnish()
  const recorder = await startRecorder(on.aws.endpoint)
  const ask = async (command: keyof typeof NEEDS, ...args: string[]) => {
    const [name = ''] = command.split(' ')
    const before = recorder.calls.length
    const env = recorder.env(on.aws.env)
    const ended = await (AT_WORK.includes(name) ? tourbillonProcess : tourbillon)(
      [name, ...args, '--config', on.file],
      { env },
    )
    expect([0, 1], `${command}: ${ended.stderr}`).toContain(ended.code)
    calls.set(command, [...(calls.get(command) ?? []), ...recorder.calls.slice(before)])
    return ended.stdout
  }
  const later = new Date(Date.now() + 30 * 86_400_000).toISOString()
  await ask('run', '--secret', 'prod/a', '--reason', 'test', '--wait')
  await ask('run', '--secret', 'prod/a', '--at', later, '--request-id', 'CHG-1', '--no-wait')
  for (const schedule of ['chosen', 'elsewhere-chosen'])
    await ask('run', '--schedule', schedule, '--at', later, '--reason', 'test', '--no-wait')
  for (const schedule of ['nightly', 'chosen', 'elsewhere-chosen'])
    await ask('run --dry-run', '--schedule', schedule, '--dry-run')
  const [coming] = JSON.parse(await ask('next', '--schedule', 'nightly', '--count', '1', '--json'))
  const skipped = await ask('skip', 'nightly', '--at', coming.scheduledAt, '--reason', 'test', '--json')
  await ask('cancel', JSON.parse(skipped).id)
  const to = new Date(Date.parse(coming.scheduledAt) + 5 * 3_600_000).toISOString()
  const moved = await ask(
    'move',
    'nightly',
    '--from',
    coming.scheduledAt,
    '--to',
    to,
    '--reason',
    'test',
    '--json',
  )
  // It reads what is moved by its key.
  await ask('plan')
  await ask('cancel', JSON.parse(moved).id)
  await ask('cancel', '--list')
  await ask('cancel', 'CHG-1')
  // Again: it says that it was cancelled before.
  await ask('cancel', 'CHG-1')
  await ask('hold', '--secret', 'prod/a', '--reason', 'test')
  await ask('hold', '--list')
  await ask('release', '--secret', 'prod/a')
  // Not in the index yet, perhaps: then each scope is read.
  await ask('release', 'aaa-aaa-aaa')
  await ask('approve', '--list')
  await ask('show', '--secret', 'prod/a')
  const [{ rotationId }] = JSON.parse(await ask('history', '--json'))
  await ask('show', rotationId)
  await ask('undo', rotationId)
  await ask('consumers', '--secret', 'prod/a')
  await ask('consumers --find', '--secret', 'prod/a', '--find')
  await ask('report', '--from', '2026-01-01')
  await ask('rehearse', '--brief', '--from', '2027-01-01', '--to', '2027-01-08')
  for (const command of ['next', 'calendar', 'plan', 'doctor', 'status'] as const) await ask(command)
  await ask('approve', await pending('asked'))
  await ask('reject', await pending('asked-again'), '--reason', 'no')
  await recorder.stop()
  const printed = PERSONS.map(async (person) => [person, await policyOf(person)])
  policies = Object.fromEntries(await Promise.all(printed))
}, 600_000)
afterAll(() => on.stop())

/** Rotated by a function of a name that AWS's own have, as the config takes them to. */
async function createSecret(name: string) {
  on.aws.functions.set('SecretsManagerWard', rotatesWithoutDatabase(on.secretsManager))
  const Tags = Object.entries(TAGS).map(([Key, Value]) => ({ Key, Value }))
  await on.secretsManager.send(new CreateSecretCommand({ Name: name, SecretString: 'one', Tags }))
  const RotationLambdaARN = on.aws.arnOfFunction('SecretsManagerWard')
  await on.secretsManager.send(
    new RotateSecretCommand({ SecretId: name, RotationLambdaARN, RotateImmediately: false }),
  )
}

/** What doctor looks at, and the local AWS has no life of its own for; a role in the other account. */
async function furnish() {
  on.aws.roles.set('arn:aws:iam::111122223333:role/tourbillon-rotate', {})
  const loaded = parseConfig(on.file, YAML)
  if (!loaded.ok) throw new Error('the config is wrong')
  const demo = { name: '', at: 0, leadSeconds: 0 }
  const { config } = loaded
  const one = { ...config, schedules: config.schedules.slice(0, 1) }
  await createSchedules(one, on.aws.arnOfFunction(names.rotateFunction), demo)
  const service = { desired: 1, rollouts: [], deployments: [], taskDefinition: 'api:1' }
  deploy(service, 0)
  on.aws.ecsServices.set('shop/api', service)
  on.aws.taskDefinitions.set('api:1', { containerDefinitions: [] })
  const { topics, queues, functions, network, roleRights } = on.aws.lookUps
  topics.set(`arn:aws:sns:${REGION}:${ACCOUNT}:${names.alertTopic}`, [])
  queues.set(names.deadLetterQueue, 0)
  queues.set(names.readsDeadLetters, 0)
  functions.set('SecretsManagerWard', {
    configuration: { VpcConfig: { VpcId: 'vpc-1', SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] } },
  })
  network.subnetSet.push({ subnetId: 'subnet-1', cidrBlock: '10.0.1.0/24', vpcId: 'vpc-1' })
  roleRights.set(`arn:aws:iam::${ACCOUNT}:role/SecretsManagerWard`, () => true)
}

/** A wave that waits for an answer; its id. */
async function pending(schedule: string): Promise<string> {
  const scheduledAt = new Date(Math.floor(Date.now() / 300_000) * 300_000).toISOString()
  await new LambdaClient({}).send(
    new InvokeCommand({
      FunctionName: names.rotateAlias,
      InvocationType: 'Event',
      Payload: JSON.stringify({ schedule, scheduledAt }),
    }),
  )
  const { approvals } = recordsIn(names.ledgerTable)
  for (const began = Date.now(); Date.now() - began < 20_000; await sleep(50)) {
    const found = await approvals.pending(new Date().toISOString())
    const mine = found.find((it) => it.schedule === schedule && it.callbackId !== undefined)
    if (mine) return mine.approvalId
  }
  throw new Error(`nobody asked for ${schedule}`)
}

/** As `permissions` prints it, of the account and region that the local AWS claims to be. */
async function policyOf(person: Person): Promise<PolicyStatement[]> {
  const { stdout, code } = await tourbillon(['permissions', person, '--config', on.file, '--json'])
  expect(code).toBe(0)
  const { documents } = JSON.parse(stdout.replaceAll('REGION', REGION).replaceAll('ACCOUNT', ACCOUNT))
  return documents.flatMap((it: { policy: { Statement: PolicyStatement[] } }) => it.policy.Statement)
}

/** AWS knows a resource's tags. */
const tagged = (it: Request): Request =>
  it.resource.includes(':secret:')
    ? { ...it, context: { ...it.context, 'aws:ResourceTag/rotate': TAGS.rotate } }
    : it

const callsOf = (person: Person) => PEOPLE[person].flatMap((command) => calls.get(command) ?? []).map(tagged)

describe.each(PERSONS)('the policy of the %s', (person) => {
  it('allows whatever its commands ask for', () => {
    const asked = callsOf(person)
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.filter((it) => !isAllowed(policies[person], it))).toEqual([])
  })

  it('has nothing that none of them asks for', () => {
    const used = new Set(callsOf(person).map((it) => `${deciding(policies[person], it)?.Sid} ${it.action}`))
    const allowed = policies[person]
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap(({ Sid, Action }) => [Action].flat().map((action) => `${Sid} ${action}`))
    expect(allowed.filter((it) => !used.has(it))).toEqual([])
  })

  it('denies what reads a value', () => {
    const all = [...policies[person], { Effect: 'Allow', Action: '*', Resource: '*' }]
    for (const action of ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue'])
      expect(isAllowed(all, { action, resource: '*' })).toBe(false)
  })
})

it('every command’s needs are what it asks for, and no more', () => {
  const asked = [...calls].map(([command, some]) => [
    command,
    [...new Set(some.map(({ action }) => action))].sort(),
  ])
  const written = asked.map(([command]) => {
    const needs = NEEDS[command as keyof typeof NEEDS] as readonly { actions: readonly string[] }[]
    return [command, [...new Set(needs.flatMap(({ actions }) => actions))].sort()]
  })
  expect(asked).toEqual(written)
})

it('who answers approvals cannot hold, and who holds cannot approve', () => {
  const write = (key: string): Request => ({
    action: 'dynamodb:UpdateItem',
    resource: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${names.ledgerTable}`,
    context: { 'dynamodb:LeadingKeys': [key] },
  })
  const may = (person: Person, key: string) => isAllowed(policies[person], write(key))
  expect([may('approver', 'approval#a'), may('approver', 'hold#all'), may('operator', 'hold#all')]).toEqual([
    true,
    false,
    true,
  ])
  expect([
    may('operator', 'approval#a'),
    may('operator', 'policy#current'),
    may('operator', 'some-rotation'),
  ]).toEqual([false, false, false])
  for (const person of ['reader', 'auditor'] as const)
    expect(policies[person].flatMap(({ Action }) => Action)).not.toContain('dynamodb:UpdateItem')
})
