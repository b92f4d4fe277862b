import { describe, expect, it } from 'vitest'
import { openSecrets } from '../../src/aws/secrets.ts'
import { observationIn } from '../../src/observe/observation.ts'
import { observe } from '../../src/observe/observe.ts'
import { addSecret } from '../../src/rehearse/world/aws.ts'
import { observerOf, rowsOf } from '../audit/auditor.ts'
import { eventBridgeEvent } from '../audit/events.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'

const MINUTE = 60_000
const ARN = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:orders-a1b2c3'
const VERSION = 'version'.padEnd(32, '0')

describe('an event', () => {
  const trail = (detail: object, parts: object = {}): object => ({
    source: 'aws.secretsmanager',
    'detail-type': 'AWS Service Event via CloudTrail',
    time: '2026-11-29T03:00:09Z',
    resources: [],
    detail: { eventName: 'RotationFailed', errorMessage: 'boom', ...detail },
    ...parts,
  })
  const label = (detail: object): object => ({
    source: 'aws.secretsmanager',
    'detail-type': 'Secret Label Updated',
    time: '2026-11-29T03:00:09Z',
    resources: [ARN],
    detail: { name: 'orders', labelUpdated: 'AWSCURRENT', versionId: VERSION, ...detail },
  })
  const failed = { what: 'failed', secretArn: ARN, message: 'Secrets Manager: boom' }
  it.each<[string, unknown, object | undefined]>([
    [
      'of a label',
      label({}),
      { what: 'current', secretArn: ARN, versionId: VERSION, at: '2026-11-29T03:00:09.000Z' },
    ],
    ['of labels in a list', label({ labelUpdated: ['blue', 'AWSCURRENT'] }), { what: 'current' }],
    ['of another label', label({ labelUpdated: 'blue' }), undefined],
    ['of a failure, as captured', trail({ additionalEventData: { SecretId: ARN } }), failed],
    ['of a failure, as others report', trail({ serviceEventDetails: { secretId: ARN } }), failed],
    [
      'of a failure, the ARN among the resources',
      trail({ additionalEventData: null }, { resources: [ARN] }),
      failed,
    ],
    [
      'of a failure without a word',
      trail({ additionalEventData: { SecretId: ARN }, errorMessage: undefined }),
      { message: 'Secrets Manager: without a word why' },
    ],
    [
      'of a start',
      trail({ eventName: 'RotationStarted', additionalEventData: { SecretId: ARN } }),
      { what: 'started' },
    ],
    [
      'of an end',
      trail({ eventName: 'RotationAbandoned', additionalEventData: { SecretId: ARN } }),
      { what: 'abandoned' },
    ],
    [
      'of a test',
      trail({ eventName: 'TestRotationFailed', additionalEventData: { SecretId: ARN } }),
      undefined,
    ],
    ['of no secret', trail({}), undefined],
    ['of no time', trail({ additionalEventData: { SecretId: ARN } }, { time: 'soon' }), undefined],
    ['of another service', { ...label({}), source: 'aws.s3' }, undefined],
    ['of nothing', {}, undefined],
    ['of no object', null, undefined],
    ['of no object', 'RotationFailed', undefined],
    ['of no detail', trail({}, { detail: null }), undefined],
    ['of a detail that is none', trail({}, { detail: 'boom' }), undefined],
    ['of resources that are no list', { ...label({}), resources: ARN }, undefined],
    ['of a resource that is no text', { ...label({}), resources: [7] }, undefined],
    ['of a label that is no text', label({ labelUpdated: { AWSCURRENT: true } }), undefined],
    ['of a version that is no text', label({ versionId: 7 }), undefined],
    ['of a version’s id that AWS does not take', label({ versionId: 'x'.repeat(65) }), undefined],
    [
      'of what every object has',
      trail({ eventName: 'constructor', additionalEventData: { SecretId: ARN } }),
      undefined,
    ],
    ['of a secret that is no text', trail({ additionalEventData: { SecretId: [ARN] } }), undefined],
    [
      'of a failure with much to say',
      trail({ additionalEventData: { SecretId: ARN }, errorMessage: 'x'.repeat(200_000) }),
      { message: expect.stringMatching(/^Secrets Manager: x+ … \(cut: 200000 characters\)$/) },
    ],
  ])('%s', (_, event, expected) => {
    const seen = observationIn(event)
    if (expected === undefined) expect(seen).toBeUndefined()
    else expect(seen).toMatchObject(expected)
  })
})

/** A stage whose events reach `observe` after a moment, as by EventBridge; CloudTrail's take a minute. */
function observed(options: StageOptions = {}) {
  const stage = simulatedStage(options)
  const outcomes: string[] = []
  // The simulated stage has secrets of a schedule with a place in an AWS of their own.
  const aws = options.schedule?.place ? stage.elsewhere : stage.aws
  const world = { ...observerOf(stage), secretsAt: () => openSecrets(aws.client) }
  aws.context.state.listeners.push(async (event) => {
    const seen = observationIn(eventBridgeEvent(event))
    if (!seen) return
    await stage.clock.sleep(event.type === 'LabelUpdated' ? 1_000 : MINUTE)
    outcomes.push(await observe(seen, world))
    outcomes.push(await observe(seen, world))
  })
  return { stage, outcomes }
}

const failing = { schedule: { timeoutSeconds: 600 }, step: () => ({ delayMs: 10, fails: true }) }
const secretOf = ({ aws }: ReturnType<typeof simulatedStage>) => aws.context.state.secrets.get('orders')

describe('a rotation of ours', () => {
  it('that fails ends early with AWS’s words, where AWS will not attempt it again', async () => {
    const { stage } = observed(failing)
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + 3 * MINUTE)
    const [rotation] = rowsOf(stage)
    expect(rotation).toMatchObject({ status: 'FAILED', reason: 'ROTATION_FUNCTION_FAILED' })
    expect(rotation?.message).toMatch(
      /^Secrets Manager: Error when executing lambda .* during createSecret step/,
    )
  })

  it.each([{ region: 'eu-central-1' }, { account: '000000000000', region: 'eu-central-1' }])(
    'that fails is noted where its schedule names the stack’s own place: %j',
    async (place) => {
      const { stage } = observed({ ...failing, schedule: { ...failing.schedule, place } })
      void stage.deliver()
      await stage.clock.runUntil(INSTANT + 3 * MINUTE)
      expect(rowsOf(stage)).toMatchObject([{ status: 'FAILED', reason: 'ROTATION_FUNCTION_FAILED' }])
    },
  )

  it('that fails waits for AWS’s own attempts where the secret has rotation rules, and says why in the end', async () => {
    const { stage } = observed(failing)
    const secret = secretOf(stage)
    if (secret) secret.rotationRules = { AutomaticallyAfterDays: 365 }
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + 9 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'ROTATING', failure: { final: false } }])
    await stage.clock.runUntil(INSTANT + 12 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'FAILED', reason: 'ROTATION_FUNCTION_FAILED' }])
  })

  it('that AWS finishes at its second attempt is a success', async () => {
    let steps = 0
    const { stage } = observed({ ...failing, step: () => ({ delayMs: 10, fails: steps++ === 0 }) })
    stage.aws.context.environment.retryDelaysMs.push(3 * MINUTE)
    const secret = secretOf(stage)
    if (secret) secret.rotationRules = { AutomaticallyAfterDays: 365 }
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + 15 * MINUTE)
    const [rotation] = rowsOf(stage)
    expect(rotation).toMatchObject({ status: 'SUCCEEDED', failure: { final: false } })
    expect(rotation).not.toHaveProperty('late')
  })

  it('that was skipped, and whose call had come through all the same, is a late success too', async () => {
    const { stage, outcomes } = observed({ schedule: { enabled: false } })
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + MINUTE)
    const [rotation] = rowsOf(stage)
    expect(rotation?.status).toBe('SKIPPED')
    // An earlier try's call: its answer was lost, and the secret did not show it yet.
    stage.aws.act('RotateSecret', { SecretId: 'orders', ClientRequestToken: rotation?.rotationId })
    await stage.clock.runUntil(INSTANT + 5 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'SUCCEEDED', late: true }])
    expect(outcomes).toContain('late success')
  })

  it('that succeeds after it was given up is a late success, as it happens', async () => {
    let fails = true
    const { stage, outcomes } = observed({ ...failing, step: () => ({ delayMs: 10, fails }) })
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + 20 * MINUTE)
    fails = false
    const [rotation] = rowsOf(stage)
    stage.aws.act('RotateSecret', { SecretId: 'orders', ClientRequestToken: rotation?.rotationId })
    await stage.clock.runUntil(INSTANT + 25 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'SUCCEEDED', late: true }])
    expect(rowsOf(stage)[0]?.events.filter(({ status }) => status === 'SUCCEEDED')).toHaveLength(1)
    expect(outcomes).toContain('late success')
  })

  it('that goes well is known already', async () => {
    const { stage, outcomes } = observed()
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + 5 * MINUTE)
    expect(rowsOf(stage)).toHaveLength(1)
    expect(outcomes.filter((it) => it !== 'nothing to note')).toEqual(['known', 'known'])
  })

  it('that fails while a later one follows its version fails with that one', async () => {
    const { stage } = observed({ ...failing, step: () => ({ delayMs: 100_000, fails: true }) })
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + 30_000)
    const scheduledAt = new Date(INSTANT + 30_000).toISOString()
    void stage.deliver({ requestId: 'later', scheduledAt, secrets: ['orders'] })
    await stage.clock.runUntil(INSTANT + 20 * MINUTE)
    const failed = { status: 'FAILED', reason: 'ROTATION_FUNCTION_FAILED' }
    expect(rowsOf(stage)).toMatchObject([failed, { ...failed, adopted: true }])
  })

  it('is not failed by what had failed before it', async () => {
    let fails = true
    const { stage } = observed({ ...failing, step: () => ({ delayMs: 30_000, fails }) })
    stage.aws.act('RotateSecret', { SecretId: 'orders', ClientRequestToken: 'native'.padEnd(32, '0') })
    await stage.clock.runUntil(INSTANT - 10_000)
    fails = false
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + 10 * MINUTE)
    const ours = rowsOf(stage).find(({ trigger }) => trigger === 'SCHEDULE')
    expect(ours).toMatchObject({ status: 'SUCCEEDED', adopted: true })
    expect(ours).not.toHaveProperty('failure')
    expect(rowsOf(stage)).toHaveLength(1)
  })
})

describe('a version of another id than our token', () => {
  const other = 'other'.padEnd(32, '0')
  const slow = { schedule: { timeoutSeconds: 600 }, step: () => ({ delayMs: 5 * MINUTE, fails: false }) }

  it('that becomes AWSCURRENT after its rotation was given up is a late success', async () => {
    const { stage, outcomes } = observed({ ...slow, versionIdOf: () => other })
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + 15 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'TIMED_OUT', versionId: other }])
    await stage.clock.runUntil(INSTANT + 25 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'SUCCEEDED', late: true, versionId: other }])
    expect(outcomes).toContain('late success')
  })
})

describe('a rotation that we did not start', () => {
  it('is recorded once, under an id of its own', async () => {
    const { stage, outcomes } = observed()
    const versionId = 'native'.padEnd(32, '0')
    stage.aws.act('RotateSecret', { SecretId: 'orders', ClientRequestToken: versionId })
    await stage.clock.runUntil(INSTANT + 5 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([
      {
        rotationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        versionId,
        schedule: 'external',
        secretName: 'orders',
        trigger: 'EXTERNAL',
        status: 'SUCCEEDED',
        previousVersionId: 'orders-first'.padEnd(32, '0'),
      },
    ])
    expect(outcomes.filter((it) => it !== 'nothing to note')).toEqual(['external', 'known'])
  })

  it('is of no interest where no schedule has its secret, nor is a secret’s first value', async () => {
    const { stage, outcomes } = observed()
    addSecret(stage.aws, 'foreign')
    stage.aws.act('RotateSecret', { SecretId: 'foreign', ClientRequestToken: 'native'.padEnd(32, '0') })
    const chosen = observed({ schedule: { secrets: [], select: { prefix: 'fleet/' } } })
    addSecret(chosen.stage.aws, 'fleet/a')
    for (const it of [stage, chosen.stage]) await it.clock.runUntil(INSTANT + 5 * MINUTE)
    expect([...rowsOf(stage), ...rowsOf(chosen.stage)]).toEqual([])
    expect(outcomes).toContain('not ours to watch')
    expect(chosen.outcomes).toEqual(['nothing to note', 'nothing to note'])
  })

  it('is not what a secret’s first value was, however late its event comes', async () => {
    const stage = simulatedStage()
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + 5 * MINUTE)
    const secret = secretOf(stage)
    const at = new Date(secret?.createdAt ?? 0).toISOString()
    const first = 'orders-first'.padEnd(32, '0')
    const seen = { what: 'current', secretArn: secret?.arn ?? '', versionId: first, at } as const
    const outcome = observe(seen, observerOf(stage))
    await stage.clock.runUntil(INSTANT + 6 * MINUTE)
    expect(await outcome).toBe('nothing to note')
    expect(rowsOf(stage)).toHaveLength(1)
  })
})
