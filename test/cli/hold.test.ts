import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DescribeSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hold } from '../../src/cli/hold.ts'
import { type Stage, startStage } from './stage.ts'
import { runCommand } from './terminal.ts'
import { tourbillon } from './tourbillon.ts'

let on: Stage
beforeAll(async () => {
  on = await startStage(
    'hold',
    `defaults: { timezone: UTC, window: 5m, timeout: 30s }
schedules:
  pair: { when: cron(0 3 ? * SUN *), secrets: [app/one, app/two] }
  free: { when: cron(0 4 ? * SUN *), secrets: [app/free] }
  selecting: { when: cron(0 5 ? * SUN *), secrets: { prefix: sel/ } }
`,
  )
  await Promise.all(['app/one', 'app/two', 'app/free', 'app/stuck', 'sel/db'].map((name) => on.secret(name)))
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
    expect(released.stdout).toMatch(/^released ...-...-... of secret\/app\/one, held since .*: incident 7$/m)
    expect((await on.run('hold', '--list')).stderr).toBe('nothing is held\n')
    expect((await on.run('run', '--secret', 'app/one', '--wait')).code).toBe(0)
  })

  it('waits while the table is throttled: nobody has time to try again by hand', async () => {
    on.aws.faults.push({ service: 'dynamodb', action: 'GetItem', kind: 'throttle', times: 4 })
    const placed = await on.run('hold', '--secret', 'app/two', '--reason', 'incident 7', '--json')
    expect([placed.code, placed.stderr]).toEqual([0, ''])
    expect((await on.run('release', JSON.parse(placed.stdout).id)).code).toBe(0)
  })

  it.each([
    [
      'AccessDeniedException',
      /your AWS identity lacks a permission: .*; to stop everything without the table:/,
    ],
    ['ResourceNotFoundException', /is the stage deployed here\?.*operations\.md/],
  ])('that the table refuses (%s) says what can be done without it', async (code, hint) => {
    on.aws.faults.push({ service: 'dynamodb', action: '*', kind: 'error', code, times: 1 })
    const refused = await on.run('hold', '--all', '--reason', 'incident 7')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(hint)
  })

  it('works while the config is not valid: it is no time to mend it', async () => {
    const { run } = on
    const file = on.file.replace('hold.yml', 'broken/hold.yml')
    await mkdir(dirname(file))
    await writeFile(file, 'schedules:\n  pair: { when: cron(0 3 * * * *), secrets: [app/one] }\n')
    const broken = (...args: string[]) => tourbillon([...args, '--config', file])
    const placed = await broken('hold', '--all', '--reason', 'incident 7', '--json')
    expect([placed.code, placed.stderr]).toEqual([0, expect.stringMatching(/^note: .* is not valid/)])
    expect((await run('run', '--secret', 'app/one', '--wait')).stdout).toMatch(/SKIPPED HELD/)
    expect((await broken('hold', '--list')).stdout).toContain('incident 7')
    expect((await broken('release', JSON.parse(placed.stdout).id)).code).toBe(0)
    expect((await run('hold', '--list')).stderr).toBe('nothing is held\n')
    const until = await broken('hold', '--all', '--reason', 'x', '--until', '2099-01-01T03:00')
    expect([until.code, until.stderr]).toEqual([2, expect.stringMatching(/does not say by whose clock/)])
  })

  it('adds to what others hold, says so, and releases by id', async () => {
    const first = await on.run('hold', '--all', '--reason', 'incident 8')
    const [, id = ''] = /^(...-...-...) +all /m.exec(first.stdout) ?? []
    const second = await on.run(
      'hold',
      '--all',
      '--reason',
      'incident 9',
      '--until',
      '2099-01-01T00:00:00Z',
      '--json',
    )
    const { id: other, ...placed } = JSON.parse(second.stdout)
    expect(placed).toMatchObject({
      ...{ scope: 'all', kind: 'hold', reason: 'incident 9', until: '2099-01-01T00:00:00.000Z' },
    })
    expect(second.stderr).toContain(`npx aws-tourbillon release --config ${on.file} ${id}\n`)
    const list = JSON.parse((await on.run('hold', '--list', '--json')).stdout)
    expect(list.map(Object.keys)).toEqual(
      Array.from({ length: 2 }, () => ['id', 'scope', 'kind', 'reason', 'by', 'placedAt', 'until', 'caller']),
    )
    expect(list.find((it: { id: string }) => it.id === id).until).toBeNull()

    // Which of the two is not for us to guess.
    const unclear = await on.run('release', '--all')
    expect(unclear.code).toBe(2)
    expect(unclear.stderr).toMatch(/2 holds of all are in force\. Which\?/)
    for (const it of [id, other]) expect(unclear.stderr).toContain(`release --config ${on.file} ${it}\n`)
    // As people type it.
    expect((await on.run('release', id.toUpperCase().replaceAll('-', ''))).code).toBe(0)
    expect((await on.run('release', id)).code).toBe(1)
    expect((await on.run('run', '--secret', 'app/one', '--wait')).stdout).toMatch(/SKIPPED HELD/)
    const last = await on.run('release', '--all', '--json')
    expect(JSON.parse(last.stdout)).toMatchObject({ id: other, releasedBy: expect.stringContaining('@') })
    expect((await on.run('release', 'not an id')).stderr).toMatch(/"not an id" is no hold’s id/)
    expect((await on.run('release')).stderr).toMatch(/which hold\?/)
  })

  it('holds a secret that only a selector chooses, by any of its names, and says what it cannot know', async () => {
    const held = await on.run('hold', '--secret', 'sel/db', '--reason', 'incident 10')
    expect(held.code).toBe(0)
    expect(held.stderr).toMatch(/note: no schedule names "sel\/db": it holds where selecting would choose it/)
    const wave = await on.run('run', '--schedule', 'selecting', '--wait')
    expect(wave.stdout).toMatch(/sel\/db .*SKIPPED HELD/)
    const { ARN } = await on.secretsManager.send(new DescribeSecretCommand({ SecretId: 'sel/db' }))
    expect(await on.run('release', '--secret', ARN ?? '')).toMatchObject({ code: 0, stderr: '' })
  })

  it.each([
    [['--all'], /why\?/],
    [['--all', '--reason', ' \t'], /why\?/],
    [['--all', '--reason', 'x'.repeat(1_001)], /the reason has 1001 characters; 1000 at most/],
    [['--all', '--reason', 'x', 'app/one'], /unexpected "app\/one"/],
    [['--reason', 'x'], /what\?/],
    [['--all', '--secret', 'app/one', '--reason', 'x'], /what\?/],
    [['--schedule', 'nope', '--reason', 'x'], /no schedule "nope"\nthere are: pair, free, selecting/],
    [['--secret', 'nope', '--reason', 'x'], /no secret "nope" in the config/],
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
    expect((await on.run('unstick', 'app/nope', '--yes')).stderr).toMatch(/no secret "app\/nope"/)
  })
})
