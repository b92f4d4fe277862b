import type { DescribeSecretCommandOutput } from '@aws-sdk/client-secrets-manager'
import type { Refusal } from '../model/reasons.ts'
import { hasBeenCurrent, inspect, versionWith } from './inspect.ts'
import type { Ports } from './ports.ts'

/** Why RotateSecret would not, or must not, be called on a secret as it stands. Rejects where the ledger cannot be read. */
export async function unfit(
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
  const rotatedAt = (await ports.ledger.get(pending))?.rotatedAt
  if (!hasBeenCurrent(secret, pending) && rotatedAt === undefined) return undefined
  const when = rotatedAt === undefined ? 'before' : `at ${rotatedAt}`
  return {
    reason: 'OLD_VERSION_PENDING',
    message: `AWSPENDING of "${secret.Name ?? secret.ARN}" is on version ${pending}, which was AWSCURRENT ${when}; now ${current ?? 'none'} is. RotateSecret would make the old version AWSCURRENT again`,
  }
}
