import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { AwsError } from './error.ts'
import { type LocalService, parseJson } from './http.ts'
import { checkInput } from './input.ts'

/** An event as it was put on the default bus; `Time` in seconds. */
export type PutEvent = {
  Source: string
  DetailType: string
  Detail: string
  Time?: number | undefined
  Resources?: string[] | undefined
}

/** Source: EventBridge API reference, PutEvents: one to ten entries, sources that do not begin with `aws.`. */
const Input = z.strictObject({
  Entries: z
    .array(
      z.strictObject({
        Source: z.string().regex(/^(?!aws\.)./),
        DetailType: z.string().min(1).max(128),
        Detail: z.string().refine((text) => typeof JSON.parse(text) === 'object'),
        Time: z.number().optional(),
        Resources: z.array(z.string()).optional(),
      }),
    )
    .min(1)
    .max(10),
})

/** EventBridge, in AWS JSON 1.1: PutEvents on the default bus. No rule ever matches; tests read what came. */
export function eventBridge(put: PutEvent[]): LocalService {
  return {
    name: 'events',
    recognise(request) {
      const [service, action] = request.header('x-amz-target')?.split('.') ?? []
      return service === 'AWSEvents' ? action : undefined
    },
    async handle(name, request) {
      if (name !== 'PutEvents') {
        throw new AwsError('UnknownOperationException', `The local EventBridge does not know ${name}.`)
      }
      const { Entries } = checkInput(name, Input, parseJson(request.body), 'ValidationException')
      put.push(...Entries)
      return {
        status: 200,
        headers: { 'content-type': 'application/x-amz-json-1.1' },
        body: JSON.stringify({
          FailedEntryCount: 0,
          Entries: Entries.map(() => ({ EventId: randomUUID() })),
        }),
      }
    },
  }
}
