import { setTimeout as sleep } from 'node:timers/promises'
import { RotateSecretCommand } from '@aws-sdk/client-secrets-manager'
import { describe, expect, it } from 'vitest'
import type { Seen } from '../../src/aws/secrets.ts'
import { rotationIdOf } from '../../src/model/identity.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { within } from '../busy.ts'
import { DEEP } from '../deep.ts'
import { until } from '../local/fixture.ts'
import { WAITS, wire } from './wire.ts'

const on = wire()
const throttled = { kind: 'refused', error: 'throttled' } as const
const hangs = { kind: 'hang', ms: 75_000, carried: false } as const
const fleet = (name: string) => Array.from({ length: 40 }, (_, index) => `${name}/${index}`)

/**
 * Ms between what the record says, and when a call that AWS carried out went through the proxy. A machine that is busy
 * takes longer for that, and gives up on an answer now and then: no bound here is near to what an idle one takes.
 */
function offBy({ secret, startedAt = '' }: Rotation): number {
  const carried = on.sent(`${secret}"`).filter(({ harm }) => harm === undefined)
  expect(carried).not.toEqual([])
  return Math.min(...carried.map(({ at }) => Math.abs(at - Date.parse(startedAt))))
}

describe('throttling of RotateSecret', () => {
  it.each([30, 70])(
    'a wave of 40, %i answers: the start is that of the call that had the effect',
    async (times) => {
      const name = `busy-${times}`
      await on.schedule(name, fleet(name), { windowSeconds: 600, timeoutSeconds: 300 })
      on.harm({ secret: `${name}/`, action: 'RotateSecret', harm: throttled, times })
      const instant = Date.now() + 500
      const rotations = await on.run(name, instant)
      expect(rotations.map(({ status }) => status)).toEqual(rotations.map(() => 'SUCCEEDED'))
      const sent = on.sent(`${name}/`)
      expect(sent.length).toBeGreaterThanOrEqual(40 + times)
      expect(Math.max(...sent.map(({ at }) => at)) - instant).toBeLessThan(within(60_000))
      for (const rotation of rotations) expect(offBy(rotation)).toBeLessThan(within(5_000))
    },
  )

  it('without end: nothing is sent past the window, and the rest of the work is not held up', async () => {
    await on.schedule('closing', fleet('closing'), { windowSeconds: 4 })
    on.harm({ secret: 'closing/', action: 'RotateSecret', harm: throttled, times: 10_000 })
    const instant = Date.now() + 500
    const rotations = await on.run('closing', instant)
    for (const { status, reason, message } of rotations) {
      // The others where this machine was too slow for the last answer, the last look, or the last gate.
      const right = [
        'FAILED THROTTLED',
        'SKIPPED WINDOW_CLOSED',
        'SKIPPED GATE_UNREADABLE',
        'FAILED AWS_UNAVAILABLE',
      ]
      expect(right).toContain(`${status} ${reason}`)
      // AWS has said that it did nothing.
      if (reason === 'THROTTLED') expect(message).not.toContain('could not be seen')
    }
    const late = on.sent('closing/').map(({ at }) => at - instant)
    expect(Math.max(...late)).toBeLessThan(within(4_000 + WAITS.answerMs))
    expect(Date.now() - instant).toBeLessThan(within(30_000))
  })
})

describe.concurrent('a connection that hangs', () => {
  // The call is looked for as long as its version may be late: a minute.
  it.runIf(DEEP)(
    'under RotateSecret: the next sending asks again, and a hold that was placed meanwhile holds',
    async () => {
      await on.schedule('held', ['held'])
      on.harm({ secret: 'held"', action: 'RotateSecret', harm: hangs, times: 10 })
      const instant = Date.now() + 500
      const running = on.run('held', instant)
      await until(() => on.sent('held"').length > 0, 'nothing was sent')
      const placedAt = new Date().toISOString()
      const hold = {
        id: 'aaa-aaa-aaa',
        scope: 'secret/held',
        reason: 'incident',
        by: 'ana',
        placedAt,
      } as const
      await on.world.holds.place(hold)
      const [rotation] = await running
      expect(rotation).toMatchObject({ status: 'SKIPPED', reason: 'HELD' })
      expect(rotation?.message).toMatch(
        /^ana holds .*\. The call sent at \S+ got no version for an answer: whether it started a rotation could not be seen$/,
      )
      expect(on.sent('held"')).toHaveLength(1)
    },
  )

  it('under RotateSecret: which sending started it is not known, and not said', async () => {
    await on.schedule('slow', ['slow'])
    on.harm({ secret: 'slow"', action: 'RotateSecret', harm: hangs })
    const instant = Date.now() + 500
    const [rotation] = (await on.run('slow', instant)) as [Rotation]
    expect(rotation.status).toBe('SUCCEEDED')
    expect(rotation).not.toHaveProperty('startedAt')
    expect(rotation.events.find(({ status }) => status === 'ROTATING')?.message).toMatch(
      /^started by one of up to 2 calls since /,
    )
    expect(on.sent('slow"')).toHaveLength(2)
  })

  it('under DescribeSecret costs the wait, and no rotation', async () => {
    await on.schedule('dead', ['dead'])
    on.harm({ secret: 'dead"', action: 'DescribeSecret', harm: hangs })
    const [rotation] = await on.run('dead', Date.now())
    expect(rotation).toMatchObject({ status: 'SUCCEEDED' })
    expect(rotation?.skewMs).toBeLessThan(within(15_000))
  })
})

describe.concurrent('a look that is throttled', () => {
  it('is sent again within fractions of a second', async () => {
    await on.schedule('pressed', ['pressed'])
    const harm = { kind: 'refused', error: 'throttled' } as const
    on.harm({ secret: 'pressed"', action: 'DescribeSecret', harm, times: 2 })
    const { secret } = (await on.world.secrets.describe('pressed')) as Extract<Seen, { secret: unknown }>
    expect(secret.$metadata.attempts).toBe(3)
    // The SDK by itself: up to three seconds.
    expect(secret.$metadata.totalRetryDelay).toBeLessThan(300)
  })
})

describe.concurrent('an answer that gets lost', () => {
  it('and a second sending that is refused: the secret has rotated', async () => {
    await on.schedule('refused', ['refused'])
    const nextRefused = {
      code: 'InvalidRequestException',
      message: 'A rotation is in progress for this secret.',
    }
    on.harm({ secret: 'refused"', action: 'RotateSecret', harm: { kind: 'lost answer', nextRefused } })
    const [rotation] = (await on.run('refused', Date.now() + 300)) as [Rotation]
    expect(rotation).toMatchObject({ status: 'SUCCEEDED', versionId: rotation.rotationId })
    // It had its effect, and was not sent again.
    expect(on.sent('refused"')).toHaveLength(1)
    expect(Math.abs((on.sent('refused"')[0]?.at ?? 0) - Date.parse(rotation.startedAt ?? ''))).toBeLessThan(
      5_000,
    )
  })

  it('or is refused: what an earlier process had sent, and took with it, is no start of ours', async () => {
    await on.schedule('died', ['died'])
    const denied = { code: 'AccessDeniedException', message: 'not yet' }
    on.harm({ secret: 'died"', action: 'RotateSecret', harm: { kind: 'refused', error: denied } })
    const instant = Date.now() + 3_500
    const running = on.run('died', instant)
    // After the look, which a busy machine may be seconds late with; before our sending.
    await sleep(instant - 250 - Date.now())
    const ClientRequestToken = rotationIdOf('died', 'died', `died-${instant}`)
    await on.direct.send(new RotateSecretCommand({ SecretId: 'died', ClientRequestToken }))
    const [rotation] = (await running) as [Rotation]
    expect(rotation).toMatchObject({ status: 'SUCCEEDED', versionId: rotation.rotationId })
    expect(rotation).not.toHaveProperty('startedAt')
  })

  it('and cannot be told from one that says something else', async () => {
    await on.schedule('garbled', ['garbled'])
    on.harm({ secret: 'garbled"', action: 'RotateSecret', harm: { kind: 'truncated' } })
    const [rotation] = (await on.run('garbled', Date.now() + 300)) as [Rotation]
    expect(rotation).toMatchObject({ status: 'SUCCEEDED', versionId: rotation.rotationId })
  })
})
