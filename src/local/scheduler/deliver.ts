import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { asError } from '../../model/text.ts'
import { type Fault, faultError, takeFault } from '../fault.ts'
import { invoke, type Lambda } from '../lambda/invoke.ts'
import type { Schedule } from './schedule.ts'

/** What would be a message in the target's SQS dead-letter queue. Source: docs/aws-facts.md, "EventBridge Scheduler". */
export type DeadLetter = { queueArn: string; body: string; attributes: Record<string, string> }

export type Delivery = {
  lambda: Lambda
  faults: Fault[]
  deadLetters: DeadLetter[]
  now(): number
  /** Wait before the second attempt, milliseconds; doubles with each further one. */
  retryDelayMs: number
  /** What `<aws.scheduler.scheduled-time>` says. */
  scheduledTime(at: number): string
}

/**
 * Hands one occurrence to its target: at least once, again while the target refuses it, within the schedule's retry
 * policy. Lambda is invoked asynchronously: once it has taken the event, a failing function is Lambda's affair.
 */
export async function deliver(delivery: Delivery, schedule: Schedule, scheduledAt: number): Promise<void> {
  const { Target } = schedule.definition
  const { MaximumEventAgeInSeconds = 86_400, MaximumRetryAttempts = 185 } = Target.RetryPolicy ?? {}
  for (let attempt = 1; ; attempt++) {
    const time = delivery.scheduledTime(scheduledAt)
    const payload = substitute(Target.Input ?? '{}', schedule, time, attempt)
    try {
      return await attemptOnce(delivery, schedule, payload)
    } catch (error) {
      delivery.lambda.log(`Scheduler ${schedule.name}: attempt ${attempt}: ${String(error)}`)
      const delay = delivery.retryDelayMs * 2 ** (attempt - 1)
      const tooOld = delivery.now() + delay > scheduledAt + MaximumEventAgeInSeconds * 1000
      if (attempt <= MaximumRetryAttempts && !tooOld) {
        await sleep(delay, undefined, { signal: delivery.lambda.signal })
        continue
      }
      const queueArn = Target.DeadLetterConfig?.Arn
      if (queueArn === undefined) return
      const why = {
        ...errorAttributes(error),
        EXHAUSTED_RETRY_CONDITION: tooOld ? 'MaximumEventAgeInSeconds' : 'MaximumRetryAttempts',
        RETRY_ATTEMPTS: String(attempt - 1),
      }
      const what = { SCHEDULED_TIME: time, SCHEDULE_ARN: schedule.arn, TARGET_ARN: Target.Arn }
      delivery.deadLetters.push({ queueArn, body: payload, attributes: { ...why, ...what } })
      return
    }
  }
}

function errorAttributes(error: unknown) {
  const { name, message } = asError(error)
  return { ERROR_CODE: name, ERROR_MESSAGE: message }
}

async function attemptOnce(delivery: Delivery, schedule: Schedule, payload: string) {
  const fault = takeFault(delivery.faults, 'scheduler', 'Deliver', () => ({
    schedule: schedule.name,
    payload,
  }))
  const error = fault && faultError(fault)
  if (error) throw error
  if (fault?.kind === 'delay')
    await sleep(fault.delayMs ?? 1000, undefined, { signal: delivery.lambda.signal })
  const functionName = schedule.definition.Target.Arn
  for (let times = fault?.kind === 'duplicate' ? 2 : 1; times > 0; times--) {
    await invoke(delivery.lambda, { functionName, type: 'Event', payload })
  }
  if (fault?.kind === 'lost-response') throw new Error('The answer of the target was lost.')
}

/**
 * Fills in the context attributes. The execution id is new with each attempt.
 * Source: EventBridge Scheduler User Guide, managing-schedule-context-attributes.
 */
function substitute(input: string, schedule: Schedule, time: string, attempt: number): string {
  return input
    .replaceAll('<aws.scheduler.schedule-arn>', schedule.arn)
    .replaceAll('<aws.scheduler.scheduled-time>', time)
    .replaceAll('<aws.scheduler.execution-id>', randomBytes(8).toString('hex'))
    .replaceAll('<aws.scheduler.attempt-number>', String(attempt))
}
