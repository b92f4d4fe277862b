import { describe, expect, it } from 'vitest'
import { NameTaken } from '../../src/aws/start-execution.ts'
import type { Config } from '../../src/config/config.ts'
import { rotationIdOf } from '../../src/model/identity.ts'
import { START_AHEAD_MS } from '../../src/model/limits.ts'
import { doorOf, memoryRequests } from '../../src/rehearse/world/deeds.ts'
import { rotateNow, startKeyOf } from '../../src/rotation/rotate-now.ts'
import { entry } from '../schedules/entry.ts'

const NOW = Date.parse('2026-11-29T03:00:00Z')
const DAY = 86_400_000
const iso = (instant: number) => new Date(instant).toISOString()
const CONFIG: Config = {
  ...{ stage: 'test', version: 'one', freezes: [] },
  schedules: [
    { ...entry({ secrets: ['a', 'b'] }), name: 'nightly' },
    { ...entry({ secrets: [] }), name: 'chosen', select: { prefix: 'prod/' } },
  ],
}

/** A stage that is asked, its clock at NOW; `started`: the keys of what was started, and of what. */
function stage(answer: () => { execution?: string } = () => ({ execution: 'arn' })) {
  const requests = memoryRequests()
  const started: [string, unknown][] = []
  const ask = (event: object, now = NOW) =>
    rotateNow(event, {
      ...{ config: CONFIG, now, requests },
      ...doorOf(),
      async start(key, request) {
        started.push([key, request])
        return answer()
      },
    }).catch((error: Error) => `${error.name}: ${error.message}`)
  return { requests, started, ask }
}
const ANA = 'arn:aws:sts::000000000000:assumed-role/operator/ana'
const EVENT = { secrets: ['a'], requestId: 'CHG-1' }

describe('a request', () => {
  it('is kept, started once, and answered with the ids to follow it by', async () => {
    const { ask, requests, started } = stage()
    const answer = await ask({ ...EVENT, requester: 'ana', reason: 'why' })
    expect(answer).toEqual({
      ...{ requestId: 'CHG-1', waveId: 'on-demand#CHG-1', scheduledAt: iso(NOW), execution: 'arn' },
      caller: { arn: ANA },
      rotations: [{ secret: 'a', rotationId: rotationIdOf('on-demand', 'a', 'CHG-1') }],
    })
    expect(started).toEqual([
      [
        'run-CHG-1',
        { secrets: ['a'], requestId: 'CHG-1', requester: 'ana', reason: 'why', scheduledAt: iso(NOW) },
      ],
    ])
    expect(requests.rows.get('CHG-1')).toMatchObject({ state: 'STARTED', by: 'ana', reason: 'why' })
    await ask({ ...EVENT, requestId: 'CHG-2' })
    expect(Object.keys(requests.rows.get('CHG-2') ?? {})).not.toContain('by')
    expect(Object.keys(requests.rows.get('CHG-2') ?? {})).not.toContain('reason')
    expect(startKeyOf({ requestId: 'x', scheduledAt: '' })).toBe('run-x')
  })

  it('whose secrets a selector chooses has no ids yet', async () => {
    const { ask } = stage(() => ({}))
    expect(await ask({ schedule: 'chosen', requestId: 'CHG-1' })).toEqual({
      caller: { arn: ANA },
      ...{ requestId: 'CHG-1', waveId: 'chosen#CHG-1', scheduledAt: iso(NOW), selects: true },
    })
  })

  it('that names what the config does not know is not kept', async () => {
    const { ask, requests } = stage()
    expect(await ask({ schedule: 'weekly', requestId: 'CHG-1' })).toMatch(
      /^RequestError: no schedule "weekly"/,
    )
    expect(requests.rows.size).toBe(0)
  })
})

describe('`at`', () => {
  it.each([
    ['ten minutes ahead starts now, and waits', START_AHEAD_MS, 'STARTED'],
    ['a moment more is planned', START_AHEAD_MS + 1, 'PLANNED'],
    ['a year and a day ahead is planned', 366 * DAY, 'PLANNED'],
    ['a minute ago is meant as now', -60_000, 'STARTED'],
  ])('%s', async (_, ms, state) => {
    const { ask, requests, started } = stage()
    const answer = await ask({ ...EVENT, at: iso(NOW + ms) })
    expect(requests.rows.get('CHG-1')).toMatchObject({ state, scheduledAt: iso(NOW + ms) })
    expect(started).toHaveLength(state === 'STARTED' ? 1 : 0)
    expect((answer as { planned?: true }).planned).toBe(state === 'PLANNED' ? true : undefined)
  })

  it.each([
    ['more than a minute ago has passed', -60_001, 'has passed: leave `at` out'],
    ['more than a year and a day ahead is a mistyped year', 366 * DAY + 1, 'is more than a year ahead'],
  ])('%s, also on a dry run', async (_, ms, words) => {
    const { ask, requests } = stage()
    for (const dryRun of [false, true])
      expect(await ask({ ...EVENT, dryRun, at: iso(NOW + ms) })).toContain(
        `RequestError: ${iso(NOW + ms)} ${words}`,
      )
    expect(requests.rows.size).toBe(0)
  })

  it('is not judged again where the request is kept already', async () => {
    const { ask } = stage()
    const event = { ...EVENT, at: iso(NOW) }
    await ask(event)
    expect(await ask(event, NOW + DAY)).toMatchObject({ alreadyStarted: true, scheduledAt: iso(NOW) })
  })
})

describe('a dry run', () => {
  it('answers the same, keeps nothing and starts nothing', async () => {
    const { ask, requests, started } = stage()
    expect(await ask({ ...EVENT, dryRun: true, at: iso(NOW + DAY) })).toEqual({
      ...{ requestId: 'CHG-1', waveId: 'on-demand#CHG-1', scheduledAt: iso(NOW + DAY), dryRun: true },
      rotations: [{ secret: 'a', rotationId: rotationIdOf('on-demand', 'a', 'CHG-1') }],
    })
    expect([requests.rows.size, started]).toEqual([0, []])
  })
})

describe('asked again with its id', () => {
  const asked = async (first: object, again: object, later = 1_000) => {
    const { ask, started } = stage()
    await ask({ requestId: 'CHG-1', ...first })
    return { answer: await ask({ requestId: 'CHG-1', ...again }, NOW + later), started }
  }

  it('the same start is made again, with what was asked for first', async () => {
    const both = { secrets: ['a', 'b'], reason: 'first', requester: 'ana' }
    const { answer, started } = await asked(both, {
      secrets: ['b', 'a', 'b'],
      reason: 'second',
      requester: 'ben',
    })
    expect(answer).toMatchObject({ alreadyStarted: true, scheduledAt: iso(NOW) })
    expect(started[1]).toEqual(started[0])
  })

  it('in the same moment and words it is still the first: the answer may have been lost on the way', async () => {
    const { answer } = await asked({ secrets: ['a'] }, { secrets: ['a'] }, 0)
    expect(answer).not.toHaveProperty('alreadyStarted')
    const other = await asked({ secrets: ['a'] }, { secrets: ['a'], reason: 'other words' }, 0)
    expect(other.answer).toMatchObject({ alreadyStarted: true })
  })

  it.each([
    ['other secrets', { secrets: ['a'] }, { secrets: ['b'] }, 'by somebody at NOW: a at NOW'],
    ['fewer', { secrets: ['a', 'b'] }, { secrets: ['a'] }, 'by somebody at NOW: a, b at NOW'],
    ['a schedule', { secrets: ['a'] }, { schedule: 'nightly' }, 'by somebody at NOW: a at NOW'],
    [
      'no schedule',
      { schedule: 'nightly', requester: 'ana' },
      { secrets: ['a'] },
      'by ana at NOW: schedule nightly at NOW',
    ],
    [
      'fewer of one',
      { schedule: 'nightly', secrets: ['a'] },
      { schedule: 'nightly' },
      'by somebody at NOW: schedule nightly: a at NOW',
    ],
    [
      'an override',
      { secrets: ['a'], override: 'CHG-7' },
      { secrets: ['a'] },
      'by somebody at NOW: a at NOW, override "CHG-7"',
    ],
    ['an instant', { secrets: ['a'] }, { secrets: ['a'], at: iso(NOW) }, 'by somebody at NOW: a at NOW'],
  ])('%s is something else', async (_, first, again, words) => {
    const { answer, started } = await asked(first, again)
    expect(answer).toBe(
      `RequestError: requestId CHG-1 was used for something else, ${words.replaceAll('NOW', iso(NOW))}: choose another`,
    )
    expect(started).toHaveLength(1)
  })

  it.each([
    ['CANCELLED', { by: 'ben' }, `, CANCELLED at ${iso(NOW + 5)} by ben`],
    ['MISSED', {}, `, MISSED at ${iso(NOW + 5)}`],
  ] as const)('what is %s is over', async (state, who, end) => {
    const { ask, requests, started } = stage()
    const event = { ...EVENT, at: iso(NOW + DAY) }
    await ask(event)
    await requests.move('CHG-1', ['PLANNED'], { at: iso(NOW + 5), state, ...who })
    expect(await ask(event)).toBe(
      `RequestError: requestId CHG-1 is over: by somebody at ${iso(NOW)}: a at ${iso(NOW + DAY)}${end}. Choose another`,
    )
    expect(started).toEqual([])
  })
})

describe('a start that does not go well', () => {
  const failing = (error: unknown) =>
    stage(() => {
      throw error
    })

  it('without an answer is not known, and asked again it starts once', async () => {
    expect(await failing(new Error('no answer')).ask(EVENT)).toBe(
      'StartUnknown: whether it has started is not known: no answer. Asked again with requestId CHG-1, it starts once',
    )
  })

  it('under a name that is taken is another’s at first, and its own after that', async () => {
    const { ask } = failing(new NameTaken('taken'))
    expect(await ask(EVENT)).toBe('NameTaken: taken')
    expect(await ask(EVENT, NOW + 1_000)).toMatchObject({ alreadyStarted: true })
    const lost = failing(new Error('no answer'))
    await lost.ask(EVENT)
    expect(await lost.ask(EVENT, NOW + 1_000)).toMatch(/^StartUnknown/)
  })
})
