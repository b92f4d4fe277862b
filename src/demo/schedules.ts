import {
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler'
import { wallClock } from '../calendar/wall-clock.ts'
import type { Config } from '../config/config.ts'
import { earlyName, namesOf } from '../model/resource-names.ts'
import { iso } from '../model/time.ts'
import { type DesiredSchedule, desiredSchedules, MAXIMUM_RETRY_ATTEMPTS } from '../schedules/desired.ts'

type Demo = {
  /** The one schedule of the config that is no part of the file. */
  name: string
  /** Epoch ms. */
  at: number
  leadSeconds: number
}

/**
 * Creates the stage's schedules in the local Scheduler, as a deploy would: `npx aws-tourbillon plan` finds nothing to do. The
 * demo's are beside them, and its early companion fires just `leadSeconds` ahead instead of two minutes.
 */
export async function createSchedules(config: Config, functionArn: string, demo: Demo): Promise<void> {
  await putSchedules(config.stage, withDemo(config, demo), functionArn)
}

/** Those that were added for the story go once they have fired, as nobody has them in a config. */
export async function removeSchedules(stage: string, name: string): Promise<void> {
  const client = new SchedulerClient({})
  const { scheduleGroup: GroupName } = namesOf(stage)
  for (const Name of [name, earlyName(name, 1)])
    await client.send(new DeleteScheduleCommand({ Name, GroupName }))
}

/** Schedules of a stage in a group of their own, with the target, queue and policy that a deploy gives them. */
export async function putSchedules(
  stage: string,
  schedules: DesiredSchedule[],
  functionArn: string,
): Promise<void> {
  const client = new SchedulerClient({})
  const { scheduleGroup } = namesOf(stage)
  await client.send(new CreateScheduleGroupCommand({ Name: scheduleGroup }))
  const [, scope = ''] = /:lambda:(.*):function:/.exec(functionArn) ?? []
  for (const schedule of schedules) {
    await client.send(
      new CreateScheduleCommand({
        Name: schedule.name,
        GroupName: scheduleGroup,
        Description: schedule.description,
        State: schedule.enabled ? 'ENABLED' : 'DISABLED',
        ScheduleExpression: schedule.expression,
        ScheduleExpressionTimezone: schedule.timezone,
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: `${functionArn}:live`,
          RoleArn: `arn:aws:iam::${scope.split(':').at(-1)}:role/tourbillon-local-scheduler`,
          Input: schedule.input,
          DeadLetterConfig: { Arn: `arn:aws:sqs:${scope}:${namesOf(stage).deadLetterQueue}` },
          RetryPolicy: {
            MaximumEventAgeInSeconds: schedule.maximumEventAgeSeconds,
            MaximumRetryAttempts: MAXIMUM_RETRY_ATTEMPTS,
          },
        },
      }),
    )
  }
}

function withDemo(config: Config, { name, at, leadSeconds }: Demo): DesiredSchedule[] {
  const companion = earlyName(name, 1)
  return desiredSchedules(config)
    .filter((it) => it.name !== companion)
    .flatMap((schedule) => {
      if (schedule.name !== name) return [schedule]
      const description = 'Added by npm start'
      const early = `at(${localTime(at - leadSeconds * 1_000, schedule.timezone)})`
      const input = JSON.stringify({ ...JSON.parse(schedule.input), leadSeconds })
      return [
        { ...schedule, description },
        { ...schedule, description, name: companion, expression: early, input },
      ]
    })
}

/** `2026-11-24T03:00:00` in a zone: what `at()` takes. Seconds' precision, from epoch ms. */
export function localTime(instant: number, timezone: string): string {
  return iso(instant + wallClock(timezone).offsetAt(instant)).slice(0, 19)
}
