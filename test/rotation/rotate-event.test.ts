import { describe, expect, it } from 'vitest'
import { parseRequest } from '../../src/rotation/rotate-event.ts'

const AT = '2026-12-01T03:00:00Z'
const SCHEDULED = { schedule: 'nightly', scheduledAt: AT }
const ON_DEMAND = { requestId: 'CHG-1', secrets: ['prod/db'], scheduledAt: AT }
const PART = {
  ...{ name: 'nightly', secrets: ['prod/db'], scheduledAt: AT, occasion: AT },
  ...{ windowSeconds: 60, timeoutSeconds: 60, concurrency: 1, before: [], after: [] },
}

const read = (event: unknown) => {
  try {
    return parseRequest(event)
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
}

describe('what starts the orchestrator', () => {
  it.each([
    [SCHEDULED],
    [{ ...SCHEDULED, leadSeconds: 120 }],
    [{ ...SCHEDULED, catchUp: true }],
    [ON_DEMAND],
    [{ ...ON_DEMAND, schedule: 'nightly', requester: 'ana@desk', reason: 'CHG-1', override: 'incident 7' }],
  ])('is taken as it is meant, its instant in one spelling: %j', (event) => {
    expect(read(event)).toEqual({ ...event, scheduledAt: '2026-12-01T03:00:00.000Z' })
    expect(read({ ...event, scheduledAt: '2026-12-01T12:00+09:00' })).toEqual(read(event))
  })

  it('is a part of a wave, also one of a newer release', () => {
    const part = { wave: { ...PART, pauses: ['new'] } }
    expect(read(part)).toEqual(part)
  })

  it.each<[unknown, RegExp]>([
    [null, /an object is expected/],
    [undefined, /an object is expected/],
    ['nightly', /an object is expected/],
    [[SCHEDULED], /an object is expected/],
    [{}, /schedule is missing/],
    [{ schedule: 'nightly' }, /scheduledAt is missing/],
    [{ requestId: 'CHG-1', secrets: ['prod/db'] }, /scheduledAt is missing/],
    ...[SCHEDULED, ON_DEMAND].flatMap((event) =>
      [
        'garbage',
        '',
        null,
        0,
        '2026-11-31T03:00:00Z',
        '2026-12-01T03:00',
        '<aws.scheduler.scheduled-time>',
      ].map((scheduledAt): [unknown, RegExp] => [
        { ...event, scheduledAt },
        /^RequestError: scheduledAt ".*": it /,
      ]),
    ),
    [{ ...SCHEDULED, schedule: 7 }, /schedule "7": a text/],
    [{ ...ON_DEMAND, secrets: ['a\nSUCCEEDED: b'] }, /secrets .*neither a secret’s name nor its ARN/],
    [{ ...ON_DEMAND, override: '\u3164' }, /override "\u3164": it says nothing/],
    [{ ...SCHEDULED, leadSeconds: '120' }, /leadSeconds "120": a whole number/],
    [{ ...SCHEDULED, leadSeconds: -120 }, /leadSeconds/],
    [{ ...SCHEDULED, leadSeconds: 1e300 }, /leadSeconds/],
    [{ ...SCHEDULED, catchUp: 'true' }, /catchUp "true": true or false/],
    // Known to rotateNow, not here: taken for nothing, it would rotate.
    [{ ...ON_DEMAND, dryRun: true }, /unknown key "dryRun"\. Known: requestId, /],
    [{ ...SCHEDULED, secrets: ['prod/db'] }, /unknown key "secrets"/],
    [{ ...ON_DEMAND, requestId: null }, /requestId "null"/],
    [{ ...ON_DEMAND, secrets: 'prod/db' }, /secrets "prod\/db": a list/],
    [{ ...ON_DEMAND, override: ' ' }, /override " ": it says nothing/],
    [{ ...ON_DEMAND, override: null }, /override "null": a text/],
    [{ ...ON_DEMAND, reason: 'x'.repeat(5_000) }, /reason .*5000 characters, 2000 at most/],
    [JSON.parse('{"__proto__": 1, "schedule": "nightly", "scheduledAt": "x"}'), /unknown key "__proto__"/],
    [{ wave: null }, /wave: an object/],
    [{ wave: { ...PART, scheduledAt: 'garbage' } }, /wave\.scheduledAt: it is no instant/],
    [{ wave: { ...PART, secrets: undefined } }, /wave\.secrets: a list/],
    [{ wave: { ...PART, timeoutSeconds: null } }, /wave\.timeoutSeconds: a whole number/],
    [{ wave: { ...PART, concurrency: 0 } }, /wave\.concurrency/],
  ])('is refused: %j', (event, expected) => {
    const message = read(event)
    expect(message).toMatch(expected)
    expect(String(message).length).toBeLessThan(500)
  })
})
