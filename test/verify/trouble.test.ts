import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Fault } from '../../src/local/aws.ts'
import type { FactName } from '../../src/model/facts.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import { HOUR, iso } from '../../src/model/time.ts'
import { VERIFY_TAG, VERIFY_UNTIL_TAG, verifyNames } from '../../src/verify/names.ts'
import { verifyStack } from '../../src/verify/stack.ts'
import { clientConfig } from '../local/client-config.ts'
import { startVerifyWorld, type Told } from './world.ts'

type World = Awaited<ReturnType<typeof startVerifyWorld>>

/** Commands run side by side in one account: each operator has a key, and troubles, of their own. */
let world: World
beforeAll(async () => {
  world = await startVerifyWorld([])
})
afterAll(() => world.stop())

/** Quick ones. */
const SOME: FactName[] = ['version-id', 'lambda-clock']

const verdicts = ({ facts }: Told) => facts.map(({ verdict }) => verdict)
const stackIn = (text: string) => /making (verify-tourbillon-\w+)/.exec(text)?.[1] ?? 'no stack'
const leftOf = async (stack: string) => (await world.left()).filter((it) => it.includes(stack))

/** As IAM refuses it. */
function denied(operator: string, service: Fault['service'], action: string): Fault {
  const words = `User: arn:aws:iam::000000000000:user/${operator} is not authorized to perform: ${service}:${action}`
  const error = { code: 'AccessDeniedException', message: words, status: 403 }
  return { service, action, caller: operator, times: 1_000, kind: 'error', ...error }
}

describe.concurrent('each call of verify that is denied', () => {
  const BEFORE: [Fault['service'], string, RegExp][] = [
    ['sts', 'GetCallerIdentity', /could not ask STS/],
    ['cloudformation', 'DescribeStacks', /could not list the stacks/],
    ['cloudformation', 'CreateStack', /could not make the stack verify-tourbillon-/],
    ['lambda', 'GetFunction', /could not send the functions’ code/],
    ['lambda', 'UpdateFunctionCode', /could not send the functions’ code/],
    ['lambda', 'PublishVersion', /could not send the functions’ code/],
  ]
  test.each(BEFORE)('%s:%s: nothing is asked, and nothing is left', async (service, action, words) => {
    const operator = `no-${action}`
    await world.harm(denied(operator, service, action))
    const { code, stderr, stdout } = await world.verify(SOME, { operator })
    expect([code, stdout], stderr).toEqual([2, ''])
    expect(stderr).toMatch(words)
    expect(stderr).toContain(`user/${operator} is not authorized to perform: ${service}:${action}`)
    expect(stderr).toContain('permissions.md')
    expect(await leftOf(stackIn(stderr))).toEqual([])
  })

  const ASKED: [Fault['service'], string, FactName, RegExp][] = [
    ['lambda', 'Invoke', 'lambda-clock', /could not invoke verify-tourbillon-\w+-probe: /],
    ['dynamodb', 'Scan', 'execution-names', /could not read verify-tourbillon-\w+-arrivals: /],
    ['scheduler', 'CreateSchedule', 'scheduled-time', /make the schedule once-0 in verify-tourbillon-/],
    ['lambda', 'CreateAlias', 'running-version', /the alias live of verify-tourbillon-\w+-durable: /],
    ['lambda', 'UpdateFunctionConfiguration', 'running-version', /a version of verify-tourbillon-\w+-dur/],
    ['lambda', 'UpdateAlias', 'running-version', /a version of verify-tourbillon-\w+-durable/],
    ['lambda', 'StopDurableExecution', 'stopped-execution', /could not stop the execution arn:aws:lambda:/],
  ]
  test.each(ASKED)('%s:%s: that fact is unknown, and it says why', async (service, action, fact, words) => {
    const operator = `no-${action}`
    await world.harm(denied(operator, service, action))
    const { code, stderr, told } = await world.verify([fact], { operator, minutes: 1 })
    expect([code, verdicts(told)], stderr).toEqual([2, ['UNKNOWN']])
    const why = told.facts[0]?.why
    expect(why).toMatch(words)
    expect(why).toContain(`is not authorized to perform: ${service}:${action}`)
    expect(why).toContain('permissions.md')
    expect(await leftOf(stackIn(stderr))).toEqual([])
  })

  test('lambda:ListDurableExecutionsByFunction: the stack is removed all the same', async () => {
    const operator = 'no-list'
    await world.harm(denied(operator, 'lambda', 'ListDurableExecutionsByFunction'))
    const { code, stderr } = await world.verify(['lambda-clock'], { operator })
    expect(code, stderr).toBe(0)
    expect(await leftOf(stackIn(stderr))).toEqual([])
  })

  test('dynamodb:PutItem: the facts are told', async () => {
    const operator = 'no-put'
    await world.harm(denied(operator, 'dynamodb', 'PutItem'), denied(operator, 'dynamodb', 'UpdateItem'))
    const { code, stderr, told } = await world.verify(['lambda-clock'], { operator })
    expect([code, verdicts(told)], stderr).toEqual([0, ['HOLDS']])
    expect(stderr).toContain('the facts are only printed')
    expect(await leftOf(stackIn(stderr))).toEqual([])
  })

  test('cloudformation:DeleteStack: the facts are told, the stack stands, and the command that removes it', async () => {
    const operator = 'no-delete'
    await world.harm(denied(operator, 'cloudformation', 'DeleteStack'))
    const { code, stderr, told } = await world.verify(['lambda-clock'], { operator })
    expect([code, verdicts(told)], stderr).toEqual([2, ['HOLDS']])
    const stack = stackIn(stderr)
    expect(stderr).toContain(`${stack} still stands: could not delete the stack ${stack}: `)
    expect(stderr).toMatch(/permissions\.md; then npx aws-tourbillon verify .*--remove\n/)
    expect(await leftOf(stack)).toContain(`${stack}-probe`)
  })
})

test('one that is throttled for a while takes longer, and that is all', async () => {
  const services = ['sts', 'cloudformation', 'lambda', 'scheduler', 'dynamodb'] as const
  const operator = 'throttled'
  await world.harm(
    ...services.map((service): Fault => {
      const times = service === 'sts' ? 2 : 6
      return { service, action: '*', caller: operator, times, kind: 'throttle' }
    }),
  )
  const { code, stderr, told } = await world.verify([...SOME, 'running-version'], { operator })
  expect([code, verdicts(told)], stderr).toEqual([0, ['HOLDS', 'HOLDS', 'HOLDS']])
  expect(await leftOf(stackIn(stderr))).toEqual([])
})

test('one whose answers are lost makes its stack once, and removes it', async () => {
  const operator = 'unheard'
  const lost = { caller: operator, times: 1, kind: 'lost-response' } as const
  await world.harm(
    { ...lost, service: 'cloudformation', action: 'CreateStack' },
    { ...lost, service: 'cloudformation', action: 'DeleteStack' },
    { ...lost, service: 'lambda', action: 'UpdateFunctionCode' },
  )
  const { code, stderr, told } = await world.verify(SOME, { operator })
  expect([code, verdicts(told)], stderr).toEqual([0, ['HOLDS', 'HOLDS']])
  expect(await leftOf(stackIn(stderr))).toEqual([])
})

test.each(['SIGTERM', 'SIGHUP'] as const)(
  'one that is ended by %s while it asks removes its stack first',
  async (signal) => {
    const run = world.begin(['wake-delay'])
    await run.said(/asking/)
    const { code, text } = await run.end(signal)
    expect(code, text).toBe(2)
    expect(text).toContain('is removed first')
    expect(await leftOf(stackIn(text))).toEqual([])
  },
)

const factOf = async (name: FactName, { endpoint }: { endpoint: string } = world) => {
  const table = DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig({ endpoint })))
  const Key = { id: `fact#${name}` }
  const { Item } = await table.send(new GetCommand({ TableName: namesOf('verified').ledgerTable, Key }))
  return Item?.fact
}

test('a computer whose clock is a day ahead keeps facts by AWS’s clock: a later one takes their place', async () => {
  const { code, stderr } = await world.verify(['lambda-clock'], { aheadMs: 24 * HOUR })
  expect(code, stderr).toBe(0)
  expect(Date.parse((await factOf('lambda-clock')).seenAt)).toBeLessThan(Date.now() + 12 * HOUR)
})

test('what did not come in a minute is told, and not kept: it may take longer', async () => {
  const other = await startVerifyWorld(['no alarm in time'])
  try {
    const { stderr, told } = await other.verify(['failed-execution', 'lambda-clock'], { minutes: 1 })
    expect(told.facts[0], stderr).toMatchObject({ verdict: 'DIFFERS', seen: { alarm: false } })
    expect(stderr).toMatch(/^note: not kept, .* --minutes 1: failed-execution$/m)
    expect(await factOf('failed-execution', other)).toBeUndefined()
    expect(await factOf('lambda-clock', other)).toMatchObject({ verdict: 'HOLDS' })
  } finally {
    await other.stop()
  }
})

describe('stacks that stand', () => {
  const formation = () => new CloudFormationClient(clientConfig(world))
  const plant = async (id: string, stage: string, until: string) => {
    const Tags = [
      { Key: VERIFY_TAG, Value: stage },
      { Key: VERIFY_UNTIL_TAG, Value: until },
    ]
    const { stack: StackName } = verifyNames(id)
    const TemplateBody = JSON.stringify(verifyStack({ id }))
    await formation().send(
      new CreateStackCommand({ StackName, TemplateBody, Tags, Capabilities: ['CAPABILITY_NAMED_IAM'] }),
    )
    return StackName
  }
  const statusOf = async (StackName: string) => {
    const { Stacks = [] } = await formation().send(new DescribeStacksCommand({ StackName }))
    return Stacks[0]?.StackStatus
  }

  test('two operators at once, each with a stack; what is left over goes, and what may be at work stays', async () => {
    const old = await plant('oldone', 'another', iso(Date.now() - HOUR))
    const living = await plant('living', 'another', iso(Date.now() + 24 * HOUR))
    const bad = await plant('untold', 'another', 'some day')
    await expect.poll(() => statusOf(bad)).toBe('CREATE_COMPLETE')
    const facts: FactName[] = ['messages', 'version-id', 'label-event', 'execution-names']
    const runs = await Promise.all(
      ['ann', 'bob'].map((operator) => world.verify(facts, { operator, minutes: 2 })),
    )
    for (const { code, stderr, told } of runs) {
      expect([code, verdicts(told)], stderr).toEqual([0, ['HOLDS', 'HOLDS', 'HOLDS', 'UNKNOWN']])
      expect(told.facts.at(-1)?.seen, stderr).toMatchObject({
        event: expect.any(Number),
        text: expect.any(Number),
      })
      expect(await leftOf(stackIn(stderr))).toEqual([])
    }
    // It is told before anything is asked.
    expect(runs[0]?.stderr).toMatch(
      /^note: verify-tourbillon-oldone of stage another was left over at .*:\n {2}it/,
    )
    expect(await leftOf(old)).toEqual([])
    expect([await statusOf(living), await statusOf(bad)]).toEqual(['CREATE_COMPLETE', 'CREATE_COMPLETE'])
  })

  test('of runs that were killed the next one tells, and --remove removes them', async () => {
    const another = await plant('others', 'another', iso(Date.now() + 24 * HOUR))
    const stacks: string[] = []
    for (const word of [/making (\S+)/, /asking/, /removing (\S+)/]) {
      const run = world.begin(['lambda-clock', 'execution-names'])
      const [said] = await run.said(word)
      // What was not asked for yet is not there.
      if (said.startsWith('making')) await expect.poll(() => leftOf(stackIn(said))).not.toEqual([])
      const { text } = await run.end('SIGKILL')
      stacks.push(stackIn(text))
    }
    const { code, stderr } = await world.verify(['lambda-clock'])
    expect(code, stderr).toBe(0)
    for (const stack of stacks.slice(0, 2)) {
      expect(stderr).toContain(`note: ${stack} of `)
      expect(await leftOf(stack)).toContain(`${stack}-probe`)
    }
    const removed = await world.run('verify', '--remove', '--yes')
    expect(removed.code, removed.stderr).toBe(0)
    for (const stack of stacks) expect(await leftOf(stack)).toEqual([])
    expect(await statusOf(another)).toBe('CREATE_COMPLETE')
  })
})
