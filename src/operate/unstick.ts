import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { openSecrets, removePendingLabel } from '../aws/secrets.ts'
import { settingsFor } from '../aws/settings.ts'
import { withAws } from '../aws/with-aws.ts'
import { versionWith } from '../rotation/inspect.ts'

/** What stands in a secret's way, or why nothing does. */
type Stuck = { versionId: string; currentVersionId: string | undefined } | { nothing: string }

/** Looks for an AWSPENDING version that is not AWSCURRENT: it makes every later RotateSecret an error. Throws CannotDo. */
export async function findStuck(secret: string, client = clientOfSecrets()): Promise<Stuck> {
  const seen = await withAws('look at the secret', () => openSecrets(client).describe(secret))
  if ('refusal' in seen) return { nothing: seen.refusal.message }
  const pending = versionWith(seen.secret, 'AWSPENDING')
  const current = versionWith(seen.secret, 'AWSCURRENT')
  if (pending === undefined) return { nothing: `"${secret}" has no AWSPENDING version` }
  if (pending === current)
    return { nothing: `AWSPENDING of "${secret}" is on the current version, where it does no harm` }
  return { versionId: pending, currentVersionId: current }
}

/** Removes the label from this version. Throws CannotDo. */
export async function unstick(secret: string, versionId: string, client = clientOfSecrets()): Promise<void> {
  await withAws('remove the label', () => removePendingLabel(client, secret, versionId))
}

function clientOfSecrets(): SecretsManagerClient {
  return new SecretsManagerClient({ ...settingsFor('repeatable') })
}
