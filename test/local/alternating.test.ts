import { randomUUID } from 'node:crypto'
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
} from '@aws-sdk/client-secrets-manager'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { alternatingRotationFunction, postgresRotationFunction } from '../../src/local/rotation-function.ts'
import { startTestDatabase, type TestDatabase } from './database.ts'
import { secretFixture } from './fixture.ts'

let database: TestDatabase['database']
let admin: TestDatabase['admin']
let stop: TestDatabase['stop']

beforeAll(async () => {
  ;({ database, admin, stop } = await startTestDatabase())
})
afterAll(() => stop())

type Login = { username: string; password: string }

/** A secret of a user of the database's; which of its logins the database takes is asked after each step of a rotation. */
async function watched(kind: 'single' | 'alternating') {
  const fixture = await secretFixture()
  const { aws, client } = fixture
  const username = `app ${randomUUID().slice(0, 8)}`
  const first: Login = { username, password: randomUUID() }
  await admin.query(
    `CREATE ROLE ${pg.escapeIdentifier(username)} LOGIN PASSWORD ${pg.escapeLiteral(first.password)}`,
  )
  const where = { engine: 'postgres', host: database.host, port: database.port, dbname: 'postgres' }
  const password = database.password ?? ''
  const master = { ...where, username: database.user, password }
  await client.send(new CreateSecretCommand({ Name: 'master', SecretString: JSON.stringify(master) }))
  const value = { ...where, ...first, masterarn: 'master' }
  await client.send(new CreateSecretCommand({ Name: 'db', SecretString: JSON.stringify(value) }))
  const rotates = kind === 'single' ? postgresRotationFunction(client) : alternatingRotationFunction(client)

  const logins = [first]
  const works = async ({ username: user, password: word }: Login) => {
    const session = new pg.Client({ ...database, user, password: word, database: 'postgres' })
    try {
      await session.connect()
      await session.end()
      return true
    } catch (error) {
      expect(error).toMatchObject({ code: '28P01' })
      return false
    }
  }
  /** By step, which of all logins that ever were current the database takes once it is done; failing: none of its work stays. */
  const takes: Record<string, boolean[]> = {}
  const fails = new Set<string>()
  aws.functions.set('rotate', async (event, ...rest) => {
    const { Step } = event as { Step: string }
    const answer = await rotates(event, ...rest)
    takes[Step] = await Promise.all(logins.map(works))
    if (fails.has(Step)) throw new Error(`${Step} fails`)
    return answer
  })
  let ended = 0
  const again = async () => {
    await fixture.rotate(randomUUID(), 'db')
    await fixture.ended(++ended)
  }
  return {
    ...{ fixture, takes, fails, again, works },
    async rotate() {
      await again()
      const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: 'db' }))
      logins.push(JSON.parse(SecretString) as Login)
      return logins
    },
  }
}

describe('how long the login of before works, on a real PostgreSQL', () => {
  it('two users in turn: from a rotation until setSecret of the very next one', async () => {
    const { rotate, takes } = await watched('alternating')
    const [first] = await rotate()
    // The rotation that ends its time as the current one leaves it as it is.
    expect(takes).toMatchObject({ setSecret: [true], finishSecret: [true] })
    const logins = await rotate()
    expect(logins.map(({ username }) => username === first?.username)).toEqual([true, false, true])
    // Of the first and the second: the first dies at setSecret, not before, and the second lives on.
    expect(takes).toMatchObject({
      ...{ createSecret: [true, true], setSecret: [false, true], finishSecret: [false, true] },
    })
    await rotate()
    expect(takes).toMatchObject({ createSecret: [false, true, true], setSecret: [false, false, true] })
  })

  it('two users in turn: a next rotation that fails after setSecret has ended it all the same', async () => {
    const { rotate, again, takes, fails } = await watched('alternating')
    await rotate()
    fails.add('testSecret')
    await again()
    expect(takes).toMatchObject({ createSecret: [true, true], testSecret: [false, true] })
  })

  it('one user: dead from setSecret of its own rotation on, before the new one is current', async () => {
    const { rotate, takes } = await watched('single')
    await rotate()
    expect(takes).toMatchObject({ createSecret: [true], setSecret: [false], testSecret: [false] })
  })
})

describe('the function of two users refuses', () => {
  it('what is not the other user of the current one, and a secret without a superuser', async () => {
    const { fixture, again } = await watched('alternating')
    const { client, events } = fixture
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: 'db' }))
    const { masterarn: _, ...bare } = JSON.parse(SecretString) as Record<string, unknown>
    await client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: JSON.stringify(bare) }))
    await again()
    expect(events.at(-1)).toMatchObject({ type: 'RotationFailed' })
  })
})
