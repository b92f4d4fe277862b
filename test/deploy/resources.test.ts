import { describe, expect, it } from 'vitest'
import type { StageSettings } from '../../src/config/stage-settings.ts'
import { stackPieces } from '../../src/deploy/resources.ts'
import { entry } from '../schedules/entry.ts'

const settings = { rotationFunctions: [], alertEmails: [], disposable: false }

function pieces(schedules: ReturnType<typeof entry>[], other: Partial<StageSettings> = {}) {
  const config = { stage: 'dev', version: '0', freezes: [], schedules }
  return stackPieces(config, { ...settings, ...other }).Resources
}

describe('a stack', () => {
  it('tells schedules apart whose names differ in punctuation only', () => {
    const ids = Object.keys(pieces([entry({ name: 'a.b' }), entry({ name: 'a-b' }), entry({ name: 'ab' })]))
    expect(ids.filter((id) => id.startsWith('Scheduleab'))).toHaveLength(3)
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9]{1,255}$/)
  })

  it('is refused where CloudFormation could not hold it, before anything is deployed', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => entry({ name: `s${i}` }))
    expect(() => pieces(many(420))).not.toThrow()
    expect(() => pieces(many(480))).toThrow(/480 schedules.*make 5\d\d resources.*of 4\d\d schedules at most/)
  })

  it('keeps the ledger, unless its stage says that it may be lost', () => {
    const lost = pieces([entry()], { disposable: true }).LedgerTable
    expect(lost?.DeletionPolicy).toBeUndefined()
    expect(lost).toMatchObject({ Properties: { DeletionProtectionEnabled: false } })
    // Once it stands; a first deploy that fails takes it along.
    expect(pieces([entry()]).LedgerTable).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: { DeletionProtectionEnabled: true },
    })
  })

  it('bounds every role where the stage names a boundary', () => {
    const permissionsBoundary = 'arn:aws:iam::123456789012:policy/boundary'
    const rolesOf = (resources: ReturnType<typeof pieces>) =>
      Object.values(resources).filter(({ Type }) => Type === 'AWS::IAM::Role')
    const bounded = rolesOf(pieces([entry()], { permissionsBoundary }))
    expect(bounded.map(({ Properties }) => Properties.PermissionsBoundary)).toEqual(
      Array.from({ length: 5 }, () => permissionsBoundary),
    )
    for (const { Properties } of rolesOf(pieces([entry()])))
      expect(Properties).not.toHaveProperty('PermissionsBoundary')
  })

  it('encrypts table, queue and topic by the key that the stage names, and else leaves the topic as it is', () => {
    const kmsKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd'
    const { LedgerTable, DeadLetterQueue, AlertTopic } = pieces([entry()], { kmsKeyArn })
    expect(LedgerTable?.Properties.SSESpecification).toEqual({
      SSEEnabled: true,
      SSEType: 'KMS',
      KMSMasterKeyId: kmsKeyArn,
    })
    expect(DeadLetterQueue?.Properties.KmsMasterKeyId).toBe(kmsKeyArn)
    expect(DeadLetterQueue?.Properties.SqsManagedSseEnabled).toBeUndefined()
    expect(AlertTopic?.Properties.KmsMasterKeyId).toBe(kmsKeyArn)
    // Alarms could not publish by AWS's own key.
    expect(pieces([entry()]).AlertTopic?.Properties).toEqual({ TopicName: 'tourbillon-dev-alerts' })
  })

  it('mails alerts to whom the stage names', () => {
    const { AlertEmail1 } = pieces([entry()], { alertEmails: ['ops@example.com'] })
    expect(AlertEmail1?.Properties).toEqual({
      TopicArn: { Ref: 'AlertTopic' },
      Protocol: 'email',
      Endpoint: 'ops@example.com',
    })
  })
})
