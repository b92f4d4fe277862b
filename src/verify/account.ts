import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  paginateDescribeStacks,
  type Stack,
} from '@aws-sdk/client-cloudformation'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  CreateAliasCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  paginateListDurableExecutionsByFunction,
  StopDurableExecutionCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler'
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb'
import { settingsFor, WAITS } from '../aws/settings.ts'
import { withAws } from '../aws/with-aws.ts'
import { VERIFY_PREFIX } from '../model/resource-names.ts'
import { HOUR, iso, MINUTE } from '../model/time.ts'
import type { Arrival } from './functions/arrivals.ts'
import type { Clock, Lab, Started } from './lab.ts'
import { CANARIES, VERIFY_TAG, VERIFY_UNTIL_TAG, type VerifyNames } from './names.ts'
import { secretId, VERIFY_FUNCTIONS } from './stack.ts'

/** A throw-away stack that stands. ISO instants. `until`: a run may be at work so long; afterwards it was left over. */
export type Standing = { name: string; stage: string; status: string; since: string; until?: string }

/** More than twice what the longest run takes, with the making and the removal of its stack. */
const LASTS_MS = 2 * HOUR

/** Whether it was left over: no run is at work on it any more. */
export function isLeftOver({ until = '' }: Standing, now: number): boolean {
  return Date.parse(until) <= now
}

/** A schedule that nobody removes ends by itself. */
const SCHEDULES_END_MS = 30 * MINUTE
/** CloudFormation takes a minute or two; a stack that takes ten does not come. */
const STACK_MS = 10 * MINUTE
const LOOK_EVERY_MS = 3_000
/** Scans are shared by the probes, ms. */
const FRESH_MS = 1_000

/** Calls are throttled for a while, where many are made in an account: the SDK's own patience is some minutes. */
const PATIENT = { giveUpMs: 5 * MINUTE }

/** All calls that `verify` makes with the operator's own rights. None of them is to Secrets Manager. */
export function openAccount({ now, sleep }: Clock) {
  const formation = new CloudFormationClient(settingsFor('patient', { ...WAITS, answerMs: 20_000 }))
  const lambda = new LambdaClient(settingsFor('patient', { ...WAITS, answerMs: 200_000 }))
  const scheduler = new SchedulerClient(settingsFor('patient'))
  const table = DynamoDBDocumentClient.from(new DynamoDBClient(settingsFor('patient')))

  const find = async (StackName: string): Promise<Stack | undefined> => {
    try {
      const { Stacks = [] } = await formation.send(new DescribeStacksCommand({ StackName }))
      return Stacks[0]?.StackStatus === 'DELETE_COMPLETE' ? undefined : Stacks[0]
    } catch (error) {
      if (error instanceof Error && /does not exist/.test(error.message)) return undefined
      throw error
    }
  }

  return {
    /** Those of our prefix that have our tag; others of that name are let be. */
    standing: (): Promise<Standing[]> =>
      withAws(
        'list the stacks',
        async () => {
          const found: Standing[] = []
          for await (const { Stacks = [] } of paginateDescribeStacks({ client: formation }, {}))
            found.push(...Stacks.flatMap(standingOf))
          return found
        },
        PATIENT,
      ),

    /** Makes the stack; answers with its outputs. */
    async create(name: string, stage: string, template: object): Promise<Record<string, string>> {
      await withAws(
        `make the stack ${name}`,
        () =>
          formation.send(
            new CreateStackCommand({
              StackName: name,
              TemplateBody: JSON.stringify(template),
              Capabilities: ['CAPABILITY_NAMED_IAM'],
              OnFailure: 'DO_NOTHING',
              TimeoutInMinutes: STACK_MS / MINUTE,
              // Sent again after a lost answer, it is the same stack.
              ClientRequestToken: name,
              Tags: [
                { Key: VERIFY_TAG, Value: stage },
                { Key: VERIFY_UNTIL_TAG, Value: iso(now() + LASTS_MS) },
              ],
            }),
          ),
        PATIENT,
      )
      for (const end = now() + STACK_MS; ; await sleep(LOOK_EVERY_MS)) {
        const stack = await withAws(`see how ${name} stands`, () => find(name), PATIENT)
        if (stack?.StackStatus === 'CREATE_COMPLETE')
          return Object.fromEntries(
            (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
          )
        if (stack !== undefined && stack.StackStatus !== 'CREATE_IN_PROGRESS')
          throw new Error(`CloudFormation could not make it: ${stack.StackStatusReason ?? stack.StackStatus}`)
        if (now() > end) throw new Error('CloudFormation did not make it in ten minutes')
      }
    },

    /** Sends the code to every function. The durable ones get version 1 of it. */
    async sendCode(names: VerifyNames, archive: Uint8Array): Promise<void> {
      await withAws(
        'send the functions’ code',
        async () => {
          for (const each of VERIFY_FUNCTIONS) {
            const FunctionName = names[each]
            await changed(FunctionName, () =>
              lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: archive })),
            )
            if (each.startsWith('durable')) await lambda.send(new PublishVersionCommand({ FunctionName }))
          }
        },
        PATIENT,
      )
    },

    /** The part of the lab that is this account. */
    lab(
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
        secrets: Object.fromEntries(
          CANARIES.map((it) => [it, outputs[secretId(it)] ?? '']),
        ) as Lab['secrets'],
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
          const create = () =>
            lambda.send(new CreateAliasCommand({ FunctionName, Name, FunctionVersion: '1' }))
          const publish = async () => {
            const Description = 'Tourbillon verify: another version'
            await changed(FunctionName, () =>
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
    },

    /** Ends what still runs, deletes the stack with all that is in it, and sees that it is gone. */
    async remove(name: string): Promise<void> {
      if ((await withAws(`look for ${name}`, () => find(name), PATIENT)) === undefined) return
      // Whether a running execution is in the way of its function's deletion is not documented.
      for (const each of ['durable', 'durable-too', 'durable-waits'])
        await stopAll(`${name}-${each}`).catch(() => {})
      // What failed once may go the second time: CloudFormation leaves what it could not delete.
      if ((await deleted(name)) || (await deleted(name))) return
      throw new Error(`CloudFormation could not delete ${name}: see its events`)
    },
  }

  async function deleted(name: string): Promise<boolean> {
    await withAws(
      `delete the stack ${name}`,
      () => formation.send(new DeleteStackCommand({ StackName: name })),
      PATIENT,
    )
    for (const end = now() + STACK_MS; ; await sleep(LOOK_EVERY_MS)) {
      const stack = await withAws(`see whether ${name} is gone`, () => find(name), PATIENT)
      if (stack === undefined) return true
      if (stack.StackStatus === 'DELETE_FAILED') return false
      if (now() > end) throw new Error(`${name} was not gone in ten minutes: ${stack.StackStatus}`)
    }
  }

  /** Changes a function that nothing else changes. Sent again after a lost answer, the first may be under way still. */
  async function changed(FunctionName: string, change: () => Promise<unknown>): Promise<void> {
    for (let tries = 3; ; tries--) {
      await settled(FunctionName)
      try {
        await change()
        return settled(FunctionName)
      } catch (error) {
        if (tries === 1 || (error as Error).name !== 'ResourceConflictException') throw error
      }
    }
  }

  async function settled(FunctionName: string): Promise<void> {
    for (let looks = 0; looks < 100; looks++) {
      const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName }))
      const { State = 'Active', LastUpdateStatus = 'Successful' } = Configuration ?? {}
      if (State === 'Active' && LastUpdateStatus === 'Successful') return
      if (State === 'Failed' || LastUpdateStatus === 'Failed')
        throw new Error(`${FunctionName} does not start`)
      await sleep(1_000)
    }
    throw new Error(`${FunctionName} was not ready in time`)
  }

  async function stopAll(FunctionName: string): Promise<void> {
    const pages = paginateListDurableExecutionsByFunction(
      { client: lambda },
      { FunctionName, Statuses: ['RUNNING'] },
    )
    for await (const { DurableExecutions = [] } of pages)
      for (const { DurableExecutionArn } of DurableExecutions)
        await lambda.send(new StopDurableExecutionCommand({ DurableExecutionArn }))
  }
}

/** The developer guide and the API reference name it otherwise. */
function isNameTaken(error: unknown): boolean {
  return error instanceof Error && /AlreadyStarted|AlreadyExists/.test(error.name)
}

function standingOf({ StackName = '', StackStatus, CreationTime, Tags = [] }: Stack): Standing[] {
  const [stage, until] = [VERIFY_TAG, VERIFY_UNTIL_TAG].map((it) => Tags.find(({ Key }) => Key === it)?.Value)
  if (!StackName.startsWith(VERIFY_PREFIX) || stage === undefined || StackStatus === 'DELETE_COMPLETE')
    return []
  const since = CreationTime?.toISOString() ?? ''
  const status = StackStatus ?? 'unknown'
  return [{ name: StackName, stage, status, since, ...(until !== undefined && { until }) }]
}

export type Account = ReturnType<typeof openAccount>
