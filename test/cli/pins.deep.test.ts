import { rm, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { ACCOUNT, REGION } from '../../src/local/arn.ts'
import { approvalIdOf } from '../../src/model/identity.ts'
import { type Stage, startStage } from './stage.ts'
import { tourbillon, tourbillonProcess } from './tourbillon.ts'

const config = (stage: string) =>
  `stage: ${stage}\ndefaults: { timezone: UTC }\nschedules: { nightly: { when: cron(0 3 * * ? *), secrets: [app/one], adoption: { within: 24h } } }\n`

const HERE = `{ account: '${ACCOUNT}', region: ${REGION} }`
const ELSEWHERE = "{ account: '123456789012', region: eu-central-1 }"

let on: Stage
beforeAll(async () => {
  on = await startStage('pins', config('{}'))
})
afterAll(() => on.stop())

/** A command on the stage, as if its config said that it lives there; and what was asked of AWS. */
async function command(stage: string, args: string[], env: Record<string, string> = {}) {
  const file = on.file.replace('pins.yml', `${crypto.randomUUID()}.yml`)
  await writeFile(file, config(stage))
  on.aws.calls.length = 0
  const ended = await tourbillonProcess([...args, '--config', file], { env: { ...on.aws.env, ...env } })
  await rm(file)
  return { ...ended, asked: on.aws.calls.map(({ service, region }) => `${service} ${region}`) }
}

/** Every command that asks AWS of a stage, with what it cannot do without. */
const ASKING: Record<string, string[][]> = {
  plan: [[]],
  doctor: [[]],
  verify: [['--yes'], ['--remove']],
  run: [
    ['--secret', 'app/one', '--yes'],
    ['--secret', 'app/one', '--inline', '--yes'],
  ],
  skip: [['nightly', '--at', '2040-01-01T03:00:00Z', '--reason', 'x']],
  move: [['nightly', '--from', '2040-01-01T03:00:00Z', '--to', '2040-01-01T04:00:00Z', '--reason', 'x']],
  cancel: [['--list']],
  status: [[]],
  history: [[], ['--csv']],
  show: [['28e2bcee-b53c-5469-acce-b9ca7dd84e52']],
  undo: [['28e2bcee-b53c-5469-acce-b9ca7dd84e52']],
  consumers: [
    ['--secret', 'app/one'],
    ['--secret', 'app/one', '--find'],
  ],
  report: [['--from', '2026-10-01']],
  approve: [['--list']],
  reject: [[approvalIdOf({ name: 'nightly', occasion: '2026-11-28T03:00:00.000Z' }), '--reason', 'x']],
  hold: [['--all', '--reason', 'x'], ['--list']],
  release: [['--all']],
  unstick: [['app/one', '--yes']],
}

/** They ask AWS nothing, or only what can be done without; the console asks as its page does, through the same door. */
const OTHERS = [
  'init',
  'validate',
  'next',
  'calendar',
  'explain',
  'diff',
  'rehearse',
  'permissions',
  'console',
]

it('a command stops in another account, before anything else is asked: every one there is', async () => {
  expect([...Object.keys(ASKING), ...OTHERS].sort()).toEqual(commands.map(({ name }) => name).sort())
  const file = on.file.replace('pins.yml', 'elsewhere.yml')
  await writeFile(file, config(ELSEWHERE))
  on.aws.calls.length = 0
  for (const [name, lines] of Object.entries(ASKING))
    for (const line of lines) {
      const { code, stderr } = await tourbillon([name, ...line, '--config', file])
      expect([name, line, code, stderr]).toEqual([
        name,
        line,
        2,
        expect.stringContaining('lives in account 123456789012'),
      ])
      expect(stderr).toContain(`this is ${ACCOUNT}`)
      expect(stderr).toContain('hint: take credentials of account 123456789012')
    }
  expect(new Set(on.aws.calls.map(({ service }) => service))).toEqual(new Set(['sts']))
})

it('an emergency stop minds its place, though the config is broken elsewhere', async () => {
  const { code, stderr } = await command(`${ELSEWHERE}\nfreezes: soon`, ['hold', '--all', '--reason', 'x'])
  expect(code).toBe(2)
  expect(stderr).toContain('lives in account 123456789012')
})

it.each([
  ['a key beside them is mistyped', "{ account: '123456789012', region: eu-central-1, alertEmail: [] }"],
  ['the YAML is broken further down', `${ELSEWHERE}\nfreezes: [`],
])('an emergency stop minds its place where %s', async (_, stage) => {
  const { code, stderr, asked } = await command(stage, ['hold', '--all', '--reason', 'x'])
  expect([code, new Set(asked)]).toEqual([2, new Set(['sts eu-central-1'])])
  expect(stderr).toContain('lives in account 123456789012')
})

it.each([
  ['is wrong itself', '{ account: 4711 }'],
  ['stands twice', `{ account: '${ACCOUNT}', account: '123456789012' }`],
])('an emergency stop says so where its account %s', async (_, stage) => {
  const { stderr, asked } = await command(stage, ['hold', '--all', '--reason', 'x'])
  expect(asked).toContain(`dynamodb ${REGION}`)
  expect(stderr).toContain('this goes where your AWS settings say')
})

it('where STS does not answer, an emergency stop goes on and everything else names it', async () => {
  const silent = { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9' }
  const held = await command(HERE, ['hold', '--all', '--reason', 'x'], silent)
  expect(held.stderr).toContain('note: could not ask STS whose account this is: ')
  expect(held.asked).toContain(`dynamodb ${REGION}`)
  for (const args of [['status'], ['release', '--all']]) {
    const ended = await command(HERE, args, silent)
    expect([ended.code, ended.asked]).toEqual([2, []])
    expect(ended.stderr).toContain('could not ask STS whose account this is: ')
  }
})

it('in its own account it goes on, having asked once', async () => {
  const { stderr, asked } = await command(HERE, ['hold', '--list'])
  expect(stderr).not.toContain('lives in')
  expect(asked).toContain(`dynamodb ${REGION}`)
  expect(asked.filter((it) => it.startsWith('sts'))).toHaveLength(1)
})

it('goes to the region of the file, and says so where the environment has another', async () => {
  const { stderr, asked } = await command('{ region: ap-south-1 }', ['status'], { AWS_REGION: REGION })
  expect(stderr).toMatch(/note: stage \S+ lives in ap-south-1 \(.*\.yml\), not in eu-central-1/)
  expect(stderr.match(/lives in/g)).toHaveLength(1)
  expect(new Set(asked.map((it) => it.split(' ')[1]))).toEqual(new Set(['ap-south-1']))
})

it('what is offline stays so, and planned runs of another account are not shown as the stage’s', async () => {
  const { code, stdout, stderr, asked } = await command(ELSEWHERE, ['next', '--count', '1'])
  expect([code, stdout]).toEqual([0, expect.stringContaining('nightly')])
  expect(stderr).toContain('planned runs (run --at), and what is skipped, are not shown: stage ')
  expect(new Set(asked)).toEqual(new Set([`sts ${REGION}`]))
  const { asked: none } = await command(ELSEWHERE, ['validate'])
  expect(none).toEqual([])
})
