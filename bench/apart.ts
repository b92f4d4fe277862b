import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { deployStage } from '../src/cli/start/stage.ts'
import type { Config } from '../src/config/config.ts'
import { type LocalAws, startLocalAws } from '../src/local/aws.ts'
import { logOutput } from '../src/rotation/logger.ts'
import type { Told } from './services.ts'
import { createSecrets } from './stage.ts'

export type ApartStage = {
  /** Of this process: the Scheduler, Lambda, and so the orchestrator. */
  aws: LocalAws
  /** Creates secrets. Their rotation function takes as long as the stage was told. */
  secrets(names: Iterable<string>): Promise<void>
  stop(): Promise<void>
}

/**
 * A stage of which this process holds what Lambda would: the real handlers in the SDK's durable runner, and the
 * Scheduler with AWS's jitter. Secrets Manager, the ledger and the rest are in a process of their own, `services.ts`.
 * `arrived` hears of each RotateSecret; `takesMs`: what the rotation function takes. Once a process.
 */
export async function startApart(
  config: Config,
  { takesMs, arrived }: { takesMs: number; arrived: (secretName: string, at: number) => void },
): Promise<ApartStage> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-'))
  const services = fork(join(import.meta.dirname, 'services.ts'), [String(takesMs)])
  const [where] = (await once(services, 'message')) as [Told]
  if (!('endpoint' in where)) throw new Error('the services did not say where they are')
  services.on('message', (told: Told) => {
    if ('secretName' in told) arrived(told.secretName, told.at)
  })
  const aws = await startLocalAws()
  const theirs = ['SECRETS_MANAGER', 'DYNAMODB', 'EVENTBRIDGE', 'SNS']
  const endpoints = theirs.map((service) => [`AWS_ENDPOINT_URL_${service}`, where.endpoint])
  Object.assign(process.env, aws.env, Object.fromEntries(endpoints))
  // Handlers log on standard output, as on Lambda.
  logOutput.write = () => {}
  await deployStage(config, aws, join(directory, 'config.json'))
  return {
    aws,
    secrets: (names) => createSecrets(new SecretsManagerClient({}), where.rotationFunction, names),
    async stop() {
      await aws.stop()
      const gone = once(services, 'exit')
      services.disconnect()
      await gone
      await rm(directory, { recursive: true })
    },
  }
}
