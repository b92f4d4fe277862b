import { z } from 'zod'

/** The states that Secrets Manager keeps. Instants are epoch milliseconds here, epoch seconds on the wire. */

export type Version = {
  id: string
  /** Absent on the version that a rotation creates before its function has put a value. */
  value?: { SecretString: string } | { SecretBinary: string }
  createdAt: number
}

export const RotationRules = z.strictObject({
  AutomaticallyAfterDays: z.number().int().min(1).max(1000).optional(),
  Duration: z
    .string()
    .regex(/^[0-9]+h$/)
    .optional(),
  ScheduleExpression: z.string().min(1).max(256).optional(),
})
type RotationRules = z.output<typeof RotationRules>

export type Secret = {
  arn: string
  name: string
  description?: string
  kmsKeyId?: string
  tags: Map<string, string>
  createdAt: number
  lastChangedAt: number
  lastAccessedAt?: number
  lastRotatedAt?: number
  deletedAt?: number
  versions: Map<string, Version>
  /** Staging label → version id. A label is on at most one version (UpdateSecretVersionStage). */
  labels: Map<string, string>
  /** Absent until rotation was configured once. */
  rotationEnabled?: boolean
  rotationFunctionArn?: string
  rotationRules?: RotationRules
  /** The service that manages it (`rds`, …): it rotates without a Lambda function. Set by tests. */
  owningService?: string
  primaryRegion?: string
  /** The partner that holds it. Set by tests. */
  type?: string
  /** What NextRotationDate shows, where a rule is kept and never fires here (decision 0030). Set by tests. */
  nextRotationAt?: number
  /** The rotation whose steps run. */
  running?: Running
}

/** One run of the steps, told to its function as `RotationToken`. A cancelled run ends before its next step. */
export type Running = { versionId: string; rotationToken: string; cancelled: boolean }

export type SecretsState = {
  /** Where its secrets are. */
  place: { account: string; region: string }
  secrets: Map<string, Secret>
  /** For anyone who wants to see what happens: tests, and the EventBridge and CloudTrail stand-ins. */
  listeners: ((event: SecretEvent) => void)[]
}

/**
 * What AWS would tell. `LabelUpdated` is the native EventBridge event `Secret Label Updated` (never for AWSPENDING and
 * AWSPREVIOUS); the rotation events are CloudTrail's. Source: docs/aws-facts.md.
 */
export type SecretEvent = {
  type:
    | 'RotationStarted'
    | 'RotationSucceeded'
    | 'RotationFailed'
    | 'RotationAbandoned'
    | 'TestRotationStarted'
    | 'TestRotationSucceeded'
    | 'TestRotationFailed'
    | 'LabelUpdated'
  at: number
  secretArn: string
  secretName: string
  versionId: string
  label?: string
  errorMessage?: string
}

/** The version that a rotation has yet to finish: AWSPENDING, where that is not already the current one. */
export function pendingVersionId(secret: Secret): string | undefined {
  const pending = secret.labels.get('AWSPENDING')
  return pending !== secret.labels.get('AWSCURRENT') ? pending : undefined
}

/** A step that a function is in cannot be called back; no other follows it. */
export function cancelRun(secret: Secret) {
  if (secret.running) secret.running.cancelled = true
  delete secret.running
}

export function labelsOf(secret: Secret, versionId: string): string[] {
  return [...secret.labels].filter(([, id]) => id === versionId).map(([label]) => label)
}

export function emit(
  state: SecretsState,
  secret: Secret,
  event: Omit<SecretEvent, 'secretArn' | 'secretName'>,
) {
  for (const listener of state.listeners)
    listener({ ...event, secretArn: secret.arn, secretName: secret.name })
}
