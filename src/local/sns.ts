import { randomUUID } from 'node:crypto'
import { callerOf } from './caller.ts'
import { AwsError, unsupported } from './error.ts'
import type { LocalService } from './http.ts'
import { xml, xmlError } from './xml.ts'

/** A message as it was given to a topic. */
export type Published = { topic: string; subject: string; text: string; attributes: Record<string, string> }

const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/'
const KNOWN =
  /^(Action|Version|TopicArn|Subject|Message|MessageAttributes\.entry\.\d+\.(Name|Value\.(DataType|StringValue)))$/

/** A subject is up to 100 printable ASCII characters in one line. Source: SNS API reference, Publish, Subject. */
const SUBJECT = /^[\x21-\x7e][\x20-\x7e]{0,99}$/

/** SNS in its Query protocol: Publish to a topic, and nobody reads it but tests. */
export function sns(published: Published[]): LocalService {
  return {
    name: 'sns',
    // The action is in the body, which is not read yet; the signature already names the service.
    recognise: (request) =>
      callerOf(request.header('authorization')).service === 'sns' ? 'Publish' : undefined,
    refuse: (error) => xmlError(NAMESPACE, error),
    async handle(_action, request) {
      const form = new URLSearchParams(request.body.toString())
      const action = form.get('Action')
      if (action !== 'Publish') throw unsupported(`SNS's action ${action}`)
      const unknown = [...form.keys()].find((key) => !KNOWN.test(key))
      if (unknown) throw unsupported(`the parameter ${unknown} of Publish`)
      const [topic, subject, text] = ['TopicArn', 'Subject', 'Message'].map((name) => form.get(name) ?? '')
      if (!topic || !/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/.test(topic)) {
        throw new AwsError('InvalidParameter', 'Invalid parameter: TopicArn')
      }
      if (!subject || !SUBJECT.test(subject))
        throw new AwsError('InvalidParameter', 'Invalid parameter: Subject')
      if (!text || Buffer.byteLength(text) > 262_144) {
        throw new AwsError('InvalidParameter', 'Invalid parameter: Message')
      }
      published.push({ topic, subject, text, attributes: attributesIn(form) })
      return xml(
        200,
        `<PublishResponse xmlns="${NAMESPACE}"><PublishResult><MessageId>${randomUUID()}</MessageId></PublishResult><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></PublishResponse>`,
      )
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
