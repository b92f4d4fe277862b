import { DescribeSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hold } from '../../src/cli/hold.ts'
import { type Stage, startStage } from './stage.ts'
import { runCommand } from './terminal.ts'

let on: Stage
beforeAll(async () => {
  on = await startStage(
    'hold',
    `defaults: { timezone: UTC, window: 5m, timeout: 30s }
schedules:
  pair: { when: cron(0 3 ? * SUN *), secrets: [app/one, app/two] }
  free: { when: cron(0 4 ? * SUN *), secrets: [app/free] }
`,
  )
  await Promise.all(['app/one', 'app/two', 'app/free', 'app/stuck'].map((name) => on.secret(name)))
})
afterAll(() => on.stop())

describe('hold and release', () => {
  it('stops what it covers at once and nothing else, and is over when released', async () => {
    const placed = await on.run('hold', '--secret', 'app/one', '--reason', 'incident 7', '--json')
    expect(placed.code).toBe(0)
    expect(JSON.parse(placed.stdout)).toMatchObject({ scope: 'secret/app/one', reason: 'incident 7' })

    const held = await on.run('run', '--schedule', 'pair', '--wait')
    expect(held.code).toBe(1)
    expect(held.stdout).toMatch(/app\/one .*SKIPPED HELD/)
    expect(held.stdout).toMatch(/app\/two .*SUCCEEDED/)
    expect(held.stderr).toMatch(
      /app\/one: .* holds secret\/app\/one since .*, until it is released: incident 7/,
    )

    // DynamoDB may leave keys unread, with HTTP 200: what was not read is not what is not there.
    const fault = { service: 'dynamodb', action: 'BatchGetItem', times: 2, kind: 'partial' } as const
    on.aws.faults.push(fault)
    const unread = await on.run('run', '--secret', 'app/one', '--wait')
    expect(unread.stdout).toMatch(/app\/one .*SKIPPED HELD/)
    expect(fault.times).toBe(0)

    const list = await on.run('hold', '--list')
    expect(list.stdout).toMatch(/secret\/app\/one .* released +incident 7/)

    const override = await on.run(
      'run',
      '--secret',
      'app/one',
      '--override',
      'vendor waits',
      '--wait',
      '--json',
    )
    expect(override.code).toBe(0)
    expect(JSON.parse(override.stdout)).toMatchObject([{ status: 'SUCCEEDED', override: 'vendor waits' }])

    expect((await on.run('release', '--all')).code).toBe(1)
    const released = await on.run('release', '--secret', 'app/one')
    expect(released).toMatchObject({ code: 0 })
    expect(released.stdout).toMatch(/^released secret\/app\/one, held since .*: incident 7$/m)
    expect((await on.run('hold', '--list')).stderr).toBe('nothing is held\n')
    expect((await on.run('run', '--secret', 'app/one', '--wait')).code).toBe(0)
  })

  it.each([
    [['--all'], /why\?/],
    [['--reason', 'x'], /what\?/],
    [['--all', '--secret', 'app/one', '--reason', 'x'], /what\?/],
    [['--schedule', 'nope', '--reason', 'x'], /no schedule «nope»\nknown: pair, free/],
    [['--secret', 'nope', '--reason', 'x'], /no secret «nope» in the config/],
    [['--all', '--reason', 'x', '--until', '2020-01-01T00:00:00Z'], /has passed/],
    [['--all', '--reason', 'x', '--until', 'tomorrow'], /--until tomorrow is no instant\nwrite/],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await runCommand(hold, [...args, '--config', on.file])
    expect(code).toBe(2)
    expect(err).toMatch(message)
  })
})

describe('unstick', () => {
  const pending = 'pending-by-hand'.padEnd(32, '0')
  const labels = async () =>
    (await on.secretsManager.send(new DescribeSecretCommand({ SecretId: 'app/stuck' }))).VersionIdsToStages ??
    {}

  it('shows what it will do, asks, and removes a label, never a value', async () => {
    expect((await on.run('unstick', 'app/stuck')).stderr).toMatch(/nothing to do: .*no AWSPENDING/)
    await on.secretsManager.send(
      new PutSecretValueCommand({
        SecretId: 'app/stuck',
        SecretString: 'two',
        ClientRequestToken: pending,
        VersionStages: ['AWSPENDING'],
      }),
    )
    const asked = await on.run('unstick', 'app/stuck')
    expect(asked.code).toBe(2)
    expect(asked.stderr).toMatch(new RegExp(`version ${pending} is AWSPENDING`))
    expect(asked.stderr).toMatch(/nobody is there to ask\n +hint: add --yes/)
    expect(await labels()).toHaveProperty(pending)

    const removed = await on.run('unstick', 'app/stuck', '--yes', '--json')
    expect(removed.code).toBe(0)
    expect(JSON.parse(removed.stdout)).toMatchObject({ removed: true, versionId: pending })
    expect(await labels()).not.toHaveProperty(pending)
    expect((await on.run('unstick', 'app/stuck', '--yes')).code).toBe(1)
  })

  it('refuses a secret that is not there', async () => {
    expect((await on.run('unstick', 'app/nope', '--yes')).stderr).toMatch(/no secret «app\/nope»/)
  })
})
