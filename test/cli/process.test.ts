import { afterAll, beforeAll, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { type Stage, startStage } from './stage.ts'

/*
 * Every command once as people start it, a process of its own: that it loads, reaches AWS by its environment alone, says
 * on the right stream what it says, exits as it should, and leaves nothing running. Elsewhere they run in the tests'
 * process.
 */

let on: Stage
beforeAll(async () => {
  on = await startStage(
    'processes',
    `defaults: { timezone: UTC, window: 5m, timeout: 30s }
schedules:
  nightly: { when: cron(0 3 ? * SUN *), secrets: [app/one] }
`,
  )
  await on.secret('app/one')
})
afterAll(() => on.stop())

/** What to type, how it exits, and what it says: on standard output, or where that is empty on standard error. */
const COMMANDS: [name: string, args: string[], code: number, says: RegExp][] = [
  ['validate', [], 0, /: valid \(1 schedule, /],
  ['next', ['--count', '1'], 0, /^nightly {2}cron/],
  ['calendar', ['--month', '2030-06'], 0, /June 2030/],
  ['explain', ['cron(0 3 ? * SUN *)', '--timezone', 'UTC'], 0, /Sunday/],
  ['diff', [], 0, /no difference/],
  ['permissions', ['auditor'], 0, /dynamodb:Query/],
  ['rehearse', ['--from', '2030-01-01', '--to', '2030-02-01', '--brief'], 0, /nothing found/],
  ['plan', [], 0, /1 to create, 0 to update/],
  ['doctor', [], 1, /nightly: missing: the config is not deployed/],
  ['verify', ['--remove'], 0, /no throw-away stack of this stage stands/],
  [
    'run',
    ['--secret', 'app/one', '--request-id', 'CHG-1', '--wait'],
    0,
    /app\/one +SUCCEEDED +on-demand +ON_DEMAND/,
  ],
  ['skip', ['nightly', '--at', '2001-01-01T00:00:00Z', '--reason', 'x'], 2, /has no occurrence at/],
  [
    'move',
    ['nightly', '--from', '2001-01-01T00:00:00Z', '--to', '2001-01-02T00:00:00Z', '--reason', 'x'],
    2,
    /has no occurrence at/,
  ],
  ['cancel', ['CHG-1'], 1, /too late/],
  ['status', [], 1, /NOT WATCHED/],
  ['history', [], 0, /app\/one +SUCCEEDED +on-demand +ON_DEMAND/],
  ['show', ['--secret', 'app/one'], 0, /SUCCEEDED/],
  ['undo', ['aaaaaaaaaaaa'], 1, /no such rotation/],
  ['consumers', ['--secret', 'app/one'], 0, /no consumers: of its schedule/],
  ['consumers', ['--secret', 'app/one', '--find'], 1, /none seen\n {2}looked at: 0 ECS services/],
  ['report', ['--from', '2026-01-01'], 0, /app\/one/],
  ['approve', ['aaa-aaa-aaa'], 2, /no approval/],
  ['reject', ['aaa-aaa-aaa', '--reason', 'no'], 2, /no approval/],
  ['hold', ['--all', '--reason', 'incident 7'], 0, /incident 7/],
  ['release', ['--all'], 0, /^released /],
  ['unstick', ['app/one'], 1, /nothing to do/],
]

it.each(COMMANDS)('%s', async (name, args, expected, says) => {
  const given = name === 'diff' ? [on.file, on.file] : args
  const { code, stdout, stderr } = await on.runProcess(name, ...given)
  expect([stdout || stderr, code]).toEqual([expect.stringMatching(says), expected])
})

it('leaves no command out', () => {
  // The console's process: test/console/server; that of init: test/init.
  const tried = [...new Set(COMMANDS.map(([name]) => name)), 'console', 'init']
  expect(tried.sort()).toEqual(commands.map(({ name }) => name).sort())
})
