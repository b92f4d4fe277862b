/** CloudFormation as plain JSON. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

export type Resource = {
  Type: string
  Properties: { [key: string]: Json }
  DependsOn?: string | string[]
  DeletionPolicy?: 'RetainExceptOnCreate'
  UpdateReplacePolicy?: 'Retain'
}

/** Resources by logical id. */
export type Resources = { [logicalId: string]: Resource }

/** An ARN of this stack's own account, and region unless another is named: `service:resource` after the usual beginning. */
export function ownArn(service: string, resource: string, region = `\${AWS::Region}`): Json {
  return sub(`arn:\${AWS::Partition}:${service}:${region}:\${AWS::AccountId}:${resource}`)
}

export function sub(text: string): Json {
  return { 'Fn::Sub': text }
}

export function ref(logicalId: string): Json {
  return { Ref: logicalId }
}

export function attribute(logicalId: string, name: string): Json {
  return { 'Fn::GetAtt': [logicalId, name] }
}

/** Logical ids that one part of the template defines and others refer to, `serverless.yml` included. */
export const IDS = {
  ledger: 'LedgerTable',
  deadLetters: 'DeadLetterQueue',
  alerts: 'AlertTopic',
  rotateRole: 'RotateRole',
  rotateNowRole: 'RotateNowRole',
  auditRole: 'AuditRole',
  observeRole: 'ObserveRole',
  readsRole: 'ReadsRole',
  readsQueue: 'ReadsQueue',
  handoverRole: 'HandoverRole',
  schedulerRole: 'SchedulerRole',
  scheduleGroup: 'ScheduleGroup',
  /** Defined by osls, from the durable function `rotate`. */
  rotateAlias: 'RotateDurableLambdaAlias',
  /** Likewise, from `handover`, where there is one. */
  handoverAlias: 'HandoverDurableLambdaAlias',
  /** Defined by osls, from the function `observe`. */
  observeFunction: 'ObserveLambdaFunction',
  /** Defined by osls, from the function `reads`. */
  readsFunction: 'ReadsLambdaFunction',
} as const
