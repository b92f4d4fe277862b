import type { DescribeSecretCommandOutput } from '@aws-sdk/client-secrets-manager'
import type { Selector } from '../config/config.ts'

/** Whether a selector chooses this secret, as ListSecrets and src/rotation/secrets.ts would: every condition holds. */
export function selects(
  { prefix = '', tags = {} }: Selector,
  { Name = '', Tags = [] }: Pick<DescribeSecretCommandOutput, 'Name' | 'Tags'>,
): boolean {
  const tagged = ([key, value]: [string, string]) =>
    Tags.some((tag) => tag.Key === key && tag.Value === value)
  return Name.startsWith(prefix) && Object.entries(tags).every(tagged)
}
