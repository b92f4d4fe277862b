import {
  DescribeSecretCommand,
  type DescribeSecretCommandOutput,
  type Filter,
  ListSecretsCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { Selector } from '../config/config.ts'
import { atDoor } from '../model/text.ts'
import type { Refusal } from './reasons.ts'

/** What DescribeSecret shows of a secret, or why it may not be seen. */
export type Seen = { secret: DescribeSecretCommandOutput } | { refusal: Refusal }

/**
 * The two calls that Tourbillon makes on a secret. What AWS refuses for good comes back as a value; what may pass
 * (throttling, 5xx, a lost response) is thrown as the SDK throws it.
 */
export type Secrets = {
  /** Names of the secrets that a selector chooses now, sorted. */
  list(selector: Selector): Promise<string[]>
  describe(secret: string): Promise<Seen>
  /** Starts a rotation whose new version gets `token` as its id; `pending` where an earlier one is not complete. */
  rotate(secret: string, token: string): Promise<{ pending?: boolean } | { refusal: Refusal }>
}

export function openSecrets(client: SecretsManagerClient): Secrets {
  return {
    async describe(secret) {
      try {
        return { secret: await client.send(new DescribeSecretCommand({ SecretId: secret })) }
      } catch (error) {
        return { refusal: refusalOf(error, secret) }
      }
    },
    async list(selector) {
      const names: string[] = []
      let NextToken: string | undefined
      do {
        const page = await client.send(
          new ListSecretsCommand({ Filters: filtersOf(selector), ...(NextToken && { NextToken }) }),
        )
        // Filters match by the beginning of a key or value, and each on its own: tags are compared here.
        const chosen = (page.SecretList ?? []).filter(({ Tags = [] }) =>
          Object.entries(selector.tags ?? {}).every(([key, value]) =>
            Tags.some((tag) => tag.Key === key && tag.Value === value),
          ),
        )
        names.push(...chosen.flatMap(({ Name }) => Name ?? []))
        NextToken = page.NextToken
      } while (NextToken)
      return names.sort()
    },
    async rotate(secret, token) {
      try {
        // Id and token only: any other parameter would overwrite the stored rotation rules. [bc RotateSecret]
        await client.send(new RotateSecretCommand({ SecretId: secret, ClientRequestToken: token }))
        return {}
      } catch (error) {
        if (isPreviousRotationPending(error)) return { pending: true }
        return { refusal: refusalOf(error, secret) }
      }
    },
  }
}

function filtersOf({ tags = {}, prefix }: Selector): Filter[] {
  const filters: Filter[] = Object.entries(tags).flatMap(([key, value]) => [
    { Key: 'tag-key', Values: [key] },
    ...(value === '' ? [] : [{ Key: 'tag-value' as const, Values: [value] }]),
  ])
  return prefix === undefined ? filters : [...filters, { Key: 'name', Values: [prefix] }]
}

/** Errors are matched by code and a loose pattern: AWS's texts are no contract, and differ in their apostrophes. */
function isPreviousRotationPending(error: unknown): boolean {
  return (
    nameOf(error) === 'InvalidRequestException' && /previous rotation isn.t complete/i.test(messageOf(error))
  )
}

/** What AWS refuses for good. Rethrows everything that a later try may settle. */
function refusalOf(error: unknown, secret: string): Refusal {
  const [name, message] = [nameOf(error), messageOf(error)]
  const words = `AWS answered ${name}: ${message}`
  switch (name) {
    case 'ResourceNotFoundException':
      return {
        reason: 'SECRET_NOT_FOUND',
        message: `no secret «${secret}» in this account and region. ${words}`,
      }
    case 'AccessDeniedException': // not in the API model, yet what AWS answers
      return { reason: 'ACCESS_DENIED', message: `«${secret}»: ${words}` }
    case 'InvalidParameterException':
      return { reason: 'ROTATION_REFUSED', message: `«${secret}»: ${words}` }
    case 'InvalidRequestException':
      if (/delet/i.test(message)) return { reason: 'SECRET_DELETED', message: `«${secret}»: ${words}` }
      if (/no lambda rotation function/i.test(message)) {
        return { reason: 'ROTATION_NOT_CONFIGURED', message: `«${secret}»: ${words}` }
      }
      return { reason: 'ROTATION_REFUSED', message: `«${secret}»: ${words}` }
    default:
      throw error
  }
}

/** Whether an error that was thrown on every try came from throttling, or from AWS or the network failing. */
export function exhausted(error: unknown): Refusal {
  const [name, message] = [nameOf(error), messageOf(error)]
  const throttled = /throttl|TooManyRequests|RequestLimitExceeded|SlowDown/i.test(`${name} ${message}`)
  return {
    reason: throttled ? 'THROTTLED' : 'AWS_UNAVAILABLE',
    message: `the last try ended in ${name}: ${message}. Whether a rotation had started could not be seen`,
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error'
}

function messageOf(error: unknown): string {
  return atDoor(error instanceof Error ? error.message : String(error))
}
