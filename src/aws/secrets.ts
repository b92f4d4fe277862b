import {
  DescribeSecretCommand,
  type DescribeSecretCommandOutput,
  ListSecretsCommand,
  RotateSecretCommand,
  type SecretListEntry,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { isReplica } from '../model/secret.ts'
import type { Selector } from '../model/selector.ts'
import { filtersOf, selects } from '../model/selector.ts'
import type { Permission } from './permission.ts'
import { type RefusedByAws, refusedOrThrow } from './refusal.ts'

/** What DescribeSecret shows of a secret, or why it may not be seen. */
export type Seen = { secret: DescribeSecretCommandOutput } | RefusedByAws

/** What RotateSecret came to: the version that it started, or an earlier rotation that is not complete. */
export type Rotated = { versionId: string } | { pending: true } | RefusedByAws

/** Names of the secrets that a selector chooses now, sorted, each once; apart from them replicas: they rotate elsewhere. */
export type Listed = { names: string[]; replicas: string[] }

/**
 * The calls that Tourbillon makes on secrets. What AWS refuses for good comes back as a value; what may pass
 * (throttling, 5xx, a lost response) is thrown as the SDK throws it.
 */
export type Secrets = {
  list(selector: Selector): Promise<Listed>
  describe(secret: string): Promise<Seen>
  /** Sends RotateSecret once: asks for a rotation whose new version gets `token` as its id. */
  rotate(secret: string, token: string): Promise<Rotated>
}

/** Any secret's value may be read by nobody: every role denies these (`src/deploy`, docs/member-role.yml). */
export const NEVER_ALLOWED = ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue']

export const SECRETS_PERMISSIONS = {
  rotate: [
    { action: 'secretsmanager:RotateSecret', on: 'secret', changes: true },
    // Its caller needs it too, says the API reference, RotateSecret; managed secrets have no function.
    { action: 'lambda:InvokeFunction', on: 'rotation function', changes: true },
  ],
  describe: [{ action: 'secretsmanager:DescribeSecret', on: 'secret' }],
  // It shows names and tags, never values.
  list: [{ action: 'secretsmanager:ListSecrets', on: 'any' }],
} as const satisfies Record<keyof Secrets, Permission[]>

/** `once`: sends a call a single time, for each sending of RotateSecret has a gate before it. */
export function openSecrets(client: SecretsManagerClient, once: SecretsManagerClient = client): Secrets {
  return {
    async describe(secret) {
      try {
        return { secret: await client.send(new DescribeSecretCommand({ SecretId: secret })) }
      } catch (error) {
        return refusedOrThrow(error, secret)
      }
    },
    async list(selector) {
      const [names, replicas] = [new Set<string>(), new Set<string>()]
      for await (const entry of listed(client, selector)) {
        // Filters match by the beginning of a key or value, and each on its own: the choice is made here.
        if (entry.Name && selects(selector, entry)) (isReplica(entry) ? replicas : names).add(entry.Name)
      }
      return { names: [...names].sort(), replicas: [...replicas].sort() }
    },
    async rotate(secret, token) {
      try {
        // Id and token only: any other parameter would overwrite the stored rotation rules. [bc RotateSecret]
        const command = new RotateSecretCommand({ SecretId: secret, ClientRequestToken: token })
        const { VersionId } = await once.send(command)
        return { versionId: VersionId ?? token }
      } catch (error) {
        if (isPreviousRotationPending(error)) return { pending: true }
        return refusedOrThrow(error, secret)
      }
    },
  }
}

async function* listed(client: SecretsManagerClient, selector: Selector): AsyncGenerator<SecretListEntry> {
  let NextToken: string | undefined
  do {
    const page = await client.send(
      new ListSecretsCommand({ Filters: filtersOf(selector), ...(NextToken && { NextToken }) }),
    )
    yield* page.SecretList ?? []
    NextToken = page.NextToken
  } while (NextToken)
}

/** Errors are matched by code and a loose pattern: AWS's texts are no contract, and differ in their apostrophes. */
function isPreviousRotationPending(error: unknown): boolean {
  if (!(error instanceof Error) || error.name !== 'InvalidRequestException') return false
  return /previous rotation isn.t complete/i.test(error.message)
}

/** For people, who have the permission themselves: no role of ours has. */
export const UNSTICK_PERMISSIONS = {
  describe: SECRETS_PERMISSIONS.describe,
  removePendingLabel: [{ action: 'secretsmanager:UpdateSecretVersionStage', on: 'secret', changes: true }],
} as const satisfies Record<string, readonly Permission[]>

/**
 * Removes the staging label AWSPENDING from a version; never a value. The version is named, so that a rotation which
 * has meanwhile started is not hit: AWS then refuses. CancelRotateSecret is not the remedy: it leaves the label and
 * switches rotation off. Source: API reference, UpdateSecretVersionStage, CancelRotateSecret.
 */
export async function removePendingLabel(
  client: SecretsManagerClient,
  secret: string,
  versionId: string,
): Promise<void> {
  await client.send(
    new UpdateSecretVersionStageCommand({
      ...{ SecretId: secret, VersionStage: 'AWSPENDING', RemoveFromVersionId: versionId },
    }),
  )
}
