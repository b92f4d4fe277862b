import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import { deploy } from '../../src/local/ecs.ts'
import { consumerId } from '../../src/model/consumers.ts'
import type { FoundConsumers } from '../../src/operate/find-consumers.ts'
import { type Stage, startStage } from './stage.ts'
import { tourbillon } from './tourbillon.ts'

/* `consumers --find` as people give it, on a local AWS with services, proxies and reads. */

const YAML = `defaults: { timezone: UTC, window: 5m, timeout: 30s }
schedules:
  nightly:
    when: cron(0 3 ? * SUN *)
    secrets: [app/orders, app/other, app/unused, app/orders-config, app/unmade]
    consumers:
      - { ecs: shop/known, secrets: [app/orders] }
      - { observe: batch, secrets: [app/other] }
  alone:
    when: cron(0 4 ? * SUN *)
    secrets: [app/alone]
`

const ROLE = 'arn:aws:iam::000000000000:role'
const SET = 'this-is-set-in-the-environment'

let on: Stage
let arn: string
let historyNames = false
beforeAll(async () => {
  on = await startStage('finding', YAML, {
    habits: {
      get historyNames() {
        return historyNames
      },
    },
  })
  for (const name of ['app/orders', 'app/other', 'app/unused', 'app/alone', 'app/orders-config'])
    await on.secret(name)
  arn = (await arnOf('app/orders')) ?? ''
})
afterEach(() => {
  on.aws.faults.length = 0
  historyNames = false
})
afterAll(() => on.stop())

async function arnOf(name: string) {
  const { ARN } = await fetchBy('setup.one', name)
  on.aws.history.length = 0
  return ARN
}

/** By a session of a role: ROLE.SESSION. */
async function fetchBy(accessKeyId: string, SecretId = 'app/orders', VersionStage?: string) {
  const credentials = { accessKeyId, secretAccessKey: 'local' }
  const client = new SecretsManagerClient({ credentials })
  return client
    .send(new GetSecretValueCommand({ SecretId, ...(VersionStage && { VersionStage }) }))
    .catch(() => ({ ARN: undefined }))
}

function service(name: string, definition: string, container: object, controller?: 'CODE_DEPLOY') {
  const made = { desired: 1, rollouts: [{ takesMs: 0 }], deployments: [], taskDefinition: definition }
  deploy(made, Date.now() - 60_000)
  on.aws.ecsServices.set(name, { ...made, ...(controller && { controller }) })
  on.aws.taskDefinitions.set(definition, {
    executionRoleArn: `${ROLE}/ecs/${name.replace('/', '-')}`,
    containerDefinitions: [
      { name: 'sidecar', environment: [{ name: 'TOKEN', value: SET }] },
      { name: 'main', environment: [{ name: 'TOKEN', value: SET }], ...container },
    ],
  })
}

async function find(secret: string) {
  const { code, stdout } = await on.run('consumers', '--find', '--secret', secret, '--json')
  return { code, stdout, found: JSON.parse(stdout) as FoundConsumers }
}

describe('where somebody uses it', () => {
  beforeAll(async () => {
    const secrets = (valueFrom: string) => ({ secrets: [{ name: 'DB', valueFrom }] })
    service('shop/known', 'known:1', secrets(arn))
    service('shop/keyed', 'keyed:7', secrets(`${arn}:password::`))
    service('shop/pinned', 'pinned:2', secrets(`${arn}:password:AWSPREVIOUS:`))
    service('shop/logs', 'logs:1', {
      logConfiguration: { secretOptions: [{ name: 'key', valueFrom: arn }] },
    })
    service('web/pull', 'pull:3', { repositoryCredentials: { credentialsParameter: 'app/orders' } })
    service('web/blue', 'blue:1', secrets(arn), 'CODE_DEPLOY')
    // Another secret whose name begins so, a parameter of that name, an environment variable.
    service('web/other', 'other:1', secrets(String(await arnOf('app/orders-config'))))
    service('web/parameter', 'parameter:1', secrets('app/orders'))
    service('web/plain', 'plain:1', { environment: [{ name: 'SECRET', value: arn }] })
    for (const [name, secretArns] of Object.entries({ one: ['x'], two: [], orders: [arn], last: [] }))
      on.aws.proxies.push({
        name,
        arn: `arn:aws:rds:eu-central-1:000000000000:db-proxy:prx-${name}`,
        role: `${ROLE}/service-role/rds-${name}`,
        secretArns,
      })
    await fetchBy('worker.1')
    await fetchBy('worker.2', arn)
    await fetchBy('batch.1')
    await fetchBy('rotator.1', 'app/orders', 'AWSPENDING')
    await fetchBy('stranger.1', 'app/other')
    await fetchBy('AWSReservedSSO_Admin_1.somebody')
  })

  it('finds services by what their task definitions name, proxies, and who fetched it lately', async () => {
    const { code, stdout, found } = await find('app/orders')
    expect(code).toBe(0)
    const names = (some: { name: string }[]) => some.map(({ name }) => name).sort()
    expect(names(found.services.found)).toEqual(
      ['shop/keyed', 'shop/known', 'shop/logs', 'shop/pinned', 'web/blue', 'web/pull'].sort(),
    )
    expect(found.services.looked).toBe('9 ECS services of 2 clusters, 9 task definitions')
    expect(found.services.found.find(({ name }) => name === 'shop/pinned')).toMatchObject({
      taskDefinitions: ['pinned:2'],
      containers: ['main'],
      notes: ['asks for AWSPREVIOUS, which a rotation does not move to the new value'],
    })
    expect(found.proxies).toEqual({
      found: [{ name: 'orders', role: `${ROLE}/service-role/rds-orders` }],
      looked: '4 RDS Proxies',
      unseen: [],
    })
    expect(found.readers.found.map(({ principal, rotates }) => [principal, rotates]).sort()).toEqual(
      [
        [`${ROLE}/AWSReservedSSO_Admin_1`, undefined],
        [`${ROLE}/batch`, undefined],
        [`${ROLE}/rotator`, true],
        [`${ROLE}/worker`, undefined],
      ].sort(),
    )
    expect(found.readers.looked).toContain('of all reads')
    expect(stdout).not.toContain(SET)
  })

  it('prints entries that the config takes as they are, and leaves out whom it names', async () => {
    const { stdout } = await on.run('consumers', '--find', '--secret', 'app/orders')
    expect(stdout).not.toContain(SET)
    expect(stdout).toContain('Who is not found may use it all the same')
    const { found } = await find('app/orders')
    const [paste] = found.toPaste
    expect(paste).toMatchObject({ schedule: 'nightly', isFirst: false })
    // As it is printed: six spaces in front of each line.
    const printed = String(paste?.entries).replaceAll(/^(?=.)/gm, '      ')
    expect(stdout).toContain(printed)
    const loaded = parseConfig(on.file, YAML.replace('  alone:\n', `${printed}  alone:\n`))
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
    const { consumers = [] } = loaded.config.schedules.find(({ name }) => name === 'nightly') ?? {}
    const pasted = consumers.slice(2)
    expect(pasted.every(({ secrets }) => String(secrets) === 'app/orders')).toBe(true)
    expect(pasted.map(consumerId).sort()).toEqual(
      [
        ...['ecs:shop/keyed', 'ecs:shop/logs', 'ecs:shop/pinned', 'ecs:web/pull'],
        ...['shop-keyed', 'shop-known', 'shop-logs', 'shop-pinned', 'web-blue', 'web-pull'].map(
          (it) => `observe:${it}`,
        ),
        ...['observe:rds-orders', 'observe:worker'],
      ].sort(),
    )
    expect(paste?.entries).toContain('# observe: batch is there: add app/orders to its secrets\n')
  })

  it('of a schedule’s only secret whole lines of consumers: are printed', async () => {
    await fetchBy('lonely.1', 'app/alone')
    const { stdout } = await on.run('consumers', '--find', '--secret', 'app/alone')
    const lines = /TO PASTE into schedules: alone:\n((?: {4}.*\n)+)/.exec(stdout)?.[1] ?? ''
    expect(lines).toMatch(/^ {4}consumers:\n {6}# fetched it 20.*\n {6}- observe: lonely\n$/)
    expect(parseConfig(on.file, YAML + lines)).toMatchObject({ ok: true })
  })

  it('where records tell their secret, only its own are looked through', async () => {
    historyNames = true
    const { found } = await find('app/orders')
    expect(found.readers.looked).toContain('by the secret’s name and ARN')
    expect(found.readers.found).toContainEqual(
      expect.objectContaining({ principal: `${ROLE}/worker`, sessions: 2 }),
    )
  })

  it.each([
    ['ecs', 'ListClusters', 'services'],
    ['ecs', 'DescribeTaskDefinition', 'services'],
    ['rds', 'DescribeDBProxies', 'proxies'],
    ['cloudtrail', 'LookupEvents', 'readers'],
  ] as const)(
    'where %s:%s is denied that look is not known, and the others are told',
    async (service, action, of) => {
      const denied = { code: 'AccessDeniedException', message: 'not authorized to perform', status: 400 }
      on.aws.faults.push({ service, action, kind: 'error', times: 1_000, ...denied })
      const { code, found } = await find('app/orders')
      expect(code).toBe(1)
      expect(found[of].found).toEqual([])
      expect(found[of].unseen).toEqual([`${service}:${action}: not allowed (AccessDeniedException)`])
      for (const other of ['services', 'proxies', 'readers'] as const)
        if (other !== of) {
          expect(found[other].unseen).toEqual([])
          expect(found[other].found).not.toEqual([])
        }
    },
  )

  it('a look that is denied is said to be not known', async () => {
    const denied = { code: 'AccessDeniedException', message: 'not authorized to perform', status: 400 }
    on.aws.faults.push({ service: 'rds', action: 'DescribeDBProxies', kind: 'error', times: 9, ...denied })
    const { stdout } = await on.run('consumers', '--find', '--secret', 'app/orders')
    expect(stdout).toMatch(
      /USE IT\n {2}not known\n {2}looked at: 0 RDS Proxies\n {2}not seen: rds:DescribeDBProxies: not/,
    )
  })

  it('where one cluster may not be seen, the services of the other are found', async () => {
    on.aws.faults.push({
      ...{ service: 'ecs', action: 'ListServices', kind: 'error', times: 9, code: 'AccessDeniedException' },
      ...{ status: 400, match: (input) => JSON.stringify(input).includes('cluster/web') },
    })
    const { code, found } = await find('app/orders')
    expect(code).toBe(1)
    expect(found.services.found.every(({ name }) => name.startsWith('shop/'))).toBe(true)
    expect(found.services.found).toHaveLength(4)
    expect(found.services.unseen).toHaveLength(1)
  })
})

it('finds a service whose container mounts a Windows file share by it', async () => {
  const mountPoints = [{ sourceVolume: 'share', containerPath: 'C:/share' }]
  service('shop/files', 'files:1', { mountPoints })
  const authorizationConfig = { credentialsParameter: String(await arnOf('app/alone')), domain: 'corp.test' }
  const fsx = { fileSystemId: 'fs-1', rootDirectory: 'share', authorizationConfig }
  const volumes = [{ name: 'share', fsxWindowsFileServerVolumeConfiguration: fsx }, { name: 'scratch' }]
  Object.assign(on.aws.taskDefinitions.get('files:1') ?? {}, { volumes })
  const { found } = await find('app/alone')
  expect(found.services.found).toMatchObject([{ name: 'shop/files', containers: ['main'] }])
  on.aws.ecsServices.delete('shop/files')
})

describe('an ARN that ends in a word', () => {
  const at = (name: string) => `${arn.slice(0, arn.lastIndexOf(':secret:'))}:secret:${name}`
  const readersOf = async (secret: string) =>
    (await find(secret)).found.readers.found.map(({ principal, lastSeen }) => [
      principal,
      lastSeen !== undefined,
    ])

  it('is another secret’s where it is not this one’s own', async () => {
    await fetchBy('elsewhere.1', at('app/orders-config'))
    await fetchBy('elsewhere.1', 'app/other')
    expect(on.aws.history.length).toBeGreaterThan(0)
    expect(await readersOf('app/orders')).not.toContainEqual([`${ROLE}/elsewhere`, expect.anything()])
    expect(await readersOf('app/orders-config')).toContainEqual([`${ROLE}/elsewhere`, true])
  })
})

it('nothing found is no success, and is not said to be nobody', async () => {
  const { code, stdout } = await on.run('consumers', '--find', '--secret', 'app/unused')
  expect(code).toBe(1)
  expect(stdout).toContain('  none seen\n')
  expect(stdout).toContain('Who is not found may use it all the same')
  expect(stdout).not.toContain('TO PASTE')
})

it('it changes nothing, keeps nothing, and reads no value', async () => {
  on.aws.calls.length = 0
  await on.run('consumers', '--find', '--secret', 'app/orders')
  const asked = new Set(on.aws.calls.map(({ service, action }) => `${service}:${action}`))
  expect([...asked].sort()).toEqual([
    'cloudtrail:LookupEvents',
    'ecs:DescribeServices',
    'ecs:DescribeTaskDefinition',
    'ecs:ListClusters',
    'ecs:ListServices',
    'rds:DescribeDBProxies',
    'secretsmanager:DescribeSecret',
  ])
})

it('a secret that is not there is no secret that nobody uses', async () => {
  const { code, stderr } = await on.run('consumers', '--find', '--secret', 'app/none')
  expect([code, stderr]).toEqual([2, expect.stringContaining('no schedule names the secret app/none')])
})

describe('whoever may not ask at all', () => {
  it.each([
    ['ExpiredTokenException', /log in to AWS first \(aws sso login\)/],
    ['UnrecognizedClientException', /log in to AWS first/],
    ['ThrottlingException', /AWS is being asked too much/],
  ])('by %s learns it once, with what to do, and sees no empty lists', async (code, hint) => {
    for (const of of ['secretsmanager', 'ecs', 'rds', 'cloudtrail'] as const)
      on.aws.faults.push({ service: of, action: '*', kind: 'error', times: 1_000, code, status: 400 })
    const { code: exit, stdout, stderr } = await on.run('consumers', '--find', '--secret', 'app/orders')
    expect([exit, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(hint)
  })

  it('who may not see the secret itself is told so, and all the rest', async () => {
    const denied = { code: 'AccessDeniedException', message: 'not authorized to perform', status: 400 }
    const service = 'secretsmanager'
    on.aws.faults.push({ service, action: 'DescribeSecret', kind: 'error', times: 9, ...denied })
    const { code, stdout } = await on.run('consumers', '--find', '--secret', 'app/orders')
    expect(code).toBe(1)
    expect(stdout).toMatch(/^app\/orders\n\nnot seen: secretsmanager:DescribeSecret: not allowed/)
    expect(stdout).toContain('  shop/known ')
  })

  it('a secret that a schedule names and nobody has made is told', async () => {
    const { code, stderr } = await on.run('consumers', '--find', '--secret', 'app/unmade')
    expect([code, stderr]).toEqual([2, expect.stringContaining('there is no such secret in this account')])
  })
})

describe('what is to be pasted stands as the file does', () => {
  const HEAD = 'defaults: { timezone: UTC, window: 5m, timeout: 30s }\n'
  const MARK = '<HERE>'
  it.each([
    [
      'four spaces, and comments',
      `schedules:\n    odd:\n        # who\n        when: cron(0 3 ? * SUN *)\n        secrets: [app/alone] # its only one\n${MARK}`,
    ],
    [
      'a list that begins beneath its key, after a comment',
      `schedules:\n   odd:\n     when: cron(0 3 ? * SUN *)\n     secrets: [app/alone]\n     consumers: # by hand\n     # the first\n     -   observe: there\n         secrets: [app/alone]\n${MARK}     # the last\n`,
    ],
    [
      'a list far to the right',
      `schedules:\n  odd:\n    consumers:\n            - observe: there # so\n${MARK}\n    when: cron(0 3 ? * SUN *)\n    secrets: [app/alone]\n`,
    ],
    [
      'a list in one line',
      `schedules:\n  odd:\n    when: cron(0 3 ? * SUN *)\n    secrets: [app/alone]\n${MARK}    consumers: [{ observe: there }]\n`,
    ],
    [
      'an alias of another list',
      `schedules:\n  other: { when: cron(0 3 ? * SUN *), secrets: [app/other], consumers: &all [{ observe: there }] }\n  odd:\n    when: cron(0 3 ? * SUN *)\n    secrets: [app/alone]\n${MARK}    consumers: *all\n`,
    ],
    [
      'a schedule in one line',
      `schedules:\n  odd: { when: cron(0 3 ? * SUN *), secrets: [app/alone], ${MARK} }\n`,
    ],
    [
      'an anchor at the schedule',
      `schedules:\n  odd: &odd\n     when: cron(0 3 ? * SUN *)\n     secrets: [app/alone]\n${MARK}`,
    ],
  ])('%s', async (_, text) => {
    await fetchBy('lonely.1', 'app/alone')
    const file = join(dirname(on.file), 'odd.yml')
    await writeFile(file, HEAD + text.replace(MARK, ''))
    const found = await tourbillon(['consumers', '--find', '--secret', 'app/alone', '--config', file])
    const paste = /(TO P.*\n)((?:.*\n)+?)(?:# |\n)/.exec(found.stdout.replaceAll(/^ +# .*\n/gm, ''))
    const [, head = '', lines = ''] = paste ?? []
    const isBraces = head.includes('between its braces')
    const replaces = head.startsWith('TO PUT in the place of')
    const pasted = HEAD + text.replace(replaces ? /<HERE>.*\n/ : MARK, isBraces ? lines.trim() : lines)
    const loaded = parseConfig(file, pasted)
    if (!loaded.ok) throw new Error(`${found.stdout}${JSON.stringify(loaded.errors)}`)
    const { consumers = [] } = loaded.config.schedules.find(({ name }) => name === 'odd') ?? {}
    const before = text.includes('observe: there') ? ['observe:there'] : []
    expect(consumers.map(consumerId)).toEqual([...before, 'observe:lonely'])
  })
})

it('an entry says where somebody asks for a version that rotations do not move', async () => {
  const [SecretId, SecretString] = ['app/orders', 'two']
  await on.secretsManager.send(new PutSecretValueCommand({ SecretId, SecretString }))
  await fetchBy('auditor.1', SecretId, 'AWSPREVIOUS')
  const { stdout } = await on.run('consumers', '--find', '--secret', 'app/orders')
  expect(stdout).toMatch(
    /# .*: pinned:2; asks for AWSPREVIOUS, which a rotation does not .*\n {6}- ecs: shop\/pinned\n/,
  )
  expect(stdout).toMatch(/# fetched it 20.*; asks for AWSPREVIOUS, which a .*\n {6}- observe: auditor\n/)
})
