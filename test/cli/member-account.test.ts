import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import {
  CreateSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { temporaryKey } from '../../src/local/caller.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import { rotatesWithoutDatabase } from '../local/rotates.ts'
import { type Stage, startStage } from './stage.ts'

const ROLE = 'arn:aws:iam::111122223333:role/tourbillon-rotate'

let on: Stage
beforeAll(async () => {
  on = await startStage(
    'member',
    `defaults: { timezone: UTC, window: 5m, timeout: 30s }
accounts: { '111122223333': { role: tourbillon-rotate } }
schedules:
  nightly: { when: cron(0 3 ? * SUN *), account: '111122223333', secrets: [app/one], maxAge: 400d }
`,
  )
  const there = new SecretsManagerClient({
    credentials: { accessKeyId: temporaryKey('111122223333'), secretAccessKey: 'local' },
  })
  on.aws.functions.set('rotate', rotatesWithoutDatabase(there))
  await there.send(new CreateSecretCommand({ Name: 'app/one', SecretString: 'one' }))
  const RotationLambdaARN = on.aws.arnOfFunction('rotate')
  await there.send(
    new RotateSecretCommand({ SecretId: 'app/one', RotationLambdaARN, RotateImmediately: false }),
  )
})
afterAll(() => on.stop())

/** As docs/member-role.yml trusts them: each by sessions of its own name. */
const trusts = (session: RegExp) => on.aws.roles.set(ROLE, { session })

it('the orchestrator comes to rotate', async () => {
  trusts(/^tourbillon-member$/)
  const { code, stdout } = await on.run('run', '--schedule', 'nightly', '--reason', 'test', '--wait')
  expect([stdout, code]).toEqual([expect.stringMatching(/app\/one +SUCCEEDED +nightly +ON_DEMAND/), 0])
})

it('the audit comes to look', async () => {
  trusts(/^look-tourbillon-member$/)
  const before = on.aws.calls.length
  await new LambdaClient({}).send(
    new InvokeCommand({ FunctionName: namesOf('member').auditFunction, Payload: '{}' }),
  )
  const there = on.aws.calls.slice(before).filter(({ caller }) => caller === temporaryKey('111122223333'))
  expect(there.map(({ action }) => action)).toEqual(['DescribeSecret'])
})
