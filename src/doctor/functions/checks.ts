import { few } from '../../model/counts.ts'
import type { Check } from '../check.ts'
import { configurationOf, type FunctionFacts } from './facts.ts'
import { functionInvocable } from './invocable.ts'
import { reach } from './reach.ts'
import { functionKey, functionRights } from './rights.ts'

const DEFAULT_SECONDS = 30

/** Of one rotation function. */
export const functionChecks: Check<FunctionFacts>[] = [
  {
    name: 'function-exists',
    severity: 'broken',
    cause: 'A secret keeps the ARN of its rotation function even after the function is gone.',
    check({ configuration, secrets }) {
      if ('unknown' in configuration) return configuration
      if (configuration.found) return 'fine'
      return {
        symptom: `there is no such function; it should rotate ${few(secrets.map(({ name }) => name))}`,
        remedy:
          'deploy it again, or attach another: aws secretsmanager rotate-secret --rotation-lambda-arn ARN',
      }
    },
  },
  /** Source: Lambda API reference, FunctionConfiguration (State, LastUpdateStatus); Developer Guide, reserved concurrency. */
  {
    name: 'function-enabled',
    severity: 'broken',
    cause: 'Lambda refuses to run it, so every step of every rotation fails.',
    check(facts) {
      const found = configurationOf(facts)
      if (!found) return undefined
      if (found.State === 'Failed' || found.LastUpdateStatus === 'Failed') {
        const why = found.StateReason ?? found.LastUpdateStatusReason ?? 'Lambda gives no reason'
        return { symptom: `in state Failed: ${why}`, remedy: 'mend that, and update the function' }
      }
      if (found.State === 'Inactive')
        return {
          symptom: 'in state Inactive: Lambda has taken back its idle network interfaces',
          remedy: 'invoke it once well before the next occurrence: that makes it active again',
          severity: 'risk',
          cause: 'The first invocation of an inactive function fails; Secrets Manager then has to try again.',
        }
      if ('unknown' in facts.reserved) return facts.reserved
      if (facts.reserved.found === 0)
        return {
          symptom: 'its reserved concurrency is 0: somebody has switched it off',
          remedy: 'aws lambda delete-function-concurrency --function-name NAME, once it is clear why',
        }
      return 'fine'
    },
  },
  functionInvocable,
  /** Source: Secrets Manager User Guide, troubleshoot_rotation. */
  {
    name: 'function-timeout',
    severity: 'risk',
    cause:
      'AWS’s own rotation functions come with 30 s: a cold start in a VPC and a slow database leave nothing of that, and a step that is cut off leaves AWSPENDING behind.',
    check(facts) {
      const seconds = configurationOf(facts)?.Timeout
      if (seconds === undefined) return undefined
      if (seconds > DEFAULT_SECONDS) return 'fine'
      return {
        symptom: `its timeout is ${seconds} s`,
        remedy: `aws lambda update-function-configuration --function-name ${configurationOf(facts)?.FunctionName} --timeout 300`,
      }
    },
  },
  /** Source: Secrets Manager User Guide, vpc-endpoint-overview and troubleshoot_rotation. */
  {
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
  },
  functionRights,
  functionKey,
]
