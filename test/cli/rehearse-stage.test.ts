import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Stage, startStage } from './stage.ts'
import { tourbillonProcess } from './tourbillon.ts'

let on: Stage
beforeAll(async () => {
  on = await startStage(
    'rehearsed',
    `defaults: { timezone: UTC, window: 5m, timeout: 10m, maxAge: 40d }
schedules:
  slow: { when: cron(0 3 1 * ? *), secrets: [app/slow] }
  chosen: { when: cron(0 4 ? * SUN *), secrets: { prefix: app/chosen/ } }
`,
  )
  for (const name of ['app/slow', 'app/chosen/one', 'app/chosen/two']) await on.secret(name)
  await on.run('run', '--schedule', 'slow', '--request-id', 'first', '--wait')
})
afterAll(() => on.stop())

const year = ['--to', '2040-02-01', '--from', '2040-01-01']

it('takes durations and last rotations from the ledger, and what selectors choose from Secrets Manager', async () => {
  const { code, stdout, stderr } = await on.run('rehearse', ...year, '--json')
  expect([code, stderr]).toEqual([0, ''])
  const { known, schedules, occurrences } = JSON.parse(stdout)
  expect(known).toEqual({
    durations: expect.stringMatching(/^of 1 of 3 secrets from the ledger; the others assumed: 1 min/),
    last: 'not known: ages count from the beginning',
  })
  expect(schedules.map(({ name }: { name: string }) => name).sort()).toEqual(['chosen', 'slow'])
  const chosen = occurrences.filter(({ schedule }: { schedule: string }) => schedule === 'chosen')
  expect(chosen[0].outcomes).toEqual({ SUCCEEDED: 2 })
})

it('ages count from what the ledger has, where the period begins by now', async () => {
  const { stdout } = await on.run(
    'rehearse',
    '--from',
    '2026-01-01',
    '--to',
    '2026-01-02',
    '--brief',
    '--json',
  )
  expect(JSON.parse(stdout).known.last).toMatch(/^of 1 of 3 secrets from the ledger/)
})

it('--offline asks nobody, and says what it makes up', async () => {
  on.aws.calls.length = 0
  const { stdout } = await on.run('rehearse', ...year, '--offline', '--brief')
  expect(on.aws.calls).toEqual([])
  expect(stdout).toMatch(/^secrets +made up, 10 each, where selectors choose: chosen$/m)
  expect(stdout).toMatch(/^chosen +5 .* 50\/50 /m)
})

it('what cannot be read is told, and the rest is rehearsed all the same', async () => {
  const env = Object.fromEntries(
    Object.entries(on.aws.env).map(([name, value]) => [
      name,
      name.startsWith('AWS_ENDPOINT_URL') ? 'http://127.0.0.1:1' : value,
    ]),
  )
  const args = ['rehearse', ...year, '--brief', '--config', on.file]
  const { code, stdout, stderr } = await tourbillonProcess(args, { env })
  expect([code, stdout]).toEqual([0, expect.stringMatching(/nothing found\n$/)])
  expect(stderr).toMatch(/durations and last rotations are not those of the stage: could not read the ledger/)
  expect(stderr).toMatch(/secrets that selectors choose are made up: could not list/)
})
