import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import {
  CreateSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryKey } from '../../src/local/caller.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { type Stage, startStage } from '../cli/stage.ts'
import { rotatesWithoutDatabase } from '../local/rotates.ts'

const [MEMBER, STRANGER] = ['111122223333', '444455556666']
const role = (account: string) => `arn:aws:iam::${account}:role/tourbillon-rotate`

/** One name everywhere, on purpose: only account and region tell the secrets apart. */
const entry = 'when: cron(0 3 ? * SUN *), secrets: [prod/db]'

let on: Stage
beforeAll(async () => {
  on = await startStage(
    'places',
    `defaults: { timezone: UTC, window: 24h, timeout: 30s, changeCalendars: [company] }
accounts:
  '${MEMBER}': { externalId: tourbillon-places }
  '${STRANGER}': {}
schedules:
  home: { ${entry} }
  member: { ${entry}, account: '${MEMBER}', region: eu-west-1 }
  region: { ${entry}, region: us-east-1 }
  stranger: { ${entry}, account: '${STRANGER}' }
  peak: { ${entry}, changeCalendars: [company, peak] }
  gone: { ${entry}, changeCalendars: [gone] }
`,
  )
  on.aws.roles.set(role(MEMBER), { externalId: 'tourbillon-places' })
  on.aws.changeCalendars.set('company', { type: 'DEFAULT_OPEN', events: [] })
  on.aws.changeCalendars.set('peak', { type: 'DEFAULT_CLOSED', events: [] })
  await Promise.all([
    on.secret('prod/db'),
    secretIn(undefined, 'us-east-1'),
    secretIn(MEMBER, 'eu-west-1'),
    secretIn(STRANGER, 'eu-central-1'),
  ])
})
afterAll(() => on.stop())

/** A secret in another account or region, and a rotation function that works there. */
async function secretIn(account: string | undefined, region: string): Promise<void> {
  const accessKeyId = account === undefined ? 'local' : temporaryKey(account)
  const client = new SecretsManagerClient({ region, credentials: { accessKeyId, secretAccessKey: 'local' } })
  const name = `rotate-${account ?? ''}-${region}`
  on.aws.functions.set(name, rotatesWithoutDatabase(client))
  await client.send(new CreateSecretCommand({ Name: 'prod/db', SecretString: 'one' }))
  const RotationLambdaARN = on.aws.arnOfFunction(name)
  await client.send(
    new RotateSecretCommand({ SecretId: 'prod/db', RotationLambdaARN, RotateImmediately: false }),
  )
}

async function rotate(schedule: string, override?: string): Promise<Rotation> {
  const scheduledAt = new Date().toISOString()
  const request = { requestId: `r-${schedule}-${override ? 2 : 1}`, schedule, scheduledAt, override }
  const answer = await new LambdaClient({}).send(
    new InvokeCommand({ FunctionName: namesOf('places').rotateAlias, Payload: JSON.stringify(request) }),
  )
  expect(answer.FunctionError).toBeUndefined()
  const { rotationIds } = JSON.parse(answer.Payload?.transformToString() ?? '')
  return (await on.ledger.get(rotationIds[0])) as Rotation
}

const currentIn = (account: string, region: string) =>
  on.aws.secretsIn(account, region).secrets.get('prod/db')?.labels.get('AWSCURRENT')

describe.concurrent('accounts and regions, over HTTP', () => {
  it('rotates in a member account by its role, and in another region by its own', async () => {
    const member = await rotate('member')
    expect(member).toMatchObject({ status: 'SUCCEEDED', account: MEMBER, region: 'eu-west-1' })
    expect(currentIn(MEMBER, 'eu-west-1')).toBe(member.rotationId)
    const region = await rotate('region')
    expect(region).toMatchObject({ status: 'SUCCEEDED', account: '000000000000', region: 'us-east-1' })
    expect(currentIn('000000000000', 'us-east-1')).toBe(region.rotationId)
    const home = await rotate('home')
    expect(home).toMatchObject({ status: 'SUCCEEDED', region: 'eu-central-1' })
    expect(on.aws.secretsManager.secrets.get('prod/db')?.labels.get('AWSCURRENT')).toBe(home.rotationId)
    const found = []
    for await (const it of on.ledger.query('bySecret', `${MEMBER}:eu-west-1:prod/db`)) found.push(it.schedule)
    expect(found).toEqual(['member'])
  })

  it('says which account and role where the role cannot be assumed, and rotates nothing', async () => {
    const before = currentIn(STRANGER, 'eu-central-1')
    const rotation = await rotate('stranger')
    expect(rotation).toMatchObject({ status: 'FAILED', reason: 'ACCESS_DENIED', account: STRANGER })
    expect(rotation.message).toMatch(
      new RegExp(
        `^cannot assume ${role(STRANGER)} in account ${STRANGER}\\. AWS answered AccessDenied: .* What to do: `,
      ),
    )
    expect(currentIn(STRANGER, 'eu-central-1')).toBe(before)
  })
})

describe.concurrent('Change Calendars, over HTTP', () => {
  it('keep closed what they close, until an override', async () => {
    expect(await rotate('peak')).toMatchObject({
      status: 'SKIPPED',
      reason: 'CALENDAR_CLOSED',
      message: 'of company, peak at least one is CLOSED, and AWS names no end',
    })
    expect(await rotate('peak', 'breach, INC-7')).toMatchObject({ status: 'SUCCEEDED' })
  })

  it('keep closed where one cannot be read', async () => {
    expect(await rotate('gone')).toMatchObject({
      status: 'FAILED',
      reason: 'CALENDAR_UNREADABLE',
      message: expect.stringContaining('Document with name gone does not exist'),
    })
  })
})
