import { describe, expect, it } from 'vitest'
import { approvalIdOf } from '../../src/model/identity.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'
import { auditorOf, rowsOf } from './auditor.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const iso = (instant: number) => new Date(instant).toISOString()

async function audited(schedule: NonNullable<StageOptions['schedule']>) {
  const stage = simulatedStage({ schedule })
  await auditorOf(stage).at(INSTANT - MINUTE)
  return [...stage.approvals.rows.values()]
}

describe('approvals with notice', () => {
  it('are asked for ahead of every occurrence in it', async () => {
    const day = 24 * HOUR
    const found = await audited({ approval: { timeoutSeconds: 1_200 }, noticeSeconds: [2 * 86_400, 3_600] })
    expect(found).toMatchObject(
      [INSTANT, INSTANT + day].map((instant) => ({
        approvalId: approvalIdOf({ name: 'nightly', occasion: iso(instant) }),
        scheduledAt: iso(instant),
        secrets: 1,
        status: 'PENDING',
        expiresAt: iso(instant + 20 * MINUTE),
      })),
    )
  })

  it.each([
    ['without notice', { approval: { timeoutSeconds: 1_200 } }],
    ['of what is disabled', { approval: { timeoutSeconds: 1_200 }, noticeSeconds: [86_400], enabled: false }],
    ['that are not wanted', { noticeSeconds: [86_400] }],
  ])('%s are not', async (_, schedule) => {
    expect(await audited(schedule)).toEqual([])
  })

  it('of what runs all the time are asked for soonest first, a few at a time', async () => {
    const found = await audited({
      when: 'cron(* * * * ? *)',
      approval: { timeoutSeconds: 60 },
      noticeSeconds: [86_400],
    })
    expect(found).toHaveLength(50)
    expect(found[0]?.scheduledAt).toBe(iso(INSTANT))
    expect(found.at(-1)?.scheduledAt).toBe(iso(INSTANT + 49 * MINUTE))
  })

  it('that cannot be asked for are tried by the next run, and stop nothing', async () => {
    const stage = simulatedStage({ schedule: { approval: { timeoutSeconds: 60 }, noticeSeconds: [86_400] } })
    const auditor = auditorOf(stage)
    const request = async () => Promise.reject(new Error('throttled'))
    const report = await auditor.at(INSTANT - 30_000, { approvals: { ...stage.approvals, request } })
    expect(await report).toMatchObject({ errors: 1, moved: true })
    expect(stage.approvals.rows.size).toBe(0)
  })

  it.each([
    ['unanswered', undefined],
    ['approved', { status: 'APPROVED', by: 'ana' } as const],
  ])('are no sign that a run lives: one that is never delivered is caught up, %s', async (_, answer) => {
    const stage = simulatedStage({
      schedule: { approval: { timeoutSeconds: 1_200 }, noticeSeconds: [3_600] },
    })
    const auditor = auditorOf(stage)
    await auditor.at(INSTANT - MINUTE)
    if (answer) await stage.answer(answer)
    await auditor.every5Minutes(INSTANT + 5 * MINUTE, INSTANT + 10 * MINUTE)
    if (!answer) await stage.answer({ status: 'APPROVED', by: 'ben' })
    await stage.clock.runUntil(INSTANT + HOUR)
    expect(rowsOf(stage)).toMatchObject([{ status: 'SUCCEEDED', trigger: 'CATCH_UP' }])
  })

  it('end with their time where the wave never came: a freeze was deployed, and what would have started it got lost', async () => {
    const freezes = [{ name: 'night', from: '2026-11-29', to: '2026-11-30', timezone: 'UTC', yearly: false }]
    const stage = simulatedStage({
      schedule: { approval: { timeoutSeconds: 1_200 }, noticeSeconds: [3_600] },
      deployed: { at: INSTANT - 20_000, keptAt: INSTANT - 20_000, freezes },
    })
    const auditor = auditorOf(stage)
    await auditor.at(INSTANT - MINUTE)
    await auditor.every5Minutes(INSTANT + 5 * MINUTE, INSTANT + 25 * MINUTE)
    expect(rowsOf(stage)).toMatchObject([{ status: 'SKIPPED', reason: 'FROZEN' }])
    expect([...stage.approvals.rows.values()]).toMatchObject([{ status: 'EXPIRED' }])
  })
})
