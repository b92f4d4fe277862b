import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import { logRetentionOf } from '../../src/config/stage-settings.ts'

const REST = 'schedules: { nightly: { when: cron(0 3 * * ? *), timezone: UTC, secrets: [a/b] } }\n'
const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'

const read = (stage: string) => parseConfig('config/prod.yml', `stage: ${stage}\n${REST}`)

function problemOf(stage: string): string {
  const loaded = read(stage)
  if (loaded.ok) throw new Error('valid')
  const [{ path, line, column, message, hint } = { path: '' }] = loaded.errors
  return `${line}:${column} ${path}: ${message} | ${hint}`
}

describe('stage:', () => {
  it('is read beside the config, and changes no version of it', () => {
    const [with_, without] = [
      read('{ alertEmails: [ops@example.com] }'),
      parseConfig('config/prod.yml', REST),
    ]
    if (!with_.ok || !without.ok) throw new Error('invalid')
    expect(with_.config).toEqual(without.config)
    expect(with_.settings.alertEmails).toEqual(['ops@example.com'])
    expect(without.settings).toEqual({
      rotationFunctions: ['SecretsManager*'],
      alertEmails: [],
      disposable: false,
    })
  })

  it('takes all of it', () => {
    const written = `
  account: '111122223333'
  region: eu-west-1
  rotationFunctions: [SecretsManager*, rotate-legacy-db, 'arn:aws:lambda:eu-west-1:111122223333:function:x']
  alertEmails: [ops@example.com, a.b+c@mail.example.org]
  logRetentionInDays: 3653
  disposable: true
  reservedConcurrency: 20
  vpc: { securityGroupIds: [sg-0123abcd], subnetIds: [subnet-0123456789abcdef0, subnet-0123abcd] }
  kmsKeyArn: ${KEY}
  permissionsBoundary: arn:aws:iam::111122223333:policy/team/boundary`
    expect(read(written)).toMatchObject({
      ok: true,
      settings: { account: '111122223333', vpc: { subnetIds: [{}, {}].map(() => expect.any(String)) } },
    })
  })

  it.each([
    ['{ account: 111122223333 }', '1:19 stage.account: a text is expected, not a number'],
    ["{ account: '1111' }", '1:19 stage.account: "1111" is no account’s id | 12 digits'],
    ['{ region: Frankfurt }', '"Frankfurt" is no region'],
    ['{ acount: x }', '1:10 stage.acount: unknown key "acount" | did you mean "account"?'],
    ["{ rotationFunctions: ['*'] }", '"*" is no function’s name or ARN'],
    ["{ rotationFunctions: ['arn:aws:lambda:*:*:function:*'] }", 'is no function’s name or ARN'],
    ['{ alertEmails: ops@example.com }', 'stage.alertEmails: a list is expected, not a text'],
    ['{ alertEmails: [ops] }', '1:24 stage.alertEmails.0: "ops" is no e-mail address'],
    ['{ alertEmails: [a@b.c, a@b.c] }', 'one stands twice here'],
    ['{ disposable: ja }', 'true or false is expected, not a text'],
    ['{ reservedConcurrency: 0 }', '0 is out of range | between 1'],
    ['{ reservedConcurrency: 0.5 }', 'a whole number is expected'],
    ['{ logRetentionInDays: 31 }', 'CloudWatch Logs keeps nothing for 31 days | one of 1, 3'],
    [
      '{ vpc: { securityGroupIds: [default], subnetIds: [subnet-0123abcd] } }',
      '"default" does not look like sg-',
    ],
    ['{ vpc: { securityGroupIds: [sg-0123abcd] } }', '"subnetIds" is missing'],
    ['{ kmsKeyArn: alias/ours }', '"alias/ours" is not the ARN of a KMS key | arn:aws:kms:'],
    ['{ permissionsBoundary: boundary }', '"boundary" is not the ARN of an IAM policy'],
    [`{ region: us-east-1, kmsKeyArn: ${KEY} }`, 'a key of eu-west-1, and the stage is in us-east-1'],
    [
      "{ account: '111122223333', permissionsBoundary: arn:aws:iam::444455556666:policy/b }",
      'a policy of account 444455556666, and the stage is in 111122223333',
    ],
  ])('is refused, with its place and what to do: %s', (stage, expected) => {
    expect(problemOf(stage)).toContain(expected)
  })

  it('takes a key of any region where none is pinned, and AWS’s own policies anywhere', () => {
    expect(read(`{ kmsKeyArn: ${KEY} }`).ok).toBe(true)
    const boundary = 'arn:aws:iam::aws:policy/PowerUserAccess'
    expect(read(`{ account: '111122223333', permissionsBoundary: ${boundary} }`).ok).toBe(true)
  })

  it('is known though the rest is broken, and not where it may be what is broken', () => {
    const settingsOf = (text: string) => {
      const loaded = parseConfig('config/prod.yml', text)
      expect(loaded.ok).toBe(false)
      return loaded.settings
    }
    const pinned = "stage: { account: '111122223333' }\n"
    expect(settingsOf(`${pinned}schedules: { x: { when: never } }\n`)).toMatchObject({
      account: '111122223333',
    })
    expect(settingsOf(`stage: { account: 1 }\n${REST}`)).toBeUndefined()
    expect(settingsOf(`stage: {\n${REST}`)).toBeUndefined()
    expect(settingsOf(`${pinned}schedules: [\n`)).toBeUndefined()
    // Either could be meant.
    expect(settingsOf(`${pinned}stage: { account: '444455556666' }\n${REST}`)).toBeUndefined()
  })

  it('keeps logs for more than a year, unless it says otherwise or is disposable', () => {
    const retention = (stage: string) => {
      const loaded = read(stage)
      return loaded.settings && logRetentionOf(loaded.settings)
    }
    expect(
      ['{}', '{ disposable: true }', '{ disposable: true, logRetentionInDays: 7 }'].map(retention),
    ).toEqual([400, 30, 7])
  })
})
