import { withDurableExecution } from '@aws/durable-execution-sdk-js'
import {
  InvokeCommand,
  LambdaClient,
  SendDurableExecutionCallbackFailureCommand,
  SendDurableExecutionCallbackHeartbeatCommand,
  SendDurableExecutionCallbackSuccessCommand,
} from '@aws-sdk/client-lambda'
import { expect, it } from 'vitest'
import { clientConfig, localAws, until } from '../fixture.ts'

/** An execution that has made a callback and waits for it. `end`: what it made of it. */
async function waiting(seconds = 30) {
  const aws = await localAws()
  const client = new LambdaClient(clientConfig(aws))
  const ids: string[] = []
  const handler = withDurableExecution(async (_event, context) => {
    const [outcome, callbackId] = await context.createCallback('answer', { timeout: { seconds } })
    await context.step('notify', async () => {
      ids.push(callbackId)
    })
    try {
      return { text: await outcome }
    } catch (error) {
      const { errorType, message } = error as { errorType?: string; message?: string }
      return { errorType, message }
    }
  })
  aws.durableFunctions.set('waits', handler)
  const run = client.send(new InvokeCommand({ FunctionName: 'waits:live' }))
  await until(() => ids.length > 0, 'no callback was made')
  const end = async () => JSON.parse(Buffer.from((await run).Payload ?? []).toString())
  const [CallbackId = ''] = ids
  return { client, CallbackId, end }
}

const yes = (CallbackId: string, text = 'yes') =>
  new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result: Buffer.from(text) })

it('success resumes the execution with its result, as text', async () => {
  const { client, CallbackId, end } = await waiting()
  expect(CallbackId).toMatch(/^[A-Za-z0-9+/]+={0,2}$/)
  await client.send(yes(CallbackId, '{"by":"zoë"}'))
  expect(await end()).toEqual({ text: '{"by":"zoë"}' })
})

it('failure resumes it with an error in the sender’s words', async () => {
  const { client, CallbackId, end } = await waiting()
  const error = { ErrorType: 'No', ErrorMessage: 'not tonight' }
  await client.send(new SendDurableExecutionCallbackFailureCommand({ CallbackId, Error: error }))
  expect(await end()).toEqual({ errorType: 'CallbackExternalError', message: 'not tonight' })
})

it('of two answers at once one counts, and the other is refused', async () => {
  const { client, CallbackId, end } = await waiting()
  const sent = await Promise.allSettled(['a', 'b'].map((text) => client.send(yes(CallbackId, text))))
  const refused = sent.flatMap((it) => (it.status === 'rejected' ? [it.reason.name] : []))
  expect(refused).toEqual(['CallbackTimeoutException'])
  expect(await end()).toEqual({ text: sent[0]?.status === 'fulfilled' ? 'a' : 'b' })
  await expect(client.send(yes(CallbackId))).rejects.toMatchObject({ name: 'CallbackTimeoutException' })
})

it('comes too late once the wait has timed out', async () => {
  const { client, CallbackId, end } = await waiting(1)
  expect(await end()).toMatchObject({ errorType: 'CallbackTimeoutError' })
  await expect(client.send(yes(CallbackId))).rejects.toMatchObject({ name: 'CallbackTimeoutException' })
})

it('does not know other ids, nor heartbeats', async () => {
  const { client, CallbackId } = await waiting()
  await expect(client.send(yes('AAAA'))).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
  const beat = client.send(new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId }))
  await expect(beat).rejects.toMatchObject({ name: 'UnknownOperationException' })
})
