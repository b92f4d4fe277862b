import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { parseConfig } from '../../src/config/load.ts'
import { deployStage } from '../../src/demo/stage.ts'
import type { Ledger } from '../../src/ledger/ledger.ts'
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '../../src/local/aws.ts'
import { logOutput } from '../../src/runtime/logger.ts'
import { recordsOf } from '../../src/runtime/records.ts'
import { rotatesWithoutDatabase } from '../local/rotates.ts'
import { type Ended, tourbillon, tourbillonProcess } from './tourbillon.ts'

export type Stage = {
  aws: LocalAws
  ledger: Ledger
  secretsManager: SecretsManagerClient
  file: string
  /** A command on this stage, in this process. */
  run(...args: string[]): Promise<Ended>
  /** The same as a process of its own. */
  runProcess(...args: string[]): Promise<Ended>
  /** Creates a secret whose rotation function is `rotate`, or one of one's own, or none. */
  secret(name: string, rotate?: 'rotate' | 'throw' | 'none'): Promise<void>
  stop(): Promise<void>
}

/** A stage deployed to a local AWS of this process, the real handlers in it; no database. Once a test file. */
export async function startStage(stage: string, yaml: string, options: LocalAwsOptions = {}): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), `${stage}-`))
  const file = join(directory, `${stage}.yml`)
  await writeFile(file, yaml)
  const loaded = parseConfig(file, yaml)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  const aws = await startLocalAws(options)
  Object.assign(process.env, aws.env)
  // Handlers log on standard output, as on Lambda.
  logOutput.write = () => {}
  const secretsManager = new SecretsManagerClient({})
  aws.functions.set('rotate', rotatesWithoutDatabase(secretsManager))
  aws.functions.set('throw', async () => {
    throw new Error('the database is down')
  })
  await deployStage(loaded.config, aws, join(directory, 'config.json'))
  return {
    aws,
    file,
    secretsManager,
    ledger: recordsOf(stage).ledger,
    run: (...args) => tourbillon([...args, '--config', file]),
    runProcess: (...args) => tourbillonProcess([...args, '--config', file], { env: aws.env }),
    async secret(name, rotate = 'rotate') {
      await secretsManager.send(new CreateSecretCommand({ Name: name, SecretString: 'one' }))
      if (rotate === 'none') return
      const RotationLambdaARN = aws.arnOfFunction(rotate)
      await secretsManager.send(
        new RotateSecretCommand({ SecretId: name, RotationLambdaARN, RotateImmediately: false }),
      )
    },
    async stop() {
      await aws.stop()
      await rm(directory, { recursive: true })
    },
  }
}
