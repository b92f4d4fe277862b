/**
 * What CloudFormation asks IAM for, by resource type and property: what its handlers create, read, update, tag and delete
 * with. Reads in full, for they come unasked; writes by the properties that the stack's resources have. A type or property
 * that is not here fails a test (test/deploy/deployer.deep.test.ts).
 * Source: CloudFormation's public resource schemas, `handlers.*.permissions` and `tagging.permissions`, as of 2026-08
 * (github.com/pulumi/pulumi-aws-native, aws-cloudformation-schema, at 43eed3b; AWS publishes the same as
 * CloudformationSchema.zip).
 */
export type TypeRow = {
  /** The property that has its physical name; without one CloudFormation makes it of stack and logical id. */
  name?: string
  actions: string
  /** What each property asks for beside that; empty: nothing. */
  properties: Record<string, string>
}

/** Nothing more than the type itself. */
const free = (...names: string[]) => Object.fromEntries(names.map((name) => [name, '']))

/** A key of one's own, which the service uses by a grant that the caller makes. */
const GRANT = 'kms:CreateGrant kms:DescribeKey'

export const TYPES: Record<string, TypeRow> = {
  'AWS::CloudWatch::Alarm': {
    name: 'AlarmName',
    actions:
      'cloudwatch:PutMetricAlarm cloudwatch:DescribeAlarms cloudwatch:DeleteAlarms cloudwatch:TagResource cloudwatch:UntagResource cloudwatch:ListTagsForResource',
    properties: free(
      ...['AlarmName', 'AlarmDescription', 'Namespace', 'MetricName', 'Dimensions', 'Statistic', 'Period'],
      ...['EvaluationPeriods', 'DatapointsToAlarm', 'Threshold', 'ComparisonOperator', 'TreatMissingData'],
      ...['AlarmActions', 'OKActions', 'InsufficientDataActions'],
    ),
  },
  'AWS::CloudWatch::Dashboard': {
    name: 'DashboardName',
    actions:
      'cloudwatch:PutDashboard cloudwatch:GetDashboard cloudwatch:DeleteDashboards cloudwatch:TagResource cloudwatch:UntagResource cloudwatch:ListTagsForResource',
    properties: free('DashboardName', 'DashboardBody'),
  },
  'AWS::DynamoDB::Table': {
    name: 'TableName',
    actions:
      'dynamodb:CreateTable dynamodb:DescribeTable dynamodb:UpdateTable dynamodb:DeleteTable dynamodb:DescribeTimeToLive dynamodb:DescribeContinuousBackups dynamodb:DescribeContributorInsights dynamodb:DescribeKinesisStreamingDestination dynamodb:GetResourcePolicy dynamodb:ListTagsOfResource dynamodb:TagResource dynamodb:UntagResource',
    properties: {
      ...free('TableName', 'BillingMode', 'AttributeDefinitions', 'KeySchema', 'GlobalSecondaryIndexes'),
      ...free('SSESpecification', 'DeletionProtectionEnabled'),
      'SSESpecification.KMSMasterKeyId': `${GRANT} kms:Decrypt kms:Encrypt kms:RevokeGrant`,
      TimeToLiveSpecification: 'dynamodb:UpdateTimeToLive',
      PointInTimeRecoverySpecification: 'dynamodb:UpdateContinuousBackups',
    },
  },
  'AWS::Events::Rule': {
    name: 'Name',
    actions:
      'events:PutRule events:DescribeRule events:DeleteRule events:ListTargetsByRule events:TagResource events:UntagResource events:ListTagsForResource',
    properties: {
      ...free('Name', 'Description', 'State', 'ScheduleExpression', 'EventPattern'),
      Targets: 'events:PutTargets events:RemoveTargets',
    },
  },
  'AWS::IAM::ManagedPolicy': {
    name: 'ManagedPolicyName',
    actions:
      'iam:CreatePolicy iam:GetPolicy iam:GetPolicyVersion iam:ListPolicyVersions iam:ListEntitiesForPolicy iam:CreatePolicyVersion iam:DeletePolicyVersion iam:DeletePolicy',
    properties: free('Description', 'PolicyDocument'),
  },
  'AWS::IAM::Role': {
    name: 'RoleName',
    actions:
      'iam:CreateRole iam:GetRole iam:DeleteRole iam:ListRolePolicies iam:ListAttachedRolePolicies iam:GetRolePolicy iam:UpdateAssumeRolePolicy iam:TagRole iam:UntagRole iam:ListRoleTags',
    properties: {
      ...free('RoleName', 'AssumeRolePolicyDocument'),
      Policies: 'iam:PutRolePolicy iam:DeleteRolePolicy',
      ManagedPolicyArns: 'iam:AttachRolePolicy iam:DetachRolePolicy',
      // To take a boundary away is nobody's who is bound by it.
      PermissionsBoundary: 'iam:PutRolePermissionsBoundary',
    },
  },
  'AWS::Lambda::Alias': {
    actions:
      'lambda:CreateAlias lambda:GetAlias lambda:UpdateAlias lambda:DeleteAlias lambda:GetProvisionedConcurrencyConfig',
    properties: free('FunctionName', 'FunctionVersion', 'Name'),
  },
  'AWS::Lambda::EventInvokeConfig': {
    actions:
      'lambda:PutFunctionEventInvokeConfig lambda:GetFunctionEventInvokeConfig lambda:UpdateFunctionEventInvokeConfig lambda:DeleteFunctionEventInvokeConfig',
    properties: free(
      ...[
        'FunctionName',
        'DestinationConfig',
        'Qualifier',
        'MaximumRetryAttempts',
        'MaximumEventAgeInSeconds',
      ],
    ),
  },
  'AWS::Lambda::EventSourceMapping': {
    actions:
      'lambda:CreateEventSourceMapping lambda:GetEventSourceMapping lambda:UpdateEventSourceMapping lambda:DeleteEventSourceMapping lambda:TagResource lambda:UntagResource lambda:ListTags',
    properties: free(
      ...['FunctionName', 'EventSourceArn', 'BatchSize', 'MaximumBatchingWindowInSeconds'],
      ...['FunctionResponseTypes', 'ScalingConfig'],
    ),
  },
  'AWS::Lambda::Function': {
    name: 'FunctionName',
    // Without a reservation, too: it is taken away where there was one.
    actions:
      'lambda:CreateFunction lambda:GetFunction lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration lambda:DeleteFunction lambda:DeleteFunctionConcurrency lambda:GetFunctionCodeSigningConfig lambda:GetFunctionRecursionConfig lambda:GetFunctionScalingConfig lambda:GetRuntimeManagementConfig lambda:TagResource lambda:UntagResource lambda:ListTags',
    properties: {
      ...free('FunctionName', 'Handler', 'Runtime', 'MemorySize', 'Timeout', 'Architectures', 'Description'),
      ...free('DeadLetterConfig', 'Environment', 'DurableConfig', 'LoggingConfig'),
      // The archive, which is in the deployment bucket; the role is passed: see `iam:PassRole` in deployer.ts.
      ...free('Code', 'Role'),
      ReservedConcurrentExecutions: 'lambda:PutFunctionConcurrency',
      VpcConfig:
        'ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs ec2:DescribeNetworkInterfaces',
      KmsKeyArn: `${GRANT} kms:Decrypt kms:Encrypt kms:GenerateDataKey`,
    },
  },
  'AWS::Lambda::Permission': {
    actions: 'lambda:AddPermission lambda:GetPolicy lambda:RemovePermission',
    properties: free('FunctionName', 'Action', 'Principal', 'SourceArn', 'SourceAccount'),
  },
  'AWS::Lambda::Version': {
    actions:
      'lambda:PublishVersion lambda:GetFunctionConfiguration lambda:ListVersionsByFunction lambda:GetProvisionedConcurrencyConfig lambda:GetRuntimeManagementConfig lambda:GetFunctionScalingConfig lambda:DeleteFunction',
    properties: free('FunctionName', 'CodeSha256', 'Description'),
  },
  'AWS::Logs::LogGroup': {
    name: 'LogGroupName',
    actions:
      'logs:CreateLogGroup logs:DescribeLogGroups logs:DeleteLogGroup logs:GetDataProtectionPolicy logs:DescribeIndexPolicies logs:DescribeResourcePolicies logs:TagResource logs:UntagResource logs:ListTagsForResource',
    properties: {
      ...free('LogGroupName'),
      RetentionInDays: 'logs:PutRetentionPolicy logs:DeleteRetentionPolicy',
      KmsKeyId: 'logs:AssociateKmsKey logs:DisassociateKmsKey',
    },
  },
  'AWS::Logs::MetricFilter': {
    name: 'LogGroupName',
    actions: 'logs:PutMetricFilter logs:DescribeMetricFilters logs:DeleteMetricFilter',
    properties: free('LogGroupName', 'FilterPattern', 'MetricTransformations'),
  },
  'AWS::S3::Bucket': {
    name: 'BucketName',
    actions:
      's3:CreateBucket s3:DeleteBucket s3:ListBucket s3:GetAccelerateConfiguration s3:GetAnalyticsConfiguration s3:GetBucketAbac s3:GetBucketAcl s3:GetBucketCORS s3:GetBucketLogging s3:GetBucketMetadataTableConfiguration s3:GetBucketNotification s3:GetBucketObjectLockConfiguration s3:GetBucketOwnershipControls s3:GetBucketPublicAccessBlock s3:GetBucketTagging s3:GetBucketVersioning s3:GetBucketWebsite s3:GetEncryptionConfiguration s3:GetIntelligentTieringConfiguration s3:GetInventoryConfiguration s3:GetLifecycleConfiguration s3:GetMetricsConfiguration s3:GetReplicationConfiguration s3:ListTagsForResource s3:PutBucketTagging s3:TagResource s3:UntagResource',
    properties: { BucketEncryption: 's3:PutEncryptionConfiguration' },
  },
  'AWS::S3::BucketPolicy': {
    actions: 's3:GetBucketPolicy s3:PutBucketPolicy s3:DeleteBucketPolicy',
    properties: free('Bucket', 'PolicyDocument'),
  },
  'AWS::SNS::Topic': {
    name: 'TopicName',
    actions:
      'sns:CreateTopic sns:GetTopicAttributes sns:SetTopicAttributes sns:DeleteTopic sns:GetDataProtectionPolicy sns:ListSubscriptionsByTopic sns:TagResource sns:UntagResource sns:ListTagsForResource',
    properties: free('TopicName', 'KmsMasterKeyId'),
  },
  'AWS::SNS::TopicPolicy': {
    actions: 'sns:SetTopicAttributes',
    properties: free('Topics', 'PolicyDocument'),
  },
  'AWS::SNS::Subscription': {
    actions: 'sns:Subscribe sns:GetSubscriptionAttributes sns:Unsubscribe',
    properties: free('TopicArn', 'Protocol', 'Endpoint'),
  },
  'AWS::SQS::Queue': {
    name: 'QueueName',
    actions:
      'sqs:CreateQueue sqs:GetQueueUrl sqs:GetQueueAttributes sqs:SetQueueAttributes sqs:DeleteQueue sqs:ListQueueTags sqs:TagQueue sqs:UntagQueue',
    properties: free(
      ...['QueueName', 'MessageRetentionPeriod', 'SqsManagedSseEnabled', 'KmsMasterKeyId'],
      ...['KmsDataKeyReusePeriodSeconds', 'VisibilityTimeout', 'RedrivePolicy'],
    ),
  },
  'AWS::SQS::QueuePolicy': {
    actions: 'sqs:SetQueueAttributes',
    properties: free('Queues', 'PolicyDocument'),
  },
  'AWS::Scheduler::Schedule': {
    actions:
      'scheduler:CreateSchedule scheduler:GetSchedule scheduler:UpdateSchedule scheduler:DeleteSchedule',
    properties: free(
      ...['Name', 'GroupName', 'Description', 'ScheduleExpression', 'ScheduleExpressionTimezone', 'State'],
      ...['FlexibleTimeWindow', 'StartDate', 'EndDate', 'KmsKeyArn'],
      // Its role is passed: see `iam:PassRole` in deployer.ts.
      'Target',
    ),
  },
  'AWS::Scheduler::ScheduleGroup': {
    name: 'Name',
    actions:
      'scheduler:CreateScheduleGroup scheduler:GetScheduleGroup scheduler:DeleteScheduleGroup scheduler:TagResource scheduler:UntagResource scheduler:ListTagsForResource',
    properties: free('Name'),
  },
}

/**
 * Actions that know no resource, or none that could be told beforehand.
 * Source: Service Authorization Reference; DescribeAlarms is asked for on every alarm.
 */
export const ANYWHERE = [
  'cloudwatch:DescribeAlarms',
  ...[
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSecurityGroups',
    'ec2:DescribeSubnets',
    'ec2:DescribeVpcs',
  ],
  'lambda:CreateEventSourceMapping',
  ...['logs:DescribeLogGroups', 'logs:DescribeResourcePolicies'],
  'secretsmanager:GetRandomPassword',
  ...['sns:GetSubscriptionAttributes', 'sns:Unsubscribe'],
]
