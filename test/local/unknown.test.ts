import { DynamoDBClient, TransactGetItemsCommand } from '@aws-sdk/client-dynamodb'
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda'
import { ListTagsForResourceCommand, SchedulerClient } from '@aws-sdk/client-scheduler'
import {
  CreateSecretCommand,
  ReplicateSecretToRegionsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { describe, expect, it } from 'vitest'
import { clientConfig, localAws } from './fixture.ts'

describe('what the local AWS does not know is refused by name', () => {
  it('actions of services it knows', async () => {
    const config = clientConfig(await localAws(), 3)
    const secrets = new SecretsManagerClient(config)
    const arn = 'arn:aws:scheduler:eu-central-1:000000000000:schedule-group/default'
    const asked: [() => Promise<unknown>, RegExp][] = [
      [
        () => secrets.send(new ReplicateSecretToRegionsCommand({ SecretId: 'a', AddReplicaRegions: [] })),
        /ReplicateSecretToRegions/,
      ],
      [() => new LambdaClient(config).send(new ListFunctionsCommand({})), /GET \/2015-03-31\/functions/],
      [
        () => new SchedulerClient(config).send(new ListTagsForResourceCommand({ ResourceArn: arn })),
        /GET \/tags\//,
      ],
      [
        () => new DynamoDBClient(config).send(new TransactGetItemsCommand({ TransactItems: [] })),
        /TransactGetItems/,
      ],
    ]
    for (const [answer, message] of asked) {
      await expect(answer()).rejects.toMatchObject({
        name: 'UnknownOperationException',
        message: expect.stringMatching(message),
        $metadata: { attempts: 1 },
      })
    }
  })

  it.each([
    ['AWS JSON', '/', { 'x-amz-target': 'Logs_20140328.PutLogEvents' }, '{}', 'Logs_20140328.PutLogEvents'],
    [
      'Query',
      '/',
      { 'content-type': 'application/x-www-form-urlencoded' },
      'Action=Publish&Version=1',
      'Publish',
    ],
    ['RPC v2', '/service/Logs/operation/PutLogEvents', {}, '', 'POST /service/Logs/operation/PutLogEvents'],
  ])('another service, asked in %s', async (_, path, headers, body, name) => {
    const aws = await localAws()
    const response = await fetch(aws.endpoint + path, { method: 'POST', headers: { ...headers }, body })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      __type: 'UnknownOperationException',
      message: `The local AWS does not know the request ${name}.`,
    })
  })

  it('a parameter', async () => {
    const secrets = new SecretsManagerClient(clientConfig(await localAws(), 3))
    const input = { Name: 'a', AddReplicaRegions: [{ Region: 'eu-west-1' }] }
    await expect(secrets.send(new CreateSecretCommand(input))).rejects.toMatchObject({
      name: 'LocalAwsUnsupported',
      message: 'The local AWS does not support the parameter AddReplicaRegions of CreateSecret.',
      $metadata: { attempts: 1 },
    })
  })

  it('a body that is not JSON', async () => {
    const aws = await localAws()
    const headers = { 'x-amz-target': 'secretsmanager.ListSecrets' }
    const response = await fetch(aws.endpoint, { method: 'POST', headers, body: '{' })
    expect(await response.json()).toMatchObject({ __type: 'SerializationException' })
  })
})

it('records what was asked, by name and without bodies', async () => {
  const aws = await localAws({ now: () => 42 })
  const secrets = new SecretsManagerClient(clientConfig(aws))
  await secrets.send(new CreateSecretCommand({ Name: 'a', SecretString: 'sesame' }))
  const asked = { service: 'secretsmanager', action: 'CreateSecret', region: 'eu-central-1' }
  expect(aws.calls).toEqual([{ ...asked, caller: 'local', at: 42 }])
})
