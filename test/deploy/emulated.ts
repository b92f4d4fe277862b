import { deepEqual, doesNotMatch, equal, match, ok } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { GetScheduleCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler'
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { LiveSchedule } from '../../src/aws/schedules.ts'
import { readSchedules } from '../../src/aws/schedules.ts'
import { FACT_NAMES, type FactName, type Verdict } from '../../src/model/facts.ts'
import { namesOf, VERIFY_PREFIX } from '../../src/model/resource-names.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { VERIFY_FUNCTIONS } from '../../src/verify/stack.ts'
import type { Finding } from '../../src/verify/verify.ts'
import { type Emulator, onEmulator } from './emulator.ts'
import { openMailbox } from './mailbox.ts'
import { type Ended, type Service, serviceCopy } from './service.ts'

/**
 * `npm run test:deploy`: a stage from `serverless deploy` to `serverless remove` against ministack, an AWS emulator
 * that is not ours, with IAM enforced. What had to be corrected in it stands in emulator.py; what it cannot show, in
 * docs/deploy.md. Its RotateSecret is a stub that copies the value and promotes the version at once.
 */
const STAGE = 'emulated'
const GROUP = `tourbillon-${STAGE}`
const [ORDERS, BILLING] = ['emulated/orders/db', 'emulated/billing/db']
/** More than one execution rotates, so that the wave is parted. */
const FLEET = Array.from({ length: 45 }, (_, index) => `emulated/fleet/${String(index).padStart(2, '0')}`)
/** Without a rotation function, so that there is a failure to tell of. */
const PLAIN = 'emulated/plain'

/** A version that somebody else has made. */
const NATIVE = '5f2a1c9e-7d0b-4c3e-9a61-0b8f4e2d7c15'

const SCHEDULES = [
  '_early.precise',
  ...['fleet', 'minutely', 'plain', 'precise', 'rate-from', 'rate-since', 'tokyo', 'weekly'],
]

const NO_ROTATION = { verdict: 'UNKNOWN', because: 'its RotateSecret calls no rotation function' } as const
const NOT_TOLD = { verdict: 'DIFFERS', says: /not told: .*the event/ } as const
/** What `verify` cannot see on this emulator, what it says then, and what the emulator lacks. */
const GAPS: Partial<Record<FactName, { verdict: Verdict; says: RegExp; because: string }>> = {
  'scheduler-zones': {
    ...{ verdict: 'UNKNOWN', says: /none of its schedules fired/ },
    because: 'it evaluates every schedule in UTC',
  },
  'repeated-token': { ...NO_ROTATION, says: /did not ask for its steps/ },
  'failure-event': { ...NO_ROTATION, says: /no rotation failed/ },
  'invoke-permission': { ...NO_ROTATION, says: /rotation function was not asked/ },
  'execution-names': {
    ...{ verdict: 'UNKNOWN', says: /do not have the name given/ },
    because: 'it knows no names of executions, and answers no ARN to an asynchronous start',
  },
  'failed-execution': { ...NOT_TOLD, because: 'no dead letters, events or alarms of executions' },
  'stopped-execution': { ...NOT_TOLD, because: 'the same' },
  'running-version': {
    ...{ verdict: 'UNKNOWN', says: /not told its version/ },
    because: 'it tells no function its version, and goes on with the newest',
  },
  messages: { verdict: 'UNKNOWN', says: /email not asked/, because: 'an e-mail only a person sees' },
}

const say = (text: string) => void process.stderr.write(`${text}\n`)
process.exitCode = await onEmulator('test:deploy', say, async (emulator) => {
  const service = await serviceCopy()
  await story(emulator, service).finally(() => service.remove())
})

async function story(emulator: Emulator, service: Service): Promise<void> {
  Object.assign(process.env, emulator.env)
  const scheduler = new SchedulerClient({})
  const live = async () => new Map((await readSchedules(scheduler, GROUP)).map((it) => [it.name, it]))
  const serverless = (...args: string[]) => service.serverless([...args, '--stage', STAGE], emulator.env)
  const tourbillon = (...args: string[]) => service.tourbillon([...args, '--stage', STAGE], emulator.env)
  const rotations = async () =>
    JSON.parse(succeeded(await tourbillon('history', '--json')).stdout) as Rotation[]
  const standing = async () =>
    JSON.parse(await emulator.python('standing.py', GROUP)) as Record<string, string[]>
  const settled = (wanted: (rotation: Rotation) => boolean) =>
    until('its rotation is in the ledger', async () =>
      (await rotations()).find((it) => wanted(it) && it.status === 'SUCCEEDED'),
    )

  await emulator.python('make_secrets.py', ORDERS, BILLING, PLAIN, ...FLEET)
  // Far enough ahead for the early companion to be deployed before it fires, two minutes before.
  const precise = new Date(Math.ceil((Date.now() + 240_000) / 60_000) * 60_000)
  const cron = `cron(${precise.getUTCMinutes()} ${precise.getUTCHours()} * * ? *)`

  const settledConfig = configOf({ cron, tokyo: 'cron(30 3 ? * SUN *)', weekly: false, disposable: true })

  await step('deploys a stage', async () => {
    await service.writeConfig(STAGE, configOf({ cron, tokyo: 'cron(0 3 ? * SUN *)', weekly: true }))
    const { seconds, stdout, stderr } = succeeded(await serverless('deploy'))
    match(stdout + stderr, /The audit runs now/)
    equal(await isProtected(), true)
    return `serverless deploy took ${seconds.toFixed(1)} s`
  })

  await step('the schedules stand as planned', async () => {
    deepEqual([...(await live()).keys()].sort(), SCHEDULES)
    const plan = succeeded(await tourbillon('plan', '--exit-code'))
    match(plan.stdout, /0 to create, 0 to update, 0 to delete, 9 unchanged/)
    const { roles, alarms, dashboards } = await standing()
    return `and ${roles?.length} roles, ${alarms?.length} alarms, ${dashboards?.length} dashboard`
  })

  const mailbox = await openMailbox(GROUP)
  // It mostly waits: beside what else waits here.
  const verified = tourbillon('verify', '--yes', '--json', '--minutes', '3')
  verified.catch(() => {})
  const throwAway = async () =>
    JSON.parse(await emulator.python('standing.py', VERIFY_PREFIX)) as Record<string, string[]>
  await step('verify makes its stack', async () => {
    const { stacks } = await until('it stands', async () => {
      const found = await throwAway()
      return (found.functions?.length ?? 0) >= VERIFY_FUNCTIONS.length ? found : undefined
    })
    equal(stacks?.length, 1)
  })

  await step('a schedule fires by itself, and its rotation reaches the ledger', async () => {
    const rotation = await settled((it) => it.schedule === 'minutely')
    equal(rotation.trigger, 'SCHEDULE')
    equal(rotation.versionId, rotation.rotationId)
    match(rotation.executionArn, /:function:tourbillon-emulated-rotate:\d+\/durable-execution\//)
    return `skew ${rotation.skewMs} ms: the emulator looks at its schedules every ten seconds`
  })

  await step('rotates on demand, and twice with one requestId is once', async () => {
    const request = JSON.stringify({
      schedule: 'tokyo',
      reason: 'CHG-1',
      requester: 'test',
      requestId: 'once',
    })
    const [first, second] = [
      succeeded(await serverless('invoke', '-f', 'rotateNow', '-d', request)),
      succeeded(await serverless('invoke', '-f', 'rotateNow', '-d', request)),
    ].map(({ stdout }) => JSON.parse(stdout).rotations[0].rotationId)
    equal(first, second)
    const rotation = await settled((it) => it.rotationId === first)
    deepEqual([rotation.trigger, rotation.requestReason, rotation.requester], ['ON_DEMAND', 'CHG-1', 'test'])
    equal((await rotations()).filter(({ requestReason }) => requestReason === 'CHG-1').length, 1)
    await isCurrent(rotation)
  })

  await step('a wave of 45 secrets ends, parted over executions', async () => {
    succeeded(await serverless('invoke', '-f', 'rotateNow', '-d', '{"schedule":"fleet","requestId":"fleet"}'))
    const ended = await until('45 rotations have succeeded', async () => {
      const fleet = (await rotations()).filter(({ schedule }) => schedule === 'fleet')
      return fleet.filter(({ status }) => status === 'SUCCEEDED').length === 45 ? fleet : undefined
    })
    const executions = new Set(ended.map(({ executionArn }) => executionArn))
    equal(executions.size, 2)
  })

  await step('what it tells arrives: events on the bus, a text to the topic', async () => {
    succeeded(await serverless('invoke', '-f', 'rotateNow', '-d', '{"schedule":"plain","requestId":"plain"}'))
    await until(
      'its failure is told',
      async () => (await mailbox.texts()).some((text) => text.includes(PLAIN)) || undefined,
    )
    const kinds = await until('its events have arrived', async () => {
      const found = new Map<string, number>()
      for (const kind of await mailbox.events()) found.set(kind, (found.get(kind) ?? 0) + 1)
      const wanted = ['Rotation Rotating', 'Rotation Succeeded', 'Rotation Failed', 'Wave Ended']
      return wanted.every((kind) => found.has(kind)) ? found : undefined
    })
    // 45 of the fleet, once each at least.
    ok((kinds.get('Rotation Succeeded') ?? 0) >= 45, JSON.stringify([...kinds]))
    ok(!emulator.log().includes('could not announce'))
    return [...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ')
  })

  await step('the audit and the observer may do all that they do', async () => {
    const audit = async () =>
      JSON.parse(succeeded(await serverless('invoke', '-f', 'audit', '-d', '{}')).stdout)
    const [first, second] = [await audit(), await audit()]
    for (const { errors, missed, moved } of [first, second]) deepEqual([errors, missed, moved], [0, 0, true])
    const { ARN } = await new SecretsManagerClient({}).send(new DescribeSecretCommand({ SecretId: ORDERS }))
    const event = (versionId: string) =>
      JSON.stringify({
        source: 'aws.secretsmanager',
        'detail-type': 'Secret Label Updated',
        time: new Date().toISOString(),
        resources: [ARN],
        detail: { name: ORDERS, labelUpdated: 'AWSCURRENT', versionId },
      })
    const observe = async (versionId: string) =>
      JSON.parse(succeeded(await serverless('invoke', '-f', 'observe', '-d', event(versionId))).stdout)
    const ours = (await rotations()).find((it) => it.secret === ORDERS)?.rotationId ?? ''
    deepEqual([await observe(ours), await observe(NATIVE)], ['known', 'external'])
    equal((await rotations()).find(({ trigger }) => trigger === 'EXTERNAL')?.versionId, NATIVE)
  })

  await step('waits for an instant asked for, asleep in a durable wait', async () => {
    const at = new Date(Date.now() + 12_000).toISOString()
    const request = JSON.stringify({ secrets: [BILLING], at, requestId: 'later' })
    const answer = JSON.parse(succeeded(await serverless('invoke', '-f', 'rotateNow', '-d', request)).stdout)
    const rotation = await settled((it) => it.rotationId === answer.rotations[0].rotationId)
    ok(rotation.skewMs !== undefined && rotation.skewMs >= 0)
    return `skew ${rotation.skewMs} ms`
  })

  await step('a second deploy updates one schedule and deletes another', async () => {
    const before = await live()
    await service.writeConfig(STAGE, settledConfig)
    const planned = JSON.parse(succeeded(await tourbillon('plan', '--json')).stdout)
    deepEqual(
      [planned.create, planned.update, planned.delete, planned.drift],
      [
        [],
        [
          {
            name: 'tokyo',
            fields: [{ field: 'expression', live: 'cron(0 3 ? * SUN *)', desired: 'cron(30 3 ? * SUN *)' }],
          },
        ],
        ['weekly'],
        [],
      ],
    )
    const { seconds } = succeeded(await serverless('deploy'))
    deepEqual(changes(before, await live()), ['tokyo changed', 'weekly gone'])
    // It says now that its ledger may be lost.
    equal(await isProtected(), false)
    succeeded(await tourbillon('plan', '--exit-code'))
    return `it took ${seconds.toFixed(1)} s; plan shows nothing after`
  })

  await step('shows a manual edit as drift', async () => {
    const { Name, GroupName, ScheduleExpression, FlexibleTimeWindow, Target } = await scheduler.send(
      new GetScheduleCommand({ GroupName: GROUP, Name: 'tokyo' }),
    )
    await scheduler.send(
      new UpdateScheduleCommand({ Name, GroupName, ScheduleExpression, FlexibleTimeWindow, Target }),
    )
    const plan = await tourbillon('plan', '--exit-code')
    equal(plan.code, 1)
    match(plan.stdout, /~ tokyo {3}drift\n {4}timezone: UTC → Asia\/Tokyo/)
  })

  await step('refuses an invalid config, and changes nothing', async () => {
    const before = [await live(), await standing()]
    await service.writeConfig(STAGE, configOf({ cron, tokyo: 'cron(30 3 * * SUN *)', weekly: true }))
    const validated = await tourbillon('validate')
    const refused = await serverless('deploy')
    equal(refused.code, 1)
    const [line = ''] = validated.stdout.split('\n')
    ok(line.startsWith(`config/${STAGE}.yml:`) && (refused.stdout + refused.stderr).includes(line))
    deepEqual([await live(), await standing()], before)
    await service.writeConfig(STAGE, settledConfig)
    return line
  })

  await step('fires the early companion, and rotates at the second', async () => {
    const rotation = await settled((it) => it.schedule === 'precise' && it.trigger === 'SCHEDULE')
    equal(rotation.scheduledAt, precise.toISOString())
    ok(Date.parse(rotation.claimedAt) < precise.getTime(), 'claimed before the instant')
    ok(rotation.skewMs !== undefined && rotation.skewMs >= 0 && rotation.skewMs < 1_000)
    return `claimed ${(precise.getTime() - Date.parse(rotation.claimedAt)) / 1000} s before, skew ${rotation.skewMs} ms`
  })

  await step('verify has told what this emulator can answer, keeps it, and leaves nothing', async () => {
    const { code, stdout, stderr, seconds } = await verified
    equal(code, 1, stderr)
    match(stderr, /removing verify-tourbillon-.*\n.*it is gone/)
    const { kept, facts } = JSON.parse(stdout) as { kept: boolean; facts: Finding[] }
    equal(kept, true)
    deepEqual(await throwAway(), {})
    const open = facts.filter(({ name, verdict }) => name !== 'wake-delay' && verdict !== 'HOLDS')
    deepEqual(
      open.map(({ name, verdict }) => [name, verdict]),
      FACT_NAMES.flatMap((name) => (GAPS[name] === undefined ? [] : [[name, GAPS[name].verdict]])),
    )
    for (const { name, why, message } of open) match(why ?? message, GAPS[name]?.says ?? /^$/)
    // Who waits as short as this has not seen that it does not come.
    match(stderr, /^note: not kept, .* --minutes 3: .*failed-execution, stopped-execution/m)
    doesNotMatch((await tourbillon('status')).stdout, /-execution/)
    const page = await readFile(new URL('../../docs/verify.md', import.meta.url), 'utf8')
    for (const { name } of open)
      ok(page.includes(`\`${name}\``), `docs/verify.md does not say that ${name} is a gap`)
    const gaps = open.map(({ name, verdict }) => `${verdict} ${name}: ${GAPS[name]?.because}`)
    return [`${facts.length - open.length} answered in ${seconds.toFixed(0)} s; not here:`, ...gaps].join(
      '\n          ',
    )
  })

  await step('touches nothing in an account that is not the stage’s', async () => {
    const before = [await live(), await standing()]
    await service.writeConfig(STAGE, settledConfig.replace('000000000000', '111122223333'))
    for (const ended of [
      await serverless('remove'),
      await serverless('deploy'),
      await tourbillon('status'),
    ]) {
      ok(ended.code !== 0)
      match(ended.stdout + ended.stderr, /lives in account 111122223333 .*and this is 000000000000/)
    }
    deepEqual([await live(), await standing()], before)
    await service.writeConfig(STAGE, settledConfig)
  })

  await step('removes the stage without a trace', async () => {
    const { seconds } = succeeded(await serverless('remove'))
    deepEqual(await standing(), {})
    return `serverless remove took ${seconds.toFixed(1)} s`
  })
}

type Written = { cron: string; tokyo: string; weekly: boolean; disposable?: boolean }

function configOf({ cron, tokyo, weekly, disposable = false }: Written): string {
  return `
stage: { account: '000000000000', region: us-east-1, disposable: ${disposable} }
defaults: { timezone: UTC, window: 10m, timeout: 2m }
schedules:
  minutely: { when: cron(* * * * ? *), window: 1m, secrets: [${BILLING}] }
  precise: { when: ${cron}, secrets: [${ORDERS}], precision: second }
  tokyo: { when: ${tokyo}, timezone: Asia/Tokyo, secrets: [${ORDERS}] }
  fleet: { when: cron(0 5 1 1 ? *), secrets: { prefix: emulated/fleet/ }, concurrency: 45 }
  plain: { when: cron(0 6 1 1 ? *), secrets: [${PLAIN}] }
  rate-since: { when: rate(5 days), start: 2026-01-01T00:15:00Z, secrets: [${BILLING}] }
  rate-from: { when: rate(30 days), start: 2099-01-01T00:15:00Z, secrets: [${BILLING}] }
${weekly ? `  weekly: { when: cron(0 5 ? * MON *), secrets: [${BILLING}] }` : ''}
`
}

/** Whether the ledger is safe from deletion. */
async function isProtected(): Promise<boolean | undefined> {
  const TableName = namesOf(STAGE).ledgerTable
  const { Table } = await new DynamoDBClient({}).send(new DescribeTableCommand({ TableName }))
  return Table?.DeletionProtectionEnabled
}

/** Secrets Manager itself says that the rotation's version is the one in use, or was until the next one. */
async function isCurrent({ secret, rotationId }: Rotation): Promise<void> {
  const { VersionIdsToStages } = await new SecretsManagerClient({}).send(
    new DescribeSecretCommand({ SecretId: secret }),
  )
  match(VersionIdsToStages?.[rotationId]?.join() ?? '', /AWSCURRENT|AWSPREVIOUS/)
}

/** What differs between two readings, the config's version aside. */
function changes(before: Map<string, LiveSchedule>, after: Map<string, LiveSchedule>): string[] {
  const settings = ({ description: _, ...rest }: LiveSchedule) => JSON.stringify(rest)
  const gone = [...before.keys()].filter((name) => !after.has(name)).map((name) => `${name} gone`)
  const changed = [...after.values()].flatMap((schedule) => {
    const old = before.get(schedule.name)
    if (!old) return [`${schedule.name} new`]
    return settings(old) === settings(schedule) ? [] : [`${schedule.name} changed`]
  })
  return [...changed, ...gone].sort()
}

async function step(what: string, work: () => Promise<unknown>): Promise<void> {
  const began = performance.now()
  const note = await work()
  const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(6)
  say(`${seconds} s  ${what}${typeof note === 'string' ? `\n          ${note}` : ''}`)
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (const began = Date.now(); Date.now() - began < 300_000; await sleep(2_000)) {
    const found = await look()
    if (found !== undefined) return found
  }
  throw new Error(`waited five minutes until ${what}`)
}

function succeeded(ended: Ended): Ended {
  if (ended.code !== 0) throw new Error(`exit ${ended.code}\n${ended.stdout}\n${ended.stderr}`)
  return ended
}
