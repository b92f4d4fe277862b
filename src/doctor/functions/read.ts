import {
  type FunctionConfiguration,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
} from '@aws-sdk/client-lambda'
import type { Clients } from '../clients.ts'
import { type Lookup, lookUp } from '../lookup.ts'
import type { FunctionFacts, RotatedSecret } from './facts.ts'
import { type Network, readNetwork } from './read-network.ts'
import { KEY_ACTIONS, SECRET_ACTIONS, type Simulated, simulate } from './simulate.ts'

/** `networks`: what was read of a VPC serves every function in it with the same security groups. */
export type FunctionInputs = {
  account: string
  clients: Clients
  networks: Map<string, Promise<Lookup<Network | undefined>>>
}

/** Everything about one rotation function. It is in the account and region that its ARN says. */
export async function readFunction(
  arn: string,
  secrets: RotatedSecret[],
  inputs: FunctionInputs,
): Promise<FunctionFacts> {
  const [, , , region = '', account = '', , name = '', qualifier] = arn.split(':')
  const facts = { arn, secrets }
  if (account !== inputs.account) {
    const configuration = { unknown: `it is in account ${account}: run doctor as somebody of that account` }
    return { ...facts, configuration, ...NOTHING }
  }
  const client = await inputs.clients.lambda(region)
  const id = { FunctionName: name, ...(qualifier !== undefined && { Qualifier: qualifier }) }
  const configuration = await lookUp('lambda:GetFunctionConfiguration', (options) =>
    client.send(new GetFunctionConfigurationCommand(id), options),
  )
  if ('unknown' in configuration || !configuration.found) return { ...facts, configuration, ...NOTHING }
  const found = configuration.found
  const [reserved, policy, network, rights, keyRights] = await Promise.all([
    lookUp('lambda:GetFunctionConcurrency', async (options) => {
      const answer = await client.send(new GetFunctionConcurrencyCommand({ FunctionName: name }), options)
      return answer.ReservedConcurrentExecutions
    }),
    lookUp('lambda:GetPolicy', async (options) => {
      return (await client.send(new GetPolicyCommand(id), options)).Policy
    }),
    networkOf(found, region, inputs),
    rightsOf(found, secrets, arn, inputs),
    keyRightsOf(found, secrets, inputs),
  ])
  return { ...facts, configuration, reserved, policy, network, rights, keyRights }
}

const NOTHING = {
  reserved: { found: undefined },
  policy: { found: undefined },
  network: { found: undefined },
  rights: { found: undefined },
  keyRights: { found: undefined },
}

function networkOf(
  { VpcConfig }: FunctionConfiguration,
  region: string,
  { clients, networks }: FunctionInputs,
) {
  const { VpcId: vpcId, SecurityGroupIds: groupIds = [] } = VpcConfig ?? {}
  if (!vpcId) return { found: undefined }
  const key = [region, vpcId, ...groupIds.toSorted()].join()
  const known =
    networks.get(key) ??
    lookUp(EC2_ACTIONS, async (options) =>
      readNetwork(await clients.ec2(region), { vpcId, groupIds, region }, options),
    )
  networks.set(key, known)
  return known
}

const EC2_ACTIONS =
  'ec2:DescribeVpcEndpoints, ec2:DescribeRouteTables, ec2:DescribeSubnets, ec2:DescribeSecurityGroups'

/** Answers of the simulation grow with resources × actions: so many secrets at once. */
const SECRETS_A_QUESTION = 25

/** AWS's own functions have a policy that lets them at the secrets which name them: it is told which function asks. */
function rightsOf(
  { Role }: FunctionConfiguration,
  secrets: RotatedSecret[],
  arn: string,
  inputs: FunctionInputs,
) {
  return lookUp('iam:SimulatePrincipalPolicy', async (options) => {
    if (Role === undefined) return undefined
    const client = await inputs.clients.iam()
    const context = { 'secretsmanager:resource/AllowRotationLambdaArn': arn }
    const found: Simulated[] = []
    for (let from = 0; from < secrets.length; from += SECRETS_A_QUESTION) {
      const resources = secrets.slice(from, from + SECRETS_A_QUESTION).map((it) => it.arn)
      const question = { role: Role, actions: SECRET_ACTIONS, resources, context }
      found.push(...(await simulate(client, question, options)))
    }
    return found
  })
}

function keyRightsOf({ Role }: FunctionConfiguration, secrets: RotatedSecret[], inputs: FunctionInputs) {
  // A key is asked for once, with one of its secrets.
  const byKey = new Map(secrets.flatMap((it) => (it.keyArn === undefined ? [] : [[it.keyArn, it.arn]])))
  return lookUp('iam:SimulatePrincipalPolicy', async (options) => {
    if (Role === undefined || byKey.size === 0) return undefined
    const client = await inputs.clients.iam()
    const found: Simulated[] = []
    for (const [keyArn, secretArn] of byKey) {
      const context = {
        'kms:ViaService': `secretsmanager.${secretArn.split(':')[3]}.amazonaws.com`,
        'kms:EncryptionContext:SecretARN': secretArn,
      }
      const question = { role: Role, actions: KEY_ACTIONS, resources: [keyArn], context }
      found.push(...(await simulate(client, question, options)))
    }
    return found
  })
}

/** As DescribeSecret has it: an ARN, an id, or an alias, which IAM's policies do not know. */
export function keyArnOf(keyId: string | undefined, secretArn: string): string | undefined {
  if (keyId === undefined || keyId.includes('alias/')) return undefined
  if (keyId.startsWith('arn:')) return keyId
  const [, partition, , region, account] = secretArn.split(':')
  return `arn:${partition}:kms:${region}:${account}:key/${keyId}`
}
