import { readInstant } from '../calendar/instant.ts'
import { atDoor } from '../model/text.ts'
import { iso } from '../model/time.ts'

/** What an event of Secrets Manager tells. `at`: ISO instant, whole seconds as AWS gives it. */
export type Observation = { secretArn: string; at: string } & (
  | { what: 'current'; versionId: string }
  | { what: 'started' | 'succeeded' | 'abandoned' }
  | { what: 'failed'; message: string }
)

const ROTATION_EVENTS = new Map<unknown, 'started' | 'succeeded' | 'failed' | 'abandoned'>([
  ['RotationStarted', 'started'],
  ['RotationSucceeded', 'succeeded'],
  ['RotationFailed', 'failed'],
  ['RotationAbandoned', 'abandoned'],
])

/** Source: API reference, PutSecretValue, ClientRequestToken. */
const VERSION_ID = /^.{32,64}$/

/**
 * Reads an event of EventBridge; undefined where it is none that counts. Nothing is taken for granted: what cannot be
 * read is ignored, for an error would only bring the same event again.
 *
 * `Secret Label Updated` is Secrets Manager's own, and names the version (User Guide,
 * event-detail-secret-label-updated-secretsmanager: `labelUpdated` is a string; a list is taken too). The rotation
 * events come through CloudTrail (User Guide, retrieve-ct-entries) as `AWS Service Event via CloudTrail`, with no
 * token and no version. Where they name the secret is not documented: captures have `additionalEventData.SecretId`,
 * and others report `serviceEventDetails.secretId` (docs/aws-facts.md), so both are read, in any spelling.
 */
export function observationIn(event: unknown): Observation | undefined {
  const { source, detail, resources, time, 'detail-type': type } = partsOf(event)
  if (source !== 'aws.secretsmanager') return undefined
  const said = partsOf(detail)
  const at = eventInstant(said.eventTime) ?? eventInstant(time)
  const resource = textIn(Array.isArray(resources) ? resources[0] : undefined)
  if (at === undefined) return undefined
  return type === 'Secret Label Updated' ? labelIn(said, resource, at) : rotationEventIn(said, resource, at)
}

function labelIn(
  { labelUpdated, versionId }: Record<string, unknown>,
  secretArn: string | undefined,
  at: string,
): Observation | undefined {
  const labels: unknown[] = Array.isArray(labelUpdated) ? labelUpdated : [labelUpdated]
  const version = textIn(versionId)
  if (secretArn === undefined || version === undefined || !labels.includes('AWSCURRENT')) return undefined
  return VERSION_ID.test(version) ? { what: 'current', secretArn, versionId: version, at } : undefined
}

function rotationEventIn(
  said: Record<string, unknown>,
  resource: string | undefined,
  at: string,
): Observation | undefined {
  const what = ROTATION_EVENTS.get(said.eventName)
  const secretArn = secretIn(said.additionalEventData) ?? secretIn(said.serviceEventDetails) ?? resource
  if (what === undefined || secretArn === undefined) return undefined
  if (what !== 'failed') return { what, secretArn, at }
  const words = said.errorMessage ?? said.errorCode ?? 'without a word why'
  return { what, secretArn, at, message: `Secrets Manager: ${atDoor(words)}` }
}

function secretIn(data: unknown): string | undefined {
  return textIn(Object.entries(partsOf(data)).find(([key]) => /^secret_?(id|arn)$/i.test(key))?.[1])
}

/** What AWS wrote as an instant, as an ISO one; undefined where it is none. */
export function eventInstant(text: unknown): string | undefined {
  const read = readInstant(text)
  return 'at' in read ? iso(read.at) : undefined
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** The parts of a value that may be anything. */
export function partsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
