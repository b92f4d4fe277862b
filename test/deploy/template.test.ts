import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { capacityOf } from '../../src/deploy/capacity.ts'
import type { Resource } from '../../src/deploy/template.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import { DEEP } from '../deep.ts'
import { entry } from '../schedules/entry.ts'
import { ALLOWED, ARN, own, statementsOf } from './permissions.ts'
import { type Packaged, serverlessPackage } from './service.ts'

const CONFIG = `
stage: { reservedConcurrency: 20 }
defaults: { timezone: Asia/Tokyo }
schedules:
  orders-db:
    when: cron(0 3 ? * SUN *)
    secrets: [prod/orders/db, ${ARN}]
    precision: second
    notify: { sns: ops-oncall }
  month-end:
    when: cron(30 2 L * ? *)
    timezone: Europe/London
    window: 10m
    enabled: false
    secrets: [prod/orders/db, prod/reports/db]
    notify: { on: [failure, success], sns: 'arn:aws:sns:us-east-1:123456789012:reports' }
    consumers: [{ ecs: shop/orders-api }, { observe: reports }]
    after:
      - { invoke: refresh-cache, timeout: 1m }
      - { invoke: 'arn:aws:lambda:us-east-1:123456789012:function:smoke-test:live', timeout: 1m }
`

let packaged: Packaged
let refused: Packaged
let unruly: Packaged
let resources: Record<string, Resource>
beforeAll(async () => {
  const broken = CONFIG.replace('cron(0 3 ? * SUN *)', 'cron(0 3 * * SUN *)')
  ;[packaged, refused, unruly] = await Promise.all([
    serverlessPackage('prod', CONFIG),
    serverlessPackage('broken', broken),
    serverlessPackage(
      'unruly',
      `rules: [{ name: four-eyes, schedules: [orders-db], approval: true }]\n${CONFIG}`,
    ),
  ])
  resources = packaged.template?.Resources ?? {}
})

describe('serverless package', () => {
  it('works without credentials, and says what it made', () => {
    expect(packaged.stderr).toContain('Service packaged')
    expect(packaged.stderr).toMatch(/Config config\/prod\.yml: version [0-9a-f]{12}, 2 schedules/)
    expect(packaged.code).toBe(0)
  })

  it('makes the functions by the names that everything else knows', () => {
    const names = namesOf('prod')
    const functions = ofType('AWS::Lambda::Function').map(({ Properties }) => Properties.FunctionName)
    expect(functions.sort()).toEqual([
      names.auditFunction,
      names.handoverFunction,
      names.observeFunction,
      names.rotateFunction,
      names.rotateNowFunction,
    ])
    expect(`${names.rotateFunction}:${resources.RotateDurableLambdaAlias?.Properties.Name}`).toBe(
      names.rotateAlias,
    )
    expect(resources.RotateLambdaFunction?.Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      DurableConfig: { ExecutionTimeout: 1_209_600, RetentionPeriodInDays: 30 },
      Environment: { Variables: { TOURBILLON_ALERT_TOPIC: { Ref: 'AlertTopic' } } },
    })
    expect(`${names.handoverFunction}:${resources.HandoverDurableLambdaAlias?.Properties.Name}`).toBe(
      names.handoverAlias,
    )
    expect(resources.HandoverLambdaFunction?.Properties).toMatchObject({
      Role: { 'Fn::GetAtt': ['HandoverRole', 'Arn'] },
      DurableConfig: { ExecutionTimeout: 86_400 },
    })
    for (const group of ofType('AWS::Logs::LogGroup')) expect(group.Properties.RetentionInDays).toBe(400)
  })

  it('deploys the audit after the orchestrator, which its policy is for', () => {
    expect(resources.AuditLambdaFunction?.DependsOn).toContain('RotateDurableLambdaAlias')
  })

  it('keeps the ledger', () => {
    expect(resources.LedgerTable).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        TableName: namesOf('prod').ledgerTable,
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      },
    })
  })

  it('makes a schedule of each entry and companion, which may invoke the alias and nothing else', () => {
    const schedules = ofType('AWS::Scheduler::Schedule').map(({ Properties }) => Properties)
    expect(schedules.map(({ Name, ScheduleExpression, State }) => [Name, ScheduleExpression, State])).toEqual(
      [
        ['orders-db', 'cron(0 3 ? * SUN *)', 'ENABLED'],
        ['_early.orders-db', 'cron(58 2 ? * SUN *)', 'ENABLED'],
        ['month-end', 'cron(30 2 L * ? *)', 'DISABLED'],
      ],
    )
    expect(schedules[2]).toEqual({
      Name: 'month-end',
      GroupName: { Ref: 'ScheduleGroup' },
      Description: expect.stringMatching(/^Tourbillon prod: 2 secrets, config [0-9a-f]{12}$/),
      ScheduleExpression: 'cron(30 2 L * ? *)',
      ScheduleExpressionTimezone: 'Europe/London',
      State: 'DISABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: { Ref: 'RotateDurableLambdaAlias' },
        RoleArn: { 'Fn::GetAtt': ['SchedulerRole', 'Arn'] },
        Input: '{"schedule":"month-end","scheduledAt":"<aws.scheduler.scheduled-time>"}',
        RetryPolicy: { MaximumEventAgeInSeconds: 600, MaximumRetryAttempts: 185 },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['DeadLetterQueue', 'Arn'] } },
      },
    })
  })

  it('lets a delivery wait, where Lambda is full, no longer than the longest window', () => {
    const aged = ofType('AWS::Lambda::EventInvokeConfig')
      .map(({ Properties }) => Properties)
      .filter(({ MaximumEventAgeInSeconds }) => MaximumEventAgeInSeconds !== undefined)
    expect(aged).toMatchObject([
      { MaximumEventAgeInSeconds: 1_800, FunctionName: { Ref: 'RotateLambdaFunction' } },
    ])
  })

  it('tells the alert topic of every alarm, and of its end', () => {
    const alarms = ofType('AWS::CloudWatch::Alarm').map(({ Properties }) => Properties)
    expect(alarms.map(({ AlarmName }) => AlarmName)).toEqual([
      'tourbillon-prod-rotation-failed',
      'tourbillon-prod-rotation-timed-out',
      'tourbillon-prod-gate-unreadable',
      'tourbillon-prod-missed',
      'tourbillon-prod-lost-runs',
      'tourbillon-prod-overdue',
      'tourbillon-prod-audit-silent',
      'tourbillon-prod-audit-incomplete',
      'tourbillon-prod-unannounced',
      'tourbillon-prod-undelivered',
      'tourbillon-prod-scheduler-dropped',
      'tourbillon-prod-executions-failed',
      'tourbillon-prod-executions-timed-out',
      'tourbillon-prod-executions-stopped',
      'tourbillon-prod-orchestrator-errors',
      'tourbillon-prod-orchestrator-throttled',
      'tourbillon-prod-rotate-now-errors',
      'tourbillon-prod-audit-errors',
      'tourbillon-prod-observe-errors',
    ])
    for (const { AlarmActions, OKActions } of alarms) {
      expect([AlarmActions, OKActions]).toEqual([[{ Ref: 'AlertTopic' }], [{ Ref: 'AlertTopic' }]])
    }
  })

  it('audits every five minutes, and alarms where that stops', () => {
    const rules = ofType('AWS::Events::Rule').map(({ Properties }) => Properties)
    expect(rules).toMatchObject([
      { ScheduleExpression: 'rate(5 minutes)', State: 'ENABLED' },
      {
        EventPattern: {
          source: ['aws.secretsmanager'],
          'detail-type': ['Secret Label Updated', 'AWS Service Event via CloudTrail'],
        },
        State: 'ENABLED',
      },
      {
        EventPattern: {
          source: ['aws.lambda'],
          'detail-type': ['Durable Execution Status Change'],
          detail: {
            status: ['FAILED', 'TIMED_OUT', 'STOPPED'],
            functionArn: [
              { prefix: { 'Fn::Sub': expect.stringMatching(/:function:tourbillon-prod-rotate$/) } },
            ],
          },
        },
        Targets: [{ Arn: { 'Fn::GetAtt': ['ObserveLambdaFunction', 'Arn'] } }],
      },
    ])
    const silent = ofType('AWS::CloudWatch::Alarm').find(({ Properties }) =>
      /audit-silent/.test(String(Properties.AlarmName)),
    )
    expect(silent?.Properties).toMatchObject({
      MetricName: 'Audits',
      Statistic: 'Sum',
      Period: 300,
      EvaluationPeriods: 3,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'missing',
      InsufficientDataActions: [{ Ref: 'AlertTopic' }],
    })
  })

  it.runIf(DEEP)('passes cfn-lint, where that is installed', async ({ skip, onTestFinished }) => {
    const lint = promisify(execFile)
    const present = await lint('cfn-lint', ['--version']).then(
      () => true,
      () => false,
    )
    if (!present) return skip('cfn-lint is not installed')
    const file = join(tmpdir(), `tourbillon-template-${process.pid}.json`)
    onTestFinished(() => rm(file, { force: true }))
    await writeFile(file, JSON.stringify(packaged.template))
    // W3005: osls writes a DependsOn beside each reference that implies it.
    const { stdout } = await lint('cfn-lint', ['--ignore-checks', 'W3005', '--', file])
    expect(stdout).toBe('')
  })
})

describe('permissions in the packaged template', () => {
  it('are these, and no others', () => {
    const granting = Object.entries(resources).filter(([, { Type }]) => Type.startsWith('AWS::IAM::'))
    expect(granting.map(([id]) => id).sort()).toEqual(Object.keys(ALLOWED).sort())
    for (const [id, resource] of granting)
      expect({ [id]: statementsOf(resource) }).toEqual({ [id]: ALLOWED[id] })
  })

  it('let nobody but Lambda and this group’s schedules use the roles', () => {
    const trust = (id: string) => resources[id]?.Properties.AssumeRolePolicyDocument
    const lambda = {
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: 'sts:AssumeRole',
    }
    for (const id of ['RotateRole', 'RotateNowRole', 'AuditRole', 'ObserveRole', 'HandoverRole'])
      expect(trust(id)).toEqual({ Version: '2012-10-17', Statement: [lambda] })
    expect(trust('SchedulerRole')).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'scheduler.amazonaws.com' },
          Action: 'sts:AssumeRole',
          Condition: {
            StringEquals: {
              'aws:SourceAccount': { Ref: 'AWS::AccountId' },
              'aws:SourceArn': own('scheduler', 'schedule-group/tourbillon-prod'),
            },
          },
        },
      ],
    })
  })

  it('come by no other way: one role a function, and who may call: the audit’s rule, the observer’s', () => {
    const roles = Object.values(resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map(({ Properties }) => Properties.Role)
    expect(roles).toEqual([
      { 'Fn::GetAtt': ['RotateRole', 'Arn'] },
      { 'Fn::GetAtt': ['RotateNowRole', 'Arn'] },
      { 'Fn::GetAtt': ['AuditRole', 'Arn'] },
      { 'Fn::GetAtt': ['ObserveRole', 'Arn'] },
      { 'Fn::GetAtt': ['HandoverRole', 'Arn'] },
    ])
    expect(resources.RotateRole?.Properties.ManagedPolicyArns).toEqual([{ Ref: 'RotateSecretsPolicy1' }])
    expect(resources.RotateNowRole?.Properties.ManagedPolicyArns).toBeUndefined()
    const policies = Object.entries(resources).filter(([, { Type }]) => /Policy|Permission/.test(Type))
    expect(policies.map(([id]) => id).sort()).toEqual([
      'AuditLambdaPermissionEventsRuleSchedule1',
      'DescribeSecretsPolicy1',
      'ObserveEventBridgeLambdaPermission1',
      'RotateSecretsPolicy1',
      'RunEndsPermission',
      'ServerlessDeploymentBucketPolicy',
    ])
    const callers = policies.filter(([, { Type }]) => Type === 'AWS::Lambda::Permission')
    for (const [, { Properties }] of callers) {
      expect(Properties).toMatchObject({ Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com' })
      // One rule's, not any rule's of whatever account.
      expect(JSON.stringify(Properties.SourceArn)).toMatch(/Rule|rule/)
    }
  })
})

describe('what Lambda keeps free', () => {
  it('is what the setting says, and one for the audit that makes good what waits', () => {
    const functions = Object.fromEntries(
      ofType('AWS::Lambda::Function').map(({ Properties: it }) => [
        String(it.FunctionName),
        it.ReservedConcurrentExecutions,
      ]),
    )
    expect(functions).toEqual({
      'tourbillon-prod-rotate': 20,
      'tourbillon-prod-rotateNow': undefined,
      'tourbillon-prod-audit': 1,
      'tourbillon-prod-observe': undefined,
    })
  })

  it('waits for the longest window of all schedules', () => {
    const schedules = [600, 3_600, 30].map((windowSeconds) => ({ ...entry(), windowSeconds }))
    const config = { stage: 'dev', version: '1a2b3c4d5e6f', freezes: [], schedules }
    expect(capacityOf(config, {}).audit).toEqual({})
    expect(capacityOf(config, {}).rotate).toEqual({ maximumEventAge: 3_600 })
    // Lambda keeps an event for six hours at most.
    const long = { ...config, schedules: [{ ...entry(), windowSeconds: 28_800 }] }
    expect(capacityOf(long, {}).rotate).toEqual({ maximumEventAge: 21_600 })
  })
})

describe('an invalid config', () => {
  it('stops the package with the lines of npx aws-tourbillon validate', () => {
    expect(refused.code).toBe(1)
    expect(refused.template).toBeUndefined()
    const output = refused.stdout + refused.stderr
    expect(output).toMatch(/config\/broken\.yml:6:\d+ {2}error {2}schedules\.orders-db\.when: /)
    expect(output).toContain('nothing was deployed')
    expect(output).not.toContain('plugin.ts')
  })

  it('is one that does not keep to its rules, too', () => {
    expect(unruly.code).toBe(1)
    expect(unruly.template).toBeUndefined()
    const output = unruly.stdout + unruly.stderr
    expect(output).toMatch(
      /config\/unruly\.yml:6:3 {2}error {2}schedules\.orders-db\.approval: rule "four-eyes": /,
    )
    expect(output).toContain('nothing was deployed')
  })
})

function ofType(type: string): Resource[] {
  return Object.values(resources).filter(({ Type }) => Type === type)
}
