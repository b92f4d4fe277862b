import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { entry, errorsIn, rest, table } from './table.ts'

describe('unknown keys', () => {
  table([
    [
      'at the top',
      'schedulez: {}\nschedules: {}\n',
      /^1:1 schedulez: unknown key "schedulez" \| did you mean "schedules"\?$/,
    ],
    [
      'in defaults',
      'defaults:\n  timezone: UTC\n  windw: 3m\nschedules: {}\n',
      /^3:3 defaults\.windw: unknown key "windw" \| did you mean "window"\?$/,
    ],
    [
      'in a freeze',
      'freezes:\n  - { name: x, from: 2026-12-25, too: 2026-12-26, timezone: UTC }\nschedules: {}\n',
      /^2:5 freezes\.0\.to: "to" is missing \| /,
      /^2:34 freezes\.0\.too: unknown key "too" \| did you mean "to"\?$/,
    ],
    [
      'in a schedule',
      entry(`${rest}concurency: 2\n`),
      /^6:5 schedules\.nightly\.concurency: unknown key "concurency" \| did you mean "concurrency"\?$/,
    ],
    ['in capitals', entry(`${rest}WINDOW: 5m\n`), /^6:5 .*"WINDOW" \| did you mean "window"\?$/],
    [
      'in an ignored freeze',
      `freezes: [{ name: x, from: 2026-12-25, to: 2026-12-26, timezone: UTC }]\n${entry(
        `${rest}ignoreFreezes: [{ name: x, reason: y, raeson: z }]\n`,
      )}`,
      /^7:43 schedules\.nightly\.ignoreFreezes\.0\.raeson: unknown key "raeson" \| did you mean "reason"\?$/,
    ],
    [
      'that resemble nothing',
      entry(`${rest}cost: 5m\n`),
      /^6:5 .*unknown key "cost" \| known here: when, start, secrets, /,
    ],
    [
      'that are names every object has',
      entry(`${rest}constructor: 1\n`),
      /^6:5 schedules\.nightly\.constructor: unknown key "constructor" \| known here: /,
    ],
    ['that JavaScript would swallow', 'schedules:\n  __proto__: {}\n', /^2:3 .*__proto__.* cannot be a name/],
    [
      'below a name that YAML reads as a number',
      'defaults: { timezone: UTC }\nschedules:\n  123:\n    when: cron(0 3 * * ? *)\n    secrets: [a]\n    wen: x\n',
      /^6:5 schedules\.123\.wen: unknown key "wen" \| did you mean "when"\?$/,
    ],
  ])
})

describe('time zones', () => {
  table([
    [
      'unknown in defaults, told once',
      `defaults: { timezone: Europe/Pari }\nschedules:\n  a: { when: cron(0 3 * * ? *), secrets: [a] }\n  b: { when: cron(0 3 * * ? *), secrets: [b] }\n`,
      /^1:23 defaults\.timezone: unknown time zone "Europe\/Pari" \| did you mean Europe\/Paris\?$/,
    ],
    [
      'unknown in a schedule',
      entry(`${rest}timezone: JST\n`),
      /^6:15 schedules\.nightly\.timezone: unknown time zone "JST" \| did you mean Asia\/Tokyo\?$/,
    ],
    ['empty', entry(`${rest}timezone: ""\n`), /^6:15 schedules\.nightly\.timezone: unknown time zone ""/],
    [
      'unknown in a freeze',
      'freezes:\n  - { name: x, from: 2026-12-25, to: 2026-12-26, timezone: asia/tokyo }\nschedules: {}\n',
      /^2:60 freezes\.0\.timezone: unknown time zone "asia\/tokyo" \| did you mean Asia\/Tokyo\?$/,
    ],
    [
      'missing for a schedule',
      'schedules:\n  a:\n    when: cron(0 3 * * ? *)\n    secrets: [a]\n',
      /^2:3 schedules\.a: no time zone \| add `timezone:` here or under `defaults:`$/,
    ],
    [
      'missing for a freeze',
      'freezes:\n  - { name: x, from: 2026-12-25, to: 2026-12-26 }\nschedules: {}\n',
      /^2:5 freezes\.0: no time zone \| add `timezone:`/,
    ],
    [
      'unknown beside a bad expression: both told',
      entry('when: cron(0 3 * * ? 9x)\nsecrets: [a]\ntimezone: Mars/Base\n'),
      /^4:26 schedules\.nightly\.when: .*9x/,
      /^6:15 schedules\.nightly\.timezone: unknown time zone/,
    ],
  ])
})

describe('names that stand twice', () => {
  table([
    [
      'schedules',
      'defaults: { timezone: UTC }\nschedules:\n  a: { when: cron(0 3 * * ? *), secrets: [a] }\n  a: { when: cron(0 4 * * ? *), secrets: [a] }\n',
      /^4:3 schedules\.a: "a" stands twice \| names in one map are unique/,
    ],
    [
      'keys',
      entry(`${rest}when: rate(1 day)\n`),
      /^6:5 schedules\.nightly\.when: "when" stands twice/,
      /^6:11 .*needs a start/,
    ],
    [
      'freezes',
      'freezes:\n  - { name: x, from: 2026-12-25, to: 2026-12-26, timezone: UTC }\n  - { name: x, from: 2027-12-25, to: 2027-12-26, timezone: UTC }\nschedules: {}\n',
      /^3:13 freezes\.1\.name: a second freeze named "x" \|/,
    ],
    [
      'secrets',
      entry('when: cron(0 3 * * ? *)\nsecrets: [a, b, a]\n'),
      /^5:21 schedules\.nightly\.secrets\.2: "a" stands twice/,
    ],
    [
      'a secret by its name and by its ARN',
      entry(
        'when: cron(0 3 * * ? *)\nsecrets:\n  - prod/db\n  - arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-a1B2c3\n',
      ),
      /^7:9 schedules\.nightly\.secrets\.1: "arn:[^"]+" stands twice/,
    ],
    [
      'an ignored freeze',
      `freezes: [{ name: x, from: 2026-12-25, to: 2026-12-26, timezone: UTC }]\n${entry(
        `${rest}ignoreFreezes:\n  - { name: x, reason: y }\n  - { name: x, reason: z }\n`,
      )}`,
      /^9:17 schedules\.nightly\.ignoreFreezes\.1\.name: "x" stands twice/,
    ],
  ])
})

describe('values', () => {
  table([
    [
      'a bad duration',
      entry(`${rest}window: 5 minutes\n`),
      /^6:13 .*window: "5 minutes" is not a duration \| write 5m \(5 min\)$/,
    ],
    ['a duration of zero', entry(`${rest}timeout: 0s\n`), /^6:14 .*timeout: "0s" is not a duration/],
    [
      'a duration without unit',
      entry(`${rest}timeout: 30\n`),
      /^6:14 .*timeout: "30" has no unit \| write 30s \(30 s\) or 30m \(30 min\)$/,
    ],
    [
      'a duration out of range',
      entry(`${rest}window: 25h\n`),
      /^6:13 .*"25h" is out of range \| between 1m and 24h$/,
    ],
    ['a duration too short', entry(`${rest}window: 59s\n`), /^6:13 .*"59s" is out of range/],
    [
      'no concurrency',
      entry(`${rest}concurrency: 0\n`),
      /^6:18 .*concurrency: 0 is out of range \| between 1 and 1000$/,
    ],
    [
      'too much concurrency',
      entry(`${rest}concurrency: 1001\n`),
      /^6:18 .*1001 is out of range \| between 1 and 1000$/,
    ],
    [
      'half a concurrency',
      entry(`${rest}concurrency: 1.5\n`),
      /^6:18 .*concurrency: a whole number is expected/,
    ],
    [
      'another precision',
      entry(`${rest}precision: hour\n`),
      /^6:16 .*"hour" is not known here \| minute or second$/,
    ],
    [
      'enabled in words',
      entry(`${rest}enabled: yes\n`),
      /^6:14 .*enabled: true or false is expected, not a text \| /,
    ],
    [
      'a number for a secret',
      entry('when: cron(0 3 * * ? *)\nsecrets: [12]\n'),
      /^5:15 .*secrets\.0: a text is expected, not a number \| .*quotes/,
    ],
    [
      'one secret, not a list',
      entry('when: cron(0 3 * * ? *)\nsecrets: a\n'),
      /^5:14 .*secrets: a list is expected, not a text \|/,
    ],
    [
      'no secrets',
      entry('when: cron(0 3 * * ? *)\nsecrets: []\n'),
      /^5:14 .*secrets: at least one secret is expected/,
    ],
    [
      'secrets missing',
      entry('when: cron(0 3 * * ? *)\n'),
      /^3:3 schedules\.nightly\.secrets: "secrets" is missing \| /,
    ],
    ['when missing', entry('secrets: [a]\n'), /^3:3 schedules\.nightly\.when: "when" is missing \| .*cron\(/],
    ['a schedule of nothing', 'schedules:\n  a:\n', /^2:\d+ schedules\.a: a map is expected, not nothing/],
    [
      'a space in a secret',
      entry('when: cron(0 3 * * ? *)\nsecrets: ["my db"]\n'),
      /^5:15 .*"my db" is neither a secret’s name nor its ARN/,
    ],
    [
      'an ARN of something else',
      entry('when: cron(0 3 * * ? *)\nsecrets: ["arn:aws:s3:::bucket"]\n'),
      /^5:15 .*"arn:aws:s3:::bucket" is neither .* \| .*arn:aws:secretsmanager:/,
    ],
    [
      'a schedule name with a slash',
      'defaults: { timezone: UTC }\nschedules:\n  prod/db: { when: cron(0 3 * * ? *), secrets: [a] }\n',
      /^3:3 schedules\.prod\/db: "prod\/db" cannot name a schedule \| up to 56 letters/,
    ],
    [
      'a schedule name of 57 characters',
      `defaults: { timezone: UTC }\nschedules:\n  ${'n'.repeat(57)}: { when: cron(0 3 * * ? *), secrets: [a] }\n`,
      /^3:3 .*cannot name a schedule/,
    ],
    [
      'a schedule name of 56 characters is right',
      `defaults: { timezone: UTC }\nschedules:\n  ${'n'.repeat(56)}: { when: cron(0 3 * * ? *), secrets: [a] }\n`,
    ],
    ...['on-demand', 'external'].map((name): [string, string, RegExp] => [
      `the ledger’s own name ${name}`,
      `defaults: { timezone: UTC }\nschedules:\n  ${name}: { when: cron(0 3 * * ? *), secrets: [a] }\n`,
      /^3:3 schedules\.\S+: .*ledger/,
    ]),
    [
      'two ignored freezes are right',
      `freezes:\n  - { name: x, from: 2026-12-25, to: 2026-12-26, timezone: UTC }\n  - { name: y, from: 2027-12-25, to: 2027-12-26, timezone: UTC }\n${entry(
        `${rest}ignoreFreezes:\n  - { name: x, reason: r }\n  - { name: y, reason: r }\n`,
      )}`,
    ],
    ...['constructor', 'toString', 'hasOwnProperty', 'valueOf'].map((name): [string, string, RegExp] => [
      `the name ${name}, which the audit’s watermarks could not have`,
      `defaults: { timezone: UTC }\nschedules:\n  ${name}: { when: cron(0 3 * * ? *), secrets: [a] }\n`,
      /^3:3 schedules\.\w+: .*every object/,
    ]),
    [
      'an unknown ignored freeze',
      `freezes: [{ name: year-end, from: 2026-12-25, to: 2026-12-26, timezone: UTC }]\n${entry(`${rest}ignoreFreezes: [{ name: yearend, reason: x }]\n`)}`,
      /^7:29 .*ignoreFreezes\.0\.name: no freeze is named "yearend" \| did you mean "year-end"\?$/,
    ],
    [
      'an ignored freeze without reason',
      `freezes: [{ name: x, from: 2026-12-25, to: 2026-12-26, timezone: UTC }]\n${entry(`${rest}ignoreFreezes: [{ name: x, reason: "" }]\n`)}`,
      /^7:40 .*reason: say why/,
    ],
  ])
})

describe('approvals', () => {
  table([
    [
      'of an unknown key',
      entry(`${rest}approval: { timout: 20m }\n`),
      /^6:17 .*"timout" \| did you mean "timeout"\?$/,
    ],
    ['that are no map', entry(`${rest}approval: 20m\n`), /^6:15 schedules\.nightly\.approval: .*go-ahead/],
    [
      'too short to be answered',
      entry(`${rest}approval: { timeout: 30s }\n`),
      /"30s" is out of range \| between 1m and 24h$/,
    ],
    [
      'awaited for longer than the window',
      entry(`${rest}window: 15m\napproval: { timeout: 20m }\n`),
      /^7:26 schedules\.nightly\.approval\.timeout: .*longer than the window.* \| at most the window, 15 min here/,
    ],
    [
      'awaited for longer than the window that is nobody’s own',
      entry(`${rest}approval: { timeout: 31m }\n`),
      /at most the window, 30 min here/,
    ],
    ['awaited for as long as the window', entry(`${rest}window: 15m\napproval: { timeout: 15m }\n`)],
  ])
})

describe('canaries', () => {
  table([
    ['by number', entry(`${rest}canary: 1\nsoak: 10m\n`)],
    ['by name', entry(`${rest}canary: [a/b]\nsoak: 10m\n`)],
    [
      'none, whatever the defaults say',
      'defaults: { timezone: UTC, canary: 1 }\nschedules:\n  x: { when: cron(0 3 * * ? *), secrets: [a], canary: 0 }\n',
    ],
    [
      'that are no secrets of the schedule',
      entry(`${rest}canary: [b]\n`),
      /^6:14 schedules\.nightly\.canary\.0: "b" is none of this schedule’s secrets \| there are: a\/b$/,
    ],
    [
      'of a selector, which are known only as a wave starts',
      'schedules:\n  x: { timezone: UTC, when: cron(0 3 * * ? *), secrets: { prefix: p/ }, canary: [p/a] }\n',
    ],
    ['named twice', entry(`${rest}canary: [a/b, a/b]\n`), /^6:13 .*canary: a secret stands twice here/],
    ['too many', entry(`${rest}canary: 11\n`), /^6:13 .*11 is out of range \| between 0 and 10$/],
    [
      'by name in defaults',
      'defaults: { timezone: UTC, canary: [a] }\nschedules:\n  x: { when: cron(0 3 * * ? *), secrets: [a, b] }\n',
      /^1:36 defaults\.canary: /,
    ],
    [
      'without one, a soak',
      entry(`${rest}soak: 10m\n`),
      /^6:11 schedules\.nightly\.soak: no canary that it follows \| add `canary: 1`/,
    ],
    [
      'without one in the whole file, a soak of the defaults',
      'defaults: { timezone: UTC, soak: 10m }\nschedules:\n  x: { when: cron(0 3 * * ? *), secrets: [a, b] }\n',
      /^1:34 defaults\.soak: no canary that it follows/,
    ],
    [
      'somewhere, a soak of the defaults',
      'defaults: { timezone: UTC, soak: 10m }\nschedules:\n  x: { when: cron(0 3 * * ? *), secrets: [a, b], canary: 1 }\n',
    ],
    [
      'with a soak as long as the window',
      'defaults: { timezone: UTC, canary: 1 }\nschedules:\n  x: { when: cron(0 3 * * ? *), secrets: [a, b], window: 10m, soak: 10m }\n',
      /^3:69 schedules\.x\.soak: a soak of 10 min outlasts the window of 10 min: .* \| shorten `soak`, or widen `window`$/,
    ],
  ])
})

describe('acknowledgements', () => {
  table([
    [
      'of what is no warning',
      entry(`${rest}acknowledge: [{ warning: short-windw, reason: x }]\n`),
      /^6:30 .*acknowledge\.0\.warning: "short-windw" is not known here \| did you mean "short-window"\?/,
    ],
    [
      'without a reason',
      entry(`${rest}acknowledge: [{ warning: past, reason: " " }]\n`),
      /^6:44 .*acknowledge\.0\.reason: say why/,
    ],
    [
      'twice',
      entry(`${rest}acknowledge: [{ warning: past, reason: x }, { warning: past, reason: y }]\n`),
      /^6:18 .*acknowledge: a warning stands twice here \| remove/,
    ],
    ['that are right', entry(`${rest}acknowledge: [{ warning: past, reason: x }]\n`)],
  ])
})

it.each([
  ['owner', 'schedules:\n  a: { when: at(2030-01-01T00:00:00), secrets: [a], owner: 5 }\n'],
  [
    'reason',
    'schedules:\n  a: { when: at(2030-01-01T00:00:00), secrets: [a], waive: [{ rule: r, reason: 5 }] }\n',
  ],
  ['account', 'stage: { account: 123456789012 }\nschedules: {}\n'],
])('the example of a hint can be pasted within { }, and is read as itself: %s', (key, text) => {
  const hint = errorsIn(text).find((it) => it.includes(`.${key}: a text is expected`)) ?? ''
  const [, example = ''] = / \| .*, such as (.*); a text of digits/.exec(hint) ?? []
  const pasted: Record<string, unknown> = parse(`{ ${key}: ${example}, more: x }`)
  expect(Object.keys(pasted)).toEqual([key, 'more'])
  expect(pasted[key]).toBe(example.replace(/^"(.*)"$/, '$1'))
})

it('hints name only files that a user of the package has', () => {
  const hints = ['', 'schedules:\n', '[]\n', 'stage: 1\nrules: 1\nschedules: {}\n']
    .flatMap(errorsIn)
    .join('\n')
  expect(hints).toContain('{ NAME: { when, secrets } }')
  const files = hints.match(/[\w./-]+\.(yml|md|json)\b/g) ?? []
  expect(files.length).toBeGreaterThan(1)
  for (const file of files) {
    expect(file).toMatch(/^node_modules\/aws-tourbillon\/docs\//)
    expect(existsSync(file.replace('node_modules/aws-tourbillon/', ''))).toBe(true)
  }
})
