import type { Statement } from './statements.ts'
import type { Json, Resource } from './template.ts'

/** Who may use a function's role. */
export const LAMBDA: Json = {
  Effect: 'Allow',
  Principal: { Service: 'lambda.amazonaws.com' },
  Action: 'sts:AssumeRole',
}

export function role(trust: Json, statements: Statement[], managedPolicies: Json[] = []): Resource {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [trust] },
      Policies: [
        {
          PolicyName: 'tourbillon',
          PolicyDocument: { Version: '2012-10-17', Statement: statements as unknown as Json },
        },
      ],
      ...(managedPolicies.length > 0 && { ManagedPolicyArns: managedPolicies }),
    },
  }
}
