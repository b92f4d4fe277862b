import { describe, expect, it } from 'vitest'
import { INSTANT, simulatedStage } from '../sim/stage.ts'
import { auditorOf, rowsOf } from './auditor.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const QUIET = { when: 'cron(0 3 1 JAN ? *)' }

describe('what the audit costs', () => {
  it('is one look an hour at each secret, spread, and a number that does not fall in between', async () => {
    const secrets = Array.from({ length: 60 }, (_, index) => `db-${index}`)
    const stage = simulatedStage({ schedule: { ...QUIET, secrets, maxAgeSeconds: 86_400 } })
    const auditor = auditorOf(stage)
    const looks = () => stage.aws.calls.filter(({ action }) => action === 'DescribeSecret').length
    await auditor.at(INSTANT)
    expect(looks()).toBe(60)
    const each: number[] = []
    for (let run = 1; run <= 24; run++) {
      const before = looks()
      await auditor.at(INSTANT + run * 5 * MINUTE)
      each.push(looks() - before)
    }
    expect(each.reduce((sum, it) => sum + it)).toBe(120)
    expect(Math.max(...each)).toBeLessThan(15)
    // A day on all of them are overdue, found within an hour, and stay so from run to run.
    const overdue: number[] = []
    for (let run = 0; run < 30; run++) {
      overdue.push((await auditor.at(INSTANT + 25 * HOUR + run * 5 * MINUTE)).overdue)
    }
    expect(overdue[0]).toBe(60)
    expect(overdue).toEqual(overdue.map(() => 60))
    const found = auditor.findings.filter(({ kind }) => kind === 'OVERDUE').slice(0, 60)
    expect(new Set(found.map(({ secret }) => secret)).size).toBe(60)
  })

  it('also of what a selector chooses, which is judged by all schedules that have it', async () => {
    const stage = simulatedStage({ schedule: { ...QUIET, secrets: ['fleet/a', 'fleet/b'] } })
    const [listed] = stage.config.schedules
    if (!listed) throw new Error('no schedule')
    const chosen = { ...listed, name: 'fleet', secrets: [], select: { prefix: 'fleet/a' }, maxAgeSeconds: 1 }
    const config = { ...stage.config, schedules: [listed, chosen, { ...chosen, name: 'again' }] }
    const auditor = auditorOf(stage)
    expect(await auditor.at(INSTANT, { config })).toMatchObject({ overdue: 1 })
    const kept = { ...listed, secrets: ['fleet/b'] }
    const other = { ...config, schedules: [kept, chosen, { ...chosen, name: 'again' }] }
    expect(await auditor.at(INSTANT + 2 * HOUR, { config: other })).toMatchObject({ overdue: 1 })
  })
})

describe('a name that a deploy takes away', () => {
  async function across(parts: object, deliver = false, freezes: never[] | object[] = []) {
    const stage = simulatedStage({ freezes: freezes as never[] })
    const auditor = auditorOf(stage)
    await auditor.at(INSTANT - MINUTE)
    if (deliver) void stage.deliver()
    const schedules = stage.config.schedules.map((it) => ({ ...it, ...parts }))
    await auditor.at(INSTANT + 4 * MINUTE, { config: { ...stage.config, schedules } })
    await auditor.at(INSTANT + 9 * MINUTE, { config: { ...stage.config, schedules } })
    return { stage, auditor }
  }
  it.each([
    ['renamed', { name: 'by-night' }],
    ['disabled', { enabled: false }],
  ])('%s across an instant that nothing has started: told, once, and not judged', async (_, parts) => {
    const { stage, auditor } = await across(parts)
    expect(auditor.findings).toMatchObject([{ kind: 'UNACCOUNTED', schedule: 'nightly' }])
    expect(auditor.findings[0]?.message).toContain('2026-11-29T03:00:00.000Z has no record')
    expect(rowsOf(stage)).toEqual([])
  })
  it('with a record of it, or in a freeze, is nobody’s worry', async () => {
    const { auditor } = await across({ name: 'by-night' }, true)
    expect(auditor.kinds()).toEqual([])
    const night = { name: 'n', from: '2026-11-29', to: '2026-11-30', timezone: 'UTC', yearly: false }
    expect((await across({ name: 'by-night' }, false, [night])).auditor.kinds()).toEqual([])
  })
})

describe('a schedule that the audit fails for', () => {
  it('is told once that has lasted, and alarms as an error from the first time on', async () => {
    const stage = simulatedStage()
    const auditor = auditorOf(stage)
    await auditor.at(INSTANT - MINUTE)
    const get = async () => {
      throw new Error('ProvisionedThroughputExceeded')
    }
    const broken = { ledger: { ...stage.ledger, get } }
    expect(await auditor.at(INSTANT + 5 * MINUTE, broken)).toMatchObject({ errors: 1, unaccounted: 0 })
    for (let at = 10; at <= 20; at += 5) await auditor.at(INSTANT + at * MINUTE, broken)
    expect(auditor.findings.at(-1)).toMatchObject({ kind: 'UNACCOUNTED', key: 'behind nightly' })
    expect(auditor.findings.at(-1)?.message).toContain('ProvisionedThroughputExceeded')
  })
})
