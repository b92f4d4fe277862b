import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Config } from '../src/config/config.ts'
import { deployStage } from '../src/demo/stage.ts'
import { type LocalAws, startLocalAws } from '../src/local/aws.ts'
import { logOutput } from '../src/runtime/logger.ts'
import type { ServiceMessage } from './services.ts'
import { createSecrets } from './stage.ts'

type ApartStage = {
  /** Of this process: the Scheduler, Lambda, and so the orchestrator. */
  aws: LocalAws
  /** Creates secrets. Their rotation function takes as long as the stage was told. */
  secrets(names: Iterable<string>): Promise<void>
  stop(): Promise<void>
}

/**
 * A stage of which this process holds what Lambda would: the real handlers in the SDK's durable runner, and the
 * Scheduler with AWS's jitter. Secrets Manager has a process of its own, and so have the ledger and the rest, for they
 * would keep one another waiting. `arrived` hears of each RotateSecret; `takesMs`: what the rotation function takes.
 * Once a process.
 */
export async function startApart(
  config: Config,
  { takesMs, arrived }: { takesMs: number; arrived: (secretName: string, at: number) => void },
): Promise<ApartStage> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-'))
  const [secretsManager, others] = await Promise.all([forked(takesMs), forked(takesMs)])
  secretsManager.child.on('message', (message: ServiceMessage) => {
    if ('secretName' in message) arrived(message.secretName, message.at)
  })
  const aws = await startLocalAws()
  Object.assign(process.env, aws.env, {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: others.endpoint,
    AWS_ENDPOINT_URL_EVENTBRIDGE: others.endpoint,
    AWS_ENDPOINT_URL_SNS: others.endpoint,
  })
  // Handlers log on standard output, as on Lambda.
  logOutput.write = () => {}
  await deployStage(config, aws, join(directory, 'config.json'))
  return {
    aws,
    secrets: (names) => createSecrets(new SecretsManagerClient({}), secretsManager.rotationFunction, names),
    async stop() {
      await aws.stop()
      await Promise.all([secretsManager.stop(), others.stop()])
      await rm(directory, { recursive: true })
    },
  }
}

/** Another local AWS, in a process of its own. `takesMs`: what its rotation function takes. */
export async function forked(takesMs: number) {
  const child = fork(join(import.meta.dirname, 'services.ts'), [String(takesMs)])
  const [first] = (await once(child, 'message')) as [ServiceMessage]
  if (!('endpoint' in first)) throw new Error('the services did not say where they are')
  const stop = async () => {
    const gone = once(child, 'exit')
    child.disconnect()
    await gone
  }
  return { child, ...first, stop }
}
