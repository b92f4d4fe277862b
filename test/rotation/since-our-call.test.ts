import { setTimeout as sleep } from 'node:timers/promises'
import {
  CancelRotateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { describe, expect, it } from 'vitest'
import type { Rotation } from '../../src/model/rotation.ts'
import { findStuck, unstick } from '../../src/operate/unstick.ts'
import { within } from '../busy.ts'
import { wire } from './wire.ts'

const on = wire()
const rotateNow = async (schedule: string) => (await on.run(schedule, Date.now())) as [Rotation]

async function currentOf(secret: string): Promise<string | undefined> {
  return Object.entries(await on.labels(secret)).find(([, labels]) => labels.includes('AWSCURRENT'))?.[0]
}

/** A rotation that leaves AWSPENDING beside AWSCURRENT: AWS's templates did, and the local AWS's function does. */
async function rotated(name: string): Promise<{ first: string; good: Rotation }> {
  await on.schedule(name, [name])
  const first = (await currentOf(name)) ?? ''
  const [good] = await rotateNow(name)
  expect(good.status).toBe('SUCCEEDED')
  expect((await on.labels(name))[good.rotationId]?.toSorted()).toEqual(['AWSCURRENT', 'AWSPENDING'])
  return { first, good }
}

async function isRefused(name: string, good: Rotation, current: string) {
  const before = await on.labels(name)
  const [night] = await rotateNow(name)
  expect(night).toMatchObject({ status: 'FAILED', reason: 'OLD_VERSION_PENDING' })
  expect(night.message).toContain(`version ${good.rotationId}, which was AWSCURRENT at ${good.rotatedAt}`)
  expect(await on.labels(name)).toEqual(before)
  expect(await currentOf(name)).toBe(current)
  expect(on.sent(`${name}"`)).toHaveLength(1)
}

/** The remedy that the reason names. */
async function unstickHelps(name: string, good: Rotation) {
  const stuck = await findStuck(name, on.direct)
  expect(stuck).toMatchObject({ versionId: good.rotationId })
  await unstick(name, good.rotationId, on.direct)
  on.rotatedBy(name, 'rotate')
  const [after] = await rotateNow(name)
  expect(after).toMatchObject({ status: 'SUCCEEDED', versionId: after.rotationId })
  expect(await currentOf(name)).toBe(after.rotationId)
}

describe.concurrent('a version that was AWSCURRENT before our call', () => {
  it('is no success after a roll-back by hand, with a function that throws', async () => {
    const { first, good } = await rotated('back')
    await on.direct.send(
      new UpdateSecretVersionStageCommand({
        ...{ SecretId: 'back', VersionStage: 'AWSCURRENT' },
        ...{ MoveToVersionId: first, RemoveFromVersionId: good.rotationId },
      }),
    )
    on.rotatedBy('back', 'throw')
    await isRefused('back', good, first)
    await unstickHelps('back', good)
  })

  it('does not come back over a value that was stored by hand', async () => {
    const { good } = await rotated('stored')
    const byHand = '99999999-9999-4999-8999-999999999999'
    const put = { SecretId: 'stored', SecretString: 'by hand', ClientRequestToken: byHand }
    await on.direct.send(new PutSecretValueCommand(put))
    await isRefused('stored', good, byHand)
    // And once it is two versions old: the ledger knows it.
    const next = { ...put, SecretString: 'once more', ClientRequestToken: byHand.replace('99', '98') }
    await on.direct.send(new PutSecretValueCommand(next))
    await on.direct.send(
      new UpdateSecretVersionStageCommand({
        ...{ SecretId: 'stored', VersionStage: 'AWSPENDING', MoveToVersionId: good.rotationId },
      }),
    )
    await isRefused('stored', good, next.ClientRequestToken)
    await unstickHelps('stored', good)
  })
})

describe.concurrent('a rotation that its owner switched off', () => {
  it('stays off, and says so', async () => {
    await on.schedule('off', ['off'])
    await on.direct.send(new CancelRotateSecretCommand({ SecretId: 'off' }))
    const [night] = await rotateNow('off')
    expect(night).toMatchObject({ status: 'FAILED', reason: 'ROTATION_SWITCHED_OFF' })
    expect(on.sent('off"')).toHaveLength(0)
    expect(on.aws.secretsManager.secrets.get('off')?.rotationEnabled).toBe(false)
  })

  it('is none where the function stands without rules, whatever RotationEnabled shows there', async () => {
    await on.schedule('ruleless', ['ruleless'])
    const secret = on.aws.secretsManager.secrets.get('ruleless')
    expect(secret?.rotationRules).toBeUndefined()
    delete secret?.rotationEnabled
    expect(await rotateNow('ruleless')).toMatchObject([{ status: 'SUCCEEDED' }])
  })

  it.each([
    ['cancelled', new CancelRotateSecretCommand({ SecretId: 'cancelled' }), 'ROTATION_CANCELLED'],
    ['deleted', new DeleteSecretCommand({ SecretId: 'deleted' }), 'SECRET_DELETED'],
  ] as const)('or that was %s while it runs is over at once', async (name, command, reason) => {
    await on.schedule(name, [name])
    on.aws.functions.set(`slow-${name}`, () => sleep(60_000, undefined, { ref: false }))
    on.rotatedBy(name, `slow-${name}`)
    const before = Date.now()
    const running = rotateNow(name)
    while (on.sent(`${name}"`).length === 0) await sleep(20)
    await sleep(500)
    await on.direct.send(command as CancelRotateSecretCommand)
    expect(await running).toMatchObject([{ status: 'FAILED', reason }])
    expect(Date.now() - before).toBeLessThan(within(10_000))
  })
})

describe.concurrent('what AWS says otherwise', () => {
  it('another version than our token is followed, and said', async () => {
    await on.schedule('other', ['other'])
    const token = '88888888-8888-4888-8888-888888888888'
    on.harm({ secret: 'other"', action: 'RotateSecret', harm: { kind: 'other token', token } })
    const [rotation] = await rotateNow('other')
    expect(rotation).toMatchObject({ status: 'SUCCEEDED', versionId: token })
    expect(rotation.events[1]?.message).toBe(
      `Secrets Manager answered version ${token} to the token ${rotation.rotationId}: that version is followed`,
    )
  })

  it('an earlier rotation that a call without an answer made AWS finish is not rotated over', async () => {
    await on.schedule('left', ['left'], { timeoutSeconds: 2 })
    on.rotatedBy('left', 'throw')
    const [first] = await rotateNow('left')
    expect(first.status).toBe('TIMED_OUT')
    on.rotatedBy('left', 'rotate')
    on.harm({ secret: 'left"', action: 'RotateSecret', harm: { kind: 'lost answer' } })
    expect(await rotateNow('left')).toMatchObject([
      { status: 'SUCCEEDED', adopted: true, versionId: first.rotationId },
    ])
    expect(on.aws.secretsManager.secrets.get('left')?.versions.size).toBe(2)
  })

  it('denied for a while is tried again, and the window is open', async () => {
    await on.schedule('denied', ['denied'])
    const error = { code: 'AccessDeniedException', message: 'not authorized' }
    on.harm({ secret: 'denied"', action: 'RotateSecret', harm: { kind: 'refused', error } })
    on.harm({ secret: 'denied"', action: 'DescribeSecret', harm: { kind: 'refused', error } })
    expect(await rotateNow('denied')).toMatchObject([{ status: 'SUCCEEDED' }])
  })
})
