import { describe, expect, it } from 'vitest'
import type { KeptRequest } from '../../src/ledger/requests.ts'
import { exceptionDeed } from '../../src/model/deeds.ts'
import type { Moved } from '../../src/model/exception.ts'
import { approvalIdOf, rotationIdOf } from '../../src/model/identity.ts'
import { answerApproval } from '../../src/rotation/answer-approval.ts'
import { movingOf } from '../sim/moving.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'
import { auditorOf, rowsOf } from './auditor.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const iso = (at: number) => new Date(at).toISOString()
const NEW = INSTANT + 2 * HOUR
const ID = 'aaa-aaa-aaa'

/** A stage whose occurrence is moved; `at`: when, epoch ms. */
async function moved(options: StageOptions = {}, { to = NEW, at = INSTANT - 50_000 } = {}) {
  const stage = simulatedStage({ beginsMs: 5 * MINUTE, ...options })
  const auditor = auditorOf(stage)
  // What comes after it is the audit's to account for.
  await auditor.at(Math.min(at, stage.clock.now()))
  await stage.clock.runUntil(at)
  const { exception, run } = movingOf({ id: ID, from: INSTANT, to, at })
  expect(await stage.moves.place(exception, run)).toBe(true)
  return { stage, auditor, exception, run }
}

type World = Awaited<ReturnType<typeof moved>>

const old = ({ stage }: World, secret = 'orders') =>
  stage.ledger.rows.get(rotationIdOf('nightly', secret, iso(INSTANT)))
const anew = ({ stage }: World, secret = 'orders') =>
  stage.ledger.rows.get(rotationIdOf('nightly', secret, ID))
const calls = ({ stage }: World) => stage.aws.calls.filter(({ action }) => action === 'RotateSecret')
const through = ({ stage, auditor }: World, to = NEW + 2 * HOUR) =>
  auditor.every5Minutes(Math.max(INSTANT, stage.clock.now()), to)

describe('an occurrence that was moved', () => {
  it.each([
    ['delivered', true, 'UTC'],
    ['delivered, by a zone with clock changes', true, 'Europe/London'],
    ['not delivered', false, 'UTC'],
  ])(
    'rotates each of its secrets at the new instant, once, and at no other: %s',
    async (_, delivered, timezone) => {
      const world = await moved({ schedule: { secrets: ['orders', 'billing'], timezone } })
      const { stage, auditor } = world
      const request = { schedule: 'nightly', scheduledAt: iso(INSTANT) }
      if (delivered) void stage.deliver(request)
      await through(world, NEW + HOUR)
      // Late, and long after.
      if (delivered) await Promise.all([stage.deliver(request), stage.clock.runUntil(NEW + 2 * HOUR)])
      for (const secret of ['orders', 'billing']) {
        expect(old(world, secret)).toMatchObject({
          ...{ status: 'SKIPPED', reason: 'SKIPPED_ONCE' },
          message: expect.stringContaining(`ana moved nightly of ${iso(INSTANT)} to ${iso(NEW)}`),
        })
        expect(anew(world, secret)).toMatchObject({
          ...{ status: 'SUCCEEDED', trigger: 'SCHEDULE', scheduledAt: iso(NEW), skewMs: expect.any(Number) },
          ...{ moved: { from: iso(INSTANT), id: ID }, requester: 'ana', requestReason: 'CHG-1' },
        })
      }
      expect([calls(world).length, calls(world).every(({ at }) => at >= NEW)]).toEqual([2, true])
      expect(auditor.findings).toEqual([])
      expect(rowsOf(stage)).toHaveLength(4)
    },
  )

  it('is of who moved it just so: their proof is no word on another move by the same id', async () => {
    const caller = { arn: 'arn:aws:sts::000000000000:assumed-role/operator/ana' }
    const proved = async (signed: Partial<Moved>) => {
      const world = await moved()
      const deed = exceptionDeed({ ...world.exception, ...signed })
      await world.stage.callers.keep(deed, { caller, at: iso(INSTANT) })
      await through(world)
      return anew(world)?.caller
    }
    expect(await proved({})).toEqual(caller)
    const unseen = { notProved: 'the audit had seen no proof of the move' }
    for (const other of [
      { by: 'ben' },
      { reason: 'x' },
      { movedTo: iso(NEW + HOUR) },
      { id: 'b' },
      { schedule: 'x' },
    ])
      expect(await proved(other)).toEqual(unseen)
    expect(await proved({ scheduledAt: iso(INSTANT - HOUR) })).toEqual(unseen)
  })

  it('to an instant before: it rotates then, and is skipped at its own', async () => {
    const world = await moved({ beginsMs: 3 * HOUR }, { to: INSTANT - HOUR, at: INSTANT - 2 * HOUR })
    await world.auditor.every5Minutes(INSTANT - 2 * HOUR, INSTANT - 5 * MINUTE)
    expect(anew(world)).toMatchObject({ status: 'SUCCEEDED' })
    await Promise.all([world.stage.deliver(), through(world, INSTANT + HOUR)])
    expect([old(world)?.reason, calls(world).length]).toEqual(['SKIPPED_ONCE', 1])
  })

  it.each([
    [
      'a hold',
      'HELD',
      async ({ stage }: World) => {
        const who = { by: 'ben', reason: 'incident', placedAt: iso(INSTANT) }
        await stage.holds.place({ id: 'h', scope: 'schedule/nightly', ...who })
      },
    ],
    [
      'a pause of its schedule',
      'PAUSED',
      async ({ stage }: World) => {
        const who = { by: 'nightly', reason: 'it failed', placedAt: iso(INSTANT), schedule: 'nightly' }
        await stage.holds.place({ id: 'p', scope: 'secret/orders', kind: 'pause', ...who })
      },
    ],
    [
      'half a take-back, by whatever means',
      'SKIPPED_ONCE',
      async ({ stage, exception }: World) => {
        await stage.exceptions.cancel(exception, { at: iso(INSTANT + HOUR), by: 'ben' })
      },
    ],
  ])('is bound at the new instant by %s', async (_, reason, stop) => {
    const world = await moved()
    await Promise.all([world.stage.deliver(), world.stage.clock.runUntil(INSTANT + HOUR)])
    await stop(world)
    await through(world)
    expect([anew(world)?.status, anew(world)?.reason, calls(world).length]).toEqual(['SKIPPED', reason, 0])
  })

  it('is bound by a freeze that is deployed meanwhile, and by the window', async () => {
    const freezes = [
      { name: 'new', from: '2026-11-29T04:30', to: '2026-11-29T06:00', timezone: 'UTC', yearly: false },
    ]
    const frozen = await moved({ deployed: { at: INSTANT + HOUR, keptAt: INSTANT + HOUR, freezes } })
    await through(frozen)
    expect(anew(frozen)).toMatchObject({ status: 'SKIPPED', reason: 'FROZEN' })
    const late = await moved({ schedule: { windowSeconds: 60 } })
    await late.stage.clock.runUntil(NEW + 2 * MINUTE)
    await late.auditor.every5Minutes(NEW + 5 * MINUTE, NEW + 10 * MINUTE)
    expect(anew(late)).toMatchObject({ status: 'MISSED', reason: 'NOT_DELIVERED' })
    expect(late.auditor.findings.filter(({ kind }) => kind === 'MISSED')).toMatchObject([
      {
        kind: 'MISSED',
        message: expect.stringContaining(`moved by ana from ${iso(INSTANT)} to ${iso(NEW)}`),
      },
    ])
  })

  it('and whose schedule a deploy has removed, or disabled, is told of', async () => {
    const world = await moved()
    const { stage, auditor } = world
    const [schedule] = stage.config.schedules
    const without = { ...stage.config, schedules: [] }
    for (let at = NEW - 10 * MINUTE; at < NEW + HOUR; at += 5 * MINUTE)
      await auditor.at(at, { config: without })
    const told = auditor.findings.filter(({ key }) => key === `planned ${ID}`)
    expect(told[0]).toMatchObject({
      kind: 'LATE_DELIVERY',
      message: expect.stringContaining('cannot be started'),
    })
    expect(told.at(-1)).toMatchObject({
      kind: 'MISSED',
      message: expect.stringContaining('moved by ana from'),
    })

    const off = await moved()
    const disabled = {
      ...stage.config,
      schedules: [{ ...schedule, enabled: false } as NonNullable<typeof schedule>],
    }
    for (let at = NEW - 10 * MINUTE; at < NEW + HOUR; at += 5 * MINUTE)
      await off.auditor.at(at, { config: disabled })
    expect([anew(off)?.status, calls(off)]).toEqual(['SUCCEEDED', expect.anything()])
  })

  it('in the half second in which its gate was asked: it rotates there, and not again', async () => {
    const stage = simulatedStage({})
    const auditor = auditorOf(stage)
    const ended = stage.deliver()
    await stage.clock.runUntil(INSTANT - 300)
    const { exception, run } = movingOf({ id: ID, from: INSTANT, to: NEW, at: INSTANT - 300 })
    await stage.moves.place(exception, run)
    await auditor.every5Minutes(INSTANT, NEW + HOUR)
    await ended
    const late = { stage, auditor, exception, run }
    expect([old(late)?.status, anew(late)?.reason, calls(late).length]).toEqual([
      'SUCCEEDED',
      'SKIPPED_ONCE',
      1,
    ])
    expect(anew(late)?.message).toMatch(/moved too late: at its own instant, .*SUCCEEDED/)
  })

  it.each([
    ['approved', 'SUCCEEDED', undefined],
    ['rejected', 'SKIPPED', 'NOT_APPROVED'],
    ['not answered', 'SKIPPED', 'NOT_APPROVED'],
  ])('asks for a go-ahead of its own where its schedule wants one: %s', async (answer, status, reason) => {
    const world = await moved({ schedule: { approval: { timeoutSeconds: 1_200 }, noticeSeconds: [5_400] } })
    const { stage, auditor } = world
    const approvalId = approvalIdOf({ name: 'nightly', occasion: ID })
    const asked = () => stage.approvals.get(approvalId)
    await auditor.every5Minutes(INSTANT, NEW - 90 * MINUTE - 1)
    expect(await asked()).toBeUndefined()
    await auditor.at(NEW - 90 * MINUTE)
    expect(await asked()).toMatchObject({ status: 'PENDING', scheduledAt: iso(NEW), secrets: 1 })
    const decision = { status: answer === 'approved' ? 'APPROVED' : 'REJECTED', by: 'ben' } as const
    if (answer !== 'not answered')
      await answerApproval({ approvals: stage.approvals, wake: async () => {} }, approvalId, {
        ...decision,
        at: iso(NEW - HOUR),
      })
    await auditor.every5Minutes(NEW - 10 * MINUTE, NEW + 2 * HOUR)
    expect([anew(world)?.status, anew(world)?.reason]).toEqual([status, reason])
  })

  it('is told of ahead of the new instant, and no more of the old one', async () => {
    const world = await moved(
      { beginsMs: 3 * HOUR, schedule: { noticeSeconds: [3_600] } },
      { at: INSTANT - 2 * HOUR },
    )
    await world.auditor.every5Minutes(INSTANT - 70 * MINUTE, NEW)
    expect(world.auditor.given).toMatchObject([
      {
        scheduledAt: iso(NEW),
        leadSeconds: 3_600,
        late: false,
        moved: { from: iso(INSTANT), id: ID, by: 'ana' },
      },
    ])
  })

  it('twice: only the last of them counts, and the first one’s go-ahead ends with its time', async () => {
    const world = await moved({ schedule: { approval: { timeoutSeconds: 600 }, noticeSeconds: [86_400] } })
    const { stage, auditor, exception } = world
    await auditor.at(INSTANT)
    const next = movingOf({ id: 'bbb', from: INSTANT, to: NEW + HOUR, at: INSTANT + HOUR })
    expect(await stage.moves.place(next.exception, next.run, exception as Moved)).toBe(true)
    await auditor.at(INSTANT + HOUR)
    const approvalId = approvalIdOf({ name: 'nightly', occasion: 'bbb' })
    const yes = { status: 'APPROVED', by: 'ben', at: iso(INSTANT + 2 * HOUR) } as const
    await answerApproval({ approvals: stage.approvals, wake: async () => {} }, approvalId, yes)
    await auditor.every5Minutes(INSTANT + 65 * MINUTE, NEW + 2 * HOUR)
    expect(stage.ledger.rows.get(rotationIdOf('nightly', 'orders', 'bbb'))).toMatchObject({
      ...{ status: 'SUCCEEDED', scheduledAt: iso(NEW + HOUR) },
    })
    expect([anew(world), calls(world).length]).toEqual([undefined, 1])
    expect((await stage.approvals.get(approvalIdOf({ name: 'nightly', occasion: ID })))?.status).toBe(
      'EXPIRED',
    )
    const open: KeptRequest[] = []
    for await (const it of stage.requests.open()) open.push(it)
    expect(open).toEqual([])
  })

  it('where a later config has an occurrence of its own: one of them rotates', async () => {
    const world = await moved()
    const [schedule] = world.stage.config.schedules
    const twice = {
      ...world.stage.config,
      schedules: [{ ...schedule, when: 'cron(0 3,5 * * ? *)' } as NonNullable<typeof schedule>],
    }
    for (let at = INSTANT; at < NEW + HOUR; at += 5 * MINUTE) await world.auditor.at(at, { config: twice })
    expect([anew(world)?.status, calls(world).length]).toEqual(['SUCCEEDED', 1])
    expect(world.stage.ledger.rows.get(rotationIdOf('nightly', 'orders', iso(NEW)))).toMatchObject({
      ...{ status: 'SKIPPED', reason: 'SKIPPED_ONCE' },
      message: expect.stringContaining('to this instant, where it rotates instead'),
    })
  })
})
