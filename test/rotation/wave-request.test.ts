import { describe, expect, it } from 'vitest'
import type { Config, Schedule } from '../../src/config/config.ts'
import { type RotateRequest, rotationIdsOf, waveOf } from '../../src/rotation/wave-request.ts'
import { entry } from '../schedules/entry.ts'

const AT = '2026-11-29T03:00:00.000Z'
const PLACE = { account: '111122223333', region: 'us-east-1', role: 'rotator' }
const ARN = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:there-Ab12Cd'

const schedule = (name: string, secrets: string[], more: Partial<Schedule> = {}): Schedule => ({
  ...entry({ when: 'cron(0 3 * * ? *)' }),
  ...{ name, secrets },
  ...more,
})
const configOf = (...schedules: Schedule[]): Config => ({
  ...{ stage: 'test', version: 'one', freezes: [], schedules },
})
const onDemand = (more: object): RotateRequest => ({ requestId: 'r', scheduledAt: AT, ...more })
/** The wave that comes of it, or why none does. */
function asked(request: RotateRequest, ...schedules: Schedule[]): string | Record<string, unknown> {
  try {
    return waveOf(request, configOf(...schedules))
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
}

describe('what a schedule’s delivery asks for', () => {
  const nightly = schedule('nightly', ['a', 'b'], {
    ...{ windowSeconds: 60, timeoutSeconds: 61, concurrency: 2, maxErrors: 3, changeCalendars: ['company'] },
    ...{ before: [{ invoke: 'veto', timeoutSeconds: 5 }], after: [{ invoke: 'test', timeoutSeconds: 6 }] },
    ...{ place: PLACE, retries: 2 },
  })

  it('is its secrets, on its terms, under the identity of its instant', () => {
    const { before, after, windowSeconds, timeoutSeconds, concurrency, maxErrors, changeCalendars } = nightly
    expect(asked({ schedule: 'nightly', scheduledAt: AT }, nightly)).toEqual({
      retries: 2,
      ...{ name: 'nightly', schedule: nightly, secrets: ['a', 'b'], scheduledAt: AT, occasion: AT },
      ...{ trigger: 'SCHEDULE', dueAt: AT, before, after, place: PLACE },
      ...{ windowSeconds, timeoutSeconds, concurrency, maxErrors, changeCalendars },
    })
  })

  it('is caught up as the same occurrence', () => {
    expect(asked({ schedule: 'nightly', scheduledAt: AT, catchUp: true }, nightly)).toMatchObject({
      ...{ trigger: 'CATCH_UP', occasion: AT },
    })
  })

  it('of an early companion is for the instant so much later', () => {
    const early = { schedule: 'nightly', scheduledAt: '2026-11-29T02:58:00Z', leadSeconds: 120 }
    const wave = asked(early, nightly)
    expect(wave).toMatchObject({ occasion: AT, secrets: ['a', 'b'] })
    expect(wave).not.toHaveProperty('delivery')
    expect(asked({ ...early, leadSeconds: 60 }, nightly)).toMatchObject({
      ...{ secrets: [], scheduledAt: '2026-11-29T02:59:00.000Z' },
      delivery: { for: '2026-11-29T02:59:00.000Z', is: 'NOTHING' },
    })
  })

  it('of another hour says what it was for, and is for the occurrence', () => {
    expect(asked({ schedule: 'nightly', scheduledAt: '2026-11-29T02:00:00Z' }, nightly)).toMatchObject({
      ...{ secrets: ['a', 'b'], occasion: AT, scheduledAt: AT },
      delivery: { for: '2026-11-29T02:00:00.000Z', is: 'AHEAD' },
    })
  })

  it('is left to a selector where the schedule has one', () => {
    const select = { prefix: 'prod/' }
    const wave = asked({ schedule: 'chosen', scheduledAt: AT }, schedule('chosen', [], { select }))
    expect(wave).toMatchObject({ select })
    expect(wave).not.toHaveProperty('secrets')
    expect(rotationIdsOf(wave as never)).toBeUndefined()
  })

  it.each([
    [
      'of an unknown name',
      { schedule: 'weekly', scheduledAt: AT },
      /no schedule "weekly" .* There are: nightly, other$/,
    ],
    ['without an instant', { schedule: 'nightly', scheduledAt: 'soon' }, /^RequestError: "soon" /],
  ])('%s is refused', (_, request, words) => {
    expect(asked(request, nightly, schedule('other', ['c']))).toMatch(words)
  })
})

describe('what is asked for by schedule', () => {
  it('is on its terms, under the identity of the request, with who, why and in spite of what', () => {
    const nightly = schedule('nightly', ['a'], { maxErrors: 2 })
    const who = { requester: 'ana', reason: 'CHG-1', override: 'CHG-2' }
    expect(asked(onDemand({ schedule: 'nightly', ...who }), nightly)).toMatchObject({
      ...{ name: 'nightly', secrets: ['a'], occasion: 'r', trigger: 'ON_DEMAND', maxErrors: 2 },
      ...{ requester: 'ana', requestReason: 'CHG-1', override: 'CHG-2', scheduledAt: AT },
    })
  })

  it('has its canaries as a whole; who names secrets has chosen which go first', () => {
    const nightly = schedule('nightly', ['a', 'b'], { canary: ['b'], soakSeconds: 600 })
    const canary = { canary: ['b'], soakSeconds: 600 }
    expect(asked(onDemand({ schedule: 'nightly' }), nightly)).toMatchObject(canary)
    expect(asked({ schedule: 'nightly', scheduledAt: AT }, nightly)).toMatchObject(canary)
    expect(asked(onDemand({ schedule: 'nightly', secrets: ['a', 'b'] }), nightly)).not.toHaveProperty(
      'canary',
    )
    expect(asked(onDemand({ secrets: ['a', 'b'] }), nightly)).not.toHaveProperty('canary')
  })

  it('is what its selector chooses, or those of them that are named', () => {
    const chosen = schedule('chosen', [], { select: { prefix: 'prod/' } })
    expect(asked(onDemand({ schedule: 'chosen' }), chosen)).toMatchObject({ select: { prefix: 'prod/' } })
    const named = asked(onDemand({ schedule: 'chosen', secrets: ['prod/a'] }), chosen)
    expect(named).toMatchObject({ name: 'chosen', secrets: ['prod/a'] })
    expect(named).not.toHaveProperty('select')
  })

  it('is nothing that its selector does not choose, or that another schedule has for itself', () => {
    const chosen = schedule('chosen', [], { select: { prefix: 'prod/' } })
    const listed = schedule('listed', ['prod/a'])
    const ask = (secret: string, ...all: Schedule[]) =>
      asked(onDemand({ schedule: 'chosen', secrets: [secret] }), chosen, ...all)
    expect(ask('prod/a', listed)).toBe('RequestError: "prod/a" is in schedule listed: name that one, or none')
    expect(ask('dev/a')).toBe(
      'RequestError: "dev/a" is not in schedule chosen. It has what matches the prefix prod/',
    )
    // There it is another secret of that name.
    const elsewhere = schedule('elsewhere', ['prod/a'], { place: { account: '111122223333', role: 'r' } })
    expect(ask('prod/a', elsewhere)).toMatchObject({ name: 'chosen', secrets: ['prod/a'] })
  })

  it.each([
    ['nothing at all', {}, 'name a schedule, or at least one secret'],
    ['an empty list', { secrets: [] }, 'name a schedule, or at least one secret'],
    [
      'a secret of another schedule',
      { schedule: 'one', secrets: ['b'] },
      '"b" is not in schedule one. It has a',
    ],
    [
      'a secret of none',
      { secrets: ['c'] },
      '"c" is in no schedule of stage test: only configured secrets can be rotated. There are: a, b',
    ],
    [
      'an unknown schedule',
      { schedule: 'three' },
      'no schedule "three" in stage test (config one). There are: one, two',
    ],
  ])('is not %s', (_, more, message) => {
    const known = [schedule('one', ['a']), schedule('two', ['b', 'a'])]
    expect(asked(onDemand(more), ...known)).toBe(`RequestError: ${message}`)
  })
})

describe('what is asked for by secret', () => {
  const terms = (windowSeconds: number, timeoutSeconds: number, concurrency: number) => ({
    ...{ windowSeconds, timeoutSeconds, concurrency },
  })
  const limits = (...schedules: Schedule[]) => asked(onDemand({ secrets: ['a', 'b'] }), ...schedules)

  it('has the most time and the fewest at once of all the schedules that hold one of them', () => {
    const all = [
      schedule('one', ['a'], terms(60, 900, 5)),
      schedule('two', ['b', 'a'], terms(600, 30, 3)),
      schedule('other', ['c'], terms(9_000, 9_000, 1)),
    ]
    expect(limits(...all)).toMatchObject({ name: 'on-demand', schedule: undefined, ...terms(600, 900, 3) })
  })

  it('is attempted as often as the schedule that says most of it', () => {
    const all = [
      schedule('one', ['a'], { retries: 1 }),
      schedule('two', ['b'], { retries: 3 }),
      schedule('x', ['b']),
    ]
    expect(limits(...all)).toMatchObject({ retries: 3 })
    expect(limits(schedule('one', ['a', 'b']))).not.toHaveProperty('retries')
  })

  it('stops after the fewest failures that one of them gives, if one does', () => {
    const strict = [schedule('one', ['a'], { maxErrors: 3 }), schedule('two', ['b'], { maxErrors: 1 })]
    expect(limits(...strict, schedule('three', ['b']))).toMatchObject({ maxErrors: 1 })
    expect(limits(schedule('one', ['a', 'b']), schedule('other', ['c'], { maxErrors: 1 }))).toMatchObject({
      maxErrors: undefined,
    })
  })

  it('is subject to every calendar of theirs, each once', () => {
    const all = [
      schedule('one', ['a'], { changeCalendars: ['x', 'y'] }),
      schedule('two', ['b'], { changeCalendars: ['y', 'z'] }),
      schedule('three', ['b']),
      schedule('other', ['c'], { changeCalendars: ['not'] }),
    ]
    expect(limits(...all)).toMatchObject({ changeCalendars: ['x', 'y', 'z'] })
  })

  it('belongs to a selector’s schedule as well where one of them is in no list', () => {
    const chosen = schedule('chosen', [], {
      ...{ select: { prefix: 'prod/' }, changeCalendars: ['company'] },
      ...terms(9_000, 9_000, 1),
    })
    const listed = schedule('listed', ['a', 'b'], terms(60, 60, 5))
    // Both are listed: the selector’s schedule says nothing.
    expect(limits(listed, chosen)).toMatchObject({ ...terms(60, 60, 5), changeCalendars: [] })
    const [half] = [schedule('half', ['a'], terms(60, 60, 5))]
    expect(limits(half as Schedule, chosen)).toMatchObject({
      ...terms(9_000, 9_000, 1),
      changeCalendars: ['company'],
    })
    expect(limits(chosen)).toMatchObject(terms(9_000, 9_000, 1))
  })

  it('is where its schedules are', () => {
    const there = schedule('there', ['a', 'b'], { place: PLACE })
    expect(limits(there)).toMatchObject({ place: PLACE })
    expect(limits(there, schedule('here', ['c']))).toMatchObject({ place: PLACE })
    expect(limits(schedule('here', ['a', 'b'])) as object).toMatchObject({ place: undefined })
    // By ARN, the place tells which schedule's it is.
    expect(
      asked(
        onDemand({ secrets: [ARN] }),
        schedule('there', ['there'], { place: PLACE }),
        schedule('here', ['a']),
      ),
    ).toMatchObject({ place: PLACE })
  })

  it.each([
    [
      'in two places',
      [schedule('there', ['a'], { place: PLACE }), schedule('here', ['b'])],
      'a, b: more than one account or region: there (111122223333:us-east-1), here (our own account and region). Name one of these schedules too, and only its secrets',
    ],
    [
      'with different hooks',
      [schedule('one', ['a'], { after: [{ invoke: 'test', timeoutSeconds: 5 }] }), schedule('two', ['b'])],
      'a, b: schedules with different hooks: one, two. Name one of these too, and only its secrets',
    ],
  ])('is not one wave where it is %s', (_, schedules, message) => {
    expect(limits(...schedules)).toBe(`RequestError: ${message}`)
  })

  it('has the hooks of its schedules where those agree', () => {
    const before = [{ invoke: 'veto', timeoutSeconds: 5 }]
    expect(
      limits(schedule('one', ['a'], { before }), schedule('two', ['b'], { before, after: [] })),
    ).toMatchObject({ before, after: [] })
  })

  it('is one of two ARNs of one name only where it is written out', () => {
    const other = ARN.replace('us-east-1', 'eu-west-1')
    const both = [schedule('one', [ARN]), schedule('two', [other])]
    expect(asked(onDemand({ secrets: ['there'] }), ...both)).toBe(
      `RequestError: "there" may be one of ${ARN}, ${other}: write the one that is meant`,
    )
    expect(asked(onDemand({ secrets: [other] }), ...both)).toMatchObject({ secrets: [other] })
    expect(asked(onDemand({ schedule: 'one', secrets: ['there'] }), ...both)).toMatchObject({
      secrets: [ARN],
    })
    expect(asked(onDemand({ secrets: [ARN, other] }), ...both)).toMatch(/have one name: ask for one of them/)
  })

  it('by its ARN and by the name that the config has is one', () => {
    const there = schedule('there', ['there'], { place: PLACE })
    expect(asked(onDemand({ secrets: ['there', ARN] }), there)).toMatchObject({ secrets: [ARN] })
    const other = ARN.replace('there', 'other')
    expect(asked(onDemand({ secrets: [ARN, other] }), schedule('both', [ARN, other]))).toMatchObject({
      secrets: [ARN, other],
    })
  })

  it('each once, in the order in which they were named', () => {
    expect(asked(onDemand({ secrets: ['b', 'a', 'b'] }), schedule('one', ['a', 'b']))).toMatchObject({
      secrets: ['b', 'a'],
    })
  })
})
