import { afterAll, expect, it } from 'vitest'
import { problemsOf, rowsOf } from '../../bench/applications/judge.ts'
import { measure } from '../../bench/applications/world.ts'

const environment = { ...process.env }
afterAll(() => {
  process.env = environment
})

/** Faults may have a consumer wait for minutes: those are the bench's, `npm run bench -- applications`. */
it('applications through three rotations of each kind', { timeout: 600_000 }, async () => {
  const figures = await measure({ rotations: 3, seed: 17, ttlMs: 1_000, everyMs: 150, faults: false })
  expect(problemsOf(figures)).toEqual([])
  expect(figures.rotations.length).toBe(6)
  // It can see an outage: whoever reads once has one with both.
  const lasting = rowsOf(figures).filter(({ kind }) => kind === 'for ever')
  for (const { failed } of lasting) expect(failed).toBeGreaterThan(10)
  const named = figures.rotations.map(({ users, adoption }) => adoption.named.includes(`for-ever-${users}`))
  expect(named).toEqual(Array(6).fill(true))
})
