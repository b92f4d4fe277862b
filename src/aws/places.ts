import type { SecretsManagerClient, SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager'
import type { STSClient } from '@aws-sdk/client-sts'
import type { Place } from '../model/place.ts'
import { roleArnOf } from '../model/place.ts'
import { atDoor } from '../model/text.ts'
import type { Permission } from './permission.ts'
import { type RefusedByAws, SOON_TRIES } from './refusal.ts'
import { openSecrets, type Secrets } from './secrets.ts'

type Credentials = NonNullable<SecretsManagerClientConfig['credentials']>

/** One that sends a call again by itself, and one that does not (default: the same): see `openSecrets`. */
export type SecretsManagerClients = { client: SecretsManagerClient; once?: SecretsManagerClient }

/** Makes clients: of another region, with other credentials, or both. */
type OpenClients = {
  secretsManager(settings: { region?: string; credentials?: Credentials }): SecretsManagerClients
  /** Made at the first assumed role: most stages stay in one account, and never load it. */
  sts(): Promise<STSClient>
}

/** What a session in another account is for. Whoever only looks is held to it by the role itself: docs/member-role.yml. */
export type SessionPurpose = 'rotates' | 'looks'

/** What names of sessions that only look begin with. Another's cannot: a stage's begin with its stack's name. */
export const LOOKING = 'look-tourbillon-'

export const PLACE_PERMISSIONS = {
  assume: [{ action: 'sts:AssumeRole', on: 'member role' }],
} as const satisfies Record<string, Permission[]>

/**
 * Secrets of other accounts and regions. One client a place, kept with its credentials, which the SDK renews before
 * they expire. Every refusal and error names the place. Decision 0056.
 */
export function createPlaceClients(
  stage: string,
  open: OpenClients,
  purpose: SessionPurpose = 'looks',
): (place: Place) => Secrets {
  const session = sessionName(stage, purpose)
  const known = new Map<string, Secrets>()
  return (place) => {
    const key = JSON.stringify(place)
    const secrets = known.get(key) ?? openPlace(session, place, open)
    known.set(key, secrets)
    return secrets
  }
}

function openPlace(session: string, place: Place, open: OpenClients): Secrets {
  const { client, once } = open.secretsManager({
    ...(place.region !== undefined && { region: place.region }),
    ...(place.account !== undefined && { credentials: assumeRole(session, place, open) }),
  })
  const where = async () => {
    const region = await client.config.region()
    const role = roleArnOf(place, region)
    return role === undefined ? `region ${region}` : `account ${place.account}, region ${region}, as ${role}`
  }
  return namingPlace(openSecrets(client, once), where)
}

/** The role could not be assumed. */
class RoleRefused extends Error {
  override readonly name = 'RoleRefused'
}

/** Shows in the member account's CloudTrail. Source: STS API reference, AssumeRole, RoleSessionName. */
function sessionName(stage: string, purpose: SessionPurpose): string {
  const name = purpose === 'looks' ? `${LOOKING}${stage}` : `tourbillon-${stage}`
  return name.replaceAll(/[^\w+=,.@-]/g, '-').slice(0, 64)
}

/**
 * Credentials by AssumeRole, for an hour: role chaining gives no more.
 * Source: STS API reference, AssumeRole; IAM User Guide, role chaining.
 */
function assumeRole(session: string, place: Place, open: OpenClients): Credentials {
  return async () => {
    const { AssumeRoleCommand } = await import('./late-sts.ts')
    const sts = await open.sts()
    const role = roleArnOf(place, await sts.config.region())
    try {
      const { Credentials } = await sts.send(
        new AssumeRoleCommand({
          RoleArn: role,
          RoleSessionName: session,
          ...(place.externalId !== undefined && { ExternalId: place.externalId }),
        }),
      )
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {}
      if (!AccessKeyId || !SecretAccessKey) throw new Error(`AssumeRole of ${role} gave no credentials`)
      return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        ...(SessionToken && { sessionToken: SessionToken }),
        ...(Expiration && { expiration: Expiration }),
      }
    } catch (error) {
      // AWS does not say which: no such role, a trust policy that does not name us, another external id, or no
      // permission of our own. Source: IAM User Guide, troubleshoot_roles.
      if (!(error instanceof Error) || error.name !== 'AccessDenied') throw error
      const words = `cannot assume ${role} in account ${place.account}. AWS answered ${error.name}: ${atDoor(error.message)}`
      throw new RoleRefused(
        `${words}. What to do: create the role there (node_modules/aws-tourbillon/docs/member-role.yml) with this stage’s orchestrator role and the same external id, and deploy this stage again, so that its own role may assume it`,
        { cause: error },
      )
    }
  }
}

function namingPlace(secrets: Secrets, where: () => Promise<string>): Secrets {
  async function withPlace<Answer extends object>(
    call: Promise<Answer | RefusedByAws>,
  ): Promise<Answer | RefusedByAws> {
    try {
      const answer = await call
      if (!('refusal' in answer)) return answer
      const { reason, message } = answer.refusal
      return { ...answer, refusal: { reason, message: `${message} (${await where()})` } }
    } catch (error) {
      if (error instanceof RoleRefused)
        return { refusal: { reason: 'ACCESS_DENIED', message: error.message }, tries: SOON_TRIES }
      throw await errorWithPlace(error)
    }
  }
  /** The same error to whoever looks at its name or status, with the place in its words. */
  async function errorWithPlace(error: unknown): Promise<unknown> {
    if (!(error instanceof Error)) return error
    const { name } = error
    const message = `${error.message} (${await where()})`
    return Object.assign(new Error(message, { cause: error }), { ...error, name, message })
  }
  return {
    list: (selector) =>
      secrets.list(selector).catch(async (error: unknown) => {
        throw error instanceof RoleRefused ? error : await errorWithPlace(error)
      }),
    describe: (secret) => withPlace(secrets.describe(secret)),
    rotate: (secret, token) => withPlace(secrets.rotate(secret, token)),
  }
}
