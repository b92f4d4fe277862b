import { AwsError } from '../rehearse/secrets-manager/error.ts'
import { SERVICES, type ServiceName } from './services.ts'

/**
 * Something that goes wrong on purpose. The first fault in the list whose service, action and `match` fit a request
 * hits it, and is spent after `times` hits.
 *
 * `throttle` and `error` refuse the request with the service's own code; `lost-response` performs it and then cuts
 * the connection; `delay` performs it late; `duplicate` performs it twice (DynamoDB: once). `partial` answers a
 * BatchGetItem of DynamoDB with HTTP 200 and without its last key, as where throughput is short; others it lets pass.
 *
 * Requests that do not travel over HTTP can be hit too: service `rotation`, with the step's name as the action, is
 * Secrets Manager invoking a rotation function (`error`, `delay`, `lost-response`: the step runs and its success is
 * not seen); service `cloudformation`, action `Create TYPE` or `Delete TYPE`, is a stack's resource; service
 * `scheduler`, action `Deliver`, is the Scheduler invoking a target (any kind).
 */
export type Fault = {
  service: ServiceName | 'rotation'
  /** The API action's name, or `*`. */
  action: string
  /** How many requests it still hits. */
  times: number
  kind: 'throttle' | 'lost-response' | 'error' | 'delay' | 'duplicate' | 'partial'
  /** For `delay`, milliseconds; default 1000. */
  delayMs?: number
  /** For `error`: instead of the service's internal error, which SDKs retry. */
  code?: string
  message?: string
  status?: number
  /** Only requests over HTTP that are signed with this access key id. */
  caller?: string
  /** Only requests whose body, parsed, fits. */
  match?: (input: unknown) => boolean
}

export function takeFault(
  faults: Fault[],
  service: string,
  action: string,
  input: () => unknown,
  caller?: string,
): Fault | undefined {
  const fault = faults.find(
    (it) =>
      it.times > 0 &&
      it.service === service &&
      (it.action === '*' || it.action === action) &&
      (it.caller === undefined || it.caller === caller) &&
      (it.match?.(input()) ?? true),
  )
  if (fault) fault.times--
  return fault
}

/** A rotation function is a Lambda function. */
const codesOf = (service: Fault['service']) => SERVICES[service === 'rotation' ? 'lambda' : service]

/** The error that a fault answers with; `undefined` for kinds that are not an error. */
export function faultError({ service, kind, ...own }: Fault): AwsError | undefined {
  if (kind === 'throttle') {
    const [code, status] = codesOf(service).throttled
    return new AwsError(own.code ?? code, own.message ?? 'Rate exceeded', own.status ?? status)
  }
  if (kind !== 'error') return undefined
  const status = own.status ?? (own.code ? 400 : 500)
  return new AwsError(own.code ?? codesOf(service).internal, own.message ?? 'An error was injected.', status)
}
