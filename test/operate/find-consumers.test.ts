import * as trail from '@aws-sdk/client-cloudtrail'
import { expect, it } from 'vitest'
import { openEventHistory } from '../../src/aws/event-history.ts'
import { lookAtReads } from '../../src/operate/find-reads.ts'
import { lookAtServices } from '../../src/operate/find-services.ts'
import { SILENT } from '../../src/operate/progress.ts'

const NOW = Date.parse('2026-11-28T12:00:00Z')

function record(secondsAgo: number) {
  return {
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: 'GetSecretValue',
    eventTime: new Date(NOW - secondsAgo * 1_000).toISOString(),
    requestParameters: { secretId: 'busy' },
    userIdentity: { arn: 'arn:aws:sts::111122223333:assumed-role/busy/1' },
  }
}

it('a history without an end is looked through so far, and it is said how far', async () => {
  let pages = 0
  const history = {
    page: async ({ key }: { key: string }) =>
      key === 'ResourceName' ? { records: [] } : { records: [record(++pages * 60)], next: `${pages}` },
  }
  const { found, unseen } = await lookAtReads('app/db', undefined, Infinity, {
    history,
    now: () => NOW,
    progress: SILENT,
  })
  expect([found, pages]).toEqual([[], 60])
  expect(unseen).toEqual([
    'what was before 2026-11-28T11:00:00.000Z: 60 records were looked through, and no more are',
  ])
})

it('a history that answers slowly is looked through so long, and it is said how far', async () => {
  let now = NOW
  const history = {
    page: async ({ key }: { key: string }) => {
      now += 19_000
      return key === 'ResourceName'
        ? { records: [] }
        : { records: [record((now - NOW) / 1_000)], next: 'more' }
    },
  }
  const ports = { history, now: () => now, progress: SILENT }
  const { looked, unseen } = await lookAtReads('app/db', undefined, NOW + 180_000, ports)
  expect(now).toBeLessThan(NOW + 200_000)
  expect([looked, unseen]).toEqual([
    expect.stringContaining('9 records'),
    [expect.stringContaining('9 records were looked through, and no more are')],
  ])
})

it('calls to CloudTrail begin more than half a second apart, whatever is asked side by side', async () => {
  let now = NOW
  const sent: number[] = []
  const client = new trail.CloudTrailClient({ region: 'eu-central-1' })
  client.send = async () => {
    sent.push(now)
    return { Events: [{ CloudTrailEvent: 'no JSON' }] }
  }
  const waits: { at: number; done: () => void }[] = []
  const pause = (ms: number) => new Promise<void>((done) => waits.push({ at: now + ms, done }))
  const history = openEventHistory({ load: async () => ({ sdk: trail, client }), now: () => now, pause })
  const asked = { key: 'EventName', value: 'GetSecretValue', since: 0 } as const
  const all = Promise.all([1, 2, 3].map(() => history.page(asked, {})))
  await new Promise(setImmediate)
  for (const { at, done } of waits) {
    now = at
    done()
    await new Promise(setImmediate)
  }
  expect(await all).toEqual([1, 2, 3].map(() => ({ records: [undefined] })))
  expect(sent.map((at) => at - NOW)).toEqual([0, 600, 1_200])
})

it('what hangs is not waited for a hundred times: the rest is left, and that is said', async () => {
  let calls = 0
  const place = 'arn:aws:ecs:eu-central-1:111122223333'
  const tasks = {
    clusters: async () => ({ arns: Array.from({ length: 100 }, (_, index) => `${place}:cluster/${index}`) }),
    services: async () => ({ arns: [`${place}:service/s`] }),
    async describe(): Promise<never> {
      calls++
      throw Object.assign(new Error('socket'), { name: 'TimeoutError' })
    },
    taskDefinition: async () => ({}),
  }
  const ports = { tasks, now: () => NOW, progress: SILENT }
  const { found, unseen } = await lookAtServices('app/db', undefined, NOW + 180_000, ports)
  expect(calls).toBeLessThan(9)
  expect([found, unseen]).toEqual([
    [],
    ['ecs:DescribeServices: no answer in 20 s', 'ecs:DescribeServices: the rest was left'],
  ])
})

it('an account with more of ECS than three minutes show is looked at so far, and that is said', async () => {
  let now = NOW
  const tasks = {
    async clusters() {
      now += 60_000
      return { arns: ['arn:aws:ecs:eu-central-1:111122223333:cluster/c'], next: 'more' }
    },
    services: async () => ({ arns: [] }),
    describe: async () => [],
    taskDefinition: async () => ({}),
  }
  const { looked, unseen } = await lookAtServices('app/db', undefined, NOW + 180_000, {
    tasks,
    now: () => now,
    progress: SILENT,
  })
  expect(looked).toBe('0 ECS services of 3 clusters, 0 task definitions')
  expect(unseen).toEqual(['more than 3 min of ECS: the rest was left'])
})
