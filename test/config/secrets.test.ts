import { describe, expect, it } from 'vitest'
import { secretResource } from '../../src/deploy/secret-policies.ts'
import { entry, table } from './table.ts'

const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:'
const when = 'when: cron(0 3 * * ? *)\n'
const valid = (secrets: string): [string, string] => [secrets, entry(`${when}secrets: ${secrets}\n`)]

describe('secrets that another service manages', () => {
  table(
    [
      "['rds!cluster-3f1c9c0e-9a3a-4c57-8a3e-2d1f0a9d7b11']",
      `['${ARN}rds!db-3f1c9c0e-9a3a-4c57-8a3e-2d1f0a9d7b11-Ab12Cd']`,
      "{ prefix: 'rds!cluster-' }",
      "{ prefix: 'rds!' }",
      "{ tags: { 'aws:secretsmanager:owningService': rds } }",
      "['redshift!prod-awsuser', 'ecs-sc!x']",
    ].map(valid),
  )
  table([
    ['not where the ! is not the service’s', entry(`${when}secrets: ['!x']\n`), /^5:15 .*neither/],
    ['not without a name', entry(`${when}secrets: { prefix: '!rds' }\n`), /^5:24 .*not the beginning/],
  ])

  it('have their IAM resource', () => {
    expect(JSON.stringify(secretResource('rds!cluster-x'))).toContain('secret:rds!cluster-x-??????')
  })
})

describe('an ARN', () => {
  table([
    valid(`['${ARN}prod/orders-Ab12Cd']`),
    valid("['arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:x-Ab12Cd']"),
    [
      'that ends in a word is refused: the secret is called so, perhaps',
      entry(`${when}secrets: ['${ARN}prod/orders-config', prod/orders]\n`),
      /^5:15 schedules\.nightly\.secrets\.0: "arn.*" ends in "-config".*\| write the secret’s name: prod\/orders-config/,
    ],
    [
      'without its end is refused',
      entry(`${when}secrets: ['${ARN}prod/billing']\n`),
      /^5:15 .*: "arn.*" lacks the hyphen and six.*\| write the secret’s name, prod\/billing,/,
    ],
  ])
})

describe('tags that ListSecrets cannot look for', () => {
  const long = 'x'.repeat(300)
  table([
    [
      'of another alphabet',
      entry(`${when}secrets: { tags: { ローテーション: 毎週日曜 } }\n`),
      /^5:33 .*tags\.ローテーション: the key "ローテーション" has "ロ", which ListSecrets cannot look for/,
      /^5:33 .*the value "毎週日曜"/,
    ],
    ['with &', entry(`${when}secrets: { tags: { team: R&D } }\n`), /^5:30 .*the value "R&D" has "&"/],
    ['with ! in front', entry(`${when}secrets: { tags: { team: '!a' } }\n`), /^5:30 .*has "!"/],
    [
      'too long',
      entry(`${when}secrets: { tags: { owner: ${long} } }\n`),
      /^5:31 .*the value "x{40}…" has 300 characters \| a tag’s value has 256 at most/,
    ],
    ['as long as can be', entry(`${when}secrets: { tags: { ${'k'.repeat(128)}: ${'v'.repeat(256)} } }\n`)],
    [
      'one more than that',
      entry(`${when}secrets: { tags: { ${'k'.repeat(129)}: ${'v'.repeat(257)} } }\n`),
      /the key "k{40}…" has 129 characters \| a tag’s key has 128 at most/,
      /the value "v{40}…" has 257 characters \| a tag’s value has 256 at most/,
    ],
    [
      'short enough to be shown whole',
      entry(`${when}secrets: { tags: { a: '${'v'.repeat(39)}&' } }\n`),
      /the value "v{39}&" has "&"/,
    ],
    [
      'six of them',
      entry(`${when}secrets: { tags: { a: '1', b: '2', c: '3', d: '4', e: '5', f: '6' } }\n`),
      /^5:14 .*secrets: more tags than one ListSecrets takes \| 10 filters at most/,
    ],
    [
      'five and a prefix',
      entry(`${when}secrets: { prefix: p, tags: { a: '1', b: '2', c: '3', d: '4', e: '5' } }\n`),
      /^5:14 .*more tags/,
    ],
  ])
  table(
    [
      "{ tags: { a: '1', b: '2', c: '3', d: '4', e: '5' } }",
      "{ tags: { 'a b': 'x:/=+-@_.!' } }",
      "{ tags: { on: '' } }",
    ].map(valid),
  )
})

describe('what looks like a space in an expression', () => {
  const cron = (space: string) => entry(`when: "cron(0 3${space}? * SUN *)"\nsecrets: [a]\n`)
  table([
    [
      'full-width',
      cron('\u3000'),
      /^4:20 .*when: a full-width space \(U\+3000\) stands between the fields \| write cron\(0 3 \? \* SUN \*\) \(at 03:00 every Sunday\)$/,
    ],
    ['hard', cron('\u00a0'), /^4:20 .*a no-break space \(U\+00A0\)/],
    ['a tab', cron('\\t'), /^4:11 .*a tab \(U\+0009\)/],
    ['beside a space', cron(' \u2003'), /^4:21 .*a character \(U\+2003\)/],
  ])
})

describe('a freeze’s name', () => {
  table([
    [
      'has one line',
      `defaults: { timezone: UTC }\nfreezes: [{ name: "a\\nb", from: 2026-12-25, to: 2026-12-26 }]\nschedules: {}\n`,
      /^2:19 .*a name has one line/,
    ],
  ])
})
