import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Fault } from '../../src/local/aws.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import { within } from '../busy.ts'
import { type Stage, startStage } from '../cli/stage.ts'

let on: Stage
beforeAll(async () => {
  on = await startStage(
    'inlined',
    `defaults: { timezone: UTC, window: 5m, timeout: 30s }
schedules:
  named: { when: cron(0 3 ? * SUN *), secrets: [app/one] }
  chosen: { when: cron(0 4 ? * SUN *), secrets: { prefix: app/ } }
`,
  )
  await on.secret('app/one')
})
afterAll(() => on.stop())

const DENIED = { kind: 'error', code: 'AccessDeniedException', status: 400 } as const

/** What a person has not set up yet, or not for this identity: nothing that a rotation's window would mend. */
const NOT_SET_UP: { what: string; args: string[]; fault: Omit<Fault, 'times'>; told: RegExp }[] = [
  {
    what: 'the ledger may not be written',
    args: ['--secret', 'app/one'],
    fault: { service: 'dynamodb', action: '*', ...DENIED },
    told: /lacks a permission/,
  },
  {
    what: 'the secret may not be looked at',
    args: ['--secret', 'app/one'],
    fault: { service: 'secretsmanager', action: 'DescribeSecret', ...DENIED },
    told: /app\/one.*AccessDenied[\s\S]*permission/,
  },
  {
    what: 'secrets may not be listed',
    args: ['--schedule', 'chosen'],
    fault: { service: 'secretsmanager', action: 'ListSecrets', ...DENIED },
    told: /lacks a permission/,
  },
  {
    what: 'AWS does not know these credentials',
    args: ['--secret', 'app/one'],
    fault: { service: 'secretsmanager', action: '*', ...DENIED, code: 'UnrecognizedClientException' },
    told: /log in to AWS/,
  },
]

describe('run --inline tells at once, with exit 2, and rotates nothing, where', () => {
  for (const { what, args, fault, told } of NOT_SET_UP)
    it(what, async () => {
      on.aws.faults.push({ ...fault, times: 1_000 })
      const { code, stdout, stderr, ms } = await on.run('run', ...args, '--inline')
      on.aws.faults.length = 0
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toMatch(told)
      expect(ms).toBeLessThan(within(15_000))
      const { value } = await on.ledger.query('bySecret', 'app/one')[Symbol.asyncIterator]().next()
      expect(value).toBeUndefined()
    })

  it('there is no ledger', async () => {
    await new DynamoDBClient({}).send(new DeleteTableCommand({ TableName: namesOf('inlined').ledgerTable }))
    const { code, stderr, ms } = await on.run('run', '--secret', 'app/one', '--inline')
    expect(code).toBe(2)
    expect(stderr).toMatch(/serverless deploy --stage/)
    expect(ms).toBeLessThan(within(15_000))
  })
})
