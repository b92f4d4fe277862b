import { describe, expect, it } from 'vitest'
import { entry, errorsIn, table } from './table.ts'

describe('files', () => {
  table([
    ['empty', '', /^1:1 schedules: "schedules" is missing/],
    ['of comments', '# nothing\n', /^1:1 schedules: "schedules" is missing/],
    ['a text', 'hello\n', /^1:1 : a map is expected, not a text/],
    ['a list', '- a\n', /^1:1 : a map is expected, not a list/],
    ['with a tab', 'schedules:\n\ta: 1\n', /^2:1 : not valid YAML: Tabs/],
    ['unclosed', entry('when: "cron(0 3\nsecrets: [a]\n'), /^\d+:\d+ : not valid YAML: Missing closing/],
    ['of two documents', 'schedules: {}\n---\nschedules: {}\n', /^2:1 : .*one document/],
    ['with an alias of nothing', 'schedules: *base\n', /^1:12 schedules: .*"base"/],
    [
      'with an alias bomb',
      `a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n`,
      /^1:1 : .*alias/,
    ],
    ['with a list as a key', '? [a, b]\n: 1\nschedules: {}\n', /^1:1 .*unknown key/],
  ])

  it('may begin with a byte order mark and end its lines in CRLF', () => {
    const text = `\ufeff${entry('when: cron(0 25 * * ? *)\nsecrets: [a]\n').replaceAll('\n', '\r\n')}`
    expect(errorsIn(text)).toEqual([expect.stringMatching(/^4:18 schedules\.nightly\.when: .*25/)])
    expect(errorsIn('\ufeffschedulez: {}\nschedules: {}\n')[0]).toMatch(/^1:1 schedulez/)
  })

  it('may share settings by anchor', () => {
    const text =
      'defaults: { timezone: UTC }\nschedules:\n  a: &a { when: cron(0 3 * * ? *), secrets: [a] }\n  b: *a\n'
    expect(errorsIn(text)).toEqual([])
  })
})

describe('several errors', () => {
  table([
    [
      'of every sort are told at once, in the order of the file',
      `defaults:
  timezone: UTC
  window: soon
freezes:
  - { name: x, from: 2026-12-26, to: 2026-12-25 }
  - { name: y, from: never, to: 2026-12-25 }
schedules:
  one:
    when: cron(0 25 * * ? *)
    secrets: [a, a]
    timeout: long
  two:
    when: cron(0 3 * * ? *)
    secrets: []
    timezone: Nowhere
    ignoreFreezes: [{ name: y, reason: ok }]
  three:
    when: cron(0 3 30 2 ? *)
    secrets: [a]
`,
      /^3:11 defaults\.window/,
      /^5:\d+ freezes\.0\.to/,
      /^6:\d+ freezes\.1\.from/,
      /^9:18 schedules\.one\.when/,
      /^10:18 schedules\.one\.secrets\.1/,
      /^11:14 schedules\.one\.timeout/,
      /^14:14 schedules\.two\.secrets/,
      /^15:15 schedules\.two\.timezone/,
      /^18:\d+ schedules\.three\.when/,
    ],
  ])
})
