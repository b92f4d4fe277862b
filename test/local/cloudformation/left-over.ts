import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { ListScheduleGroupsCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler'
import type { LocalAws } from '../../../src/local/aws.ts'
import { VERIFY_PREFIX } from '../../../src/model/resource-names.ts'
import { clientConfig } from '../client-config.ts'

/** What stacks of verify have left behind, by what the local AWS holds. */
export async function leftOver(aws: LocalAws): Promise<string[]> {
  const held = [
    aws.deployed,
    aws.functions,
    aws.durableFunctions,
    aws.rules,
    aws.alarms,
    aws.stackRoles,
    aws.named,
    aws.secretsManager.secrets,
  ].flatMap((it) => [...it.keys()])
  const scheduler = new SchedulerClient(clientConfig(aws))
  const { TableNames = [] } = await new DynamoDBClient(clientConfig(aws)).send(new ListTablesCommand({}))
  const { ScheduleGroups = [] } = await scheduler.send(new ListScheduleGroupsCommand({}))
  const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({}))
  const subscribed = aws.subscriptions.map(({ topicArn }) => topicArn)
  return [
    ...held,
    ...subscribed,
    ...TableNames,
    ...[...ScheduleGroups, ...Schedules].map(({ Arn = '' }) => Arn),
  ].filter((it) => it.includes(VERIFY_PREFIX))
}
