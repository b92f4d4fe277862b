import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { settingsFor } from '../../aws/settings.ts'
import { arrived } from './arrivals.ts'

type StepEvent = { Step: string; SecretId: string; ClientRequestToken: string }

/** How long `…-slow` takes to make its value, ms: so long is a token pending. */
const SLOW_MS = 25_000

const client = new SecretsManagerClient(settingsFor('repeatable'))

/**
 * A rotation function without a database: it makes a random value that opens nothing, and moves the label. By the
 * secret's name it is slow, or fails. It reads no value, and may not. Each step that it was asked for is noted.
 * Source: Secrets Manager User Guide, rotate-secrets_lambda-functions.
 */
export async function rotation({ Step, SecretId, ClientRequestToken }: StepEvent): Promise<void> {
  const canary = canaryOf(SecretId)
  const token = ClientRequestToken
  await arrived(randomUUID(), Date.now(), { kind: 'step', canary, step: Step, token })
  if (Step === 'createSecret') {
    if (canary === 'slow') await sleep(SLOW_MS)
    await create(SecretId, token)
  }
  if (Step === 'setSecret' && canary === 'fails') throw new Error('fails, as it is to: aws-tourbillon verify')
  if (Step === 'finishSecret') await finish(SecretId, token)
}

/** Of its ARN or its name: the last word, without the six letters that an ARN ends in. */
function canaryOf(secretId: string): string {
  const name = secretId.startsWith('arn:') ? secretId.slice(0, -7) : secretId
  return name.slice(name.lastIndexOf('-') + 1)
}

/** The same token again has a value already: asked for once more, it is done. */
async function create(SecretId: string, token: string): Promise<void> {
  try {
    const SecretString = randomBytes(24).toString('base64')
    await client.send(
      new PutSecretValueCommand({
        SecretId,
        ClientRequestToken: token,
        SecretString,
        VersionStages: ['AWSPENDING'],
      }),
    )
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ResourceExistsException')) throw error
  }
}

async function finish(SecretId: string, token: string): Promise<void> {
  const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }))
  const [current] =
    Object.entries(VersionIdsToStages).find(([, labels]) => labels.includes('AWSCURRENT')) ?? []
  if (current === token) return
  await client.send(
    new UpdateSecretVersionStageCommand({
      SecretId,
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: token,
      RemoveFromVersionId: current,
    }),
  )
}
