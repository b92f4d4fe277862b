/**
 * The rotation engine without HTTP and without a clock: random histories of requests, failing steps and people who
 * meddle, in every order, and what must hold after each event.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cancelRotateSecret } from '../../../src/rehearse/secrets-manager/actions/cancel-rotate-secret.ts'
import { createSecret } from '../../../src/rehearse/secrets-manager/actions/create-secret.ts'
import { describeSecret } from '../../../src/rehearse/secrets-manager/actions/describe-secret.ts'
import { putSecretValue } from '../../../src/rehearse/secrets-manager/actions/put-secret-value.ts'
import { rotateSecret } from '../../../src/rehearse/secrets-manager/actions/rotate-secret.ts'
import { updateSecretVersionStage } from '../../../src/rehearse/secrets-manager/actions/update-secret-version-stage.ts'
import type { Context } from '../../../src/rehearse/secrets-manager/context.ts'
import type { RepeatedToken, StepEvent } from '../../../src/rehearse/secrets-manager/rotation.ts'
import { pendingVersionId, type Secret } from '../../../src/rehearse/secrets-manager/secret.ts'
import { DEEP } from '../../deep.ts'

type Waiting = { event: StepEvent; resolve: () => void; reject: (error: Error) => void }

/**
 * A secret whose rotation function does a step when it is told to. A step that a `cancelled` run is in, and
 * all steps of a `loose` run, whose label somebody took away, may overlap with the next run.
 */
function world(repeatedToken: RepeatedToken) {
  let clock = 0
  const waiting: Waiting[] = []
  const cancelled = new Set<string>()
  const late: StepEvent[] = []
  const context: Context = {
    state: { secrets: new Map(), listeners: [], place: { account: '000000000000', region: 'eu-central-1' } },
    environment: {
      now: () => ++clock,
      newId: () => `id-${String(++clock).padStart(36, '0')}`,
      invoke: (_, event) => {
        if (cancelled.has(event.RotationToken)) late.push(event)
        return new Promise((resolve, reject) => waiting.push({ event, resolve, reject }))
      },
      sleep: () => Promise.resolve(),
      manage: () => 'managed',
      retryDelaysMs: [],
      repeatedToken,
    },
    functionExists: () => true,
    background: (work) => void work(),
  }
  createSecret.run(context, { Name: 'app', SecretString: 'zero', ClientRequestToken: token(9) })
  const secret = context.state.secrets.get('app') as Secret
  return { context, secret, waiting, cancelled, late, loose: new Set<string>() }
}

const token = (n: number) => `token-${n}`.padEnd(36, '.')

/** What a well-behaved function does in a step. */
function performStep(context: Context, { Step, SecretId, ClientRequestToken }: StepEvent, secret: Secret) {
  if (Step === 'createSecret' && !secret.versions.get(ClientRequestToken)?.value) {
    const put = {
      SecretId,
      ClientRequestToken,
      SecretString: ClientRequestToken,
      VersionStages: ['AWSPENDING'],
    }
    putSecretValue.run(context, put)
  }
  if (Step === 'finishSecret' && secret.labels.get('AWSPENDING') === ClientRequestToken) {
    updateSecretVersionStage.run(context, {
      SecretId,
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: ClientRequestToken,
      RemoveFromVersionId: secret.labels.get('AWSCURRENT'),
    })
  }
}

const act = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('step' as const), how: fc.constantFrom('ok', 'fail', 'lost') }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('rotate' as const), token: fc.integer({ min: 0, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('cancel' as const, 'unstick' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('put' as const), token: fc.integer({ min: 5, max: 8 }) }),
  },
)
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never

function apply({ context, secret, waiting, cancelled, loose }: ReturnType<typeof world>, it: Act) {
  if (it.kind === 'step') {
    const next = waiting.shift()
    if (!next) return
    if (it.how !== 'fail') performStep(context, next.event, secret)
    if (it.how === 'ok') next.resolve()
    else next.reject(new Error(it.how))
  } else if (it.kind === 'rotate') {
    const pending = pendingVersionId(secret)
    const known = secret.versions.has(token(it.token))
    const request = {
      SecretId: 'app',
      ClientRequestToken: token(it.token),
      RotationLambdaARN: 'arn:function:rotate',
    }
    const answer = () => rotateSecret.run(context, request)
    if (pending !== undefined && !known) expect(answer).toThrow(/previous rotation isn't complete/)
    else if (pending !== token(it.token)) expect(answer()).toMatchObject({ VersionId: token(it.token) })
    else if (context.environment.repeatedToken === 'refuse') expect(answer).toThrow(/isn't complete/)
    else expect(answer()).toMatchObject({ VersionId: token(it.token) })
  } else if (it.kind === 'cancel') {
    if (secret.running) cancelled.add(secret.running.rotationToken)
    cancelRotateSecret.run(context, { SecretId: 'app' })
  } else if (it.kind === 'put') {
    const ClientRequestToken = token(it.token)
    if (secret.running && pendingVersionId(secret)) cancelled.add(secret.running.rotationToken)
    putSecretValue.run(context, { SecretId: 'app', ClientRequestToken, SecretString: ClientRequestToken })
  } else if (pendingVersionId(secret) !== undefined) {
    if (secret.running) loose.add(secret.running.rotationToken)
    const RemoveFromVersionId = pendingVersionId(secret)
    updateSecretVersionStage.run(context, {
      SecretId: 'app',
      VersionStage: 'AWSPENDING',
      RemoveFromVersionId,
    })
  }
}

describe('in any history of a secret', () => {
  it.each(['accept', 'ignore', 'refuse'] as const)(
    'the labels and versions stay sound (used tokens: %s)',
    async (repeatedToken) => {
      await fc.assert(
        fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (history) => {
          const it = world(repeatedToken)
          const { secret, context, waiting, cancelled, late, loose } = it
          for (const event of history) {
            const before = secret.labels.get('AWSCURRENT')
            apply(it, event)
            await new Promise<void>((resolve) => setImmediate(resolve))
            const current = secret.versions.get(secret.labels.get('AWSCURRENT') ?? '')
            expect(current?.value, 'AWSCURRENT has a value').toBeDefined()
            for (const [label, id] of secret.labels) expect(secret.versions.has(id), label).toBe(true)
            if (current?.id !== before) expect(secret.labels.get('AWSPREVIOUS')).toBe(before)
            expect(secret.labels.get('AWSPREVIOUS')).not.toBe(current?.id)
            expect(late, 'no step after cancelling').toEqual([])
            expect(secret.versions.size).toBeLessThanOrEqual(10)
            // A cancelled finishSecret that goes on by itself leaves the new attempt of its version nothing to do.
            const running = waiting.filter(
              ({ event: { RotationToken, ClientRequestToken } }) =>
                !loose.has(RotationToken) &&
                !cancelled.has(RotationToken) &&
                ClientRequestToken !== current?.id,
            )
            expect(running.length, 'one step at a time').toBeLessThanOrEqual(1)
            const { VersionIdsToStages } = describeSecret.run(context, { SecretId: 'app' }) as {
              VersionIdsToStages: Record<string, string[]>
            }
            expect(Object.values(VersionIdsToStages).flat().toSorted()).toEqual(
              [...secret.labels.keys()].toSorted(),
            )
          }
        }),
        DEEP ? { numRuns: 2_000 } : { numRuns: 150, seed: 1 },
      )
    },
  )
})
