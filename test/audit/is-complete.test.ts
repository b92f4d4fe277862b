import { expect, it } from 'vitest'
import { isComplete } from '../../src/audit/judge.ts'
import { namesIdOf } from '../../src/model/identity.ts'
import type { Rotation } from '../../src/model/rotation.ts'

const of = (...secrets: string[]) => secrets.map((secret) => ({ secret }) as Rotation)
const wave = { secrets: 2, names: namesIdOf(['a', 'b']) }

/** Found by the audit's simulation, seed 784: a later run lists one more, and cannot record one of the first. */
it.each([
  ['its own, in any order', wave, of('b', 'a'), true],
  ['as many, but others', wave, of('a', 'c'), false],
  ['one too few', wave, of('a'), false],
  ['as many, of a wave of an earlier release', { secrets: 2 }, of('a', 'b'), true],
  ['a wave that came to nothing', { secrets: 0, names: namesIdOf([]) }, [], false],
])('%s', (_what, of, records, whole) => {
  expect(isComplete(of, records)).toBe(whole)
})
