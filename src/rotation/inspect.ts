import type { DescribeSecretCommandOutput } from '@aws-sdk/client-secrets-manager'
import { CLOCKS_MS } from '../model/limits.ts'
import type { Refusal } from '../model/reasons.ts'
import { isReplica, regionOf } from '../model/secret.ts'
import { iso } from '../model/time.ts'
import type { Ports } from './ports.ts'
import { readForGate } from './read-gate.ts'
import { NotYet } from './retry.ts'

type Secret = Pick<
  DescribeSecretCommandOutput,
  | 'ARN'
  | 'Name'
  | 'DeletedDate'
  | 'RotationLambdaARN'
  | 'OwningService'
  | 'ExternalSecretRotationRoleArn'
  | 'RotationEnabled'
  | 'PrimaryRegion'
  | 'VersionIdsToStages'
>

/** Can this secret be rotated here? Undefined: yes. Only fields with a value are returned: [bc DescribeSecret]. */
export function inspect(secret: Secret): Refusal | undefined {
  const name = `"${secret.Name ?? secret.ARN}"`
  if (secret.DeletedDate) {
    const date = iso(secret.DeletedDate)
    return { reason: 'SECRET_DELETED', message: `${name} is scheduled for deletion since ${date}` }
  }
  if (isReplica(secret)) {
    return {
      reason: 'SECRET_IS_REPLICA',
      message: `${name} in ${regionOf(secret)} is a replica; its primary region is ${secret.PrimaryRegion}`,
    }
  }
  // What another service owns, or a partner of AWS holds, rotates without a function of ours.
  if (!secret.RotationLambdaARN && !secret.OwningService && !secret.ExternalSecretRotationRoleArn) {
    return { reason: 'ROTATION_NOT_CONFIGURED', message: `${name} has no rotation function` }
  }
  // Only where it says so: what it shows of a secret without rules is not documented (docs/aws-facts.md, decision 0084).
  if (secret.RotationEnabled === false) {
    return { reason: 'ROTATION_SWITCHED_OFF', message: `rotation of ${name} is switched off` }
  }
  return undefined
}

/**
 * Why RotateSecret would not, or must not, be called on a secret as it stands. Rejects where the ledger cannot be read,
 * and where what was seen is older than what the ledger knows: both a later try may settle.
 */
export async function whyUnfit(
  ports: Pick<Ports, 'ledger'>,
  secret: DescribeSecretCommandOutput,
): Promise<Refusal | undefined> {
  return inspect(secret) ?? (await oldVersionPending(ports, secret))
}

/**
 * AWSPENDING left on a version that has been AWSCURRENT before, while another one is now: a roll-back by hand, or a
 * value stored by hand, after a rotation that left its label. Secrets Manager attempts a pending version again, and the
 * old value would come back over the newer one. Decision 0083.
 */
async function oldVersionPending(
  ports: Pick<Ports, 'ledger'>,
  secret: DescribeSecretCommandOutput,
): Promise<Refusal | undefined> {
  const [pending, current] = [versionWith(secret, 'AWSPENDING'), versionWith(secret, 'AWSCURRENT')]
  if (pending === undefined || pending === current) return undefined
  const { rotatedAt } = (await readForGate(ports.ledger.get(pending))) ?? {}
  if (!hasBeenCurrent(secret, pending) && rotatedAt === undefined) return undefined
  const when = rotatedAt === undefined ? 'before' : `at ${rotatedAt}`
  const refusal: Refusal = {
    reason: 'OLD_VERSION_PENDING',
    message: `AWSPENDING of "${secret.Name ?? secret.ARN}" is on version ${pending}, which was AWSCURRENT ${when}; now ${current ?? 'none'} is. RotateSecret would make the old version AWSCURRENT again`,
  }
  // Whoever has moved the label back has changed the secret. LastChangedDate: "modified in any way" [bc DescribeSecret].
  const changedAt = secret.LastChangedDate?.getTime() ?? Number.POSITIVE_INFINITY
  if (rotatedAt !== undefined && changedAt + CLOCKS_MS < Date.parse(rotatedAt)) throw new NotYet(refusal)
  return refusal
}

/** The id of the version that carries a staging label, which at most one does. */
export function versionWith(secret: Secret, label: string): string | undefined {
  return Object.entries(secret.VersionIdsToStages ?? {}).find(([, labels]) => labels.includes(label))?.[0]
}

/** What an earlier rotation has left: beside AWSCURRENT the label means nothing. */
export function pendingIn(secret: Secret): string | undefined {
  const pending = versionWith(secret, 'AWSPENDING')
  return pending === versionWith(secret, 'AWSCURRENT') ? undefined : pending
}

/** Whether a version is AWSCURRENT or was so last: AWSPREVIOUS is where AWSCURRENT was. [bc UpdateSecretVersionStage] */
export function hasBeenCurrent(secret: Secret, versionId: string): boolean {
  const labels = secret.VersionIdsToStages?.[versionId] ?? []
  return labels.includes('AWSCURRENT') || labels.includes('AWSPREVIOUS')
}

/**
 * Where a version stands that was not there before our call. `current` also where it carries AWSPREVIOUS: it was
 * AWSCURRENT, and a yet later version has taken over. `absent` also where it carries no label: such a version is
 * deprecated. AWSPENDING may stay beside AWSCURRENT after a success, or be gone. [bc RotateSecret]
 */
export function versionState(secret: Secret, versionId: string): 'absent' | 'pending' | 'current' {
  if (hasBeenCurrent(secret, versionId)) return 'current'
  const labels = secret.VersionIdsToStages?.[versionId] ?? []
  return labels.includes('AWSPENDING') ? 'pending' : 'absent'
}
