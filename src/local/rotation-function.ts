/**
 * Rotation functions for PostgreSQL: of one role whose own password the secret holds, the shape of AWS's single-user
 * template; and of two roles that take turns, the shape of its alternating-users template. Each step looks at what is
 * there before it acts, so that Secrets Manager may run all of them again. No message and no log line carries a secret's
 * value.
 */
import {
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import pg from 'pg'
import { z } from 'zod'
import type { LocalFunction } from './lambda/function.ts'

const StepEvent = z.object({
  Step: z.enum(['createSecret', 'setSecret', 'testSecret', 'finishSecret']),
  SecretId: z.string(),
  ClientRequestToken: z.string(),
  RotationToken: z.string().optional(),
})
type StepEvent = z.output<typeof StepEvent>

/** The keys that AWS's functions for databases expect in the secret. */
const Credentials = z.looseObject({
  engine: z.literal('postgres'),
  host: z.string(),
  port: z.coerce.number().default(5432),
  username: z.string(),
  password: z.string(),
  dbname: z.string().default('postgres'),
  masterarn: z.string().optional(),
})
type Credentials = z.output<typeof Credentials>

export function postgresRotationFunction(secretsManager: SecretsManagerClient): LocalFunction {
  return rotationFunction(secretsManager, SINGLE)
}

/**
 * Two roles take turns, `orders` and `orders_clone`: the one that is not current gets a new password, and then is. The
 * secret's key `masterarn` names the secret of the superuser who sets it. So what was current stays as it is until the
 * next rotation's setSecret, which is its turn. Source: AWS's SecretsManagerRDSPostgreSQLRotationMultiUser.
 */
export function alternatingRotationFunction(secretsManager: SecretsManagerClient): LocalFunction {
  return rotationFunction(secretsManager, ALTERNATING)
}

function rotationFunction(secretsManager: SecretsManagerClient, steps: Steps): LocalFunction {
  return async (event) => {
    const step = StepEvent.parse(event)
    const { SecretId, ClientRequestToken: token } = step
    const secret = await secretsManager.send(new DescribeSecretCommand({ SecretId }))
    if (!secret.RotationEnabled) throw new Error(`Rotation is not enabled for the secret ${SecretId}.`)
    const stages = secret.VersionIdsToStages?.[token]
    if (!stages) throw new Error(`The version ${token} of the secret ${SecretId} is not there to rotate to.`)
    if (stages.includes('AWSCURRENT')) return
    if (!stages.includes('AWSPENDING')) {
      throw new Error(`The version ${token} of the secret ${SecretId} is not AWSPENDING.`)
    }
    await steps[step.Step](secretsManager, step, secret.VersionIdsToStages ?? {})
  }
}

type RunStep = (
  secretsManager: SecretsManagerClient,
  event: StepEvent,
  versions: Record<string, string[]>,
) => Promise<void>

type Steps = Record<StepEvent['Step'], RunStep>

/** Puts the next login into the pending version, unless an earlier attempt did. */
function createSecret(usernameAfter: (username: string) => string): RunStep {
  return async (secretsManager, event) => {
    const current = await read(secretsManager, event.SecretId, 'AWSCURRENT')
    if (!current) throw new Error(`The secret ${event.SecretId} has no current value to rotate.`)
    if (await read(secretsManager, event.SecretId, 'AWSPENDING', event.ClientRequestToken)) return
    const { RandomPassword } = await secretsManager.send(
      new GetRandomPasswordCommand({ PasswordLength: 32, ExcludeCharacters: ':/@"\'\\' }),
    )
    await secretsManager.send(
      new PutSecretValueCommand({
        SecretId: event.SecretId,
        ClientRequestToken: event.ClientRequestToken,
        SecretString: JSON.stringify({
          ...current,
          username: usernameAfter(current.username),
          password: RandomPassword,
        }),
        VersionStages: ['AWSPENDING'],
        ...(event.RotationToken ? { RotationToken: event.RotationToken } : {}),
      }),
    )
  }
}

const SINGLE: Steps = {
  createSecret: createSecret((username) => username),

  /** Changes the role's password: logged in with whichever of the secret's passwords the database takes. */
  async setSecret(secretsManager, event) {
    const { SecretId } = event
    const pending = await readPending(secretsManager, event)
    if (await login(pending)) return
    for (const stage of ['AWSCURRENT', 'AWSPREVIOUS']) {
      const known = await read(secretsManager, SecretId, stage)
      if (!known) continue
      if (known.username !== pending.username || known.host !== pending.host) {
        throw new Error(
          `The ${stage} version of the secret ${SecretId} is for another role or host than the pending one.`,
        )
      }
      const role = pg.escapeIdentifier(pending.username)
      const password = pg.escapeLiteral(pending.password)
      if (await login(known, `ALTER ROLE ${role} WITH PASSWORD ${password}`)) return
    }
    throw new Error(
      `The database takes neither the pending, the current, nor the previous password of ${SecretId}.`,
    )
  },

  testSecret,
  finishSecret,
}

const CLONE = '_clone'

function otherUser(username: string): string {
  return username.endsWith(CLONE) ? username.slice(0, -CLONE.length) : username + CLONE
}

const ALTERNATING: Steps = {
  createSecret: createSecret(otherUser),

  /** Sets the other role's password, or makes that role with what the current one may do. */
  async setSecret(secretsManager, event) {
    const { SecretId } = event
    const pending = await readPending(secretsManager, event)
    if (await login(pending)) return
    const current = await read(secretsManager, SecretId, 'AWSCURRENT')
    if (!current || otherUser(current.username) !== pending.username || current.host !== pending.host)
      throw new Error(
        `The pending version of the secret ${SecretId} is not the other user of the current one.`,
      )
    const master = current.masterarn && (await read(secretsManager, current.masterarn, 'AWSCURRENT'))
    if (!master) throw new Error(`The secret ${SecretId} names no superuser's secret in masterarn.`)
    const role = pg.escapeIdentifier(pending.username)
    const password = pg.escapeLiteral(pending.password)
    const granted = pg.escapeIdentifier(current.username)
    const statement = `DO ${pg.escapeLiteral(`BEGIN
      IF EXISTS (SELECT FROM pg_roles WHERE rolname = ${pg.escapeLiteral(pending.username)}) THEN
        ALTER ROLE ${role} WITH PASSWORD ${password};
      ELSE
        CREATE ROLE ${role} LOGIN PASSWORD ${password};
        GRANT ${granted} TO ${role};
      END IF; END`)}`
    if (!(await login(master, statement)))
      throw new Error(
        `The database does not take the superuser that the secret ${SecretId} names in masterarn.`,
      )
  },

  testSecret,
  finishSecret,
}

/** Logs in with the pending password and reads something. */
async function testSecret(...[secretsManager, event]: Parameters<RunStep>): Promise<void> {
  const pending = await readPending(secretsManager, event)
  if (!(await login(pending, 'SELECT now()'))) {
    throw new Error(`The database does not take the pending password of the secret ${event.SecretId}.`)
  }
}

/** Makes the pending version the current one. AWSPENDING stays on it, as AWS's template leaves it. */
async function finishSecret(...[secretsManager, event, versions]: Parameters<RunStep>): Promise<void> {
  const [current] = Object.entries(versions).find(([, stages]) => stages.includes('AWSCURRENT')) ?? []
  await secretsManager.send(
    new UpdateSecretVersionStageCommand({
      SecretId: event.SecretId,
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: event.ClientRequestToken,
      ...(current ? { RemoveFromVersionId: current } : {}),
    }),
  )
}

/** `undefined` where no such version holds a value. */
async function read(
  secretsManager: SecretsManagerClient,
  SecretId: string,
  VersionStage: string,
  VersionId?: string,
): Promise<Credentials | undefined> {
  try {
    const input = { SecretId, VersionStage, ...(VersionId ? { VersionId } : {}) }
    const { SecretString } = await secretsManager.send(new GetSecretValueCommand(input))
    return parse(SecretId, SecretString ?? '')
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined
    throw error
  }
}

async function readPending(secretsManager: SecretsManagerClient, event: StepEvent): Promise<Credentials> {
  const pending = await read(secretsManager, event.SecretId, 'AWSPENDING', event.ClientRequestToken)
  if (!pending) throw new Error(`The pending version of the secret ${event.SecretId} has no value.`)
  return pending
}

/** Says which key is wrong, never what it holds. */
function parse(SecretId: string, text: string): Credentials {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Error(`The secret ${SecretId} is not JSON.`)
  }
  const result = Credentials.safeParse(value)
  if (result.success) return result.data
  const keys = result.error.issues.map((issue) => issue.path.join('.')).join(', ')
  throw new Error(`The secret ${SecretId} needs other values for: ${keys}`)
}

/**
 * Logs in and runs a statement. `false` where the database refuses the login; a database that cannot be reached and a
 * statement that fails are errors.
 */
async function login(credentials: Credentials, statement?: string): Promise<boolean> {
  const client = new pg.Client({
    host: credentials.host,
    port: credentials.port,
    user: credentials.username,
    password: credentials.password,
    database: credentials.dbname,
    connectionTimeoutMillis: 5000,
  })
  // A server that goes down cuts the connection between two calls; the next call tells.
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    await client.end().catch(() => {})
    if (LOGIN_REFUSED.has((error as { code?: string }).code ?? '')) return false
    throw error
  }
  try {
    if (statement) await client.query(statement)
    return true
  } finally {
    await client.end()
  }
}

/** invalid_password, invalid_authorization_specification (PostgreSQL manual, error codes). */
const LOGIN_REFUSED = new Set(['28P01', '28000'])
