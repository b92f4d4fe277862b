import { describe, expect, it } from 'vitest'
import type { Rotation } from '../../src/model/rotation.ts'
import type { StepEvent } from '../../src/rehearse/secrets-manager/rotation.ts'
import type { CrashPoint } from '../../src/rehearse/world/durable.ts'
import type { HookEvent } from '../../src/rotation/hooks.ts'
import { keepPolicy } from '../../src/rotation/policy.ts'
import { FROZEN_NIGHT } from '../sim/scenario.ts'
import { deployedConfig, INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'

type Stage = ReturnType<typeof simulatedStage>

const SECOND = 1_000
const MINUTE = 60_000
const iso = (at: number) => new Date(at).toISOString()
const rotateCalls = (stage: Stage) => stage.aws.calls.filter(({ action }) => action === 'RotateSecret')
const versions = (stage: Stage) => stage.aws.context.state.secrets.get('orders')?.versions.size

/** The function fails the first `times` it is called for `testSecret`. */
function failing(times: number) {
  let left = times
  return ({ Step }: StepEvent) => ({ delayMs: 200, fails: Step === 'testSecret' && left-- > 0 })
}

/** A stage whose function fails `times`, which is heard of two seconds later. */
function stageOf(times: number, { schedule, ...options }: StageOptions = {}): Stage {
  const heardMs = () => 2 * SECOND
  return simulatedStage({ step: failing(times), heardMs, ...options, schedule: { retries: 1, ...schedule } })
}

async function outcome(stage: Stage, delivered = stage.deliver()): Promise<Rotation> {
  await stage.clock.runUntil(INSTANT + 3 * 60 * MINUTE)
  await delivered
  expect(stage.ledger.rows.size).toBe(1)
  return [...stage.ledger.rows.values()][0] as Rotation
}

describe('a rotation that fails while its window is open', () => {
  it('is attempted again where the gate could not be read after the attempt was noted, nor that it was not sent', async () => {
    const stage: Stage = stageOf(1)
    const { noteAttempts } = stage.ledger
    const { covering } = stage.holds
    let notes = 0
    let reads = 0
    stage.ledger.noteAttempts = async (...args) => {
      if (++notes === 2) throw new Error('throttled')
      const noted = await noteAttempts(...args)
      await stage.clock.sleep(5 * SECOND)
      return noted
    }
    stage.holds.covering = async (...args) => {
      if (notes === 1 && reads++ === 0) throw new Error('throttled')
      return covering(...args)
    }
    const rotation = await outcome(stage)
    expect(rotateCalls(stage)).toHaveLength(2)
    expect(rotation).toMatchObject({ status: 'SUCCEEDED', attempts: [{}, { answer: 'accepted' }] })
    const [, second] = rotation.attempts ?? []
    // When it left, not when it was noted, five seconds before.
    const arrived = rotateCalls(stage)[1]?.at ?? 0
    expect(arrived - Date.parse(second?.sentAt ?? '')).toBeLessThan(100)
  })

  it.each(['accept', 'refuse'] as const)('is attempted again (used token: %s)', async (repeatedToken) => {
    const stage = stageOf(1, { repeatedToken })
    const rotation = await outcome(stage)
    expect(rotation).toMatchObject({ status: 'SUCCEEDED', skewMs: 0, startedAt: iso(INSTANT) })
    expect(rotation).not.toHaveProperty('reason')
    expect(rotation.limits?.retries).toBe(1)
    // One rotation, one token, one version.
    expect(rotateCalls(stage).map(({ token }) => token)).toEqual([rotation.rotationId, rotation.rotationId])
    expect(versions(stage)).toBe(2)
    const [first, second, ...more] = rotation.attempts ?? []
    expect(more).toEqual([])
    expect(first).toMatchObject({ sentAt: iso(INSTANT), reason: 'ROTATION_FUNCTION_FAILED' })
    expect(first?.evidence).toMatch(/during testSecret step/)
    expect(second).toMatchObject({ answer: repeatedToken === 'refuse' ? 'pending' : 'accepted' })
    expect(second).not.toHaveProperty('reason')
    // A minute after it was known that the first one had failed.
    expect(Date.parse(second?.sentAt ?? '') - Date.parse(first?.endedAt ?? '')).toBeGreaterThanOrEqual(MINUTE)
    expect(Date.parse(second?.sentAt ?? '') - Date.parse(first?.endedAt ?? '')).toBeLessThan(
      MINUTE + 2 * SECOND,
    )
    expect(rotation.durationMs).toBe(Date.parse(rotation.rotatedAt ?? '') - INSTANT)
    expect(rotation.message).toMatch(/^kept by attempt 2; 1: ROTATION_FUNCTION_FAILED, /)
    expect(rotation.events.map(({ status }) => status)).toEqual(['CLAIMED', 'ROTATING', 'SUCCEEDED'])
  })

  it('is a success where its proof is heard in the pause, and its version has lost its labels since', async () => {
    let blind = true
    const stage = stageOf(0, {
      schedule: { timeoutSeconds: 30 },
      request: (action) =>
        action === 'DescribeSecret' && blind && stage.clock.now() > INSTANT
          ? { before: new Error('no look') }
          : {},
    })
    const delivered = stage.deliver()
    await stage.clock.runUntil(INSTANT + 45 * SECOND)
    const [id = ''] = stage.ledger.rows.keys()
    await stage.ledger.noteProof(id, { at: iso(INSTANT + SECOND), versionId: id })
    for (const value of ['one', 'two']) {
      const ClientRequestToken = `by-hand-${value}`.padEnd(32, '0')
      stage.aws.act('PutSecretValue', { SecretId: 'orders', SecretString: value, ClientRequestToken })
    }
    blind = false
    expect(await outcome(stage, delivered)).toMatchObject({ status: 'SUCCEEDED', versionId: id })
    expect(rotateCalls(stage)).toHaveLength(1)
  })

  it('is attempted again in vain, and without harm, where a used token does nothing', async () => {
    const stage = stageOf(1, { repeatedToken: 'ignore' })
    const rotation = await outcome(stage)
    expect(rotation).toMatchObject({ status: 'TIMED_OUT', reason: 'PENDING_VERSION_STUCK' })
    expect(rotation.message).toMatch(/^attempt 2 of 2: after 300 s/)
    expect(rotation.attempts?.map(({ reason }) => reason)).toEqual([
      'ROTATION_FUNCTION_FAILED',
      'PENDING_VERSION_STUCK',
    ])
    expect(versions(stage)).toBe(2)
    expect(rotateCalls(stage)).toHaveLength(2)
  })

  it('has as many attempts as its schedule says, with pauses that double', async () => {
    const stage = stageOf(9, { schedule: { retries: 3 } })
    const rotation = await outcome(stage)
    expect(rotation).toMatchObject({ status: 'FAILED', reason: 'ROTATION_FUNCTION_FAILED' })
    expect(rotation.message).toMatch(/^attempt 4 of 4: /)
    const attempts = rotation.attempts ?? []
    const pauses = attempts
      .slice(1)
      .map(({ sentAt = '' }, index) => Date.parse(sentAt) - Date.parse(attempts[index]?.endedAt ?? ''))
    expect(pauses.map((ms) => Math.floor(ms / MINUTE))).toEqual([1, 2, 4])
    expect(rotateCalls(stage)).toHaveLength(4)
  })

  it('is attempted once where its schedule says nothing, and its record says nothing of attempts', async () => {
    const stage = simulatedStage({ step: failing(1), heardMs: () => 2 * SECOND })
    const rotation = await outcome(stage)
    expect(rotation).toMatchObject({ status: 'FAILED', reason: 'ROTATION_FUNCTION_FAILED' })
    expect(rotation).not.toHaveProperty('attempts')
    expect(rotation.limits).not.toHaveProperty('retries')
    expect(rotateCalls(stage)).toHaveLength(1)
  })

  it('is said to be kept at the first try where it was', async () => {
    const rotation = await outcome(stageOf(0))
    expect(rotation.attempts).toEqual([{ sentAt: iso(INSTANT), endedAt: expect.any(String) }])
    expect(rotation).not.toHaveProperty('message')
  })

  it('has not ended before it was sent, though what AWS reports has whole seconds', async () => {
    const stage = stageOf(0, { step: () => ({ delayMs: 10 * SECOND }) })
    const at = INSTANT + 500
    const request = { requestId: 'r-2', schedule: 'nightly', scheduledAt: iso(at) }
    const delivered = stage.deliver(request)
    await stage.clock.runUntil(at + 100)
    const [row] = stage.ledger.rows.values()
    const { rotationId = '' } = row ?? {}
    await stage.ledger.noteProof(rotationId, { at: iso(INSTANT), versionId: rotationId })
    const { attempts } = await outcome(stage, delivered)
    expect(attempts?.[0]?.endedAt).toBe(attempts?.[0]?.sentAt)
    expect((attempts?.[0]?.sentAt ?? '') > iso(INSTANT)).toBe(true)
  })

  it('is attempted again on demand, too', async () => {
    const stage = stageOf(1)
    const request = { requestId: 'r-1', schedule: 'nightly', scheduledAt: iso(INSTANT) }
    const rotation = await outcome(stage, stage.deliver(request))
    expect(rotation).toMatchObject({ trigger: 'ON_DEMAND', status: 'SUCCEEDED' })
    expect(rotation.attempts).toHaveLength(2)
  })

  it('waits for the timeout of each attempt where nothing is heard of failures', async () => {
    const stage = stageOf(1, { heardMs: () => undefined })
    const { attempts = [], status } = await outcome(stage)
    expect(status).toBe('SUCCEEDED')
    expect(attempts[0]).toMatchObject({ reason: 'PENDING_VERSION_STUCK' })
    expect(Date.parse(attempts[1]?.sentAt ?? '')).toBeGreaterThanOrEqual(INSTANT + 360 * SECOND)
  })

  it('is not attempted again while it is only slow', async () => {
    const step = ({ Step }: StepEvent) => ({ delayMs: Step === 'setSecret' ? 290 * SECOND : 100 })
    const stage = stageOf(0, { step })
    expect(await outcome(stage)).toMatchObject({ status: 'SUCCEEDED' })
    expect(rotateCalls(stage)).toHaveLength(1)
  })

  it('is not attempted again where it ends by itself in the pause', async () => {
    const step = ({ Step }: StepEvent) => ({ delayMs: Step === 'setSecret' ? 330 * SECOND : 100 })
    const stage = stageOf(0, { step })
    const rotation = await outcome(stage)
    expect(rotation).toMatchObject({ status: 'SUCCEEDED' })
    expect(rotation.attempts).toHaveLength(1)
    expect(rotateCalls(stage)).toHaveLength(1)
  })

  it('does not take what AWS says late of its first attempt for the second one’s', async () => {
    // The event about the first comes while the second is under way, which takes its time.
    const times = [450 * SECOND]
    const quick = failing(1)
    const step = (event: StepEvent) => ({
      ...quick(event),
      ...(event.Step === 'finishSecret' && { delayMs: 200 * SECOND }),
    })
    const stage = stageOf(1, { step, heardMs: () => times.shift() })
    const rotation = await outcome(stage)
    expect(rotation).toMatchObject({ status: 'SUCCEEDED' })
    expect(rotation.attempts).toHaveLength(2)
  })

  it('leaves alone a version that is an earlier rotation’s', async () => {
    const stage = stageOf(9)
    await stage.clock.runUntil(INSTANT - 30 * SECOND)
    const earlier = 'earlier'.padEnd(32, '0')
    stage.aws.act('RotateSecret', { SecretId: 'orders', ClientRequestToken: earlier })
    const rotation = await outcome(stage)
    expect(rotation).toMatchObject({ status: 'FAILED', adopted: true, versionId: earlier })
    expect(rotation.message).toMatch(
      /; no second attempt: ROTATION_REFUSED version .* is not this rotation’s own$/,
    )
    expect(rotateCalls(stage)).toHaveLength(1)
  })
})

describe('no second attempt', () => {
  const during = (act: (stage: Stage) => unknown) => async (stage: Stage) => {
    const delivered = stage.deliver()
    await stage.clock.runUntil(INSTANT + 30 * SECOND)
    await act(stage)
    return outcome(stage, delivered)
  }

  it.each<[string, RegExp, (stage: Stage) => unknown]>([
    [
      'under a hold that was placed meanwhile',
      /^HELD ana holds secret\/orders since .*: incident/,
      ({ holds, clock }) =>
        holds.place({
          ...{ id: 'aaa-aaa-aaa', scope: 'secret/orders', reason: 'incident', by: 'ana' },
          placedAt: iso(clock.now()),
        }),
    ],
    [
      'of a secret that was deleted meanwhile',
      /^SECRET_DELETED "orders" is scheduled for deletion/,
      ({ aws }) => aws.act('DeleteSecret', { SecretId: 'orders' }),
    ],
    [
      'in a freeze that was deployed meanwhile',
      /^FROZEN freeze "night"/,
      ({ policies, config, clock }) =>
        keepPolicy(policies, deployedConfig(config, { freezes: [FROZEN_NIGHT] }), clock.now()),
    ],
  ])('%s', async (_, words, act) => {
    const stage = stageOf(1)
    const rotation = await during(act)(stage)
    expect(rotation).toMatchObject({ status: 'FAILED', reason: 'ROTATION_FUNCTION_FAILED' })
    expect(rotation.message).toMatch(/ version .* was still AWSPENDING; no second attempt: /)
    expect(rotation.message?.split('no second attempt: ')[1]).toMatch(words)
    expect(rotateCalls(stage)).toHaveLength(1)
  })

  it('while a Change Calendar has closed', async () => {
    const closed = INSTANT + 10 * SECOND
    const calendarState = async (_: string[], at: number) => ({
      state: at < closed ? ('OPEN' as const) : ('CLOSED' as const),
    })
    const stage = stageOf(1, { calendarState, schedule: { changeCalendars: ['company'] } })
    const rotation = await outcome(stage)
    expect(rotation.message).toMatch(/; no second attempt: CALENDAR_CLOSED Change Calendar company is CLOSED/)
    expect(rotateCalls(stage)).toHaveLength(1)
  })

  it('where the owner has switched rotation off', async () => {
    const stage = stageOf(1)
    const rotation = await during(({ aws }) => {
      const secret = aws.context.state.secrets.get('orders')
      if (secret) secret.rotationEnabled = false
    })(stage)
    expect(rotation.message).toMatch(/; no second attempt: ROTATION_SWITCHED_OFF /)
    expect(rotateCalls(stage)).toHaveLength(1)
  })

  it('of a version whose label somebody has taken away', async () => {
    const stage = stageOf(1)
    const rotation = await during(({ aws }) =>
      aws.context.state.secrets.get('orders')?.labels.delete('AWSPENDING'),
    )(stage)
    expect(rotation.message).toMatch(
      /; no second attempt: ROTATION_ABANDONED at .* carried no staging label$/,
    )
    expect(rotateCalls(stage)).toHaveLength(1)
  })

  it('once its window leaves no time for the pause, to the second', async () => {
    const first = await outcome(stageOf(1))
    const needed = (Date.parse(first.attempts?.[0]?.endedAt ?? '') - INSTANT) / SECOND + 60
    const least = await outcome(stageOf(1, { schedule: { windowSeconds: Math.floor(needed) } }))
    expect(least.message).toMatch(
      /; no second attempt: WINDOW_CLOSED the window closes at .*, before a pause of 60 s ends$/,
    )
    const stage = stageOf(1, { schedule: { windowSeconds: Math.floor(needed) + 2 } })
    expect(await outcome(stage)).toMatchObject({ status: 'SUCCEEDED' })
    expect(rotateCalls(stage).at(-1)?.at).toBeLessThan(INSTANT + (needed + 2) * SECOND)
  })

  it('where a slow before-hook lets the window close', async () => {
    const hook = async (_: string, event: HookEvent) => {
      if (event.attempt === 2) await stage.clock.sleep(50 * SECOND)
      return {}
    }
    const before = [{ invoke: 'ask', timeoutSeconds: 60 }]
    const stage: Stage = stageOf(1, { hook, schedule: { windowSeconds: 100, before } })
    const rotation = await outcome(stage)
    expect(rotation.message).toMatch(/; no second attempt: WINDOW_CLOSED the window closed at /)
    expect(rotateCalls(stage)).toHaveLength(1)
  })

  it('where the window closes while the attempt is noted', async () => {
    const stage: Stage = stageOf(1, { schedule: { windowSeconds: 100 } })
    const note = stage.ledger.noteAttempts
    let slow = true
    stage.ledger.noteAttempts = async (...args) => {
      if (slow) await stage.clock.sleep(50 * SECOND)
      slow = false
      return note(...args)
    }
    const rotation = await outcome(stage)
    expect(rotateCalls(stage)).toHaveLength(1)
    expect(rotation.message).toMatch(/; no second attempt: WINDOW_CLOSED /)
    expect(rotation.attempts).toHaveLength(1)
  })

  it.each([
    ['', false],
    [', which cannot be read at first', true],
  ])('where all is held while the attempt is noted%s', async (_, failsOnce) => {
    const stage: Stage = stageOf(1)
    const { noteAttempts } = stage.ledger
    const covering = stage.holds.covering
    let isSlow = true
    let fails = false
    stage.holds.covering = async (...args) => {
      if (!fails) return covering(...args)
      fails = false
      throw new Error('throttled')
    }
    stage.ledger.noteAttempts = async (...args) => {
      if (isSlow) {
        isSlow = false
        const placedAt = iso(stage.clock.now())
        const hold = {
          id: 'aaa-aaa-aaa',
          scope: 'all',
          kind: 'hold',
          reason: 'x',
          by: 'ana',
          placedAt,
        } as const
        await stage.holds.place(hold)
        await stage.clock.sleep(5 * SECOND)
        fails = failsOnce
      }
      return noteAttempts(...args)
    }
    const rotation = await outcome(stage)
    expect(rotation.message?.split('no second attempt: ')[1]).toMatch(/HELD ana holds all/)
    expect(rotateCalls(stage)).toHaveLength(1)
    expect(rotation.attempts).toHaveLength(1)
  })

  it('without the before-hooks, which are asked again and told which attempt it is', async () => {
    const asked: HookEvent[] = []
    const hook = async (_: string, event: HookEvent) => {
      asked.push(event)
      return event.attempt === 2 ? { ok: false, reason: 'the batch runs now' } : {}
    }
    const stage = stageOf(1, { hook, schedule: { before: [{ invoke: 'ask', timeoutSeconds: 60 }] } })
    const rotation = await outcome(stage)
    expect(asked.map(({ attempt }) => attempt)).toEqual([undefined, 2])
    expect(rotation).toMatchObject({ status: 'FAILED', reason: 'ROTATION_FUNCTION_FAILED' })
    expect(rotation.message).toMatch(/; no second attempt: VETOED before-hook ask: the batch runs now$/)
    expect(rotateCalls(stage)).toHaveLength(1)
  })

  it('and no before-hook either, under a hold', async () => {
    const asked: (number | undefined)[] = []
    const hook = async (_: string, { attempt }: HookEvent) => void asked.push(attempt)
    const stage = stageOf(1, { hook, schedule: { before: [{ invoke: 'ask', timeoutSeconds: 60 }] } })
    const rotation = await during(({ holds }) =>
      holds.place({
        ...{ id: 'aaa-aaa-aaa', scope: 'all', reason: 'incident', by: 'ana' },
        placedAt: iso(INSTANT + 30 * SECOND),
      }),
    )(stage)
    expect(rotation.message).toMatch(/no second attempt: HELD /)
    expect(asked).toEqual([undefined])
  })

  it('where AWS throttles it until the window closes', async () => {
    let calls = 0
    const request = (action: string) =>
      action === 'RotateSecret' && calls++ > 0
        ? { before: Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' }) }
        : {}
    const stage = stageOf(1, { request, schedule: { windowSeconds: 180 } })
    const rotation = await outcome(stage)
    expect(rotation.message).toMatch(
      /; no second attempt: THROTTLED the last try ended in ThrottlingException/,
    )
    expect(rotation.attempts).toHaveLength(1)
    expect(calls).toBeGreaterThan(2)
  })

  it('where AWS refuses it', async () => {
    const stage = stageOf(1, { usedToken: { answers: 'refusal', noted: () => {} } })
    const rotation = await outcome(stage)
    expect(rotation.message).toMatch(
      /; no second attempt: ROTATION_REFUSED "orders": AWS answered InvalidRequestException/,
    )
    expect(rotation.attempts).toHaveLength(1)
  })

  it('once the audit has given it an outcome', async () => {
    const stage = stageOf(1)
    const rotation = await during(async ({ ledger, clock }) => {
      const [row] = ledger.rows.values()
      const at = iso(clock.now())
      const guess = {
        status: 'FAILED',
        reason: 'ORCHESTRATOR_LOST',
        guessed: true,
        at,
        settledAt: at,
      } as const
      await ledger.transition(row?.rotationId ?? '', ['ROTATING'], guess)
    })(stage)
    expect(rotation.message).toMatch(
      /; no second attempt: ORCHESTRATOR_LOST meanwhile the record has become FAILED/,
    )
    expect(rotation).toMatchObject({ status: 'FAILED', reason: 'ROTATION_FUNCTION_FAILED' })
    expect(rotateCalls(stage)).toHaveLength(1)
  })
})

describe('whose answer or process is lost', () => {
  it('follows an attempt without an answer, and does not send it again', async () => {
    let calls = 0
    const lost = Object.assign(new Error('TimeoutError'), { name: 'TimeoutError' })
    const request = (action: string) => (action === 'RotateSecret' && calls++ === 1 ? { after: lost } : {})
    const stage = stageOf(1, { request })
    const rotation = await outcome(stage)
    expect(rotation).toMatchObject({ status: 'SUCCEEDED' })
    expect(rotation.attempts?.[1]).toMatchObject({ answer: 'none' })
    expect(rotateCalls(stage)).toHaveLength(2)
  })

  it('sends each attempt once, wherever its process dies', async () => {
    const schedule = { retries: 2, before: [{ invoke: 'ask', timeoutSeconds: 60 }] }
    const points = new Set<string>()
    const trial = stageOf(2, { schedule })
    await outcome(
      trial,
      trial.deliver(undefined, {
        crash: (operation, point) => {
          points.add(`${operation}|${point}`)
          return false
        },
      }),
    )
    expect([...points].some((it) => it.includes('rotate, attempt 3'))).toBe(true)
    for (const point of points) {
      let died = false
      const crash = (operation: string, at: CrashPoint) => {
        if (died || `${operation}|${at}` !== point) return false
        died = true
        return true
      }
      const stage = stageOf(2, { schedule })
      const rotation = await outcome(stage, stage.deliver(undefined, { crash, replayAfterWait: true }))
      expect(died, point).toBe(true)
      expect({ point, status: rotation.status, calls: rotateCalls(stage).length }).toEqual({
        point,
        status: 'SUCCEEDED',
        calls: 3,
      })
      expect(versions(stage)).toBe(2)
      expect(rotation.attempts).toHaveLength(3)
    }
  })
})
