import type { FunctionConfiguration } from '@aws-sdk/client-lambda'
import type { XmlItem } from './protocols/query.ts'

/** What `npx aws-tourbillon doctor` asks about and the local AWS has no life of its own for. */
export type LookUps = {
  /** By function name, over what every local function has; `policy`: null for none. */
  functions: Map<string, FunctionDetails>
  /** Lambda's, of the account. */
  accountLimit: { UnreservedConcurrentExecutions: number }
  /** EC2's answers, as they stand in its XML. */
  network: Network
  /** Of the roles that may be simulated, by ARN: whether an action on a resource is allowed. */
  roleRights: Map<string, (action: string, resource: string, context: Map<string, string>) => boolean>
  /** SNS topics by ARN, with their subscriptions. */
  topics: Map<string, { SubscriptionArn: string; Endpoint: string }[]>
  /** SQS queues by name, with how many messages are in them. */
  queues: Map<string, number>
}

export type FunctionDetails = {
  configuration?: Partial<FunctionConfiguration>
  policy?: object | null
  reservedConcurrency?: number
}

type Network = Record<'vpcEndpointSet' | 'routeTableSet' | 'subnetSet' | 'securityGroupInfo', XmlItem[]>

export function noLookUps(): LookUps {
  return {
    functions: new Map(),
    accountLimit: { UnreservedConcurrentExecutions: 1_000 },
    network: { vpcEndpointSet: [], routeTableSet: [], subnetSet: [], securityGroupInfo: [] },
    roleRights: new Map(),
    topics: new Map(),
    queues: new Map(),
  }
}
