import type { EventBridgeClient, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import type { SNSClient } from '@aws-sdk/client-sns'
import { EVENT_SOURCE } from '../model/resource-names.ts'
import { settingsFor } from './settings.ts'
import { withTimeLimit } from './time-limit.ts'

/** An event for EventBridge's default bus. `at`: ISO instant. */
type BusEvent = { detailType: string; at: string; resources: string[]; detail: object }

/** All tries of one call together: whoever waits for it may have a rotation's next step to take. */
const GIVE_UP_MS = 3_000
const LATE = `no answer in ${GIVE_UP_MS / 1_000} s`

/** Source: EventBridge API reference, PutEvents. */
const MOST_ENTRIES = 10

/** EventBridge and SNS, each loaded as it is first used: most starts of a function announce nothing. */
export function openPublisher() {
  let bus: EventBridgeClient | undefined
  const topics = new Map<string, SNSClient>()
  return {
    async putEvents(events: BusEvent[]): Promise<void> {
      const { EventBridgeClient, PutEventsCommand } = await import('@aws-sdk/client-eventbridge')
      bus ??= new EventBridgeClient({ ...settingsFor('repeatable') })
      const client = bus
      await withTimeLimit(GIVE_UP_MS, LATE, async (abortSignal) => {
        for (let at = 0; at < events.length; at += MOST_ENTRIES) {
          const batch = events.slice(at, at + MOST_ENTRIES).map(entryOf)
          await untilTaken(batch, async (Entries) => {
            const { Entries: answers = [] } = await client.send(new PutEventsCommand({ Entries }), {
              abortSignal,
            })
            return Entries.filter((_, index) => answers[index]?.ErrorCode !== undefined)
          })
        }
      })
    },
    async publish(
      topic: string,
      { id, subject, text }: { id: string; subject: string; text: string },
    ): Promise<void> {
      const { PublishCommand, SNSClient } = await import('@aws-sdk/client-sns')
      const [, , , region = ''] = topic.split(':')
      const client = topics.get(region) ?? new SNSClient({ ...settingsFor('repeatable'), region })
      topics.set(region, client)
      const MessageAttributes = { id: { DataType: 'String', StringValue: id } }
      const command = new PublishCommand({
        TopicArn: topic,
        Subject: subject,
        Message: text,
        MessageAttributes,
      })
      await withTimeLimit(GIVE_UP_MS, LATE, (abortSignal) => client.send(command, { abortSignal }))
    },
  }
}

/** Puts again what EventBridge refused: it may take some entries of a call and refuse others. */
async function untilTaken(
  batch: PutEventsRequestEntry[],
  put: (entries: PutEventsRequestEntry[]) => Promise<PutEventsRequestEntry[]>,
): Promise<void> {
  let left = batch
  for (let tries = 0; tries < 3 && left.length > 0; tries++) left = await put(left)
  if (left.length > 0) throw new Error(`EventBridge refused ${left.length} of ${batch.length} events`)
}

function entryOf({ detailType, at, resources, detail }: BusEvent): PutEventsRequestEntry {
  return {
    Source: EVENT_SOURCE,
    DetailType: detailType,
    Time: new Date(at),
    Resources: resources,
    Detail: JSON.stringify(detail),
  }
}
