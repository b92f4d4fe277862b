import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Approval } from '../../src/ledger/approvals.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { type Ended, MAIN, tourbillonProcess } from '../cli/tourbillon.ts'
import { npmStart, type Started } from './npm-start.ts'

/** What others may well have, all in one: nothing of it is of the demo's own config. */
const MINE = `stage: { account: '210987654321', region: eu-west-3 }
defaults: { timezone: Asia/Tokyo, window: 1h, timeout: 1m }
accounts: { '111122223333': { externalId: abc } }
schedules:
  asking:
    { when: cron(* * * * ? *), secrets: [mine/asking], approval: { timeout: 30m } }
  checked:
    { when: cron(0 3 ? 6 SUN 2040), timezone: Europe/Paris, secrets: [mine/one], before: [{ invoke: check }], changeCalendars: [company] }
  watched: { when: cron(0 3 ? 6 SUN 2040), secrets: [mine/watched], adoption: { within: 24h } }
  chosen: { when: cron(0 3 ? 6 SUN 2040), secrets: { prefix: team/, tags: { app: orders } } }
  member: { when: cron(0 3 ? 6 SUN 2040), secrets: [mine/one], account: '111122223333', region: eu-west-1 }
  whole:
    when: cron(0 3 ? 6 SUN 2040)
    region: us-east-1
    secrets: ['arn:aws:secretsmanager:us-east-1:210987654321:secret:mine/whole-a1B2c3']
`

let directory: string
let start: Started
let env: Record<string, string>
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "it's mine-"))
  await chmod(directory, 0o755)
  await writeFile(join(directory, 'mine.yml'), MINE)
  start = await npmStart(['--serve', '--port', '0', '--config', 'mine.yml'], { cwd: directory })
  await start.saw(/Ctrl-C ends it\./)
  const { stdout } = spawnSync('sh', ['-c', '. .tourbillon/local.env && env'], {
    cwd: directory,
    encoding: 'utf8',
  })
  env = Object.fromEntries(
    [...stdout.matchAll(/^(AWS_\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  )
})
// What is left running ends with npm-start.ts.
afterAll(async () => {
  await rm(directory, { recursive: true, force: true })
})

const run = (...args: string[]): Promise<Ended> =>
  tourbillonProcess([...args, '--config', 'mine.yml'], { env, cwd: directory })

describe('npm start -- --serve, of somebody’s own config, in a folder of their own', () => {
  it('writes an environment that shells read, and nobody else', async () => {
    expect((await stat(join(directory, '.tourbillon/local.env'))).mode & 0o777).toBe(0o600)
    expect(env).toMatchObject({ AWS_REGION: 'eu-west-3', AWS_ENDPOINT_URL: expect.any(String) })
  })

  it('prints what to type next, and that can be typed', async () => {
    const lines = [...start.output.stdout.matchAll(/^ +npx aws-tourbillon (.*)$/gm)].map(
      ([, line = '']) => line,
    )
    expect(lines).toContain('status --config mine.yml')
    const status = lines.find((line) => line.startsWith('status')) ?? ''
    const script = `. .tourbillon/local.env && "${process.execPath}" "${MAIN}" ${status}`
    const { stdout, status: code } = spawnSync('sh', ['-c', script], { cwd: directory, encoding: 'utf8' })
    expect([stdout, code]).toEqual([expect.stringMatching(/^mine .*\nin order\n/), 0])
  })

  it('has a doctor and a plan without findings', async () => {
    const doctor = await run('doctor')
    expect([doctor.stdout, doctor.code]).toEqual([
      expect.stringMatching(
        /^mine {2}account 210987654321, eu-west-3, (.*\n)*.* 0 findings, \d+ notes, 0 could not be seen\n$/,
      ),
      0,
    ])
    const plan = await run('plan', '--exit-code')
    expect([plan.stdout, plan.code]).toEqual([
      expect.stringMatching(/^mine: 0 to create, 0 to update, 0 to delete/),
      0,
    ])
  })

  it.each([
    ['past a hook that says yes', ['--schedule', 'checked'], 'mine/one'],
    ['what a selector chooses', ['--schedule', 'chosen'], 'team/example'],
    ['in another account', ['--schedule', 'member'], '111122223333:eu-west-1:mine/one'],
    ['in another region, by ARN', ['--schedule', 'whole'], 'us-east-1:mine/whole'],
  ])('rotates %s', async (_how, args, secretName) => {
    const { code, stdout, stderr } = await run('run', ...args, '--json')
    expect([stderr, code]).toEqual([expect.any(String), 0])
    expect(JSON.parse(stdout)).toMatchObject([
      { secretName, status: 'SUCCEEDED' },
    ] satisfies Partial<Rotation>[])
  })

  it('waits for a go-ahead, and goes ahead', async () => {
    const pending = async () => JSON.parse((await run('approve', '--list', '--json')).stdout) as Approval[]
    await expect.poll(async () => (await pending()).length, { timeout: 90_000 }).toBeGreaterThan(0)
    const [{ approvalId, scheduledAt } = { approvalId: '', scheduledAt: '' }] = await pending()
    expect((await run('approve', approvalId)).code).toBe(0)
    const ended = async () => {
      const { stdout } = await run('history', '--schedule', 'asking', '--json')
      return (JSON.parse(stdout) as Rotation[]).find((it) => it.scheduledAt === scheduledAt)?.status
    }
    await expect.poll(ended, { timeout: 30_000 }).toBe('SUCCEEDED')
  })

  it('says which hook was asked', () => {
    expect(start.output.stdout).toMatch(
      /check, a hook, was asked before the rotation of mine\/one: it said yes/,
    )
  })

  it('refuses a port that is taken', async () => {
    const port = new URL(env.AWS_ENDPOINT_URL ?? '').port
    const second = await npmStart(['--serve', '--port', port], { cwd: directory })
    expect((await second.ended).code).toBe(2)
    expect(second.output.stderr).toMatch(new RegExp(`port ${port} is taken\\n {4}hint: .*--port N`))
    expect(await second.leftovers()).toEqual({ files: [], processes: [] })
  })

  it('ends at Ctrl-C, and leaves the folder as it was', async () => {
    start.ctrlC()
    expect([0, 130]).toContain((await start.ended).code)
    expect(start.output.stdout).toContain('Stopped; nothing is left behind.')
    expect(await readdir(directory)).toEqual(['mine.yml'])
    expect(await start.leftovers()).toEqual({ files: [], processes: [] })
  })
})
