import { describe, expect, it } from 'vitest'
import { stackPieces } from '../../src/deploy/resources.ts'
import { readSettings } from '../../src/deploy/settings.ts'
import { entry } from '../schedules/entry.ts'

const settings = { config: '', rotationFunctions: [], alertEmails: [], deletionProtection: false }

function pieces(
  schedules: ReturnType<typeof entry>[],
  other: Partial<Parameters<typeof stackPieces>[0]> = {},
) {
  const config = { stage: 'dev', version: '0', freezes: [], schedules }
  return stackPieces({ config, settings, inVpc: false, ...other }).Resources
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

  it('keeps the ledger where its stage says so, and else lets it go', () => {
    expect(pieces([entry()]).LedgerTable?.DeletionPolicy).toBeUndefined()
    const kept = pieces([entry()], { settings: { ...settings, deletionProtection: true } }).LedgerTable
    expect(kept).toMatchObject({ DeletionPolicy: 'Retain', Properties: { DeletionProtectionEnabled: true } })
  })

  it('mails alerts to whom the stage names', () => {
    const { AlertEmail1 } = pieces([entry()], { settings: { ...settings, alertEmails: ['ops@example.com'] } })
    expect(AlertEmail1?.Properties).toEqual({
      TopicArn: { Ref: 'AlertTopic' },
      Protocol: 'email',
      Endpoint: 'ops@example.com',
    })
  })
})

describe('settings in serverless.yml', () => {
  const good = {
    config: 'config/dev.yml',
    rotationFunctions: ['SecretsManager*'],
    alertEmails: [],
    deletionProtection: true,
  }

  it('are read', () => {
    expect(readSettings({ tourbillon: good })).toEqual(good)
    expect(readSettings({ tourbillon: { ...good, reservedConcurrency: null } })).toEqual(good)
    const reserved = { ...good, reservedConcurrency: 20 }
    expect(readSettings({ tourbillon: reserved })).toEqual(reserved)
  })

  it.each([
    ['no config', { config: undefined }, 'config: expected the path'],
    ['a word for yes', { deletionProtection: 'yes' }, 'deletionProtection: expected true or false'],
    ['one address, not a list', { alertEmails: 'ops@example.com' }, 'alertEmails: expected a list'],
    ['0, which would stop the orchestrator', { reservedConcurrency: 0 }, 'a whole number from 1'],
    ['half an execution', { reservedConcurrency: 0.5 }, 'reservedConcurrency: expected null, or a whole'],
    ['every function of the account', { rotationFunctions: ['*'] }, '"*" is none'],
    ['every function of any account', { rotationFunctions: ['arn:aws:lambda:*:*:function:*'] }, 'is none'],
  ])('are refused by name: %s', (_, wrong, message) => {
    expect(() => readSettings({ tourbillon: { ...good, ...wrong } })).toThrow(message)
  })
})
