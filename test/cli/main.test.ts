import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { commands as listed } from '../../src/cli/commands.ts'
import { bareEnvironment, MAIN, tourbillon, tourbillonProcess } from './tourbillon.ts'

const commands = await Promise.all(listed.map(({ load }) => load()))

describe.concurrent('tourbillon', () => {
  it('lists its commands', async () => {
    const { code, stdout, stderr } = await tourbillonProcess(['--help'])
    expect([code, stderr]).toEqual([0, ''])
    for (const { name, summary } of commands)
      expect(stdout).toMatch(new RegExp(`^  ${name} +${summary.slice(0, 20)}`, 'm'))
  })

  it('finds each of them by its own name', () => {
    expect(listed.map(({ name }) => name)).toEqual(commands.map(({ name }) => name))
  })

  it('tells its version', async () => {
    const { code, stdout } = await tourbillon(['--version'])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)])
  })

  it('without a command shows how it is used, as an error', async () => {
    const { code, stdout, stderr } = await tourbillonProcess([])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^Usage: aws-tourbillon COMMAND/)
  })

  it('has help for each of them', async () => {
    const { code, stdout, stderr } = await tourbillon(['validate', '--help'])
    expect([code, stderr, stdout]).toEqual([0, '', commands.find(({ name }) => name === 'validate')?.help])
  })

  it.each(commands)('$name --help tells usage, exit status and an example', ({ name, help }) => {
    expect(help).toMatch(new RegExp(`^Usage: .*aws-tourbillon ${name}`))
    expect(help).toMatch(/Exit status: /)
    expect(help).toMatch(/Example: npx aws-tourbillon /)
    for (const line of help.split('\n')) expect(line.length, line).toBeLessThanOrEqual(115)
  })

  it.each([
    ['a command', ['valdiate'], /no command "valdiate"\n {4}hint: did you mean "validate"\?\n/],
    [
      'a command that resembles nothing',
      ['xyzzy'],
      /no command "xyzzy"\n {4}hint: see npx aws-tourbillon --help\n/,
    ],
    [
      'an option',
      ['validate', '--stagee', 'dev'],
      /validate has no option --stagee\n {4}hint: did you mean "--stage"\?\n/,
    ],
    [
      'an option that resembles nothing',
      ['status', '--xyzzy', '--stage', 'local'],
      /status has no option --xyzzy\n {4}hint: see npx aws-tourbillon status --help\n/,
    ],
    ['an option of one letter', ['status', '-x'], /status has no option -x\n/],
    [
      'the place of a command',
      ['--stage', 'local', 'status'],
      /"--stage" is no command\n {4}hint: the command comes first/,
    ],
    [
      'an option’s value that is an option',
      ['run', '--reason', '--json', '--stage', 'local'],
      /--reason needs a value, and "--json" looks like an option\n {4}hint: .*--reason=--json\n/,
    ],
    ['a value that is empty', ['status', '--stage', ''], /--stage is empty\n {4}hint: is a variable unset\?/],
    [
      'a value where none belongs',
      ['status', '--json=yes'],
      /--json takes no value\n {4}hint: write --json alone/,
    ],
    ['one of two stages', ['status', '--stage', 'dev', '--stage', 'prod'], /--stage twice\n {4}hint: /],
    [
      'a stage’s name',
      ['validate', '--stage', 'prd'],
      /cannot read config\/prd\.yml: there is no such file\n {4}hint: did you mean "prod"\?/,
    ],
    [
      'a stage that resembles nothing',
      ['validate', '--stage', 'xyzzy'],
      /cannot read config\/xyzzy\.yml: .*\n {4}hint: there are: dev, local, prod\n/,
    ],
    [
      'a stage elsewhere',
      ['validate', '--stage', '../secrets'],
      /--stage \.\.\/secrets is no stage's name\n {4}hint: .*--config FILE/,
    ],
    [
      'a file’s name',
      ['validate', '--config', 'config/prodd.yml'],
      /cannot read config\/prodd\.yml: .*\n {4}hint: did you mean "prod"\?/,
    ],
    [
      'a schedule',
      ['next', '--stage', 'local', '--schedule', 'orders-nightly'],
      /no schedule "orders-nightly"\n {4}hint: did you mean "orders-db-nightly"\?/,
    ],
    [
      'a secret',
      ['hold', '--stage', 'local', '--secret', 'local/order/db', '--reason', 'x'],
      /no secret "local\/order\/db" in the config\n {4}hint: did you mean "local\/orders\/db"\?/,
    ],
    [
      'a report’s format',
      ['report', '--stage', 'local', '--from', '2026-01-01', '--out', 'r.pdf'],
      /--out r\.pdf: no format for \.pdf\n {4}hint: .*md, html, csv, json/,
    ],
    ['an option’s value', ['validate', '--stage'], /--stage needs a value.*\n {4}hint: /],
    [
      'a word too many',
      ['validate', 'config/dev.yml'],
      /unexpected "config\/dev\.yml"\n {4}hint: did you mean --config config\/dev\.yml\?\n/,
    ],
    ['a stage', ['validate'], /which stage\?\n {4}hint: add --stage NAME/],
    ['one stage', ['validate', '--stage', 'dev', '--config', 'config/prod.yml'], /both --config and --stage/],
  ])('does not guess at %s', async (_what, args, message) => {
    const { code, stdout, stderr } = await tourbillon(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/^ +at /m)
  })

  it('may be cut short by head', () => {
    const pipe = `"${process.execPath}" "${MAIN}" next --stage local --count 5000 | head -1; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = spawnSync('bash', ['-c', pipe], { env: bareEnvironment(), encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('0')
  })
})
