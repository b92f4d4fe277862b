import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import { placeKey, placesOf, roleArnOf } from '../../src/model/place.ts'

const parse = (text: string) => parseConfig('config/test.yml', text)

/** One schedule with these keys in line 4, and these accounts in line 2. */
const config = (entry: string, accounts = "{ '111122223333': {} }") => `defaults: { timezone: UTC }
accounts: ${accounts}
schedules:
  nightly: { when: cron(0 3 * * ? *), ${entry} }`

const arn = (account: string, region = 'eu-west-1') =>
  `'arn:aws:secretsmanager:${region}:${account}:secret:db-a1B2c3'`

describe('accounts and regions', () => {
  const placeIn = (text: string) => {
    const loaded = parse(text)
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
    return loaded.config.schedules[0]?.place
  }

  it('compile to the place of a schedule, with the role to assume', () => {
    expect(placeIn(config('secrets: [a]'))).toBeUndefined()
    expect(placeIn(config('secrets: [a], region: eu-west-1'))).toEqual({ region: 'eu-west-1' })
    expect(placeIn(config("secrets: [a], account: '111122223333'"))).toEqual({
      account: '111122223333',
      role: 'tourbillon-rotate',
    })
    const accounts = "{ '012345678901': { role: 'arn:aws:iam::012345678901:role/ops/r', externalId: x1 } }"
    expect(placeIn(config("secrets: [a], account: '012345678901', region: us-east-1", accounts))).toEqual({
      account: '012345678901',
      region: 'us-east-1',
      role: 'arn:aws:iam::012345678901:role/ops/r',
      externalId: 'x1',
    })
  })

  it('accept ARNs that lie there', () => {
    const entry = `secrets: [${arn('111122223333')}], account: '111122223333', region: eu-west-1`
    expect(placeIn(config(entry))).toMatchObject({ account: '111122223333', region: 'eu-west-1' })
  })

  type Case = [name: string, text: string, place: string, expected: RegExp]
  const cases: Case[] = [
    [
      'an account that is not listed',
      config("secrets: [a], account: '444455556666'"),
      '4:62 schedules.nightly.account',
      /^account 444455556666 is not among `accounts:` \| add it: `accounts: \{ '444455556666'/,
    ],
    [
      'a slip of one digit',
      config("secrets: [a], account: '111122223334'"),
      '4:62 schedules.nightly.account',
      /\| did you mean '111122223333'\?$/,
    ],
    [
      'an account without quotes',
      config('secrets: [a], account: 111122223333'),
      '4:62 schedules.nightly.account',
      /a text is expected, not a number .*in quotes/,
    ],
    [
      'too few digits',
      config("secrets: [a], account: '1234'"),
      '4:62 schedules.nightly.account',
      /12 digits/,
    ],
    ['no region', config('secrets: [a], region: Frankfurt'), '4:61 schedules.nightly.region', /eu-west-1/],
    [
      'a bad id',
      config('secrets: [a]', "{ '123': {} }"),
      '2:13 accounts.123',
      /"123" is no account’s id \| .*quotes/,
    ],
    [
      'an id of 13 digits',
      config('secrets: [a]', "{ '0111122223333': {} }"),
      '2:13 accounts.0111122223333',
      /is no account’s id/,
    ],
    [
      'an id with a letter behind',
      config('secrets: [a]', "{ '111122223333x': {} }"),
      '2:13 accounts.111122223333x',
      /is no account’s id/,
    ],
    [
      'a role of another account',
      config('secrets: [a]', "{ '111122223333': { role: 'arn:aws:iam::444455556666:role/r' } }"),
      '2:37 accounts.111122223333.role',
      /a role of account 444455556666, not of 111122223333/,
    ],
    [
      'a bad role, and no second complaint about its account',
      config("secrets: [a], account: '111122223333'", "{ '111122223333': { role: 'a b' } }"),
      '2:37 accounts.111122223333.role',
      /neither a role’s name nor its ARN \| /,
    ],
    [
      'an ARN of another account',
      config(`secrets: [${arn('444455556666')}], account: '111122223333'`),
      '4:49 schedules.nightly.secrets.0',
      /of account 444455556666, the schedule’s are in 111122223333 \| give it a schedule of its own/,
    ],
    [
      'an ARN of a listed account in a schedule that does not name it',
      config(`secrets: [${arn('111122223333')}]`),
      '4:49 schedules.nightly.secrets.0',
      /which the schedule does not name \| add `account: '111122223333'`/,
    ],
    [
      'an ARN in another region',
      config(`secrets: [${arn('000000000000', 'us-east-1')}], region: eu-west-1`),
      '4:49 schedules.nightly.secrets.0',
      /in us-east-1, the schedule’s are in eu-west-1/,
    ],
    [
      'an unknown key',
      config('secrets: [a]', "{ '111122223333': { rol: x } }"),
      '2:31 accounts.111122223333.rol',
      /"role"/,
    ],
  ]
  it.each(cases)('%s is an error with its place and a hint', (_, text, place, expected) => {
    const loaded = parse(text)
    const errors = loaded.ok ? [] : loaded.errors
    expect(errors.map(({ line, column, path }) => `${line}:${column} ${path}`)).toEqual([place])
    expect(errors.map(({ message, hint }) => `${message} | ${hint}`)[0]).toMatch(expected)
  })
})

describe('a place', () => {
  it('has a role whose ARN follows the partition', () => {
    const place = { account: '111122223333', role: 'r' }
    expect(roleArnOf(place, 'eu-west-1')).toBe('arn:aws:iam::111122223333:role/r')
    expect(roleArnOf(place, 'cn-north-1')).toBe('arn:aws-cn:iam::111122223333:role/r')
    expect(roleArnOf({ ...place, region: 'us-gov-west-1' }, 'us-gov-east-1')).toMatch(/^arn:aws-us-gov:/)
    expect(roleArnOf({ region: 'eu-west-1' }, 'eu-west-1')).toBeUndefined()
  })

  it('has a key of its own, and none at home', () => {
    expect(placeKey()).toBe('')
    expect(placeKey({ account: '111122223333', region: 'eu-west-1' })).toBe('111122223333:eu-west-1')
    const place = { region: 'eu-west-1' }
    expect(placesOf([{ place }, {}, { place: { ...place } }])).toEqual([place])
  })
})
