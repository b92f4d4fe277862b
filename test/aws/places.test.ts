import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { STSClient } from '@aws-sdk/client-sts'
import { describe, expect, it } from 'vitest'
import { createPlaceClients, type SessionPurpose } from '../../src/aws/places.ts'
import type { Config, Schedule } from '../../src/config/config.ts'
import { temporaryKey } from '../../src/local/caller.ts'
import { rotationIdOf, secretKeyOf } from '../../src/model/identity.ts'
import type { Place } from '../../src/model/place.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { type OnDemandRequest, waveOf } from '../../src/rotation/wave-request.ts'
import { clientConfig, localAws } from '../local/fixture.ts'
import { INSTANT, simulatedStage } from '../sim/stage.ts'

const place = { account: '111122223333', region: 'eu-west-1', role: 'tourbillon-rotate' }

async function outcome(stage: ReturnType<typeof simulatedStage>): Promise<Rotation> {
  const ended = stage.deliver()
  await stage.clock.runUntil(INSTANT + 3_600_000)
  await ended
  return [...stage.ledger.rows.values()][0] as Rotation
}

describe('a schedule of another account', () => {
  it('rotates there, and the record says where', async () => {
    const stage = simulatedStage({ schedule: { place } })
    const rotation = await outcome(stage)
    expect(rotation).toMatchObject({
      status: 'SUCCEEDED',
      secret: 'orders',
      secretName: '111122223333:eu-west-1:orders',
      account: '111122223333',
      region: 'eu-west-1',
      secretArn: expect.stringMatching(/^arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders-/),
    })
    expect(stage.aws.calls).toEqual([])
    expect(stage.elsewhere.calls.filter(({ action }) => action === 'RotateSecret')).toHaveLength(1)
  })

  it('records the account and region of the ARN where only one of them was configured', async () => {
    const stage = simulatedStage({ schedule: { place: { region: 'eu-west-1' } } })
    expect(await outcome(stage)).toMatchObject({
      secretName: 'eu-west-1:orders',
      account: '000000000000',
      region: 'eu-west-1',
    })
    const home = await outcome(simulatedStage())
    expect(home).toMatchObject({ secretName: 'orders', account: '000000000000', region: 'eu-central-1' })
  })

  it('names account, region and role in what AWS refuses, and keeps the place without an ARN', async () => {
    const stage = simulatedStage({ schedule: { place } })
    stage.elsewhere.context.state.secrets.clear()
    const rotation = await outcome(stage)
    expect(rotation).toMatchObject({
      status: 'FAILED',
      reason: 'SECRET_NOT_FOUND',
      account: '111122223333',
      region: 'eu-west-1',
      message: expect.stringMatching(
        / \(account 111122223333, region [a-z0-9-]+, as arn:aws:iam::111122223333:role\/tourbillon-rotate\)$/,
      ),
    })
  })

  it('names them too where every try fails', async () => {
    const stage = simulatedStage({
      schedule: { place, windowSeconds: 60 },
      request: () => ({ before: Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' }) }),
    })
    const rotation = await outcome(stage)
    expect(rotation).toMatchObject({ status: 'FAILED', reason: 'THROTTLED' })
    expect(rotation.message).toContain('account 111122223333')
  })

  it('tells the hooks where', async () => {
    const seen: unknown[] = []
    const stage = simulatedStage({
      schedule: { place, before: [{ invoke: 'check', timeoutSeconds: 5 }] },
      hook: async (_, { account, region }) => void seen.push({ account, region }),
    })
    await outcome(stage)
    expect(seen).toEqual([{ account: '111122223333', region: 'eu-west-1' }])
  })

  it('heeds a hold on the secret’s name, which covers every place', async () => {
    const stage = simulatedStage({ schedule: { place } })
    const placedAt = '2026-11-29T02:00:00.000Z'
    await stage.holds.place({
      id: 'aaa-aaa-aaa',
      scope: 'secret/orders',
      reason: 'incident',
      by: 'ana',
      placedAt,
    })
    expect(await outcome(stage)).toMatchObject({ status: 'SKIPPED', reason: 'HELD' })
  })

  it('resolves its selector there', async () => {
    const stage = simulatedStage({ schedule: { place, secrets: ['orders'] } })
    const [schedule] = stage.config.schedules
    if (schedule) Object.assign(schedule, { secrets: [], select: { prefix: 'ord' } })
    expect(await outcome(stage)).toMatchObject({ status: 'SUCCEEDED', account: '111122223333' })
  })

  it('keeps its place in the parts of a large wave', async () => {
    const secrets = Array.from({ length: 90 }, (_, index) => `db-${index}`)
    const stage = simulatedStage({ schedule: { place, secrets, concurrency: 90 } })
    const ended = stage.deliver()
    await stage.clock.runUntil(INSTANT + 3_600_000)
    expect((await ended)?.outcomes).toEqual({ SUCCEEDED: 90 })
    expect(stage.aws.calls).toEqual([])
  })
})

describe('identity', () => {
  it('is that of before: the schedule says where, so the place is no part of it', async () => {
    const stage = simulatedStage({ schedule: { place } })
    const { rotationId } = await outcome(stage)
    expect(rotationId).toBe(rotationIdOf('nightly', 'orders', '2026-11-29T03:00:00.000Z'))
    expect(rotationId).toBe('73930f1d-697d-571d-996d-dd23a1da7170')
  })

  it('keeps the secrets of different places apart in the ledger', () => {
    expect(secretKeyOf('prod/db')).toBe('prod/db')
    expect(secretKeyOf('prod/db', { account: '111122223333' })).toBe('111122223333:prod/db')
    const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-a1B2c3'
    expect(secretKeyOf(arn, place)).toBe('111122223333:eu-west-1:prod/db')
  })
})

describe('assuming a role, over HTTP', () => {
  const ROLE = 'arn:aws:iam::111122223333:role/tourbillon-rotate'

  async function member(demanded?: string, purpose?: SessionPurpose) {
    const aws = await localAws()
    aws.roles.set(ROLE, demanded === undefined ? {} : { externalId: demanded })
    const { credentials: _, region, ...endpoint } = clientConfig(aws)
    const home = { accessKeyId: 'local', secretAccessKey: 'local' }
    const clients = {
      secretsManager: (settings: object) => ({
        client: new SecretsManagerClient({ ...endpoint, region, credentials: home, ...settings }),
      }),
      sts: async () => new STSClient(clientConfig(aws)),
    }
    const open = createPlaceClients('test stage', clients, purpose)
    const accessKeyId = temporaryKey('111122223333')
    const theirs = new SecretsManagerClient({
      ...clientConfig(aws),
      region: 'eu-west-1',
      credentials: { ...home, accessKeyId },
    })
    await theirs.send(new CreateSecretCommand({ Name: 'db', SecretString: 'x' }))
    const assumed = () => aws.calls.filter(({ service }) => service === 'sts').length
    return { aws, open, assumed }
  }

  it('happens once for a place, and the client works there', async () => {
    const { open, assumed } = await member('x1')
    const there = { ...place, externalId: 'x1' }
    for (let n = 0; n < 3; n++) {
      expect(await open({ ...there }).describe('db')).toMatchObject({ secret: { Name: 'db' } })
    }
    expect(await open(there).list({ prefix: 'd' })).toEqual({ names: ['db'], replicas: [] })
    expect(assumed()).toBe(1)
  })

  it.each([
    ['looks', undefined, /^look-tourbillon-test-stage$/],
    ['rotates', 'rotates', /^tourbillon-test-stage$/],
  ] as const)('is by a session whose name says that it %s', async (_, purpose, session) => {
    const { aws, open } = await member(undefined, purpose)
    aws.roles.set(ROLE, { session })
    expect(await open(place).describe('db')).toMatchObject({ secret: { Name: 'db' } })
  })

  it('is not needed in another region of our own account', async () => {
    const { open, assumed } = await member()
    expect(await open({ region: 'eu-west-1' }).describe('db')).toMatchObject({
      refusal: { reason: 'SECRET_NOT_FOUND', message: expect.stringMatching(/ \(region eu-west-1\)$/) },
    })
    expect(assumed()).toBe(0)
  })

  it('is ACCESS_DENIED where AWS refuses it, with what to do; the next rotation asks again', async () => {
    const { aws, open } = await member('x1')
    const refusal = {
      reason: 'ACCESS_DENIED',
      message: expect.stringMatching(
        /^cannot assume arn:aws:iam::111122223333:role\/tourbillon-rotate in account 111122223333\. AWS answered AccessDenied: User: .* What to do: create the role/,
      ),
    }
    expect(await open(place).describe('db')).toMatchObject({ refusal })
    expect(await open(place).rotate('db', 't'.repeat(32))).toMatchObject({ refusal })
    await expect(open(place).list({})).rejects.toThrow('cannot assume')
    aws.roles.set(ROLE, {})
    expect(await open(place).describe('db')).toMatchObject({ secret: { Name: 'db' } })
  })

  it('is tried again where STS throttles: thrown, with the place in its words', async () => {
    const { aws, open } = await member()
    aws.faults.push({ service: 'sts', action: 'AssumeRole', times: 1, kind: 'throttle' })
    await expect(open(place).describe('db')).rejects.toMatchObject({
      name: 'Throttling',
      message: `Rate exceeded (account 111122223333, region eu-west-1, as ${ROLE})`,
    })
    expect(await open(place).describe('db')).toMatchObject({ secret: { Name: 'db' } })
  })
})

describe('on demand by secret', () => {
  const schedule = (name: string, secrets: string[], where?: Place): Schedule => ({
    ...(simulatedStage().config.schedules[0] as Schedule),
    name,
    secrets,
    ...(where && { place: where }),
  })
  const config: Config = {
    stage: 'test',
    version: '0',
    freezes: [],
    schedules: [schedule('home', ['a', 'shared']), schedule('member', ['b', 'shared'], place)],
  }
  const wave = (request: Partial<OnDemandRequest>) =>
    waveOf({ requestId: 'r', scheduledAt: '2026-11-29T03:00:00Z', ...request }, config)

  it('happens where the schedules that list it say', () => {
    expect(wave({ secrets: ['a'] }).place).toBeUndefined()
    expect(wave({ secrets: ['b'] }).place).toEqual(place)
    expect(wave({ schedule: 'member' }).place).toEqual(place)
    expect(wave({ schedule: 'member', secrets: ['shared'] })).toMatchObject({ place, secrets: ['shared'] })
    expect(() => wave({ schedule: 'member', secrets: ['a'] })).toThrow('"a" is not in schedule member')
  })

  it.each([[['shared']], [['a', 'b']]])('is refused where they do not agree: %s', (secrets) => {
    expect(() => wave({ secrets })).toThrow(
      /more than one account or region: home \(our own account and region\), member \(111122223333:eu-west-1\)\. Name one/,
    )
  })
})
