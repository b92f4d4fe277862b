import { z } from 'zod'
import { AwsError } from '../rehearse/secrets-manager/error.ts'
import { actionOn } from '../rehearse/secrets-manager/input.ts'
import type { Habits } from './habits.ts'
import type { LocalService } from './http.ts'
import type { BusEvent } from './news.ts'
import { jsonService } from './protocols/json.ts'

type Context = { history: BusEvent[]; lookups: number[]; habits: Habits; now: () => number }

const DAYS_MS = 90 * 86_400_000

const lookupEvents = actionOn<Context>()(
  z.strictObject({
    LookupAttributes: z.tuple([
      z.strictObject({ AttributeKey: z.enum(['EventName', 'ResourceName']), AttributeValue: z.string() }),
    ]),
    StartTime: z.number().optional(),
    EndTime: z.number().optional(),
    MaxResults: z.number().int().min(1).max(50).default(50),
    NextToken: z.string().optional(),
  }),
  ({ history, lookups, habits, now }, asked) => {
    const at = now()
    while ((lookups[0] ?? at) <= at - 1_000) lookups.shift()
    if (lookups.length >= 2) throw new AwsError('ThrottlingException', 'Rate exceeded')
    lookups.push(at)
    const [{ AttributeKey, AttributeValue }] = asked.LookupAttributes
    const from = Math.max((asked.StartTime ?? 0) * 1_000, at - DAYS_MS)
    const until = (asked.EndTime ?? Number.POSITIVE_INFINITY) * 1_000
    const found = history
      .map((event) => ({ event, detail: event.detail as Detail, time: Date.parse(event.time) }))
      .filter(({ time }) => time >= from && time <= until)
      .filter(({ detail }) =>
        AttributeKey === 'EventName'
          ? detail.eventName === AttributeValue
          : habits.historyNames === true && detail.requestParameters?.secretId === AttributeValue,
      )
      .sort((a, b) => b.time - a.time)
    const start = Number(asked.NextToken ?? 0)
    const end = start + asked.MaxResults
    return {
      Events: found.slice(start, end).map(({ detail, time }) => ({
        EventId: detail.eventID,
        EventName: detail.eventName,
        EventSource: detail.eventSource,
        EventTime: time / 1_000,
        ReadOnly: 'true',
        Resources: [],
        CloudTrailEvent: JSON.stringify(detail),
      })),
      ...(end < found.length && { NextToken: String(end) }),
    }
  },
)

type Detail = {
  eventID?: string
  eventName?: string
  eventSource?: string
  requestParameters?: { secretId?: string } | null
}

/**
 * CloudTrail's Event history, of reads of secrets: two requests a second for everybody, 50 records a page, newest first.
 * Source: CloudTrail API reference, LookupEvents.
 */
export function cloudTrail(context: Omit<Context, 'lookups'>): LocalService {
  const lookups: number[] = []
  return jsonService({
    name: 'cloudtrail',
    target: 'CloudTrail_20131101',
    title: 'CloudTrail',
    actions: { LookupEvents: lookupEvents },
    context: () => ({ ...context, lookups }),
  })
}
