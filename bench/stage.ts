import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { StepEvent } from '../src/local/secrets-manager/rotation.ts'
import { rotatesWithoutDatabase, type Stage, startStage } from '../test/cli/stage.ts'

export type BenchStage = Stage & {
  /** Creates secrets, each with the milliseconds that its rotation function takes. */
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
  const took = new Map<string, number>()
  // Its own access key, so that its looks at a secret are not taken for the orchestrator's.
  const credentials = { accessKeyId: 'rotation-function', secretAccessKey: 'local' }
  const rotate = rotatesWithoutDatabase(new SecretsManagerClient({ credentials }))
  aws.functions.set('rotate', async (input) => {
    const { Step, SecretId } = input as StepEvent
    if (Step === 'setSecret') await sleep(took.get(SecretId) ?? 0)
    return rotate(input)
  })
  const create = async (Name: string, ms: number) => {
    const made = await secretsManager.send(new CreateSecretCommand({ Name, SecretString: 'one' }))
    if (made.ARN) took.set(made.ARN, ms)
    const RotationLambdaARN = aws.arnOfFunction('rotate')
    await secretsManager.send(
      new RotateSecretCommand({ SecretId: Name, RotationLambdaARN, RotateImmediately: false }),
    )
  }
  return {
    ...stage,
    async secrets(takes) {
      const left = takes.entries()
      const worker = async () => {
        for (const [secret, ms] of left) await create(secret, ms)
      }
      await Promise.all(Array.from({ length: AT_ONCE }, worker))
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
