import { DescribeInstancesCommand, DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2'
import { GetRoleCommand, IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam'
import { GetFunctionConfigurationCommand, GetPolicyCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns'
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, it } from 'vitest'
import { clientConfig, localAws } from './fixture.ts'

it('refuses look-ups that it does not know, in each protocol', async () => {
  const config = clientConfig(await localAws())
  const [ec2, iam, sqs] = [new EC2Client(config), new IAMClient(config), new SQSClient(config)]
  const role = 'arn:aws:iam::000000000000:role/r'
  const asked: [() => Promise<unknown>, RegExp][] = [
    [() => ec2.send(new DescribeInstancesCommand({})), /DescribeInstances/],
    [
      () => ec2.send(new DescribeSubnetsCommand({ MaxResults: 5 })),
      /parameter MaxResults of DescribeSubnets/,
    ],
    [
      () => ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'tag:a', Values: ['b'] }] })),
      /filter tag:a/,
    ],
    [() => iam.send(new GetRoleCommand({ RoleName: 'r' })), /GetRole/],
    [
      () =>
        iam.send(
          new SimulatePrincipalPolicyCommand({
            PolicySourceArn: role,
            ActionNames: ['a:B'],
            CallerArn: role,
          }),
        ),
      /parameter CallerArn/,
    ],
    [
      () => sqs.send(new GetQueueUrlCommand({ QueueName: 'q', QueueOwnerAWSAccountId: '1' })),
      /QueueOwnerAWSAccountId/,
    ],
  ]
  for (const [answer, message] of asked) await expect(answer()).rejects.toThrow(message)
})

it('knows nothing but what was put there, and says so as AWS does', async () => {
  const aws = await localAws()
  const config = clientConfig(aws)
  const lambda = new LambdaClient(config)
  const sqs = new SQSClient(config)
  aws.functions.set('rotate', async () => {})
  aws.lookUps.functions.set('rotate', { policy: null })
  aws.lookUps.queues.set('q', 3)
  const topic = { TopicArn: 'arn:aws:sns:eu-central-1:000000000000:t' }
  const role = { PolicySourceArn: 'arn:aws:iam::000000000000:role/r', ActionNames: ['a:B'] }
  const lost: [() => Promise<unknown>, string][] = [
    [
      () => lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'x' })),
      'ResourceNotFoundException',
    ],
    [
      () => lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'rotate', Qualifier: 'live' })),
      'ResourceNotFoundException',
    ],
    [() => lambda.send(new GetPolicyCommand({ FunctionName: 'rotate' })), 'ResourceNotFoundException'],
    [() => new SNSClient(config).send(new ListSubscriptionsByTopicCommand(topic)), 'NotFoundException'],
    [() => new IAMClient(config).send(new SimulatePrincipalPolicyCommand(role)), 'NoSuchEntityException'],
    [() => sqs.send(new GetQueueUrlCommand({ QueueName: 'x' })), 'QueueDoesNotExist'],
  ]
  for (const [answer, name] of lost) await expect(answer()).rejects.toMatchObject({ name })

  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'q' }))
  const asked = { QueueUrl, AttributeNames: ['ApproximateNumberOfMessages' as const] }
  expect((await sqs.send(new GetQueueAttributesCommand(asked))).Attributes).toEqual({
    ApproximateNumberOfMessages: '3',
  })
})
