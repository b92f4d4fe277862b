import { z } from 'zod'
import { AwsError } from '../rehearse/secrets-manager/error.ts'
import { actionOn } from '../rehearse/secrets-manager/input.ts'
import { ACCOUNT, REGION } from './arn.ts'
import type { LocalService } from './http.ts'
import { jsonService } from './protocols/json.ts'

/**
 * How a deployment goes: after so long it is steady, fails, or is rolled back by the circuit breaker; a stuck one is never
 * any of these. Public recordings show rollbacks as a deployment of their own and under the id of the one before.
 */
export type Rollout = {
  takesMs: number
  ends?: 'steady' | 'failed' | 'rolled back' | 'rolled back to the old one' | 'stuck'
}

export type LocalDeployment = {
  id: string
  createdAt: number
  /** A rollback to an older one is no older. */
  startedAt: number
  rollout: Rollout
  /** By whom: only tests see it. */
  forced: boolean
  reason?: string
  state: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED'
}

/** A service of ECS: no tasks, but how its deployments go. Each takes the next of `rollouts`; the last one stays. */
export type LocalEcsService = {
  desired: number
  rollouts: Rollout[]
  /** Oldest first; the last one is PRIMARY. All that there ever were. */
  deployments: LocalDeployment[]
  /** Who makes its deployments, where not ECS. */
  controller?: 'CODE_DEPLOY' | 'EXTERNAL'
  status?: 'DRAINING' | 'INACTIVE'
  /** A Classic Load Balancer: its deployments have no rollout state. */
  classic?: boolean
  /** `family:revision` of what it runs, where it is known. */
  taskDefinition?: string
  /** How late DescribeServices shows a deployment, ms: ECS is eventually consistent. */
  seenLateMs?: number
}

/** As DescribeTaskDefinition shows one, without its name. */
export type LocalTaskDefinition = { executionRoleArn?: string; containerDefinitions: object[] }

type Context = {
  ecsServices: Map<string, LocalEcsService>
  taskDefinitions?: Map<string, LocalTaskDefinition>
  now: () => number
}

/** A failed deployment is listed for so long after its end. */
const LISTED_MS = 5_000

/** A new deployment of a service: `forced` by UpdateService, or somebody else's. Also for tests. */
export function deploy(service: LocalEcsService, now: number, forced = false): LocalDeployment {
  goOn(service, now)
  const { rollouts, deployments } = service
  const rollout = (rollouts.length > 1 ? rollouts.shift() : rollouts[0]) ?? { takesMs: 0 }
  return started(deployments, now, rollout, forced)
}

function started(deployments: LocalDeployment[], createdAt: number, rollout: Rollout, forced: boolean) {
  const id = `ecs-svc/${String(deployments.length + 1).padStart(19, '0')}`
  const deployment: LocalDeployment = {
    id,
    createdAt,
    startedAt: createdAt,
    rollout,
    forced,
    state: 'IN_PROGRESS',
  }
  deployments.push(deployment)
  return deployment
}

/** What has become of the newest deployment by now. Source: ECS Developer Guide, deployment-circuit-breaker. */
function goOn({ deployments }: Pick<LocalEcsService, 'deployments'>, now: number): void {
  const newest = deployments.at(-1)
  if (newest?.state !== 'IN_PROGRESS') return
  const { takesMs, ends = 'steady' } = newest.rollout
  const at = newest.startedAt + takesMs
  if (now < at || ends === 'stuck') return
  newest.state = ends === 'steady' ? 'COMPLETED' : 'FAILED'
  delete newest.reason
  if (ends === 'steady') return
  newest.reason = 'ECS deployment circuit breaker: tasks failed to start.'
  if (ends === 'failed') return
  const last = deployments.findLast(({ state }) => state === 'COMPLETED')
  const back =
    last && ends === 'rolled back to the old one'
      ? again(deployments, last, at)
      : started(deployments, at, { takesMs }, false)
  back.reason = `ECS deployment circuit breaker: rolling back to deploymentId ${last?.id ?? 'none'}.`
  goOn({ deployments }, now)
}

function again(deployments: LocalDeployment[], last: LocalDeployment, startedAt: number): LocalDeployment {
  deployments.splice(deployments.indexOf(last), 1)
  deployments.push(Object.assign(last, { startedAt, state: 'IN_PROGRESS', rollout: { takesMs: 0 } }))
  return last
}

const describeServices = actionOn<Context>()(
  z.strictObject({ cluster: z.string().default('default'), services: z.array(z.string()).min(1).max(10) }),
  ({ ecsServices, now }, { cluster: clusterId, services }) => {
    const cluster = lastOf(clusterId)
    clusterOf(ecsServices, cluster)
    const seen = services
      .map(lastOf)
      .map((name) => ({ name, service: ecsServices.get(`${cluster}/${name}`) }))
    return {
      services: seen.flatMap(({ name, service }) =>
        service ? [shown(cluster, name, service, now(), now() - (service.seenLateMs ?? 0))] : [],
      ),
      failures: seen.flatMap(({ name, service }) =>
        service ? [] : [{ arn: arnOf(cluster, name), reason: 'MISSING' }],
      ),
    }
  },
)

const updateService = actionOn<Context>()(
  z.strictObject({
    cluster: z.string().default('default'),
    service: z.string().min(1),
    forceNewDeployment: z.literal(true),
  }),
  ({ ecsServices, now }, { cluster, service: name }) => {
    clusterOf(ecsServices, cluster)
    const service = ecsServices.get(`${cluster}/${name}`)
    if (!service) throw new AwsError('ServiceNotFoundException', 'Service not found.')
    if (service.status) throw new AwsError('ServiceNotActiveException', 'Service was not ACTIVE.')
    if (service.controller)
      throw new AwsError(
        'InvalidParameterException',
        `Cannot force a new deployment on services with a ${service.controller} deployment controller.`,
      )
    deploy(service, now(), true)
    return { service: shown(cluster, name, service, now(), now()) }
  },
)

const Paged = { maxResults: z.number().int().min(1).max(100).optional(), nextToken: z.string().optional() }

const listClusters = actionOn<Context>()(z.strictObject(Paged), ({ ecsServices }, asked) => {
  const names = [...new Set([...ecsServices.keys()].map((key) => key.split('/')[0] ?? ''))]
  const [some, next] = pageOf(names, asked, 2)
  return { clusterArns: some.map((name) => ecsArn(`cluster/${name}`)), ...next }
})

const listServices = actionOn<Context>()(
  z.strictObject({ ...Paged, cluster: z.string().default('default') }),
  ({ ecsServices }, asked) => {
    const cluster = lastOf(asked.cluster)
    clusterOf(ecsServices, cluster)
    const names = [...ecsServices.keys()].filter((key) => key.startsWith(`${cluster}/`))
    const [some, next] = pageOf(names, asked, 10)
    return { serviceArns: some.map((name) => ecsArn(`service/${name}`)), ...next }
  },
)

const describeTaskDefinition = actionOn<Context>()(
  z.strictObject({ taskDefinition: z.string() }),
  ({ taskDefinitions }, { taskDefinition }) => {
    const name = lastOf(taskDefinition)
    const found = taskDefinitions?.get(name)
    if (!found) throw new AwsError('ClientException', 'Unable to describe task definition.')
    return { taskDefinition: { taskDefinitionArn: ecsArn(`task-definition/${name}`), ...found } }
  },
)

/** Of a name, or of an ARN. */
function lastOf(id: string): string {
  return id.split('/').at(-1) ?? id
}

function ecsArn(rest: string): string {
  return `arn:aws:ecs:${REGION}:${ACCOUNT}:${rest}`
}

function pageOf(
  all: string[],
  { maxResults, nextToken }: { maxResults?: number | undefined; nextToken?: string | undefined },
  size: number,
): [string[], { nextToken?: string }] {
  const start = Number(nextToken ?? 0)
  const end = start + (maxResults ?? size)
  return [all.slice(start, end), end < all.length ? { nextToken: String(end) } : {}]
}

function clusterOf(all: Context['ecsServices'], cluster: string): void {
  if (![...all.keys()].some((key) => key.startsWith(`${cluster}/`)))
    throw new AwsError('ClusterNotFoundException', 'Cluster not found.')
}

function arnOf(cluster: string, name: string): string {
  return ecsArn(`service/${cluster}/${name}`)
}

/** Source: ECS API reference, Service and Deployment. `asOf`: deployments that began later are not shown yet. */
function shown(cluster: string, name: string, service: LocalEcsService, now: number, asOf: number) {
  goOn(service, now)
  const { desired, controller, status = 'ACTIVE', classic, taskDefinition } = service
  const all = service.deployments.filter(({ startedAt }) => startedAt <= asOf)
  const primary = all.at(-1)
  const listed = all.filter((it) => {
    if (it === primary) return true
    if (it.state === 'FAILED') return now < it.startedAt + it.rollout.takesMs + LISTED_MS
    return primary?.state === 'IN_PROGRESS' && it === all.findLast(({ state }) => state === 'COMPLETED')
  })
  return {
    ...{ serviceName: name, serviceArn: arnOf(cluster, name), status },
    clusterArn: ecsArn(`cluster/${cluster}`),
    ...{ desiredCount: desired, runningCount: desired, pendingCount: 0 },
    ...(taskDefinition && { taskDefinition: ecsArn(`task-definition/${taskDefinition}`) }),
    ...(controller && { deploymentController: { type: controller } }),
    deployments: listed.toReversed().map((it) => ({
      id: it.id,
      status: it === primary ? 'PRIMARY' : 'ACTIVE',
      createdAt: it.createdAt / 1_000,
      updatedAt: now / 1_000,
      desiredCount: desired,
      runningCount: it.state === 'COMPLETED' ? desired : 0,
      ...(!classic && {
        rolloutState: it.state,
        rolloutStateReason: it.reason ?? `ECS deployment ${it.id} ${it.state.toLowerCase()}.`,
      }),
    })),
  }
}

const LOOKING = {
  ListClusters: listClusters,
  ListServices: listServices,
  DescribeTaskDefinition: describeTaskDefinition,
}

/** By name, for tests in virtual time, too. */
export const ECS_ACTIONS = { DescribeServices: describeServices, UpdateService: updateService }

/** Elastic Container Service: how services deploy, and what they run. */
export function ecs(context: Context): LocalService {
  return jsonService({
    name: 'ecs',
    target: 'AmazonEC2ContainerServiceV20141113',
    title: 'Elastic Container Service',
    actions: { ...ECS_ACTIONS, ...LOOKING },
    context: () => context,
    invalid: 'InvalidParameterException',
  })
}
