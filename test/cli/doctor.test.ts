import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { RotateSecretCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { doctor } from '../../src/cli/doctor.ts'
import { parseConfig } from '../../src/config/load.ts'
import { createSchedules } from '../../src/demo/schedules.ts'
import type { Claim } from '../../src/ledger/ledger.ts'
import { ACCOUNT, REGION } from '../../src/local/arn.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import { recordsIn } from '../../src/runtime/records.ts'
import { type Stage, startStage } from './stage.ts'
import { runCommand } from './terminal.ts'
import { tourbillon } from './tourbillon.ts'

const YAML = `defaults: { timezone: UTC }
schedules:
  nightly: { when: cron(0 3 * * ? *), secrets: [prod/a, prod/b], maxAge: 45d }
  weekly: { when: cron(0 4 ? * SUN *), secrets: [prod/c] }
`

let on: Stage
const names = namesOf('ward')
const topic = `arn:aws:sns:${REGION}:${ACCOUNT}:${namesOf('ward').alertTopic}`
const denied = { action: '*', times: 1_000, kind: 'error', code: 'AccessDenied' } as const

/** A stage where everything is as it should be. */
beforeAll(async () => {
  on = await startStage('ward', YAML)
  for (const name of ['prod/a', 'prod/b', 'prod/c']) await on.secret(name)
  const loaded = parseConfig(on.file, YAML)
  if (!loaded.ok) throw new Error('the config is wrong')
  const demo = { name: '', at: 0, leadSeconds: 0 }
  await createSchedules(loaded.config, on.aws.arnOfFunction(names.rotateFunction), demo)
  const { topics, queues, roleRights } = on.aws.lookUps
  topics.set(topic, [{ SubscriptionArn: `${topic}:1`, Endpoint: 'ops@example.com' }])
  queues.set(namesOf('ward').deadLetterQueue, 0)
  for (const name of ['rotate', 'throw']) roleRights.set(`arn:aws:iam::${ACCOUNT}:role/${name}`, () => true)
  const { states } = recordsIn(names.ledgerTable)
  await states.put({ ranAt: new Date().toISOString(), marks: {} }, 0)
})
afterAll(() => on.stop())

const json = async () => {
  const { code, out } = await runCommand(doctor, ['--json', '--config', on.file], {
    now: new Date().toISOString(),
  })
  return { code, ...JSON.parse(out) }
}

describe('doctor', () => {
  it('finds nothing on a stage in order, and exits 0', async () => {
    const { code, stdout, stderr } = await on.run('doctor')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(
      /^ward {2}account 000000000000, eu-central-1, config [0-9a-f]{12}, zone data 20\d\d[a-z]\nlooked at as arn:/,
    )
    expect(stdout).toMatch(/\n\n39 checks fine, 0 findings, 3 notes, 0 could not be seen\n$/)
  })

  it('never reads a secret, and changes nothing', async () => {
    on.aws.calls.length = 0
    await json()
    const asked = new Set(on.aws.calls.map(({ action }) => action))
    expect([...asked].sort()).toEqual([
      'BatchGetItem',
      'DescribeSecret',
      'GetAccountSettings',
      'GetCallerIdentity',
      'GetFunctionConcurrency',
      'GetFunctionConfiguration',
      'GetItem',
      'GetPolicy',
      'GetQueueAttributes',
      'GetQueueUrl',
      'GetSchedule',
      'ListSchedules',
      'ListSubscriptionsByTopic',
      'Query',
      'SimulatePrincipalPolicy',
    ])
  })

  it('tells a broken stage worst first, for a person: what was seen, why it matters, what to do', async () => {
    const { lookUps, secretsManager } = on.aws
    const undo = secretsManager.secrets.get('prod/c')
    if (!undo) throw new Error('the test is wrong')
    secretsManager.secrets.delete('prod/c')
    lookUps.functions.set('rotate', { configuration: { Timeout: 30 }, policy: null })
    lookUps.queues.set(namesOf('ward').deadLetterQueue, 2)
    const { code, stdout } = await on.run('doctor')
    secretsManager.secrets.set('prod/c', undo)
    lookUps.functions.clear()
    lookUps.queues.set(namesOf('ward').deadLetterQueue, 0)

    expect(code).toBe(1)
    expect(stdout).toMatch(
      /\nBROKEN: [\s\S]*\n {2}secret-exists\n {4}prod\/c: there is no secret of this name[\s\S]*AT RISK: /,
    )
    expect(stdout).toMatch(
      / {2}function-invocable\n {4}rotate: its resource policy does not let Secrets Manager/,
    )
    expect(stdout).toMatch(/ {4}why {3}Secrets Manager invokes the function itself/)
    expect(stdout).toMatch(/ {4}do {4}aws lambda add-permission/)
    expect(stdout).toMatch(/ {2}function-timeout\n {4}rotate: its timeout is 30 s\n/)
    expect(stdout).toMatch(/ {2}dead-letters\n {4}ward: 2 messages in tourbillon-ward-dead-letters\n/)
    expect(stdout).toMatch(/\n\d+ checks fine, 4 findings, 2 notes, 0 could not be seen\n$/)
  })

  it('judges network and rights by what EC2 and IAM answer', async () => {
    const { functions, network, roleRights } = on.aws.lookUps
    const role = `arn:aws:iam::${ACCOUNT}:role/rotate`
    const vpc = { VpcId: 'vpc-1', SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-fn'] }
    functions.set('rotate', { configuration: { VpcConfig: vpc } })
    const all = [{ ipProtocol: '-1', ipRanges: [{ cidrIp: '0.0.0.0/0' }] }]
    const entry = { ipProtocol: 'tcp', fromPort: 443, toPort: 443 }
    const endpointGroup = {
      groupId: 'sg-ep',
      ipPermissions: [{ ...entry, groups: [{ groupId: 'sg-other' }] }],
    }
    network.subnetSet.push({ subnetId: 'subnet-1', cidrBlock: '10.0.1.0/24', vpcId: 'vpc-1' })
    network.securityGroupInfo.push({ groupId: 'sg-fn', ipPermissionsEgress: all }, endpointGroup)
    const igw = [{ destinationCidrBlock: '0.0.0.0/0', gatewayId: 'igw-1', state: 'active' }]
    network.routeTableSet.push({ vpcId: 'vpc-1', associationSet: [{ main: true }], routeSet: igw })
    network.vpcEndpointSet.push({
      ...{ vpcEndpointId: 'vpce-1', vpcId: 'vpc-1', state: 'available', privateDnsEnabled: true },
      serviceName: `com.amazonaws.${REGION}.secretsmanager`,
      ...{ subnetIdSet: ['subnet-1'], groupSet: [{ groupId: 'sg-ep' }] },
    })
    const contexts = new Set<string | undefined>()
    roleRights.set(role, (action, _resource, context) => {
      contexts.add(context.get('secretsmanager:resource/AllowRotationLambdaArn'))
      return action !== 'secretsmanager:UpdateSecretVersionStage'
    })
    const wrong = await json()
    endpointGroup.ipPermissions = [{ ...entry, groups: [{ groupId: 'sg-fn' }] }]
    roleRights.set(role, () => true)
    const right = await json()
    functions.clear()

    expect(wrong.findings).toMatchObject([
      {
        check: 'function-network',
        severity: 'broken',
        symptom: expect.stringMatching(
          /in vpc-1 .*: vpce-1 does not let the function in on 443 \(sg-ep\); no NAT route from subnet-1$/,
        ),
      },
      {
        check: 'function-rights',
        symptom: expect.stringMatching(/UpdateSecretVersionStage on arn:.* and 2 more$/),
      },
    ])
    expect([...contexts]).toEqual([on.aws.arnOfFunction('rotate')])
    expect([right.code, right.findings]).toEqual([0, []])
  })

  it('says what it may not see, and counts none of it as a failure', async () => {
    const services = ['lambda', 'iam', 'sns', 'sqs', 'scheduler', 'dynamodb', 'secretsmanager'] as const
    on.aws.faults.push(...services.map((service) => ({ ...denied, service })))
    const { code, stdout } = await on.run('doctor')
    on.aws.faults.length = 0
    expect(code).toBe(0)
    expect(stdout).toMatch(/COULD NOT BE SEEN: neither fine nor wrong\n/)
    expect(stdout).toMatch(/ {2}alerts of ward: sns:ListSubscriptionsByTopic: not allowed \(AccessDenied\)\n/)
    // Only this computer's clock and zone data are left.
    expect(stdout).toMatch(/\n2 checks fine, 0 findings, \d+ could not be seen\n$/)
  })

  it('finds a stage that is not deployed here, its secrets apart', async () => {
    const other = YAML.replaceAll('prod/', 'test/')
    const { code, stdout } = await doctorOn('nowhere', other)
    expect(code).toBe(1)
    for (const check of ['ledger', 'orchestrator', 'schedule', 'secret-exists'])
      expect(stdout).toMatch(new RegExp(`BROKEN(.|\n)*\n {2}${check}\n(.|\n)*AT RISK`))
    expect(stdout).toMatch(/secret-exists\n {4}test\/a: there is no secret of this name/)
  })

  it('finds what rotations have left behind: a stuck version, a failure, a hold', async () => {
    const { ledger, holds } = recordsIn(names.ledgerTable)
    await on.secret('prod/d', 'throw')
    await on.secretsManager.send(
      new RotateSecretCommand({ SecretId: 'prod/d', ClientRequestToken: 'd'.repeat(32) }),
    )
    const yaml = YAML.replace('[prod/c]', '[prod/c, prod/d]')
    const at = new Date(Date.now() - 3_600_000).toISOString()
    const claim: Claim = {
      ...{ rotationId: 'e'.repeat(32), schedule: 'weekly', secret: 'prod/d', secretName: 'prod/d' },
      ...{ scheduledAt: at, trigger: 'SCHEDULE', claimedAt: at, executionArn: 'x', configVersion: 'y' },
    }
    await ledger.record(claim, { at, settledAt: at, status: 'TIMED_OUT', reason: 'PENDING_VERSION_STUCK' })
    await holds.place({
      id: 'aaa-aaa-aaa',
      scope: 'secret/prod/d',
      by: 'mei@ops1',
      reason: 'incident 4711',
      placedAt: at,
    })
    const file = on.file.replace('ward.yml', 'x/ward.yml')
    const found = await doctorOn('ward', yaml, file)
    await holds.release('secret/prod/d', 'aaa-aaa-aaa', 'mei@ops1', new Date().toISOString())
    const checks = found.findings
      .filter(({ subject }) => subject.includes('prod/d'))
      .map(({ check }) => check)
    expect(checks).toEqual(['pending-stuck', 'hold', 'last-rotation'])
  })

  it('--json has everything, and a clock that is wrong is found', async () => {
    const { code, out } = await runCommand(doctor, ['--json', '--config', on.file], {
      now: new Date(Date.now() + 90_000).toISOString(),
    })
    const answer = JSON.parse(out)
    expect(code).toBe(1)
    expect(answer).toMatchObject({ stage: 'ward', account: ACCOUNT, region: REGION, ok: false, unseen: [] })
    expect(answer.findings).toMatchObject([{ check: 'clock', severity: 'risk', subject: 'ward' }])
    expect(answer.findings[0].symptom).toMatch(/^it is (89|90|91) s ahead of AWS’s$/)
  })

  it.each([
    [2, ['doctor'], {}, /which stage\?/],
    [2, ['doctor', 'prod'], {}, /did you mean --stage prod\?/],
    [
      2,
      ['doctor', '--config', 'FILE'],
      { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9' },
      /could not ask AWS who you are.*\n.*nothing answers there/,
    ],
    [
      2,
      ['doctor', '--config', 'FILE'],
      { AWS_ACCESS_KEY_ID: '' },
      /could not ask AWS who you are[\s\S]*log in to AWS first/,
    ],
  ])('exits %i for %j where it cannot run', async (expected, args, env, message) => {
    const given = args.map((it) => (it === 'FILE' ? on.file : it))
    const { code, stdout, stderr } = await tourbillon(given, { env: { ...on.aws.env, ...env } })
    expect([code, stdout]).toEqual([expected, ''])
    expect(stderr).toMatch(message)
  })
})

/** On another config than the stage's own. */
async function doctorOn(stage: string, yaml: string, file = on.file.replace('ward.yml', `${stage}.yml`)) {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, yaml)
  const text = await tourbillon(['doctor', '--config', file])
  const { stdout } = await tourbillon(['doctor', '--json', '--config', file])
  const { findings } = JSON.parse(stdout) as { findings: { check: string; subject: string }[] }
  return { code: text.code, stdout: text.stdout, findings }
}
