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
  const { SimulatePrincipalPolicyCommand } = await import('@aws-sdk/client-iam')
  const found: Simulated[] = []
  const ContextEntries: ContextEntry[] = Object.entries(question.context).map(([key, value]) => ({
    ContextKeyName: key,
    ContextKeyType: 'string',
    ContextKeyValues: [value],
  }))
  let Marker: string | undefined
  do {
    const page = await client.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: question.role,
        ActionNames: question.actions,
        ResourceArns: question.resources,
        ContextEntries,
        ...(Marker && { Marker }),
      }),
      options,
    )
    found.push(...(page.EvaluationResults ?? []).flatMap(simulatedIn))
    Marker = page.IsTruncated ? page.Marker : undefined
  } while (Marker)
  return found
}

/** Each resource that was asked for has a result of its own; where none was, there is one for all. */
function simulatedIn({ EvalActionName: action = '', ...result }: EvaluationResult): Simulated[] {
  const byResource = (result.ResourceSpecificResults ?? []).map((it) => ({
    ...{ resource: it.EvalResourceName, decision: it.EvalResourceDecision, missing: it.MissingContextValues },
  }))
  const forAll = {
    ...{
      resource: result.EvalResourceName,
      decision: result.EvalDecision,
      missing: result.MissingContextValues,
    },
  }
  return (byResource.length > 0 ? byResource : [forAll]).map(({ resource = '', decision, missing = [] }) => ({
    ...{ action, resource, allowed: decision === 'allowed' },
    unsure: decision !== 'allowed' && decision !== 'explicitDeny' && missing.length > 0,
  }))
}
