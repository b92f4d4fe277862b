import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  type ListSchedulesCommandInput,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler'
import { describe, expect, it } from 'vitest'
import type { LocalAwsOptions } from '../../../src/local/aws.ts'
import { clientConfig, localAws, until } from '../fixture.ts'

const INPUT = JSON.stringify({
  arn: '<aws.scheduler.schedule-arn>',
  at: '<aws.scheduler.scheduled-time>',
  id: '<aws.scheduler.execution-id>',
  attempt: '<aws.scheduler.attempt-number>',
})

const AT = '2026-11-25T03:00:00'

async function fixture(options: LocalAwsOptions = {}) {
  const { instant, now, start } = clockBefore(AT)
  const aws = await localAws({ now, jitterMs: () => 0, deliveryRetryMs: 2, ...options })
  const client = new SchedulerClient(clientConfig(aws))
  const fired: { received: number; event: { arn: string; at: string; id: string; attempt: string } }[] = []
  aws.functions.set('target', async (event) => {
    fired.push({ received: now(), event: event as (typeof fired)[number]['event'] })
  })
  const definition = (name: string, ScheduleExpression: string, target: object = {}) => ({
    Name: name,
    ScheduleExpression,
    FlexibleTimeWindow: { Mode: 'OFF' as const },
    Target: {
      Arn: aws.arnOfFunction('target'),
      RoleArn: 'arn:aws:iam::000000000000:role/scheduler',
      Input: INPUT,
      ...target,
    },
  })
  return { aws, client, fired, definition, instant, now, start }
}

/** A clock that stands 100 ms before an instant until it is started: however slow the machine is, nothing is late. */
function clockBefore(text: string) {
  const instant = Date.parse(`${text}Z`)
  let shift: number | undefined
  return {
    instant,
    now: () => (shift === undefined ? instant - 100 : Date.now() + shift),
    start: () => {
      shift = instant - 100 - Date.now()
    },
  }
}

describe('a schedule fires', () => {
  it('at its instant, with the context attributes filled in, and is deleted after it where it says so', async () => {
    const { client, fired, definition, instant, start } = await fixture()
    const { ScheduleArn } = await client.send(
      new CreateScheduleCommand({ ...definition('once', `at(${AT})`), ActionAfterCompletion: 'DELETE' }),
    )
    start()
    await until(() => fired.length > 0, 'it did not fire')
    expect(fired).toEqual([
      {
        received: expect.any(Number),
        event: {
          arn: ScheduleArn,
          at: `${AT}Z`,
          id: expect.stringMatching(/^[0-9a-f]{16}$/),
          attempt: '1',
        },
      },
    ])
    expect((fired[0]?.received ?? 0) - instant).toBeGreaterThanOrEqual(0)
    expect((fired[0]?.received ?? 0) - instant).toBeLessThan(1000)
    expect((await client.send(new ListSchedulesCommand({}))).Schedules).toEqual([])
  })

  it('later by the jitter, and says its scheduled instant all the same', async () => {
    const { client, fired, definition, instant, start } = await fixture({ jitterMs: () => 200 })
    await client.send(new CreateScheduleCommand(definition('once', `at(${AT})`)))
    start()
    await until(() => fired.length > 0, 'it did not fire')
    expect((fired[0]?.received ?? 0) - instant).toBeGreaterThanOrEqual(200)
    expect(fired[0]?.event.at).toBe(`${AT}Z`)
    expect((await client.send(new GetScheduleCommand({ Name: 'once' }))).Name).toBe('once')
  })

  it('in its time zone', async () => {
    const { client, fired, definition, instant, start } = await fixture()
    const tokyo = new Date(instant + 9 * 3_600_000).toISOString().slice(0, 19)
    await client.send(
      new CreateScheduleCommand({
        ...definition('z', `at(${tokyo})`),
        ScheduleExpressionTimezone: 'Asia/Tokyo',
      }),
    )
    start()
    await until(() => fired.length > 0, 'it did not fire')
    expect(fired[0]?.event.at).toBe(`${AT}Z`)
  })

  it('not when it is disabled, deleted, or moved before', async () => {
    const { client, fired, definition, instant, now, start } = await fixture()
    for (const name of ['disabled', 'deleted', 'moved', 'kept']) {
      await client.send(new CreateScheduleCommand(definition(name, `at(${AT})`)))
    }
    await client.send(
      new UpdateScheduleCommand({ ...definition('disabled', `at(${AT})`), State: 'DISABLED' }),
    )
    await client.send(new UpdateScheduleCommand(definition('moved', 'at(2099-01-01T00:00:00)')))
    await client.send(new DeleteScheduleCommand({ Name: 'deleted' }))
    start()
    await until(() => fired.length > 0 && now() > instant + 50, 'it did not fire')
    expect(fired.map((it) => it.event.arn.split('/').at(-1))).toEqual(['kept'])
  })

  it('again while the target refuses, then into the dead-letter queue', async () => {
    const { aws, client, fired, definition, start } = await fixture()
    aws.faults.push({
      service: 'scheduler',
      action: 'Deliver',
      times: 1,
      kind: 'throttle',
      match: (input) => (input as { schedule: string }).schedule === 'throttled',
    })
    const queue = 'arn:aws:sqs:eu-central-1:000000000000:dead'
    const dead = {
      Arn: aws.arnOfFunction('nobody'),
      RetryPolicy: { MaximumRetryAttempts: 2 },
      DeadLetterConfig: { Arn: queue },
    }
    await client.send(new CreateScheduleCommand(definition('throttled', `at(${AT})`)))
    await client.send(new CreateScheduleCommand(definition('dead', `at(${AT})`, dead)))
    start()
    await until(() => fired.length > 0 && aws.deadLetters.length > 0, 'not fired or no dead letter')
    expect(fired.map((it) => it.event.attempt)).toEqual(['2'])
    expect(aws.deadLetters).toEqual([
      {
        queueArn: queue,
        body: expect.stringContaining('"attempt":"3"'),
        attributes: expect.objectContaining({
          ERROR_CODE: 'ResourceNotFoundException',
          RETRY_ATTEMPTS: '2',
          EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
          SCHEDULED_TIME: `${AT}Z`,
        }),
      },
    ])
  })

  it.each(['duplicate', 'lost-response'] as const)('twice after a %s', async (kind) => {
    const { aws, client, fired, definition, start } = await fixture()
    aws.faults.push({ service: 'scheduler', action: 'Deliver', times: 1, kind })
    await client.send(new CreateScheduleCommand(definition('twice', `at(${AT})`)))
    start()
    await until(() => fired.length === 2, 'it did not fire twice')
    expect(new Set(fired.map((it) => it.event.at))).toEqual(new Set([`${AT}Z`]))
  })
})

describe('the API', () => {
  it('replaces a schedule as a whole on update', async () => {
    const { client, definition } = await fixture()
    const first = {
      ...definition('s', 'cron(0 3 ? * SUN *)'),
      ScheduleExpressionTimezone: 'Asia/Tokyo',
      Description: 'nightly',
      State: 'DISABLED' as const,
      StartDate: new Date('2099-01-01T00:00:00Z'),
    }
    await client.send(new CreateScheduleCommand(first))
    expect(await client.send(new GetScheduleCommand({ Name: 's' }))).toMatchObject({
      ScheduleExpressionTimezone: 'Asia/Tokyo',
      Description: 'nightly',
      State: 'DISABLED',
      StartDate: new Date('2099-01-01T00:00:00Z'),
    })
    await client.send(new UpdateScheduleCommand(definition('s', 'rate(3 days)')))
    const after = await client.send(new GetScheduleCommand({ Name: 's' }))
    expect(after).toMatchObject({
      GroupName: 'default',
      ScheduleExpression: 'rate(3 days)',
      ScheduleExpressionTimezone: 'UTC',
      State: 'ENABLED',
      ActionAfterCompletion: 'NONE',
      Target: { Input: INPUT, RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 } },
    })
    expect(after).not.toHaveProperty('Description')
    expect(after).not.toHaveProperty('StartDate')
  })

  it('refuses a StartDate of more than five minutes ago, on updates too', async () => {
    const { client, definition, now } = await fixture()
    const minutesAgo = (minutes: number) => new Date(now() - minutes * 60_000)
    const old = { ...definition('s', 'rate(5 days)'), StartDate: minutesAgo(6) }
    const refused = /StartDate you specify cannot be earlier than 5 minutes ago/
    await expect(client.send(new CreateScheduleCommand(old))).rejects.toThrow(refused)
    await client.send(new CreateScheduleCommand({ ...old, StartDate: minutesAgo(4) }))
    await expect(client.send(new UpdateScheduleCommand(old))).rejects.toThrow(refused)
  })

  it('is idempotent by client token, and refuses a second schedule of a name', async () => {
    const { client, definition } = await fixture()
    const input = { ...definition('s', 'rate(1 hour)'), ClientToken: 'mine' }
    const { ScheduleArn } = await client.send(new CreateScheduleCommand(input))
    expect((await client.send(new CreateScheduleCommand(input))).ScheduleArn).toBe(ScheduleArn)
    await expect(
      client.send(new CreateScheduleCommand({ ...input, ClientToken: 'yours' })),
    ).rejects.toMatchObject({
      name: 'ConflictException',
    })
  })

  it('lists by group, prefix and state, page by page', async () => {
    const { client, definition } = await fixture()
    await client.send(new CreateScheduleGroupCommand({ Name: 'prod' }))
    for (const name of ['a-1', 'a-2', 'a-3', 'b-1']) {
      await client.send(new CreateScheduleCommand({ ...definition(name, 'rate(1 hour)'), GroupName: 'prod' }))
    }
    await client.send(new CreateScheduleCommand({ ...definition('a-1', 'rate(1 hour)'), State: 'DISABLED' }))
    const list = async (input: ListSchedulesCommandInput) => {
      const { Schedules = [], NextToken } = await client.send(new ListSchedulesCommand(input))
      return { names: Schedules.map((it) => `${it.GroupName}/${it.Name}`), NextToken }
    }
    expect((await list({})).names).toHaveLength(5)
    expect((await list({ State: 'DISABLED' })).names).toEqual(['default/a-1'])
    const page = await list({ GroupName: 'prod', NamePrefix: 'a-', MaxResults: 2 })
    expect(page.names).toEqual(['prod/a-1', 'prod/a-2'])
    expect(
      await list({ GroupName: 'prod', NamePrefix: 'a-', MaxResults: 2, NextToken: page.NextToken ?? '' }),
    ).toEqual({
      names: ['prod/a-3'],
      NextToken: undefined,
    })
  })

  it('has groups, which take their schedules with them', async () => {
    const { client, definition } = await fixture()
    await client.send(new CreateScheduleGroupCommand({ Name: 'g' }))
    await expect(client.send(new CreateScheduleGroupCommand({ Name: 'g' }))).rejects.toMatchObject({
      name: 'ConflictException',
    })
    await client.send(new CreateScheduleCommand({ ...definition('s', 'rate(1 hour)'), GroupName: 'g' }))
    expect((await client.send(new GetScheduleGroupCommand({ Name: 'g' }))).State).toBe('ACTIVE')
    await client.send(new DeleteScheduleGroupCommand({ Name: 'g' }))
    expect((await client.send(new ListSchedulesCommand({}))).Schedules).toEqual([])
    const { ScheduleGroups = [] } = await client.send(new ListScheduleGroupsCommand({}))
    expect(ScheduleGroups.map((it) => it.Name)).toEqual(['default'])
    for (const [Name, name] of [
      ['g', 'ResourceNotFoundException'],
      ['default', 'ValidationException'],
    ]) {
      await expect(client.send(new DeleteScheduleGroupCommand({ Name }))).rejects.toMatchObject({ name })
    }
  })

  it.each([
    ['cron(0 1 * * * *)', /^Invalid Schedule Expression cron\(0 1 \* \* \* \*\)\.$/],
    ['cron(71 8 1 * ? *)', /^Invalid Schedule Expression/],
    ['rate(10 seconds)', /^Invalid Schedule Expression/],
    ['at(2026-01-01T00:00:00Z)', /^Invalid Schedule Expression/],
  ])('refuses %s in AWS words', async (expression, message) => {
    const { client, definition } = await fixture()
    await expect(client.send(new CreateScheduleCommand(definition('s', expression)))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(message),
    })
  })

  it.each([
    ['a name with a slash', { Name: 'a/b' }, 'ValidationException'],
    ['a long name', { Name: 'x'.repeat(65) }, 'ValidationException'],
    ['a zone that is none', { ScheduleExpressionTimezone: 'Europe/Atlantis' }, 'ValidationException'],
    ['a group that is not there', { GroupName: 'none' }, 'ResourceNotFoundException'],
    [
      'a flexible window',
      { FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 } },
      'LocalAwsUnsupported',
    ],
    ['a key', { KmsKeyArn: 'arn:aws:kms:eu-central-1:000000000000:key/k' }, 'LocalAwsUnsupported'],
    [
      'a target that is no function',
      { target: { Arn: 'arn:aws:sqs:eu-central-1:000000000000:q' } },
      'LocalAwsUnsupported',
    ],
    ['an input that is not JSON', { target: { Input: 'hello' } }, 'ValidationException'],
    ['186 retries', { target: { RetryPolicy: { MaximumRetryAttempts: 186 } } }, 'ValidationException'],
  ])('refuses %s', async (_, change, name) => {
    const { target, ...rest } = { target: {}, ...change }
    const { client, definition } = await fixture()
    const input = { ...definition('s', 'rate(1 hour)', target), ...rest }
    await expect(
      client.send(new CreateScheduleCommand(input as CreateScheduleCommandInput)),
    ).rejects.toMatchObject({ name })
  })

  it.each([
    ['GetSchedule', new GetScheduleCommand({ Name: 'none' })],
    ['DeleteSchedule', new DeleteScheduleCommand({ Name: 'none' })],
  ])('%s of nothing is not found', async (_, command) => {
    const { client } = await fixture()
    await expect(client.send(command as GetScheduleCommand)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Schedule none does not exist.',
    })
  })
})
