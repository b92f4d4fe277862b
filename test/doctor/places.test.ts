import {
  CreateSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import type { Diagnosis } from '../../src/doctor/check.ts'
import { openClients } from '../../src/doctor/clients.ts'
import { examineStage } from '../../src/doctor/doctor.ts'
import { identify } from '../../src/doctor/identity.ts'
import { type LocalAws, startLocalAws } from '../../src/local/aws.ts'
import { temporaryKey } from '../../src/local/caller.ts'
import { openPorts } from '../../src/runtime/open-ports.ts'

const MEMBER = '111122223333'
const YAML = `defaults: { timezone: UTC }
accounts:
  '${MEMBER}': {}
  '444455556666': {}
schedules:
  chosen: { when: cron(0 3 * * ? *), secrets: { tags: { rotation: nightly } } }
  typo: { when: cron(0 3 * * ? *), secrets: { tags: { rotation: nigthly } } }
  region: { when: cron(0 3 * * ? *), region: eu-west-1, secrets: [far/a] }
  member: { when: cron(0 3 * * ? *), account: '${MEMBER}', secrets: [their/a] }
  stranger: { when: cron(0 3 * * ? *), account: '444455556666', secrets: [his/a] }
`

let aws: LocalAws
let found: Diagnosis

beforeAll(async () => {
  aws = await startLocalAws()
  Object.assign(process.env, aws.env)
  aws.functions.set('rotate', async () => {})
  aws.roles.set(`arn:aws:iam::${MEMBER}:role/tourbillon-rotate`, {})
  const create = async (name: string, region: string, account?: string, more: object = {}) => {
    const accessKeyId = account === undefined ? 'local' : temporaryKey(account)
    const client = new SecretsManagerClient({ region, credentials: { accessKeyId, secretAccessKey: 'x' } })
    await client.send(new CreateSecretCommand({ Name: name, SecretString: 'x', ...more }))
    const RotationLambdaARN = `arn:aws:lambda:${region}:${account ?? '000000000000'}:function:rotate`
    await client.send(
      new RotateSecretCommand({ SecretId: name, RotationLambdaARN, RotateImmediately: false }),
    )
  }
  const nightly = { Tags: [{ Key: 'rotation', Value: 'nightly' }], KmsKeyId: 'key-1' }
  await create('near/a', 'eu-central-1', undefined, nightly)
  await create('far/a', 'eu-west-1')
  await create('their/a', 'eu-central-1', MEMBER)
  aws.lookUps.functions.set('rotate', { configuration: { Timeout: 3 } })
  aws.lookUps.roleRights.set('arn:aws:iam::000000000000:role/rotate', (action, resource, context) =>
    action.startsWith('kms:')
      ? context.get('kms:ViaService') === 'secretsmanager.eu-central-1.amazonaws.com' &&
        resource === 'arn:aws:kms:eu-central-1:000000000000:key/key-1' &&
        action === 'kms:Decrypt'
      : true,
  )

  const loaded = parseConfig('prod.yml', YAML)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  const { config } = loaded
  const { secrets, secretsIn, ledger, holds, states, facts } = openPorts(config, 'no-table')
  found = await examineStage({
    ...{
      config,
      named: ['--stage', 'prod'],
      ledger,
      holds,
      states,
      facts,
      now: Date.now(),
      clients: openClients(),
      show() {},
    },
    identity: await identify(Date.now),
    secretsAt: (place) => (place ? secretsIn(place) : secrets),
  })
})
afterAll(() => aws.stop())

const of = (check: string) => found.findings.filter((it) => it.check === check).map(({ subject }) => subject)

it('looks at secrets that a selector chooses, and at those of other regions and accounts', () => {
  expect(of('secret-exists')).toEqual([])
  expect(of('function-timeout')).toEqual(['eu-west-1:rotate', 'rotate'])
})

it('finds a selector that chooses nothing: a typo in a tag', () => {
  expect(of('selector')).toEqual(['typo'])
})

it('cannot see a role that is not to be assumed, nor a function of another account', () => {
  const unseen = (check: string) => found.unseen.filter((it) => it.check === check)
  expect(unseen('secret-exists')).toMatchObject([
    {
      subject: '444455556666:his/a',
      why: expect.stringMatching(/cannot assume arn:aws:iam::444455556666:role/),
    },
  ])
  expect(unseen('function-exists')).toMatchObject([
    {
      subject: `${MEMBER}:eu-central-1:rotate`,
      why: expect.stringMatching(/in account 111122223333: run doctor/),
    },
  ])
})

it('asks about the key of a secret as Secrets Manager would use it', () => {
  expect(found.findings.filter(({ check }) => check === 'function-key')).toMatchObject([
    {
      subject: 'rotate',
      symptom: expect.stringMatching(/^its role may not kms:GenerateDataKey on arn:.*key-1$/),
    },
  ])
})

it('says once that there is no ledger', () => {
  expect(of('ledger')).toEqual(['prod'])
  expect(of('audit')).toEqual([])
  expect(
    new Set(found.unseen.filter(({ check }) => check === 'last-rotation').map(({ why }) => why)),
  ).toEqual(new Set(['there is no ledger']))
})
