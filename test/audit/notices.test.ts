import { describe, expect, it } from 'vitest'
import { leadDue } from '../../src/audit/notices.ts'
import type { Hold } from '../../src/model/hold.ts'
import { memoryNotices } from '../../src/rehearse/world/stores.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'
import { auditorOf } from './auditor.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const iso = (instant: number) => new Date(instant).toISOString()

/** Sundays at 03:00 only: one occurrence at a time. */
const WEEKLY = { when: 'cron(0 3 ? * SUN *)' }
const TWO = { ...WEEKLY, noticeSeconds: [7_200, 3_600] }

function stageWith(schedule: NonNullable<StageOptions['schedule']>, rest: StageOptions = {}) {
  const stage = simulatedStage({ beginsMs: 3 * HOUR, schedule, ...rest })
  return { stage, auditor: auditorOf(stage) }
}

const hold = (scope: Hold['scope'], until?: string) => ({
  ...{ id: 'h1', scope, reason: 'incident', by: 'ana', placedAt: iso(INSTANT - 5 * HOUR) },
  ...(until !== undefined && { until }),
})

describe('which lead time has come', () => {
  const at = Date.parse('2026-11-29T03:00:00Z')
  it.each<[string, number, number | undefined]>([
    ['before the longest', at - 7_200_001, undefined],
    ['at the longest', at - 7_200_000, 7_200],
    ['between the two', at - 3_600_001, 7_200],
    ['at the shorter', at - 3_600_000, 3_600],
    ['a moment before', at - 1, 3_600],
    ['at the instant', at, undefined],
    ['after it', at + 1, undefined],
  ])('%s', (_, now, expected) => expect(leadDue([7_200, 3_600], at, now)).toBe(expected))
})

describe('notices', () => {
  it('are given once at each lead time, by audits every five minutes', async () => {
    const { auditor } = stageWith(TWO)
    await auditor.every5Minutes(INSTANT - 3 * HOUR, INSTANT + 30 * MINUTE)
    expect(auditor.given).toMatchObject([
      { schedule: 'nightly', scheduledAt: iso(INSTANT), leadSeconds: 7_200, leftMs: 2 * HOUR, late: false },
      { leadSeconds: 3_600, leftMs: HOUR, late: false, secrets: ['orders'], held: 0 },
    ])
    expect(auditor.given).toHaveLength(2)
  })

  it.each([
    ['disabled', { enabled: false }],
    ['without lead times', { noticeSeconds: undefined }],
  ])('are not given of what is %s', async (_, schedule) => {
    const { auditor } = stageWith({ ...TWO, ...(schedule as object) })
    await auditor.at(INSTANT - HOUR)
    expect(auditor.given).toEqual([])
  })

  it('come late where the audit was away, and say so; of two that are due the shorter one', async () => {
    const { auditor } = stageWith(TWO)
    await auditor.at(INSTANT - HOUR + 10 * MINUTE)
    await auditor.at(INSTANT - HOUR + 20 * MINUTE)
    expect(auditor.given).toMatchObject([{ leadSeconds: 3_600, late: false, leftMs: 50 * MINUTE }])
    const away = stageWith(TWO)
    await away.auditor.at(INSTANT - HOUR + 11 * MINUTE)
    expect(away.auditor.given).toMatchObject([{ leadSeconds: 3_600, late: true, leftMs: 49 * MINUTE }])
  })

  it('are never given once the instant has come', async () => {
    const { auditor } = stageWith(TWO)
    await auditor.at(INSTANT)
    await auditor.at(INSTANT + 5 * MINUTE)
    expect(auditor.given).toEqual([])
  })

  it('are not given of a frozen occurrence', async () => {
    const day = { name: 'sunday', from: '2026-11-29', to: '2026-11-30', timezone: 'UTC', yearly: false }
    const { auditor } = stageWith(TWO, { freezes: [day] })
    await auditor.at(INSTANT - HOUR)
    expect(auditor.given).toEqual([])
    const before = stageWith(TWO, { freezes: [{ ...day, from: '2026-11-28', to: '2026-11-29' }] })
    await before.auditor.at(INSTANT - HOUR)
    expect(before.auditor.given).toHaveLength(1)
  })

  it.each<[string, Hold['scope'], string | undefined, number]>([
    ['all is held', 'all', undefined, 0],
    ['the schedule is held', 'schedule/nightly', undefined, 0],
    ['each of its secrets is held', 'secret/orders', undefined, 0],
    ['another schedule is held', 'schedule/other', undefined, 1],
    ['the hold ends before', 'all', iso(INSTANT), 1],
    ['the hold ends after', 'all', iso(INSTANT + 1), 0],
  ])('where %s', async (_, scope, until, expected) => {
    const { stage, auditor } = stageWith(TWO)
    await stage.holds.place(hold(scope, until))
    await auditor.at(INSTANT - HOUR)
    expect(auditor.given).toHaveLength(expected)
  })

  it.each([
    ['nightly', 0],
    ['other', 1],
  ])('where failures in %s have paused its secret', async (schedule, expected) => {
    const { stage, auditor } = stageWith(TWO)
    await stage.holds.place({ ...hold('secret/orders'), kind: 'pause', schedule })
    await auditor.at(INSTANT - HOUR)
    expect(auditor.given).toHaveLength(expected)
  })

  it('come late, but come, where the hold is released in time', async () => {
    const { stage, auditor } = stageWith(TWO)
    await stage.holds.place(hold('all'))
    await auditor.at(INSTANT - HOUR)
    await stage.holds.release('all', 'h1', 'ana', iso(INSTANT - 40 * MINUTE))
    await auditor.at(INSTANT - 30 * MINUTE)
    expect(auditor.given).toMatchObject([{ leadSeconds: 3_600, late: true }])
  })

  it('are not given of an occurrence that somebody has left out, and are of it once that is taken back', async () => {
    const { stage, auditor } = stageWith(TWO)
    const skipped = {
      ...{ id: 'e1', schedule: 'nightly', scheduledAt: iso(INSTANT) },
      ...{ by: 'ana', reason: 'CHG-1', placedAt: iso(INSTANT - 5 * HOUR) },
    } as const
    await stage.exceptions.place(skipped)
    await auditor.at(INSTANT - 2 * HOUR)
    expect(auditor.given).toEqual([])
    await stage.exceptions.cancel(skipped, { at: iso(INSTANT - 2 * HOUR), by: 'ana' })
    await auditor.at(INSTANT - HOUR)
    expect(auditor.given).toMatchObject([{ leadSeconds: 3_600 }])
  })

  it('leave out the secrets that are held, and count them', async () => {
    const { stage, auditor } = stageWith({ ...TWO, secrets: ['orders', 'billing'] })
    await stage.holds.place(hold('secret/orders'))
    await auditor.at(INSTANT - HOUR)
    expect(auditor.given).toMatchObject([{ secrets: ['billing'], held: 1 }])
  })

  it('name what a selector chooses now', async () => {
    const { auditor } = stageWith({ ...TWO, secrets: ['db-a', 'db-b', 'other'] }, { selected: true })
    await auditor.at(INSTANT - HOUR)
    expect(auditor.given).toMatchObject([{ secrets: ['db-a', 'db-b'], select: { prefix: 'db-' } }])
  })

  it('that could not be sent are sent by the next audit, and count as errors', async () => {
    const { auditor } = stageWith(TWO)
    const report = await auditor.at(INSTANT - HOUR, { sendNotice: async () => false })
    expect(await report).toMatchObject({ errors: 1, moved: true })
    await auditor.at(INSTANT - HOUR + 5 * MINUTE)
    expect(auditor.given).toMatchObject([{ leadSeconds: 3_600 }])
  })

  it('of an audit that died with one in hand are given once it must be dead', async () => {
    const { stage, auditor } = stageWith(TWO)
    const dies = () => new Promise<boolean>(() => {})
    await stage.clock.runUntil(INSTANT - HOUR)
    auditor.run({ sendNotice: dies }).catch(() => {})
    await stage.clock.runUntil(INSTANT - HOUR + MINUTE)
    await auditor.at(INSTANT - HOUR + 10 * MINUTE)
    expect(auditor.given).toEqual([])
    await auditor.at(INSTANT - HOUR + 15 * MINUTE)
    await auditor.at(INSTANT - HOUR + 20 * MINUTE)
    expect(auditor.given).toMatchObject([{ leadSeconds: 3_600, late: true }])
  })

  it('are not given where the holds cannot be read, until they can', async () => {
    const { stage, auditor } = stageWith(TWO)
    const covering = async () => Promise.reject(new Error('throttled'))
    const report = await auditor.at(INSTANT - HOUR, { holds: { ...stage.holds, covering } })
    expect(await report).toMatchObject({ errors: 1 })
    expect(auditor.given).toEqual([])
    await auditor.at(INSTANT - HOUR + 5 * MINUTE)
    expect(auditor.given).toHaveLength(1)
  })

  it('are one’s to give of several audits at once', async () => {
    const { stage, auditor } = stageWith(TWO)
    const notices = memoryNotices()
    await stage.clock.runUntil(INSTANT - HOUR)
    const runs = [1, 2, 3].map(() => auditor.run({ notices }))
    await stage.clock.runUntil(INSTANT - HOUR + MINUTE)
    await Promise.all(runs)
    expect(auditor.given).toHaveLength(1)
  })

  describe('of a schedule that wants an approval', () => {
    const asked = { ...TWO, approval: { timeoutSeconds: 1_200 } }

    it('the request is the first, and what comes later says how it stands', async () => {
      const { stage, auditor } = stageWith(asked)
      await auditor.every5Minutes(INSTANT - 3 * HOUR, INSTANT - 5 * MINUTE)
      expect(stage.told).toMatchObject([{ about: 'approval' }])
      expect(auditor.given).toMatchObject([
        { leadSeconds: 3_600, approval: { status: 'PENDING', approvalId: expect.any(String) } },
      ])
    })

    it('names who has approved', async () => {
      const { stage, auditor } = stageWith(asked)
      await auditor.at(INSTANT - 2 * HOUR)
      await stage.answer({ status: 'APPROVED', by: 'ana' })
      await auditor.at(INSTANT - HOUR)
      expect(auditor.given).toMatchObject([
        { leadSeconds: 3_600, approval: { status: 'APPROVED', by: 'ana' } },
      ])
    })

    it('is not given once it was rejected', async () => {
      const { stage, auditor } = stageWith(asked)
      await auditor.at(INSTANT - 2 * HOUR)
      await stage.answer({ status: 'REJECTED', by: 'ana' })
      await auditor.at(INSTANT - HOUR)
      expect(auditor.given).toEqual([])
    })

    it('a request that came only then is the notice, too', async () => {
      const { auditor } = stageWith(asked)
      await auditor.every5Minutes(INSTANT - 30 * MINUTE, INSTANT - 5 * MINUTE)
      expect(auditor.given).toEqual([])
    })
  })

  it('are given so many hours before the instant, whatever clocks do in between', async () => {
    // Clocks go back at 01:00Z on 2026-10-25: 03:00 in Berlin is 02:00Z that day, and 01:00Z the day before.
    const stage = simulatedStage({
      beginsMs: INSTANT - Date.parse('2026-10-24T00:00:00Z'),
      schedule: { when: 'cron(0 3 ? * SUN *)', timezone: 'Europe/Berlin', noticeSeconds: [86_400] },
    })
    const auditor = auditorOf(stage)
    await auditor.at(Date.parse('2026-10-24T01:55:00Z'))
    expect(auditor.given).toEqual([])
    await auditor.at(Date.parse('2026-10-24T02:00:00Z'))
    expect(auditor.given).toMatchObject([{ scheduledAt: '2026-10-25T02:00:00.000Z', leftMs: 24 * HOUR }])
  })
})
