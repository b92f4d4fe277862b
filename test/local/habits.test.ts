import { randomUUID } from 'node:crypto'
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler'
import { describe, expect, test } from 'vitest'
import type { BusEvent, Published } from '../../src/local/news.ts'
import type { UsedToken } from '../../src/rehearse/secrets-manager/rotation.ts'
import { verifyNames } from '../../src/verify/names.ts'
import { DEEP } from '../deep.ts'
import { ID, verifyStandIn } from './cloudformation/stand-in.ts'
import { clientConfig, localAws, secretFixture, until } from './fixture.ts'

const names = verifyNames(ID)

describe('what a used token comes to', () => {
  const table: [UsedToken, { refused: boolean; steps: number }][] = [
    ['again', { refused: false, steps: 8 }],
    ['nothing', { refused: false, steps: 4 }],
    ['refused', { refused: true, steps: 4 }],
  ]
  test.each(table)('%s, once it is done', async (usedToken, { refused, steps }) => {
    const fixture = await secretFixture({ habits: { usedToken: () => usedToken } })
    const token = randomUUID()
    await fixture.rotate(token)
    await fixture.ended()
    const again = await fixture.rotate(token).then(
      () => false,
      (error: Error) => error.name === 'InvalidRequestException',
    )
    expect(again).toBe(refused)
    await until(() => fixture.steps.length >= steps, 'the steps do not run')
    expect(fixture.steps).toHaveLength(steps)
  })

  test.each([['again', 4] as const, ['nothing', 2] as const, ['refused', 2] as const])(
    '%s, after a failure',
    async (usedToken, steps) => {
      const asked: string[] = []
      const fixture = await secretFixture({
        habits: {
          usedToken: (state) => {
            asked.push(state)
            return usedToken
          },
        },
      })
      fixture.failing.add('setSecret')
      const token = randomUUID()
      await fixture.rotate(token)
      await fixture.ended()
      await fixture.rotate(token).catch(() => {})
      await until(() => fixture.steps.length >= steps, 'the steps do not run')
      expect([fixture.steps.length, asked]).toEqual([steps, ['failed']])
    },
  )
})

describe('the Scheduler', () => {
  test('by another zone, and with another form of its time', async () => {
    const now = Date.parse('2026-11-28T11:59:59.500Z')
    // Its clock goes once the schedule is there: a busy machine may take longer than is left.
    let began = Number.POSITIVE_INFINITY
    const seen: unknown[] = []
    const aws = await localAws({
      now: () => now + Math.max(0, Date.now() - began),
      jitterMs: () => 0,
      habits: { zoneOf: () => 'America/Regina', scheduledTime: (at) => String(at) },
    })
    aws.functions.set('seen', async (event) => seen.push(event))
    await new SchedulerClient(clientConfig(aws)).send(
      new CreateScheduleCommand({
        ...{ Name: 'once', ScheduleExpression: 'at(2026-11-28T06:00:00)' },
        ...{ ScheduleExpressionTimezone: 'America/New_York', FlexibleTimeWindow: { Mode: 'OFF' } },
        Target: {
          Arn: aws.arnOfFunction('seen'),
          RoleArn: 'arn:aws:iam::000000000000:role/scheduler',
          Input: '{"at":"<aws.scheduler.scheduled-time>"}',
        },
      }),
    )
    began = Date.now()
    await until(() => seen.length > 0, 'nothing fires')
    expect(seen).toEqual([{ at: String(Date.parse('2026-11-28T12:00:00Z')) }])
  })
})

describe.runIf(DEEP)('a stack’s functions', () => {
  test('a role without lambda:InvokeFunction is refused, or not', async () => {
    for (const rotateNeedsInvoke of [true, false]) {
      const { invoke } = await verifyStandIn({ habits: { rotateNeedsInvoke } }, ['probeWithout', 'rotation'])
      const asked = { do: 'rotate', secret: names.secret('without'), token: randomUUID() }
      const { said } = await invoke(names.probeWithout, asked)
      expect(said).toMatchObject(
        rotateNeedsInvoke ? { refused: 'AccessDeniedException' } : { versionId: asked.token },
      )
    }
  })

  test('an event may be lost or another, and a text lost', async () => {
    const heard: string[] = []
    const { invoke, arrivals } = await verifyStandIn(
      {
        habits: {
          heard: (event: BusEvent) => {
            heard.push(event['detail-type'])
            return /Label/.test(event['detail-type'])
              ? { ...event, detail: { other: names.stack } }
              : undefined
          },
          handsOn: ({ text }: Published) => !text.includes('lost'),
        },
      },
      ['probe', 'rotation', 'seen'],
    )
    await invoke(names.probe, { do: 'tell', text: `lost ${names.stack}` })
    await invoke(names.probe, { do: 'tell', text: `kept ${names.stack}` })
    await invoke(names.probe, { do: 'rotate', secret: names.secret('ok'), token: randomUUID() })
    await until(async () => /"other/.test((await arrivals()).join().replaceAll('\\', '')), 'no label')
    await until(async () => (await arrivals()).join().includes('kept'), 'no text')
    const all = (await arrivals()).join()
    expect(heard).toContain('Verify Test')
    expect(all).not.toContain('Verify Test')
    expect(all).not.toContain(`lost ${names.stack}`)
  })

  test.each(['own', 'newest'] as const)('an execution goes on with its %s version', async (goesOnWith) => {
    const { invoke, arrivals, publishAgain } = await verifyStandIn({ habits: { goesOnWith } }, ['durable'])
    const asked = { InvocationType: 'Event', Qualifier: 'live' }
    await invoke(names.durable, { run: 'a', do: 'wait', seconds: [2] }, asked)
    await until(async () => (await arrivals()).join().includes('began'), 'it does not begin')
    expect(await publishAgain('durable')).toBe('2')
    await until(async () => (await arrivals()).join().includes('woke-0'), 'it does not go on')
    const woke = (await arrivals()).find((it) => it.includes('woke-0'))
    expect(/"version":\{"S":"(\d)"/.exec(woke ?? '')?.[1]).toBe(goesOnWith === 'own' ? '1' : '2')
  })

  test.each([
    ['account', 'DurableExecutionAlreadyStartedException'],
    ['function', undefined],
  ] as const)('an execution’s name is one in the %s', async (executionNames, refused) => {
    const { invoke } = await verifyStandIn({ habits: { executionNames } }, ['durable', 'durableToo'])
    const asked = { InvocationType: 'Event', Qualifier: 'live', DurableExecutionName: 'one' }
    await invoke(names.durable, { run: 'a', do: 'wait', seconds: [1] }, asked)
    const other = { run: 'b', do: 'wait', seconds: [1] }
    const second = await invoke(names.durableToo, other, asked).then(
      () => undefined,
      (error: Error) => error.name,
    )
    expect(second).toBe(refused)
  })

  test('a wait ends late', async () => {
    const { invoke, arrivals } = await verifyStandIn({ habits: { wakeLateMs: () => 3_000 } }, ['durable'])
    await invoke(
      names.durable,
      { run: 'a', do: 'wait', seconds: [1] },
      { InvocationType: 'Event', Qualifier: 'live' },
    )
    await until(async () => (await arrivals()).join().includes('woke-0'), 'it does not go on')
    const what = (await arrivals()).find((it) => it.includes('woke-0')) ?? ''
    const [wokeAt = 0, dueAt = 0] = ['wokeAt', 'dueAt'].map((it) =>
      Number(new RegExp(`"${it}":\\{"N":"(\\d+)"`).exec(what)?.[1]),
    )
    expect(wokeAt - dueAt).toBeGreaterThanOrEqual(2_900)
  })
})
