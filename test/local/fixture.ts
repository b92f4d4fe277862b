import { randomUUID } from 'node:crypto'
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { afterEach } from 'vitest'
import {
  type LocalAws,
  type LocalAwsOptions,
  type LocalFunction,
  startLocalAws,
} from '../../src/local/aws.ts'
import type { StepEvent } from '../../src/rehearse/secrets-manager/rotation.ts'
import type { SecretEvent } from '../../src/rehearse/secrets-manager/secret.ts'
import { clientConfig } from './client-config.ts'
import { rotatesWithoutDatabase } from './rotates.ts'

export { clientConfig }

const running: LocalAws[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((aws) => aws.stop()))
})

/** A local AWS of the test's own, stopped after it. */
export async function localAws(options: LocalAwsOptions = {}): Promise<LocalAws> {
  const aws = await startLocalAws(options)
  running.push(aws)
  return aws
}

/** A local AWS with a secret `app` that a well-behaved function `rotate` rotates, and short ways to ask. */
export async function secretFixture(options: LocalAwsOptions = {}) {
  const aws = await localAws(options)
  const client = new SecretsManagerClient(clientConfig(aws))
  const events: SecretEvent[] = []
  aws.secretsManager.listeners.push((event) => events.push(event))
  const steps: StepEvent[] = []
  const failing = new Set<string>()
  const held = new Map<string, Promise<void>>()
  aws.functions.set('rotate', wellBehaved(client, steps, failing, held))
  const first = randomUUID()
  await client.send(new CreateSecretCommand({ Name: 'app', SecretString: 'one', ClientRequestToken: first }))
  return {
    aws,
    client,
    events,
    steps,
    failing,
    /** Lets the function enter a step and stay there, until what this answers is called. */
    hold(step: string): () => void {
      const { promise, resolve } = Promise.withResolvers<void>()
      held.set(step, promise)
      return resolve
    },
    first,
    rotate: (token: string, SecretId = 'app') =>
      client.send(
        new RotateSecretCommand({
          SecretId,
          ClientRequestToken: token,
          RotationLambdaARN: aws.arnOfFunction('rotate'),
        }),
      ),
    versions: async (SecretId = 'app') =>
      (await client.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages ?? {},
    ended: (count = 1) =>
      until(
        () => events.filter((it) => /^Rotation(Succeeded|Failed)$/.test(it.type)).length >= count,
        'the rotation did not end',
      ),
  }
}

/** Four steps without a database; the steps named in `failing` throw. */
function wellBehaved(
  client: SecretsManagerClient,
  steps: StepEvent[],
  failing: Set<string>,
  held: Map<string, Promise<void>>,
): LocalFunction {
  const rotate = rotatesWithoutDatabase(client)
  return async (input) => {
    const event = input as StepEvent
    steps.push(event)
    await held.get(event.Step)
    if (failing.has(event.Step)) throw new Error(`${event.Step} fails`)
    return rotate(event)
  }
}

/** Polls, for at most `ms`. */
export async function until(done: () => boolean | Promise<boolean>, complaint: string): Promise<void> {
  // A busy machine takes its time: the end is for what never comes.
  for (const end = Date.now() + 60_000; !(await done()); ) {
    if (Date.now() > end) throw new Error(complaint)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
