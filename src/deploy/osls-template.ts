import type { StageSettings } from '../config/stage-settings.ts'
import type { Resources } from './template.ts'

/**
 * What `stage:` says of all of its kind, and osls has no key for: every log group is encrypted by the stage's key, and every
 * role bounded by its boundary, whoever made them.
 */
export function settleTemplate(
  resources: Resources,
  { kmsKeyArn, permissionsBoundary }: Pick<StageSettings, 'kmsKeyArn' | 'permissionsBoundary'>,
): void {
  for (const { Type, Properties } of Object.values(resources)) {
    if (Type === 'AWS::Logs::LogGroup' && kmsKeyArn !== undefined) Properties.KmsKeyId ??= kmsKeyArn
    if (Type === 'AWS::IAM::Role' && permissionsBoundary !== undefined)
      Properties.PermissionsBoundary ??= permissionsBoundary
  }
}
