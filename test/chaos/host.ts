/**
 * A process that runs one handler, as an execution environment of Lambda's does; several invocations at a time, to
 * need fewer of them. Started by `hosts.ts`, with the handler's path as its argument; events come by IPC.
 */
import type { Asked, NotifiedFindings } from './hosts.ts'

const [, , path = ''] = process.argv
const { handler } = (await import(path)) as {
  handler(event: unknown, context: object): Promise<unknown>
}
const notify = (message: NotifiedFindings) => process.send?.(message)

process.on('disconnect', () => process.exit())
process.on('message', async ({ id, event, context, remainingMs }: Asked) => {
  const ends = Date.now() + remainingMs
  try {
    const result = await handler(event, {
      ...context,
      getRemainingTimeInMillis: () => ends - Date.now(),
    })
    notify({ id, result })
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error))
    notify({ id, error: { name, message } })
  }
})
notify({ ready: true })
