import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Config } from '../config/config.ts'
import { ACCOUNT, REGION } from '../local/arn.ts'
import { type LocalAws, startLocalAws } from '../local/aws.ts'
import { temporaryKey } from '../local/caller.ts'
import { type Postgres, startPostgres } from '../local/postgres/server.ts'
import { postgresRotationFunction } from '../local/rotation-function.ts'
import type { DemoSecret } from './secrets.ts'
import { deployStage } from './stage.ts'

type Place = Pick<DemoSecret, 'account' | 'region'>

/** A local AWS and a real database, and a stage deployed to them: all in this process but PostgreSQL. */
export type Stack = {
  aws: LocalAws
  postgres: Postgres
  /** The application's, which may read secrets. */
  secretsManager: SecretsManagerClient
  /** Who creates secrets in a place, and the function that rotates them there. */
  at(place: Place): { client: SecretsManagerClient; rotationFunctionArn: string }
  /** Gives a secret the ARN that a config has of it. */
  nameBy(secret: DemoSecret, arn: string): void
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
    return {
      aws,
      postgres,
      secretsManager: clientOf('application'),
      at: (place) => at(aws, place),
      nameBy({ name, account = ACCOUNT, region = REGION }, arn) {
        const secret = aws.secretsIn(account, region).secrets.get(name)
        if (secret) secret.arn = arn
      },
      deploy: (config) => deployStage(config, aws, join(directory, 'config.json')),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Each has an access key of its own, so that the local AWS can tell who asked for what; elsewhere that of the account. */
function clientOf(
  who: 'application' | 'rotation-function',
  { account = ACCOUNT, region = REGION }: Place = {},
): SecretsManagerClient {
  const accessKeyId = account === ACCOUNT ? who : `${temporaryKey(account)}${who}`
  return new SecretsManagerClient({ region, credentials: { accessKeyId, secretAccessKey: 'local' } })
}

function at(aws: LocalAws, place: Place) {
  const name = [ROTATION_FUNCTION, place.account, place.region].filter((it) => it !== undefined).join('-')
  if (!aws.functions.has(name))
    aws.functions.set(name, postgresRotationFunction(clientOf('rotation-function', place)))
  const rotationFunctionArn = aws.arnOfFunction(name)
  const { account = ACCOUNT } = place
  aws.lookUps.functions.set(name, { policy: mayInvoke(rotationFunctionArn, account) })
  aws.lookUps.roleRights.set(`arn:aws:iam::${ACCOUNT}:role/${name}`, () => true)
  return { client: clientOf('application', place), rotationFunctionArn }
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

/** Secrets Manager, for secrets of an account. */
function mayInvoke(Resource: string, account: string): object {
  const statement = {
    ...{ Effect: 'Allow', Principal: { Service: 'secretsmanager.amazonaws.com' } },
    ...{ Action: 'lambda:InvokeFunction', Resource },
    Condition: { StringEquals: { 'AWS:SourceAccount': account } },
  }
  return { Version: '2012-10-17', Statement: [statement] }
}
