import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { LocalFunction } from '../src/local/aws.ts'
import type { StepEvent } from '../src/rehearse/secrets-manager/rotation.ts'
import { type Stage, startStage } from '../test/cli/stage.ts'
import { rotatesWithoutDatabase } from '../test/local/rotates.ts'

type BenchStage = Stage & {
  /** Creates secrets, each with the milliseconds that its rotation function takes; may be changed later. */
  secrets(takes: Map<string, number>): Promise<void>
  /** Sees every request of an action with its body, as it arrives. */
  watch(service: 'secretsmanager' | 'dynamodb', action: string, see: (input: unknown) => void): void
}

/** Secrets that are made at once. */
const AT_ONCE = 10

/**
 * A stage on a local AWS of this process: the real handlers in the SDK's durable runner, the Scheduler with AWS's
 * jitter (anywhere in the minute), and a rotation function without a database that takes as long as it is told to.
 * Once a process, as handlers read their environment when they load.
 */
export async function startBenchStage(name: string, yaml: string): Promise<BenchStage> {
  const stage = await startStage(name, yaml)
  const { aws, secretsManager } = stage
  const nameOf = new Map<string, string>()
  let takes = new Map<string, number>()
  aws.functions.set(
    'rotate',
    rotatesIn((arn) => takes.get(nameOf.get(arn) ?? '') ?? 0),
  )
  return {
    ...stage,
    async secrets(given) {
      takes = given
      await createSecrets(secretsManager, aws.arnOfFunction('rotate'), given.keys(), nameOf)
    },
    watch(service, action, see) {
      const match = (input: unknown) => {
        see(input)
        return false
      }
      // A fault that never strikes: it only looks.
      aws.faults.push({ service, action, times: 1, kind: 'delay', match })
    },
  }
}

/** A rotation function without a database; `takes`: milliseconds, by the secret's ARN. */
export function rotatesIn(takes: (secretArn: string) => number): LocalFunction {
  // Its own access key, so that its looks at a secret are not taken for the orchestrator's.
  const credentials = { accessKeyId: 'rotation-function', secretAccessKey: 'local' }
  const rotate = rotatesWithoutDatabase(new SecretsManagerClient({ credentials }))
  return async (input) => {
    const { Step, SecretId } = input as StepEvent
    // At first, as a function that has yet to start: many at once then leave the process alone for a while.
    if (Step === 'createSecret') await sleep(takes(SecretId))
    return rotate(input)
  }
}

/** Creates secrets with this rotation function, and notes their names by ARN. */
export async function createSecrets(
  client: SecretsManagerClient,
  RotationLambdaARN: string,
  names: Iterable<string>,
  nameOf = new Map<string, string>(),
): Promise<void> {
  const left = names[Symbol.iterator]()
  const worker = async () => {
    for (let next = left.next(); !next.done; next = left.next()) {
      const Name = next.value
      const made = await client.send(new CreateSecretCommand({ Name, SecretString: 'one' }))
      if (made.ARN) nameOf.set(made.ARN, Name)
      await client.send(
        new RotateSecretCommand({ SecretId: Name, RotationLambdaARN, RotateImmediately: false }),
      )
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}
