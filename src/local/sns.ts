import { randomUUID } from 'node:crypto'
import { iso } from '../model/time.ts'
import { AwsError } from '../rehearse/secrets-manager/error.ts'
import { ACCOUNT } from './arn.ts'
import { deliver } from './events.ts'
import type { LocalService } from './http.ts'
import type { Lambda } from './lambda/invoke.ts'
import type { LookUps } from './look-ups.ts'
import type { Published } from './news.ts'
import { type QueryAction, queryService } from './protocols/query.ts'

/** A subject is up to 100 printable ASCII characters in one line. Source: SNS API reference, Publish, Subject. */
const SUBJECT = /^[\x21-\x7e][\x20-\x7e]{0,99}$/

/** A function that hears of what is published to a topic. */
export type Subscription = { arn: string; topicArn: string; functionArn: string }

/** Notes what was published, and takes it to the functions that are subscribed. */
export function topics(state: {
  published: Published[]
  subscriptions: Subscription[]
  lambda: Lambda
  now(): number
  /** Whether it does so with this one. */
  handsOn?: (message: Published) => boolean
}): (message: Published) => string {
  return (message) => {
    const MessageId = randomUUID()
    state.published.push(message)
    if (state.handsOn?.(message) === false) return MessageId
    const { topic: TopicArn, subject: Subject, text: Message, attributes } = message
    for (const { arn, topicArn, functionArn } of state.subscriptions) {
      if (topicArn !== TopicArn) continue
      const MessageAttributes = Object.fromEntries(
        Object.entries(attributes).map(([name, Value]) => [name, { Type: 'String', Value }]),
      )
      const Sns = { Type: 'Notification', MessageId, TopicArn, Message, MessageAttributes }
      const what = { ...Sns, Subject: Subject || null, Timestamp: iso(state.now()) }
      const record = { EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn: arn, Sns: what }
      deliver(state.lambda, 'sns.amazonaws.com', functionArn, JSON.stringify({ Records: [record] }))
    }
    return MessageId
  }
}

/** SNS: Publish to a topic, and who is subscribed. */
export function sns(send: (message: Published) => string, { topics }: LookUps): LocalService {
  return queryService('sns', 'http://sns.amazonaws.com/doc/2010-03-31/', {
    Publish: publish(send),
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

function publish(send: (message: Published) => string): QueryAction {
  const invalid = (name: string) => new AwsError('InvalidParameter', `Invalid parameter: ${name}`)
  return {
    known:
      /^(TopicArn|Subject|Message|MessageStructure|MessageAttributes\.entry\.\d+\.(Name|Value\.(DataType|StringValue)))$/,
    answer(form) {
      const [topic = '', subject = '', text = ''] = ['TopicArn', 'Subject', 'Message'].map(
        (name) => form.get(name) ?? '',
      )
      if (!/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/.test(topic))
        throw invalid('TopicArn')
      if (form.has('Subject') && !SUBJECT.test(subject)) throw invalid('Subject')
      if (text === '' || Buffer.byteLength(text) > 262_144) throw invalid('Message')
      const attributes = attributesIn(form)
      const structure = form.get('MessageStructure')
      if (structure === null) return { MessageId: send({ topic, subject, text, attributes }) }
      if (structure !== 'json') throw invalid('MessageStructure')
      return { MessageId: send({ topic, subject, attributes, ...byProtocol(text) }) }
    },
  }
}

/** Source: SNS API reference, Publish, MessageStructure: valid JSON with a `default`, all values strings. */
function byProtocol(message: string): Pick<Published, 'text' | 'forHttps'> {
  const invalid = (what: string) =>
    new AwsError('InvalidParameter', `Invalid parameter: Message Structure - ${what}`)
  let forms: Record<string, unknown>
  try {
    forms = JSON.parse(message)
  } catch {
    throw invalid('JSON message body failed to parse')
  }
  const { default: text, https: forHttps } = forms
  if (typeof text !== 'string') throw invalid('No default entry in JSON message body')
  return { text, ...(typeof forHttps === 'string' && { forHttps }) }
}

function attributesIn(form: URLSearchParams): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [key, name] of form) {
    if (!key.endsWith('.Name')) continue
    found[name] = form.get(key.replace(/Name$/, 'Value.StringValue')) ?? ''
  }
  return found
}
