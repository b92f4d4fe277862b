import { setTimeout as sleep } from 'node:timers/promises'
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import {
  DescribeSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import { settingsFor, WAITS } from '../../aws/settings.ts'
import { asError } from '../../model/text.ts'
import { TEST_EVENT } from '../names.ts'

/** What the probe is asked to do: all calls to Secrets Manager are its, by its own role. */
export type Asked =
  /** `lookMs`: then looks for the version that long, in the same process: what is measured is not a cold start. */
  | { do: 'rotate'; secret: string; token: string; lookMs?: number }
  /** Looks until the version shows, with the label where one is named, or `forMs` have gone. */
  | { do: 'look'; secret: string; version: string; label?: string; forMs: number }
  | { do: 'clock'; secret: string; times: number }
  | { do: 'tell'; text: string }

/** Instants are Lambda's clock, epoch ms. `date`: AWS's own, of the answer's header, in whole seconds. */
export type Answers = {
  rotate: {
    sentAt: number
    answeredAt: number
    versionId?: string
    refused?: string
    date?: string
    looked?: Answers['look']
  }
  look: { shownAt?: number; looks: number; refused?: string }
  clock: { sentAt: number; answeredAt: number; date?: string }[]
  tell: { toldAt: number; event?: string; text?: string }
}

/** One sending: what is measured is what AWS answers, not what a retry or an impatience of ours makes of it. */
const client = new SecretsManagerClient(settingsFor('once', { ...WAITS, answerMs: 20_000 }))

let date: string | undefined
client.middlewareStack.add(
  (next) => async (args) => {
    const result = await next(args)
    const headers = (result.response as { headers?: Record<string, string> }).headers ?? {}
    date = headers.date ?? headers.Date
    return result
  },
  { step: 'deserialize', priority: 'low', name: 'dateOfAnswer' },
)

const LOOK_EVERY_MS = 200

/** A plain function: does one thing, and answers with what it saw. */
export async function probe(asked: Asked): Promise<Answers[Asked['do']]> {
  switch (asked.do) {
    case 'rotate':
      return rotate(asked)
    case 'look':
      return look(asked)
    case 'clock':
      return clock(asked.secret, asked.times)
    case 'tell':
      return tell(asked.text)
  }
}

async function rotate({ secret, token, lookMs }: Asked & { do: 'rotate' }): Promise<Answers['rotate']> {
  const sentAt = Date.now()
  const answered: { versionId?: string; refused?: string } = await client
    .send(new RotateSecretCommand({ SecretId: secret, ClientRequestToken: token }))
    .then(
      ({ VersionId }) => (VersionId === undefined ? {} : { versionId: VersionId }),
      (error: unknown) => ({ refused: codeOf(error) }),
    )
  const answer = { sentAt, answeredAt: Date.now(), ...answered, ...(date !== undefined && { date }) }
  if (lookMs === undefined || answered.refused !== undefined) return answer
  return { ...answer, looked: await look({ secret, version: answered.versionId ?? token, forMs: lookMs }) }
}

type Described = { at: number; versions: Record<string, string[]>; refused?: string }

async function describe(SecretId: string): Promise<Described> {
  try {
    const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }))
    return { at: Date.now(), versions: VersionIdsToStages }
  } catch (error) {
    return { at: Date.now(), versions: {}, refused: codeOf(error) }
  }
}

async function look({
  secret,
  version,
  label,
  forMs,
}: Omit<Asked & { do: 'look' }, 'do'>): Promise<Answers['look']> {
  let refused: string | undefined
  for (let looks = 1, until = Date.now() + forMs; ; looks++) {
    const seen = await describe(secret)
    refused = seen.refused
    const labels = seen.versions[version]
    if (labels && (label === undefined || labels.includes(label))) return { shownAt: seen.at, looks }
    if (Date.now() >= until) return { looks, ...(refused !== undefined && { refused }) }
    await sleep(LOOK_EVERY_MS)
  }
}

async function clock(secret: string, times: number): Promise<Answers['clock']> {
  const readings: Answers['clock'] = []
  for (let n = 0; n < times; n++) {
    const sentAt = Date.now()
    await describe(secret)
    readings.push({ sentAt, answeredAt: Date.now(), ...(date !== undefined && { date }) })
    // Not at the same part of a second each time: the header has whole ones.
    await sleep(130)
  }
  return readings
}

/** One event on the default bus, one text to the stack's own topic; each tells whether it was taken. */
async function tell(text: string): Promise<Answers['tell']> {
  const toldAt = Date.now()
  const Detail = JSON.stringify({ verify: process.env.VERIFY, text })
  const entry = { Source: TEST_EVENT.source, DetailType: TEST_EVENT.detailType, Detail }
  const [event, message] = await Promise.all([
    new EventBridgeClient(settingsFor('repeatable'))
      .send(new PutEventsCommand({ Entries: [entry] }))
      .then(({ Entries = [] }) => Entries[0]?.ErrorCode, codeOf),
    new SNSClient(settingsFor('repeatable'))
      .send(new PublishCommand({ TopicArn: process.env.TOPIC, Message: text }))
      .then(() => undefined, codeOf),
  ])
  return { toldAt, ...(event !== undefined && { event }), ...(message !== undefined && { text: message }) }
}

/** AWS's code; a message may hold an ARN. */
function codeOf(error: unknown): string {
  return asError(error).name
}
