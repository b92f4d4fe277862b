import { randomUUID } from 'node:crypto'
import { AwsError } from '../../rehearse/secrets-manager/error.ts'
import type { Caller } from '../caller.ts'
import { type BusEvent, wholeSecond } from '../news.ts'

/**
 * CloudTrail's record of a GetSecretValue, as a rule of the bus hears it: what was asked for as it was written, who asked,
 * and nothing of the answer. Whoever signs with the key NAME.SESSION is that session of the role NAME.
 * Source: a captured record, as docs/decisions/0171 has it.
 */
export function readRecord(
  { accessKeyId, account, region }: Caller,
  { SecretId, VersionId, VersionStage }: { SecretId?: string; VersionId?: string; VersionStage?: string },
  error: unknown,
  at: number,
): BusEvent {
  const [role = '', session = role] = accessKeyId.split('.')
  const time = wholeSecond(at)
  return {
    source: 'aws.secretsmanager',
    'detail-type': 'AWS API Call via CloudTrail',
    time,
    resources: [],
    detail: {
      eventVersion: '1.11',
      userIdentity: {
        type: 'AssumedRole',
        principalId: `AROALOCAL:${session}`,
        arn: `arn:aws:sts::${account}:assumed-role/${role}/${session}`,
        accountId: account,
        sessionContext: {
          sessionIssuer: { type: 'Role', arn: `arn:aws:iam::${account}:role/${role}`, userName: role },
        },
      },
      eventTime: time,
      eventSource: 'secretsmanager.amazonaws.com',
      eventName: 'GetSecretValue',
      awsRegion: region,
      ...(error !== undefined && {
        errorCode: error instanceof AwsError ? error.code : 'InternalServiceError',
      }),
      requestParameters: {
        secretId: SecretId,
        ...(VersionId !== undefined && { versionId: VersionId }),
        ...(VersionStage !== undefined && { versionStage: VersionStage }),
      },
      responseElements: null,
      eventID: randomUUID(),
      readOnly: true,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: account,
      eventCategory: 'Management',
    },
  }
}
