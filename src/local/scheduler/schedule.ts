import { z } from 'zod'
import { compile } from '../../calendar/calendar.ts'
import { type Calendar, ExpressionError, expressionKind } from '../../calendar/expression.ts'
import { isTimezone } from '../../calendar/timezone.ts'
import { invalid, unsupported } from '../../rehearse/secrets-manager/error.ts'
import { ACCOUNT, REGION } from '../arn.ts'

/** The limits are the API reference's (docs/aws-facts.md). A property that is not here is refused by name. */
export const Name = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[0-9a-zA-Z-_.]+$/)

const Target = z.strictObject({
  Arn: z.string().min(1).max(1600),
  RoleArn: z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/),
  Input: z.string().min(1).optional(),
  RetryPolicy: z
    .strictObject({
      MaximumEventAgeInSeconds: z.number().int().min(60).max(86_400).optional(),
      MaximumRetryAttempts: z.number().int().min(0).max(185).optional(),
    })
    .optional(),
  DeadLetterConfig: z
    .strictObject({
      Arn: z
        .string()
        .regex(/^arn:aws[a-z-]*:sqs:[\w-]+:\d+:[\w-]+$/)
        .optional(),
    })
    .optional(),
})

export const Definition = z.strictObject({
  ScheduleExpression: z.string().min(1).max(256),
  ScheduleExpressionTimezone: z.string().min(1).max(50).optional(),
  /** Epoch seconds, in UTC. */
  StartDate: z.number().optional(),
  EndDate: z.number().optional(),
  Description: z.string().max(512).optional(),
  GroupName: Name.optional(),
  State: z.enum(['ENABLED', 'DISABLED']).optional(),
  ActionAfterCompletion: z.enum(['NONE', 'DELETE']).optional(),
  ClientToken: z.string().min(1).max(64).optional(),
  FlexibleTimeWindow: z.strictObject({
    Mode: z.enum(['OFF', 'FLEXIBLE']),
    MaximumWindowInMinutes: z.number().int().min(1).max(1440).optional(),
  }),
  Target,
})
export type Definition = z.output<typeof Definition>

export type Schedule = {
  arn: string
  name: string
  group: string
  definition: Definition
  createdAt: number
  modifiedAt: number
  calendar: Calendar
}

/** Recorded from the real service in getmoto/moto, pull request 8172; on updates too. */
const OLDEST_START_MS = 300_000

/**
 * Builds a schedule from a definition as a whole: what it does not say has its default, whatever it was before.
 * @throws AwsError ValidationException
 */
export function buildSchedule(
  name: string,
  definition: Definition,
  { now, zoneOf = (zone) => zone }: { now(): number; zoneOf?: (timezone: string) => string },
  createdAt = now(),
): Schedule {
  const { Target, FlexibleTimeWindow, ScheduleExpression, ScheduleExpressionTimezone = 'UTC' } = definition
  if (FlexibleTimeWindow.Mode !== 'OFF') throw unsupported('FlexibleTimeWindow.Mode FLEXIBLE')
  if (!/^arn:aws[a-z-]*:lambda:[\w-]+:\d{12}:function:/.test(Target.Arn))
    throw unsupported(`the target ${Target.Arn}`)
  if (Target.Input !== undefined && !isJson(Target.Input)) {
    throw invalid('The Input of a Lambda target must be JSON.')
  }
  if (!isTimezone(ScheduleExpressionTimezone)) {
    throw invalid(`Invalid Schedule Expression Timezone ${ScheduleExpressionTimezone}.`)
  }
  const { StartDate } = definition
  if (StartDate !== undefined && StartDate * 1_000 < now() - OLDEST_START_MS) {
    throw invalid('The StartDate you specify cannot be earlier than 5 minutes ago.')
  }
  const group = definition.GroupName ?? 'default'
  try {
    const start = StartDate === undefined ? createdAt : StartDate * 1000
    return {
      arn: `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/${group}/${name}`,
      name,
      group,
      definition,
      createdAt,
      modifiedAt: now(),
      calendar: compile(ScheduleExpression, zoneOf(ScheduleExpressionTimezone), { start }),
    }
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    throw invalid(`Invalid Schedule Expression ${ScheduleExpression}.`)
  }
}

/** The next occurrence between StartDate and EndDate, which a one-time schedule ignores; epoch milliseconds. */
export function nextOccurrence(schedule: Schedule, after: number): number | undefined {
  const { ScheduleExpression, StartDate, EndDate } = schedule.definition
  if (expressionKind(ScheduleExpression) === 'at') return schedule.calendar.next(after)
  const next = schedule.calendar.next(Math.max(after, (StartDate ?? 0) * 1000 - 1))
  return next !== undefined && next <= (EndDate ?? Number.POSITIVE_INFINITY) * 1000 ? next : undefined
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
