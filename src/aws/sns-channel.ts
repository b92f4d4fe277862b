import type { SNSClient } from '@aws-sdk/client-sns'
import { settingsFor } from './settings.ts'
import { withinNotifyTime } from './time-limit.ts'

/**
 * Texts by Amazon SNS: to the stage's own topic, or to the one that a schedule names. Who is subscribed by https gets the
 * form for chats, all others the text: Amazon Q Developer in chat applications subscribes so, and shows nothing else.
 * Source: SNS API reference, Publish, MessageStructure. Decision 0170.
 */
export const SNS_CHANNEL = {
  name: 'sns',
  sid: 'TellPeople',
  actions: ['sns:Publish'],
  ownTopic: true,
  open: ({ TOURBILLON_ALERT_TOPIC: alertTopic }: Record<string, string | undefined>) => {
    const clients = new Map<string, SNSClient>()
    return {
      addressOf: (rule: { sns?: string }) => topicOf(rule, alertTopic),
      /** Loaded as it is first used: most starts of a function announce nothing. */
      async send(
        topic: string,
        { id, subject, text, chat }: Record<'id' | 'subject' | 'text' | 'chat', string>,
      ) {
        const { PublishCommand, SNSClient } = await import('./late-sns.ts')
        const [, , , region = ''] = topic.split(':')
        const client = clients.get(region) ?? new SNSClient({ ...settingsFor('repeatable'), region })
        clients.set(region, client)
        const MessageAttributes = { id: { DataType: 'String', StringValue: id } }
        const command = new PublishCommand({
          TopicArn: topic,
          Subject: subject,
          ...{ MessageStructure: 'json', Message: JSON.stringify({ default: text, https: chat }) },
          MessageAttributes,
        })
        await withinNotifyTime((abortSignal) => client.send(command, { abortSignal }))
      },
    }
  },
} as const

/**
 * The ARN of a schedule's topic. `alertTopic`: that of the stage's own, where there is one; a topic that is named only is
 * beside it, in its account and region.
 */
export function topicOf({ sns }: { sns?: string }, alertTopic: string | undefined): string | undefined {
  if (sns === undefined) return alertTopic
  return sns.startsWith('arn:') ? sns : alertTopic?.replace(/[^:]+$/, sns)
}
