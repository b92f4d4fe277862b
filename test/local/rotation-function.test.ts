import { randomUUID } from 'node:crypto'
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
} from '@aws-sdk/client-secrets-manager'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { postgresRotationFunction } from '../../src/local/rotation-function.ts'
import { startTestDatabase, type TestDatabase } from './database.ts'
import { secretFixture } from './fixture.ts'

let database: TestDatabase['database']
let admin: TestDatabase['admin']
let stop: TestDatabase['stop']

beforeAll(async () => {
  ;({ database, admin, stop } = await startTestDatabase())
})
afterAll(() => stop())

/** A role with a password, its secret, and the rotation function. Even the names need quoting. */
async function role() {
  const logged: string[] = []
  const fixture = await secretFixture({ log: (line) => logged.push(line) })
  const { aws, client } = fixture
  aws.functions.set('rotate', postgresRotationFunction(client))
  const username = `app "${randomUUID().slice(0, 8)}"`
  const first = `it's ${randomUUID()}`
  await admin.query(`CREATE ROLE ${pg.escapeIdentifier(username)} LOGIN PASSWORD ${pg.escapeLiteral(first)}`)
  const value = {
    engine: 'postgres',
    host: database.host,
    port: database.port,
    username,
    password: first,
    dbname: 'postgres',
  }
  await client.send(new CreateSecretCommand({ Name: 'db', SecretString: JSON.stringify(value) }))
  const connect = async (password: string) => {
    const session = new pg.Client({ ...database, user: username, password, database: 'postgres' })
    await session.connect()
    return session
  }
  return {
    ...fixture,
    logged,
    username,
    first,
    value,
    connect,
    rotate: (token: string = randomUUID()) => fixture.rotate(token, 'db'),
    secret: async (VersionStage = 'AWSCURRENT') => {
      const { SecretString = '' } = await client.send(
        new GetSecretValueCommand({ SecretId: 'db', VersionStage }),
      )
      return JSON.parse(SecretString) as typeof value
    },
    logIn: async (password: string) => {
      const session = await connect(password)
      await session.end()
    },
  }
}

const REFUSED = { code: '28P01' }

describe('a real rotation of a real role', () => {
  it('refuses the old password, takes the new one, and lets open sessions be', async () => {
    const { first, connect, rotate, ended, secret, logIn, value } = await role()
    const open = await connect(first)
    await rotate()
    await ended()
    const { password, ...rest } = await secret()
    expect({ ...rest, password: first }).toEqual(value)
    expect(password).toMatch(/^[^:/@"'\\]{32}$/)
    await logIn(password)
    await expect(logIn(first)).rejects.toMatchObject(REFUSED)
    expect((await open.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    await open.end()
    expect((await secret('AWSPREVIOUS')).password).toBe(first)
  })

  it.each(['createSecret', 'setSecret', 'testSecret', 'finishSecret'])(
    'runs again from the start after %s did its work and was not heard',
    async (action) => {
      const { aws, first, rotate, ended, secret, logIn, versions } = await role()
      aws.faults.push({ service: 'rotation', action, times: 1, kind: 'lost-response' })
      const token = randomUUID()
      await rotate(token)
      await ended()
      if (action !== 'finishSecret') {
        await expect(rotate()).rejects.toMatchObject({ name: 'InvalidRequestException' })
        await ended(2)
      }
      expect((await versions('db'))[token]).toContain('AWSCURRENT')
      await logIn((await secret()).password)
      await expect(logIn(first)).rejects.toMatchObject(REFUSED)
    },
  )

  it('is stuck while the database is down, and succeeds when it is back', async () => {
    const { client, value, rotate, ended, events, secret, logIn, first } = await role()
    // The host is right and the port is not: for this role the database is down.
    const gone = { ...value, port: 1 }
    await client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: JSON.stringify(gone) }))
    const token = randomUUID()
    await rotate(token)
    await ended()
    expect(events.at(-1)).toMatchObject({
      type: 'RotationFailed',
      errorMessage: expect.stringMatching(/setSecret/),
    })
    await expect(rotate()).rejects.toMatchObject({
      message: expect.stringMatching(/previous rotation isn't complete/),
    })
    await ended(2)
    await logIn(first)

    await client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: JSON.stringify(value) }))
    await rotate()
    await ended(3)
    expect(events.at(-1)?.type).toBe('RotationSucceeded')
    await logIn((await secret()).password)
  })

  it('recovers a role that still has the previous password', async () => {
    const { first, username, rotate, ended, secret, logIn } = await role()
    await rotate()
    await ended()
    await admin.query(`ALTER ROLE ${pg.escapeIdentifier(username)} PASSWORD ${pg.escapeLiteral(first)}`)
    await rotate()
    await ended(2)
    await logIn((await secret()).password)
    await expect(logIn(first)).rejects.toMatchObject(REFUSED)
  })

  it('fails when the database takes none of its passwords, and says so without showing one', async () => {
    const { username, first, rotate, ended, events, logged, secret } = await role()
    await admin.query(`ALTER ROLE ${pg.escapeIdentifier(username)} PASSWORD 'another'`)
    await rotate()
    await ended()
    expect(events.at(-1)?.type).toBe('RotationFailed')
    expect(logged.join('\n')).toMatch(/takes neither the pending, the current, nor the previous password/)
    for (const password of [first, (await secret('AWSPENDING')).password]) {
      expect(logged.join('\n')).not.toContain(password)
    }
  })
})

describe('the rotation function refuses', () => {
  it.each([
    ['text that is not JSON', 'sesame', /is not JSON/],
    ['another engine', '{"engine":"mysql","host":"h","username":"u","password":"sesame"}', /engine/],
    ['a key that is missing', '{"engine":"postgres","host":"h","password":"sesame"}', /username/],
  ])('%s, by name and without its value', async (_, SecretString, message) => {
    const { client, rotate, ended, logged } = await role()
    await client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString }))
    await rotate()
    await ended()
    expect(logged.join('\n')).toMatch(message)
    expect(logged.join('\n')).not.toContain('sesame')
  })

  it('a version that is not pending, a secret without rotation, and a step it does not know', async () => {
    const { aws, client, rotate, ended } = await role()
    const run = postgresRotationFunction(client)
    const event = { Step: 'setSecret', SecretId: 'db', ClientRequestToken: randomUUID() }
    await expect(run(event)).rejects.toThrow(/not enabled/)
    await rotate()
    await ended()
    await expect(run(event)).rejects.toThrow(/is not there/)
    const previous = aws.secretsManager.secrets.get('db')?.labels.get('AWSPREVIOUS')
    await expect(run({ ...event, ClientRequestToken: previous })).rejects.toThrow(/is not AWSPENDING/)
    await expect(run({ ...event, Step: 'dance' })).rejects.toThrow(/Step/)
    const current = aws.secretsManager.secrets.get('db')?.labels.get('AWSCURRENT')
    await expect(run({ ...event, ClientRequestToken: current })).resolves.toBeUndefined()
  })
})
