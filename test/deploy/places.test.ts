import { describe, expect, it } from 'vitest'
import type { Config, Schedule } from '../../src/config/config.ts'
import { roles } from '../../src/deploy/roles.ts'
import { sub } from '../../src/deploy/template.ts'
import { entry } from '../schedules/entry.ts'

const MEMBER = { account: '111122223333', role: 'tourbillon-rotate' }
const ARN_ROLE = 'arn:aws-cn:iam::444455556666:role/ops/rotate'

type Statement = { Sid: string; Effect: string; Action: string[]; Resource: unknown[] }

const config = (schedules: Schedule[]): Config => ({ stage: 'prod', version: '0', freezes: [], schedules })

function statementsOf(schedules: Schedule[], rotationFunctions: string[] = []): Statement[] {
  const settings = { rotationFunctions, alertEmails: [], disposable: true }
  const made = roles(config(schedules), settings)
  return Object.values(made).flatMap(({ Properties }) => {
    const inline = (Properties.Policies ?? []) as { PolicyDocument: { Statement: Statement[] } }[]
    const managed = Properties.PolicyDocument as { Statement: Statement[] } | undefined
    return [...inline.flatMap((policy) => policy.PolicyDocument.Statement), ...(managed?.Statement ?? [])]
  })
}

const resourcesOf = (sid: string, statements: Statement[]) =>
  statements.filter(({ Sid }) => Sid === sid).flatMap(({ Resource }) => Resource)

const own = (service: string, region: string, resource: string) =>
  sub(`arn:\${AWS::Partition}:${service}:${region}:\${AWS::AccountId}:${resource}`)

describe('permissions for other accounts and regions', () => {
  it('are to assume exactly the roles of the accounts that schedules name, and nothing on their secrets', () => {
    const statements = statementsOf([
      entry({ secrets: ['a'], place: { ...MEMBER, region: 'eu-west-1' } }),
      entry({ secrets: ['b'], place: { ...MEMBER, region: 'us-east-1' } }),
      entry({ secrets: [], select: { prefix: 'c/' }, place: { account: '444455556666', role: ARN_ROLE } }),
      entry({ secrets: ['home'] }),
    ])
    const assume = {
      Sid: 'AssumeMemberRoles',
      Effect: 'Allow',
      Action: ['sts:AssumeRole'],
      Resource: [sub(`arn:\${AWS::Partition}:iam::111122223333:role/tourbillon-rotate`), ARN_ROLE],
    }
    // The orchestrator's and the audit's.
    expect(statements.filter(({ Action }) => Action.includes('sts:AssumeRole'))).toEqual([assume, assume])
    expect(resourcesOf('RotateConfiguredSecrets', statements)).toEqual([
      own('secretsmanager', `\${AWS::Region}`, 'secret:home-??????'),
    ])
    expect(statements.map(({ Sid }) => Sid)).not.toContain('ListSecrets')
  })

  it('are none where no schedule names another account', () => {
    expect(statementsOf([entry()]).map(({ Sid }) => Sid)).not.toContain('AssumeMemberRoles')
  })

  it('cover secrets and rotation functions of another region of the stack’s own account', () => {
    const place = { region: 'eu-west-1' }
    const statements = statementsOf(
      [
        entry({ secrets: ['here'] }),
        entry({ secrets: ['there'], place }),
        entry({ secrets: [], select: { prefix: 'x/' }, place }),
      ],
      ['SecretsManager*', 'arn:aws:lambda:eu-west-1:123456789012:function:mine'],
    )
    const secrets = [
      own('secretsmanager', `\${AWS::Region}`, 'secret:here-??????'),
      own('secretsmanager', 'eu-west-1', 'secret:there-??????'),
    ]
    expect(resourcesOf('RotateConfiguredSecrets', statements)).toHaveLength(2)
    expect(resourcesOf('RotateConfiguredSecrets', statements)).toEqual(expect.arrayContaining(secrets))
    expect(resourcesOf('RotateSelectedSecrets1', statements)).toEqual([
      own('secretsmanager', 'eu-west-1', 'secret:x/*'),
    ])
    expect(resourcesOf('StartRotationFunctions', statements)).toEqual([
      own('lambda', `\${AWS::Region}`, 'function:SecretsManager*'),
      'arn:aws:lambda:eu-west-1:123456789012:function:mine',
      own('lambda', 'eu-west-1', 'function:SecretsManager*'),
    ])
  })
})
