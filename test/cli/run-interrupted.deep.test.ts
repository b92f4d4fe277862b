import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Stage, startStage } from './stage.ts'
import { bareEnvironment, MAIN } from './tourbillon.ts'

let on: Stage
beforeAll(async () => {
  on = await startStage(
    'left',
    'schedules:\n  nightly: { when: cron(0 3 ? 6 SUN 2040), timezone: UTC, window: 5m, secrets: [app/one, app/two] }\n',
  )
  await Promise.all([on.secret('app/one'), on.secret('app/two')])
})
afterAll(() => on.stop())

it.each([
  [
    'SIGINT',
    130,
    ['--secret', 'app/one'],
    /: npx aws-tourbillon show --config \S+left\.yml [0-9a-f-]{36}\n$/,
  ],
  [
    'SIGTERM',
    143,
    ['--schedule', 'nightly'],
    /: npx aws-tourbillon history --config .* --schedule nightly --since \S+Z\n$/,
  ],
] as const)(
  '%s ends run, not the rotation, and says how to follow it',
  async (signal, expected, args, follow) => {
    const at = new Date(Date.now() + 5 * 60_000).toISOString()
    const child = spawn(process.execPath, [MAIN, 'run', ...args, '--at', at, '--yes', '--config', on.file], {
      env: bareEnvironment(on.aws.env),
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const ended = once(child, 'close')
    let stderr = ''
    child.stderr.on('data', (piece) => {
      stderr += piece
      if (/Z {2}app.* {2}CLAIMED\n/.test(stderr)) child.kill(signal)
    })
    await Promise.all([text(child.stderr), ended])
    expect(await ended).toEqual([expected, null])
    expect(stderr).toMatch(/The rotation goes on without you\. To see what becomes of it: /)
    expect(stderr).toMatch(follow)
  },
)
