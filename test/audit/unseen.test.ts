import { describe, expect, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { memoryStates } from '../../src/rehearse/world/stores.ts'
import { INSTANT, simulatedStage } from '../sim/stage.ts'
import { auditorOf, rowsOf } from './auditor.ts'

const MINUTE = 60_000

const stageOf = () => simulatedStage({ beginsMs: 30 * MINUTE, schedule: { windowSeconds: 600 } })

/** A config is deployed while nobody looks; its occurrence is never delivered, unless `delivered`. */
async function deployedAcross(before: (config: Config) => Config, { delivered = false } = {}) {
  const stage = stageOf()
  const auditor = auditorOf(stage)
  await auditor.at(INSTANT - MINUTE, { config: before(stage.config) })
  if (delivered) stage.deliver().catch(() => {})
  for (let at = INSTANT + MINUTE; at < INSTANT + 60 * MINUTE; at += 5 * MINUTE) await auditor.at(at)
  return { rows: rowsOf(stage), findings: auditor.findings }
}

describe('an occurrence just before the audit first saw its schedule', () => {
  const news: [string, (config: Config) => Config][] = [
    ['new', (config) => ({ ...config, schedules: [] })],
    [
      'enabled again',
      (config) => ({ ...config, schedules: config.schedules.map((it) => ({ ...it, enabled: false })) }),
    ],
  ]
  it.each(news)('%s: is not judged, and that is told once', async (_, before) => {
    const { rows, findings } = await deployedAcross(before)
    expect(rows).toEqual([])
    expect(findings).toMatchObject([
      {
        kind: 'UNACCOUNTED',
        schedule: 'nightly',
        message: expect.stringMatching(
          /^nightly of 2026-11-29T03:00:00.000Z has no record. A deploy has brought or enabled nightly since 2026-11-29T02:59/,
        ),
      },
    ])
  })

  it.each(news)('%s: has run, and nobody is told anything', async (_, before) => {
    const { rows, findings } = await deployedAcross(before, { delivered: true })
    expect(rows).toMatchObject([{ status: 'SUCCEEDED' }])
    expect(findings).toEqual([])
  })
})

describe('a watermark that somebody has deleted', () => {
  it('is told: what was due before is not judged', async () => {
    const auditor = auditorOf(stageOf())
    await auditor.at(INSTANT - 20 * MINUTE)
    const states = memoryStates()
    for (let at = INSTANT + 5 * MINUTE; at < INSTANT + 20 * MINUTE; at += 5 * MINUTE)
      await auditor.at(at, { states })
    expect(auditor.findings).toMatchObject([
      { kind: 'NOT_AUDITED', message: expect.stringMatching(/^how far the audit had come is no longer/) },
    ])
  })

  it('and one that was never there is not, though two audits are the first', async () => {
    const stage = stageOf()
    const auditor = auditorOf(stage)
    const both = Promise.all([auditor.run(), auditor.run()])
    await stage.clock.runUntil(INSTANT - 20 * MINUTE)
    await both
    expect(auditor.findings).toEqual([])
  })
})
