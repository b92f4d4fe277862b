import type { ContextEntry, EvaluationResult, IAMClient } from '@aws-sdk/client-iam'

/** `unsure`: it is denied for want of a condition's value, which a real call would bring along. */
export type Simulated = { action: string; resource: string; allowed: boolean; unsure: boolean }

/** What the role of a rotation function needs on each of its secrets, whatever it rotates. */
export const SECRET_ACTIONS = [
  'secretsmanager:DescribeSecret',
  'secretsmanager:GetSecretValue',
  'secretsmanager:PutSecretValue',
  'secretsmanager:UpdateSecretVersionStage',
]
export const KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey']

/**
 * What a role's policies, boundary and organisation allow. Nothing is done, and no secret read.
 * Source: IAM API reference, SimulatePrincipalPolicy.
 */
export async function simulate(
  client: IAMClient,
  question: { role: string; actions: string[]; resources: string[]; context: Record<string, string> },
  options: { abortSignal: AbortSignal },
): Promise<Simulated[]> {
  const { paginateSimulatePrincipalPolicy } = await import('@aws-sdk/client-iam')
  const found: Simulated[] = []
  const ContextEntries: ContextEntry[] = Object.entries(question.context).map(([key, value]) => ({
    ContextKeyName: key,
    ContextKeyType: 'string',
    ContextKeyValues: [value],
  }))
  const { role: PolicySourceArn, actions: ActionNames, resources: ResourceArns } = question
  const asked = { PolicySourceArn, ActionNames, ResourceArns, ContextEntries }
  for await (const { EvaluationResults = [] } of paginateSimulatePrincipalPolicy({ client }, asked, options))
    found.push(...EvaluationResults.flatMap(simulatedIn))
  return found
}

/** Each resource that was asked for has a result of its own; where none was, there is one for all. */
function simulatedIn({ EvalActionName: action = '', ...result }: EvaluationResult): Simulated[] {
  const byResource = (result.ResourceSpecificResults ?? []).map((it) => ({
    ...{ resource: it.EvalResourceName, decision: it.EvalResourceDecision, missing: it.MissingContextValues },
  }))
  const { EvalResourceName: resource, EvalDecision: decision, MissingContextValues: missing } = result
  const forAll = { resource, decision, missing }
  return (byResource.length > 0 ? byResource : [forAll]).map(({ resource = '', decision, missing = [] }) => ({
    ...{ action, resource, allowed: decision === 'allowed' },
    unsure: decision !== 'allowed' && decision !== 'explicitDeny' && missing.length > 0,
  }))
}
