import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js'
import { unzipSync } from 'fflate'
import { AwsError } from '../../rehearse/secrets-manager/error.ts'
import { functionArn } from '../arn.ts'
import { InvocationLost } from './durable.ts'
import { CodeBroken, type Processes, processes } from './processes.ts'

/** What a function is made of, as CloudFormation says it. */
export type Definition = {
  name: string
  description?: string
  roleArn: string
  handler: string
  timeoutSeconds: number
  environment: Record<string, string>
  durable?: { ExecutionTimeout: number; RetentionPeriodInDays: number }
  /** An SNS topic. */
  deadLetterArn?: string
}

/** A function that was deployed: its real code runs in processes of its own, by version. */
export type DeployedFunction = {
  definition: Definition
  /** Services that its resource policy lets invoke it. */
  principals: Set<string>
  /** As GetFunctionConfiguration shows it. Throws ResourceNotFoundException. */
  configuration(qualifier?: string): object
  /** New code for $LATEST, in a moment: until then the old one runs. Throws ResourceConflictException. */
  update(archive: Buffer): Promise<void>
  /** The same code with another description: what is published next is another version. As `update`. */
  describe(description: string): void
  /** A version of what $LATEST is; the same one where nothing has changed. Throws ResourceConflictException. */
  publish(): string
  /** Versions by the names of aliases. */
  aliases: Map<string, string>
  /** The version that a qualifier names, itself or by an alias. Throws ResourceNotFoundException. */
  versionOf(qualifier: string | undefined): string
  /** `$LATEST` and the published ones. */
  versions(): string[]
  run(event: unknown, context?: { functionVersion?: string }): Promise<unknown>
  stop(): Promise<void>
}

type Code = { folder: string; processes: Map<string, Processes> }

/** How long new code takes until it runs. AWS: seconds. */
const UPDATE_MS = 500

export async function deployFunction(
  definition: Definition,
  files: Record<string, Uint8Array>,
  host: { env: () => Record<string, string>; now(): number; log(line: string): void },
): Promise<DeployedFunction> {
  const { name, handler, timeoutSeconds } = definition
  const root = await mkdtemp(join(tmpdir(), 'tourbillon-function-'))
  const arn = functionArn(name)
  let count = 0

  async function codeOf(entries: Record<string, Uint8Array>): Promise<Code> {
    const folder = join(root, String(count++))
    for (const [path, content] of Object.entries(entries)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), content)
    }
    return { folder, processes: new Map() }
  }

  const all: Code[] = []
  const versions = new Map<string, Code>()
  const aliases = new Map<string, string>()
  let latest = await codeOf(files)
  let before = latest
  let readyAt = 0
  all.push(latest)
  const isBusy = () => host.now() < readyAt
  const refuseBusy = () => {
    if (!isBusy()) return
    const words = `The operation cannot be performed at this time. An update is in progress for resource: ${arn}`
    throw new AwsError('ResourceConflictException', words, 409)
  }

  function become(next: Code) {
    all.push(next)
    before = latest
    latest = next
    readyAt = host.now() + UPDATE_MS
  }

  function versionOf(qualifier: string | undefined): string {
    if (qualifier === undefined || qualifier === '$LATEST') return '$LATEST'
    const version = aliases.get(qualifier) ?? qualifier
    if (versions.has(version)) return version
    throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}:${qualifier}`, 404)
  }

  function processesOf(version: string): Processes {
    const code = versions.get(version) ?? (isBusy() ? before : latest)
    const known =
      code.processes.get(version) ??
      processes({
        ...{ folder: code.folder, handler },
        env: {
          ...host.env(),
          ...definition.environment,
          // Whose calls are whose can be told by it.
          AWS_ACCESS_KEY_ID: definition.roleArn.split('/').at(-1) ?? '',
          AWS_LAMBDA_FUNCTION_NAME: name,
          AWS_LAMBDA_FUNCTION_VERSION: version,
        },
        log: (line) => host.log(`Lambda ${name}: ${line}`),
      })
    code.processes.set(version, known)
    return known
  }

  return {
    definition,
    principals: new Set(),
    aliases,
    versionOf,
    versions: () => ['$LATEST', ...versions.keys()],
    configuration(qualifier) {
      const version = versionOf(qualifier)
      return {
        FunctionName: name,
        FunctionArn: qualifier === undefined ? arn : `${arn}:${version}`,
        Version: version,
        Runtime: 'nodejs24.x',
        Role: definition.roleArn,
        Handler: handler,
        Description: definition.description,
        Timeout: timeoutSeconds,
        State: 'Active',
        LastUpdateStatus: version === '$LATEST' && isBusy() ? 'InProgress' : 'Successful',
        ...(definition.durable && { DurableConfig: definition.durable }),
      }
    },
    async update(archive) {
      refuseBusy()
      become(await codeOf(unzipSync(archive)))
    },
    describe(description) {
      refuseBusy()
      definition.description = description
      become({ folder: latest.folder, processes: new Map() })
    },
    publish() {
      refuseBusy()
      const [newest] = [...versions].at(-1) ?? []
      if (newest !== undefined && versions.get(newest) === latest) return newest
      const version = String(versions.size + 1)
      versions.set(version, latest)
      return version
    },
    run(event, { functionVersion = '$LATEST' } = {}) {
      const invokedFunctionArn = functionVersion === '$LATEST' ? arn : `${arn}:${functionVersion}`
      const context = { functionName: name, functionVersion, invokedFunctionArn, awsRequestId: randomUUID() }
      return processesOf(functionVersion).run({ event, context, remainingMs: timeoutSeconds * 1_000 })
    },
    async stop() {
      await Promise.all(all.flatMap((code) => [...code.processes.values()].map((it) => it.stop())))
      await rm(root, { recursive: true, force: true })
    },
  }
}

/** What Lambda sends over: the execution's state as JSON, without the local runner's client in it. */
export function durableHandlerOf(
  deployed: DeployedFunction,
  goesOnWith: 'own' | 'newest' = 'own',
): DurableLambdaHandler {
  return async (event, context) => {
    const { DurableExecutionArn, CheckpointToken, InitialExecutionState } = event
    const goesOn = InitialExecutionState.Operations.length > 1
    const functionVersion =
      (goesOn && goesOnWith === 'newest' ? deployed.versions().at(-1) : undefined) ?? context.functionVersion
    try {
      return (await deployed.run(
        { DurableExecutionArn, CheckpointToken, InitialExecutionState },
        { functionVersion },
      )) as Awaited<ReturnType<DurableLambdaHandler>>
    } catch (error) {
      if (error instanceof CodeBroken) throw error
      throw new InvocationLost(String(error))
    }
  }
}
