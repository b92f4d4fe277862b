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
  LambdaClient,
  PublishVersionCommand,
  paginateListDurableExecutionsByFunction,
  StopDurableExecutionCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda'
import { SchedulerClient } from '@aws-sdk/client-scheduler'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { settingsFor, WAITS } from '../aws/settings.ts'
import { withAws } from '../aws/with-aws.ts'
import { VERIFY_PREFIX } from '../model/resource-names.ts'
import { HOUR, iso, MINUTE } from '../model/time.ts'
import { accountLab } from './account-lab.ts'
import { changeFunction, PATIENT } from './calls.ts'
import type { Clock } from './lab.ts'
import { VERIFY_TAG, VERIFY_UNTIL_TAG, type VerifyNames } from './names.ts'
import { VERIFY_FUNCTIONS } from './stack.ts'

/** A throw-away stack that stands. ISO instants. `until`: a run may be at work so long; afterwards it was left over. */
export type ThrowAwayStack = { name: string; stage: string; status: string; since: string; until?: string }

/** More than twice what the longest run takes, with the making and the removal of its stack. */
const LASTS_MS = 2 * HOUR

/** Whether it was left over: no run is at work on it any more. */
export function isLeftOver({ until = '' }: ThrowAwayStack, now: number): boolean {
  return Date.parse(until) <= now
}

/** CloudFormation takes a minute or two; a stack that takes ten does not come. */
const STACK_MS = 10 * MINUTE
const LOOK_EVERY_MS = 3_000
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
    stacks: (): Promise<ThrowAwayStack[]> =>
      withAws(
        'list the stacks',
        async () => {
          const found: ThrowAwayStack[] = []
          for await (const { Stacks = [] } of paginateDescribeStacks({ client: formation }, {}))
            found.push(...Stacks.flatMap(throwAwayStackIn))
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
            await changeFunction({ lambda, sleep }, FunctionName, () =>
              lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: archive })),
            )
            if (each.startsWith('durable')) await lambda.send(new PublishVersionCommand({ FunctionName }))
          }
        },
        PATIENT,
      )
    },

    /** The part of the lab that is this account. */
    lab: (names: VerifyNames, outputs: Record<string, string>) =>
      accountLab({ lambda, scheduler, table }, { now, sleep }, names, outputs),

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

function throwAwayStackIn({ StackName = '', StackStatus, CreationTime, Tags = [] }: Stack): ThrowAwayStack[] {
  const [stage, until] = [VERIFY_TAG, VERIFY_UNTIL_TAG].map((it) => Tags.find(({ Key }) => Key === it)?.Value)
  if (!StackName.startsWith(VERIFY_PREFIX) || stage === undefined || StackStatus === 'DELETE_COMPLETE')
    return []
  const since = CreationTime?.toISOString() ?? ''
  const status = StackStatus ?? 'unknown'
  return [{ name: StackName, stage, status, since, ...(until !== undefined && { until }) }]
}

export type Account = ReturnType<typeof openAccount>
