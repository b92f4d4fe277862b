import { v5 } from 'uuid'
import { expect, it } from 'vitest'
import type { Rotation } from '../../src/model/rotation.ts'
import { wire } from './wire.ts'

const versionIdOf = (token: string) => v5(token, v5.URL)
const on = wire({ versionIdOf })

it('a version of another id that a call without an answer made is ours, once a later sending names it', async () => {
  await on.schedule('hung', ['hung'])
  on.harm({ secret: 'hung"', action: 'RotateSecret', harm: { kind: 'hang', ms: 60_000, carried: true } })
  const [rotation] = (await on.run('hung', Date.now() + 200)) as [Rotation]
  expect(rotation).toMatchObject({ status: 'SUCCEEDED', versionId: versionIdOf(rotation.rotationId) })
  const [first] = on.sent('hung"')
  expect(Math.abs((first?.at ?? 0) - Date.parse(rotation.startedAt ?? ''))).toBeLessThan(500)
  expect(rotation.previousVersionId).not.toBe(rotation.versionId)
})
