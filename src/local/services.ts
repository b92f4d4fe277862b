/**
 * The services: the name that an SDK's environment variable for their endpoint ends with, and the code of a throttled
 * request and of a failure of their own, by their API references. A new one stands here, in `state.ts` with what it
 * holds, and in the list of `aws.ts`.
 */
export const SERVICES = {
  cloudformation: { sdk: 'CLOUDFORMATION', throttled: ['Throttling', 400], internal: 'InternalFailure' },
  cloudtrail: { sdk: 'CLOUDTRAIL', throttled: ['ThrottlingException', 400], internal: 'InternalFailure' },
  dynamodb: {
    sdk: 'DYNAMODB',
    throttled: ['ProvisionedThroughputExceededException', 400],
    internal: 'InternalServerError',
  },
  ec2: { sdk: 'EC2', throttled: ['RequestLimitExceeded', 503], internal: 'InternalError' },
  ecs: { sdk: 'ECS', throttled: ['ThrottlingException', 400], internal: 'ServerException' },
  events: { sdk: 'EVENTBRIDGE', throttled: ['ThrottlingException', 400], internal: 'InternalException' },
  iam: { sdk: 'IAM', throttled: ['Throttling', 400], internal: 'ServiceFailure' },
  lambda: { sdk: 'LAMBDA', throttled: ['TooManyRequestsException', 429], internal: 'ServiceException' },
  rds: { sdk: 'RDS', throttled: ['Throttling', 400], internal: 'InternalFailure' },
  scheduler: {
    sdk: 'SCHEDULER',
    throttled: ['ThrottlingException', 429],
    internal: 'InternalServerException',
  },
  secretsmanager: {
    sdk: 'SECRETS_MANAGER',
    throttled: ['ThrottlingException', 400],
    internal: 'InternalServiceError',
  },
  sns: { sdk: 'SNS', throttled: ['Throttled', 429], internal: 'InternalError' },
  sqs: { sdk: 'SQS', throttled: ['RequestThrottled', 400], internal: 'InternalError' },
  ssm: { sdk: 'SSM', throttled: ['ThrottlingException', 400], internal: 'InternalServerError' },
  sts: { sdk: 'STS', throttled: ['Throttling', 400], internal: 'InternalFailure' },
} as const satisfies Record<
  string,
  { sdk: string; throttled: [code: string, status: number]; internal: string }
>

export type ServiceName = keyof typeof SERVICES
