import { z } from 'zod'
import { AwsError } from '../rehearse/secrets-manager/error.ts'
import { actionOn } from '../rehearse/secrets-manager/input.ts'
import { ACCOUNT } from './arn.ts'
import type { LocalRequest, LocalService } from './http.ts'
import type { LookUps } from './look-ups.ts'
import { jsonService } from './protocols/json.ts'

type Context = { queues: LookUps['queues']; request: LocalRequest }

const action = actionOn<Context>()

const QueueName = z.strictObject({ QueueName: z.string() })
const Attributes = z.strictObject({
  QueueUrl: z.string(),
  AttributeNames: z.tuple([z.literal('ApproximateNumberOfMessages')]),
})

const getQueueUrl = action(QueueName, ({ queues, request }, { QueueName }) => {
  messagesIn(queues, QueueName)
  // SDKs send what is about a queue to its URL.
  return { QueueUrl: `http://${request.header('host')}/${ACCOUNT}/${QueueName}` }
})

const getQueueAttributes = action(Attributes, ({ queues }, { QueueUrl }) => {
  const messages = messagesIn(queues, QueueUrl.split('/').at(-1) ?? '')
  return { Attributes: { ApproximateNumberOfMessages: String(messages) } }
})

/** Where a queue is, and how full. Source: SQS API reference, GetQueueUrl and GetQueueAttributes. */
export function sqs({ queues }: LookUps): LocalService {
  return jsonService<Context>({
    name: 'sqs',
    target: 'AmazonSQS',
    title: 'SQS',
    actions: { GetQueueUrl: getQueueUrl, GetQueueAttributes: getQueueAttributes },
    context: (request) => ({ queues, request }),
    invalid: 'InvalidParameterValue',
  })
}

function messagesIn(queues: LookUps['queues'], name: string): number {
  const found = queues.get(name)
  if (found === undefined) throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.')
  return found
}
