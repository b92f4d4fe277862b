import {
  CreateAliasCommand,
  InvokeCommand,
  type LambdaClient,
  PublishVersionCommand,
  StopDurableExecutionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { CreateScheduleCommand, type SchedulerClient } from '@aws-sdk/client-scheduler'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { paginateScan } from '@aws-sdk/lib-dynamodb'
import { withAws } from '../aws/with-aws.ts'
import { MINUTE } from '../model/time.ts'
import { changeFunction, PATIENT } from './calls.ts'
import type { Arrival } from './functions/arrivals.ts'
import type { Clock, Lab, Started } from './lab.ts'
import { CANARIES, type VerifyNames } from './names.ts'
import { secretId } from './stack.ts'

/** A schedule that nobody removes ends by itself. */
const SCHEDULES_END_MS = 30 * MINUTE
/** Scans are shared by the probes, ms. */
const FRESH_MS = 1_000

type Clients = { lambda: LambdaClient; scheduler: SchedulerClient; table: DynamoDBDocumentClient }

/** What probes ask of a throw-away stack, and make in it. `outputs`: the stack's. */
export function accountLab(
  { lambda, scheduler, table }: Clients,
  { now, sleep }: Clock,
  names: VerifyNames,
  outputs: Record<string, string>,
): Omit<Lab, keyof Clock | 'patienceMs' | 'zones' | 'newId'> {
  let read: { at: number; arrivals: Promise<Arrival[]> } | undefined
  const scan = async () => {
    const found: Arrival[] = []
    for await (const { Items = [] } of paginateScan(
      { client: table },
      { TableName: names.table, ConsistentRead: true },
    ))
      found.push(...(Items as Arrival[]))
    return found
  }
  return {
    names,
    secrets: Object.fromEntries(CANARIES.map((it) => [it, outputs[secretId(it)] ?? ''])) as Lab['secrets'],
    async ask(asked, without = false) {
      const FunctionName = without ? names.probeWithout : names.probe
      const { FunctionError, Payload } = await withAws(
        `invoke ${FunctionName}`,
        () => lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(asked) })),
        PATIENT,
      )
      const answer = JSON.parse(Payload?.transformToString() || 'null')
      if (FunctionError !== undefined)
        throw new Error(
          `the probe failed: ${answer?.errorType ?? FunctionError}: ${answer?.errorMessage ?? ''}`,
        )
      return answer
    },
    async schedule({ name, expression, timezone = 'UTC', input }) {
      const repeats = expression.startsWith('cron')
      const create = () =>
        scheduler.send(
          new CreateScheduleCommand({
            Name: name,
            GroupName: names.scheduleGroup,
            ScheduleExpression: expression,
            ScheduleExpressionTimezone: timezone,
            FlexibleTimeWindow: { Mode: 'OFF' },
            ...(repeats
              ? { EndDate: new Date(now() + SCHEDULES_END_MS) }
              : { ActionAfterCompletion: 'DELETE' as const }),
            Target: {
              Arn: outputs.SeenArn,
              RoleArn: outputs.SchedulerRoleArn,
              Input: JSON.stringify({
                verify: names.stack,
                ...input,
                scheduledTime: '<aws.scheduler.scheduled-time>',
              }),
              RetryPolicy: { MaximumEventAgeInSeconds: 300, MaximumRetryAttempts: 3 },
            },
          }),
        )
      await withAws(`make the schedule ${name} in ${names.scheduleGroup}`, create, PATIENT)
    },
    async start(of, told, { qualifier = '1', name } = {}): Promise<Started> {
      const FunctionName = `${names[of]}:${qualifier}`
      const invoke = () =>
        lambda
          .send(
            new InvokeCommand({
              ...{ FunctionName, InvocationType: 'Event', Payload: JSON.stringify(told) },
              ...(name !== undefined && { DurableExecutionName: name }),
            }),
          )
          .then(
            ({ DurableExecutionArn }) => ({ execution: DurableExecutionArn }),
            (error: unknown) => {
              if (name === undefined || !isNameTaken(error)) throw error
              return { isTaken: true as const }
            },
          )
      return withAws(`start an execution of ${FunctionName}`, invoke, PATIENT)
    },
    async stop(DurableExecutionArn) {
      const stop = () => lambda.send(new StopDurableExecutionCommand({ DurableExecutionArn }))
      await withAws(`stop the execution ${DurableExecutionArn}`, stop, PATIENT)
    },
    async alias(of, Name) {
      const FunctionName = names[of]
      const create = () => lambda.send(new CreateAliasCommand({ FunctionName, Name, FunctionVersion: '1' }))
      const publish = async () => {
        const Description = 'Tourbillon verify: another version'
        await changeFunction({ lambda, sleep }, FunctionName, () =>
          lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description })),
        )
        const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName }))
        await lambda.send(new UpdateAliasCommand({ FunctionName, Name, FunctionVersion: Version }))
        return Version ?? ''
      }
      await withAws(`make the alias ${Name} of ${FunctionName}`, create, PATIENT)
      return () => withAws(`publish a version of ${FunctionName} for its alias ${Name}`, publish, PATIENT)
    },
    async arrivals() {
      if (read === undefined || now() - read.at >= FRESH_MS)
        read = { at: now(), arrivals: withAws(`read ${names.table}`, scan, PATIENT) }
      return read.arrivals
    },
  }
}

/** The developer guide and the API reference name it otherwise. */
function isNameTaken(error: unknown): boolean {
  return error instanceof Error && /AlreadyStarted|AlreadyExists/.test(error.name)
}
