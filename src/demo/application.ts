import { createHash, randomBytes } from 'node:crypto'
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import pg from 'pg'
import type { Postgres } from '../local/postgres/server.ts'
import { messageOf } from '../model/text.ts'
import type { DemoSecret } from './secrets.ts'
import type { Stack } from './stack.ts'

/**
 * The application whose password rotates: it reads its secret, as applications do, and opens sessions with it. It
 * stands for the world around Tourbillon, which itself never reads a secret.
 */
type Credentials = { host: string; port: number; username: string; password: string; dbname: string }

/** Creates a role in the database and its secret, with the rotation function attached and no native schedule. */
export async function createApplication(stack: Stack, secret: DemoSecret): Promise<void> {
  const { client, rotationFunctionArn } = stack.at(secret)
  const credentials = {
    engine: 'postgres',
    host: stack.postgres.host,
    port: stack.postgres.port,
    username: roleNameOf(secret),
    password: randomBytes(18).toString('base64url'),
    dbname: 'postgres',
  }
  const admin = await connect({ ...stack.postgres, username: stack.postgres.user, dbname: 'postgres' })
  const { username, password } = credentials
  await admin.query(
    `CREATE ROLE ${admin.escapeIdentifier(username)} LOGIN PASSWORD ${admin.escapeLiteral(password)}`,
  )
  await admin.end()
  const Tags = Object.entries(secret.tags ?? {}).map(([Key, Value]) => ({ Key, Value }))
  await client.send(
    new CreateSecretCommand({ Name: secret.name, SecretString: JSON.stringify(credentials), Tags }),
  )
  if (secret.arn !== undefined) stack.nameBy(secret, secret.arn)
  await client.send(
    new RotateSecretCommand({
      SecretId: secret.name,
      RotationLambdaARN: rotationFunctionArn,
      RotateImmediately: false,
    }),
  )
}

/** PostgreSQL cuts names at 63 bytes, and names are unique within an account and a region only. */
function roleNameOf({ name, account, region }: DemoSecret): string {
  const plain = name.replace(/[^a-z0-9]+/gi, '_')
  if (account === undefined && region === undefined && plain.length <= 50) return plain
  const hash = createHash('sha256')
    .update(JSON.stringify([name, account, region]))
    .digest('hex')
  return `${plain.slice(0, 50)}_${hash.slice(0, 8)}`
}

type Session = {
  /** The role that the server says this session has. */
  whoAmI(): Promise<string>
  end(): Promise<void>
}

/** Opens a session with what the secret holds now. */
export async function openSession(client: SecretsManagerClient, secret: string): Promise<Session> {
  const connection = await connect(await credentialsOf(client, secret))
  return {
    async whoAmI() {
      const { rows } = await connection.query<{ name: string }>('SELECT current_user AS name')
      return rows[0]?.name ?? ''
    },
    end: () => connection.end(),
  }
}

/** Keeps today's password in memory, to try it for a new session later: the server's answer, or `accepted`. */
export async function rememberPassword(client: SecretsManagerClient, secret: string) {
  const credentials = await credentialsOf(client, secret)
  return async (): Promise<string> => {
    try {
      const connection = await connect(credentials)
      await connection.end()
      return 'accepted'
    } catch (error) {
      return messageOf(error)
    }
  }
}

async function credentialsOf(client: SecretsManagerClient, secret: string): Promise<Credentials> {
  const { SecretString = '{}' } = await client.send(new GetSecretValueCommand({ SecretId: secret }))
  return JSON.parse(SecretString) as Credentials
}

async function connect({ host, port, username, password, dbname }: Credentials | (Postgres & Credentials)) {
  const connection = new pg.Client({ host, port, user: username, password, database: dbname })
  // The server cuts open sessions as it stops; that is no news then.
  connection.on('error', () => {})
  await connection.connect()
  return connection
}
