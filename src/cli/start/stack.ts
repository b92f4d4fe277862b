import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Config } from '../../config/config.ts'
import { namesOf } from '../../config/names.ts'
import { tableDefinition } from '../../ledger/table.ts'
import { type LocalAws, startLocalAws } from '../../local/aws.ts'
import { type Postgres, startPostgres } from '../../local/postgres.ts'
import { postgresRotationFunction } from '../../local/rotation-function.ts'

/** A stage that runs on this machine: real handlers and clients, a local AWS, a real database. */
export type Stack = {
  aws: LocalAws
  postgres: Postgres
  secretsManager: SecretsManagerClient
  rotationFunctionArn: string
  stop(): Promise<void>
}

const ROTATION_FUNCTION = 'rotate-postgres-password'

/**
 * Brings the stage up in a temporary directory, which `stop` removes. Sets this process's AWS environment, so that
 * every SDK client made from now on talks to the local AWS.
 */
export async function startStack(
  config: Config,
  options: { port?: number; jitterMs: () => number; log: (line: string) => void },
): Promise<Stack> {
  const directory = await mkdtemp(join(tmpdir(), 'tourbillon-'))
  const undo: (() => Promise<void>)[] = [() => rm(directory, { recursive: true, force: true })]
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    const configFile = join(directory, 'config.json')
    await writeFile(configFile, JSON.stringify(config))
    const [postgres, aws] = await startBoth(directory, options, undo)
    Object.assign(process.env, aws.env, { TOURBILLON_CONFIG: configFile })

    const names = namesOf(config.stage)
    await new DynamoDBClient({}).send(
      new CreateTableCommand({ ...tableDefinition, TableName: names.ledgerTable }),
    )
    const secretsManager = new SecretsManagerClient({})
    aws.functions.set(ROTATION_FUNCTION, postgresRotationFunction(secretsManager))
    // Imported only now: like the Lambda runtime, the handlers read their environment as they load.
    const [rotate, rotateNow] = await Promise.all([
      import('../../../handlers/rotate.ts'),
      import('../../../handlers/rotate-now.ts'),
    ])
    aws.durableFunctions.set(names.rotateFunction, rotate.handler as DurableLambdaHandler)
    aws.functions.set(names.rotateNowFunction, (event) => rotateNow.handler(event as object))
    const rotationFunctionArn = aws.arnOfFunction(ROTATION_FUNCTION)
    return { aws, postgres, secretsManager, rotationFunctionArn, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startBoth(
  directory: string,
  options: { port?: number; jitterMs: () => number; log: (line: string) => void },
  undo: (() => Promise<void>)[],
): Promise<[Postgres, LocalAws]> {
  const undoable = <T extends { stop(): Promise<void> }>(started: T): T => {
    undo.push(started.stop)
    return started
  }
  const postgres = startPostgres({ directory, log: options.log }).then(undoable)
  const aws = startLocalAws(options).then(undoable)
  // Both must have ended, well or badly, before anything is undone.
  await Promise.allSettled([postgres, aws])
  return Promise.all([postgres, aws])
}
