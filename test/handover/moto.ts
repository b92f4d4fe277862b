import { deepEqual, ok } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import * as ecs from '@aws-sdk/client-ecs'
import { type EcsDeployment, type EcsServices, openEcsServices } from '../../src/aws/ecs-services.ts'
import { freePort, NoEmulator, pythonWith } from '../deploy/python.ts'

/**
 * `npm run test:handover`: the calls of a handover against moto, an ECS that is not ours, through the SDK's own clients.
 * It lacks: an end of a rollout (it stays IN_PROGRESS), rollbacks, and runbooks: StartAutomationExecution is not there.
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
    return 0
  } finally {
    const ended = once(server, 'exit')
    server.kill()
    await ended
  }
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
