import { withDurableExecution } from '@aws/durable-execution-sdk-js'
import { GetFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { describe, expect, it } from 'vitest'
import type { LocalAwsOptions } from '../../../src/local/aws.ts'
import { clientConfig, localAws, until } from '../fixture.ts'

async function lambda(options: LocalAwsOptions = {}) {
  const aws = await localAws({ asyncRetryDelaysMs: [5, 5], ...options })
  const client = new LambdaClient(clientConfig(aws))
  const invoke = async (input: ConstructorParameters<typeof InvokeCommand>[0]) => {
    const { Payload, ...answer } = await client.send(new InvokeCommand(input))
    const text = Buffer.from(Payload ?? []).toString()
    return { ...answer, payload: text === '' ? undefined : JSON.parse(text) }
  }
  return { aws, client, invoke }
}

describe('Invoke of a plain function', () => {
  it('answers with the result, by name, ARN, and qualifier', async () => {
    const { aws, invoke } = await lambda()
    aws.functions.set('echo', async (event) => ({ event }))
    for (const FunctionName of [
      'echo',
      aws.arnOfFunction('echo'),
      'echo:live',
      '000000000000:function:echo',
    ]) {
      const answer = await invoke({ FunctionName, Payload: '{"a":1}' })
      expect(answer).toMatchObject({ StatusCode: 200, payload: { event: { a: 1 } } })
      expect(answer).not.toHaveProperty('FunctionError')
    }
    expect((await invoke({ FunctionName: 'echo' })).payload).toEqual({ event: {} })
  })

  it('answers null for nothing', async () => {
    const { aws, invoke } = await lambda()
    aws.functions.set('quiet', async () => undefined)
    expect((await invoke({ FunctionName: 'quiet' })).payload).toBeNull()
  })

  it('a throw is a function error, not an error of the call', async () => {
    const { aws, invoke } = await lambda()
    aws.functions.set('bad', async () => {
      throw new TypeError('boom')
    })
    expect(await invoke({ FunctionName: 'bad' })).toMatchObject({
      StatusCode: 200,
      FunctionError: 'Unhandled',
      payload: { errorType: 'TypeError', errorMessage: 'boom', trace: expect.any(Array) },
    })
  })

  it('Event is taken at once and, after a function error, run twice more', async () => {
    const { aws, invoke } = await lambda()
    let runs = 0
    aws.functions.set('bad', async () => {
      runs++
      throw new Error('boom')
    })
    expect(await invoke({ FunctionName: 'bad', InvocationType: 'Event' })).toMatchObject({ StatusCode: 202 })
    await until(() => runs === 3, 'not run three times')
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(runs).toBe(3)
  })

  it('DryRun runs nothing', async () => {
    const { aws, invoke } = await lambda()
    let runs = 0
    aws.functions.set('count', async () => runs++)
    expect(await invoke({ FunctionName: 'count', InvocationType: 'DryRun' })).toMatchObject({
      StatusCode: 204,
    })
    expect(runs).toBe(0)
  })

  it.each([
    ['a function that is not there', { FunctionName: 'nobody' }, 'ResourceNotFoundException'],
    ['a payload that is not JSON', { FunctionName: 'echo', Payload: '{' }, 'InvalidRequestContentException'],
    [
      'an execution name',
      { FunctionName: 'echo', DurableExecutionName: 'x' },
      'InvalidParameterValueException',
    ],
    ['the log tail', { FunctionName: 'echo', LogType: 'Tail' as const }, 'LocalAwsUnsupported'],
  ])('refuses %s', async (_, input, name) => {
    const { aws, invoke } = await lambda()
    aws.functions.set('echo', async (event) => event)
    await expect(invoke(input)).rejects.toMatchObject({ name })
  })

  it('GetFunction tells durable from plain', async () => {
    const { aws, client } = await lambda()
    aws.functions.set('plain', async () => {})
    aws.durableFunctions.set(
      'durable',
      withDurableExecution(async () => {}),
    )
    const get = async (FunctionName: string) =>
      (await client.send(new GetFunctionCommand({ FunctionName }))).Configuration
    expect(await get('plain')).toMatchObject({ FunctionArn: aws.arnOfFunction('plain') })
    expect(await get('plain')).not.toHaveProperty('DurableConfig')
    expect(await get('durable:live')).toHaveProperty('DurableConfig')
    await expect(get('nobody')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })
})

describe('Invoke of a durable function', () => {
  const doubling = () => {
    const seen = { runs: 0, steps: 0 }
    const handler = withDurableExecution(async (event: { n: number; wait?: number }, context) => {
      seen.runs++
      const doubled = await context.step('double', async () => {
        seen.steps++
        await new Promise((resolve) => setTimeout(resolve, 20))
        return event.n * 2
      })
      if (event.wait) await context.wait('rest', { seconds: event.wait })
      return { doubled, arn: context.lambdaContext.invokedFunctionArn }
    })
    return { seen, handler }
  }

  it('waits in real time, replays, and answers with its result and an ARN of the right shape', async () => {
    const { aws, invoke } = await lambda()
    const { seen, handler } = doubling()
    aws.durableFunctions.set('double', handler)
    const before = performance.now()
    const answer = await invoke({ FunctionName: 'double:live', Payload: '{"n":4,"wait":1}' })
    expect(performance.now() - before).toBeGreaterThan(990)
    expect(answer).toMatchObject({
      StatusCode: 200,
      payload: { doubled: 8, arn: 'arn:aws:lambda:eu-central-1:000000000000:function:double:1' },
      DurableExecutionArn: expect.stringMatching(/:function:double:1\/durable-execution\/[\w-]+\/[\w-]+$/),
    })
    expect(seen).toEqual({ runs: 2, steps: 1 })
  })

  it('many at once stay apart', async () => {
    const { aws, invoke } = await lambda()
    aws.durableFunctions.set('double', doubling().handler)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        invoke({ FunctionName: 'double:live', Payload: JSON.stringify({ n }) }),
      ),
    )
    expect(answers.map((it) => it.payload.doubled)).toEqual(Array.from({ length: 20 }, (_, n) => 2 * n))
  })

  it('under one name with one payload is one execution; another payload is refused', async () => {
    const { aws, invoke } = await lambda()
    const { seen, handler } = doubling()
    aws.durableFunctions.set('double', handler)
    const input = { FunctionName: 'double:live', DurableExecutionName: 'once', Payload: '{"n":1}' }
    const started = await invoke({ ...input, InvocationType: 'Event' })
    expect(started.StatusCode).toBe(202)
    const [one, two] = await Promise.all([invoke(input), invoke(input)])
    expect(one).toMatchObject({ payload: { doubled: 2 }, DurableExecutionArn: started.DurableExecutionArn })
    expect(two).toMatchObject({ payload: { doubled: 2 }, DurableExecutionArn: started.DurableExecutionArn })
    expect(seen.steps).toBe(1)
    await expect(invoke({ ...input, Payload: '{"n":2}' })).rejects.toMatchObject({
      name: 'DurableExecutionAlreadyStartedException',
      $metadata: { httpStatusCode: 409 },
    })
    // Names are one space for the whole account and region, not for a function each.
    aws.durableFunctions.set('treble', handler)
    await expect(invoke({ ...input, FunctionName: 'treble:live', Payload: '{"n":2}' })).rejects.toMatchObject(
      {
        name: 'DurableExecutionAlreadyStartedException',
      },
    )
  })

  it('that fails is a function error', async () => {
    const { aws, invoke } = await lambda()
    const heard: string[] = []
    aws.executionListeners.push(({ source, time, detail }) => {
      heard.push(`${source} ${detail.status} ${detail.functionArn} ${detail.endTimestamp === time}`)
    })
    aws.durableFunctions.set(
      'bad',
      withDurableExecution(async () => {
        throw new RangeError('out of it')
      }),
    )
    expect(await invoke({ FunctionName: 'bad:live' })).toMatchObject({
      FunctionError: 'Unhandled',
      payload: { errorType: 'RangeError', errorMessage: 'out of it' },
    })
    // Told as EventBridge would.
    const version = `${aws.arnOfFunction('bad')}:1`
    expect(heard).toEqual([`aws.lambda RUNNING ${version} false`, `aws.lambda FAILED ${version} true`])
  })

  it.each([
    ['without a qualifier', { FunctionName: 'double' }, /unqualified ARN/],
    ['under a bad name', { FunctionName: 'double:live', DurableExecutionName: 'a.b' }, /name/],
  ])('is refused %s', async (_, input, message) => {
    const { aws, invoke } = await lambda()
    aws.durableFunctions.set('double', doubling().handler)
    await expect(invoke(input)).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringMatching(message),
    })
  })

  it('in two local AWS at once is kept apart, and each stop leaves the other alone', async () => {
    const [one, two] = [await lambda(), await lambda()]
    for (const it of [one, two]) it.aws.durableFunctions.set('double', doubling().handler)
    const input = { FunctionName: 'double:live', DurableExecutionName: 'same', Payload: '{"n":1}' }
    const waiting = one.invoke({ ...input, Payload: '{"n":1,"wait":600}' })
    const other = two.invoke(input)
    await until(() => one.aws.calls.length === 1, 'not asked')
    await one.aws.stop()
    await expect(waiting).resolves.toMatchObject({
      FunctionError: 'Unhandled',
      payload: { errorType: 'Stopped' },
    })
    expect((await other).payload.doubled).toBe(2)
  })
})
