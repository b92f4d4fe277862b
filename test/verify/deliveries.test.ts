import { expect, it } from 'vitest'
import { farthestOff } from '../../src/verify/probes/deliveries.ts'

const AT = Date.parse('2026-11-28T03:00:00Z')

it.each<[string, Parameters<typeof farthestOff>[0], number]>([
  ['exact', [{ scheduled: AT }, { scheduled: AT + 30_000, set: AT + 30_000 }], 0],
  ['a minute that is told early', [{ scheduled: AT - 7_000 }], -7_000],
  ['a minute that is told late', [{ scheduled: AT + 7_000 }], 7_000],
  ['the farthest of several', [{ scheduled: AT - 7_000, set: AT }, { scheduled: AT + 1_000 }], -7_000],
  ['a set instant that is told a minute late', [{ scheduled: AT + 60_000, set: AT }], 60_000],
  ['what is no time', [{ scheduled: AT }, { scheduled: Number.NaN, set: AT }], Number.NaN],
])('how far the time of a delivery is off: %s', (_, times, off) => expect(farthestOff(times)).toBe(off))
