/**
 * Rotation as Secrets Manager runs it, without HTTP and without a clock of its own, so that a simulator can drive it
 * in virtual time too. Starting is synchronous and decides; the four steps run afterwards, while the caller of
 * RotateSecret already has its answer.
 *
 * Success is AWSCURRENT on the version of the request. After a failure AWSPENDING stays where it is, possibly on a
 * version without a value, and every later request is an error that attempts the pending version again.
 * Source: Secrets Manager API reference, RotateSecret; docs/aws-facts.md.
 */
import { type AwsError, invalidRequest } from './error.ts'
import { putLabel } from './labels.ts'
import { emit, pendingVersionId, type Running, type Secret, type SecretsState } from './secret.ts'

const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const
type Step = (typeof STEPS)[number]

/** What the rotation function receives. Source: docs/aws-facts.md, "Rotation functions". */
export type StepEvent = { Step: Step; SecretId: string; ClientRequestToken: string; RotationToken: string }

export type RotationEnvironment = {
  now(): number
  newId(): string
  /** The six characters at the end of the ARN of a secret of this name; default: chance, but none that look like a word. */
  suffix?(name: string): string
  /** Rejects when the rotation function fails or cannot be invoked. */
  invoke(functionArn: string, event: StepEvent): Promise<void>
  /** Waits before a failed rotation is attempted again without being asked; AWS's are not documented. */
  retryDelaysMs: number[]
  sleep(ms: number): Promise<void>
  /** A managed secret's next value; there is no function to ask. */
  manage(secret: Secret): string
  /**
   * What a used token answers is not documented (docs/aws-facts.md). While its version is pending: `accept`: the same
   * answer as the first time, and what has failed is attempted again; `ignore`: the same answer, and nothing happens;
   * `refuse`: the error of any pending rotation, and what has failed is attempted again. After that: the same answer, and
   * nothing happens. Either way a token never makes a second version.
   */
  repeatedToken: RepeatedToken
  /** Over `repeatedToken`: by how far the rotation of the token is. */
  usedToken?(state: TokenState): UsedToken
  /** The id of the version that a token makes, always the same; default: the token, as AWS documents it. */
  versionIdOf?(token: string): string
}

/** `failed`: over, and its version is pending still. */
export type TokenState = 'pending' | 'done' | 'failed'
/** The steps run again, nothing happens, or the error of a pending rotation and nothing happens. */
export type UsedToken = 'again' | 'nothing' | 'refused'

/** See `RotationEnvironment.repeatedToken`. */
export type RepeatedToken = 'accept' | 'ignore' | 'refuse'

type Started = {
  versionId: string
  /** Whether the steps are to run now. */
  run: boolean
  /** The answer is this error, although the steps may run. */
  error?: AwsError
}

/** Decides what RotateSecret with this token does, and creates the pending version without a value. */
export function beginRotation(secret: Secret, token: string, environment: RotationEnvironment): Started {
  const pending = pendingVersionId(secret)
  const versionId = environment.versionIdOf?.(token) ?? token
  const repeated = secret.versions.has(versionId)
  if (repeated && environment.usedToken !== undefined) {
    const state = pending !== versionId ? 'done' : secret.running ? 'pending' : 'failed'
    const answer = environment.usedToken(state)
    return { versionId, run: answer === 'again', ...(answer === 'refused' && { error: incomplete() }) }
  }
  if (repeated && !(pending === versionId && environment.repeatedToken === 'refuse')) {
    const again = environment.repeatedToken !== 'ignore' && pending === versionId
    return { versionId, run: again && !secret.running }
  }
  if (pending !== undefined) {
    return {
      versionId: pending,
      run: !secret.running,
      error: incomplete(),
    }
  }
  secret.versions.set(versionId, { id: versionId, createdAt: environment.now() })
  secret.labels.set('AWSPENDING', versionId)
  return { versionId, run: true }
}

const incomplete = () =>
  invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.")

/** A rotation whose version is there, and has no value yet. */
type Pending = { state: SecretsState; secret: Secret; versionId: string; environment: RotationEnvironment }

/**
 * Runs the steps to their end, and again after a failure while `retryDelaysMs` has a wait left, unless somebody else
 * took the pending version up or away meanwhile. Never rejects for a failing rotation: the outcome is in the labels
 * and the events.
 */
export async function runRotation(rotation: Pending): Promise<void> {
  const { secret, versionId, environment } = rotation
  for (const delay of [...environment.retryDelaysMs, undefined]) {
    if ((await attemptRotation(rotation)) || delay === undefined) return
    await environment.sleep(delay)
    if (secret.running || pendingVersionId(secret) !== versionId) return
  }
}

/** Whether there is nothing left to attempt. */
async function attemptRotation(rotation: Pending): Promise<boolean> {
  const { state, secret, versionId, environment } = rotation
  const event = (type: 'RotationStarted' | 'RotationSucceeded' | 'RotationFailed', errorMessage?: string) =>
    emit(state, secret, { type, at: environment.now(), versionId, ...(errorMessage ? { errorMessage } : {}) })
  const running = { versionId, rotationToken: environment.newId(), cancelled: false }
  secret.running = running
  event('RotationStarted')
  const failure = secret.owningService
    ? rotateManaged(rotation)
    : await runSteps(secret, STEPS, running, environment)
  if (secret.running === running) delete secret.running
  if (running.cancelled) return true
  const finished = secret.labels.get('AWSCURRENT') === versionId
  if (failure === undefined && finished) {
    secret.lastRotatedAt = environment.now()
    event('RotationSucceeded')
    return true
  }
  event('RotationFailed', failure ?? 'The rotation function finished without moving AWSCURRENT.')
  return finished
}

/**
 * `RotateImmediately: false`: only the test step, on an AWSPENDING version that is removed afterwards. What that
 * version holds is not documented: here the current value, so that a test login can succeed.
 */
export async function testRotation({ state, secret, versionId, environment }: Pending): Promise<void> {
  const current = secret.versions.get(secret.labels.get('AWSCURRENT') ?? '')
  const pending = secret.versions.get(versionId)
  if (pending && current?.value) pending.value = current.value
  const running = { versionId, rotationToken: environment.newId(), cancelled: false }
  secret.running = running
  emit(state, secret, { type: 'TestRotationStarted', at: environment.now(), versionId })
  const failure = await runSteps(secret, ['testSecret'], running, environment)
  if (secret.running === running) delete secret.running
  if (secret.labels.get('AWSPENDING') === versionId) secret.labels.delete('AWSPENDING')
  secret.versions.delete(versionId)
  const at = environment.now()
  if (failure === undefined) emit(state, secret, { type: 'TestRotationSucceeded', at, versionId })
  else emit(state, secret, { type: 'TestRotationFailed', at, versionId, errorMessage: failure })
}

/** Managed rotation: the owning service makes the value and changes its own database. */
function rotateManaged({ state, secret, versionId, environment }: Pending) {
  const pending = secret.versions.get(versionId)
  if (pending) pending.value = { SecretString: environment.manage(secret) }
  putLabel(state, secret, 'AWSCURRENT', versionId, environment.now())
  return undefined
}

async function runSteps(
  secret: Secret,
  steps: readonly Step[],
  running: Running,
  environment: RotationEnvironment,
): Promise<string | undefined> {
  const functionArn = secret.rotationFunctionArn ?? ''
  for (const Step of steps) {
    if (running.cancelled) return undefined
    try {
      await environment.invoke(functionArn, {
        Step,
        SecretId: secret.arn,
        ClientRequestToken: running.versionId,
        RotationToken: running.rotationToken,
      })
    } catch {
      // The function's own words go to its log, not into Secrets Manager's event (docs/aws-facts.md).
      return `Error when executing lambda ${functionArn} during ${Step} step`
    }
  }
  return undefined
}
