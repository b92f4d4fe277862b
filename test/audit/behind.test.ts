import { expect, it } from 'vitest'
import type { AuditPorts } from '../../src/audit/ports.ts'
import type { Reader } from '../../src/model/adoption.ts'
import { endOf, type Handover } from '../../src/model/handover.ts'
import { DAY, HOUR, iso, MINUTE } from '../../src/model/time.ts'
import { standingOf } from '../../src/report/standing.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'
import { auditorOf, rowsOf } from './auditor.ts'

const BATCH = 'arn:aws:iam::111122223333:role/batch'
const CONSUMERS = { consumers: [{ kind: 'ecs' as const, name: 'shop/orders' }] }

/** A stage that has rotated one secret at INSTANT, every night. */
async function rotated(schedule: NonNullable<StageOptions['schedule']>, readers: Reader[] = []) {
  const stage = simulatedStage({ schedule })
  const auditor = auditorOf(stage)
  const name = stage.config.schedules[0]?.name ?? ''
  stage.deliver({ schedule: name, scheduledAt: iso(INSTANT) }).catch(() => {})
  await stage.clock.runUntil(INSTANT + 30 * MINUTE)
  const [row] = rowsOf(stage)
  const run = (at: number, parts: Partial<AuditPorts> = {}) =>
    auditor.at(at, { readers: { of: async () => ({ readers, full: false }) }, ...parts })
  const hand = (state: Handover['consumers'][number]['state']) => {
    const consumers = [{ id: 'ecs:shop/orders', state, since: iso(INSTANT) }]
    const handover = { until: iso(INSTANT), consumers, status: endOf({ consumers }) }
    stage.ledger.rows.set(row?.rotationId ?? '', { ...rowsOf(stage)[0], handover } as never)
  }
  const found = () => auditor.findings.filter(({ kind }) => kind === 'STILL_BEHIND')
  return { stage, auditor, run, hand, found, name }
}
const NEXT = INSTANT + DAY

it('tells within half a day of the next instant, and not before, by one key', async () => {
  const { run, hand, found } = await rotated(CONSUMERS)
  hand('FAILED')
  await run(NEXT - 12 * HOUR - MINUTE)
  expect(found()).toEqual([])
  await run(NEXT - 11 * HOUR)
  expect(found()).toMatchObject([
    {
      message: expect.stringMatching(
        `^it rotates again at ${iso(NEXT)} \\(nightly\\), and since it rotated last: .*: ecs:shop/orders FAILED$`,
      ),
    },
  ])
  await run(NEXT - 9 * HOUR)
  expect(new Set(found().map(({ key }) => key)).size).toBe(1)
})

it.each(['FRESH', 'UNKNOWN'] as const)('tells nothing of one that is %s', async (state) => {
  const { run, hand, found } = await rotated(CONSUMERS)
  hand(state)
  await run(NEXT - 11 * HOUR)
  expect(found()).toEqual([])
})

it('tells of what another schedule rotates, which has the secret by its ARN', async () => {
  const { stage, run, hand, found } = await rotated(CONSUMERS)
  hand('FAILED')
  const [own] = stage.config.schedules
  if (own === undefined) throw new Error('no schedule')
  const [secret = ''] = own.secrets
  const arn = `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${secret}-aB3dE6`
  const { consumers: _, ...rest } = own
  const seldom = { ...own, when: 'cron(0 0 1 1 ? *)' }
  stage.config.schedules.splice(0, 1, seldom, { ...rest, name: 'other', secrets: [arn] })
  await run(NEXT - 11 * HOUR)
  expect(found()).toMatchObject([{ message: expect.stringContaining('(other)') }])
})

it.each([
  ['a prefix', { prefix: 'ord' }],
  ['tags alone', { tags: { team: 'orders' } }],
])('tells of what a selector chooses by %s', async (_, select) => {
  const { stage, run, hand, found } = await rotated(CONSUMERS)
  hand('FAILED')
  const [own] = stage.config.schedules
  const [secret = ''] = own?.secrets ?? []
  const entry = stage.aws.context.state.secrets.get(secret)
  if (own === undefined || entry === undefined) throw new Error('no secret')
  entry.tags.set('team', 'orders')
  stage.config.schedules.splice(0, 1, { ...own, secrets: [], select })
  await run(NEXT - 11 * HOUR)
  expect(found()).toMatchObject([{ secret, message: expect.stringContaining('(nightly)') }])
})

it('stands for status and console until the next look, and no longer than the instant', async () => {
  const { stage, auditor, run, hand } = await rotated(CONSUMERS)
  hand('FAILED')
  const kept = async () => (await auditor.states.get()).state?.behind
  await run(NEXT - 11 * HOUR)
  await run(NEXT - 11 * HOUR + 5 * MINUTE)
  expect(await kept()).toMatchObject([{ at: iso(NEXT), by: 'nightly', schedule: 'nightly' }])
  const standing = async (now: number, exceptions: object[] = []) => {
    const { state: audit } = await auditor.states.get()
    const nothing = { settled: [], unsettled: [], unrecorded: [], approvals: [], holds: [], planned: [] }
    const readings = { ...nothing, exceptions, unknownDeliveries: [], awsFacts: { unknown: 'x' }, audit }
    return standingOf(stage.config, readings as never, now, 5).behind
  }
  expect(await standing(NEXT - HOUR)).toHaveLength(1)
  expect(await standing(NEXT - HOUR, [{ schedule: 'nightly', scheduledAt: iso(NEXT) }])).toEqual([])
  expect(await standing(NEXT + 1)).toEqual([])
  hand('FRESH')
  await run(NEXT - 9 * HOUR)
  expect(await kept()).toBeUndefined()
})

const throttled = async () => {
  throw new Error('throttled')
}
const open = () => ({ [Symbol.asyncIterator]: () => ({ next: throttled }) }) as never

it.each([
  ['what is planned', ({ requests }: AuditPorts) => ({ requests: { ...requests, open } })],
  ['whether it is skipped', () => ({ exceptions: { at: throttled } })],
])('stands where the next look cannot read %s', async (_, broken) => {
  const { auditor, run, hand } = await rotated(CONSUMERS)
  hand('FAILED')
  const kept = async () => (await auditor.states.get()).state?.behind
  await run(NEXT - 11 * HOUR)
  const before = await kept()
  expect(before).toHaveLength(1)
  await run(NEXT - 9 * HOUR, broken(auditor.world))
  expect(await kept()).toEqual(before)
  hand('FRESH')
  await run(NEXT - 7 * HOUR)
  expect(await kept()).toBeUndefined()
})

it('tells nothing where the occurrence is left out, nor where nobody is named', async () => {
  const left = await rotated(CONSUMERS)
  left.hand('WAITING')
  const exception = { id: 'a', schedule: left.name, scheduledAt: iso(NEXT), by: 'ana', reason: 'x' }
  await left.stage.exceptions.place({ ...exception, placedAt: iso(INSTANT) })
  await left.run(NEXT - 11 * HOUR)
  expect(left.found()).toEqual([])
  const bare = await rotated({})
  bare.hand('WAITING')
  await bare.run(NEXT - 11 * HOUR)
  expect(bare.found()).toEqual([])
})

it('tells who was not seen to fetch since; who fetched later is no longer told, and unknown is nobody', async () => {
  const schedule = { adoption: { withinSeconds: 3_600 } }
  const other = { principal: 'arn:aws:iam::111122223333:role/orders', sessions: 1 }
  const heard = { ...other, lastSeen: iso(INSTANT + HOUR) }
  const behind = { principal: BATCH, sessions: 1, lastSeen: iso(INSTANT - DAY) }
  const found = async (readers: Reader[]) => {
    const on = await rotated(schedule, readers)
    await on.run(NEXT - 11 * HOUR)
    return on.found().map(({ message }) => message)
  }
  expect(await found([heard, behind])).toEqual([expect.stringMatching(/role batch not seen to fetch as of/)])
  expect(await found([heard, { ...behind, lastSeen: iso(INSTANT + 2 * HOUR) }])).toEqual([])
  expect(await found([behind])).toEqual([])
  // In the later half of the time nothing was heard: a trail may have stopped.
  expect(await found([{ ...heard, lastSeen: iso(INSTANT + 10 * MINUTE) }, behind])).toEqual([])
})

it('names nobody whom CloudTrail’s history has shown to the audit to have fetched', async () => {
  const seen = {
    principal: 'arn:aws:iam::111122223333:role/orders',
    sessions: 1,
    lastSeen: iso(INSTANT + HOUR),
  }
  const behind = { principal: BATCH, sessions: 1, lastSeen: iso(INSTANT - DAY) }
  const named = async (known: number, fetched: number, lagging: object[]) => {
    const on = await rotated({ adoption: { withinSeconds: 3_600 } }, [seen, behind])
    const [row] = rowsOf(on.stage)
    const adoption = {
      ...{ at: iso(INSTANT + 2 * HOUR), withinSeconds: 3_600, unclear: [], shared: [] },
      ...{ known, fetched, behind: lagging, history: { asked: 'WHOLE' } },
    }
    on.stage.ledger.rows.set(row?.rotationId ?? '', { ...row, adoption } as never)
    await on.run(NEXT - 11 * HOUR)
    return on.found().length
  }
  expect(await named(2, 2, [])).toBe(0)
  expect(await named(2, 1, [behind])).toBe(1)
})

it('stands in a request for a go-ahead that the wave makes, and stops nothing', async () => {
  const { stage, hand, name } = await rotated({ ...CONSUMERS })
  hand('REFRESHING')
  const [schedule] = stage.config.schedules
  Object.assign(schedule ?? {}, { approval: { timeoutSeconds: 600 } })
  const ended = stage.deliver({ schedule: name, scheduledAt: iso(NEXT) })
  await stage.clock.runUntil(NEXT + MINUTE)
  const id = [...stage.approvals.rows.keys()][0] ?? ''
  await stage.approvals.decide(id, { status: 'APPROVED', by: 'ana@desk', at: iso(stage.clock.now()) })
  await stage.clock.runUntil(NEXT + 30 * MINUTE)
  await ended
  const [asked] = [...stage.approvals.rows.values()]
  expect(asked?.behind).toMatchObject([{ behind: ['ecs:shop/orders REFRESHING'], unknown: [] }])
  expect(rowsOf(stage).map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED'])
})
