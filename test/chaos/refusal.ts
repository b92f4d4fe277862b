import { randomUUID } from 'node:crypto'
import { type Fault, faultError } from '../../src/local/fault.ts'
import { errorResponse } from '../../src/local/http.ts'
import { xmlError } from '../../src/local/protocols/query.ts'
import { AwsError } from '../../src/rehearse/secrets-manager/error.ts'
import type { Refused } from './harm.ts'

/** An answer as it goes over the wire. */
export type Answer = { status: number; headers: Record<string, string>; body: Buffer }

/** Services of the Query protocol answer in XML. */
const QUERY = ['sts', 'sns', 'iam', 'ec2']

/** An error in a service's own code, status and protocol. */
export function refusal(service: string, error: 'throttled' | 'unavailable' | Refused): Answer {
  const {
    status,
    headers = {},
    body = '',
  } = QUERY.includes(service) ? xmlError('', errorOf(service, error)) : errorResponse(errorOf(service, error))
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID(), ...headers },
    body: Buffer.from(body),
  }
}

function errorOf(service: string, error: 'throttled' | 'unavailable' | Refused): AwsError {
  if (typeof error === 'object') return new AwsError(error.code, error.message ?? error.code, error.status)
  const kind = error === 'throttled' ? 'throttle' : 'error'
  const known = faultError({ service: service as Fault['service'], action: '*', times: 1, kind })
  return known ?? new AwsError('InternalFailure', 'An error was injected.', 500)
}
