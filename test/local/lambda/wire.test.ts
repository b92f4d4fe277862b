import { withDurableExecution } from '@aws/durable-execution-sdk-js'
import {
  CheckpointDurableExecutionCommand,
  GetDurableExecutionStateCommand,
  InvokeCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda'
import { describe, expect, it } from 'vitest'
import { InvocationLost } from '../../../src/local/aws.ts'
import { clientConfig, localAws } from '../fixture.ts'

/** As Lambda hands it to a process: nothing in it but JSON. */
type Event = {
  DurableExecutionArn: string
  CheckpointToken: string
  InitialExecutionState: { Operations: { Name?: string; Status?: string }[] }
}

/** A durable function whose invocations see `each`, which may end them, before the workflow runs over HTTP. */
async function overHttp(each: (event: Event, client: LambdaClient) => Promise<void>) {
  const aws = await localAws()
  const client = new LambdaClient(clientConfig(aws))
  const ran: string[] = []
  const workflow = withDurableExecution(
    async (_event: unknown, context) => {
      const step = (name: string) =>
        context.step(name, async () => {
          ran.push(name)
          return name
        })
      return [await step('one'), await context.wait({ seconds: 1 }), await step('two')]
    },
    { client },
  )
  aws.durableFunctions.set('rotate', async (event, context) => {
    const plain = JSON.parse(JSON.stringify({ ...event, durableExecutionClient: undefined })) as Event
    const answer = await workflow(plain as never, context)
    await each(plain, client)
    return answer
  })
  const { Payload, FunctionError } = await client.send(
    new InvokeCommand({ FunctionName: 'rotate:live', Payload: '{}' }),
  )
  return { ran, error: FunctionError, result: Payload?.transformToString() }
}

describe('a durable function in a process of its own', () => {
  it('goes on from its checkpoints, which it sends over HTTP, where an invocation is lost', async () => {
    const seen: string[][] = []
    const { ran, result } = await overHttp(async (event) => {
      seen.push(event.InitialExecutionState.Operations.map(({ Name, Status }) => `${Name} ${Status}`))
      if (seen.length === 1) throw new InvocationLost('the process died')
    })
    expect(result).toBe('["one",null,"two"]')
    expect(ran).toEqual(['one', 'two'])
    expect(seen[1]).toContain('one SUCCEEDED')
  })

  it('cannot use a checkpoint token twice', async () => {
    const errors: unknown[] = []
    await overHttp(async ({ DurableExecutionArn, CheckpointToken }, client) => {
      const stale = { DurableExecutionArn, CheckpointToken, Updates: [] }
      await client.send(new CheckpointDurableExecutionCommand(stale)).catch((error) => errors.push(error))
    })
    expect(errors[0]).toMatchObject({ name: 'InvalidParameterValueException' })
  })

  it('takes the same request again for the same one', async () => {
    const answers: (string | undefined)[] = []
    const aws = await localAws()
    const client = new LambdaClient(clientConfig(aws))
    aws.durableFunctions.set('rotate', async ({ DurableExecutionArn, CheckpointToken }) => {
      const request = { DurableExecutionArn, CheckpointToken, ClientToken: 'once-and-again', Updates: [] }
      for (let times = 0; times < 2; times++)
        answers.push((await client.send(new CheckpointDurableExecutionCommand(request))).CheckpointToken)
      const state = await client.send(
        new GetDurableExecutionStateCommand({ DurableExecutionArn, CheckpointToken: answers[0] }),
      )
      return { Status: 'SUCCEEDED', Result: String(state.Operations?.length) } as never
    })
    const { Payload } = await client.send(new InvokeCommand({ FunctionName: 'rotate:live', Payload: '{}' }))
    expect(answers[0]).toBe(answers[1])
    expect(Payload?.transformToString()).toBe('1')
  })
})
