import type { ECSClient, Service, TaskDefinition } from '@aws-sdk/client-ecs'
import type { Permission } from './permission.ts'

type EcsSdk = Pick<
  typeof import('@aws-sdk/client-ecs'),
  'ListClustersCommand' | 'ListServicesCommand' | 'DescribeServicesCommand' | 'DescribeTaskDefinitionCommand'
>

type Options = { abortSignal: AbortSignal }
type Page = { arns: string[]; next?: string | undefined }

/** Source: Service Authorization Reference, Amazon Elastic Container Service. */
export const TASK_DEFINITION_PERMISSIONS = {
  clusters: [{ action: 'ecs:ListClusters', on: 'any' }],
  services: [{ action: 'ecs:ListServices', on: 'any' }],
  describe: [{ action: 'ecs:DescribeServices', on: 'any' }],
  taskDefinition: [{ action: 'ecs:DescribeTaskDefinition', on: 'any' }],
} as const satisfies Record<string, Permission[]>

/** DescribeServices takes no more at once. Source: ECS API reference. */
export const MOST_DESCRIBED = 10

/** What ECS's services run: looked at page by page. */
export type TaskDefinitions = {
  clusters(next: string | undefined, options: Options): Promise<Page>
  services(cluster: string, next: string | undefined, options: Options): Promise<Page>
  /** At most MOST_DESCRIBED. */
  describe(cluster: string, services: string[], options: Options): Promise<Service[]>
  taskDefinition(arn: string, options: Options): Promise<TaskDefinition>
}

export function openTaskDefinitions({ sdk, client }: { sdk: EcsSdk; client: ECSClient }): TaskDefinitions {
  return {
    async clusters(nextToken, options) {
      const found = await client.send(new sdk.ListClustersCommand({ nextToken }), options)
      return { arns: found.clusterArns ?? [], next: found.nextToken }
    },
    async services(cluster, nextToken, options) {
      const command = new sdk.ListServicesCommand({ cluster, maxResults: 100, nextToken })
      const found = await client.send(command, options)
      return { arns: found.serviceArns ?? [], next: found.nextToken }
    },
    async describe(cluster, services, options) {
      const found = await client.send(new sdk.DescribeServicesCommand({ cluster, services }), options)
      return found.services ?? []
    },
    async taskDefinition(arn, options) {
      const command = new sdk.DescribeTaskDefinitionCommand({ taskDefinition: arn })
      return (await client.send(command, options)).taskDefinition ?? {}
    },
  }
}
