import { randomUUID } from 'node:crypto'
import {
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'
import {
  ListDurableExecutionsByFunctionCommand,
  PublishVersionCommand,
  StopDurableExecutionCommand,
} from '@aws-sdk/client-lambda'
import { describe, expect, test } from 'vitest'
import { verifyNames } from '../../../src/verify/names.ts'
import { until } from '../fixture.ts'
import { leftOver } from './left-over.ts'
import { ID, stackFixture, template } from './stand-in.ts'

const names = verifyNames(ID)

describe('a stack', () => {
  test('is made in a while, and removed without a trace', async () => {
    const { aws, create, become, remove, cloudformation } = await stackFixture({ stackStepMs: 5 })
    const { StackId = '' } = await create()
    const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName: names.stack }))
    expect(Stacks).toMatchObject([
      { StackStatus: 'CREATE_IN_PROGRESS', Tags: [{ Key: 'made', Value: 'now' }] },
    ])
    await expect(create()).rejects.toThrow(/already exists/)
    await become('CREATE_COMPLETE')
    expect(await leftOver(aws)).toContain(names.probe)
    await remove()
    await become('DELETE_COMPLETE', StackId)
    expect(await leftOver(aws)).toEqual([])
    await expect(cloudformation.send(new DescribeStacksCommand({ StackName: names.stack }))).rejects.toThrow(
      `Stack with id ${names.stack} does not exist`,
    )
  })

  test('whose resource fails is rolled back, and says which', async () => {
    const { aws, create, become, cloudformation } = await stackFixture()
    aws.faults.push({
      ...{ service: 'cloudformation', action: 'Create AWS::Scheduler::ScheduleGroup', times: 1 },
      ...{ kind: 'error', message: 'no more groups' },
    })
    await create()
    await become('ROLLBACK_COMPLETE')
    const { StackEvents = [] } = await cloudformation.send(
      new DescribeStackEventsCommand({ StackName: names.stack }),
    )
    expect(StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED')).toMatchObject({
      ResourceType: 'AWS::Scheduler::ScheduleGroup',
      ResourceStatusReason: 'no more groups',
    })
    expect(await leftOver(aws)).toEqual([])
  })

  test('may fail to be removed, and is removed by a second try', async () => {
    const { aws, create, become, remove } = await stackFixture()
    await create()
    await become('CREATE_COMPLETE')
    aws.faults.push({ service: 'cloudformation', action: 'Delete AWS::IAM::Role', times: 1, kind: 'error' })
    await remove()
    await become('DELETE_FAILED')
    expect(await leftOver(aws)).toHaveLength(1)
    await remove()
    await until(async () => (await leftOver(aws)).length === 0, 'something is left')
  })

  test('refuses what it does not know, and roles without a capability', async () => {
    const { cloudformation, create } = await stackFixture()
    await expect(create('{"Resources":{"A":{"Type":"AWS::S3::Bucket"}}}')).rejects.toThrow(/AWS::S3::Bucket/)
    await expect(create('{"Resources":{},"Mappings":{}}')).rejects.toThrow(/Mappings/)
    await expect(create(`{"Description":"${'x'.repeat(51_200)}"}`)).rejects.toThrow(/51200/)
    await expect(
      cloudformation.send(new CreateStackCommand({ StackName: 'a', TemplateBody: template })),
    ).rejects.toThrow(/CAPABILITY_NAMED_IAM/)
  })
})

describe('its functions run the code that was sent', () => {
  test('a rotation, and all that is told of it', async () => {
    const { create, become, send, invoke, arrivals } = await stackFixture()
    await create()
    await become('CREATE_COMPLETE')
    await Promise.all([send(names.rotation), send(names.probe), send(names.seen)])
    const token = randomUUID()
    const { said } = await invoke(names.probe, { do: 'rotate', secret: names.secret('ok'), token })
    expect(said).toMatchObject({ versionId: token })
    await invoke(names.probe, { do: 'rotate', secret: names.secret('fails'), token: randomUUID() })
    await invoke(names.probe, { do: 'tell', text: `a text of ${names.stack}` })
    const wanted = [/finishSecret/, /Secret Label Updated/, /RotationFailed/, /Verify Test/, /a text of/]
    await until(async () => {
      const all = (await arrivals()).join('\n')
      return wanted.every((it) => it.test(all))
    }, 'not all has arrived')
  })

  test('durable executions: versions, a child that fails, one that is stopped, alarms and dead letters', async () => {
    const { aws, lambda, create, become, send, invoke, arrivals } = await stackFixture()
    await create()
    await become('CREATE_COMPLETE')
    await Promise.all([send(names.durable), send(names.durableToo), send(names.seen)])
    for (const FunctionName of [names.durable, names.durableToo]) {
      const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName }))
      expect(Version).toBe('1')
    }
    const asynchronously = { InvocationType: 'Event', Qualifier: '1' }
    await invoke(names.durable, { run: 'a', do: 'parent', of: 'fail', version: '1' }, asynchronously)
    await invoke(names.durableToo, { run: 'b', do: 'fail' }, asynchronously)
    const { DurableExecutionArn } = await invoke(
      names.durableToo,
      { run: 'c', do: 'sleep', seconds: 600 },
      asynchronously,
    )
    await until(async () => (await arrivals()).some((it) => it.includes('#c#sleep#began')), 'no sleeper')
    const running = await lambda.send(
      new ListDurableExecutionsByFunctionCommand({ FunctionName: names.durableToo, Statuses: ['RUNNING'] }),
    )
    expect(running.DurableExecutions?.map((it) => it.DurableExecutionArn)).toContain(DurableExecutionArn)
    await lambda.send(new StopDurableExecutionCommand({ DurableExecutionArn }))
    const wanted = [
      /execution#a#parent#ended.*fails, as it is to/,
      /DurableExecutionFailed/,
      /DurableExecutionStopped/,
      /ErrorMessage.*fails, as it is to/,
      /status\W+STOPPED/,
    ]
    const missing = async () => {
      const all = (await arrivals()).join('\n')
      return wanted.filter((it) => !it.test(all))
    }
    await until(async () => (await missing()).length === 0, 'not all has arrived')
    const ends = () => [...aws.executions.values()].map(({ ended }) => ended?.status).sort()
    await until(() => !ends().includes(undefined), 'an execution does not end')
    expect(ends()).toEqual(['FAILED', 'FAILED', 'STOPPED', 'SUCCEEDED'])
  })
})
