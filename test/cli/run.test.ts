import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DescribeSecretCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/run.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import type { RotateNowAnswer } from '../../src/rotation/rotate-now.ts'
import { within } from '../busy.ts'
import { type Stage, startStage } from './stage.ts'
import { runCommand } from './terminal.ts'
import { tourbillon } from './tourbillon.ts'

let on: Stage
beforeAll(async () => {
  on = await startStage(
    'run',
    `defaults: { timezone: UTC, window: 5m, timeout: 30s }
schedules:
  pair: { when: cron(0 3 ? * SUN *), secrets: [app/one, app/two] }
  singles: { when: cron(0 4 ? * SUN *), secrets: [app/three, app/twice, app/inline, app/later, app/unwaited, app/dry, app/first, app/other, app/lost, app/kept] }
  absent: { when: cron(0 5 ? * SUN *), secrets: [app/absent] }
  unready: { when: cron(0 6 ? * SUN *), secrets: [app/unready] }
  broken: { when: cron(0 7 ? * SUN *), secrets: [app/broken], timeout: 2s }
`,
  )
  const names = [
    'one',
    'two',
    'three',
    'twice',
    'inline',
    'later',
    'unwaited',
    'dry',
    'first',
    'other',
    'lost',
    'kept',
  ]
  await Promise.all([
    ...names.map((name) => on.secret(`app/${name}`)),
    on.secret('app/unready', 'none'),
    on.secret('app/broken', 'throw'),
  ])
})
afterAll(() => on.stop())

const rotationsIn = (stdout: string) => JSON.parse(stdout) as Rotation[]

async function versionsOf(secret: string): Promise<Record<string, string[]>> {
  const { VersionIdsToStages = {} } = await on.secretsManager.send(
    new DescribeSecretCommand({ SecretId: secret }),
  )
  return VersionIdsToStages
}

async function inLedger(secret: string): Promise<Rotation[]> {
  const found: Rotation[] = []
  for await (const rotation of on.ledger.query('bySecret', secret)) found.push(rotation)
  return found
}

describe.concurrent('run', () => {
  it('rotates every secret of a schedule, and waits for the outcomes', async () => {
    const { code, stdout, stderr } = await on.run(
      'run',
      '--schedule',
      'pair',
      '--reason',
      'CHG-1',
      '--wait',
      '--json',
    )
    expect(code).toBe(0)
    const rotations = rotationsIn(stdout)
    expect(rotations.map(({ secret }) => secret)).toEqual(['app/one', 'app/two'])
    for (const { rotationId, status, trigger, schedule, requestReason, requester, ...rest } of rotations) {
      expect([status, trigger, schedule, requestReason]).toEqual(['SUCCEEDED', 'ON_DEMAND', 'pair', 'CHG-1'])
      expect(requester).toMatch(/.@./)
      expect(rest.versionId).toBe(rotationId)
      expect((await versionsOf(rest.secret))[rotationId]).toContain('AWSCURRENT')
    }
    expect(stderr).toMatch(/rotating app\/one at /)
    expect(stderr).toMatch(/app\/two {2}SUCCEEDED\n/)
  })

  it('rotates one secret, and tells it as a table', async () => {
    const { code, stdout } = await on.run('run', '--secret', 'app/three', '--wait')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ID +SCHEDULED \(UTC\) +SECRET +STATUS +SCHEDULE +TRIGGER +SKEW +TOOK\n/)
    expect(stdout).toMatch(/app\/three +SUCCEEDED +on-demand +ON_DEMAND +[\d.]+ m?s +[\d.]+ m?s\n$/)
    expect(stdout).not.toContain('\u001b')
  })

  it('starts once what is asked for twice with one request id', async () => {
    const ask = ['run', '--secret', 'app/twice', '--request-id', 'CHG-2', '--wait', '--json']
    const first = await on.run(...ask)
    const second = await on.run(...ask)
    expect([first.code, second.code]).toEqual([0, 0])
    expect(second.stderr).toMatch(/already asked for: rotating app\/twice/)
    expect(rotationsIn(second.stdout)).toEqual(rotationsIn(first.stdout))
    expect(await inLedger('app/twice')).toHaveLength(1)
    expect(Object.keys(await versionsOf('app/twice'))).toHaveLength(2)
  })

  it('is refused where the request id was used for something else, which is named', async () => {
    await on.run('run', '--secret', 'app/first', '--request-id', 'CHG-3', '--no-wait')
    const { code, stdout, stderr } = await on.run('run', '--secret', 'app/other', '--request-id', 'CHG-3')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/requestId CHG-3 was used for something else, by .+@.+ at .+Z: app\/first at .+Z/)
    expect(await inLedger('app/other')).toEqual([])
  })

  it('says how to ask again where a start may have got lost, and that is one rotation', async () => {
    on.aws.faults.push({
      ...{ service: 'lambda', action: 'Invoke', kind: 'lost-response', times: 3 },
      match: (input) =>
        /"app.lost".*"requester"/.test(JSON.stringify(input)) && !('scheduledAt' in Object(input)),
    })
    const { code, stderr } = await on.run('run', '--secret', 'app/lost')
    expect(code).toBe(2)
    const [, id] = /asked again with --request-id (\S+), it starts once/.exec(stderr) ?? []
    const again = await on.run('run', '--secret', 'app/lost', '--request-id', `${id}`, '--json')
    expect([again.code, JSON.parse(again.stdout)]).toMatchObject([0, [{ status: 'SUCCEEDED' }]])
    expect(again.stderr).toMatch(/^(warning: .*\n)*already asked for/)
  })

  it('says so, too, where the function failed with its request kept already', async () => {
    const isOurs = (input: unknown) => /app.kept/.test(JSON.stringify(input))
    const lost = { service: 'dynamodb', action: 'PutItem', kind: 'lost-response', times: 9 } as const
    on.aws.faults.push({ ...lost, match: isOurs })
    const { code, stderr } = await on.run('run', '--secret', 'app/kept')
    for (const fault of on.aws.faults) if (fault.match === isOurs) fault.times = 0
    expect(code).toBe(2)
    const [, id] = /asked again with --request-id (\S+), it starts once/.exec(stderr) ?? []
    const again = await on.run('run', '--secret', 'app/kept', '--request-id', `${id}`, '--json')
    expect([again.code, JSON.parse(again.stdout)]).toMatchObject([0, [{ status: 'SUCCEEDED' }]])
  })

  it('without waiting tells what it started', async () => {
    const { code, stdout } = await on.run('run', '--secret', 'app/unwaited', '--no-wait', '--json')
    expect(code).toBe(0)
    const { requestId, rotations, execution } = JSON.parse(stdout) as RotateNowAnswer
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/)
    expect(execution).toMatch(/^arn:aws:lambda:.*tourbillon-run-rotate:/)
    expect(rotations).toEqual([
      { secret: 'app/unwaited', rotationId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    ])
    await expect
      .poll(async () => (await inLedger('app/unwaited'))[0]?.status, { timeout: 20_000 })
      .toBe('SUCCEEDED')
  })

  it('on a dry run starts nothing', async () => {
    const { code, stdout } = await on.run('run', '--secret', 'app/dry', '--dry-run')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^would rotate app\/dry at .*Z as [0-9a-f-]{36}\n$/)
    expect(await inLedger('app/dry')).toEqual([])
    expect(Object.keys(await versionsOf('app/dry'))).toHaveLength(1)
  })

  it('rotates at an instant that is asked for', async () => {
    const at = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 6_000).toISOString()
    const { code, stdout } = await on.run('run', '--secret', 'app/later', '--at', at, '--wait', '--json')
    expect(code).toBe(0)
    const [rotation] = rotationsIn(stdout)
    expect(rotation).toMatchObject({ scheduledAt: at, status: 'SUCCEEDED' })
    expect(rotation?.skewMs).toBeGreaterThanOrEqual(0)
    expect(rotation?.skewMs).toBeLessThan(within(1_500))
  })

  it('rotates in its own process, where asked to', async () => {
    const { code, stdout } = await on.run('run', '--secret', 'app/inline', '--inline', '--json')
    expect(code).toBe(0)
    const [rotation] = rotationsIn(stdout)
    expect(rotation).toMatchObject({ status: 'SUCCEEDED', executionArn: expect.stringMatching(/^process:/) })
    expect(await inLedger('app/inline')).toEqual([rotation])
  })
})

describe.concurrent('run, where it cannot succeed', () => {
  it.each([
    ['a secret that is missing', 'absent', 'FAILED', 'SECRET_NOT_FOUND', /no secret "app\/absent"/],
    ['a secret without rotation', 'unready', 'FAILED', 'ROTATION_NOT_CONFIGURED', /no rotation function/],
    ['a rotation function that throws', 'broken', 'TIMED_OUT', 'PENDING_VERSION_STUCK', /after 2 s/],
  ])('says so, with %s, and keeps it in the ledger', async (_what, schedule, status, reason, message) => {
    const { code, stdout, stderr } = await on.run('run', '--schedule', schedule, '--wait')
    expect(code).toBe(1)
    expect(stdout).toMatch(new RegExp(`app/${schedule} +${status} ${reason} +${schedule} +ON_DEMAND `))
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/\n {4}hint: ./)
    const [rotation] = await inLedger(`app/${schedule}`)
    expect(rotation).toMatchObject({ status, reason, message: expect.stringMatching(message) })
    expect(rotation?.events.at(-1)).toMatchObject({ status, reason })
  })

  it.each([
    [
      'a secret of no schedule',
      ['--secret', 'app/nowhere'],
      /"app\/nowhere" is in no schedule of stage run.*rotated\. (There are|Did you mean)/,
    ],
    ['a schedule that is not there', ['--schedule', 'pear'], /no schedule "pear" in stage run/],
    ['nothing to rotate', [], /what shall rotate\?\nadd --schedule NAME or --secret ID/],
    [
      'a secret that its schedule has not',
      ['--schedule', 'pair', '--secret', 'app/dry'],
      /"app\/dry" is not in schedule pair/,
    ],
    ['a time that is none', ['--secret', 'app/dry', '--at', 'tomorrow'], /--at tomorrow is no instant/],
    ['a time that has passed', ['--secret', 'app/dry', '--at', '2020-01-01T00:00:00Z'], /has passed/],
    [
      'a time too far ahead',
      ['--secret', 'app/dry', '--at', '2099-01-01T00:00:00Z'],
      /more than a year ahead/,
    ],
    ['a request id of another alphabet', ['--secret', 'app/dry', '--request-id', 'a b'], /requestId "a b"/],
    [
      'an override of a variable that was never set',
      ['--secret', 'app/dry', '--override', ''],
      /override "": it says nothing/,
    ],
    ['an override of blanks', ['--secret', 'app/dry', '--override', ' '], /override " ": it says nothing/],
    ['a reason of blanks', ['--secret', 'app/dry', '--reason', ' '], /reason " ": it says nothing/],
    ['a word too many', ['app/dry'], /unexpected "app\/dry"\n.*--secret/],
  ])('starts nothing, with %s', async (_what, args, message) => {
    const now = new Date().toISOString()
    const { code, out, err } = await runCommand(run, [...args, '--config', on.file], { now })
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(message)
  })

  it('says where a stage is not deployed', async ({ onTestFinished }) => {
    // A config without a place of its own: that would be looked at first.
    const directory = await mkdtemp(join(tmpdir(), 'nowhere-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const file = join(directory, 'dev.yml')
    await writeFile(
      file,
      'schedules: { a: { when: cron(0 3 * * ? *), timezone: UTC, secrets: [dev/orders/db] } }',
    )
    const { code, stderr } = await tourbillon(['run', '--config', file, '--secret', 'dev/orders/db'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/tourbillon-dev-rotateNow.*\n {4}hint: is the stage deployed here\?/)
  })
})

describe('after all of that', () => {
  it('nobody has read a secret’s value: neither the orchestrator nor a command', () => {
    const actions = on.aws.calls.map(({ action }) => action)
    expect(actions).toContain('RotateSecret')
    expect(actions).not.toContain('GetSecretValue')
    expect(actions).not.toContain('BatchGetSecretValue')
  })
})
