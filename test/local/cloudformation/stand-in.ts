import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import {
  CreateAliasCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { build } from 'esbuild'
import { zip } from '../../../src/deploy/zip.ts'
import type { LocalAwsOptions } from '../../../src/local/aws.ts'
import { verifyNames } from '../../../src/verify/names.ts'
import { verifyStack } from '../../../src/verify/stack.ts'
import { clientConfig, localAws, until } from '../fixture.ts'

/** Of the throw-away stack. */
export const ID = 'abc'
const names = verifyNames(ID)
export const template = JSON.stringify(verifyStack({ id: ID }))
let bundled: Promise<Uint8Array> | undefined

/** The functions' code. */
async function archive(): Promise<Uint8Array> {
  bundled ??= build({
    entryPoints: { index: 'src/verify/functions/index.ts' },
    ...{ bundle: true, write: false, outdir: 'bundle', outExtension: { '.js': '.mjs' }, platform: 'node' },
    ...{ format: 'esm', target: 'node24', mainFields: ['module', 'main'], logLevel: 'silent' },
    banner: { js: "import{createRequire as own}from'node:module';const require=own(import.meta.url);" },
  }).then(({ outputFiles }) => outputFiles[0]?.contents ?? new Uint8Array())
  return zip([{ path: 'index.mjs', content: await bundled }])
}

/** A local AWS for the stack of `verify`, and short ways to ask. */
export async function stackFixture(options: LocalAwsOptions = {}) {
  const aws = await localAws({ stackStepMs: 1, alarmDelayMs: 50, asyncRetryDelaysMs: [20, 20], ...options })
  const cloudformation = new CloudFormationClient(clientConfig(aws))
  const lambda = new LambdaClient(clientConfig(aws))
  const settled = (FunctionName: string) =>
    until(async () => {
      const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName }))
      return Configuration?.LastUpdateStatus === 'Successful'
    }, 'the code is not there')
  return {
    aws,
    cloudformation,
    lambda,
    create: (TemplateBody = template) =>
      cloudformation.send(
        new CreateStackCommand({
          ...{ StackName: names.stack, TemplateBody, Capabilities: ['CAPABILITY_NAMED_IAM'] },
          Tags: [{ Key: 'made', Value: 'now' }],
        }),
      ),
    remove: () => cloudformation.send(new DeleteStackCommand({ StackName: names.stack })),
    async become(status: string, StackName = names.stack) {
      await until(async () => {
        const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName }))
        return Stacks?.[0]?.StackStatus === status
      }, `the stack does not become ${status}`)
    },
    async send(FunctionName: string) {
      await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: await archive() }))
      await settled(FunctionName)
    },
    settled,
    async invoke(FunctionName: string, event: object, more: object = {}) {
      const Payload = JSON.stringify(event)
      const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload, ...more }))
      return {
        ...answer,
        said: JSON.parse(answer.Payload?.transformToString() || 'null') as Record<string, unknown>,
      }
    },
    arrivals: async () => {
      const { Items = [] } = await new DynamoDBClient(clientConfig(aws)).send(
        new ScanCommand({ TableName: names.table }),
      )
      return Items.map((item) => JSON.stringify(item))
    },
  }
}

type Functions = 'rotation' | 'probe' | 'probeWithout' | 'seen' | 'durable' | 'durableToo'

/** The stack as it stands, with the code of these functions; durable ones by the alias `live`. */
export async function verifyStandIn(options: LocalAwsOptions, functions: Functions[]) {
  const fixture = await stackFixture(options)
  const { lambda, create, become, send, settled } = fixture
  await create()
  await become('CREATE_COMPLETE')
  await Promise.all(
    functions.map(async (it) => {
      const FunctionName = names[it]
      await send(FunctionName)
      if (!it.startsWith('durable')) return
      const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName }))
      await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: Version }))
    }),
  )
  return {
    ...fixture,
    /** Another description, as a new version, which the alias is moved to. */
    async publishAgain(of: Functions) {
      const FunctionName = names[of]
      const Description = 'another one'
      await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description }))
      await settled(FunctionName)
      const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName }))
      await lambda.send(new UpdateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: Version }))
      return Version
    },
  }
}
