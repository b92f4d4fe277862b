/**
 * A process that leaves everything under way that a local AWS can have, stops it, and says how long it took from
 * there until there was nothing left to do.
 */

import { withDurableExecution } from '@aws/durable-execution-sdk-js'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler'
import {
  CreateSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { startLocalAws } from '../../src/local/aws.ts'

const aws = await startLocalAws({ asyncRetryDelaysMs: [600_000] })
Object.assign(process.env, aws.env)
const lambda = new LambdaClient({})
const scheduler = new SchedulerClient({})
const secrets = new SecretsManagerClient({})
const never = () => new Promise<never>(() => {})

aws.functions.set('never', never)
aws.functions.set('bad', async () => {
  throw new Error('bad')
})
aws.durableFunctions.set(
  'waits',
  withDurableExecution((_, context) => context.wait('long', { seconds: 3600 })),
)
aws.durableFunctions.set(
  'works',
  withDurableExecution(async (_, context) => {
    const branches = await context.map('branches', ['wait', 'retry', 'hang'], async (branch, item) => {
      if (item === 'wait') await branch.wait('long', { seconds: 3600 })
      if (item === 'hang') await branch.step('hang', never)
      await branch.step('fail', () => Promise.reject(new Error('again')), {
        retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 3600 } }),
      })
    })
    return branches.getResults()
  }),
)
for (const FunctionName of ['never', 'bad', 'waits:live', 'works:live', 'works:live']) {
  await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event' }))
}
await scheduler.send(
  new CreateScheduleCommand({
    Name: 'hourly',
    ScheduleExpression: 'rate(1 hour)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: aws.arnOfFunction('never'), RoleArn: 'arn:aws:iam::000000000000:role/scheduler' },
  }),
)
await secrets.send(new CreateSecretCommand({ Name: 'a', SecretString: 'b' }))
aws.faults.push({ service: 'rotation', action: '*', times: 1, kind: 'delay', delayMs: 600_000 })
await secrets.send(new RotateSecretCommand({ SecretId: 'a', RotationLambdaARN: aws.arnOfFunction('never') }))
const unanswered = lambda.send(new InvokeCommand({ FunctionName: 'never' })).catch(() => {})
await new Promise((resolve) => setTimeout(resolve, 300))

const before = Date.now()
await aws.stop()
const stoppedMs = Date.now() - before
await unanswered
process.on('exit', () => console.log(JSON.stringify({ stoppedMs, exitMs: Date.now() - before })))
