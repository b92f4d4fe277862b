import type { Deployment, ECSClient, Service } from '@aws-sdk/client-ecs'
import { answerOrRefused } from './not-now.ts'
import type { Permission } from './permission.ts'

/** A service as it stands; or why there is none to speak of. */
type ServiceSeen = { service: EcsService } | { refused: string }

/** `controller`: who makes its deployments. */
export type EcsService = {
  status: string
  controller: string
  desired: number
  running: number
  deployments: EcsDeployment[]
}

/** `createdAt`: epoch ms. `rollout`: absent behind a Classic Load Balancer, and where ECS does not make it. */
export type EcsDeployment = {
  id: string
  primary: boolean
  createdAt: number
  rollout?: string | undefined
  reason?: string | undefined
  running: number
  desired: number
}

export type EcsServices = {
  /** Rejects with what a later look may settle. */
  look(cluster: string, service: string): Promise<ServiceSeen>
  /**
   * Asks for a new deployment of what is deployed, and answers with the service as it then stands. Sent once: rejects
   * where it may have had an effect, or may have one later.
   */
  deployAnew(cluster: string, service: string): Promise<ServiceSeen>
}

/** The SDK's own module: loaded by the one function that uses it, and by no command. */
type EcsSdk = Pick<typeof import('@aws-sdk/client-ecs'), 'DescribeServicesCommand' | 'UpdateServiceCommand'>

/** Source: Service Authorization Reference, Amazon Elastic Container Service. */
export const ECS_PERMISSIONS = {
  look: [{ action: 'ecs:DescribeServices', on: 'ECS service' }],
  deployAnew: [{ action: 'ecs:UpdateService', on: 'ECS service', changes: true }],
} as const satisfies Record<string, Permission[]>

/**
 * `forceNewDeployment` starts new tasks of the same task definition, and changes nothing else; the secrets of a task are
 * put in as its containers start. Source: ECS Developer Guide, secrets-envvar-secrets-manager; API reference,
 * UpdateService, DescribeServices. `once`: a client that sends no call twice.
 */
export function openEcsServices({
  sdk,
  client,
  once,
}: {
  sdk: EcsSdk
  client: ECSClient
  once: ECSClient
}): EcsServices {
  return {
    async look(cluster, name) {
      return answerOrRefused('ECS', async () => {
        const command = new sdk.DescribeServicesCommand({ cluster, services: [name] })
        const { services = [], failures = [] } = await client.send(command)
        const [service] = services
        if (service) return { service: toService(service) }
        return { refused: `ECS knows no service ${cluster}/${name}: ${failures[0]?.reason ?? 'MISSING'}` }
      })
    },
    async deployAnew(cluster, name) {
      return answerOrRefused('ECS', async () => {
        const command = new sdk.UpdateServiceCommand({ cluster, service: name, forceNewDeployment: true })
        const { service } = await once.send(command)
        if (service) return { service: toService(service) }
        throw new Error('ECS answered without the service')
      })
    },
  }
}

function toService(service: Service): EcsService {
  const { status, deploymentController, desiredCount = 0, runningCount = 0, deployments = [] } = service
  return {
    status: status ?? 'ACTIVE',
    controller: deploymentController?.type ?? 'ECS',
    desired: desiredCount,
    running: runningCount,
    deployments: deployments.map(toDeployment),
  }
}

function toDeployment(deployment: Deployment): EcsDeployment {
  const { id, status, createdAt, rolloutState, rolloutStateReason } = deployment
  return {
    id: id ?? '',
    primary: status === 'PRIMARY',
    createdAt: createdAt?.getTime() ?? 0,
    rollout: rolloutState,
    reason: rolloutStateReason,
    running: deployment.runningCount ?? 0,
    desired: deployment.desiredCount ?? 0,
  }
}
