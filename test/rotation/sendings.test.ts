import { describe, expect, it } from 'vitest'
import { rotationIdOf } from '../../src/model/identity.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import type { CrashPoint } from '../../src/rehearse/world/durable.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'

/** What is known of a sending whose answer nobody has: by its process, by the record, by what the secret shows. */
const HOUR = 3_600_000
const iso = (at: number) => new Date(at).toISOString()
const ID = rotationIdOf('nightly', 'orders', iso(INSTANT))
const lost = (action: string, left: { times: number }) =>
  action === 'RotateSecret' && left.times-- > 0 ? { after: new Error('TimeoutError') } : {}
const otherId = { versionIdOf: (token: string) => `other-${token}` }
const refusesUsed = { usedToken: { answers: 'refusal' as const, noted() {} } }

async function outcome(options: StageOptions, durable: { crash?: ReturnType<typeof once> } = {}) {
  const stage = simulatedStage(options)
  const ended = stage.deliver(undefined, durable)
  await stage.clock.runUntil(INSTANT + HOUR)
  await ended
  return stage.ledger.rows.get(ID) as Rotation
}

/** The process dies once, at this point of the step that sends. */
function once(point: CrashPoint) {
  let left = 1
  return (operation: string, at: CrashPoint) => operation.endsWith(':rotate') && at === point && left-- > 0
}

describe('a lost answer', () => {
  it('and a refusal of the next sending: the version is looked for as long as it may be late (seed 5456)', async () => {
    const left = { times: 1 }
    const late = { seenLate: { lateMs: 50_000, noted() {} }, step: () => ({ delayMs: 30_000 }) }
    const rotation = await outcome({ ...late, ...refusesUsed, request: (action) => lost(action, left) })
    expect(rotation).toMatchObject({ status: 'SUCCEEDED', versionId: ID, skewMs: 0 })
  })

  it('of a call whose version has another id, and is current by the next answer (seed 1623)', async () => {
    const left = { times: 1 }
    const rotation = await outcome({
      ...otherId,
      request: (action) => (action === 'DescribeSecret' ? { delayMs: 2_000 } : lost(action, left)),
    })
    expect(rotation).toMatchObject({ status: 'SUCCEEDED', versionId: `other-${ID}` })
    expect(rotation.previousVersionId).toMatch(/^orders-first/)
  })

  it('of a call whose version has another id, and a refusal: what is there since is named, not claimed', async () => {
    const left = { times: 1 }
    const rotation = await outcome({ ...otherId, ...refusesUsed, request: (action) => lost(action, left) })
    expect(rotation).toMatchObject({ status: 'FAILED', reason: 'ROTATION_REFUSED' })
    expect(rotation.message).toContain(
      `got no version for an answer: whether it started a rotation could not be seen. Since then there is version other-${ID}, which may be that call’s`,
    )
  })
})

describe('a process that has died with what it had sent', () => {
  it('leaves the time from which on it may have: no start, and no secret', async () => {
    const rotation = await outcome({}, { crash: once('after effect') })
    expect(rotation).toMatchObject({ status: 'SUCCEEDED' })
    expect(rotation).not.toHaveProperty('startedAt')
    expect(rotation.events[1]?.message).toBe(
      `found started: an earlier try had called RotateSecret at ${iso(INSTANT)} or later and was interrupted`,
    )
  })

  it('is believed by the next one, which a hold lets do no more than look', async () => {
    const stage = simulatedStage({ seenLate: { lateMs: 20_000, noted() {} } })
    void stage.deliver(undefined, { crash: once('after effect') })
    await stage.clock.runUntil(INSTANT + 100)
    const hold = { id: 'hold', scope: 'all', reason: 'incident', by: 'ana', placedAt: iso(INSTANT) } as const
    await stage.holds.place(hold)
    await stage.clock.runUntil(INSTANT + HOUR)
    expect(stage.ledger.rows.get(ID)).toMatchObject({ status: 'SUCCEEDED', versionId: ID })
  })

  it('and whose version has another id, is told of in the outcome', async () => {
    const rotation = await outcome({ ...otherId, ...refusesUsed }, { crash: once('after effect') })
    expect(rotation).toMatchObject({ status: 'FAILED', reason: 'ROTATION_REFUSED' })
    expect(rotation.message).toContain(
      `A call may have been sent at ${iso(INSTANT)} or later, by a process that was interrupted: whether it started a rotation could not be seen. Since then there is version other-${ID}`,
    )
  })
})

it('what AWS has answered no to leaves no doubt to the next try, in whichever process that is', async () => {
  const error = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' })
  const request = (action: string) => (action === 'RotateSecret' ? { before: error } : {})
  const stage = simulatedStage({ schedule: { windowSeconds: 120 }, request })
  void stage.deliver()
  const noted: unknown[] = []
  for (let second = 1; second <= 60; second++) {
    await stage.clock.runUntil(INSTANT + second * 1_000)
    noted.push(stage.ledger.rows.get(ID)?.sending?.refused)
  }
  // Between two tries, and not during one.
  expect(new Set(noted)).toEqual(new Set([undefined, true]))
  await stage.clock.runUntil(INSTANT + HOUR)
  const rotation = stage.ledger.rows.get(ID)
  expect(rotation).toMatchObject({ status: 'FAILED', reason: 'THROTTLED' })
  expect(rotation?.message).not.toContain('could not be seen')
})

describe('a version under our id that no run of ours has asked for', () => {
  const place = (stage: ReturnType<typeof simulatedStage>) =>
    stage.aws.act('PutSecretValue', { SecretId: 'orders', SecretString: 'x', ClientRequestToken: ID })
  const taken = { status: 'FAILED', reason: 'VERSION_ID_TAKEN' }

  it.each([
    ['before its call', 'before', taken],
    ['after its call', 'after effect', { status: 'SUCCEEDED', versionId: ID }],
  ] as const)('of a run that died %s', async (_what, point, expected) => {
    const stage = simulatedStage()
    void stage.deliver(undefined, { crash: once(point), restart: false })
    await stage.clock.runUntil(INSTANT + 30_000)
    if (point === 'before') place(stage)
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + HOUR)
    expect(stage.ledger.rows.get(ID)).toMatchObject(expected)
  })

  it('is looked for at every try', async () => {
    let asked = 0
    const unreachable = Object.assign(new Error('no answer'), { name: 'TimeoutError' })
    const stage = simulatedStage({
      schedule: { changeCalendars: ['company'] },
      calendarFault: () => (asked++ < 4 ? { before: unreachable } : {}),
    })
    place(stage)
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + HOUR)
    expect(asked).toBe(3)
    expect(stage.ledger.rows.get(ID)).toMatchObject(taken)
  })
})

describe('a look that is older than what the ledger knows', () => {
  /** Rotates at 03:00, and a minute later again, whose looks are old for five seconds more: then they show the first one's end. */
  async function secondAfter() {
    let second = false
    const some = () => second
    const stage = simulatedStage({
      schedule: { when: 'cron(* 3 * * ? *)', windowSeconds: 60 },
      seenLate: { lateMs: 57_000, some, noted() {} },
      step: () => ({ delayMs: 2_500 }),
    })
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + 55_000)
    const first = stage.ledger.rows.get(ID)
    expect(first).toMatchObject({ status: 'SUCCEEDED' })
    second = true
    const scheduledAt = iso(INSTANT + 60_000)
    void stage.deliver({ schedule: 'nightly', scheduledAt })
    await stage.clock.runUntil(INSTANT + HOUR)
    return stage.ledger.rows.get(rotationIdOf('nightly', 'orders', scheduledAt))
  }

  it('is no ground to refuse: it is looked again', async () => {
    expect(await secondAfter()).toMatchObject({ status: 'SUCCEEDED' })
  })
})
