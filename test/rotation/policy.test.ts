import { describe, expect, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import type { Policy } from '../../src/ledger/policies.ts'
import { memoryPolicies } from '../../src/rehearse/world/stores.ts'
import { keepPolicy, policyOf } from '../../src/rotation/policy.ts'
import { auditorOf } from '../audit/auditor.ts'
import { INSTANT, simulatedStage } from '../sim/stage.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const iso = (instant: number) => new Date(instant).toISOString()
const FREEZE = {
  ...{ name: 'incident', from: '2026-11-29T03:00', to: '2026-11-29T09:00', timezone: 'UTC' },
  yearly: false,
}

/** A wave that waits an hour for a go-ahead, on the config that it started with, while another one is deployed. */
async function waitsWhile(deployed: (config: Config) => Config, { before = false } = {}) {
  const stage = simulatedStage({
    schedule: { windowSeconds: 3 * 3_600, approval: { timeoutSeconds: 7_200 } },
  })
  const auditor = auditorOf(stage)
  const config = deployed({ ...structuredClone(stage.config), version: 'newer0000000' })
  if (before) await auditor.at(INSTANT - MINUTE, { config })
  await stage.clock.runUntil(INSTANT)
  const ended = stage.deliver()
  if (!before) await auditor.at(INSTANT + 20 * MINUTE, { config })
  await stage.clock.runUntil(INSTANT + HOUR)
  const answered = stage.answer({ status: 'APPROVED', by: 'ana' })
  await stage.clock.runUntil(INSTANT + 2 * HOUR)
  await Promise.all([ended, answered])
  const [rotation] = stage.ledger.rows.values()
  return rotation
}

describe('an execution that waits is bound by what is deployed meanwhile', () => {
  it('a freeze', async () => {
    const rotation = await waitsWhile((config) => ({ ...config, freezes: [FREEZE] }))
    expect(rotation).toMatchObject({ status: 'SKIPPED', reason: 'FROZEN' })
    expect(rotation?.message).toMatch(
      /freeze "incident" .*, by config newer0000000, deployed since it started/,
    )
  })

  it('its schedule disabled, or gone', async () => {
    const off = await waitsWhile((config) => ({
      ...config,
      schedules: config.schedules.map((it) => ({ ...it, enabled: false })),
    }))
    expect(off).toMatchObject({ status: 'SKIPPED', reason: 'DISABLED' })
  })

  it('and by nothing where that lets it pass', async () => {
    expect(await waitsWhile((config) => config)).toMatchObject({ status: 'SUCCEEDED' })
    const ignored = await waitsWhile((config) => ({
      ...config,
      freezes: [FREEZE],
      schedules: config.schedules.map((it) => ({ ...it, ignoreFreezes: [{ ...FREEZE, reason: 'tested' }] })),
    }))
    expect(ignored).toMatchObject({ status: 'SUCCEEDED' })
  })

  it('but not by what an older config said, which it may have lifted', async () => {
    const frozenOnce = await waitsWhile((config) => ({ ...config, freezes: [FREEZE] }), { before: true })
    expect(frozenOnce).toMatchObject({ status: 'SUCCEEDED' })
  })
})

describe('the policy', () => {
  const config = (version: string, ...names: string[]): Config => {
    const { config: made } = simulatedStage()
    const [schedule] = made.schedules
    if (!schedule) throw new Error('the stage has no schedule')
    return { ...made, version, schedules: names.map((name) => ({ ...schedule, name })) }
  }
  const keptOf = async (...steps: [config: Config, began: number][]): Promise<Policy | undefined> => {
    const policies = memoryPolicies()
    for (const [it, began] of steps) await keepPolicy(policies, it, began)
    return policies.get()
  }
  const [one, two] = [config('one', 'a', 'b'), config('two', 'b', 'c')]

  it('is the newest deploy’s, a roll-back included, and never that of an audit that began earlier', async () => {
    expect(await keptOf([one, 1_000], [two, 2_000])).toMatchObject({ configVersion: 'two', at: iso(2_000) })
    expect(await keptOf([one, 1_000], [two, 2_000], [one, 3_000])).toMatchObject({ configVersion: 'one' })
    expect(await keptOf([two, 2_000], [one, 1_000])).toMatchObject({ configVersion: 'two' })
    // What stands unchanged keeps its time.
    expect(await keptOf([one, 1_000], [one, 5_000])).toMatchObject({ at: iso(1_000) })
  })

  it('knows the schedules that are gone', () => {
    const first = policyOf(one, undefined, 1_000)
    expect(first.disabled).toEqual([])
    const second = policyOf(two, first, 2_000)
    expect(second.disabled).toEqual(['a'])
    expect(policyOf(one, second, 3_000).disabled).toEqual(['c'])
  })

  it('keeps what an audit that began in the same moment has written', async () => {
    expect(await keptOf([one, 1_000], [two, 1_000])).toMatchObject({ configVersion: 'one' })
    expect(await keptOf([one, 1_000], [two, 1_001])).toMatchObject({ configVersion: 'two' })
  })

  it('answers with what stood there, whether it is replaced or not', async () => {
    const policies = memoryPolicies()
    expect(await keepPolicy(policies, one, 1_000)).toBeUndefined()
    expect(await keepPolicy(policies, two, 2_000)).toMatchObject({ configVersion: 'one' })
    expect(await keepPolicy(policies, two, 3_000)).toMatchObject({ configVersion: 'two', at: iso(2_000) })
  })

  it('remembers who was gone or off, and each schedule once', () => {
    const off = { ...one, schedules: one.schedules.map((it) => ({ ...it, enabled: it.name !== 'b' })) }
    const first = policyOf(off, undefined, 1_000)
    expect(first).toMatchObject({ disabled: ['b'], schedules: ['a', 'b'] })
    // Still off, and in the config: named once.
    expect(policyOf(off, first, 2_000).disabled).toEqual(['b'])
    expect(policyOf(config('three', 'd'), first, 2_000).disabled).toEqual(['a', 'b'])
    // Gone for two deploys.
    expect(policyOf(config('four', 'e'), policyOf(two, first, 2_000), 3_000).disabled).toEqual([
      'a',
      'b',
      'c',
    ])
  })

  it('says who ignores a freeze, where anybody does', () => {
    const other = { ...FREEZE, name: 'other' }
    const [a, b] = one.schedules
    if (!a || !b) throw new Error('two schedules')
    const ignoring = {
      ...b,
      ignoreFreezes: [
        { name: 'other', reason: 'x' },
        { name: 'incident', reason: 'x' },
      ],
    }
    const frozen = {
      ...one,
      freezes: [FREEZE, other, { ...FREEZE, name: 'third' }],
      schedules: [a, ignoring],
    }
    expect(policyOf(frozen, undefined, 1_000).freezes).toEqual([
      { ...FREEZE, ignoredBy: ['b'] },
      { ...other, ignoredBy: ['b'] },
      { ...FREEZE, name: 'third' },
    ])
  })
})
