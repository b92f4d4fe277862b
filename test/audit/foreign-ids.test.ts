import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rotationIdOf } from '../../src/model/identity.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { recordsIn } from '../../src/runtime/records.ts'
import { type Stage, startStage } from '../cli/stage.ts'
import { eventBridgeEvent } from './events.ts'

const NAMES = namesOf('foreign')
const VICTIM = 'prod/another-teams/database'

let on: Stage
let observe: (event: unknown) => Promise<string>
const told: Promise<string>[] = []

beforeAll(async () => {
  on = await startStage(
    'foreign',
    `defaults: { timezone: UTC, window: 30m, timeout: 20s }
schedules:
  nightly: { when: cron(0 3 * * ? *), secrets: [${VICTIM}, app/mine, app/fails, app/coming, app/same, app/early] }
`,
  )
  for (const name of [VICTIM, 'app/mine', 'app/coming', 'app/same', 'app/early']) await on.secret(name)
  await on.secret('app/fails', 'throw')
  observe = (await import('../../handlers/observe.ts')).handler
  on.aws.secretsManager.listeners.push((event) => {
    const later = new Promise((resolve) => setImmediate(resolve))
    told.push(later.then(() => observe(eventBridgeEvent(event))))
  })
})
afterAll(() => on.stop())

/** Whoever may write a secret's value chooses its version's id: 32 to 64 characters of any kind. */
async function makeVersion(secret: string, versionId: string): Promise<string[]> {
  const before = told.length
  await on.secretsManager.send(
    new PutSecretValueCommand({ SecretId: secret, SecretString: 'mine', ClientRequestToken: versionId }),
  )
  return Promise.all(told.slice(before))
}

async function rotate(secret: string, requestId: string): Promise<Rotation | undefined> {
  const Payload = JSON.stringify({ requestId, secrets: [secret], scheduledAt: new Date().toISOString() })
  await new LambdaClient({}).send(new InvokeCommand({ FunctionName: NAMES.rotateAlias, Payload }))
  return on.ledger.get(rotationIdOf('on-demand', secret, requestId))
}

describe('the id of a version that others made', () => {
  it('places no hold', async () => {
    const scope = `secret/${VICTIM}` as const
    expect(await makeVersion('app/mine', `hold#${scope}`)).toContain('external')
    const { holds } = recordsIn(NAMES.ledgerTable)
    expect(await holds.covering([scope], new Date().toISOString())).toEqual([])
    expect(await rotate(VICTIM, 'after-hold')).toMatchObject({ status: 'SUCCEEDED', secret: VICTIM })
  })

  it('takes no other rotation’s place', async () => {
    const coming = rotationIdOf('on-demand', 'app/coming', 'coming')
    expect(await makeVersion('app/mine', coming)).toContain('external')
    expect(await rotate('app/coming', 'coming')).toMatchObject({ status: 'SUCCEEDED', trigger: 'ON_DEMAND' })
  })

  it('does not make another secret’s failure a success', async () => {
    const failed = await rotate('app/fails', 'fails')
    expect(failed?.status).toBe('FAILED')
    expect(await makeVersion('app/mine', failed?.rotationId ?? '')).toContain('external')
    expect((await on.ledger.get(failed?.rotationId ?? ''))?.status).toBe('FAILED')
  })

  it('made before the rotation of its own secret is no success of it', async () => {
    const coming = rotationIdOf('on-demand', 'app/early', 'early')
    expect(await makeVersion('app/early', coming)).toContain('external')
    const rotation = await rotate('app/early', 'early')
    expect(rotation).toMatchObject({ status: 'FAILED', reason: 'VERSION_ID_TAKEN' })
    expect(rotation?.message).toContain(`had a version ${coming} before`)
  })

  it('is one for each secret, and in the record', async () => {
    const versionId = 'the-same-version-id-in-two-secrets'
    for (const secret of ['app/mine', 'app/same']) {
      expect(await makeVersion(secret, versionId)).toContain('external')
      const found: Rotation[] = []
      for await (const rotation of on.ledger.query('bySecret', secret)) found.push(rotation)
      expect(found).toContainEqual(
        expect.objectContaining({ trigger: 'EXTERNAL', status: 'SUCCEEDED', versionId, secretName: secret }),
      )
    }
  })

  it('leads to no item that is no rotation', async () => {
    const { holds } = recordsIn(NAMES.ledgerTable)
    const placedAt = new Date().toISOString()
    await holds.place({ id: 'aaa-aaa-aaa', scope: 'all', reason: 'x', by: 'ana', placedAt })
    expect(await on.ledger.get('hold#all')).toBeUndefined()
  })
})
