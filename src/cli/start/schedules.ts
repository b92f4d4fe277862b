import { CreateScheduleCommand, CreateScheduleGroupCommand, SchedulerClient } from '@aws-sdk/client-scheduler'
import type { Config, Schedule } from '../../config/config.ts'
import { namesOf } from '../../config/names.ts'

/** Creates the stage's schedules in the local Scheduler; `at` names those that also get an early companion. */
export async function createSchedules(
  config: Config,
  target: { functionArn: string },
  early: { name: string; at: number; leadSeconds: number },
): Promise<void> {
  const client = new SchedulerClient({})
  const { scheduleGroup } = namesOf(config.stage)
  await client.send(new CreateScheduleGroupCommand({ Name: scheduleGroup }))
  const create = (name: string, expression: string, schedule: Schedule, input: object) =>
    client.send(
      new CreateScheduleCommand({
        Name: name,
        GroupName: scheduleGroup,
        ScheduleExpression: expression,
        ScheduleExpressionTimezone: schedule.timezone,
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: `${target.functionArn}:live`,
          RoleArn: 'arn:aws:iam::123456789012:role/tourbillon-local-scheduler',
          Input: JSON.stringify({
            schedule: schedule.name,
            scheduledAt: '<aws.scheduler.scheduled-time>',
            ...input,
          }),
        },
      }),
    )
  for (const schedule of config.schedules) {
    await create(schedule.name, schedule.when, schedule, {})
    if (schedule.name === early.name) {
      const local = localTime(early.at - early.leadSeconds * 1_000, schedule.timezone)
      await create(`_early.${schedule.name}`, `at(${local})`, schedule, { leadSeconds: early.leadSeconds })
    }
  }
}

/** `2026-11-24T03:00:00` in a zone: what `at()` takes. Seconds' precision, from epoch ms. */
export function localTime(instant: number, timezone: string): string {
  return new Date(instant).toLocaleString('sv-SE', { timeZone: timezone }).replace(' ', 'T')
}
