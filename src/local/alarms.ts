import { setTimeout as sleep } from 'node:timers/promises'
import { iso } from '../model/time.ts'
import { parseFunction } from './arn.ts'
import type { ExecutionEvent } from './lambda/durable.ts'
import type { Published } from './news.ts'

/** An alarm on how a function's durable executions end: that is all that is counted here. */
export type Alarm = {
  name: string
  metric: 'DurableExecutionFailed' | 'DurableExecutionStopped' | 'DurableExecutionTimedOut'
  functionName: string
  /** Topics. */
  actions: string[]
}

/** Rings a while after such an end: metrics come by the minute. Source: CloudWatch User Guide, alarm notifications. */
export function alarmsHear(options: {
  alarms: Map<string, Alarm>
  send(message: Published): void
  now(): number
  delayMs: number
  background(work: () => Promise<void>): void
  signal: AbortSignal
}): (event: ExecutionEvent) => void {
  return ({ detail }) => {
    const { name: functionName } = parseFunction(detail.functionArn)
    const metric = { FAILED: 'DurableExecutionFailed', STOPPED: 'DurableExecutionStopped' }[
      detail.status as string
    ]
    for (const alarm of options.alarms.values()) {
      if (alarm.metric !== metric || alarm.functionName !== functionName) continue
      options.background(async () => {
        await sleep(options.delayMs, undefined, { signal: options.signal })
        const text = JSON.stringify({
          AlarmName: alarm.name,
          NewStateValue: 'ALARM',
          OldStateValue: 'OK',
          StateChangeTime: iso(options.now()),
          Trigger: { Namespace: 'AWS/Lambda', MetricName: alarm.metric },
        })
        for (const topic of alarm.actions)
          options.send({ topic, subject: `ALARM: "${alarm.name}"`, text, attributes: {} })
      })
    }
  }
}
