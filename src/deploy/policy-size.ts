import type { Json } from './template.ts'

/** Characters, white space not counted. Source: IAM User Guide, reference_iam-quotas. */
export const INLINE_POLICIES_CHARACTERS = 10_240
export const MANAGED_POLICY_CHARACTERS = 6_144

/** Managed policies that a role may carry, unless AWS raised it. Source: IAM User Guide, reference_iam-quotas. */
export const MOST_POLICIES = 10

/** Of the ARN of something that a stack of ours makes, at its longest. */
const ARN_CHARACTERS = 120

/** Characters of a part of a policy as IAM counts it, at its longest, once CloudFormation has filled in what only it knows. */
export function charactersIn(part: Json): number {
  return JSON.stringify(part, (_, value: unknown) => filled(value)).length
}

function filled(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const { 'Fn::Sub': text, Ref, 'Fn::GetAtt': attribute } = value as Record<string, unknown>
  if (typeof text === 'string')
    return text
      .replaceAll(`\${AWS::Partition}`, 'aws-us-gov')
      .replaceAll(`\${AWS::Region}`, 'ap-southeast-7')
      .replaceAll(`\${AWS::AccountId}`, '123456789012')
  return Ref !== undefined || attribute !== undefined ? 'x'.repeat(ARN_CHARACTERS) : value
}
