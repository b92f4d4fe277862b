import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { listEstate } from '../../src/aws/estate.ts'
import { parseConfig } from '../../src/config/load.ts'
import { type LocalAws, startLocalAws } from '../../src/local/aws.ts'
import type { Secret } from '../../src/rehearse/secrets-manager/secret.ts'
import { within } from '../busy.ts'
import { tourbillon, tourbillonProcess } from '../cli/tourbillon.ts'

/* `init --from-aws` as people start it, over HTTP against the local AWS. */

const DAY = 86_400_000
let aws: LocalAws
let listsTwice = false
beforeAll(async () => {
  aws = await startLocalAws({ unkind: { listedTwice: () => listsTwice } })
})
afterAll(() => aws.stop())

let cwd: string
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'from-aws-'))
})
afterEach(async () => {
  aws.secretsManager.secrets.clear()
  aws.faults.length = 0
  aws.calls.length = 0
  listsTwice = false
  await rm(cwd, { recursive: true })
})

const account = '000000000000'

function put(name: string, more: Partial<Secret> = {}): void {
  aws.secretsManager.secrets.set(name, {
    ...{ name, arn: `arn:aws:secretsmanager:${aws.env.AWS_REGION}:${account}:secret:${name}-Ab12Cd` },
    ...{ tags: new Map(), versions: new Map(), labels: new Map() },
    ...{ createdAt: Date.now() - 400 * DAY, lastChangedAt: Date.now() },
    ...more,
  })
}

function rotating(name: string, rotationRules: Secret['rotationRules'] & object, more: Partial<Secret> = {}) {
  const rotationFunctionArn = 'arn:aws:lambda:eu-central-1:000000000000:function:SecretsManagerRotation'
  put(name, { rotationEnabled: true, rotationFunctionArn, rotationRules, ...more })
}

const nightly = { ScheduleExpression: 'cron(0 2 * * ? *)' }
const fromAws = (...args: string[]) =>
  tourbillon(['init', '--from-aws', '--stage', 'prod', ...args], { cwd, env: aws.env })
const config = async (stage = 'prod') => {
  const file = `config/${stage}.yml`
  const parsed = parseConfig(file, await readFile(join(cwd, file), 'utf8'))
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors))
  return parsed.config
}

it('reads an account and writes what it found, for people and for programs; nothing but ListSecrets is called', async () => {
  rotating('prod/orders', nightly)
  rotating('prod/odd', { ScheduleExpression: 'cron(0 8 LW * ? *)' })
  put('prod/plain')
  const { code, stdout, stderr } = await tourbillonProcess(['init', '--from-aws', '--stage', 'prod'], {
    cwd,
    env: aws.env,
  })
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toBe(`read 3 secrets of account ${account}, ${aws.env.AWS_REGION}

     1  rotate by themselves: 1 schedule in config/prod.yml
     1  not understood: write a schedule for them yourself
     1  without rotation, the oldest first

check (each is a comment in the file, too):
  prod/odd: cron(0 8 LW * ? *): the day-of-month field cannot combine L with anything else

created  package.json
created  serverless.yml
created  .gitignore
created  README.md
created  .github/workflows/tourbillon.yml
created  config/prod.yml

Next:
  npm install
  npx aws-tourbillon validate --stage prod
  npx aws-tourbillon next --stage prod
  npx serverless deploy --stage prod
`)
  expect((await config()).schedules.map(({ name, secrets }) => [name, secrets])).toEqual([
    ['daily-0200', ['prod/orders']],
  ])
  expect(new Set(aws.calls.map(({ action }) => action))).toEqual(new Set(['ListSecrets']))

  const other = await tourbillon(['init', '--from-aws', '--stage', 'again', '--json'], { cwd, env: aws.env })
  expect(JSON.parse(other.stdout)).toMatchObject({
    ...{ stage: 'again', account, timezone: 'UTC' },
    import: {
      secrets: 3,
      schedules: [{ file: 'config/again.yml', name: 'daily-0200', when: 'cron(0 2 * * ? *)', window: '22h' }],
      apart: [
        { kind: 'unclear', name: 'prod/odd' },
        { kind: 'never', name: 'prod/plain', detail: expect.stringMatching(/^created .*, 400 d ago$/) },
      ],
      check: [expect.stringContaining('prod/odd: ')],
    },
  })
})

it('validate --strict has nothing to say, and next agrees', async () => {
  const next = Math.floor(Date.now() / DAY) * DAY + 5 * DAY
  rotating('a', { AutomaticallyAfterDays: 30 }, { nextRotationAt: next + DAY - 1_000 })
  rotating('b', { ScheduleExpression: 'cron(0 0/8 ? * 1/2 *)' })
  await fromAws('--timezone', 'Asia/Tokyo')
  const strict = await tourbillon(['validate', '--stage', 'prod', '--strict'], { cwd })
  expect([strict.stdout, strict.code]).toEqual([expect.stringMatching(/: valid/), 0])
  const { stdout } = await tourbillon(
    [
      'next',
      '--stage',
      'prod',
      '--schedule',
      `every-30-days-from-${new Date(next).toISOString().slice(0, 10)}`,
      '--count',
      '1',
      '--json',
    ],
    { cwd },
  )
  expect(Date.parse(JSON.parse(stdout)[0].scheduledAt)).toBe(next)
})

it('never writes over a config, and says so before it asks AWS for anything', async () => {
  put('a')
  await fromAws()
  aws.calls.length = 0
  const again = await fromAws()
  expect([again.code, again.stdout]).toEqual([2, ''])
  expect(again.stderr).toMatch(
    /config\/prod\.yml is there, and is never overwritten\n +hint: choose another --stage/,
  )
  expect(aws.calls).toEqual([])
})

it('refuses the secrets of another account than the one that is asked for', async () => {
  put('a')
  const { code, stderr } = await fromAws('--account', '123456789012')
  expect(code).toBe(2)
  expect(stderr).toMatch(/secrets of account 000000000000, not of 123456789012\n +hint: set AWS_PROFILE/)
  expect(await readdir(cwd)).toEqual([])
})

it('of an account without secrets makes a stage without schedules', async () => {
  const { code, stdout } = await fromAws()
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^read 0 secrets/)])
  expect((await config()).schedules).toEqual([])
})

it('writes nothing where the list cannot be had, and says what to do', async () => {
  put('a')
  aws.faults.push({
    service: 'secretsmanager',
    action: 'ListSecrets',
    times: 1,
    kind: 'error',
    code: 'AccessDeniedException',
    message: 'no',
  })
  const denied = await fromAws()
  expect([denied.code, denied.stdout]).toEqual([2, ''])
  expect(denied.stderr).toMatch(
    /could not list the secrets: no\n +hint: your AWS identity lacks a permission/,
  )
  expect(await readdir(cwd)).toEqual([])
})

it('keeps on where pages are throttled or lost, and counts no secret twice', async () => {
  for (let n = 0; n < 450; n++) rotating(`app/${n}`, nightly)
  listsTwice = true
  const listSecrets = { service: 'secretsmanager', action: 'ListSecrets', times: 1 } as const
  aws.faults.push(
    { ...listSecrets, kind: 'throttle' },
    { ...listSecrets, kind: 'lost-response' },
    { ...listSecrets, kind: 'error' },
    {
      ...listSecrets,
      kind: 'throttle',
      match: (input) => (input as { NextToken?: string }).NextToken === '300',
    },
  )
  const { code, stdout } = await fromAws()
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^read 450 secrets/)])
  const { schedules } = await config()
  expect(schedules.flatMap(({ secrets }) => secrets).sort()).toEqual(
    Array.from({ length: 450 }, (_, n) => `app/${n}`).sort(),
  )
  // Five pages, and four that were asked for again.
  expect(aws.calls.filter(({ action }) => action === 'ListSecrets')).toHaveLength(9)
})

it('pages through 10,000 secrets one call after another, and shares them out over stages', async () => {
  for (let n = 0; n < 10_000; n++) {
    const name = `team-${n % 40}/app-${n}`
    if (n % 5 === 0) rotating(name, { ScheduleExpression: `cron(0 ${n % 24} ? * ${1 + (n % 7)} *)` })
    else if (n % 5 === 1) rotating(name, { AutomaticallyAfterDays: 30 + (n % 3) * 30 })
    else
      put(
        name,
        n % 5 === 2
          ? { owningService: 'rds', rotationEnabled: true, rotationRules: { AutomaticallyAfterDays: 7 } }
          : {},
      )
  }
  const { code, ms, stdout } = await fromAws('--json')
  expect(code).toBe(0)
  const { files, import: read } = JSON.parse(stdout)
  expect(read.secrets).toBe(10_000)
  expect(aws.calls).toHaveLength(100)
  const stages = (files as { path: string }[]).flatMap(
    ({ path }) => /^config\/(.*)\.yml$/.exec(path)?.[1] ?? [],
  )
  expect(stages.length).toBeGreaterThan(5)
  const names: string[] = []
  for (const stage of stages) names.push(...(await config(stage)).schedules.flatMap(({ secrets }) => secrets))
  expect([names.length, new Set(names).size]).toEqual([4_000, 4_000])
  expect(ms).toBeLessThan(within(20_000))
})

it('tells after each page how far it is', async () => {
  for (let n = 0; n < 250; n++) put(`app/${n}`)
  Object.assign(process.env, aws.env)
  const shown: number[] = []
  await listEstate(undefined, (listed) => shown.push(listed))
  expect(shown).toEqual([100, 200, 250])
})
