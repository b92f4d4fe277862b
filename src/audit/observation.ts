import { readInstant } from '../calendar/instant.ts'
import { iso } from '../calendar/iso.ts'
import { atDoor } from '../model/text.ts'

/** What an event of Secrets Manager tells. `at`: ISO instant, whole seconds as AWS gives it. */
export type Observation = { secretArn: string; at: string } & (
  | { what: 'current'; versionId: string }
  | { what: 'started' | 'succeeded' | 'abandoned' }
  | { what: 'failed'; message: string }
)

type Detail = {
  name?: string
  labelUpdated?: string | string[]
  versionId?: string
  eventName?: string
  eventTime?: string
  errorCode?: string
  errorMessage?: string
  additionalEventData?: Record<string, unknown> | null
  serviceEventDetails?: Record<string, unknown> | null
}

/** The parts of an EventBridge event that count here: nothing is taken for granted. */
export type SecretsManagerEvent = {
  source?: string
  'detail-type'?: string
  time?: string
  resources?: string[]
  detail?: Detail
}

const ROTATION_EVENTS: Record<string, 'started' | 'succeeded' | 'failed' | 'abandoned'> = {
  RotationStarted: 'started',
  RotationSucceeded: 'succeeded',
  RotationFailed: 'failed',
  RotationAbandoned: 'abandoned',
}

/**
 * Reads an event; undefined where it is none that counts.
 *
 * `Secret Label Updated` is Secrets Manager's own, and names the version (User Guide,
 * event-detail-secret-label-updated-secretsmanager: `labelUpdated` is a string; a list is taken too). The rotation
 * events come through CloudTrail (User Guide, retrieve-ct-entries) as `AWS Service Event via CloudTrail`, with no
 * token and no version. Where they name the secret is not documented: captures have `additionalEventData.SecretId`,
 * and others report `serviceEventDetails.secretId` (aws-facts A8), so both are read, in any spelling.
 */
export function observationIn(event: SecretsManagerEvent): Observation | undefined {
  const { source, detail, resources = [] } = event
  if (source !== 'aws.secretsmanager' || !detail) return undefined
  const at = instantIn(detail.eventTime) ?? instantIn(event.time)
  if (at === undefined) return undefined
  if (event['detail-type'] === 'Secret Label Updated') {
    const [secretArn] = resources
    const { labelUpdated = [], versionId } = detail
    const labels = typeof labelUpdated === 'string' ? [labelUpdated] : labelUpdated
    if (secretArn === undefined || versionId === undefined || !labels.includes('AWSCURRENT')) return undefined
    return { what: 'current', secretArn, versionId, at }
  }
  const what = ROTATION_EVENTS[detail.eventName ?? '']
  const secretArn =
    secretIn(detail.additionalEventData) ?? secretIn(detail.serviceEventDetails) ?? resources[0]
  if (what === undefined || secretArn === undefined) return undefined
  if (what !== 'failed') return { what, secretArn, at }
  const { errorMessage, errorCode = 'without a word why' } = detail
  return { what, secretArn, at, message: `Secrets Manager: ${atDoor(errorMessage ?? errorCode)}` }
}

function secretIn(data: Record<string, unknown> | null | undefined): string | undefined {
  const entry = Object.entries(data ?? {}).find(([key]) => /^secret_?(id|arn)$/i.test(key))
  return typeof entry?.[1] === 'string' ? entry[1] : undefined
}

function instantIn(text: string | undefined): string | undefined {
  const read = readInstant(text)
  return 'at' in read ? iso(read.at) : undefined
}
