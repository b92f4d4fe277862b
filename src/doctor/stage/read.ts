import type { LambdaClient } from '@aws-sdk/client-lambda'
import { settingsFor } from '../../aws/settings.ts'
import type { Config } from '../../config/config.ts'
import type { AuditStates } from '../../ledger/audit-state.ts'
import type { Facts } from '../../ledger/facts.ts'
import type { Holds } from '../../ledger/holds.ts'
import { watchesReads } from '../../model/adoption.ts'
import type { StageOption } from '../../model/pasteable.ts'
import { namesOf } from '../../model/resource-names.ts'
import { iso } from '../../model/time.ts'
import { readPlan } from '../../schedules/read-plan.ts'
import type { Identity } from '../identity.ts'
import { lookUp } from '../lookup.ts'
import type { StageFacts } from './facts.ts'

type StageInputs = {
  named: StageOption
  config: Config
  identity: Identity
  now: number
  holds: Pick<Holds, 'inForce'>
  states: Pick<AuditStates, 'get'>
  facts: Pick<Facts, 'list'>
  lambda: LambdaClient
}

/** What a deploy has made, as it stands. */
export async function readStage(inputs: StageInputs): Promise<StageFacts> {
  const { named, config, identity, now, holds, states, facts, lambda } = inputs
  const [inForce, audit, listed, planned, orchestrator, concurrency, deadLetters, lostReads, subscriptions] =
    await Promise.all([
      lookUp('dynamodb:Query', () => holds.inForce(iso(now))),
      lookUp('dynamodb:GetItem', () => states.get()),
      lookUp('dynamodb:BatchGetItem', () => facts.list()),
      lookUp(
        'scheduler:ListSchedules, scheduler:GetSchedule',
        async () => (await readPlan(config, now)).planned,
      ),
      lookUp('lambda:GetFunctionConfiguration', (options) => orchestratorOf(config, lambda, options)),
      lookUp('lambda:GetAccountSettings, lambda:GetFunctionConcurrency', (options) =>
        concurrencyOf(config, lambda, options),
      ),
      lookUp('sqs:GetQueueUrl, sqs:GetQueueAttributes', (options) =>
        messagesIn(namesOf(config.stage).deadLetterQueue, options),
      ),
      watchesReads(config)
        ? lookUp('sqs:GetQueueUrl, sqs:GetQueueAttributes', (options) =>
            messagesIn(namesOf(config.stage).readsDeadLetters, options),
          )
        : undefined,
      lookUp('sns:ListSubscriptionsByTopic', (options) => subscriptionsOf(config, identity, options)),
    ])
  const clock = identity.clock ? { found: identity.clock } : { unknown: 'AWS’s answer carried no time' }
  return {
    named,
    ...{ config, now, holds: inForce, audit, planned, orchestrator, concurrency, deadLetters },
    ...{ subscriptions, clock },
    ...(lostReads && { readsDeadLetters: lostReads }),
    // No table: the check of the ledger says it.
    accountFacts: 'unknown' in listed ? listed : { found: listed.found ?? [] },
  }
}

type Options = { abortSignal: AbortSignal }

async function orchestratorOf(config: Config, lambda: LambdaClient, options: Options) {
  const { GetFunctionConfigurationCommand } = await import('@aws-sdk/client-lambda')
  const [FunctionName = '', Qualifier] = namesOf(config.stage).rotateAlias.split(':')
  return lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName, ...(Qualifier && { Qualifier }) }),
    options,
  )
}

/** Source: Lambda API reference, AccountLimit.UnreservedConcurrentExecutions. */
async function concurrencyOf(config: Config, lambda: LambdaClient, options: Options) {
  const { GetAccountSettingsCommand, GetFunctionConcurrencyCommand } = await import('@aws-sdk/client-lambda')
  const FunctionName = namesOf(config.stage).rotateFunction
  const [{ ReservedConcurrentExecutions: reserved }, { AccountLimit }] = await Promise.all([
    lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }), options),
    lambda.send(new GetAccountSettingsCommand({}), options),
  ])
  return { reserved, unreserved: AccountLimit?.UnreservedConcurrentExecutions }
}

async function messagesIn(QueueName: string, options: Options): Promise<number> {
  const { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } = await import('@aws-sdk/client-sqs')
  const client = new SQSClient({ ...settingsFor('repeatable') })
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName }), options)
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
    options,
  )
  return Number(Attributes?.ApproximateNumberOfMessages ?? 0)
}

async function subscriptionsOf(config: Config, identity: Identity, options: Options) {
  const { paginateListSubscriptionsByTopic, SNSClient } = await import('@aws-sdk/client-sns')
  const client = new SNSClient({ ...settingsFor('repeatable') })
  const { partition, region, account } = identity
  const TopicArn = `arn:${partition}:sns:${region}:${account}:${namesOf(config.stage).alertTopic}`
  const found: { arn: string; endpoint: string }[] = []
  for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic(
    { client },
    { TopicArn },
    options,
  ))
    for (const { SubscriptionArn = '', Endpoint = '' } of Subscriptions)
      found.push({ arn: SubscriptionArn, endpoint: Endpoint })
  return found
}
