import { describe, expect, it } from 'vitest'
import { observationIn } from '../../src/observe/observation.ts'
import { observe } from '../../src/observe/observe.ts'
import { observeEnd, runEndIn } from '../../src/observe/run-end.ts'
import { auditorOf, observerOf, rowsOf } from '../audit/auditor.ts'
import { eventBridgeEvent, executionEvent } from '../audit/events.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'

const MINUTE = 60_000
const at = (minutes: number) => new Date(INSTANT + minutes * MINUTE).toISOString()

describe('an event of Lambda’s', () => {
  const good = executionEvent('execution-0', 'FAILED', INSTANT)
  const detail = (parts: object) => ({ ...good, detail: { ...good.detail, ...parts } })
  it.each<[string, object, object | undefined]>([
    ['of a failed run', good, { executionArn: 'execution-0', status: 'FAILED', at: at(0) }],
    ['of one that timed out', detail({ status: 'TIMED_OUT' }), { status: 'TIMED_OUT' }],
    ['of one that was stopped', detail({ status: 'STOPPED' }), { status: 'STOPPED' }],
    ['whose end is in epoch milliseconds', detail({ endTimestamp: INSTANT + MINUTE }), { at: at(1) }],
    ['whose end is in epoch seconds', detail({ endTimestamp: INSTANT / 1_000 + 60 }), { at: at(1) }],
    ['without an end of its own', detail({ endTimestamp: undefined }), { at: at(0) }],
    ['of one that succeeded', detail({ status: 'SUCCEEDED' }), undefined],
    ['of one that a person has paused', detail({ status: 'PAUSED' }), undefined],
    ['of a status yet to come', detail({ status: 'DREAMING' }), undefined],
    ['of no execution', detail({ durableExecutionArn: 7 }), undefined],
    ['of no time', { ...detail({ endTimestamp: 'soon' }), time: 'never' }, undefined],
    ['of another kind', { ...good, 'detail-type': 'Lambda Function Invocation Result' }, undefined],
    ['of another service', { ...good, source: 'aws.states' }, undefined],
    ['of nothing', {}, undefined],
  ])('%s', (_, event, expected) => {
    const end = runEndIn(event)
    if (expected === undefined) expect(end).toBeUndefined()
    else expect(end).toMatchObject(expected)
  })
})

/** A stage whose events reach `observe` within seconds, Lambda's twice; CloudTrail's take a minute. */
function heard(options: StageOptions = {}) {
  const stage = simulatedStage(options)
  const auditor = auditorOf(stage)
  const world = observerOf(stage, auditor.findings)
  stage.onStopped.push(async (executionArn) => {
    const end = runEndIn(executionEvent(executionArn, 'STOPPED', stage.clock.now()))
    if (!end) return
    for (const delay of [2_000, 20_000]) {
      await stage.clock.sleep(delay)
      await observeEnd(end, world)
    }
  })
  stage.aws.context.state.listeners.push(async (event) => {
    const seen = observationIn(eventBridgeEvent(event))
    await stage.clock.sleep(event.type === 'LabelUpdated' ? 1_000 : MINUTE)
    if (seen) await observe(seen, world)
  })
  return { stage, auditor, world }
}

const diesAt = (name: string) => ({
  crash: (operation: string) => operation.endsWith(`:${name}`),
  restart: false,
  replayAfterWait: false,
})

describe('a run that has died while Secrets Manager rotates', () => {
  it('has its success as it happens', async () => {
    const { stage, auditor } = heard({ step: () => ({ delayMs: 10_000 }) })
    void stage.deliver(undefined, diesAt('follow'))
    await stage.clock.runUntil(INSTANT + MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'SUCCEEDED', rotatedAt: '2026-11-29T03:00:40.000Z' }])
    expect(auditor.findings).toMatchObject([{ kind: 'LOST_RUN', schedule: 'nightly', secret: 'orders' }])
  })

  it('and has told nobody what it wrote last, has its outcome at once where the secret shows it', async () => {
    const { stage } = heard()
    void stage.deliver(undefined, diesAt('settle'))
    await stage.clock.runUntil(INSTANT + MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'SUCCEEDED' }])
  })

  it('and fails it for good, has that verdict as it is heard', async () => {
    const { stage } = heard({ step: () => ({ delayMs: 10, fails: true }) })
    void stage.deliver(undefined, diesAt('follow'))
    await stage.clock.runUntil(INSTANT + 2 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'FAILED', reason: 'ROTATION_FUNCTION_FAILED' }])
  })

  it('and leaves its version pending, is given the timeout, and no more', async () => {
    const { stage, auditor } = heard({ step: () => ({ delayMs: 60 * MINUTE }) })
    void stage.deliver(undefined, diesAt('follow'))
    await auditor.every5Minutes(INSTANT + MINUTE, INSTANT + 4 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'ROTATING' }])
    await auditor.at(INSTANT + 6 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'TIMED_OUT', reason: 'PENDING_VERSION_STUCK' }])
  })

  it('is FAILED at once where after-hooks can report no more', async () => {
    const { stage } = heard({ schedule: { after: [{ invoke: 'smoke', timeoutSeconds: 600 }] } })
    void stage.deliver(undefined, diesAt('after hook 1'))
    await stage.clock.runUntil(INSTANT + MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'FAILED', reason: 'ORCHESTRATOR_LOST' }])
  })
})

describe('a run that has died with its claim', () => {
  it('is caught up by the next audit, without waiting for its silence', async () => {
    const { stage, auditor } = heard()
    await auditor.at(INSTANT - MINUTE)
    await stage.clock.runUntil(INSTANT + 2 * MINUTE)
    void stage.deliver(undefined, diesAt('rotate'))
    await auditor.at(INSTANT + 4 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'SUCCEEDED', trigger: 'SCHEDULE' }])
    expect(auditor.kinds()).toEqual(['CAUGHT_UP'])
  })

  it('on demand is settled by the next audit: nobody takes that over', async () => {
    const { stage, auditor } = heard()
    void stage.deliver({ requestId: 'r', secrets: ['orders'], scheduledAt: at(0) }, diesAt('rotate'))
    await auditor.at(INSTANT + 3 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'FAILED', reason: 'ORCHESTRATOR_LOST' }])
  })
})

describe('an event that comes late, again, or for what is not there', () => {
  const event = (executionArn: string) => ({ executionArn, status: 'FAILED', at: at(1) }) as const
  it('changes nothing', async () => {
    const { stage, world } = heard({ step: () => ({ delayMs: MINUTE }) })
    void stage.deliver(undefined, { crash: (operation) => operation.endsWith(':rotate'), restart: false })
    await stage.clock.runUntil(INSTANT + 10_000)
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + 3 * MINUTE)
    const [taken] = rowsOf(stage)
    expect(taken).toMatchObject({ status: 'ROTATING', executionArn: 'execution-1' })
    for (const arn of ['execution-0', 'nobody'])
      expect(await observeEnd(event(arn), world)).toBe('nothing to note')
    expect(rowsOf(stage)).toEqual([taken])
    await stage.clock.runUntil(INSTANT + 10 * MINUTE)
    const [settled] = rowsOf(stage)
    expect(await observeEnd(event('execution-1'), world)).toBe('nothing to note')
    expect(rowsOf(stage)).toEqual([settled])
  })
})
