import { z } from 'zod'
import { ACCOUNT } from '../arn.ts'
import { AwsError } from '../error.ts'
import { type LocalRequest, type LocalService, parseJson } from '../http.ts'
import { checkInput } from '../input.ts'
import type { LookUps } from './state.ts'

const INPUTS = {
  GetQueueUrl: z.strictObject({ QueueName: z.string() }),
  GetQueueAttributes: z.strictObject({
    QueueUrl: z.string(),
    AttributeNames: z.tuple([z.literal('ApproximateNumberOfMessages')]),
  }),
}

/** Where a queue is, and how full, in AWS JSON. Source: SQS API reference, GetQueueUrl and GetQueueAttributes. */
export function sqs({ queues }: LookUps): LocalService {
  return {
    name: 'sqs',
    recognise({ header }) {
      const [service, action = ''] = header('x-amz-target')?.split('.') ?? []
      return service === 'AmazonSQS' && action in INPUTS ? action : undefined
    },
    async handle(action, request) {
      const input = parseJson(request.body)
      if (action === 'GetQueueUrl') {
        const { QueueName } = checkInput(action, INPUTS.GetQueueUrl, input, 'InvalidParameterValue')
        messagesIn(queues, QueueName)
        return { status: 200, body: JSON.stringify({ QueueUrl: urlOf(QueueName, request) }) }
      }
      const { QueueUrl } = checkInput(action, INPUTS.GetQueueAttributes, input, 'InvalidParameterValue')
      const messages = messagesIn(queues, QueueUrl.split('/').at(-1) ?? '')
      const Attributes = { ApproximateNumberOfMessages: String(messages) }
      return { status: 200, body: JSON.stringify({ Attributes }) }
    },
  }
}

/** SDKs send what is about a queue to its URL. */
function urlOf(queue: string, request: LocalRequest): string {
  return `http://${request.header('host')}/${ACCOUNT}/${queue}`
}

function messagesIn(queues: LookUps['queues'], name: string): number {
  const found = queues.get(name)
  if (found === undefined) throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.')
  return found
}
