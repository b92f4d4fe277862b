import { expect, it } from 'vitest'
import { virtualClock } from '../../src/rehearse/world/clock.ts'
import { runDurable } from '../../src/rehearse/world/durable.ts'
import type { Ports } from '../../src/rotation/ports.ts'
import { resolveSecrets } from '../../src/rotation/resolve-secrets.ts'
import type { UnresolvedWave } from '../../src/rotation/wave.ts'
import type { Steps } from '../../src/steps/steps.ts'

const SELECT = { prefix: 'prod/' }
const WAVE: UnresolvedWave = {
  name: 'nightly',
  select: SELECT,
  scheduledAt: '2026-11-29T03:00:00Z',
  occasion: '2026-11-29T03:00:00Z',
  trigger: 'SCHEDULE',
  windowSeconds: 1_800,
  timeoutSeconds: 900,
  concurrency: 10,
  before: [],
  after: [],
}
const NAMES = Array.from({ length: 12_000 }, (_, i) => `prod/service-${String(i).padStart(5, '0')}/database`)

async function resolve(
  list: () => Promise<string[]>,
  crash: (operation: string) => boolean = () => false,
): Promise<{ secrets: string[] | undefined; checkpoints: number[] }> {
  const clock = virtualClock(Date.parse(WAVE.scheduledAt))
  const checkpoints: number[] = []
  const watched = (steps: Steps): Steps => ({
    ...steps,
    async step(name, fn, config) {
      const result = await steps.step(name, fn, config)
      checkpoints.push(JSON.stringify(result).length)
      return result
    },
  })
  const world = {
    now: clock.now,
    secrets: { list: async () => ({ names: await list(), replicas: [] }) },
    log: () => {},
  } as unknown as Ports
  const wave = runDurable(
    { clock, crash: (operation, point) => point === 'before' && crash(operation) },
    (steps) => resolveSecrets(watched(steps), WAVE, world),
  )
  await clock.runUntil(clock.now() + 60_000)
  return { secrets: (await wave)?.secrets, checkpoints }
}

it('keeps what a selector chooses in checkpoints of less than 256 KB, listed once', async () => {
  let listed = 0
  const { secrets, checkpoints } = await resolve(async () => {
    listed++
    return NAMES
  })
  expect(secrets).toEqual(NAMES)
  expect(listed).toBe(1)
  expect(checkpoints.length).toBeGreaterThan(1)
  expect(Math.max(...checkpoints)).toBeLessThan(256 * 1_024)
})

it('goes on after the last name that was kept, where a run dies in between and the list has changed', async () => {
  let died = false
  const crash = (operation: string) => {
    if (died || !operation.endsWith('resolve 2')) return false
    died = true
    return true
  }
  const [first = '', ...rest] = NAMES
  // One that was kept has gone, another has come before the last name that was kept.
  const later = ['prod/service-00000/another', ...rest, 'prod/service-99999/database']
  const { secrets = [] } = await resolve(async () => (died ? later : NAMES), crash)
  expect(died).toBe(true)
  expect(secrets).toEqual([first, ...rest, 'prod/service-99999/database'])
})
