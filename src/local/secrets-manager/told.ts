import type { SecretEvent } from '../../rehearse/secrets-manager/secret.ts'
import { type BusEvent, wholeSecond } from '../news.ts'

/** What EventBridge hears of it: the native event of a label, CloudTrail's of a rotation. Source: docs/aws-facts.md. */
export function toldOf(event: SecretEvent): BusEvent | undefined {
  const { type, at, secretArn, secretName, versionId, label, errorMessage } = event
  const time = wholeSecond(at)
  if (type === 'LabelUpdated') {
    return {
      source: 'aws.secretsmanager',
      'detail-type': 'Secret Label Updated',
      time,
      resources: [secretArn],
      detail: { name: secretName, labelUpdated: label, versionId },
    }
  }
  if (!/^Rotation/.test(type)) return undefined
  return {
    source: 'aws.secretsmanager',
    'detail-type': 'AWS Service Event via CloudTrail',
    time,
    resources: [],
    detail: {
      eventVersion: '1.08',
      eventTime: time,
      eventSource: 'secretsmanager.amazonaws.com',
      eventName: type,
      eventType: 'AwsServiceEvent',
      requestParameters: null,
      responseElements: null,
      requestID: `Rotation-${secretArn}-${versionId}`,
      additionalEventData: { SecretId: secretArn },
      ...(errorMessage !== undefined && { errorMessage }),
    },
  }
}
