import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Deliveries, openDeliveries } from '../../src/ledger/deliveries.ts'
import { type Exceptions, openExceptions } from '../../src/ledger/exceptions.ts'
import { type Holds, openHolds } from '../../src/ledger/holds.ts'
import { HANDING_OVER, type Ledger } from '../../src/ledger/ledger.ts'
import { type Moves, openMoves } from '../../src/ledger/moves.ts'
import { type Notices, openNotices } from '../../src/ledger/notices.ts'
import { openTable } from '../../src/ledger/open-table.ts'
import { openPolicies, type Policies } from '../../src/ledger/policies.ts'
import { openRequests, type Requests } from '../../src/ledger/requests.ts'
import { openWaves, type Waves } from '../../src/ledger/waves.ts'
import { beginHandover } from '../../src/model/handover.ts'
import type { Hold, Scope } from '../../src/model/hold.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { memoryExceptions, memoryHolds, memoryMoves, memoryRequests } from '../../src/rehearse/world/deeds.ts'
import { memoryLedger } from '../../src/rehearse/world/ledger.ts'
import {
  memoryDeliveries,
  memoryNotices,
  memoryPolicies,
  memoryWaves,
} from '../../src/rehearse/world/stores.ts'
import { aClaim, localLedger, TABLE } from './table.ts'

/** The simulator's records stand for the table's: what one does, the other must do. */
type Records = {
  ledger: Ledger
  holds: Holds
  exceptions: Exceptions
  moves: Moves
  waves: Waves
  requests: Requests
  policies: Policies
  notices: Notices
  deliveries: Deliveries
}

let table: Awaited<ReturnType<typeof localLedger>>
const both: Record<string, () => Records> = {
  'in DynamoDB': () => ({
    ledger: table.ledger,
    holds: openHolds(openTable(table.client, TABLE)),
    exceptions: openExceptions(openTable(table.client, TABLE)),
    moves: openMoves(openTable(table.client, TABLE)),
    waves: openWaves(openTable(table.client, TABLE)),
    requests: openRequests(openTable(table.client, TABLE)),
    policies: openPolicies(openTable(table.client, TABLE)),
    notices: openNotices(openTable(table.client, TABLE)),
    deliveries: openDeliveries(openTable(table.client, TABLE)),
  }),
  'in the simulator': () => {
    const [exceptions, requests] = [memoryExceptions(), memoryRequests()]
    return {
      exceptions,
      requests,
      moves: memoryMoves(exceptions, requests),
      ledger: memoryLedger(),
      holds: memoryHolds(),
      waves: memoryWaves(),
      policies: memoryPolicies(),
      notices: memoryNotices(),
      deliveries: memoryDeliveries(),
    }
  },
}
beforeAll(async () => {
  table = await localLedger()
})
afterAll(() => table.aws.stop())

const AT = '2026-11-29T03:00:01.000Z'
const all = async <T>(rotations: AsyncGenerator<T>) => {
  const found: T[] = []
  for await (const rotation of rotations) found.push(rotation)
  return found
}

describe.each(Object.keys(both))('records %s', (where) => {
  const records = () => (both[where] as () => Records)()

  it('a record of what others did never stands where a rotation belongs', async () => {
    const { ledger } = records()
    const claim = aClaim({ executionArn: 'ours' })
    const external = { ...claim, schedule: 'external', trigger: 'EXTERNAL', executionArn: 'observe' } as const
    await ledger.record(external, { status: 'SUCCEEDED', at: AT })
    expect(await ledger.claim(claim)).toMatchObject({ status: 'CLAIMED', executionArn: 'ours' })
    expect(await ledger.record(external, { status: 'SUCCEEDED', at: AT })).toMatchObject({
      status: 'CLAIMED',
    })
    expect(await ledger.get(claim.rotationId)).toMatchObject({ trigger: claim.trigger, executionArn: 'ours' })
  })

  it('a handover begins once, is one asker’s a consumer, and ends once', async () => {
    const { ledger } = records()
    const claim = aClaim()
    await ledger.claim(claim)
    const terms = { consumers: ['ecs:shop/api', 'ssm:restart'] }
    const begin = (at: number) => ({ status: 'SUCCEEDED', at: AT, ...beginHandover(terms, at) }) as const
    const open = async () => {
      const found: string[] = []
      for await (const it of ledger.query('unsettled', HANDING_OVER)) found.push(it.rotationId)
      return found.includes(claim.rotationId)
    }
    expect(await open()).toBe(false)
    const begun = await ledger.transition(claim.rotationId, ['CLAIMED'], begin(1_000))
    expect([begun.handover?.status, await open()]).toEqual(['RUNNING', true])
    // What has an outcome hears of no failure any more.
    const failure = { at: AT, message: 'late', final: true }
    expect(await ledger.noteFailure(claim.rotationId, failure)).not.toHaveProperty('failure')
    // Whoever gives it the same outcome again begins nothing anew.
    const [api, restart] = begun.handover?.consumers ?? []
    if (!api || !restart) throw new Error('two consumers were expected')
    const asked = { ...api, state: 'REFRESHING', sentAt: AT } as const
    await ledger.noteConsumer(claim.rotationId, 0, api, asked)
    const again = await ledger.transition(claim.rotationId, ['SUCCEEDED'], begin(2_000))
    expect(again.handover?.consumers).toEqual([asked, restart])
    // Another one, who has not seen that it was asked, may not ask.
    const late = await ledger.noteConsumer(claim.rotationId, 0, api, { ...asked, sentAt: `${AT}-other` })
    expect(late.handover?.consumers[0]).toEqual(asked)
    const fresh = { ...asked, state: 'FRESH' } as const
    await ledger.noteConsumer(claim.rotationId, 0, asked, fresh)
    expect((await ledger.endHandover(claim.rotationId, 'PARTIAL')).handover?.status).toBe('PARTIAL')
    expect(await open()).toBe(false)
    expect((await ledger.endHandover(claim.rotationId, 'SUPERSEDED')).handover?.status).toBe('PARTIAL')
    const after = await ledger.noteConsumer(claim.rotationId, 1, restart, { ...restart, state: 'FRESH' })
    expect(after.handover?.consumers).toEqual([fresh, restart])
  })

  it('a notice is one caller’s to give, until it is given, given back, or its caller is lost', async () => {
    const { notices } = records()
    const at = (minute: number) => `2026-11-29T03:${String(minute).padStart(2, '0')}:00.000Z`
    const [long, lost] = ['2026-11-29T02:00:00.000Z', at(0)]
    expect(await Promise.all([1, 2, 3].map(() => notices.claim('one', at(0), long)))).toEqual(
      expect.arrayContaining([true, false, false]),
    )
    expect(await notices.isGiven('one')).toBe(false)
    // Not lost yet at the very moment; lost after it.
    expect(await notices.claim('one', at(10), lost)).toBe(false)
    expect(await notices.claim('one', at(11), at(1))).toBe(true)
    // Whoever was taken for lost gives nothing back that is another's now.
    await notices.release('one', at(0))
    expect(await notices.claim('one', at(12), long)).toBe(false)
    await notices.release('one', at(11))
    expect(await notices.claim('one', at(12), long)).toBe(true)
    await notices.given('one', at(12))
    expect(await notices.isGiven('one')).toBe(true)
    expect(await notices.claim('one', at(59), at(58))).toBe(false)
    await notices.release('one', at(12))
    expect(await notices.isGiven('one')).toBe(true)
    expect(await notices.claim('another', at(0), long)).toBe(true)
  })

  it('one skip of an occurrence is in force: the first, until it is taken back, and no other', async () => {
    const { exceptions } = records()
    const ana = { id: 'a', schedule: 'skips', scheduledAt: AT, by: 'ana', reason: 'CHG-1', placedAt: AT }
    const ben = { ...ana, id: 'b', by: 'ben' }
    expect(await exceptions.place(ana)).toEqual(ana)
    expect(await exceptions.place(ben)).toEqual(ana)
    expect(await exceptions.cancel(ben, { at: AT, by: 'ben' })).toBe(false)
    expect(await exceptions.at('skips', AT)).toEqual(ana)
    expect(await exceptions.cancel(ana, { at: AT, by: 'ben', reason: 'after all' })).toBe(true)
    expect(await exceptions.at('skips', AT)).toBeUndefined()
    const gone = { ...ana, cancelledAt: AT, cancelledBy: 'ben', cancelReason: 'after all' }
    expect(await exceptions.between(AT, '9999')).toEqual([gone])
    expect(await exceptions.between('0000', AT)).toEqual([])
    expect(await exceptions.place(ben)).toEqual(ben)
    expect(await exceptions.cancel(ana, { at: AT, by: 'ana' })).toBe(false)
    expect(await exceptions.at('skips', AT)).toEqual(ben)
  })

  it('a claim is the first one’s; transitions go where they may, once', async () => {
    const { ledger } = records()
    const claim = aClaim({ executionArn: 'first' })
    const claimed = await ledger.claim(claim)
    expect(await ledger.claim({ ...claim, executionArn: 'second' })).toEqual(claimed)
    const rotating = await ledger.transition(claim.rotationId, ['CLAIMED'], {
      status: 'ROTATING',
      at: AT,
      skewMs: 3,
    })
    expect(rotating).toMatchObject({ status: 'ROTATING', skewMs: 3 })
    expect(await ledger.transition(claim.rotationId, ['CLAIMED'], { status: 'SKIPPED', at: AT })).toEqual(
      rotating,
    )
    const failed = { status: 'TIMED_OUT', at: AT, reason: 'PENDING_VERSION_STUCK', message: 'still' } as const
    expect(await ledger.transition(claim.rotationId, ['ROTATING'], failed)).toMatchObject({
      reason: 'PENDING_VERSION_STUCK',
    })
    const late = await ledger.transition(claim.rotationId, ['TIMED_OUT'], {
      status: 'SUCCEEDED',
      at: AT,
      late: true,
    })
    expect(late).toMatchObject({ status: 'SUCCEEDED', late: true })
    expect(late).not.toHaveProperty('reason')
    expect(late.events).toEqual([
      { at: claim.claimedAt, status: 'CLAIMED' },
      { at: AT, status: 'ROTATING' },
      { at: AT, status: 'TIMED_OUT', reason: 'PENDING_VERSION_STUCK', message: 'still' },
      { at: AT, status: 'SUCCEEDED' },
    ])
    expect(await ledger.get(claim.rotationId)).toEqual(late)
  })

  it('a claim can be taken over while it is only a claim, and then the first holder changes nothing', async () => {
    const { ledger } = records()
    const { rotationId } = await ledger.claim(aClaim({ executionArn: 'first' }))
    expect(await ledger.takeOver(rotationId, 'somebody', 'second', AT)).toMatchObject({
      executionArn: 'first',
    })
    const taken = await ledger.takeOver(rotationId, 'first', 'second', AT)
    expect(taken).toMatchObject({ status: 'CLAIMED', executionArn: 'second' })
    expect(taken.events.at(-1)).toEqual({ at: AT, status: 'CLAIMED', message: 'taken over from first' })
    const change = { status: 'ROTATING', at: AT } as const
    expect(await ledger.transition(rotationId, ['CLAIMED'], change, { by: 'first' })).toEqual(taken)
    const moved = await ledger.transition(rotationId, ['CLAIMED'], change, { by: 'second' })
    expect(moved.status).toBe('ROTATING')
    expect(await ledger.takeOver(rotationId, 'second', 'third', AT)).toEqual(moved)
  })

  it('an outcome without a run is written where there is no record, and is not unsettled', async () => {
    const { ledger } = records()
    const claim = aClaim({ executionArn: 'audit', schedule: `recorded ${where}` })
    const outcome = {
      status: 'MISSED',
      at: AT,
      reason: 'NOT_DELIVERED',
      message: 'no run',
      settledAt: AT,
    } as const
    const missed = await ledger.record(claim, outcome)
    expect(missed).toMatchObject({ ...claim, status: 'MISSED', reason: 'NOT_DELIVERED', settledAt: AT })
    expect(missed.events).toEqual([{ at: AT, status: 'MISSED', reason: 'NOT_DELIVERED', message: 'no run' }])
    expect(await ledger.record(claim, { ...outcome, status: 'SKIPPED' })).toEqual(missed)
    expect(await ledger.claim({ ...claim, executionArn: 'late' })).toEqual(missed)
    expect(await all(ledger.query('bySchedule', claim.schedule))).toEqual([missed])
    const open = await all(ledger.query('unsettled', 'yes'))
    expect(open.map(({ rotationId }) => rotationId)).not.toContain(claim.rotationId)
    // Nor over a claim.
    const claimed = await ledger.claim(aClaim())
    expect(await ledger.record({ ...claim, rotationId: claimed.rotationId }, outcome)).toEqual(claimed)
  })

  it('a reported failure is noted while there is no outcome', async () => {
    const { ledger } = records()
    const failure = { at: AT, message: 'boom', final: true }
    const { rotationId } = await ledger.claim(aClaim())
    expect(await ledger.noteFailure(rotationId, failure)).toMatchObject({ status: 'CLAIMED', failure })
    const ended = await ledger.transition(rotationId, ['CLAIMED'], { status: 'FAILED', at: AT })
    expect(ended).toMatchObject({ failure })
    expect(await ledger.noteFailure(rotationId, { ...failure, message: 'later' })).toEqual(ended)
    await expect(ledger.noteFailure('nobody', failure)).rejects.toThrow(/nobody/)
  })

  it('the first proof stays, and is noted while there is no outcome', async () => {
    const { ledger } = records()
    const { rotationId } = await ledger.claim(aClaim())
    const proof = { at: AT, versionId: rotationId }
    expect(await ledger.noteProof(rotationId, proof)).toMatchObject({ status: 'CLAIMED', proof })
    expect(await ledger.noteProof(rotationId, { ...proof, at: 'later' })).toMatchObject({ proof })
    const other = await ledger.claim(aClaim())
    await ledger.transition(other.rotationId, ['CLAIMED'], { status: 'FAILED', at: AT })
    expect(await ledger.noteProof(other.rotationId, proof)).not.toHaveProperty('proof')
    await expect(ledger.noteProof('nobody', proof)).rejects.toThrow(/nobody/)
  })

  it('a sending is noted by whoever holds the claim, while nothing has started', async () => {
    const { ledger } = records()
    const { rotationId } = await ledger.claim(aClaim({ executionArn: 'run', sending: null }))
    expect(await ledger.get(rotationId)).toMatchObject({ sending: null })
    const sending = { from: AT, labels: { AWSCURRENT: 'v1' }, pending: 'v0' }
    expect(await ledger.noteSending(rotationId, sending, 'other')).toMatchObject({ sending: null })
    expect(await ledger.noteSending(rotationId, sending, 'run')).toMatchObject({ status: 'CLAIMED', sending })
    const again = { ...sending, refused: true } as const
    expect(await ledger.noteSending(rotationId, again, 'run')).toMatchObject({ sending: again })
    const taken = await ledger.takeOver(rotationId, 'run', 'next', AT)
    expect(await ledger.noteSending(rotationId, sending, 'run')).toEqual(taken)
    const ended = await ledger.transition(rotationId, ['CLAIMED'], { status: 'FAILED', at: AT })
    expect(await ledger.noteSending(rotationId, sending, 'next')).toEqual(ended)
    await expect(ledger.noteSending('nobody', sending, 'run')).rejects.toThrow(/nobody/)
  })

  it('attempts are noted by whoever holds a rotation under way, and stand with its outcome', async () => {
    const { ledger } = records()
    const { rotationId } = await ledger.claim(aClaim({ executionArn: 'run' }))
    const attempts = [{ sentAt: AT, endedAt: AT, reason: 'X', evidence: 'no' }, { sentAt: AT }]
    expect(await ledger.noteAttempts(rotationId, attempts, 'run')).not.toHaveProperty('attempts')
    await ledger.transition(rotationId, ['CLAIMED'], { status: 'ROTATING', at: AT })
    expect(await ledger.noteAttempts(rotationId, attempts, 'other')).not.toHaveProperty('attempts')
    expect(await ledger.noteAttempts(rotationId, attempts, 'run')).toMatchObject({ attempts })
    const all = [attempts[0] ?? {}, { sentAt: AT, answer: 'accepted' as const, endedAt: AT }]
    const ended = await ledger.transition(rotationId, ['ROTATING'], {
      status: 'SUCCEEDED',
      at: AT,
      attempts: all,
    })
    expect(ended.attempts).toEqual(all)
    expect(await ledger.noteAttempts(rotationId, attempts, 'run')).toEqual(ended)
    await expect(ledger.noteAttempts('nobody', attempts, 'run')).rejects.toThrow(/nobody/)
  })

  it('how a run ended is noted of what it holds, while that has no outcome', async () => {
    const { ledger } = records()
    const { rotationId } = await ledger.claim(aClaim({ executionArn: 'run' }))
    const runEnd = { executionArn: 'run', status: 'FAILED', at: AT } as const
    expect(await ledger.noteEnd(rotationId, { ...runEnd, executionArn: 'other' })).not.toHaveProperty(
      'runEnd',
    )
    expect(await ledger.noteEnd(rotationId, runEnd)).toMatchObject({ status: 'CLAIMED', runEnd })
    const taken = await ledger.takeOver(rotationId, 'run', 'next', AT)
    expect(await ledger.noteEnd(rotationId, { ...runEnd, status: 'STOPPED' })).toEqual(taken)
    const ended = await ledger.transition(rotationId, ['CLAIMED'], { status: 'FAILED', at: AT })
    expect(await ledger.noteEnd(rotationId, { ...runEnd, executionArn: 'next' })).toEqual(ended)
    await expect(ledger.noteEnd('nobody', runEnd)).rejects.toThrow(/nobody/)
  })

  it('a guess is corrected once, by the run that holds it, and history keeps both', async () => {
    const { ledger } = records()
    const { rotationId } = await ledger.claim(aClaim({ executionArn: 'run' }))
    const guess = { status: 'TIMED_OUT', at: AT, reason: 'X', message: 'lost', guessed: true } as const
    const guessed = await ledger.transition(rotationId, ['CLAIMED'], guess, { by: 'run' })
    expect(guessed).toMatchObject({ status: 'TIMED_OUT', guessed: true })
    const late = { status: 'SUCCEEDED', at: AT, late: true, rotatedAt: AT } as const
    const own = { status: 'FAILED', at: AT, reason: 'VERIFICATION_FAILED', rotatedAt: AT } as const
    expect(await ledger.correct(rotationId, own, 'another')).toEqual(guessed)
    expect(await ledger.transition(rotationId, ['TIMED_OUT'], late)).toMatchObject({
      guessed: true,
      late: true,
    })
    // The secret has been seen to change: who has not seen that knows less.
    expect(await ledger.correct(rotationId, { ...own, rotatedAt: undefined }, 'run')).toMatchObject({
      late: true,
    })
    const corrected = await ledger.correct(rotationId, own, 'run')
    expect(corrected).toMatchObject({ status: 'FAILED', reason: 'VERIFICATION_FAILED', rotatedAt: AT })
    for (const gone of ['guessed', 'late', 'message']) expect(corrected).not.toHaveProperty(gone)
    expect(corrected.events.map(({ status, guessed: by }) => [status, by])).toEqual([
      ['CLAIMED', undefined],
      ['TIMED_OUT', true],
      ['SUCCEEDED', undefined],
      ['FAILED', undefined],
    ])
    expect(await ledger.correct(rotationId, { ...own, status: 'TIMED_OUT' }, 'run')).toEqual(corrected)
    expect(await all(ledger.query('unsettled', 'yes'))).not.toContainEqual(
      expect.objectContaining({ rotationId }),
    )
    await expect(ledger.correct('nobody', own, 'run')).rejects.toThrow(/nobody/)
  })

  it('an unknown rotation is refused, not invented', async () => {
    const { ledger } = records()
    await expect(ledger.transition('nobody', ['CLAIMED'], { status: 'FAILED', at: AT })).rejects.toThrow(
      /nobody/,
    )
    await expect(ledger.takeOver('nobody', 'a', 'b', AT)).rejects.toThrow(/nobody/)
    expect(await ledger.get('nobody')).toBeUndefined()
  })

  it('queries are by key and time, newest first or oldest', async () => {
    const { ledger } = records()
    const schedule = `hourly ${where}`
    const times = ['03', '04', '05'].map((hour) => `2026-11-29T${hour}:00:00.000Z`)
    for (const scheduledAt of times) await ledger.claim(aClaim({ schedule, scheduledAt }))
    const at = (rotations: Rotation[]) => rotations.map(({ scheduledAt }) => scheduledAt)
    expect(at(await all(ledger.query('bySchedule', schedule)))).toEqual(times.toReversed())
    const range = { from: times[0] as string, to: times[2] as string, oldestFirst: true }
    expect(at(await all(ledger.query('bySchedule', schedule, range)))).toEqual(times.slice(0, 2))
  })

  it('a hold counts for what it covers, until it ends or is released', async () => {
    const { holds } = records()
    const scope = 'schedule/nightly'
    const place = { id: 'aaa-aaa-aaa', scope, reason: 'incident', by: 'ana', placedAt: AT } as const
    const ends = '2026-11-29T05:00:00.000Z'
    const placed = { ...place, kind: 'hold', until: ends }
    expect(await holds.place({ ...place, until: ends })).toEqual({ placed, beside: [] })
    const covering = async (scopes: Scope[], at: string) =>
      (await holds.covering(scopes, at)).map(({ id }) => id)
    expect(await covering(['all', scope], AT)).toEqual([place.id])
    expect(await covering(['all', 'schedule/weekly'], AT)).toEqual([])
    expect(await covering([scope], '2026-11-29T04:59:59.999Z')).toEqual([place.id])
    expect(await covering([scope], ends)).toEqual([])
    expect(await holds.release(scope, place.id, 'ben', ends)).toBeUndefined()
    expect(await holds.release(scope, 'zzz-zzz-zzz', 'ben', AT)).toBeUndefined()
    expect(await holds.inForce(AT)).toEqual([placed])
    expect(await holds.inForce(ends)).toEqual([])
    const released = { ...place, kind: 'hold', until: ends, releasedAt: AT, releasedBy: 'ben' }
    expect(await holds.release(scope, place.id, 'ben', AT)).toEqual(released)
    expect(await holds.release(scope, place.id, 'ben', AT)).toBeUndefined()
    expect(await covering([scope], AT)).toEqual([])
    expect(await holds.inForce(AT)).toEqual([])
  })

  it('a pause is a hold of its own kind, which says what it binds', async () => {
    const { holds } = records()
    const pause: Hold = {
      ...{ id: 'ppp-ppp-ppp', scope: 'secret/orders', kind: 'pause', schedule: 'nightly' },
      ...{ reason: 'it failed', by: 'pauseAfter: 3', placedAt: AT },
    }
    expect(await holds.place(pause)).toEqual({ placed: pause, beside: [] })
    expect(await holds.covering(['secret/orders'], AT)).toEqual([pause])
    const released = { ...pause, releasedAt: AT, releasedBy: 'ben' }
    expect(await holds.release('secret/orders', pause.id, 'ben', AT)).toEqual(released)
    expect(await holds.inForce(AT)).toEqual([])
  })

  it('by when some had fetched is noted once it has rotated, until its adoption is', async () => {
    const { ledger } = records()
    const claim = aClaim()
    const { rotationId } = await ledger.claim(claim)
    const [at, firstBy] = ['2026-11-24T03:00:10.000Z', '2026-11-24T03:05:00.000Z']
    const fetching = { known: 2, firstBy }
    expect(await ledger.noteFetching(rotationId, fetching)).not.toHaveProperty('fetching')
    await ledger.transition(rotationId, ['CLAIMED'], {
      status: 'SUCCEEDED',
      at,
      settledAt: at,
      rotatedAt: at,
    })
    expect(await ledger.noteFetching(rotationId, fetching)).toMatchObject({ fetching })
    const adoption = { at, withinSeconds: 3_600, known: 2, fetched: 2, behind: [], unclear: [], shared: [] }
    await ledger.noteAdoption(rotationId, adoption)
    const later = await ledger.noteFetching(rotationId, { ...fetching, allBy: at })
    expect([later.fetching, later.adoption]).toEqual([fetching, adoption])
  })

  it('holds of one scope stack; each is released by itself, and is found afterwards', async () => {
    const { holds } = records()
    const scope = 'secret/stacked'
    const place = (id: string, minute: number, until?: string) =>
      holds.place({
        ...{ id, scope, reason: `incident ${id}`, by: 'ana' },
        placedAt: `2026-11-29T03:0${minute}:00.000Z`,
        ...(until !== undefined && { until }),
      })
    const ids = async (at: string) => (await holds.covering([scope], at)).map(({ id }) => id).sort()
    await place('aaa-aaa-aaa', 1)
    await place('bbb-bbb-bbb', 2, '2026-11-29T03:05:00.000Z')
    await place('ccc-ccc-ccc', 3)
    // The same id again is the same hold, whatever else is said.
    expect(await place('aaa-aaa-aaa', 4, '2030-01-01T00:00:00.000Z')).toMatchObject({
      placed: { placedAt: '2026-11-29T03:01:00.000Z' },
      beside: [{ id: 'bbb-bbb-bbb' }, { id: 'ccc-ccc-ccc' }],
    })
    expect(await ids('2026-11-29T03:04:00.000Z')).toEqual(['aaa-aaa-aaa', 'bbb-bbb-bbb', 'ccc-ccc-ccc'])
    await holds.release(scope, 'aaa-aaa-aaa', 'ben', '2026-11-29T03:06:00.000Z')
    expect(await ids('2026-11-29T03:06:00.000Z')).toEqual(['ccc-ccc-ccc'])
    const since = async (at: string) =>
      (await holds.since(['all', scope], at)).map(({ id, releasedBy = '' }) => `${id} ${releasedBy}`).sort()
    expect(await since(AT)).toEqual(['aaa-aaa-aaa ben', 'bbb-bbb-bbb ', 'ccc-ccc-ccc '])
    expect(await since('2026-11-29T03:05:30.000Z')).toEqual(['aaa-aaa-aaa ben', 'ccc-ccc-ccc '])
    expect(await since('2026-11-29T03:06:00.000Z')).toEqual(['ccc-ccc-ccc '])
    expect(await holds.since(['secret/other'], AT)).toEqual([])
  })

  it('twenty holds of a scope find room, and no more until one ends', async () => {
    const { holds } = records()
    const scope = 'secret/full'
    const place = (n: number, placedAt = AT) =>
      holds.place({
        id: `hold-${n}`,
        scope,
        reason: 'r',
        by: 'ana',
        placedAt,
        until: '2026-11-29T05:00:00.000Z',
      })
    for (let n = 1; n <= 20; n++) expect(await place(n)).toMatchObject({ placed: { id: `hold-${n}` } })
    expect(((await place(21)) as { full: unknown[] }).full).toHaveLength(20)
    await holds.release(scope, 'hold-7', 'ana', AT)
    expect(await place(21)).toMatchObject({ placed: { id: 'hold-21' } })
    expect(await place(22, '2026-11-29T05:00:00.000Z')).toMatchObject({ placed: { id: 'hold-22' } })
    // The other twenty have ended by the clock of whoever placed it, which may be wrong; a day later they are put away.
    expect(await holds.covering([scope], AT)).toHaveLength(21)
    expect(await place(23, '2026-11-30T05:00:01.000Z')).toMatchObject({ placed: { id: 'hold-23' } })
    expect(await holds.covering([scope], AT)).toHaveLength(1)
    expect(await holds.since([scope], AT)).toHaveLength(22)
  })

  it('a request is the first one’s under its id, and is planned until it starts, or is cancelled', async () => {
    const { requests } = records()
    const ids = async () => (await all(requests.open())).map(({ requestId }) => requestId)
    const planned = (requestId: string, scheduledAt: string) => ({
      ...{ requestId, scheduledAt, asked: '[]', payload: '{}', state: 'PLANNED' as const },
      ...{ askedAt: AT, by: 'ana', reason: 'CHG-1' },
    })
    const later = await requests.keep(planned('later', '2026-12-02T03:00:00.000Z'))
    expect(later.events).toEqual([{ at: AT, state: 'PLANNED', by: 'ana', reason: 'CHG-1' }])
    expect(await requests.keep({ ...planned('later', AT), by: 'ben' })).toEqual(later)
    expect(await requests.get('later')).toEqual(later)
    const sooner = await requests.keep(planned('sooner', '2026-12-01T03:00:00.000Z'))
    await requests.keep({ ...planned('now', AT), state: 'STARTED' })
    expect(await ids()).toEqual(['now', 'sooner', 'later'])
    await requests.close('now')
    // Started, and open until its run is seen; then it cannot be cancelled any more.
    const start = { at: AT, state: 'STARTED' } as const
    const started = { ...sooner, state: 'STARTED', events: [...sooner.events, start] }
    expect(await requests.move('sooner', ['PLANNED'], start)).toEqual(started)
    const cancel = { at: AT, state: 'CANCELLED', by: 'ben', reason: 'moved' } as const
    expect(await requests.move('sooner', ['PLANNED'], cancel)).toEqual(started)
    expect(await ids()).toEqual(['sooner', 'later'])
    await requests.close('sooner')
    expect(await requests.move('later', ['PLANNED', 'STARTED'], cancel)).toMatchObject({ state: 'CANCELLED' })
    expect((await requests.move('later', ['PLANNED'], start))?.events.at(-1)).toEqual(cancel)
    expect(await ids()).toEqual([])
    expect(await requests.get('sooner')).toEqual(started)
    expect(await requests.move('nobody', ['PLANNED'], cancel)).toBeUndefined()
    await expect(requests.close('nobody')).rejects.toThrow()
  })

  it('a move is all of it or nothing: its two instants, its run, and what it was before', async () => {
    const { exceptions, moves, requests } = records()
    const name = `moved ${where}`
    const [from, a, b] = ['2040-06-01T03:00:00.000Z', '2040-06-01T14:00:00.000Z', '2040-06-02T14:00:00.000Z']
    const who = { by: 'ana', reason: 'CHG-1', placedAt: AT }
    const movedTo = (id: string, to: string, of = from) => ({
      ...{ id: `${id} ${where}`, schedule: name, scheduledAt: of, movedTo: to, ...who },
    })
    const runOf = ({ id, movedTo: scheduledAt }: { id: string; movedTo: string }) => ({
      ...{ requestId: id, asked: '', payload: '{}', scheduledAt, state: 'PLANNED' as const, askedAt: AT },
    })
    const ids = async () => {
      const found: string[] = []
      for await (const { requestId, state } of requests.open())
        if (state === 'PLANNED' && requestId.endsWith(where)) found.push(requestId)
      return found
    }
    const [one, two, other] = [movedTo('one', a), movedTo('two', b), movedTo('other', a, b)]
    expect(await moves.place(one, runOf(one))).toBe(true)
    expect(await exceptions.at(name, from)).toEqual(one)
    expect(await exceptions.at(name, a)).toMatchObject({ id: one.id, scheduledAt: a, movedFrom: from })
    expect(await exceptions.find(one.id)).toEqual(one)
    expect(await exceptions.between(from, b)).toEqual([one])
    // Again; another there; elsewhere, by whoever has not seen the first.
    for (const it of [one, other, two]) expect(await moves.place(it, runOf(it))).toBe(false)
    expect(await ids()).toEqual([one.id])
    expect([await requests.get(other.id), await exceptions.at(name, b)]).toEqual([undefined, undefined])

    expect(await moves.place(two, runOf(two), one)).toBe(true)
    expect([await exceptions.at(name, a), await exceptions.find(one.id)]).toEqual([undefined, undefined])
    expect(await requests.get(one.id)).toMatchObject({
      events: [{ state: 'PLANNED' }, { state: 'CANCELLED', by: 'ana', reason: `moved to ${b}` }],
    })
    expect(await ids()).toEqual([two.id])

    const by = { at: AT, by: 'ben', reason: 'no' }
    expect(await moves.cancel(one, by, false)).toBe(false)
    await requests.move(two.id, ['PLANNED'], { at: AT, state: 'STARTED' })
    // What has started is neither moved on nor taken back.
    const three = movedTo('three', a)
    expect([await moves.place(three, runOf(three), two), await moves.cancel(two, by, false)]).toEqual([
      ...[false, false],
    ])
    expect(await exceptions.at(name, from)).toEqual(two)
  })

  it.each([false, true])(
    'a move that is taken back leaves the occurrence as it was, or left out: %s',
    async (gone) => {
      const { exceptions, moves, requests } = records()
      const [name, from, to] = [
        `back ${gone} ${where}`,
        '2040-06-01T03:00:00.000Z',
        '2040-06-01T14:00:00.000Z',
      ]
      const who = { by: 'ana', reason: 'CHG-1', placedAt: AT }
      const moved = { id: name, schedule: name, scheduledAt: from, movedTo: to, ...who }
      const run = { requestId: name, asked: '', payload: '{}', scheduledAt: to, state: 'PLANNED' as const }
      await moves.place(moved, { ...run, askedAt: AT })
      const by = { at: AT, by: 'ben' }
      expect(await moves.cancel(moved, by, gone)).toBe(true)
      const { movedTo: _, ...left } = moved
      expect(await exceptions.at(name, from)).toEqual(gone ? left : undefined)
      expect(await exceptions.at(name, to)).toBeUndefined()
      expect(await requests.get(name)).toMatchObject({ state: 'CANCELLED' })
      expect(await moves.cancel(moved, by, gone)).toBe(false)
      // It can be moved anew.
      const anew = { ...moved, id: `anew ${name}` }
      if (!gone) expect(await moves.place(anew, { ...run, askedAt: AT, requestId: anew.id })).toBe(true)
    },
  )

  it('a policy gives way to one that a later audit has written, and to no other', async () => {
    const { policies } = records()
    const policy = (version: string, at: string) => ({
      ...{ configVersion: version, at, freezes: [], disabled: ['a'], schedules: ['b'] },
    })
    const first = policy('one', '2026-11-29T03:00:00.000Z')
    await policies.put(first)
    expect(await policies.get()).toEqual(first)
    await policies.put(policy('older', '2026-11-29T02:59:59.999Z'))
    await policies.put(policy('same', first.at))
    expect(await policies.get()).toEqual(first)
    const second = policy('two', '2026-11-29T03:05:00.000Z')
    await policies.put(second)
    expect(await policies.get()).toEqual(second)
  })

  it('a wave stays as it was first noted, and a failure counts once', async () => {
    const { waves } = records()
    expect(await waves.get('a#1')).toBeUndefined()
    const wave = { schedule: 'a', scheduledAt: AT, startedAt: AT, secrets: 3, executionArn: 'first' }
    expect(await waves.start('a#1', wave)).toEqual({ ...wave, failed: [] })
    expect(await waves.start('a#1', { ...wave, secrets: 1, executionArn: 'second' })).toEqual({
      ...wave,
      failed: [],
    })
    for (const id of ['x', 'y', 'x']) await waves.noteFailure('a#1', id, 9)
    const noted = await waves.get('a#1')
    expect({ ...noted, failed: noted?.failed.toSorted() }).toEqual({ ...wave, failed: ['x', 'y'] })
    for (const id of ['v', 'w']) await waves.noteFailure('a#1', id, 3)
    expect((await waves.get('a#1'))?.failed.toSorted()).toEqual(['v', 'x', 'y'])
    await waves.forgetFailure('a#1', 'v')
    expect((await waves.get('a#1'))?.failed.toSorted()).toEqual(['x', 'y'])
    expect(await waves.takeOver('a#1', 'somebody', 'second')).toMatchObject({ executionArn: 'first' })
    expect((await waves.takeOver('a#1', 'somebody', 'second', ['x']))?.canaries).toBeUndefined()
    expect(await waves.takeOver('a#1', 'first', 'second')).toMatchObject({
      executionArn: 'second',
      secrets: 3,
    })
    expect((await waves.takeOver('a#1', 'second', 'third', ['x']))?.canaries).toEqual(['x'])
    expect(await waves.takeOver('a#1', 'third', 'fourth', ['y'])).toMatchObject({
      ...{ executionArn: 'fourth', canaries: ['x'], secrets: 3 },
    })
  })

  it('failures are noted up to those that stop a wave, and beyond while one of them is a guess', async () => {
    const { waves } = records()
    const wave = { schedule: 'a', scheduledAt: AT, startedAt: AT, secrets: 9, executionArn: 'first' }
    const failedOf = async (id: string) => (await waves.get(id))?.failed.toSorted()
    for (const id of ['sure', 'guessed', 'confirmed']) await waves.start(id, wave)

    for (const id of ['a', 'b', 'c']) await waves.noteFailure('sure', id, 2)
    expect(await failedOf('sure')).toEqual(['a', 'b'])

    await waves.noteGuess('guessed', 'lost')
    for (const id of ['a', 'b', 'c']) await waves.noteFailure('guessed', id, 2)
    expect(await waves.get('guessed')).toEqual({ ...wave, failed: expect.anything() })
    // It had succeeded: two that failed for certain stop the wave all the same.
    await waves.forgetFailure('guessed', 'lost')
    expect(await failedOf('guessed')).toEqual(['a', 'b', 'c'])
    await waves.noteFailure('guessed', 'd', 2)
    expect(await failedOf('guessed')).toEqual(['a', 'b', 'c'])

    await waves.noteGuess('confirmed', 'lost')
    await waves.noteFailure('confirmed', 'lost', 2)
    for (const id of ['a', 'b']) await waves.noteFailure('confirmed', id, 2)
    expect(await failedOf('confirmed')).toEqual(['a', 'lost'])
  })

  it('a local occurrence keeps the occasion under which it was begun first', async () => {
    const { waves } = records()
    const local = `nightly#America/Winnipeg#2026-11-29T03:00:00 ${where}`
    expect(await waves.begun(local)).toBeUndefined()
    expect(await waves.begin(local, 'first', AT)).toBe('first')
    expect(await waves.begin(local, 'second', AT)).toBe('first')
    expect(await waves.begun(local)).toBe('first')
  })

  it('the last unknown delivery of each schedule is kept, for a while', async () => {
    const { deliveries } = records()
    const delivery = {
      ...{ schedule: 'nightly', timezone: 'America/Winnipeg', takenFor: 'UNKNOWN' as const },
      ...{ deliveredFor: AT, zoneData: '2026f', runtimeZoneData: '2026c' },
    }
    await deliveries.note({ ...delivery, at: '2026-11-28T00:00:00.000Z' })
    await deliveries.note({ ...delivery, at: AT })
    await deliveries.note({ ...delivery, schedule: 'old', at: '2026-11-01T00:00:00.000Z' })
    expect(await deliveries.since('2026-11-15T00:00:00.000Z')).toEqual([{ ...delivery, at: AT }])
  })
})
