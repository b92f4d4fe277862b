import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { LocalService } from './http.ts'
import { actionOn } from './input.ts'
import { jsonService } from './protocols/json.ts'

/** An event as it was put on the default bus; `Time` in seconds. */
export type PutEvent = z.output<typeof Entry>

const Entry = z.strictObject({
  Source: z.string().regex(/^(?!aws\.)./),
  DetailType: z.string().min(1).max(128),
  Detail: z.string().refine((text) => typeof JSON.parse(text) === 'object'),
  Time: z.number().optional(),
  Resources: z.array(z.string()).optional(),
})

/** Source: EventBridge API reference, PutEvents: one to ten entries, sources that do not begin with `aws.`. */
const Input = z.strictObject({ Entries: z.array(Entry).min(1).max(10) })

const putEvents = actionOn<PutEvent[]>()(Input, (put, { Entries }) => {
  put.push(...Entries)
  return { FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: randomUUID() })) }
})

/** EventBridge: PutEvents on the default bus. No rule ever matches; tests read what came. */
export function eventBridge(put: PutEvent[]): LocalService {
  return jsonService({
    name: 'events',
    target: 'AWSEvents',
    title: 'EventBridge',
    actions: { PutEvents: putEvents },
    context: () => put,
  })
}
