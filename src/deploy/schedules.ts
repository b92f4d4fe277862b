import { createHash } from 'node:crypto'
import type { Config } from '../config/config.ts'
import type { ResourceNames } from '../model/resource-names.ts'
import { type DesiredSchedule, desiredSchedules, MAXIMUM_RETRY_ATTEMPTS } from '../schedules/desired.ts'
import { attribute, IDS, type Resource, type Resources, ref } from './template.ts'

/** The stage's schedule group, and in it a schedule for each entry and each early companion. */
export function schedules(config: Config, names: ResourceNames): Resources {
  const desired = desiredSchedules(config)
  return {
    [IDS.scheduleGroup]: {
      Type: 'AWS::Scheduler::ScheduleGroup',
      Properties: { Name: names.scheduleGroup },
    },
    ...Object.fromEntries(desired.map((schedule) => [logicalId(schedule.name), resource(schedule)])),
  }
}

/** Logical ids are letters and digits only: the name's own, told apart from `a.b` for `a-b` by a hash. */
function logicalId(name: string): string {
  const readable = name.replace(/[^A-Za-z0-9]/g, '')
  return `Schedule${readable}${createHash('sha256').update(name).digest('hex').slice(0, 8)}`
}

function resource(schedule: DesiredSchedule): Resource {
  return {
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      Name: schedule.name,
      GroupName: ref(IDS.scheduleGroup),
      Description: schedule.description,
      ScheduleExpression: schedule.expression,
      ScheduleExpressionTimezone: schedule.timezone,
      State: schedule.enabled ? 'ENABLED' : 'DISABLED',
      // A rotation starts when it was asked to start.
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: ref(IDS.rotateAlias),
        RoleArn: attribute(IDS.schedulerRole, 'Arn'),
        Input: schedule.input,
        RetryPolicy: {
          MaximumEventAgeInSeconds: schedule.maximumEventAgeSeconds,
          MaximumRetryAttempts: MAXIMUM_RETRY_ATTEMPTS,
        },
        DeadLetterConfig: { Arn: attribute(IDS.deadLetters, 'Arn') },
      },
    },
  }
}
