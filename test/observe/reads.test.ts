import { describe, expect, it } from 'vitest'
import type { Schedule } from '../../src/config/config.ts'
import type { SecretRead } from '../../src/model/secret-read.ts'
import { noteReads, readIn } from '../../src/observe/reads.ts'
import { entry } from '../schedules/entry.ts'

const adoption = { withinSeconds: 86_400 }
const config = (...schedules: Partial<Schedule>[]) => ({ schedules: schedules.map((it) => entry(it)) })
const CONFIG = config({ adoption, secrets: ['prod/orders'] }, { name: 'silent', secrets: ['prod/silent'] })
const NOW = Date.parse('2026-11-24T03:05:00Z')
const ACCOUNT = '111122223333'
const ARN = `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:prod/orders`

/** As a public detection-rule repository has captured one on 2024-10-17, names changed. */
const record = (asked: object, more: object = {}) => ({
  version: '0',
  source: 'aws.secretsmanager',
  account: ACCOUNT,
  region: 'eu-west-1',
  'detail-type': 'AWS API Call via CloudTrail',
  detail: {
    eventVersion: '1.10',
    userIdentity: {
      type: 'AssumedRole',
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/orders/i-0123`,
      accountId: ACCOUNT,
      sessionContext: { sessionIssuer: { type: 'Role', arn: `arn:aws:iam::${ACCOUNT}:role/app/orders` } },
    },
    eventTime: '2026-11-24T03:00:07Z',
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: 'GetSecretValue',
    requestParameters: asked,
    responseElements: null,
    readOnly: true,
    ...more,
  },
})
const SEEN: SecretRead = {
  secret: 'prod/orders',
  at: '2026-11-24T03:00:07.000Z',
  what: 'current',
  principal: `arn:aws:iam::${ACCOUNT}:role/app/orders`,
  sessions: [`arn:aws:sts::${ACCOUNT}:assumed-role/orders/i-0123`],
}

describe('a record of a read', () => {
  it.each<[string, object, object | undefined]>([
    ['by name', record({ secretId: 'prod/orders' }), SEEN],
    ['by ARN', record({ secretId: `${ARN}-a1B2c3` }), SEEN],
    ['by an ARN without its end', record({ secretId: ARN }), SEEN],
    [
      'of a secret of another account',
      record({ secretId: `${ARN.replace(ACCOUNT, '999999999999')}-a1B2c3` }),
      undefined,
    ],
    [
      'of a replica in another region',
      record({ secretId: `${ARN.replace('eu-west-1', 'us-east-1')}-a1B2c3` }),
      undefined,
    ],
    ['of a secret whose schedule does not ask', record({ secretId: 'prod/silent' }), undefined],
    ['of a secret whose name only begins so', record({ secretId: 'prod/orders/two' }), undefined],
    ['of the current label by name', record({ secretId: 'prod/orders', versionStage: 'AWSCURRENT' }), SEEN],
    [
      'of the previous one',
      record({ secretId: 'prod/orders', versionStage: 'AWSPREVIOUS' }),
      { ...SEEN, what: 'other', other: 'AWSPREVIOUS' },
    ],
    [
      'of a version by its id',
      record({ secretId: 'prod/orders', versionId: 'v1', versionStage: 'AWSCURRENT' }),
      { ...SEEN, what: 'other', other: 'v1' },
    ],
    [
      'of what is pending, by a rotation function',
      record({ secretId: 'prod/orders', versionId: 'v1', versionStage: 'AWSPENDING' }),
      { ...SEEN, what: 'pending' },
    ],
    [
      'of what is not pending yet',
      record(
        { secretId: 'prod/orders', versionStage: 'AWSPENDING' },
        { errorCode: 'ResourceNotFoundException' },
      ),
      { ...SEEN, what: 'pending' },
    ],
    [
      'of what is pending, by one who may not',
      record({ secretId: 'prod/orders', versionStage: 'AWSPENDING' }, { errorCode: 'AccessDenied' }),
      undefined,
    ],
    ['that was denied', record({ secretId: 'prod/orders' }, { errorCode: 'AccessDenied' }), undefined],
    [
      'by a user',
      record(
        { secretId: 'prod/orders' },
        { userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::1:user/ann' } },
      ),
      { principal: 'arn:aws:iam::1:user/ann' },
    ],
    [
      'by a service',
      record(
        { secretId: 'prod/orders' },
        { userIdentity: { type: 'AWSService', invokedBy: 'rds.amazonaws.com' } },
      ),
      { principal: 'AWSService rds.amazonaws.com' },
    ],
    [
      'by another account',
      record({ secretId: 'prod/orders' }, { userIdentity: { type: 'AWSAccount', accountId: '9' } }),
      { principal: 'AWSAccount 9' },
    ],
    [
      'by a role of another account, whose sessions are told apart from another role’s',
      record(
        { secretId: `${ARN}-a1B2c3` },
        { userIdentity: { type: 'AWSAccount', principalId: 'AROAONE:task-1', accountId: '999999999999' } },
      ),
      { principal: 'AWSAccount 999999999999 AROAONE', sessions: ['AROAONE:task-1'] },
    ],
    [
      'by a role, without the context of its session',
      record(
        { secretId: 'prod/orders' },
        { userIdentity: { type: 'AssumedRole', arn: `arn:aws:sts::${ACCOUNT}:assumed-role/orders/i-0123` } },
      ),
      { principal: `arn:aws:iam::${ACCOUNT}:role/orders`, sessions: SEEN.sessions },
    ],
    [
      'by a federated user',
      record(
        { secretId: 'prod/orders' },
        { userIdentity: { type: 'FederatedUser', arn: `arn:aws:sts::${ACCOUNT}:federated-user/ann` } },
      ),
      { principal: `arn:aws:sts::${ACCOUNT}:federated-user/ann` },
    ],
    [
      'by root',
      record(
        { secretId: 'prod/orders' },
        { userIdentity: { type: 'Root', arn: `arn:aws:iam::${ACCOUNT}:root` } },
      ),
      { principal: `arn:aws:iam::${ACCOUNT}:root` },
    ],
    ['by nobody', record({ secretId: 'prod/orders' }, { userIdentity: null }), { principal: 'somebody' }],
    ['of another call', record({ secretId: 'prod/orders' }, { eventName: 'DescribeSecret' }), undefined],
    [
      'of another service’s call',
      record({ secretId: 'prod/orders' }, { eventSource: 'ssm.amazonaws.com' }),
      undefined,
    ],
    ['without a time', record({ secretId: 'prod/orders' }, { eventTime: 'soon' }), undefined],
    ['without parameters', record({}, { requestParameters: null }), undefined],
  ])('%s', (_, event, seen) => {
    if (seen === undefined) expect(readIn(event, CONFIG)).toBeUndefined()
    else expect(readIn(event, CONFIG)).toMatchObject(seen)
  })

  it('by an ARN that may be of either of two secrets is nobody’s', () => {
    const two = config({ adoption, secrets: ['prod/orders', 'prod/orders-config'] })
    expect(readIn(record({ secretId: `${ARN}-config` }), two)).toBeUndefined()
    expect(readIn(record({ secretId: `${ARN}-config` }), CONFIG)).toMatchObject({
      ...{ secret: 'prod/orders', what: 'other', other: `${ARN}-config` },
    })
    expect(readIn(record({ secretId: `${ARN}-config-a1B2c3` }), two)?.secret).toBe('prod/orders-config')
  })

  it('is of a chosen secret by how its name begins', () => {
    const chosen = config({ adoption, secrets: [], select: { prefix: 'prod/', tags: { a: 'b' } } })
    expect(readIn(record({ secretId: 'prod/any' }), chosen)?.secret).toBe('prod/any')
    expect(readIn(record({ secretId: 'dev/any' }), chosen)).toBeUndefined()
    // What can be no secret's name is no key either, which DynamoDB would refuse each time.
    for (const name of [`prod/${'x'.repeat(2_000)}`, 'prod/any#made 2026-11'])
      expect(readIn(record({ secretId: name, versionStage: 'AWSPENDING' }), chosen)).toBeUndefined()
  })
})

describe('a batch', () => {
  const message = (messageId: string, event: unknown) => ({ messageId, body: JSON.stringify(event) })
  const at = (eventTime: string, session = 'one', more: object = {}) =>
    record(
      { secretId: 'prod/orders', ...more },
      {
        eventTime,
        userIdentity: { arn: session, sessionContext: { sessionIssuer: { arn: 'arn:role' } } },
      },
    )

  it('is one write a principal: the last read, and all sessions; what cannot be read is left out', async () => {
    const noted: SecretRead[] = []
    const answer = await noteReads(
      {
        Records: [
          message('1', at('2026-11-24T03:00:07Z', 'b')),
          message('2', at('2026-11-24T03:00:09Z', 'a')),
          message('3', at('2026-11-24T03:00:08Z', 'b')),
          message('4', at('2026-11-24T03:00:08Z', 'b', { versionStage: 'AWSPREVIOUS' })),
          { messageId: '5', body: '{' },
          message('7', at('2026-11-24T04:00:00Z', 'to come')),
          message('6', null),
        ],
      },
      {
        config: CONFIG,
        now: () => NOW,
        failed: () => {},
        readers: { note: async (it) => (noted.push(it) > 0 ? 'noted' : 'known') },
      },
    )
    expect(answer).toEqual({ batchItemFailures: [] })
    expect(noted).toMatchObject([
      { what: 'current', at: '2026-11-24T03:00:09.000Z', sessions: ['b', 'a'], principal: 'arn:role' },
      { what: 'other', other: 'AWSPREVIOUS', at: '2026-11-24T03:00:08.000Z' },
    ])
  })

  it('has what could not be written come again, and that alone', async () => {
    const failed: string[] = []
    const answer = await noteReads(
      {
        Records: [
          message('1', at('2026-11-24T03:00:07Z')),
          message('2', at('2026-11-24T03:00:07Z', 'one', { versionStage: 'AWSPREVIOUS' })),
          message('3', at('2026-11-24T03:00:09Z')),
        ],
      },
      {
        config: CONFIG,
        now: () => NOW,
        failed: (error) => failed.push(String(error)),
        readers: {
          note: async ({ what }) => {
            if (what === 'current') throw new Error('throttled')
            return 'noted'
          },
        },
      },
    )
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }, { itemIdentifier: '3' }] })
    expect(failed).toEqual(['Error: throttled'])
  })
})
