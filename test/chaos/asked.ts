import type { IncomingMessage } from 'node:http'
import { callerOf } from '../../src/local/caller.ts'

/**
 * What a request asks of AWS, whichever protocol it speaks. `caller`: its access key id. `leftAt`: when its process let
 * it go (see clock.ts), epoch ms: a busy machine may carry it for seconds. `lateMs`: how late that process was then. Absent
 * where nobody says so.
 */
export type Asked = {
  service: string
  action: string
  caller: string
  body: string
  leftAt?: number
  lateMs?: number
}

/** REST services name no action: method and path tell. */
const REST: [method: string, path: RegExp, action: string][] = [
  ['POST', /^\/2015-03-31\/functions\/[^/]+\/invocations$/, 'Invoke'],
  ['GET', /^\/2015-03-31\/functions\/[^/]+$/, 'GetFunction'],
  ['POST', /^\/2025-12-01\/durable-executions\/[^/]+\/checkpoint$/, 'CheckpointDurableExecution'],
  ['GET', /^\/2025-12-01\/durable-executions\/[^/]+\/state$/, 'GetDurableExecutionState'],
  [
    'POST',
    /^\/2025-12-01\/durable-execution-callbacks\/[^/]+\/succeed$/,
    'SendDurableExecutionCallbackSuccess',
  ],
  ['POST', /^\/schedules\/[^/]+$/, 'CreateSchedule'],
  ['GET', /^\/schedules$/, 'ListSchedules'],
]

/** Reads the signature's scope, and the action where the protocol has it: a header (JSON), the form (Query), a path (REST). */
export function parseRotateNow({ headers, method = '', url = '/' }: IncomingMessage, body: Buffer): Asked {
  const { service, accessKeyId: caller } = callerOf(headers.authorization)
  const text = body.toString()
  const target = String(headers['x-amz-target'] ?? '').split('.')[1]
  const form = /x-www-form-urlencoded/.test(headers['content-type'] ?? '')
    ? new URLSearchParams(text).get('Action')
    : undefined
  const { pathname } = new URL(url, 'http://localhost')
  const rest = REST.find(([verb, path]) => verb === method && path.test(pathname))?.[2]
  const action = target ?? form ?? rest ?? `${method} ${pathname}`
  const [leftAt = 0, lateMs = 0] = [headers['chaos-left'], headers['chaos-late']].map(Number)
  return { service, caller, action, body: text, ...(leftAt > 0 && { leftAt }), ...(lateMs > 0 && { lateMs }) }
}
