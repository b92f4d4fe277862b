import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { parseConfig } from '../../src/config/load.ts'
import { located } from '../../src/config/warnings/located.ts'
import { outlookOf } from '../../src/config/warnings/warnings.ts'

/** A config of a real size that is right, and what people make of it. */
const RIGHT = readFileSync('test/config/right.yml', 'utf8')
const NOW = Date.parse('2026-11-24T00:00:00Z')
const SHORT = 'defaults: { timezone: UTC, window: 30m }\nschedules:\n'

/** `path: message | hint` of all that validate says. */
function said(text: string): string[] {
  const loaded = parseConfig('config/prod.yml', text)
  const problems = loaded.ok ? located(outlookOf(loaded.config, NOW), loaded).warnings : loaded.errors
  return problems.map(({ path, message, hint }) => `${path}: ${message} | ${hint}`)
}

const schema = new Ajv2020({ strict: false, allErrors: true }).compile(
  JSON.parse(readFileSync('config/schema.json', 'utf8')) as object,
)

/** Whether an editor that has the schema marks anything. */
function marked(text: string): boolean {
  const document = parseDocument(text)
  return document.errors.length > 0 || !schema(document.toJS())
}

type Grammar = true | string

/** What is written instead of what; what validate says of it; whether a grammar can tell, or why it cannot. */
const MISTAKES: [name: string, was: string, is: string, message: RegExp, grammar: Grammar][] = [
  [
    'BST',
    'timezone: Europe/London',
    'timezone: BST',
    /^defaults\.timezone: .*Europe\/London .* or Asia\/Dhaka/,
    true,
  ],
  [
    'crontab',
    'when: cron(0 3 ? * SUN *)',
    'when: 0 3 * * 0',
    /pay-core-weekly\.when: .*write cron\(0 3 \? \* SUN \*\)/,
    true,
  ],
  ['hours in words', 'window: 2h', 'window: 2 hours', /window: .*write 2h \(2 h\)$/, true],
  ['an account as a number', 'account: "111122223333"', 'account: 111122223333', /account: .*quotes/, true],
  [
    'keys misspelt',
    '    timezone: America/New_York\n',
    '    secret: [x]\n    tiemzone: UTC\n',
    /tiemzone: .*did you mean "timezone"/,
    true,
  ],
  [
    'a freeze misspelt',
    '[{ name: year-end, reason',
    '[{ name: yearend, reason',
    /no freeze is named "yearend"/,
    'a name that stands elsewhere in the file',
  ],
  [
    'a freeze backwards',
    'from: 2027-04-29, to: 2027-05-06',
    'from: 2027-05-06, to: 2027-04-29',
    /freezes\.2\.to: ends at/,
    'which of two dates is the earlier',
  ],
  [
    'a secret twice',
    '      - prod/shop/catalog\n',
    '      - prod/shop/cart\n      - prod/pay/core\n',
    /"prod\/shop\/cart" stands twice/,
    true,
  ],
  ['a tab', '  ops-tools:', '\tops-tools:', /Tabs are not allowed/, true],
  [
    'an approval of true',
    'approval: { timeout: 20m }',
    'approval: true',
    /approval: a map is expected/,
    true,
  ],
  [
    'the notice of an approval',
    'approval: { timeout: 20m }',
    'approval: { timeout: 20m, notice: 24h }',
    /"notice" no longer stands here.*a key of the schedule now/,
    true,
  ],
  [
    'a lead time twice',
    'notice: [24h, 1h]',
    'notice: [60m, 1h]',
    /a lead time stands twice/,
    'what a duration comes to',
  ],
  [
    'a notice of minutes',
    'notice: [24h, 1h]',
    'notice: [24h, 14m]',
    /"14m" is out of range/,
    'what a duration comes to',
  ],
  ['a notice of weeks', 'notice: [24h, 1h]', 'notice: [8d, 1h]', /"8d" is out of range/, true],
  [
    'a consumer of two kinds',
    '- ssm: restart-pay',
    '- { ssm: restart-pay, invoke: restart }',
    /consumers\.1: names more than one consumer/,
    'exactly one of four keys',
  ],
  [
    'a service without its cluster',
    'ecs: pay/core-api',
    'ecs: core-api',
    /consumers\.0\.ecs: "core-api" is no ECS service/,
    true,
  ],
  [
    'a kind of consumer misspelt',
    '- observe: pay-reports',
    '- observes: pay-reports',
    /consumers\.3\.observes: unknown key "observes" \| did you mean "observe"/,
    true,
  ],
  [
    'a consumer of another schedule’s secret',
    'prod/pay/ledger]',
    'prod/pay/leger]',
    /secrets\.1: "prod\/pay\/leger" is none of this schedule’s secrets \| did you mean "prod\/pay\/ledger"/,
    'what another key says',
  ],
  [
    'adoption in minutes',
    'adoption: { within: 24h }',
    'adoption: { within: 10m }',
    /"10m" is out of range/,
    'what a duration comes to',
  ],
  ['a region too many digits', 'region: us-east-1', 'region: us-east-11', /"us-east-11" is no region/, true],
  [
    'a schedule twice',
    '  hr-monthly:',
    '  ops-tools:',
    /schedules\.ops-tools: "ops-tools" stands twice/,
    true,
  ],
  [
    'kinds of notice',
    '[failure, missed, overdue, approval], sns: secops-oncall',
    '[failures], email: ops@acme.com',
    /"failures" is not known here/,
    true,
  ],
  ['a name with spaces', '  pay-core-weekly:', '  pay core weekly!:', /cannot name a schedule/, true],
  [
    'seconds without unit',
    'timeout: 10m',
    'timeout: "600"',
    /timeout: "600" has no unit \| write 600s \(10 min\) or 600m \(10 h\)$/,
    true,
  ],
  [
    'a number of seconds',
    'timeout: 10m',
    'timeout: 600',
    /timeout: "600" has no unit \| write 600s \(10 min\) or 600m \(10 h\)$/,
    true,
  ],
  [
    'a start without zone',
    'start: 2026-12-01T00:15:00Z',
    'start: 2026-12-01 00:15',
    /start: .*is no instant/,
    true,
  ],
  [
    'tag for tags',
    'secrets: { tags: { rotation: month-end, region: jp }, prefix: prod/jp/ }',
    'secrets: { tag: { rotation: month-end } }',
    /unknown key "tag" \| did you mean "tags"/,
    true,
  ],
  [
    'the 31st',
    'cron(0 22 L * ? *)',
    'cron(0 22 31 * ? *)',
    /hr-monthly\.when: freezes stop the occurrence of 2026-12-31; the next after it is on 2027-01-31, 92 d/,
    'the calendar: it is legal, and a freeze stops the only one of a quarter',
  ],
  [
    'an hour that clocks skip',
    'cron(30 2 ? * TUE,THU *)',
    'cron(30 2 ? * SUN *)',
    /skip 02:30 on 2027-03-14/,
    'the calendar: 02:30 is missing on one day of the year',
  ],
  [
    'a partial ARN',
    '      - prod/hr/people',
    '      - arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/hr/people',
    /lacks the hyphen/,
    true,
  ],
  [
    'three at once, one of them twice',
    '    concurrency: 3\n',
    '    concurrency: 0\n    precision: seconds\n    onMissed: rerun\n',
    /shop-us\.concurrency: 0 is out of range/,
    true,
  ],
  [
    'a moment in the past',
    'schedules:\n',
    'schedules:\n  one-off:\n    when: at(2026-01-01T03:00:00)\n    secrets: [prod/x]\n',
    /in the past/,
    'what day it is',
  ],
  ['a window of weeks', 'window: 2h', 'window: 400h', /"400h" is out of range/, true],
  [
    'a hook that is no list',
    'before: [{ invoke: is-settlement-done, timeout: 2m }]',
    'before: is-settlement-done',
    /before: a list is expected/,
    true,
  ],
  [
    '30 February',
    'freezes:\n',
    'freezes:\n  - { name: x, from: 2026-02-30, to: 2026-03-02 }\n',
    /no such date as 2026-02-30/,
    true,
  ],
  [
    'secrets of all kinds',
    '      - prod/ops/grafana\n',
    "      - prod/ops/grafana:latest\n      -\n      - 42\n      - ''\n",
    /grafana:latest" is neither/,
    true,
  ],
]

const WHOLE: [name: string, text: string, message: RegExp, grammar: Grammar][] = [
  ['nothing at all', '', /"schedules" is missing/, true],
  [
    'no schedules',
    'schedules: {}\n',
    /^schedules: no schedule stands here: a deploy deletes .*no-schedules/,
    'it is legal: validate only warns, and an editor knows errors alone',
  ],
  ['a schedule without secrets', `${SHORT}  b:\n    when: cron(0 3 * * ? *)\n`, /"secrets" is missing/, true],
  ['a schedule of nothing', `${SHORT}  d: null\n`, /a map is expected, not nothing/, true],
  [
    'a merge key',
    `${SHORT}  a: &a\n    when: cron(0 3 * * ? *)\n    secrets: [x]\n  b:\n    <<: *a\n    secrets: [y]\n`,
    /^schedules\.b\.<<: a merge key .* \| write the values out, or put what schedules share under `defaults:`/,
    true,
  ],
  [
    'one secret in two schedules',
    `${SHORT}  a: { when: cron(0 3 * * ? *), secrets: [x] }\n  b: { when: cron(0 3 * * ? *), secrets: [x] }\n`,
    /rotates this secret too/,
    'it is legal, and takes the calendar of both',
  ],
  [
    'a region that is none',
    `${SHORT}  c: { when: cron(0 3 * * ? *), secrets: [x], region: us-east-9 }\n`,
    /no region is known as us-east-9.* \| AWS has us-east-1, us-east-2/,
    'which regions AWS has this year: one that is new must not be refused',
  ],
]

/** Of a stage's own rules, whom they bind, and tags: all legal in between. */
const RULES: typeof WHOLE = (
  [
    [
      'a rule that asks for nothing',
      '- name: a',
      /^rules\.0: asks for nothing/,
      'any one of five keys would do',
    ],
    [
      'a rule’s hours of one digit',
      '- { name: a, never: [{ from: 8:00 }] }',
      /"8:00" is no time of day/,
      true,
    ],
    ['a rule’s hour in words', '- { name: a, never: [{ from: 8am }] }', /"8am" is no time of day/, true],
    ['days by number', '- { name: a, never: [{ days: 1-5 }] }', /no list of weekdays/, true],
    ['days in small letters', '- { name: a, never: [{ days: mon-fri }] }', /no list of weekdays/, true],
    ['a rule’s zone', '- { name: a, never: [{ from: 08:00, timezone: CET+1 }] }', /unknown time zone/, true],
    ['a rule’s key misspelt', '- { name: a, owner: true, approvals: true }', /did you mean "approval"/, true],
    ['an age without unit', '- { name: a, maxAge: 90 }', /"90" has no unit/, true],
    ['approval: false', '- { name: a, approval: false }', /"false" is not known here/, true],
    [
      'two rules of one name',
      '- { name: a, owner: true }\n  - { name: a, owner: true }',
      /a second rule/,
      'a name that stands elsewhere in the file',
    ],
  ] as const
).map(([name, rule, message, grammar]) => [
  name,
  `rules:\n  ${rule}\n${SHORT}  b: { when: cron(0 3 * * ? *), secrets: [x], owner: me }\n`,
  message,
  grammar,
])

const ONE = `${SHORT}  b: { when: cron(0 3 * * ? *), secrets: `
const MORE: typeof WHOLE = [
  ['a runbook without https', `${ONE}[x], runbook: wiki/orders }\n`, /runbook: not an https address/, true],
  [
    'an owner of two lines',
    `${ONE}[x], owner: "a\\nb" }\n`,
    /owner: has more than one line/,
    'patterns of an editor may differ in what a line’s end is',
  ],
  ['an essay', `${ONE}[x], description: ${'long '.repeat(41)}}\n`, /longer than 200 characters/, true],
  [
    'a waiver without a reason',
    `rules: [{ name: a, owner: true }]\n${ONE}[x], waive: [{ rule: a }] }\n`,
    /"reason" is missing/,
    true,
  ],
  ['a tag that cannot be looked for', `${ONE}{ tags: { R&D: x } } }\n`, /"R&D" has "&"/, true],
  ['a tag that means not', `${ONE}{ tags: { team: '!x' } } }\n`, /"!x" has "!"/, true],
]

describe('what people write', () => {
  it('what is right is neither refused nor marked', () => {
    const loaded = parseConfig('config/prod.yml', RIGHT)
    expect(loaded.ok).toBe(true)
    expect(marked(RIGHT)).toBe(false)
  })

  const all = [
    ...MISTAKES.map(([name, was, is, message, grammar]) => {
      if (!RIGHT.includes(was)) throw new Error(`"${was}" stands nowhere`)
      return { name, text: RIGHT.replace(was, () => is), message, grammar }
    }),
    ...[...WHOLE, ...RULES, ...MORE].map(([name, text, message, grammar]) => ({
      name,
      text,
      message,
      grammar,
    })),
  ]

  it('docs/warnings.md counts them', () => {
    const [, count, byEditor] =
      /Of (\d+) mistakes .* it marks (\d+);/.exec(readFileSync('docs/warnings.md', 'utf8')) ?? []
    const told = all.filter(({ grammar }) => grammar === true).length
    expect([count, byEditor]).toEqual([`${all.length}`, `${told}`])
  })

  it('what the defaults bring along is told once, where it stands', () => {
    const schedules = ['a', 'b'].map(
      (it) => `  ${it}: { when: cron(0 ${it === 'a' ? 3 : 9} * * ? *), secrets: [${it}] }\n`,
    )
    expect(said(`defaults: { timezone: EST, window: 1m }\nschedules:\n${schedules.join('')}`)).toEqual([
      expect.stringMatching(/^defaults\.timezone: EST is .*no-daylight-saving/),
      expect.stringMatching(/^defaults\.window: .*short-window/),
    ])
  })

  it.each(all)('$name is told by validate', ({ text, message }) => {
    const usual = said(RIGHT)
    const found = said(text).filter((line) => !usual.includes(line))
    expect(found.filter((line) => message.test(line))).toHaveLength(1)
  })

  it.each(all)('$name is marked by an editor where a grammar can tell', ({ text, grammar }) => {
    expect(marked(text)).toBe(grammar === true)
  })
})
