import { AwsError } from './error.ts'

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
 * not seen); service `scheduler`, action `Deliver`, is the Scheduler invoking a target (any kind).
 */
export type Fault = {
  service:
    | 'secretsmanager'
    | 'scheduler'
    | 'lambda'
    | 'dynamodb'
    | 'ssm'
    | 'sts'
    | 'sns'
    | 'events'
    | 'ec2'
    | 'iam'
    | 'sqs'
    | 'rotation'
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
  /** Only requests whose body, parsed, fits. */
  match?: (input: unknown) => boolean
}

export function takeFault(
  faults: Fault[],
  service: string,
  action: string,
  input: () => unknown,
): Fault | undefined {
  const fault = faults.find(
    (it) =>
      it.times > 0 &&
      it.service === service &&
      (it.action === '*' || it.action === action) &&
      (it.match?.(input()) ?? true),
  )
  if (fault) fault.times--
  return fault
}

/** The error that a fault answers with; `undefined` for kinds that are not an error. */
export function faultError(fault: Fault): AwsError | undefined {
  if (fault.kind === 'throttle') {
    const [code, status] = THROTTLED[fault.service]
    return new AwsError(fault.code ?? code, fault.message ?? 'Rate exceeded', fault.status ?? status)
  }
  if (fault.kind === 'error') {
    const code = fault.code ?? INTERNAL[fault.service]
    return new AwsError(
      code,
      fault.message ?? 'An error was injected.',
      fault.status ?? (fault.code ? 400 : 500),
    )
  }
  return undefined
}

const THROTTLED = {
  secretsmanager: ['ThrottlingException', 400],
  scheduler: ['ThrottlingException', 429],
  lambda: ['TooManyRequestsException', 429],
  dynamodb: ['ProvisionedThroughputExceededException', 400],
  ssm: ['ThrottlingException', 400],
  sts: ['Throttling', 400],
  sns: ['Throttled', 429],
  events: ['ThrottlingException', 400],
  ec2: ['RequestLimitExceeded', 503],
  iam: ['Throttling', 400],
  sqs: ['RequestThrottled', 400],
  rotation: ['TooManyRequestsException', 429],
} as const

const INTERNAL = {
  secretsmanager: 'InternalServiceError',
  scheduler: 'InternalServerException',
  lambda: 'ServiceException',
  dynamodb: 'InternalServerError',
  ssm: 'InternalServerError',
  sts: 'InternalFailure',
  sns: 'InternalError',
  events: 'InternalException',
  ec2: 'InternalError',
  iam: 'ServiceFailure',
  sqs: 'InternalError',
  rotation: 'ServiceException',
} as const
