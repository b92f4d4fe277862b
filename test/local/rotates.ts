import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import type { LocalFunction } from '../../src/local/aws.ts'
import type { StepEvent } from '../../src/rehearse/secrets-manager/rotation.ts'

/** A rotation function's duties towards Secrets Manager, and no others. */
export function rotatesWithoutDatabase(client: SecretsManagerClient): LocalFunction {
  return async (input) => {
    const { Step, SecretId, ClientRequestToken, RotationToken } = input as StepEvent
    if (Step === 'createSecret') {
      const SecretString = `value of ${ClientRequestToken}`
      await client.send(
        new PutSecretValueCommand({
          SecretId,
          ClientRequestToken,
          SecretString,
          VersionStages: ['AWSPENDING'],
          RotationToken,
        }),
      )
    }
    if (Step === 'finishSecret') {
      const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }))
      const [current] =
        Object.entries(VersionIdsToStages).find(([, labels]) => labels.includes('AWSCURRENT')) ?? []
      await client.send(
        new UpdateSecretVersionStageCommand({
          SecretId,
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: ClientRequestToken,
          RemoveFromVersionId: current,
        }),
      )
    }
  }
}
