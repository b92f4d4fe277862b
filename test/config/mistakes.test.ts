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

/** What is written instead of what; what validate says of it; whether a grammar can tell. */
const MISTAKES: [name: string, was: string, is: string, message: RegExp, grammar: boolean][] = [
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
    false,
  ],
  [
    'a freeze backwards',
    'from: 2027-04-29, to: 2027-05-06',
    'from: 2027-05-06, to: 2027-04-29',
    /freezes\.2\.to: ends at/,
    false,
  ],
  [
    'a secret twice',
    '      - prod/shop/catalog\n',
    '      - prod/shop/cart\n      - prod/pay/core\n',
    /"prod\/shop\/cart" stands twice/,
    true,
  ],
  ['a tab', '  ops-tools:', '\tops-tools:', /Tabs are not allowed/, true],
  ['an approval of true', 'approval: { notice: 24h }', 'approval: true', /approval: a map is expected/, true],
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
    false,
  ],
  [
    'an hour that clocks skip',
    'cron(30 2 ? * TUE,THU *)',
    'cron(30 2 ? * SUN *)',
    /skip 02:30 on 2027-03-14/,
    false,
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
    false,
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

const WHOLE: [name: string, text: string, message: RegExp, grammar: boolean][] = [
  ['nothing at all', '', /"schedules" is missing/, true],
  [
    'no schedules',
    'schedules: {}\n',
    /^schedules: no schedule stands here: a deploy deletes .*no-schedules/,
    false,
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
    false,
  ],
  [
    'a region that is none',
    `${SHORT}  c: { when: cron(0 3 * * ? *), secrets: [x], region: us-east-9 }\n`,
    /no region is known as us-east-9.* \| AWS has us-east-1, us-east-2/,
    false,
  ],
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
    ...WHOLE.map(([name, text, message, grammar]) => ({ name, text, message, grammar })),
  ]

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
    expect(marked(text)).toBe(grammar)
  })
})
