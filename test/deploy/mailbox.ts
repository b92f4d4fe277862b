import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { ListTopicsCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'

export type Mailbox = {
  /** Detail types of our events that have arrived so far. */
  events(): Promise<string[]>
  /** Texts that the stage's topic has delivered so far. */
  texts(): Promise<string[]>
}

/** Somebody who listens to a stage: a queue behind a rule on the default bus, and one that subscribes to its topic. */
export async function openMailbox(group: string): Promise<Mailbox> {
  const [sqs, sns, bus] = [new SQSClient({}), new SNSClient({}), new EventBridgeClient({})]
  const queue = async (name: string) => {
    // Whoever in this account: SNS and EventBridge deliver as services, and a queue says no by itself.
    const Statement = [{ Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' }]
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { Policy } }))
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    )
    return { QueueUrl, arn: Attributes?.QueueArn }
  }
  const [heard, read] = [await queue('mailbox-events'), await queue('mailbox-texts')]
  await bus.send(
    new PutRuleCommand({ Name: 'mailbox', EventPattern: JSON.stringify({ source: ['tourbillon'] }) }),
  )
  await bus.send(new PutTargetsCommand({ Rule: 'mailbox', Targets: [{ Id: 'mailbox', Arn: heard.arn }] }))
  const { Topics = [] } = await sns.send(new ListTopicsCommand({}))
  const TopicArn = Topics.map((it) => it.TopicArn).find((arn) => arn?.endsWith(`:${group}-alerts`))
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: read.arn }))

  const kept = new Map<string | undefined, string[]>()
  async function all({ QueueUrl }: { QueueUrl: string | undefined }): Promise<string[]> {
    const found = kept.get(QueueUrl) ?? []
    kept.set(QueueUrl, found)
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
      )
      if (Messages.length === 0) return found
      for (const { Body = '', ReceiptHandle } of Messages) {
        found.push(Body)
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
      }
    }
  }
  return {
    events: async () => (await all(heard)).map((body) => JSON.parse(body)['detail-type'] as string),
    texts: async () => (await all(read)).map((body) => JSON.parse(body).Message as string),
  }
}
