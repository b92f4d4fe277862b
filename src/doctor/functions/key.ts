import type { Check } from '../check.ts'
import { judgeRights } from './compare-rights.ts'
import type { FunctionFacts } from './facts.ts'

/** Source: Secrets Manager User Guide, security-encryption and troubleshoot_rotation (aws-facts E, symptom 3). */
export const functionKey: Check<FunctionFacts> = {
  name: 'function-key',
  severity: 'risk',
  cause:
    'A secret under a KMS key of your own is read and written with that key by the function’s role: “Access to KMS is not allowed”. (The key’s own policy could grant it too; the simulation sees the role only.)',
  judge: (facts) => judgeRights(facts, facts.keyRights, 'allow kms:Decrypt and kms:GenerateDataKey to'),
}
