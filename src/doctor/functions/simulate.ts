import type { ContextEntry, IAMClient } from '@aws-sdk/client-iam'

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
    for (const { EvalActionName = '', ...result } of page.EvaluationResults ?? []) {
      const each = result.ResourceSpecificResults?.length
        ? result.ResourceSpecificResults.map((it) => ({
            resource: it.EvalResourceName ?? '',
            decision: it.EvalResourceDecision,
            missing: it.MissingContextValues,
          }))
        : [
            {
              resource: result.EvalResourceName ?? '',
              decision: result.EvalDecision,
              missing: result.MissingContextValues,
            },
          ]
      for (const { resource, decision, missing } of each) {
        const unsure = decision !== 'allowed' && decision !== 'explicitDeny' && (missing ?? []).length > 0
        found.push({ action: EvalActionName, resource, allowed: decision === 'allowed', unsure })
      }
    }
    Marker = page.IsTruncated ? page.Marker : undefined
  } while (Marker)
  return found
}
