import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isNewlySettled } from '../../src/audit/objectives.ts'
import { missedIn, objectiveOf, objectiveTerms } from '../../src/model/objective.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { MINUTE } from '../../src/model/time.ts'

const limits = { windowSeconds: 1_800, timeoutSeconds: 900, objectiveSkewSeconds: 1 }
const rotation = (parts: Partial<Rotation>) =>
  ({
    schedule: 'nightly',
    secretName: 'a',
    scheduledAt: '2026-11-10T03:00:00.000Z',
    limits,
    ...parts,
  }) as Rotation

it('binds what began, whatever came of it: exactly as late as it may be is in time', () => {
  expect(objectiveOf(rotation({ skewMs: 1_000 }))).toBe('kept')
  expect(objectiveOf(rotation({ skewMs: 1_001 }))).toBe('missed')
  expect(objectiveOf(rotation({ skewMs: 1_001, status: 'FAILED' }))).toBe('missed')
  // A start that was not observed is no start at 0.
  expect(objectiveOf(rotation({ rotatedAt: '2026-11-10T03:00:09.000Z' }))).toBe('unknown')
  expect(objectiveOf(rotation({ status: 'SKIPPED' }))).toBe('none')
  const { objectiveSkewSeconds: _, ...without } = limits
  expect(objectiveOf(rotation({ skewMs: 9_000, limits: without }))).toBe('none')
  const { limits: __, ...older } = rotation({ skewMs: 9_000 })
  expect(objectiveOf(older)).toBe('none')
})

it('does not bind what a person asked for', () => {
  const objective = { skewSeconds: 1 }
  expect(objectiveTerms('SCHEDULE', objective)).toEqual({ objectiveSkewSeconds: 1 })
  expect(objectiveTerms('CATCH_UP', objective)).toEqual({ objectiveSkewSeconds: 1 })
  expect(objectiveTerms('ON_DEMAND', objective)).toEqual({})
  expect(objectiveTerms('SCHEDULE', undefined)).toEqual({})
})

it('adds up by occurrence: how many missed it, and the latest of them', () => {
  const skews = fc.array(fc.tuple(fc.constantFrom('one', 'two'), fc.integer({ min: 0, max: 3_000 })), {
    maxLength: 40,
  })
  fc.assert(
    fc.property(skews, (all) => {
      const found = missedIn(
        all.map(([schedule, skewMs], index) => rotation({ schedule, skewMs, secretName: `s${index}` })),
      )
      for (const name of ['one', 'two']) {
        const late = all.filter(([schedule, skewMs]) => schedule === name && skewMs > 1_000)
        const it = found.find(({ schedule }) => schedule === name)
        expect(it?.missed ?? 0).toBe(late.length)
        expect(it?.mostMs).toBe(late.length === 0 ? undefined : Math.max(...late.map(([, skew]) => skew)))
        if (it) expect(all[Number(it.secret.slice(1))]).toEqual([name, it.mostMs])
      }
    }),
  )
})

it('each outcome falls into one look, whenever looks are, and a while after it was written', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 600 * MINUTE }), { minLength: 2, maxLength: 8 })
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 100 }), (each, percent) => {
      const looks = [1e12]
      for (const gap of each) looks.push((looks.at(-1) ?? 0) + gap)
      const [first = 0, last = 0] = [looks[0], looks.at(-1)]
      const at = Math.floor(first - 5 * MINUTE + 1 + ((last - first - 1) * percent) / 100)
      const settledAt = new Date(at).toISOString()
      const telling = looks.filter((began, index) =>
        isNewlySettled({ settledAt }, { before: looks[index - 1] ?? began - 1, began }),
      )
      expect(telling).toHaveLength(1)
      expect((telling[0] ?? 0) - at).toBeGreaterThanOrEqual(5 * MINUTE)
    }),
  )
  expect(isNewlySettled({}, { before: undefined, began: 1e12 })).toBe(false)
})
