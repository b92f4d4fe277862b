import type { Check } from '../check.ts'
import { configurationOf, type FunctionFacts } from './facts.ts'

const DEFAULT_SECONDS = 30

/** Source: Secrets Manager User Guide, troubleshoot_rotation. */
export const functionTimeout: Check<FunctionFacts> = {
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
}
