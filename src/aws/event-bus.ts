import type { EventBridgeClient, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import { EVENT_SOURCE } from '../model/resource-names.ts'
import type { Permission } from './permission.ts'
import { settingsFor } from './settings.ts'
import { withinNotifyTime } from './time-limit.ts'

/** An event for EventBridge's default bus. `at`: ISO instant. */
type BusEvent = { detailType: string; at: string; resources: string[]; detail: object }

/** Source: EventBridge API reference, PutEvents. */
const MOST_ENTRIES = 10

export const EVENT_BUS_PERMISSIONS = {
  putEvents: [{ action: 'events:PutEvents', on: 'event bus', changes: true }],
} as const satisfies Record<string, Permission[]>

/** EventBridge, loaded as it is first used: most starts of a function announce nothing. */
export function openEventBus() {
  let bus: EventBridgeClient | undefined
  return {
    async putEvents(events: BusEvent[]): Promise<void> {
      const { EventBridgeClient, PutEventsCommand } = await import('./late-events.ts')
      bus ??= new EventBridgeClient({ ...settingsFor('repeatable') })
      const client = bus
      await withinNotifyTime(async (abortSignal) => {
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
