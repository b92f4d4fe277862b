import type { Check } from '../check.ts'
import { configurationOf, type FunctionFacts } from './facts.ts'
import { reach } from './reach.ts'

/** Source: Secrets Manager User Guide, vpc-endpoint-overview and troubleshoot_rotation. */
export const functionNetwork: Check<FunctionFacts> = {
  name: 'function-network',
  severity: 'broken',
  cause:
    'A function in a VPC that cannot reach Secrets Manager hangs after its first log line until it times out, and leaves AWSPENDING behind: the classic of stuck rotations.',
  check(facts) {
    const found = configurationOf(facts)
    if (!found) return undefined
    if ('unknown' in facts.network) return facts.network
    if (!facts.network.found) return 'fine'
    const { SubnetIds: subnetIds = [], SecurityGroupIds: groupIds = [] } = found.VpcConfig ?? {}
    // AWS's functions take the endpoint's own name from this variable: then private DNS does not matter.
    const named = /\.vpce\.|^https:\/\/vpce-/.test(
      found.Environment?.Variables?.SECRETS_MANAGER_ENDPOINT ?? '',
    )
    const obstacles = reach(facts.network.found, { subnetIds, groupIds, endpointNamed: named })
    if (obstacles.length === 0) return 'fine'
    return {
      symptom: `in ${found.VpcConfig?.VpcId} it cannot reach Secrets Manager: ${obstacles.join('; ')}`,
      remedy:
        'make an interface endpoint for secretsmanager in this VPC, private DNS on, whose security group lets the function in on 443; or route its subnets to a NAT gateway',
    }
  },
}
