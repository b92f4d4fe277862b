import { describe, expect, it } from 'vitest'
import type { Rotation } from '../../src/model/rotation.ts'
import type { CrashPoint } from '../../src/rehearse/world/durable.ts'
import type { WaveEnd } from '../../src/rotation/wave-end.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'

type Stage = ReturnType<typeof simulatedStage>

const HOUR = 3_600_000
const MINUTE = 60_000
const iso = (instant: number) => new Date(instant).toISOString()
const yes = { status: 'APPROVED', by: 'ana@desk', reason: 'CHG-7' } as const
const no = { status: 'REJECTED', by: 'ben@desk', reason: 'the batch still runs' } as const
const early = { schedule: 'nightly', scheduledAt: iso(INSTANT - 120_000), leadSeconds: 120 }

/** A stage whose schedule wants an answer within 20 minutes; its window is 30. */
function stageWith({ schedule, ...options }: StageOptions = {}): Stage {
  return simulatedStage({ ...options, schedule: { approval: { timeoutSeconds: 1_200 }, ...schedule } })
}

/** Somebody acts at an instant. */
async function at<T>({ clock }: Stage, instant: number, act: () => T): Promise<Awaited<T>> {
  await clock.sleep(instant - clock.now())
  return await act()
}

/** The instant, or up to a second after: a wait ends in a new invocation, which takes that long here. */
const soonAfter = (instant: number) =>
  expect.toSatisfy(
    (time: string) => Date.parse(time) >= instant && Date.parse(time) <= instant + 1_000,
    `at ${iso(instant)} or within a second`,
  )

async function rotations(stage: Stage, ...executions: Promise<WaveEnd | undefined>[]): Promise<Rotation[]> {
  const ended = Promise.all(executions)
  await stage.clock.runUntil(INSTANT + 2 * HOUR)
  await ended
  return [...stage.ledger.rows.values()]
}

const rotateCalls = (stage: Stage) => stage.aws.calls.filter(({ action }) => action === 'RotateSecret')
const announced = (stage: Stage) => stage.log.filter((line) => line.includes('"approval requested"'))
const approval = (stage: Stage) => [...stage.approvals.rows.values()][0]

/** Crashes once, at the n-th point that is asked about. */
function crashOnce(point: number) {
  let asked = 0
  const where: string[] = []
  return {
    where,
    asked: () => asked,
    crash: (operation: string, when: CrashPoint) => {
      if (asked++ !== point) return false
      where.push(`${operation} ${when}`)
      return true
    },
  }
}

describe('a wave that wants an approval', () => {
  it('says how to answer, by when, and what happens otherwise; waits; and goes ahead once it is approved', async () => {
    const stage = stageWith()
    const ended = stage.deliver()
    void at(stage, INSTANT + 5 * MINUTE, () => stage.answer(yes))
    const [rotation] = await rotations(stage, ended)
    expect(announced(stage).map((line) => JSON.parse(line))).toEqual([
      {
        message: 'approval requested',
        approvalId: expect.stringMatching(/^[0-9a-hjkmnp-tv-z]{3}(-[0-9a-hjkmnp-tv-z]{3}){2}$/),
        schedule: 'nightly',
        scheduledAt: iso(INSTANT),
        secrets: 1,
        approve: `npx aws-tourbillon approve --stage test ${approval(stage)?.approvalId}`,
        reject: `npx aws-tourbillon reject --stage test ${approval(stage)?.approvalId} --reason TEXT`,
        answerBy: iso(INSTANT + 20 * MINUTE),
        otherwise: 'nothing rotates: each secret is SKIPPED NOT_APPROVED',
      },
    ])
    expect(rotation).toMatchObject({
      status: 'SUCCEEDED',
      approval: { approvalId: approval(stage)?.approvalId, by: 'ana@desk', reason: 'CHG-7' },
      claimedAt: soonAfter(INSTANT + 5 * MINUTE),
    })
    expect(approval(stage)?.events).toEqual([
      { at: iso(INSTANT - MINUTE), status: 'PENDING' },
      { at: iso(INSTANT + 5 * MINUTE), status: 'APPROVED', by: 'ana@desk', reason: 'CHG-7' },
    ])
  })

  it('rotates to the second where the answer came before the instant', async () => {
    const stage = stageWith()
    const runs = [stage.deliver(early), at(stage, INSTANT + 15_000, () => stage.deliver())]
    void at(stage, INSTANT - 20_000, () => stage.answer(yes))
    const found = await rotations(stage, ...runs)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ status: 'SUCCEEDED', skewMs: 0, executionArn: 'execution-0' })
    expect(announced(stage)).toHaveLength(1)
    expect(approval(stage)?.expiresAt).toBe(iso(INSTANT + 20 * MINUTE))
  })

  it('is NOT_APPROVED where somebody rejects it, with who and why, at once', async () => {
    const stage = stageWith({ schedule: { secrets: ['db-0', 'db-1', 'db-2'] } })
    const ended = stage.deliver()
    void at(stage, INSTANT + MINUTE, () => stage.answer(no))
    const found = await rotations(stage, ended)
    expect(found).toHaveLength(3)
    for (const rotation of found) {
      expect(rotation).toMatchObject({
        status: 'SKIPPED',
        reason: 'NOT_APPROVED',
        message: `ben@desk rejected it: the batch still runs (approval ${approval(stage)?.approvalId})`,
        settledAt: soonAfter(INSTANT + MINUTE),
      })
      expect(rotation).not.toHaveProperty('approval')
    }
    expect(stage.aws.calls).toEqual([])
    expect((await ended)?.outcomes).toEqual({ SKIPPED: 3 })
  })

  it('is NOT_APPROVED where nobody answers, as the time ends', async () => {
    const stage = stageWith()
    const [rotation] = await rotations(stage, stage.deliver())
    expect(rotation).toMatchObject({
      status: 'SKIPPED',
      reason: 'NOT_APPROVED',
      message: `nobody approved it by ${iso(INSTANT + 20 * MINUTE)} (approval ${approval(stage)?.approvalId})`,
      settledAt: soonAfter(INSTANT + 20 * MINUTE),
    })
    expect(approval(stage)).toMatchObject({ status: 'EXPIRED', answeredAt: soonAfter(INSTANT + 20 * MINUTE) })
    expect(approval(stage)).not.toHaveProperty('by')
  })

  it('never waits past its window, however late it was delivered', async () => {
    const stage = stageWith()
    const late = at(stage, INSTANT + 25 * MINUTE, () => stage.deliver())
    const [rotation] = await rotations(stage, late)
    expect(approval(stage)?.expiresAt).toBe(iso(INSTANT + 30 * MINUTE))
    expect(rotation).toMatchObject({ reason: 'NOT_APPROVED', settledAt: soonAfter(INSTANT + 30 * MINUTE) })
  })

  it('still has its window: approved in the last second, its slow start is too late', async () => {
    const stage = stageWith({
      schedule: { approval: { timeoutSeconds: 1_800 } },
      request: () => ({ delayMs: 2_000 }),
    })
    const ended = stage.deliver()
    void at(stage, INSTANT + 30 * MINUTE - 1_000, () => stage.answer(yes))
    const [rotation] = await rotations(stage, ended)
    expect(rotation).toMatchObject({ status: 'SKIPPED', reason: 'WINDOW_CLOSED' })
    expect(rotateCalls(stage)).toHaveLength(0)
  })

  it.each([
    ['a second before the end', 20 * MINUTE - 1_000, 'decided', 'SUCCEEDED'],
    ['at the end', 20 * MINUTE, 'void', 'SKIPPED'],
    ['after it', 20 * MINUTE + 1_000, 'void', 'SKIPPED'],
  ])('takes an answer %s for what it is', async (_, after, verdict, status) => {
    const stage = stageWith()
    const ended = stage.deliver()
    const answered = at(stage, INSTANT + after, () => stage.answer(yes))
    const [rotation] = await rotations(stage, ended)
    expect(await answered).toMatchObject({ verdict })
    expect(rotation?.status).toBe(status)
  })

  it('knows no answer to what was never asked', async () => {
    expect(await stageWith().answer(yes)).toBeUndefined()
  })
})

describe('whom nobody asks', () => {
  it('a run on demand of whom nobody knows who asked: nothing rotates', async () => {
    const stage = stageWith()
    const request = { requestId: 'r1', schedule: 'nightly', scheduledAt: iso(INSTANT) }
    const [rotation] = await rotations(stage, stage.deliver(request))
    expect(rotation).toMatchObject({ status: 'SKIPPED', reason: 'NOT_APPROVED', trigger: 'ON_DEMAND' })
    expect(stage.approvals.rows.size).toBe(0)
  })

  it.each([
    ['disabled', 'DISABLED', { schedule: { enabled: false } }, 0],
    [
      'in a freeze',
      'FROZEN',
      { freezes: [{ name: 'f', from: '2026-11-29', to: '2026-11-30', timezone: 'UTC', yearly: false }] },
      0,
    ],
    ['past its window', 'WINDOW_CLOSED', {}, 31 * MINUTE],
  ])('a wave that is %s could not start, whatever the answer', async (_, reason, options, late) => {
    const stage = stageWith(options)
    const [rotation] = await rotations(
      stage,
      at(stage, INSTANT + late, () => stage.deliver()),
    )
    expect(rotation).toMatchObject({ status: 'SKIPPED', reason })
    expect(announced(stage)).toEqual([])
    expect(stage.approvals.rows.size).toBe(0)
  })

  it('is then what its secrets are refused for, though it were over a moment later', async () => {
    const freeze = { name: 'f', from: '2026-11-29', to: '2026-11-29T03:01', timezone: 'UTC', yearly: false }
    const stage = stageWith({
      freezes: [freeze],
      ledgerFault: (call) => (call === 'claim' ? { delayMs: 4_000 } : {}),
    })
    const [rotation] = await rotations(
      stage,
      at(stage, INSTANT + 58_000, () => stage.deliver()),
    )
    expect(rotation).toMatchObject({ status: 'SKIPPED', reason: 'FROZEN' })
    expect(Date.parse(rotation?.settledAt ?? '')).toBeGreaterThan(INSTANT + MINUTE)
  })

  it('a companion whose instant is no occurrence', async () => {
    const stage = stageWith()
    const nowhere = { ...early, scheduledAt: iso(INSTANT) }
    expect(await rotations(stage, stage.deliver(nowhere))).toEqual([])
    expect(stage.approvals.rows.size).toBe(0)
  })
})

describe('two answers', () => {
  it('never both count: the first stands, the second is told so', async () => {
    const stage = stageWith()
    const ended = stage.deliver()
    const first = at(stage, INSTANT + MINUTE, () => stage.answer(no))
    const second = at(stage, INSTANT + MINUTE, () => stage.answer(yes))
    const [rotation] = await rotations(stage, ended)
    expect(await first).toMatchObject({ verdict: 'decided' })
    expect(await second).toMatchObject({ verdict: 'void', approval: { status: 'REJECTED', by: 'ben@desk' } })
    expect(rotation).toMatchObject({ reason: 'NOT_APPROVED' })
    expect(rotateCalls(stage)).toHaveLength(0)
  })

  it('that agree are one: the first is on record', async () => {
    const stage = stageWith()
    const ended = stage.deliver()
    void at(stage, INSTANT + MINUTE, () => stage.answer(yes))
    const second = at(stage, INSTANT + MINUTE, () => stage.answer({ ...yes, by: 'cem@desk' }))
    const [rotation] = await rotations(stage, ended)
    expect(await second).toMatchObject({ verdict: 'agreed', approval: { by: 'ana@desk' } })
    expect(rotation).toMatchObject({ status: 'SUCCEEDED', approval: { by: 'ana@desk' } })
  })
})

describe('an answer whose command dies before it wakes the wave', () => {
  it('counts as the wait ends', async () => {
    const stage = stageWith()
    const ended = stage.deliver()
    void at(stage, INSTANT + MINUTE, () => stage.answer(yes, { dies: true }))
    const [rotation] = await rotations(stage, ended)
    expect(rotation).toMatchObject({
      status: 'SUCCEEDED',
      claimedAt: soonAfter(INSTANT + 20 * MINUTE),
      approval: { by: 'ana@desk' },
    })
  })

  it('wakes it when it is given again', async () => {
    const stage = stageWith()
    const ended = stage.deliver()
    void at(stage, INSTANT + MINUTE, () => stage.answer(yes, { dies: true }))
    const again = at(stage, INSTANT + 2 * MINUTE, () => stage.answer(yes))
    const [rotation] = await rotations(stage, ended)
    expect(await again).toMatchObject({ verdict: 'agreed' })
    expect(rotation).toMatchObject({ status: 'SUCCEEDED', claimedAt: soonAfter(INSTANT + 2 * MINUTE) })
  })
})

describe('what is sent to the callback past the command', () => {
  it.each([
    ['an answer like the command’s', '{"status":"APPROVED","by":"console"}', 'SUCCEEDED', undefined],
    ['words', 'ok', 'SKIPPED', /whoever sent the callback rejected it: its result is no answer/],
    ['nothing', 'null', 'SKIPPED', /no answer/],
    ['a status of nobody', '{"status":"APPROVED"}', 'SKIPPED', /no answer/],
  ])('%s', async (_, result, status, message) => {
    const stage = stageWith()
    const ended = stage.deliver()
    void at(stage, INSTANT, () => stage.callbacks.succeed(approval(stage)?.callbackId ?? '', result))
    const [rotation] = await rotations(stage, ended)
    expect(rotation?.status).toBe(status)
    if (message) expect(rotation?.message).toMatch(message)
    expect(approval(stage)?.status).toBe(status === 'SUCCEEDED' ? 'APPROVED' : 'REJECTED')
  })

  it.each([
    [yes, 'never mind', 'SUCCEEDED'],
    [no, '{"status":"APPROVED","by":"console"}', 'SKIPPED'],
  ])('does not count where the ledger has an answer: %j', async (answer, result, status) => {
    const stage = stageWith()
    const ended = stage.deliver()
    void at(stage, INSTANT, async () => {
      await stage.answer(answer, { dies: true })
      stage.callbacks.succeed(approval(stage)?.callbackId ?? '', result)
    })
    const [rotation] = await rotations(stage, ended)
    expect(rotation?.status).toBe(status)
    expect(approval(stage)?.by).toBe(answer.by)
  })

  it('does not count where the time is over before the wave has read it', async () => {
    const stage = stageWith()
    const ended = stage.deliver()
    const result = '{"status":"APPROVED","by":"console"}'
    void at(stage, INSTANT + 20 * MINUTE - 500, () =>
      stage.callbacks.succeed(approval(stage)?.callbackId ?? '', result),
    )
    const [rotation] = await rotations(stage, ended)
    expect(rotation?.reason).toBe('NOT_APPROVED')
    expect(approval(stage)?.status).toBe('EXPIRED')
  })

  it('failure is a rejection in its own words', async () => {
    const stage = stageWith()
    const ended = stage.deliver()
    void at(stage, INSTANT, () => stage.callbacks.fail(approval(stage)?.callbackId ?? '', 'not tonight'))
    const [rotation] = await rotations(stage, ended)
    expect(rotation?.message).toMatch(/^whoever sent the callback rejected it: not tonight /)
  })
})

describe('deliveries more than once', () => {
  it.each([
    ['at the same moment', 0],
    ['while it waits', 3 * MINUTE],
    ['after it was answered', 8 * MINUTE],
  ])('ask once and rotate once, the second %s', async (_, delay) => {
    const stage = stageWith()
    const runs = [stage.deliver(), stage.clock.sleep(delay).then(() => stage.deliver())]
    void at(stage, INSTANT + 5 * MINUTE, () => stage.answer(yes))
    const found = await rotations(stage, ...runs)
    expect(announced(stage)).toHaveLength(1)
    expect(stage.approvals.rows.size).toBe(1)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ status: 'SUCCEEDED', executionArn: 'execution-0' })
    expect(rotateCalls(stage)).toHaveLength(1)
    expect((await Promise.all(runs)).map((end) => end?.duplicates)).toEqual([0, 1])
  })

  it('are skipped once where nobody answers', async () => {
    const stage = stageWith()
    const runs = [stage.deliver(), stage.clock.sleep(3 * MINUTE).then(() => stage.deliver())]
    const found = await rotations(stage, ...runs)
    expect(found.map(({ reason, events }) => [reason, events.length])).toEqual([['NOT_APPROVED', 2]])
  })

  it('look seldom enough: a day’s window fits an execution many times over', async () => {
    const day = 24 * HOUR
    const stage = stageWith({ schedule: { windowSeconds: 86_400, approval: { timeoutSeconds: 86_400 } } })
    let looks = 0
    const get = stage.approvals.get
    stage.approvals.get = (id) => {
      looks++
      return get(id)
    }
    const runs = [stage.deliver(), stage.deliver()]
    await stage.clock.runUntil(INSTANT + day + HOUR)
    await Promise.all(runs)
    expect(looks).toBeGreaterThan(100)
    expect(looks).toBeLessThan(400)
  })
})

describe('a first run that dies while it waits', () => {
  const crash = (operation: string) => operation.includes('outcome')

  it('leaves request and answer to the second, which rotates', async () => {
    const stage = stageWith()
    const runs = [
      stage.deliver(early, { crash, restart: false }),
      at(stage, INSTANT + 15_000, () => stage.deliver()),
    ]
    void at(stage, INSTANT + 5 * MINUTE, () => stage.answer(yes))
    const [rotation] = await rotations(stage, ...runs)
    expect(announced(stage)).toHaveLength(1)
    expect(rotation).toMatchObject({ status: 'SUCCEEDED', executionArn: 'execution-1' })
    // It looks every quarter of a minute at first, and more seldom later.
    expect(Date.parse(rotation?.claimedAt ?? '') - (INSTANT + 5 * MINUTE)).toBeLessThan(MINUTE)
  })

  it('unanswered is skipped by the second, soon after the time has ended', async () => {
    const stage = stageWith()
    const runs = [
      stage.deliver(early, { crash, restart: false }),
      at(stage, INSTANT + 15_000, () => stage.deliver()),
    ]
    const [rotation] = await rotations(stage, ...runs)
    expect(rotation).toMatchObject({ reason: 'NOT_APPROVED', executionArn: 'execution-1' })
    expect(Date.parse(rotation?.settledAt ?? '') - INSTANT).toBeLessThanOrEqual(22 * MINUTE)
  })
})

describe('a first run that asked and died, and what is skipped since', () => {
  it('leaves nobody to be asked', async () => {
    const stage = stageWith()
    const of = { id: 'aaa-aaa-aaa', schedule: 'nightly', scheduledAt: iso(INSTANT) }
    const skip = { ...of, by: 'ana', reason: 'CHG-1', placedAt: iso(INSTANT - 20_000) }
    const runs = [
      stage.deliver(early, { crash: (operation) => operation.includes('outcome'), restart: false }),
      at(stage, INSTANT + 15_000, () => stage.deliver()),
    ]
    void at(stage, INSTANT - 20_000, () => stage.exceptions.place(skip))
    const found = await rotations(stage, ...runs)
    expect(found).toMatchObject([{ status: 'SKIPPED', reason: 'SKIPPED_ONCE' }])
    expect(announced(stage)).toHaveLength(1)
    expect(approval(stage)).toMatchObject({ status: 'EXPIRED', answeredAt: soonAfter(INSTANT + 15_000) })
  })
})

describe('a crash at any point', () => {
  it.each([
    ['approved', yes, 'SUCCEEDED'],
    ['rejected', no, 'SKIPPED'],
    ['unanswered', undefined, 'SKIPPED'],
  ])('changes nothing of a wave that is %s', async (_, answer, status) => {
    const run = async (point: number) => {
      const crashing = crashOnce(point)
      const stage = stageWith()
      const ended = stage.deliver(undefined, crashing)
      if (answer) void at(stage, INSTANT + MINUTE, () => stage.answer(answer))
      const found = await rotations(stage, ended)
      return { stage, found, where: crashing.where[0] ?? 'nowhere', points: crashing.asked() }
    }
    const { points } = await run(-1)
    expect(points).toBeGreaterThan(15)
    const struck = new Set<string>()
    for (let point = 0; point < points; point++) {
      const { stage, found, where } = await run(point)
      struck.add(where)
      expect(found, where).toHaveLength(1)
      expect(found[0], where).toMatchObject({ status })
      expect(stage.approvals.rows.size, where).toBe(1)
      expect(approval(stage)?.events, where).toHaveLength(2)
      expect(announced(stage).length, where).toBeLessThanOrEqual(2)
      expect(rotateCalls(stage).length, where).toBe(status === 'SUCCEEDED' ? 1 : 0)
    }
    expect([...struck].filter((where) => where.includes('approval outcome'))).toHaveLength(2)
  })
})

describe('holds and large waves', () => {
  it('a hold placed while it waits still stops what was approved', async () => {
    const stage = stageWith()
    const ended = stage.deliver()
    void at(stage, INSTANT + MINUTE, async () => {
      await stage.holds.place({
        id: 'aaa-aaa-aaa',
        scope: 'all',
        reason: 'incident',
        by: 'ben',
        placedAt: iso(INSTANT),
      })
      await stage.answer(yes)
    })
    const [rotation] = await rotations(stage, ended)
    expect(rotation).toMatchObject({ status: 'SKIPPED', reason: 'HELD' })
  })

  it.each([
    ['approved', yes, { SUCCEEDED: 90 }],
    ['rejected', no, { SKIPPED: 90 }],
  ])('is asked once for all the parts of a large wave, %s', async (_, answer, outcomes) => {
    const secrets = Array.from({ length: 90 }, (_, index) => `db-${index}`)
    const stage = stageWith({ schedule: { secrets, concurrency: 90 } })
    const ended = stage.deliver()
    void at(stage, INSTANT + MINUTE, () => stage.answer(answer))
    await rotations(stage, ended)
    expect(await ended).toMatchObject({ outcomes, rotations: [] })
    expect(announced(stage)).toHaveLength(1)
    expect(approval(stage)?.secrets).toBe(90)
  })
})

describe('a request ahead of time', () => {
  const rule = { timeoutSeconds: 1_200, noticeSeconds: 1_800 }
  const asked = async (options: StageOptions = {}) => {
    const stage = stageWith({ ...options, schedule: { approval: rule, ...options.schedule } })
    await stage.ask()
    return stage
  }

  it('is announced once, and counts from the instant', async () => {
    const stage = await asked()
    await stage.ask()
    expect(announced(stage)).toHaveLength(1)
    expect(approval(stage)).toMatchObject({
      status: 'PENDING',
      secrets: 1,
      expiresAt: iso(INSTANT + 20 * MINUTE),
    })
  })

  it.each([
    ['approved', yes, { status: 'SUCCEEDED', startedAt: iso(INSTANT) }],
    ['rejected', no, { status: 'SKIPPED', reason: 'NOT_APPROVED' }],
  ])('that is %s before the wave starts is not made again', async (_, answer, outcome) => {
    const stage = await asked()
    expect(await stage.answer(answer)).toMatchObject({ verdict: 'decided' })
    const [rotation] = await rotations(stage, stage.deliver())
    expect(rotation).toMatchObject(outcome)
    expect(announced(stage)).toHaveLength(1)
  })

  it('that is pending as the wave starts is taken up, and told again; the answer wakes the wave', async () => {
    const stage = await asked()
    const runs = [stage.deliver(), stage.deliver()]
    void at(stage, INSTANT + 5 * MINUTE, () => stage.answer(yes))
    const found = await rotations(stage, ...runs)
    expect(found).toMatchObject([{ status: 'SUCCEEDED', claimedAt: soonAfter(INSTANT + 5 * MINUTE) }])
    expect(announced(stage)).toHaveLength(2)
    expect(approval(stage)?.events).toHaveLength(2)
  })

  it('that nobody answers ends with the wait', async () => {
    const stage = await asked()
    const [rotation] = await rotations(stage, stage.deliver())
    expect(rotation).toMatchObject({ reason: 'NOT_APPROVED', settledAt: soonAfter(INSTANT + 20 * MINUTE) })
    expect(approval(stage)?.status).toBe('EXPIRED')
  })

  it('survives a crash at any point of being taken up', async () => {
    const run = async (point: number) => {
      const stage = await asked()
      const crashing = crashOnce(point)
      const ended = stage.deliver(undefined, crashing)
      void at(stage, INSTANT + MINUTE, () => stage.answer(yes))
      return { found: await rotations(stage, ended), where: crashing.where[0], points: crashing.asked() }
    }
    const { points } = await run(-1)
    for (let point = 0; point < points; point++) {
      const { found, where } = await run(point)
      expect(found, where).toMatchObject([{ status: 'SUCCEEDED' }])
    }
  })

  it('is not made for what will be frozen', async () => {
    const freeze = { name: 'f', from: '2026-11-29', to: '2026-11-30', timezone: 'UTC', yearly: false }
    const stage = await asked({ freezes: [freeze] })
    expect(stage.approvals.rows.size).toBe(0)
    expect(announced(stage)).toEqual([])
  })
})

describe('a request that was made ahead, and whose wave a freeze then stops', () => {
  it('does not stay pending', async () => {
    const stage = stageWith({
      deployed: {
        ...{ at: INSTANT - 30_000, keptAt: INSTANT - 30_000 },
        freezes: [{ name: 'night', from: '2026-11-29', to: '2026-11-30', timezone: 'UTC', yearly: false }],
      },
    })
    await stage.ask()
    await stage.clock.runUntil(INSTANT)
    const [rotation] = await rotations(stage, stage.deliver())
    expect(rotation).toMatchObject({ status: 'SKIPPED', reason: 'FROZEN' })
    expect(approval(stage)).toMatchObject({ status: 'EXPIRED' })
  })
})
