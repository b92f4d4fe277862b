import { describe, expect, it } from 'vitest'
import type { Schedule } from '../../src/config/config.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { observationIn } from '../../src/observe/observation.ts'
import { observe } from '../../src/observe/observe.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'
import { auditorOf, observerOf, rowsOf } from './auditor.ts'
import { eventBridgeEvent } from './events.ts'

const MINUTE = 60_000
type Stage = ReturnType<typeof simulatedStage>

/**
 * A run that lives, of the release before limits stood in the record: after a deploy the audit goes by a config that
 * has less patience, and takes it for lost.
 */
async function misjudged(
  options: StageOptions,
  later: Partial<Schedule>,
  { hookMinutes = 0, before = () => {} }: { hookMinutes?: number; before?: (stage: Stage) => void } = {},
) {
  const hook = async () => {
    await stage.clock.sleep(hookMinutes * MINUTE)
    return { ok: false, reason: 'login refused' }
  }
  const stage = simulatedStage({ hook, ...options })
  const auditor = auditorOf(stage)
  await auditor.at(INSTANT - MINUTE)
  before(stage)
  const ended = stage.deliver()
  await stage.clock.runUntil(INSTANT + MINUTE)
  for (const row of stage.ledger.rows.values()) delete row.limits
  const schedules = stage.config.schedules.map((it) => ({ ...it, ...later }))
  for (let at = INSTANT + 2 * MINUTE; at < INSTANT + 80 * MINUTE; at += 5 * MINUTE)
    await auditor.at(at, { config: { ...stage.config, schedules } })
  const [record] = rowsOf(stage)
  const history = record?.events.map((it) => `${it.status}${it.guessed ? ' guessed' : ''}`)
  return { stage, auditor, record, history, ended: await ended }
}

describe('what a living run learns corrects what the audit had guessed', () => {
  it.each([
    ['', 0],
    [', though the wave’s record cannot be written at first', 1],
  ])('its success, in the record, the history, the wave and its text%s', async (_, failures) => {
    const before = ({ waves }: Stage) => {
      const { forgetFailure } = waves
      let left = failures
      waves.forgetFailure = async (...args) => {
        if (left-- > 0) throw Object.assign(new Error('words'), { name: 'ThrottlingException' })
        return forgetFailure(...args)
      }
    }
    const { stage, auditor, record, history, ended } = await misjudged(
      { schedule: { timeoutSeconds: 7_200, maxErrors: 1 }, step: () => ({ delayMs: 10 * MINUTE }) },
      { timeoutSeconds: 900 },
      { before },
    )
    expect(record).toMatchObject({ status: 'SUCCEEDED', skewMs: expect.any(Number) })
    for (const gone of ['late', 'guessed', 'reason', 'message']) expect(record).not.toHaveProperty(gone)
    expect(history).toEqual(['CLAIMED', 'ROTATING', 'TIMED_OUT guessed', 'SUCCEEDED'])
    expect(auditor.kinds()).toContain('LOST_RUN')
    expect(ended?.outcomes).toEqual({ SUCCEEDED: 1 })
    expect(stage.told.at(-1)).toMatchObject({ about: 'wave', wave: { outcomes: { SUCCEEDED: 1 } } })
    expect((await stage.waves.get(`nightly#${record?.scheduledAt}`))?.failed).toEqual([])
  })

  it('an after-hook’s "does not work", 9 minutes later: the complaint is not lost', async () => {
    const { stage, record, history, ended } = await misjudged(
      { schedule: { after: [{ invoke: 'smoke', timeoutSeconds: 900 }] } },
      { timeoutSeconds: 60, after: [] },
      { hookMinutes: 9 },
    )
    expect(history).toEqual(['CLAIMED', 'ROTATING', 'SUCCEEDED guessed', 'FAILED'])
    expect(record).toMatchObject({ reason: 'VERIFICATION_FAILED', message: expect.stringMatching('login') })
    expect(record?.rotatedAt).toBeDefined()
    expect(ended?.outcomes).toEqual({ FAILED: 1 })
    expect(stage.told.at(-1)).toMatchObject({ about: 'wave', wave: { outcomes: { FAILED: 1 } } })
  })

  it('the same where the hook is that of a secret asked for by name, without any guess', async () => {
    const hook = async () => {
      await stage.clock.sleep(9 * MINUTE)
      return { ok: false, reason: 'login refused' }
    }
    const schedule = { timeoutSeconds: 900, after: [{ invoke: 'smoke', timeoutSeconds: 600 }] }
    const stage = simulatedStage({ hook, schedule, step: () => ({ delayMs: 3.5 * MINUTE }) })
    const auditor = auditorOf(stage)
    void stage.deliver({ requestId: 'r', secrets: ['orders'], scheduledAt: new Date(INSTANT).toISOString() })
    await auditor.every5Minutes(INSTANT, INSTANT + 60 * MINUTE)
    const record = rowsOf(stage).find(({ trigger }) => trigger === 'ON_DEMAND')
    expect(record).toMatchObject({ status: 'FAILED', reason: 'VERIFICATION_FAILED' })
    expect(record?.events).toHaveLength(3)
  })
})

describe('a proof heard is a proof kept', () => {
  it('of a run that dies: two rotations later no label tells, and it SUCCEEDED all the same', async () => {
    const stage = simulatedStage()
    const world = observerOf(stage)
    stage.aws.context.state.listeners.push(async (event) => {
      const seen = observationIn(eventBridgeEvent(event))
      if (seen) await observe(seen, world)
    })
    const auditor = auditorOf(stage)
    await auditor.at(INSTANT - MINUTE)
    void stage.deliver(undefined, { crash: (operation) => operation.endsWith(':follow'), restart: false })
    for (const hand of ['one', 'two', 'three']) {
      await stage.clock.runUntil(stage.clock.now() + 3 * MINUTE)
      const ClientRequestToken = hand.padEnd(32, '0')
      stage.aws.act('PutSecretValue', { SecretId: 'orders', SecretString: hand, ClientRequestToken })
    }
    await auditor.every5Minutes(INSTANT + 15 * MINUTE, INSTANT + 60 * MINUTE)
    const record = rowsOf(stage).find(({ trigger }) => trigger === 'SCHEDULE')
    const shown = stage.aws.act('DescribeSecret', { SecretId: 'orders' }) as { VersionIdsToStages: object }
    expect(Object.keys(shown.VersionIdsToStages)).not.toContain(record?.rotationId)
    expect(record).toMatchObject({ status: 'SUCCEEDED', proof: { versionId: record?.rotationId } })
    // What AWS reports has whole seconds: none is rotated before it has started.
    expect(record?.proof?.at).toMatch(/00\.000Z$/)
    expect(record?.rotatedAt).toBe(record?.startedAt)
  })

  it('where a deploy takes the secret away from its run: what was started ends as it ended', async () => {
    const stage = simulatedStage({
      step: () => ({ delayMs: MINUTE }),
      request: (action) =>
        action === 'DescribeSecret' && stage.clock.now() > INSTANT + 30_000
          ? { before: Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' }) }
          : {},
    })
    const world = observerOf(stage)
    stage.aws.context.state.listeners.push(async (event) => {
      const seen = observationIn(eventBridgeEvent(event))
      if (seen) await observe(seen, world)
    })
    const ended = stage.deliver()
    await stage.clock.runUntil(INSTANT + 20 * MINUTE)
    expect((await ended)?.outcomes).toEqual({ SUCCEEDED: 1 })
    const [record] = rowsOf(stage)
    expect(record).toMatchObject({ status: 'SUCCEEDED', proof: { versionId: record?.rotationId } })
  })
})

describe('a failure that the audit guesses', () => {
  /** Its run has died at the call; two days later. */
  async function lost() {
    const stage = simulatedStage({ schedule: { maxErrors: 1 } })
    const auditor = auditorOf(stage)
    const crash = (operation: string) => operation.endsWith(':rotate')
    stage.deliver(undefined, { crash, restart: false }).catch(() => {})
    await stage.clock.runUntil(INSTANT + MINUTE)
    const over = INSTANT + 48 * 60 * MINUTE
    const row = () => rowsOf(stage)[0] as Rotation
    const failed = async () => (await stage.waves.get(`nightly#${row().scheduledAt}`))?.failed
    return { stage, auditor, over, row, failed }
  }

  it('is counted and told of, though the wave’s record cannot be written at first', async () => {
    const { auditor, over, row, failed } = await lost()
    const noteGuess = async () => {
      throw new Error('throttled')
    }
    await auditor.at(over, { waves: { ...auditor.world.waves, noteGuess } })
    await auditor.at(over + 5 * MINUTE)
    expect(row()).toMatchObject({ status: 'FAILED', guessed: true })
    expect(await failed()).toEqual([row().rotationId])
    expect(auditor.kinds()).toContain('LOST_RUN')
  })

  it('is not counted where its run has said meanwhile that it succeeded', async () => {
    const { stage, auditor, over, row, failed } = await lost()
    const { waves } = auditor.world
    const noteGuess: typeof waves.noteGuess = async (...args) => {
      await waves.noteGuess(...args)
      const at = new Date(over - 1_000).toISOString()
      await stage.ledger.transition(row().rotationId, [row().status], { status: 'SUCCEEDED', at })
    }
    await auditor.at(over, { waves: { ...waves, noteGuess } })
    expect(row().status).toBe('SUCCEEDED')
    expect(await failed()).toEqual([])
    expect(auditor.kinds()).not.toContain('LOST_RUN')
  })
})
