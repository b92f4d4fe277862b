import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import { consumersOf } from '../../src/model/consumers.ts'
import { entry, rest, table } from './table.ts'

const at = 'schedules\\.nightly'

function schedule(lines: string, defaults = '') {
  const loaded = parseConfig('config/prod.yml', entry(lines).replace('UTC }', `UTC${defaults} }`))
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  return loaded.config.schedules[0]
}

describe('consumers that are wrong', () => {
  table([
    [
      'of no kind',
      entry(`${rest}consumers: [{ secrets: [a/b] }]\n`),
      new RegExp(`^6:17 ${at}\\.consumers\\.0: names no consumer \\| name one: \\{ ecs: cluster/service \\}`),
    ],
    [
      'of two kinds',
      entry(`${rest}consumers: [{ ecs: a/b, observe: c }]\n`),
      /^6:17 .*consumers\.0: names more than one consumer \| give each an entry of its own$/,
    ],
    [
      'of a kind that is near to one',
      entry(`${rest}consumers: [{ invok: a }]\n`),
      /^6:19 .*unknown key "invok" \| did you mean "invoke"\?$/,
    ],
    [
      'a text',
      entry(`${rest}consumers: [shop/orders]\n`),
      /^6:17 .*consumers\.0: a map is expected, not a text \| a consumer: /,
    ],
    [
      'a map, not a list',
      entry(`${rest}consumers: { ecs: shop/orders }\n`),
      /^6:16 .*consumers: a list is expected, not a map \| a list of who uses its secrets/,
    ],
    [
      'a service by its ARN',
      entry(`${rest}consumers: [{ ecs: "arn:aws:ecs:eu-west-1:123456789012:service/shop/orders" }]\n`),
      /^6:24 .*0\.ecs: "arn:.*" is no ECS service \| .*shop\/orders-api/,
    ],
    [
      'a session for a role',
      entry(`${rest}consumers: [{ observe: "arn:aws:sts::123456789012:assumed-role/batch/i-1" }]\n`),
      /^6:28 .*0\.observe: .* is no role’s name or ARN \| .*for a session, write the role/,
    ],
    [
      'a document of two letters',
      entry(`${rest}consumers: [{ ssm: ab }]\n`),
      /^6:24 .*0\.ssm: "ab" is no Automation document/,
    ],
    [
      'a function with a space',
      entry(`${rest}consumers: [{ invoke: my fn }]\n`),
      /^6:27 .*0\.invoke: "my fn" is no Lambda function’s name or ARN/,
    ],
    [
      'named twice, even with other secrets',
      entry(
        'when: cron(0 3 * * ? *)\nsecrets: [a, b]\nconsumers:\n  - { observe: x, secrets: [a] }\n  - { ecs: x/y }\n  - { observe: x, secrets: [b] }\n',
      ),
      /^9:20 .*consumers\.2\.observe: "x" stands twice in this schedule \| one entry each/,
    ],
    [
      'of a secret twice, by name and by ARN',
      entry(
        'when: cron(0 3 * * ? *)\nsecrets: [prod/db]\nconsumers:\n  - observe: x\n    secrets: [prod/db, "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-a1B2c3"]\n',
      ),
      /^8:28 .*0\.secrets\.1: "arn:.*" stands twice here/,
    ],
    [
      'of a secret that the schedule has not',
      entry(`${rest}consumers: [{ observe: x, secrets: [c/d] }]\n`),
      /^6:41 .*0\.secrets\.0: "c\/d" is none of this schedule’s secrets \| did you mean|^6:41 .*name one of its `secrets:`$/,
    ],
    [
      'of a secret outside of the prefix',
      entry(
        'when: cron(0 3 * * ? *)\nsecrets: { prefix: prod/ }\nconsumers: [{ observe: x, secrets: [dev/a] }]\n',
      ),
      /^6:41 .*none of this schedule’s secrets \| their names begin with prod\/$/,
    ],
    [
      'of no secrets',
      entry(`${rest}consumers: [{ observe: x, secrets: [] }]\n`),
      /^6:40 .*0\.secrets: at least one secret is expected/,
    ],
    [
      'a strategy that is none',
      entry(`${rest}strategy: multi\n`),
      /^6:15 .*strategy: "multi" is not known here \| single or alternating/,
    ],
  ])
})

describe('adoption that could see nothing', () => {
  table([
    [
      'in another region',
      entry(`${rest}region: us-east-1\nadoption: { within: 24h }\n`),
      /^7:15 .*adoption: nobody here hears who fetches the secrets of us-east-1 \| remove it/,
    ],
    [
      'in another account',
      `accounts: { '111122223333': {} }\n${entry(`${rest}account: "111122223333"\nadoption: { within: 24h }\n`)}`,
      /^8:15 .*the secrets of account 111122223333 \|/,
    ],
    [
      'of secrets by tags alone',
      entry('when: cron(0 3 * * ? *)\nsecrets: { tags: { a: b } }\nadoption: { within: 24h }\n'),
      /^6:15 .*chosen by tags alone cannot be watched.* \| add a `prefix`/,
    ],
    [
      'without a time',
      entry(`${rest}adoption: {}\n`),
      /^6:5 .*within: a text is expected, not nothing \| .*such as 24h$/,
    ],
    ['sooner than it can be told', entry(`${rest}adoption: { within: 59m }\n`), /between 1h and 30d/],
    [
      'by tags and a prefix is right',
      entry('when: cron(0 3 * * ? *)\nsecrets: { tags: { a: b }, prefix: a/ }\nadoption: { within: 1h }\n'),
    ],
  ])
})

describe('consumers that are right', () => {
  it('are compiled by kind and name, with the secrets that they use', () => {
    const { consumers, strategy, adoption } =
      schedule(
        `${rest}strategy: alternating\nadoption: { within: 36h }\nconsumers:\n  - ecs: shop/orders\n  - observe: arn:aws:iam::123456789012:role/app/batch\n    secrets: [a/b]\n`,
      ) ?? {}
    expect(consumers).toEqual([
      { kind: 'ecs', name: 'shop/orders' },
      { kind: 'observe', name: 'arn:aws:iam::123456789012:role/app/batch', secrets: ['a/b'] },
    ])
    expect({ strategy, adoption }).toEqual({
      strategy: 'alternating',
      adoption: { withinSeconds: 36 * 3_600 },
    })
  })

  it('are nothing where the file says nothing, or what is usual', () => {
    const plain = schedule(rest)
    expect(plain).not.toHaveProperty('consumers')
    expect(schedule(`${rest}strategy: single\nconsumers: []\n`)).toEqual(plain)
    expect(schedule(`${rest}strategy: single\n`, ', strategy: alternating')).toEqual(plain)
    expect(schedule(rest, ', strategy: alternating')?.strategy).toBe('alternating')
  })

  it('are of all secrets of a schedule, or of those that they name', () => {
    const all = { kind: 'ecs' as const, name: 'a/b' }
    const one = { kind: 'observe' as const, name: 'x', secrets: ['prod/db'] }
    const arn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-a1B2c3'
    expect(consumersOf(arn, [all, one])).toEqual([all, one])
    expect(consumersOf('prod/other', [all, one])).toEqual([all])
    expect(consumersOf('prod/db')).toEqual([])
  })
})
