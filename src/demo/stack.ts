import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Config } from '../config/config.ts'
import { type LocalAws, startLocalAws } from '../local/aws.ts'
import { type Postgres, startPostgres } from '../local/postgres/server.ts'
import { postgresRotationFunction } from '../local/rotation-function.ts'
import { deployStage } from './stage.ts'

/** A local AWS and a real database, and a stage deployed to them: all in this process but PostgreSQL. */
export type Stack = {
  aws: LocalAws
  postgres: Postgres
  /** The application's, which may read secrets. */
  secretsManager: SecretsManagerClient
  rotationFunctionArn: string
  /** Once a process: see `deployStage`. */
  deploy(config: Config): Promise<void>
  stop(): Promise<void>
}

const ROTATION_FUNCTION = 'rotate-postgres-password'

type Options = { port?: number; jitterMs: () => number; log: (line: string) => void }

/**
 * Brings both up in a temporary directory, which `stop` removes. Sets this process's AWS environment, so that every
 * SDK client made from now on talks to the local AWS.
 */
export async function startStack(options: Options): Promise<Stack> {
  const directory = await mkdtemp(join(tmpdir(), 'tourbillon-'))
  const undo: (() => Promise<void>)[] = [() => rm(directory, { recursive: true, force: true })]
  // One part that stops badly must not keep the others running, nor their files.
  const stop = async () => {
    const failures: unknown[] = []
    for (const step of undo.splice(0).reverse()) await step().catch((error) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }
  try {
    const [postgres, aws] = await startBoth(directory, options, undo)
    Object.assign(process.env, aws.env)
    aws.functions.set(ROTATION_FUNCTION, postgresRotationFunction(clientOf('rotation-function')))
    return {
      aws,
      postgres,
      secretsManager: clientOf('application'),
      rotationFunctionArn: aws.arnOfFunction(ROTATION_FUNCTION),
      deploy: (config) => deployStage(config, aws, join(directory, 'config.json')),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Each has an access key of its own, so that the local AWS can tell who asked for what. */
function clientOf(accessKeyId: 'application' | 'rotation-function'): SecretsManagerClient {
  return new SecretsManagerClient({ credentials: { accessKeyId, secretAccessKey: 'local' } })
}

async function startBoth(
  directory: string,
  options: Options,
  undo: (() => Promise<void>)[],
): Promise<[Postgres, LocalAws]> {
  const undoable = <T extends { stop(): Promise<void> }>(started: T): T => {
    undo.push(started.stop)
    return started
  }
  const postgres = startPostgres({ directory, ownDirectory: true, log: options.log }).then(undoable)
  const aws = startLocalAws(options).then(undoable)
  // Both must have ended, well or badly, before anything is undone.
  await Promise.allSettled([postgres, aws])
  return Promise.all([postgres, aws])
}
