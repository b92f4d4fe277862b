import { deepEqual, ok } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2'
import * as ecs from '@aws-sdk/client-ecs'
import { CreateDBProxyCommand, RDSClient } from '@aws-sdk/client-rds'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { type EcsDeployment, type EcsServices, openEcsServices } from '../../src/aws/ecs-services.ts'
import type { FoundConsumers } from '../../src/operate/find-consumers.ts'
import { tourbillonProcess } from '../cli/tourbillon.ts'
import { freePort, NoEmulator, pythonWith } from '../deploy/python.ts'

/**
 * `npm run test:handover`: the calls of a handover against moto, an ECS that is not ours, through the SDK's own clients.
 * And `consumers --find`, as people give it. moto lacks: an end of a rollout (it stays IN_PROGRESS), rollbacks, runbooks
 * (StartAutomationExecution is not there), and CloudTrail's LookupEvents.
 */
const MOTO = 'moto[server]==5.2.5'

const say = (text: string) => void process.stderr.write(`${text}\n`)
process.exitCode = await main()

async function main(): Promise<number> {
  let python: string
  try {
    python = await pythonWith([MOTO], say)
  } catch (error) {
    if (!(error instanceof NoEmulator)) throw error
    say(`test:handover skipped: ${error.message}`)
    return 0
  }
  const port = await freePort()
  const server = spawn(python, ['-m', 'moto.server', '-p', String(port)], { stdio: 'ignore' })
  try {
    const settings = {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'moto', secretAccessKey: 'moto' },
    }
    const client = new ecs.ECSClient(settings)
    await createService(client)
    const services = openEcsServices({ sdk: ecs, client, once: client })
    const before = await newest(services)
    await sleep(1_100)
    const answer = await services.deployAnew('shop', 'api')
    const after = await newest(services)
    ok(after.id !== before.id && after.createdAt > before.createdAt, 'a new deployment was expected')
    deepEqual('service' in answer && answer.service.deployments[0]?.id, after.id)
    deepEqual(await services.look('shop', 'gone'), { refused: 'ECS knows no service shop/gone: MISSING' })
    deepEqual(await services.look('none', 'api'), {
      refused: 'ECS answered ClusterNotFoundException: Cluster not found.',
    })
    deepEqual(await services.deployAnew('shop', 'gone'), {
      refused: 'ECS answered ServiceNotFoundException: Service not found.',
    })
    say('test:handover: a forced deployment, and three refusals, as moto has them')
    await findOnMoto(settings, client)
    say('test:handover: consumers --find finds an ECS service and an RDS Proxy; moto has no LookupEvents')
    return 0
  } finally {
    const ended = once(server, 'exit')
    server.kill()
    await ended
  }
}

/** What the command finds on moto, with the SDK's own clients. */
async function findOnMoto(settings: Settings, client: ecs.ECSClient): Promise<void> {
  const secrets = new SecretsManagerClient(settings)
  const { ARN = '' } = await secrets.send(new CreateSecretCommand({ Name: 'app/orders', SecretString: 'x' }))
  const containerDefinitions = [
    { name: 'web', image: 'web', memory: 64, secrets: [{ name: 'DB', valueFrom: `${ARN}:password::` }] },
  ]
  const executionRoleArn = 'arn:aws:iam::123456789012:role/ecs/web-reads'
  await client.send(
    new ecs.RegisterTaskDefinitionCommand({ family: 'web', containerDefinitions, executionRoleArn }),
  )
  const service = { cluster: 'shop', serviceName: 'web', taskDefinition: 'web', desiredCount: 1 }
  await client.send(new ecs.CreateServiceCommand(service))
  const RoleArn = 'arn:aws:iam::123456789012:role/rds-reads'
  await new RDSClient(settings).send(
    new CreateDBProxyCommand({
      ...{
        DBProxyName: 'orders',
        EngineFamily: 'POSTGRESQL',
        RoleArn,
        VpcSubnetIds: await subnets(settings),
      },
      Auth: [{ AuthScheme: 'SECRETS', SecretArn: ARN }],
    }),
  )
  const directory = await mkdtemp(join(tmpdir(), 'find-'))
  const file = join(directory, 'moto.yml')
  const schedule = '{ when: cron(0 3 ? * SUN *), timezone: UTC, secrets: [app/orders] }'
  await writeFile(file, `schedules: { nightly: ${schedule} }\n`)
  const { stdout, stderr, code } = await tourbillonProcess(
    ['consumers', '--find', '--secret', 'app/orders', '--config', file, '--json'],
    { env: envOf(settings) },
  )
  await rm(directory, { recursive: true })
  ok(stdout, stderr)
  const found: FoundConsumers = JSON.parse(stdout)
  deepEqual(
    found.services.found.map(({ name, taskDefinitions }) => [name, taskDefinitions]),
    [['shop/web', ['web:1']]],
  )
  deepEqual(found.proxies.found, [{ name: 'orders', role: RoleArn }])
  deepEqual([...found.services.unseen, ...found.proxies.unseen], [])
  ok(found.readers.unseen[0]?.startsWith('cloudtrail:LookupEvents: '), 'moto has LookupEvents by now')
  deepEqual(code, 1)
  ok(found.toPaste[0]?.entries.includes('- ecs: shop/web\n'))
}

type Settings = {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
}

function envOf({ endpoint, region, credentials }: Settings) {
  return {
    ...{ AWS_ENDPOINT_URL: endpoint, AWS_REGION: region },
    ...{ AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey },
  }
}

async function subnets(settings: Settings): Promise<string[]> {
  const { Subnets = [] } = await new EC2Client(settings).send(new DescribeSubnetsCommand({}))
  return Subnets.flatMap(({ SubnetId }) => SubnetId ?? []).slice(0, 2)
}

async function createService(client: ecs.ECSClient): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await client.send(new ecs.CreateClusterCommand({ clusterName: 'shop' }))
      break
    } catch (error) {
      if (tries > 60) throw error
      await sleep(500)
    }
  }
  const containerDefinitions = [{ name: 'api', image: 'api', memory: 64 }]
  await client.send(new ecs.RegisterTaskDefinitionCommand({ family: 'api', containerDefinitions }))
  await client.send(
    new ecs.CreateServiceCommand({
      cluster: 'shop',
      serviceName: 'api',
      taskDefinition: 'api',
      desiredCount: 2,
    }),
  )
}

async function newest(services: EcsServices): Promise<EcsDeployment> {
  const seen = await services.look('shop', 'api')
  const [deployment] = 'service' in seen ? seen.service.deployments : []
  if (!deployment) throw new Error(JSON.stringify(seen))
  return deployment
}
