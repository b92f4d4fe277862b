import { withDurableExecution } from '@aws/durable-execution-sdk-js'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { expect, it } from 'vitest'
import { startLocalAws } from '../../../src/local/aws.ts'

it('stops while executions are in the middle of their checkpoints', async () => {
  for (let round = 0; round < 5; round++) {
    const aws = await startLocalAws()
    aws.durableFunctions.set(
      'busy',
      withDurableExecution(async (_event, context) => {
        for (let count = 0; count < 200; count++) await context.step(`step ${count}`, async () => count)
      }),
    )
    const client = new LambdaClient({
      endpoint: aws.endpoint,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    })
    const start = () => client.send(new InvokeCommand({ FunctionName: 'busy:live', InvocationType: 'Event' }))
    await Promise.all([start(), start(), start()])
    await new Promise((resolve) => setTimeout(resolve, round * 30))
    await expect(aws.stop()).resolves.toBeUndefined()
  }
})
