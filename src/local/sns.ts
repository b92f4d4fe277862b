import { randomUUID } from 'node:crypto'
import { ACCOUNT } from './arn.ts'
import { AwsError } from './error.ts'
import type { LocalService } from './http.ts'
import type { LookUps } from './look-ups.ts'
import { type QueryAction, queryService } from './protocols/query.ts'

/** A message as it was given to a topic. */
export type Published = { topic: string; subject: string; text: string; attributes: Record<string, string> }

/** A subject is up to 100 printable ASCII characters in one line. Source: SNS API reference, Publish, Subject. */
const SUBJECT = /^[\x21-\x7e][\x20-\x7e]{0,99}$/

/** SNS: Publish to a topic, which nobody reads but tests; and who is subscribed. */
export function sns(published: Published[], { topics }: LookUps): LocalService {
  return queryService('sns', 'http://sns.amazonaws.com/doc/2010-03-31/', {
    Publish: publish(published),
    ListSubscriptionsByTopic: {
      known: /^TopicArn$/,
      answer(form) {
        const TopicArn = form.get('TopicArn') ?? ''
        const found = topics.get(TopicArn)
        if (!found) throw new AwsError('NotFound', 'Topic does not exist', 404)
        return { Subscriptions: found.map((it) => ({ ...it, TopicArn, Protocol: 'email', Owner: ACCOUNT })) }
      },
    },
  })
}

function publish(published: Published[]): QueryAction {
  const invalid = (name: string) => new AwsError('InvalidParameter', `Invalid parameter: ${name}`)
  return {
    known: /^(TopicArn|Subject|Message|MessageAttributes\.entry\.\d+\.(Name|Value\.(DataType|StringValue)))$/,
    answer(form) {
      const [topic = '', subject = '', text = ''] = ['TopicArn', 'Subject', 'Message'].map(
        (name) => form.get(name) ?? '',
      )
      if (!/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/.test(topic))
        throw invalid('TopicArn')
      if (!SUBJECT.test(subject)) throw invalid('Subject')
      if (text === '' || Buffer.byteLength(text) > 262_144) throw invalid('Message')
      published.push({ topic, subject, text, attributes: attributesIn(form) })
      return { MessageId: randomUUID() }
    },
  }
}

function attributesIn(form: URLSearchParams): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [key, name] of form) {
    if (!key.endsWith('.Name')) continue
    found[name] = form.get(key.replace(/Name$/, 'Value.StringValue')) ?? ''
  }
  return found
}
