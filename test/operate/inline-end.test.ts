import { expect, it } from 'vitest'
import type { Rotation } from '../../src/model/rotation.ts'
import { endDespiteFailure, followedOf } from '../../src/operate/run-inline.ts'
import type { Wave } from '../../src/rotation/wave.ts'
import { sumEnds, type WaveEnd, WaveFailed } from '../../src/rotation/wave-end.ts'

const failing = (end: WaveEnd) =>
  Promise.reject(
    new WaveFailed({ name: 'nightly', scheduledAt: '', secrets: ['a', 'b'] } as unknown as Wave, end),
  )

it('a wave of which something failed in this process is told as far as it came', async () => {
  const rotation = { rotationId: 'a', status: 'SUCCEEDED' } as Rotation
  const rotations = [{ rotation, duplicate: false }]
  const end = { ...sumEnds([]), rotations, unended: 1, failed: ['"b": the ledger refuses it'] }
  expect(followedOf(await endDespiteFailure(failing(end)))).toEqual({ secrets: 2, rotations: [rotation] })
})

it('and one that knew no secrets says why', async () => {
  const refused = { reason: 'SECRETS_NOT_LISTED', message: 'could not list' } as const
  const end = { ...sumEnds([]), refused, failed: [refused.message] }
  expect(followedOf(await endDespiteFailure(failing(end)))).toEqual({
    secrets: 0,
    rotations: [],
    refused: 'could not list',
  })
})

it('any other error stays one', async () => {
  await expect(endDespiteFailure(Promise.reject(new Error('boom')))).rejects.toThrow('boom')
})
