import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { within } from '../busy.ts'
import { tourbillon } from './tourbillon.ts'

const PINNED = `stage: { account: '123456789012', region: eu-central-1 }\n`

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'validate-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, text)
  return path
}

const BROKEN = `defaults: { timezone: Europe/Paris }
schedules:
  nightly:
    when: cron(0 25 * * ? *)
    secrets: [a]
    windw: 3m
`
const SURPRISING = `defaults: { timezone: Europe/Paris }
schedules:
  one: { when: cron(30 2 * * ? *), secrets: [b, a] }
  two:
    when: cron(30 2 * * ? *)
    secrets: [c, a]
`

describe.concurrent('validate', () => {
  it.each(['dev', 'prod', 'local'])('finds the example of stage %s valid', async (stage) => {
    const { code, stdout, stderr } = await tourbillon(['validate', '--stage', stage])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(
      new RegExp(
        `^config/${stage}\\.yml: valid \\(\\d schedules, \\d secrets, \\d freezes?\\); config version [0-9a-f]{12}, zone data 20\\d\\d[a-z]\\n$`,
      ),
    )
  })

  it('tells each error with its place, its path and what to do', async () => {
    const path = await file('broken.yml', BROKEN)
    const { code, stdout, stderr } = await tourbillon(['validate', '--config', path])
    expect([code, stderr]).toEqual([1, ''])
    const lines = stdout.split('\n')
    expect(lines[0]).toMatch(new RegExp(`^${path}:4:18  error  schedules\\.nightly\\.when: .*25`))
    expect(lines[1]).toMatch(/^ {4}hint: /)
    expect(lines[2]).toBe(`${path}:6:5  error  schedules.nightly.windw: unknown key "windw"`)
    expect(lines[3]).toBe('    hint: did you mean "window"?')
    expect(lines[4]).toBe(`${path}: 2 errors`)
  })

  it('says the same as JSON', async () => {
    const path = await file('broken-json.yml', BROKEN)
    const { code, stdout } = await tourbillon(['validate', '--config', path, '--json'])
    expect(code).toBe(1)
    const answer = JSON.parse(stdout) as { errors: unknown[] }
    expect(answer).toMatchObject({ valid: false, warnings: [] })
    expect(answer.errors).toHaveLength(2)
    expect(answer.errors[1]).toEqual({
      file: path,
      line: 6,
      column: 5,
      path: 'schedules.nightly.windw',
      message: 'unknown key "windw"',
      hint: 'did you mean "window"?',
    })
  })

  it('warns of surprises, and still finds the file valid', async () => {
    const path = await file('surprising.yml', SURPRISING)
    const { code, stdout } = await tourbillon(['validate', '--config', path, '--json'])
    expect(code).toBe(0)
    const { valid, errors, warnings } = JSON.parse(stdout) as {
      valid: boolean
      errors: unknown[]
      warnings: { line: number; column: number; path: string; message: string; hint: string }[]
    }
    expect([valid, errors]).toEqual([true, []])
    const skipped = warnings.find(({ path: at }) => at === 'schedules.two.when')
    expect(skipped).toMatchObject({ line: 5, column: 11, message: expect.stringMatching(/skip/) })
    const shared = warnings.find(({ path: at }) => at === 'schedules.two.secrets.1')
    expect(shared).toMatchObject({ line: 6, column: 18 })
    for (const { hint } of warnings) expect(hint).not.toBe('')
  })

  it('fails on a rule that is not kept, unless its schedule waives it', async () => {
    const config = (more: string) =>
      `defaults: { timezone: UTC }\nrules: [{ name: eyes, approval: true }]\nschedules:\n  one: { when: cron(0 9 * * ? *), secrets: [a]${more} }\n${PINNED}`
    const path = await file('rules.yml', config(''))
    const { code, stdout, stderr } = await tourbillon(['validate', '--config', path])
    expect([code, stderr]).toEqual([1, ''])
    expect(stdout).toBe(
      `${path}:4:3  error  schedules.one.approval: rule "eyes": an approval is asked for, and none is here
    hint: add approval: {}; or waive it here: waive: [{ rule: eyes, reason: … }]
${path}: 1 error
`,
    )
    const waived = await file('waived.yml', config(', waive: [{ rule: eyes, reason: RISK-31 }]'))
    const plain = await tourbillon(['validate', '--config', waived, '--strict'])
    expect([plain.code, plain.stdout]).toEqual([0, expect.stringContaining('1 broken rule waived')])
    const answer = JSON.parse((await tourbillon(['validate', '--config', waived, '--json'])).stdout) as object
    expect(answer).toMatchObject({
      valid: true,
      errors: [],
      waived: [{ line: 4, column: 3, reason: 'RISK-31' }],
    })
  })

  it('warns of a stage that does not say where it lives, until somebody means it', async () => {
    const config =
      'defaults: { timezone: UTC }\nschedules: { one: { when: cron(0 9 * * ? *), secrets: [a] } }\n'
    const half = await file('half.yml', `stage: { region: eu-west-1 }\n${config}`)
    const told = await tourbillon(['validate', '--config', half, '--strict'])
    expect(told.code).toBe(1)
    expect(told.stdout).toContain(`${half}:1:8  warning  stage: names no account: commands`)
    expect(told.stdout).toContain("hint: write under stage: account: '123456789012'\n")
    expect(told.stdout).toContain('say so under defaults: acknowledge: [{ warning: unpinned, ')
    const known = await file(
      'sandbox.yml',
      config.replace('UTC', 'UTC, acknowledge: [{ warning: unpinned, reason: a sandbox }]'),
    )
    expect((await tourbillon(['validate', '--config', known, '--strict'])).code).toBe(0)
  })

  it.each(['dotted.stage', 'x'.repeat(39)])(
    'refuses a stage that AWS’s names cannot hold: %s',
    async (stage) => {
      const valid = `${PINNED}\ndefaults: { timezone: UTC }\nschedules: { a: { when: cron(0 9 * * ? *), secrets: [a] } }\n`
      const path = await file(`${stage}.yml`, valid)
      const told = await tourbillon(['validate', '--config', path])
      expect(told.code).toBe(1)
      expect(told.stdout).toContain(
        `${path}:1:1  error  no stage of AWS can be called ${stage}, as this file is\n    hint: rename`,
      )
      const longest = await file(`${'x'.repeat(38)}.yml`, valid)
      expect((await tourbillon(['validate', '--config', longest])).code).toBe(0)
    },
  )

  it('warns of a stage in a region that AWS does not have', async () => {
    const path = await file(
      'no-region.yml',
      "stage: { account: '123456789012', region: eu-cental-1 }\ndefaults: { timezone: UTC }\nschedules: { one: { when: cron(0 9 * * ? *), secrets: [a] } }\n",
    )
    const told = await tourbillon(['validate', '--config', path, '--strict'])
    expect(told.code).toBe(1)
    expect(told.stdout).toContain(
      `${path}:1:43  warning  stage.region: no region is known as eu-cental-1: every command and deploy would fail [unknown-region]\n    hint: did you mean "eu-central-1"?\n`,
    )
  })

  it('with --strict fails on what nobody acknowledged, and on nothing else', async () => {
    const config = (more: string) =>
      `defaults: { timezone: UTC, window: 5m }\nschedules:\n  one: { when: "cron(0 9 ? * 1-5 *)", secrets: [a]${more} }\n${PINNED}`
    const path = await file('weekdays.yml', config(''))
    expect((await tourbillon(['validate', '--config', path])).code).toBe(0)
    const strict = await tourbillon(['validate', '--config', path, '--strict'])
    expect([strict.code, strict.stderr]).toEqual([1, ''])
    expect(strict.stdout).toMatch(/:3:16 {2}warning {2}schedules\.one\.when: .* \[weekday-numbers\]\n/)
    expect(strict.stdout).toContain('acknowledge: [{ warning: weekday-numbers, reason: ')

    const known = await file(
      'known.yml',
      config(', acknowledge: [{ warning: weekday-numbers, reason: our week }]'),
    )
    const { code, stdout } = await tourbillon(['validate', '--config', known, '--strict', '--json'])
    expect(code).toBe(0)
    const answer = JSON.parse(stdout) as { warnings: unknown[]; acknowledged: unknown[] }
    expect(answer.warnings).toEqual([])
    expect(answer.acknowledged).toEqual([
      {
        file: known,
        line: 3,
        column: 16,
        path: 'schedules.one.when',
        message: 'weekday 1-5 is SUN-THU here: AWS counts from 1 = SUN [weekday-numbers]',
        hint: expect.any(String),
        reason: 'our week',
      },
    ])

    const idle = await file('idle.yml', config(', acknowledge: [{ warning: past, reason: x }]'))
    const told = await tourbillon(['validate', '--config', idle, '--strict'])
    expect(told.code).toBe(1)
    expect(told.stdout).toMatch(
      /:3:\d+ {2}warning {2}.*past is acknowledged here.* \[nothing-to-acknowledge\]/,
    )
  })

  it('keeps the keys of the pinned JSON', async () => {
    const path = await file('pinned.yml', SURPRISING)
    const { stdout } = await tourbillon(['validate', '--config', path, '--json'])
    const { warnings } = JSON.parse(stdout) as { warnings: object[] }
    for (const warning of warnings)
      expect(Object.keys(warning)).toEqual(['file', 'line', 'column', 'path', 'message', 'hint'])
  })

  it('reads a file with a byte order mark and CRLF', async () => {
    const path = await file('windows.yml', `\ufeff${BROKEN.replaceAll('\n', '\r\n')}`)
    const { code, stdout } = await tourbillon(['validate', '--config', path])
    expect(code).toBe(1)
    expect(stdout).toContain(`${path}:4:18  error`)
  })

  it.each([
    [
      'that is missing',
      'nowhere.yml',
      /cannot read .*nowhere\.yml: .*\n {4}hint: there are: broken-json\.yml, /,
    ],
    ['that is a directory', '.', /cannot read .*: .*directory.*\n {4}hint: /],
  ])('of a file %s cannot be done', async (_what, name, message) => {
    const { code, stdout, stderr } = await tourbillon(['validate', '--config', join(directory, name)])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
  })

  it('of a stage without file names the file', async () => {
    const { code, stderr } = await tourbillon(['validate', '--stage', 'nowhere'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/^tourbillon: cannot read config\/nowhere\.yml: /)
  })

  it('of an empty file is bad news, not a crash', async () => {
    const { code, stdout } = await tourbillon(['validate', '--config', await file('empty.yml', '')])
    expect(code).toBe(1)
    expect(stdout).toMatch(/:1:1 {2}error {2}schedules: "schedules" is missing/)
  })

  it('takes 2,000 schedules in a few seconds', async () => {
    const entries = Array.from(
      { length: 2_000 },
      (_, i) =>
        `  s${i}: { when: cron(${i % 60} ${4 + (i % 20)} ? * ${1 + (i % 7)} *), secrets: [prod/${i}/db] }`,
    )
    const path = await file('many.yml', `defaults: { timezone: UTC }\nschedules:\n${entries.join('\n')}\n`)
    const { code, stdout, ms } = await tourbillon(['validate', '--config', path])
    // More than one stack holds, and that is said here already.
    expect([code, stdout]).toEqual([1, expect.stringMatching(/schedules: 2000 .*hint: split the config/s)])
    expect(ms).toBeLessThan(within(10_000))
  })
})
