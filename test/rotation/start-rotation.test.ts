import { describe, expect, it } from 'vitest'
import type { Seen } from '../../src/aws/secrets.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { DEFAULT_TOLERANCES } from '../../src/model/tolerances.ts'
import { memoryLedger } from '../../src/rehearse/world/ledger.ts'
import { checkAhead } from '../../src/rotation/check-ahead.ts'
import type { Ports } from '../../src/rotation/ports.ts'
import { ledgerRetry, NotYet, refusalOrRetry, timeForAnother, windowRetry } from '../../src/rotation/retry.ts'
import {
  describeNewcomers,
  noteRefused,
  noteSending,
  noteUnanswered,
  recallSendings,
  type Sendings,
} from '../../src/rotation/sendings.ts'
import { type Startable, startRotation } from '../../src/rotation/start-rotation.ts'
import { giveUp, startedVersion, startFacts } from '../../src/rotation/started.ts'

const AT = Date.parse('2026-11-29T03:00:00Z')
const iso = (instant: number) => new Date(instant).toISOString()
const ID = '7fff0000-0000-4000-8000-000000000000'
const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders-Ab12Cd'
const TARGET: Startable = {
  ...{ scheduledAt: AT, windowSeconds: 600, trigger: 'SCHEDULE', name: 'nightly' },
  ...{ occasion: iso(AT), secret: 'orders', rotationId: ID },
}

type Labels = Record<string, string[]>
const BEFORE: Labels = { first: ['AWSCURRENT'] }
const shown = (versions: Labels = BEFORE, more: object = {}) => ({
  secret: {
    ...{ $metadata: {}, ARN, Name: 'orders', RotationLambdaARN: 'arn', RotationEnabled: true },
    ...{ VersionIdsToStages: versions, ...more },
  },
})
const error = (name: string, more: object = {}) => Object.assign(new Error('words'), { name, ...more })
const throttled = error('ThrottlingException')
const lost = error('TimeoutError')

/** What AWS answers at this moment (ms after the instant); thrown where it is an error. */
type Script = {
  describe?: (ms: number) => Seen | Error
  rotate?: (ms: number, sending: number) => Awaited<ReturnType<Ports['secrets']['rotate']>> | Error
  /** From when on a hold is to be read, ms after the instant. */
  holdsFrom?: number
  /** Why holds cannot be read. */
  holds?: (ms: number) => Error | undefined
  now?: number
}

/** One rotation, claimed by us, in a world that goes by this script and in which only sleeping takes time. */
async function world({ now = -2_000, describe = () => shown(), rotate, holdsFrom, holds }: Script = {}) {
  let clock = AT + now
  const ledger = memoryLedger()
  await ledger.claim({
    ...{ rotationId: ID, schedule: 'nightly', secret: 'orders', secretName: 'orders', scheduledAt: iso(AT) },
    ...{ trigger: 'SCHEDULE', claimedAt: iso(AT), executionArn: 'us', configVersion: 'one', sending: null },
  })
  /** In order, with ms after the instant. */
  const did: [what: string, ms: number][] = []
  const ms = () => clock - AT
  const asAnswered = <T>(answer: T | Error): Promise<T> =>
    answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer as T)
  let sending = 0
  const ports = {
    ...{ config: { freezes: [], schedules: [] }, executionArn: 'us', ledger, log: () => {} },
    now: () => clock,
    sleepUntil: async (instant: number) => {
      clock = Math.max(clock, instant)
    },
    secrets: {
      async describe() {
        did.push(['describe', ms()])
        return asAnswered(describe(ms()))
      },
      async rotate() {
        did.push(['rotate', ms()])
        return asAnswered(rotate?.(ms(), ++sending) ?? { versionId: ID })
      },
    },
    holds: {
      async covering() {
        did.push(['holds', ms()])
        const unread = holds?.(ms())
        if (unread) throw unread
        const held = holdsFrom !== undefined && ms() >= holdsFrom
        return held ? [{ id: 'h', scope: 'all', reason: 'x', by: 'ana', placedAt: iso(AT) }] : []
      },
    },
    policies: { get: async () => undefined },
    exceptions: { at: async () => undefined },
    waves: { get: async () => undefined },
    calendarState: async () => {
      did.push(['calendars', ms()])
      return { state: 'OPEN' }
    },
  } as unknown as Ports
  const sendings: Sendings = {}
  const start = (more: Partial<Startable> = {}, attempt = 1) =>
    startRotation(ports, { ...TARGET, ...more }, sendings, attempt)
  const at = (what: string) => did.filter(([it]) => it === what).map(([, when]) => when)
  return { ports, ledger, did, at, start, sendings, row: () => ledger.rows.get(ID) as Rotation }
}

describe('a sending', () => {
  it('is looked for, barred half a second before, and goes out at the instant', async () => {
    const it = await world()
    const started = await it.start({ changeCalendars: ['company'] })
    expect(it.did).toEqual([
      ['describe', -2_000],
      ['calendars', -2_000],
      ['holds', -500],
      ['rotate', 0],
    ])
    expect(started).toEqual({
      ...{ versionId: ID, secretArn: ARN, previousVersionId: 'first' },
      ...{ startedAt: AT, observedAt: AT },
    })
    expect(it.row().sending).toEqual({ from: iso(AT), labels: { AWSCURRENT: 'first' } })
  })

  it.each([
    ['the look', { describe: (ms: number) => (ms < -1_950 ? throttled : shown()) }],
    ['the gate', { holds: (ms: number) => (ms <= -500 ? throttled : undefined) }],
  ])('waits a fraction of a second where %s gets no answer, and no whole ones', async (_, script) => {
    const it = await world(script)
    expect(await it.start()).toMatchObject({ versionId: ID })
    expect(it.at('rotate')).toHaveLength(1)
    expect(it.at('rotate')[0]).toBeLessThan(300)
  })

  it('goes out at once where it is late, and is noted as of then', async () => {
    const it = await world({ now: 5_000 })
    expect(await it.start()).toMatchObject({ startedAt: AT + 5_000 })
    expect(it.row().sending?.from).toBe(iso(AT + 5_000))
  })

  it.each([
    ['between the look and the call', -500, 'HELD'],
    ['in the last half second', -499, undefined],
  ])('with a hold placed %s: %s ms', async (_, holdsFrom, reason) => {
    const it = await world({ holdsFrom })
    const ended = await it.start()
    expect('refusal' in ended ? ended.refusal.reason : undefined).toBe(reason)
    expect(it.at('rotate')).toHaveLength(reason ? 0 : 1)
  })

  it.each([
    ['note is slow, and a hold is placed meanwhile', 2_001, 'HELD', [-500, 1_501]],
    ['note takes a moment', 2_000, undefined, [-500]],
  ])('whose %s: it is barred by what is known then', async (_, slowMs, reason, read) => {
    const it = await world({ holdsFrom: -499 })
    const { noteSending } = it.ledger
    it.ports.ledger.noteSending = async (...note) => {
      await it.ports.sleepUntil(it.ports.now() + slowMs)
      return noteSending(...note)
    }
    const ended = await it.start()
    expect('refusal' in ended ? ended.refusal.reason : undefined).toBe(reason)
    expect(it.at('holds')).toEqual(read)
    expect(it.at('rotate')).toHaveLength(reason ? 0 : 1)
  })

  it.each([
    ['a hold is placed while they are read again', 1, { refusal: { reason: 'HELD' } }],
    ['they take long each time', 99, 'to read it took longer than 2 s, 3 times'],
  ])('where what bars it is read slowly, and %s: it goes by nothing old', async (_, slow, expected) => {
    const it = await world({ holdsFrom: slow === 1 ? 1_502 : Number.POSITIVE_INFINITY })
    const { noteSending } = it.ledger
    it.ports.ledger.noteSending = async (...note) => {
      await it.ports.sleepUntil(AT + 1_501)
      return noteSending(...note)
    }
    let reads = 0
    it.ports.policies.get = async () => {
      if (it.ports.now() > AT && reads++ < slow) await it.ports.sleepUntil(it.ports.now() + 2_001)
      return undefined
    }
    const ended = await it.start().catch(({ message }) => message)
    if (typeof expected === 'string') expect(ended).toContain(expected)
    else expect(ended).toMatchObject(expected)
    expect(it.at('holds').slice(0, 3)).toEqual([-500, 1_501, 3_502])
    expect(it.at('rotate')).toHaveLength(0)
  })

  it.each([
    ['a closed Change Calendar', { changeCalendars: ['company'] }, 'CALENDAR_CLOSED'],
    ['failures of its wave', { maxErrors: 1 }, 'WAVE_STOPPED'],
  ])('is not sent after %s, nor is anything waited for', async (_, more, reason) => {
    const it = await world()
    it.ports.calendarState = async () => ({ state: 'CLOSED' })
    it.ports.waves.get = async () => ({ failed: ['x'] }) as never
    expect(await it.start(more)).toMatchObject({ refusal: { reason } })
    expect(it.did).toEqual([['describe', -2_000]])
  })

  it('is the last of this execution where another one has taken the rotation over', async () => {
    const it = await world()
    await it.ledger.takeOver(ID, 'us', 'them', iso(AT))
    expect(await it.start()).toMatchObject({ lostTo: { executionArn: 'them' } })
    expect(it.at('rotate')).toEqual([])
    const settled = await world()
    await settled.ledger.transition(ID, ['CLAIMED'], { status: 'FAILED', at: iso(AT) })
    expect(await settled.start()).toMatchObject({ lostTo: { status: 'FAILED' } })
    expect(settled.at('rotate')).toEqual([])
  })

  it('of a version with another id says so, and follows that', async () => {
    const it = await world({ rotate: () => ({ versionId: 'other' }) })
    expect(await it.start()).toMatchObject({
      versionId: 'other',
      message: `Secrets Manager answered version other to the token ${ID}: that version is followed`,
    })
  })
})

describe('sendings that AWS throttles', () => {
  it('are five in one try, each pause about double the last', async () => {
    const it = await world({ rotate: () => throttled })
    await expect(it.start()).rejects.toBe(throttled)
    const sent = it.at('rotate')
    expect(sent).toHaveLength(5)
    const pauses = sent.slice(1).map((when, index) => when - (sent[index] ?? 0))
    for (const [index, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(100 * 2 ** index)
      expect(pause).toBeLessThanOrEqual(300 * 2 ** index)
    }
    // The rotation's id moves each of them elsewhere: 0x7fff of 0xffff is the middle, 0xfff0 the end.
    expect(pauses[0]).toBe(200)
    expect(pauses[1]).toBe(600)
    // Each with a look, and a gate, of its own.
    expect(it.at('describe')).toHaveLength(5)
    expect(it.at('holds')).toHaveLength(5)
  })

  it('leave a record that doubts nothing, and no doubt in the outcome', async () => {
    const it = await world({ rotate: () => throttled })
    await expect(it.start()).rejects.toBe(throttled)
    expect(it.row().sending).toMatchObject({ refused: true })
    expect(it.sendings.open).toBeUndefined()
  })

  it('that may have been heard leave a record that does', async () => {
    const it = await world({ rotate: () => lost })
    await expect(it.start()).rejects.toBe(lost)
    expect(it.row().sending).not.toHaveProperty('refused')
    expect(it.sendings.open).toMatchObject({ from: AT })
  })

  it.each([
    ['ends as the window does, with nothing sent past it', 1, [0, 200, 800]],
    ['is one where the first pause would reach its end', 0.2, [0]],
    ['has its second in the last millisecond', 0.201, [0, 200]],
  ])('the last try %s', async (_, windowSeconds, sent) => {
    const it = await world({ rotate: () => throttled })
    expect(await it.start({ windowSeconds })).toEqual({
      refusal: { reason: 'THROTTLED', message: 'the last try ended in ThrottlingException: words' },
    })
    expect(it.at('rotate')).toEqual(sent)
  })

  it('are tried again as long as the next try falls inside the window', async () => {
    // The fifth sending is at 4,750 ms; the pause after a third try is 4 s.
    const last = await world({ rotate: () => throttled })
    await expect(last.start({}, 3)).rejects.toBe(throttled)
    const [end = 0] = last.at('rotate').slice(-1)
    const inside = await world({ rotate: () => throttled })
    await expect(inside.start({ windowSeconds: (end + 4_001) / 1_000 }, 3)).rejects.toBe(throttled)
    const over = await world({ rotate: () => throttled })
    expect(await over.start({ windowSeconds: (end + 4_000) / 1_000 }, 3)).toMatchObject({
      refusal: { reason: 'THROTTLED' },
    })
  })
})

describe('where this account attempts a version again that it knows', () => {
  const careful = async (script: Script, sendings?: Sendings) => {
    const it = await world(script)
    const ports = { ...it.ports, tolerances: { ...DEFAULT_TOLERANCES, resendMs: 20_000 } }
    return { ...it, start: (more = {}) => startRotation(ports, { ...TARGET, ...more }, sendings ?? {}, 1) }
  }

  it('the next sending comes once the version of the last would show', async () => {
    const it = await careful({ rotate: (_, sending) => (sending === 1 ? lost : { versionId: ID }) })
    await it.start()
    expect(it.at('rotate')).toEqual([0, 20_000])
  })

  it('and not at all where it does', async () => {
    const seen = { first: ['AWSCURRENT'], [ID]: ['AWSPENDING'] }
    const it = await careful({ rotate: () => lost, describe: (ms) => shown(ms >= 20_000 ? seen : BEFORE) })
    expect(await it.start()).toMatchObject({ versionId: ID, startedAt: AT })
    expect(it.at('rotate')).toEqual([0])
  })

  it('nor past the window: it ends with it', async () => {
    const it = await careful({ rotate: () => lost })
    expect(await it.start({ windowSeconds: 10 })).toMatchObject({ refusal: { reason: 'WINDOW_CLOSED' } })
    expect(it.at('rotate')).toEqual([0])
  })

  it('what an earlier process may have sent counts from now on, once', async () => {
    const it = await careful({ now: 5_000 })
    await it.ledger.noteSending(ID, { from: iso(AT), labels: { AWSCURRENT: 'first' } }, 'us')
    await it.start()
    expect(it.at('rotate')).toEqual([25_000])
  })

  it('what AWS has refused is sent again as everywhere', async () => {
    const it = await careful({ rotate: (_, sending) => (sending === 1 ? throttled : { versionId: ID }) })
    await it.start()
    expect(it.at('rotate')).toEqual([0, 200])
  })
})

describe('a look that finds our version', () => {
  const ours = (...labels: string[]) => ({ first: ['AWSCURRENT'], [ID]: labels })

  it('is no success of ours where no run has let a call out', async () => {
    const it = await world({ describe: () => shown(ours('AWSPENDING')) })
    expect(await it.start()).toMatchObject({ refusal: { reason: 'VERSION_ID_TAKEN' } })
    expect(it.at('rotate')).toEqual([])
  })

  it('is what an earlier process has sent, at a time that nobody saw', async () => {
    const it = await world({ describe: () => shown(ours('AWSPENDING')) })
    const labels = { AWSCURRENT: 'first' }
    await it.ledger.noteSending(ID, { from: iso(AT), labels }, 'us')
    expect(await it.start()).toEqual({
      ...{ versionId: ID, secretArn: ARN, previousVersionId: 'first', observedAt: AT - 2_000 },
      message: `found started: an earlier try had called RotateSecret at ${iso(AT)} or later and was interrupted`,
    })
    expect(it.at('rotate')).toEqual([])
  })

  it('has the version that it has replaced, once it is current', async () => {
    const describe = () => shown({ first: ['AWSPREVIOUS'], [ID]: ['AWSCURRENT'] })
    const it = await world({ describe })
    await it.ledger.noteSending(ID, { from: iso(AT), labels: { AWSCURRENT: 'first' } }, 'us')
    expect(await it.start()).toMatchObject({ versionId: ID, previousVersionId: 'first' })
  })

  it('after a lost answer has its own start', async () => {
    const it = await world({
      rotate: () => lost,
      describe: (ms) => shown(ms > 0 ? ours('AWSPENDING') : BEFORE),
    })
    expect(await it.start()).toMatchObject({ versionId: ID, startedAt: AT, observedAt: AT + 200 })
    expect(it.at('rotate')).toEqual([0])
  })

  it('after a refusal is that of a sending before it', async () => {
    const refusal = { reason: 'ROTATION_REFUSED', message: 'used' } as const
    let sent = false
    const it = await world({
      rotate: () => {
        sent = true
        return { refusal }
      },
      describe: () => shown(sent ? ours('AWSPENDING') : BEFORE),
    })
    expect(await it.start()).toMatchObject({ versionId: ID, previousVersionId: 'first' })
    expect([it.at('describe').length, it.at('rotate')]).toEqual([2, [0]])
  })

  it('or that of the earlier one which a lost call has made AWS finish', async () => {
    const stuck = { first: ['AWSCURRENT'], stuck: ['AWSPENDING'] }
    const done = { first: ['AWSPREVIOUS'], stuck: ['AWSCURRENT'] }
    const it = await world({ rotate: () => lost, describe: (ms) => shown(ms > 500 ? done : stuck) })
    const started = await it.start()
    expect(started).toMatchObject({ adopted: true, versionId: 'stuck', previousVersionId: 'first' })
    // Either of the two may have made AWS finish it.
    expect(started).not.toHaveProperty('startedAt')
    // Not while it is pending still.
    expect(it.at('rotate')).toEqual([0, 200])
  })

  it('is none of two sendings’ without an answer, whatever a look between them showed', async () => {
    const answers: (Error | { versionId: string })[] = [lost, lost]
    const describe = (ms: number) => shown(ms > 500 ? ours('AWSPENDING') : BEFORE)
    const it = await world({ rotate: () => answers.shift() ?? { versionId: ID }, describe })
    const started = await it.start()
    expect(started).toMatchObject({ versionId: ID })
    expect(started).not.toHaveProperty('startedAt')
    expect(it.at('rotate')).toEqual([0, 200])
  })

  it('nor is it the answered one’s, as the other may only not have shown yet', async () => {
    const it = await world({ rotate: (_, sending) => (sending === 1 ? lost : { versionId: 'other' }) })
    const started = await it.start()
    expect(started).toMatchObject({ versionId: 'other' })
    expect(started).not.toHaveProperty('startedAt')
    expect((started as { message?: string }).message).toMatch(
      /^started by one of up to 2 calls since .*: by which is not known; Secrets Manager answered version other/,
    )
  })

  it('is not that of an earlier one which was finished before the call: the look before it was old', async () => {
    const stuck = shown({ first: ['AWSCURRENT'], stuck: ['AWSPENDING'] })
    const look = async (changedMs: number) => {
      const done = shown(
        { first: ['AWSPREVIOUS'], stuck: ['AWSCURRENT'] },
        { LastChangedDate: new Date(AT + changedMs) },
      )
      const it = await world({
        rotate: (_, sending) => (sending === 1 ? lost : { versionId: ID }),
        describe: (ms) => (ms > 0 ? done : stuck),
      })
      return it.start()
    }
    const before = await look(-1_001)
    expect(before).toMatchObject({ versionId: ID })
    expect(before).not.toHaveProperty('adopted')
    // Clocks differ.
    expect(await look(-1_000)).toMatchObject({ versionId: 'stuck', adopted: true, startedAt: AT })
  })

  it('nor where the call has made a version of another id: the secret has changed by that one (seed 4056897)', async () => {
    const stuck = shown({ first: ['AWSCURRENT'], stuck: ['AWSPENDING'] })
    const done = shown(
      { first: ['AWSPREVIOUS'], stuck: ['AWSCURRENT'], 'other-id': ['AWSPENDING'] },
      { LastChangedDate: new Date(AT + 20) },
    )
    const it = await world({
      rotate: (_, sending) => (sending === 1 ? lost : { versionId: 'other-id' }),
      describe: (ms) => (ms > 0 ? done : stuck),
    })
    expect(await it.start()).toMatchObject({ versionId: 'other-id' })
  })

  it('waits for what others may have sent: the record that cannot be read is asked again', async () => {
    const it = await world()
    it.ports.ledger.get = () => Promise.reject(lost)
    await expect(it.start()).rejects.toThrow('TimeoutError: words')
    expect(it.at('rotate')).toEqual([])
    await expect(it.start({ windowSeconds: 1 })).rejects.toThrow('TimeoutError: words')
  })

  it('is in doubt where that cannot be read long after the window', async () => {
    const it = await world({ now: 611_000 })
    it.ports.ledger.get = () => Promise.reject(lost)
    expect(await it.start({ windowSeconds: 10 }, 9)).toMatchObject({
      refusal: {
        reason: 'GATE_UNREADABLE',
        message: expect.stringMatching(/ A call may have been sent at .* could not be seen$/),
      },
    })
  })
})

describe('what AWS says no to', () => {
  const denied = { refusal: { reason: 'ACCESS_DENIED', message: 'denied' }, tries: 3 } as const

  it.each([
    ['a look', { describe: () => denied }, 0, false],
    ['a sending', { rotate: () => denied }, 1, false],
    [
      'a look after a sending',
      { rotate: () => ({ pending: true }) as const, describe: afterSending(denied) },
      1,
      true,
    ],
  ])('%s: is believed at its last try, and not before', async (_, script, sent, doubted) => {
    const first = await world(script)
    await expect(first.start({}, 2)).rejects.toThrow(NotYet)
    const last = await world(script)
    const message = expect.stringMatching(doubted ? /^denied\. The call .* could not be seen$/ : /^denied$/)
    expect(await last.start({}, 3)).toEqual({ refusal: { ...denied.refusal, message } })
    expect(last.at('rotate')).toHaveLength(sent)
  })

  it('before the window leaves time for another try, is what it ends with', async () => {
    const it = await world({ now: 0, describe: () => denied })
    expect(await it.start({ windowSeconds: 1 }, 1)).toEqual({ refusal: denied.refusal })
  })

  it.each([
    ['deleted', { DeletedDate: new Date(AT) }, 'SECRET_DELETED'],
    ['switched off', { RotationEnabled: false }, 'ROTATION_SWITCHED_OFF'],
  ])('a secret that is %s since it was inspected is not sent', async (_, more, reason) => {
    const it = await world({ describe: () => shown(BEFORE, more) })
    expect(await it.start()).toMatchObject({ refusal: { reason } })
    expect(it.at('rotate')).toEqual([])
  })
})

/** Of a script's looks the one before the first sending is fine. */
function afterSending(answer: Seen) {
  let looks = 0
  return () => (looks++ % 2 === 0 ? shown() : answer)
}

describe('an earlier rotation that AWS says is not complete', () => {
  const running = () => ({ pending: true }) as const
  const pending = { first: ['AWSCURRENT'], stuck: ['AWSPENDING'] }

  it('has its version adopted, which AWS attempts again', async () => {
    const it = await world({ rotate: running, describe: () => shown(pending) })
    expect(await it.start()).toMatchObject({
      ...{ adopted: true, versionId: 'stuck', previousVersionId: 'first', startedAt: AT },
    })
  })

  it('even where it has become current between the call and the look', async () => {
    const looks = [shown(pending), shown({ first: ['AWSPREVIOUS'], stuck: ['AWSCURRENT'] })]
    const it = await world({ rotate: running, describe: () => looks.shift() ?? shown() })
    expect(await it.start()).toMatchObject({ adopted: true, versionId: 'stuck', previousVersionId: 'first' })
  })

  it('is not taken for a no where it cannot be seen: what it finished meanwhile is adopted, and not rotated over', async () => {
    const done = shown(
      { first: ['AWSPREVIOUS'], stuck: ['AWSCURRENT'] },
      { LastChangedDate: new Date(AT + 5_000) },
    )
    const looks = [shown(pending), lost, done]
    const it = await world({ rotate: running, describe: () => looks.shift() ?? done })
    expect(await it.start()).toMatchObject({ adopted: true, versionId: 'stuck', startedAt: AT })
    expect(it.at('rotate')).toEqual([0])
  })

  it('is adopted where it has become current since a call was noted, of which nobody knows whether it went out', async () => {
    const it = await world({
      describe: () =>
        shown({ first: ['AWSPREVIOUS'], stuck: ['AWSCURRENT'] }, { LastChangedDate: new Date(AT) }),
    })
    const labels = { AWSCURRENT: 'first', AWSPENDING: 'stuck' }
    await it.ledger.noteSending(ID, { from: iso(AT), labels, pending: 'stuck' }, 'us')
    const started = await it.start()
    expect(started).toMatchObject({ adopted: true, versionId: 'stuck' })
    expect(started).not.toHaveProperty('startedAt')
    expect((started as { message: string }).message).toMatch(
      /^an earlier try had noted a call of RotateSecret for /,
    )
  })

  it('leaves that doubt to the next process', async () => {
    const looks = [shown(pending)]
    const it = await world({ rotate: running, describe: () => looks.shift() ?? lost })
    await expect(it.start()).rejects.toThrow('words')
    expect(it.row().sending).toMatchObject({ pending: 'stuck' })
    expect(it.row().sending).not.toHaveProperty('refused')
  })

  it.each([
    ['no version is pending', BEFORE],
    ['the pending one is current already', { first: ['AWSCURRENT', 'AWSPENDING'] }],
  ])('is tried again where %s', async (_, versions) => {
    const it = await world({ rotate: running, describe: () => shown(versions) })
    await expect(it.start()).rejects.toMatchObject({
      message: expect.stringContaining('a previous rotation of "orders" is not complete, yet no version'),
    })
    expect(it.at('rotate')).toHaveLength(5)
  })
})

describe('giving up after a sending without an answer', () => {
  const refusal = { reason: 'HELD', message: 'held' } as const
  const open = { from: AT, sent: [AT], labels: { AWSCURRENT: 'first' } }
  const given = async (describe: Script['describe'], sendings: Sendings) => {
    const it = await world({ now: 0, ...(describe && { describe }) })
    return { ...it, ended: await giveUp(it.ports, TARGET, sendings, refusal) }
  }

  it('looks for its version a minute more, and says that it has not seen it', async () => {
    const { at, ended } = await given(undefined, { open })
    expect(at('describe')).toEqual([1_000, 3_000, 7_000, 15_000, 30_000, 60_000])
    expect(ended).toEqual({
      refusal: {
        reason: 'HELD',
        message: `held. The call sent at ${iso(AT)} got no version for an answer: whether it started a rotation could not be seen`,
      },
    })
  })

  it('looks longer where this account has shown versions later', async () => {
    const it = await world({ now: 0 })
    const ports = { ...it.ports, tolerances: { ...DEFAULT_TOLERANCES, visibleMs: 91_000 } }
    await giveUp(ports, TARGET, { open }, refusal)
    expect(it.at('describe').slice(5)).toEqual([60_000, 90_000, 120_000])
  })

  it('says so of several', async () => {
    const { ended } = await given(undefined, { open: { ...open, sent: [AT, AT + 200] } })
    expect(ended).toMatchObject({
      refusal: {
        message: expect.stringContaining(
          `Up to 2 calls since ${iso(AT)} got no version for an answer: whether`,
        ),
      },
    })
  })

  it('does not look where nothing is in doubt', async () => {
    const { at, ended } = await given(undefined, { any: true })
    expect([at('describe'), ended]).toEqual([[], { refusal }])
  })

  it('finds it in the last look, and in spite of looks that fail', async () => {
    const late = shown({ first: ['AWSCURRENT'], [ID]: ['AWSPENDING'] })
    const denied = { refusal: { reason: 'ACCESS_DENIED', message: 'denied' } } as const
    const script = (ms: number) => (ms < 15_000 ? lost : ms < 60_000 ? denied : late)
    const { ended } = await given(script, { open })
    expect(ended).toMatchObject({ versionId: ID, startedAt: AT, observedAt: AT + 60_000 })
  })

  it('finds the earlier version that the call has made AWS finish', async () => {
    const done = shown({ first: ['AWSPREVIOUS'], stuck: ['AWSCURRENT'] })
    const { ended } = await given(() => done, { open: { ...open, pending: 'stuck' } })
    expect(ended).toMatchObject({ versionId: 'stuck', adopted: true, previousVersionId: 'first' })
    const without = await given(() => done, { open })
    expect(without.ended).toMatchObject({
      refusal: { message: expect.stringContaining('Since then there is version stuck') },
    })
  })
})

describe('the start that is recorded', () => {
  const ports = { now: () => AT + 700 } as Ports
  const labels = { AWSCURRENT: 'first', AWSPREVIOUS: 'older' }
  const open = { from: AT, sent: [AT], labels }
  const from = (versions: Labels, versionId: string, doubt?: typeof open) =>
    startedVersion(ports, shown(versions).secret, versionId, AT + 500, doubt)
  const now = { first: ['AWSCURRENT'], older: ['AWSPREVIOUS'] }

  it.each([
    ['a new version', now, 'new', undefined, AT + 500, undefined],
    [
      'of a sending whose effect shows by now: the earlier one',
      { ...now, new: ['AWSPENDING'] },
      'new',
      open,
      AT,
      undefined,
    ],
    [
      'of one that has become current by now',
      { new: ['AWSCURRENT'], first: ['AWSPREVIOUS'] },
      'new',
      open,
      AT,
      undefined,
    ],
    [
      'of the pending one that it has made current: the earlier one',
      { stuck: ['AWSCURRENT'], first: ['AWSPREVIOUS'] },
      'stuck',
      { ...open, labels: { ...labels, AWSPENDING: 'stuck' } },
      AT,
      undefined,
    ],
    ['of one that does not show yet: not known which', now, 'new', open, undefined, undefined],
    ['a version that was current before', now, 'older', open, undefined, true],
    ['or is', now, 'first', undefined, AT + 500, true],
  ])('%s', (_, versions, versionId, doubt, startedAt, wasCurrent) => {
    const started = from(versions, versionId, doubt)
    expect(started).toMatchObject({ versionId, previousVersionId: 'first', observedAt: AT + 700 })
    expect(started.startedAt).toBe(startedAt)
    expect(started.wasCurrent).toBe(wasCurrent)
    if (startedAt === undefined)
      expect(started.message).toBe(`started by one of up to 2 calls since ${iso(AT)}: by which is not known`)
  })

  it('has its instant, its delay and its place, where they were seen', () => {
    const start = { versionId: 'new', secretArn: ARN, observedAt: AT, message: 'x', wasCurrent: true }
    expect(startFacts({ ...start, startedAt: AT + 500 }, AT)).toEqual({
      ...{ versionId: 'new', secretArn: ARN, account: '123456789012', region: 'eu-west-1' },
      ...{ startedAt: iso(AT + 500), skewMs: 500 },
    })
    expect(Object.keys(startFacts(start, AT))).not.toContain('skewMs')
    expect(startFacts({ versionId: 'new', observedAt: AT }, AT)).toEqual({ versionId: 'new' })
  })
})

describe('what the record knows of sendings', () => {
  const sending = { from: iso(AT), labels: { AWSCURRENT: 'first' }, pending: 'stuck' }
  const recalled = async (noted: object | null | undefined, known: Sendings = {}) => {
    const get = async () => (noted === undefined ? {} : { sending: noted })
    await recallSendings({ ledger: { get } as never }, ID, known)
    return known
  }

  it('is read once, and what a process knows itself is not overwritten', async () => {
    expect(await recalled(null)).toEqual({ any: false })
    expect(await recalled(undefined)).toEqual({})
    expect(await recalled({ ...sending, refused: true })).toEqual({ any: true })
    expect(await recalled(sending)).toEqual({ any: true, open: { ...sending, from: AT, sent: [undefined] } })
    expect(await recalled(null, { any: true })).toEqual({ any: true })
    expect(await recalled(sending, { any: false })).toEqual({ any: false })
  })

  it('is the first time of those in doubt, what was labelled then, and what was pending before the last', async () => {
    const it = await world()
    const { secret } = shown({ first: ['AWSCURRENT'], stuck: ['AWSPENDING'] })
    const sendings: Sendings = {}
    await noteSending(it.ports, { rotationId: ID, secret, from: AT }, sendings)
    expect(it.row().sending).toEqual({
      ...{ from: iso(AT), labels: { AWSCURRENT: 'first', AWSPENDING: 'stuck' }, pending: 'stuck' },
    })
    noteUnanswered(sendings, AT, secret)
    const later = shown({ second: ['AWSCURRENT'] }).secret
    noteUnanswered(sendings, AT + 9, later)
    expect(sendings.open).toEqual({
      ...{
        from: AT,
        sent: [AT, AT + 9],
        labels: { AWSCURRENT: 'first', AWSPENDING: 'stuck' },
        pending: undefined,
      },
    })
    await noteSending(it.ports, { rotationId: ID, secret: later, from: AT + 20 }, sendings)
    expect(it.row().sending).not.toHaveProperty('pending')
    expect(it.row().sending).toEqual({
      ...{ from: iso(AT), labels: { AWSCURRENT: 'first', AWSPENDING: 'stuck' } },
    })
  })

  it('is not what another execution would note', async () => {
    const it = await world()
    const sendings: Sendings = {}
    const other = { ...it.ports, executionArn: 'them' }
    const { secret } = shown()
    expect(await noteSending(other, { rotationId: ID, secret, from: AT }, sendings)).toMatchObject({
      executionArn: 'us',
    })
    expect([it.row().sending, sendings]).toEqual([null, {}])
  })

  it('is a refusal only where nothing is in doubt; that it cannot be written is no harm', async () => {
    const noted = { from: iso(AT), labels: {} }
    const written = async (sendings: Sendings, fails = false) => {
      const log: string[] = []
      const it = await world()
      if (fails) it.ports.ledger.noteSending = () => Promise.reject(lost)
      await noteRefused({ ...it.ports, log: (message) => void log.push(message) }, ID, sendings)
      return [it.row().sending, log.length]
    }
    expect(await written({ noted })).toEqual([{ ...noted, refused: true }, 0])
    expect(await written({ noted, open: { from: AT, sent: [AT], labels: {} } })).toEqual([null, 0])
    expect(await written({})).toEqual([null, 0])
    expect(await written({ noted }, true)).toEqual([null, 1])
  })

  it('names versions that have come since, each once, and never ours', () => {
    const { secret } = shown({ new: ['AWSCURRENT', 'AWSPENDING'], first: ['AWSPREVIOUS'], [ID]: ['mine'] })
    const open = { from: AT, sent: [AT], labels: { AWSCURRENT: 'first' } }
    expect(describeNewcomers(secret, open, ID)).toMatch(/version new, which may/)
    const { secret: own } = shown({ [ID]: ['AWSCURRENT'], first: ['AWSPREVIOUS'] })
    expect(describeNewcomers(own, open, ID)).toBe('')
  })
})

describe('looking ahead', () => {
  const claimed = { events: [{ at: iso(AT), status: 'CLAIMED' }], sending: null } as unknown as Rotation
  const event = claimed.events[0] as Rotation['events'][0]
  const takenOver = (sending: Rotation['sending']) =>
    ({ ...claimed, events: [event, event], sending }) as Rotation
  const ours = () => shown({ first: ['AWSCURRENT'], [ID]: ['AWSPENDING'] })
  const sending = { from: iso(AT), labels: {} }
  const ahead = async (
    rotation: Rotation,
    script: Script = {},
    { attempt = 1, more = {} }: { attempt?: number; more?: Partial<Startable> } = {},
  ) => {
    const it = await world({ now: -60_000, ...script })
    const checked = await checkAhead(it.ports, { ...TARGET, ...more }, rotation, attempt)
    return { ...it, checked, reason: typeof checked === 'object' ? checked?.reason : checked }
  }

  it.each([
    ['ours from the beginning, with nothing in its way', claimed, {}, undefined],
    ['ours from the beginning: our id is another’s', claimed, { describe: ours }, 'VERSION_ID_TAKEN'],
    ['taken over, nothing sent', takenOver(null), {}, undefined],
    [
      'taken over, nothing sent: our id is another’s',
      takenOver(null),
      { describe: ours },
      'VERSION_ID_TAKEN',
    ],
    ['taken over, something sent', takenOver(sending), {}, 'started'],
    ['taken over, and that was refused', takenOver({ ...sending, refused: true }), {}, undefined],
    [
      'taken over, refused, and there it is',
      takenOver({ ...sending, refused: true }),
      { describe: ours },
      'started',
    ],
    ['taken over from an earlier release: there it is', takenOver(undefined), { describe: ours }, 'started'],
    ['taken over from an earlier release: nothing there', takenOver(undefined), {}, undefined],
  ] as const)('%s', async (_, rotation, script, reason) => {
    expect((await ahead(rotation, script)).reason ?? undefined).toBe(reason)
  })

  it('what has started is followed, whatever would bar it', async () => {
    expect((await ahead(takenOver(sending), { holdsFrom: -HOUR })).checked).toBe('started')
    expect((await ahead(takenOver(null), { holdsFrom: -HOUR })).reason).toBe('HELD')
  })

  it('what bars is said before the secret is looked at', async () => {
    const held = await ahead(claimed, {
      holdsFrom: -HOUR,
      describe: () => ({ refusal: { reason: 'SECRET_NOT_FOUND', message: '' } }),
    })
    expect(held.reason).toBe('HELD')
    expect(held.at('describe')).toEqual([])
  })

  it('after three tries leaves to the call what only spares people a late answer', async () => {
    const gone: Seen = { refusal: { reason: 'SECRET_NOT_FOUND', message: 'gone' }, tries: 3 }
    const describe = () => gone
    await expect(ahead(claimed, { describe }, { attempt: 2 })).rejects.toThrow(NotYet)
    expect((await ahead(claimed, { describe }, { attempt: 3 })).reason).toBe('SECRET_NOT_FOUND')
    expect((await ahead(claimed, { describe }, { attempt: 4 })).checked).toBeNull()
    expect((await ahead(claimed, { holdsFrom: -HOUR }, { attempt: 4 })).reason).toBe('HELD')
  })
})

const HOUR = 3_600_000

describe('tries', () => {
  const decision = (retry: typeof ledgerRetry, attempt: number) => retry.retryStrategy?.(lost, attempt)

  it('of the ledger are twenty, for a quarter of an hour', () => {
    const delays = Array.from({ length: 20 }, (_, index) => decision(ledgerRetry, index + 1))
    expect(delays.at(-1)).toEqual({ shouldRetry: false })
    const seconds = delays.slice(0, -1).map((it) => (it?.shouldRetry ? it.delay.seconds : 0))
    expect(seconds.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60])
    expect(seconds.reduce((sum, each) => sum + each, 0) / 60).toBeCloseTo(14, 0)
  })

  it('of what must be done inside the window never end by themselves, half a minute apart', () => {
    expect(decision(windowRetry, 1)).toEqual({ shouldRetry: true, delay: { seconds: 1 } })
    expect(decision(windowRetry, 500)).toEqual({ shouldRetry: true, delay: { seconds: 30 } })
  })

  it.each([
    [1, 598_999, true],
    [1, 599_000, false],
    [6, 569_999, true],
    [6, 570_000, false],
  ])('after try %d, %d ms after the instant: time for another is %s', (attempt, ms, time) => {
    expect(timeForAnother(TARGET, attempt, AT + ms)).toBe(time)
  })

  it('a refusal is believed at the try that it says, and at once where it says none', () => {
    const refusal = { reason: 'ACCESS_DENIED', message: 'denied' } as const
    expect(refusalOrRetry({ refusal }, 1)).toBe(refusal)
    expect(() => refusalOrRetry({ refusal, tries: 2 }, 1)).toThrow(new NotYet(refusal))
    expect(refusalOrRetry({ refusal, tries: 2 }, 2)).toBe(refusal)
  })
})
