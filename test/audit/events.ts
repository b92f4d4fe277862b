import type { SecretEvent } from '../../src/rehearse/secrets-manager/secret.ts'

/**
 * What EventBridge would deliver for an event of the local Secrets Manager. Shapes: User Guide,
 * event-detail-secret-label-updated-secretsmanager; public captures of the CloudTrail events (docs/aws-facts.md).
 */
export function eventBridgeEvent({ type, at, secretArn, secretName, ...event }: SecretEvent): object {
  const time = `${new Date(at).toISOString().slice(0, 19)}Z`
  const envelope = {
    version: '0',
    id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
    source: 'aws.secretsmanager',
    account: '000000000000',
    time,
    region: 'eu-central-1',
  }
  if (type === 'LabelUpdated') {
    return {
      ...envelope,
      'detail-type': 'Secret Label Updated',
      resources: [secretArn],
      detail: { name: secretName, labelUpdated: event.label ?? '', versionId: event.versionId },
    }
  }
  const detail = {
    eventVersion: '1.08',
    userIdentity: { accountId: '000000000000', invokedBy: 'secretsmanager.amazonaws.com' },
    eventTime: time,
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: type,
    requestParameters: null,
    responseElements: null,
    additionalEventData: { SecretId: secretArn },
    eventType: 'AwsServiceEvent',
    ...(event.errorMessage !== undefined && { errorMessage: event.errorMessage }),
  }
  return { ...envelope, 'detail-type': 'AWS Service Event via CloudTrail', resources: [], detail }
}

/**
 * What EventBridge delivers of a durable execution's status. Shape: Lambda Developer Guide, durable-monitoring (copy of
 * 2026-02-08).
 */
export function executionEvent(durableExecutionArn: string, status: string, at: number) {
  const time = new Date(at).toISOString()
  return {
    source: 'aws.lambda',
    'detail-type': 'Durable Execution Status Change',
    time: `${time.slice(0, 19)}Z`,
    resources: [],
    detail: { durableExecutionArn, status, startTimestamp: time, endTimestamp: time as unknown },
  }
}
