import type { TaskDefinition } from '@aws-sdk/client-ecs'
import { forEachInPool } from '../aws/pool.ts'
import { MOST_DESCRIBED, type TaskDefinitions } from '../aws/task-definitions.ts'
import { hasHung, lookUp } from '../doctor/lookup.ts'
import { type Look, MOST_LOOKING_MS, NOT_MOVED, placeIn, secretOfTask } from '../model/found-consumers.ts'
import { MINUTE } from '../model/time.ts'
import type { Progress } from './progress.ts'

/** A service whose task definition names the secret. `controller`: who makes its deployments, where that is not ECS. */
export type FoundService = {
  /** `cluster/service`. */
  name: string
  /** `family:revision`. */
  taskDefinitions: string[]
  containers: string[]
  executionRole?: string
  controller?: string
  notes: string[]
}

/** Calls to ECS under way at once: its lowest sustained rate is some 20 a second for everybody. */
const AT_ONCE = 4

export async function lookAtServices(
  secret: string,
  arn: string | undefined,
  until: number,
  { tasks, now, progress }: { tasks: TaskDefinitions; now(): number; progress: Progress },
): Promise<Look<FoundService>> {
  const unseen = new Set<string>()
  /** How often each action did not answer: what hangs is not waited for again and again. */
  const hung = new Map<string, number>()
  const isLate = () =>
    now() >= until &&
    Boolean(unseen.add(`more than ${MOST_LOOKING_MS / MINUTE} min of ECS: the rest was left`))
  const asked = async <T>(action: string, call: Parameters<typeof lookUp<T>>[1]): Promise<T | undefined> => {
    const before = hung.get(action) ?? 0
    if (before >= AT_ONCE) {
      unseen.add(`${action}: the rest was left`)
      return undefined
    }
    const answer = await lookUp(action, call)
    if ('found' in answer) return answer.found
    if (hasHung(answer.unknown)) hung.set(action, (hung.get(action) ?? 0) + 1)
    unseen.add(answer.unknown)
    return undefined
  }
  const listed = async (action: string, page: TaskDefinitions['clusters']): Promise<string[]> => {
    const arns: string[] = []
    for (let next: string | undefined, more = true; more && !isLate(); more = next !== undefined) {
      const found = await asked(action, (it) => page(next, it))
      arns.push(...(found?.arns ?? []))
      next = found?.next
    }
    return arns
  }
  const clusters = await listed('ecs:ListClusters', tasks.clusters)
  const services: { name: string; definitions: string[]; controller?: string }[] = []
  const show = () =>
    progress.show(() => `looking: ${services.length} ECS services of ${clusters.length} clusters`)
  await forEachInPool(clusters, AT_ONCE, async (cluster) => {
    const arns = await listed('ecs:ListServices', (next, it) => tasks.services(cluster, next, it))
    for (let at = 0; at < arns.length && !isLate(); at += MOST_DESCRIBED) {
      const some = arns.slice(at, at + MOST_DESCRIBED)
      const found = await asked('ecs:DescribeServices', (it) => tasks.describe(cluster, some, it))
      for (const {
        serviceName = '',
        taskDefinition,
        deployments = [],
        taskSets = [],
        deploymentController,
      } of found ?? []) {
        const all = [taskDefinition, ...[...deployments, ...taskSets].map((it) => it.taskDefinition)]
        const { type = 'ECS' } = deploymentController ?? {}
        services.push({
          name: `${cluster.split('/').at(-1)}/${serviceName}`,
          definitions: [...new Set(all.filter((it) => it !== undefined))],
          ...(type !== 'ECS' && { controller: type }),
        })
      }
      show()
    }
  })
  const definitions = new Map<string, ReturnType<typeof usesIn>>()
  await forEachInPool(new Set(services.flatMap((it) => it.definitions)), AT_ONCE, async (definition) => {
    if (isLate()) return
    const found = await asked('ecs:DescribeTaskDefinition', (it) => tasks.taskDefinition(definition, it))
    if (found) definitions.set(definition, usesIn(found, definition, secret, arn))
    show()
  })
  return {
    found: services.flatMap(({ definitions: its, ...service }) => {
      const using = its.flatMap((it) => definitions.get(it) ?? [])
      if (using.length === 0) return []
      const executionRole = using.find((it) => it.executionRole)?.executionRole
      return {
        ...service,
        taskDefinitions: [...new Set(using.map(({ definition }) => definition))],
        containers: [...new Set(using.map(({ container }) => container))],
        ...(executionRole && { executionRole }),
        notes: [...new Set(using.flatMap(({ notes }) => notes))],
      }
    }),
    looked: `${services.length} ECS services of ${clusters.length} clusters, ${definitions.size} task definitions`,
    unseen: [...unseen],
  }
}

/** Where a task definition names the secret: container by container, never what any variable holds. */
function usesIn(
  { containerDefinitions = [], executionRoleArn, volumes = [] }: TaskDefinition,
  definitionArn: string,
  secret: string,
  arn: string | undefined,
) {
  const here = placeIn(definitionArn)
  /** By which a volume of Windows shares logs in. */
  const loginOf = (volume: string | undefined) =>
    volumes.find(({ name }) => name === volume)?.fsxWindowsFileServerVolumeConfiguration?.authorizationConfig
      ?.credentialsParameter ?? ''
  return containerDefinitions.flatMap(
    ({ name = '', secrets = [], mountPoints = [], logConfiguration, repositoryCredentials }) => {
      const uses = [
        ...mountPoints.map(({ sourceVolume }) => secretOfTask(loginOf(sourceVolume), secret, here, { arn })),
        ...[...secrets, ...(logConfiguration?.secretOptions ?? [])].map((it) =>
          secretOfTask(it.valueFrom ?? '', secret, here, { arn }),
        ),
        secretOfTask(repositoryCredentials?.credentialsParameter ?? '', secret, here, { arn, plain: true }),
      ].filter((it) => it !== undefined)
      if (uses.length === 0) return []
      const notes = uses.flatMap(({ fixed, unclear }) => [
        ...(fixed === undefined ? [] : [`asks for ${fixed}, ${NOT_MOVED}`]),
        ...(unclear ? ['its ARN may be another secret’s'] : []),
      ])
      const definition = definitionArn.split('/').at(-1) ?? definitionArn
      return { definition, container: name, notes, executionRole: executionRoleArn }
    },
  )
}
