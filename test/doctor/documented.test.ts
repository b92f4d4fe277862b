import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { checks } from '../../src/doctor/checks.ts'

it('docs/doctor.md has every check, of its kind, in order', async () => {
  const text = await readFile(new URL('../../docs/doctor.md', import.meta.url), 'utf8')
  const documented = [...text.matchAll(/^\| `([a-z-]+)` \| (broken|risk|note) \|/gm)].map(
    ([, name, kind]) => [name, kind],
  )
  const all = [
    ...checks.stage.slice(0, 2),
    ...checks.schedule,
    ...checks.stage.slice(2),
    ...checks.hold,
    ...checks.selector,
    ...checks.secret,
    ...checks.function,
  ]
  expect(documented).toEqual(all.map(({ name, severity }) => [name, severity]))
})
