import type { StageSettings } from '../config/stage-settings.ts'
import { TTL_ATTRIBUTE, tableDefinition } from '../ledger/table.ts'
import type { ResourceNames } from '../model/resource-names.ts'
import { IDS, type Resources, ref } from './template.ts'

export const FOURTEEN_DAYS = 1_209_600

/** What keeps and what tells: the ledger, the queue of undelivered events, the topic of alerts and its readers. */
export function storage(names: ResourceNames, settings: StageSettings): Resources {
  const { kmsKeyArn } = settings
  return {
    [IDS.ledger]: {
      Type: 'AWS::DynamoDB::Table',
      // A first deploy that fails takes it along, or it would stand in the way of the second.
      ...(!settings.disposable && {
        DeletionPolicy: 'RetainExceptOnCreate',
        UpdateReplacePolicy: 'Retain',
      }),
      Properties: {
        ...tableDefinition,
        TableName: names.ledgerTable,
        TimeToLiveSpecification: { AttributeName: TTL_ATTRIBUTE, Enabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: {
          SSEEnabled: true,
          ...(kmsKeyArn && { SSEType: 'KMS', KMSMasterKeyId: kmsKeyArn }),
        },
        DeletionProtectionEnabled: !settings.disposable,
      },
    },
    [IDS.deadLetters]: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        QueueName: names.deadLetterQueue,
        MessageRetentionPeriod: FOURTEEN_DAYS,
        ...(kmsKeyArn ? { KmsMasterKeyId: kmsKeyArn } : { SqsManagedSseEnabled: true }),
      },
    },
    [IDS.alerts]: {
      Type: 'AWS::SNS::Topic',
      // By AWS's own key CloudWatch could publish no alarm: decision 0148.
      Properties: { TopicName: names.alertTopic, ...(kmsKeyArn && { KmsMasterKeyId: kmsKeyArn }) },
    },
    ...Object.fromEntries(
      settings.alertEmails.map((address, index) => [
        `AlertEmail${index + 1}`,
        {
          Type: 'AWS::SNS::Subscription',
          Properties: { TopicArn: ref(IDS.alerts), Protocol: 'email', Endpoint: address },
        },
      ]),
    ),
  }
}
