import { type Json, ownArn } from './template.ts'

/**
 * The IAM resource of one configured secret. A secret's ARN ends in a hyphen and six random characters that its name
 * does not tell; `?` stands for exactly one, so no other name can match: `orders-??????` is not `orders-archive-Ab12Cd`.
 * ARNs are taken as they are.
 * Source: Secrets Manager User Guide, auth-and-access_iam-policies, "wildcards".
 *
 * @param region the secret's, where it is not the stack's
 */
export function secretResource(secret: string, region?: string): Json {
  return secret.startsWith('arn:') ? secret : ownArn('secretsmanager', `secret:${secret}-??????`, region)
}
