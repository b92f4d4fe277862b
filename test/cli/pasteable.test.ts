import { spawnSync } from 'node:child_process'
import { cp, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { argumentsOf } from '../../src/cli/arguments.ts'
import type { Command } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/commands.ts'
import { CannotDo } from '../../src/model/errors.ts'
import { commandFor, filledIn } from '../../src/model/pasteable.ts'
import { adviceOn, REASONS, type Reason } from '../../src/model/reasons.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import type { Status } from '../../src/model/rotation.ts'
import { recordsIn } from '../../src/runtime/records.ts'
import { DEEP, tries } from '../deep.ts'
import { aClaim } from '../ledger/table.ts'
import { type Stage, startStage } from './stage.ts'
import { runCommand } from './terminal.ts'
import { tourbillon } from './tourbillon.ts'

/** The words that a shell makes of it: what it would start npx with. */
function words(command: string, shell = 'sh'): string[] {
  const script = `npx() { printf '%s\\0' "$@"; }\n${command}\n`
  const { stdout, stderr, status } = spawnSync(shell, ['-c', script], { encoding: 'utf8' })
  if (status !== 0 || stderr !== '') throw new Error(`${shell}: ${command}: ${stderr}`)
  return stdout.split('\0').slice(0, -1)
}

/** What stands in a text to be pasted: up to a backtick, or the end of its line. */
function commandsIn(text: string): string[] {
  return [...text.matchAll(/npx aws-tourbillon [^`\n]+/g)].map(([command]) => command.trimEnd())
}

/** Throws where it is no command line of ours. */
async function parsed(command: string) {
  const [program, name, ...rest] = words(command)
  const listed = commands.find((it) => it.name === name)
  if (program !== 'aws-tourbillon' || !listed) throw new Error(`no command: ${command}`)
  const it: Command = await listed.load()
  return { name: it.name, takesStage: it.help.includes('--stage NAME'), ...argumentsOf(it, rest) }
}

function hintOf(refused: () => unknown): string {
  try {
    refused()
  } catch (error) {
    if (error instanceof CannotDo) return error.hint ?? ''
    throw error
  }
  throw new Error('nothing was refused')
}

describe('a command that is printed', () => {
  const texts = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .filter((it) => !it.includes('\0'))

  it.each(['sh', 'bash'])('is taken by %s word for word', (shell) => {
    const every = fc.property(texts, texts, texts, (stage, secret, word) => {
      fc.pre(!word.startsWith('-'))
      const command = commandFor(['--config', stage], 'show', word, ['--secret', secret])
      const [, name, ...rest] = words(command, shell)
      const { values, positionals } = argumentsOf(
        { name: 'show', options: { secret: { type: 'string' } } },
        rest,
      )
      expect([name, values, positionals]).toEqual(['show', { config: stage, secret }, [word]])
    })
    fc.assert(every, { numRuns: tries(100) })
  })

  it.each([
    ['prod/orders/db', 'prod/orders/db'],
    ['rds!cluster-1', "'rds!cluster-1'"],
    ["it's", "'it'\\''s'"],
    ['=name', "'=name'"],
    ['~/x', "'~/x'"],
  ])('has %s as %s', (secret, word) => {
    expect(commandFor('prod', 'history', ['--secret', secret])).toBe(
      `npx aws-tourbillon history --stage prod --secret ${word}`,
    )
  })

  it('has an option’s value that begins as an option does', () => {
    expect(commandFor('prod', 'history', ['--secret', '-x'])).toBe(
      'npx aws-tourbillon history --stage prod --secret=-x',
    )
  })

  it('is what an option’s value that looks like an option is meant as', () => {
    const given = "- `it's` $(reboot)"
    const hold = { name: 'hold', options: { reason: { type: 'string' } } } as const
    const hint = hintOf(() => argumentsOf(hold, ['--reason', given]))

    const [, ...written] = words(`npx ${hint.replace('if it is meant, write ', 'hold ')}`)
    expect(argumentsOf(hold, written).values).toEqual({ reason: given })
  })

  it('is of the stage and secret that an advice is about', () => {
    const text = 'run --stage STAGE --secret SECRET, or --schedule SCHEDULE; unstick SECRET'
    expect(filledIn(text, { stage: 'prod', secret: "a'b", schedule: 'n x' })).toBe(
      "run --stage prod --secret 'a'\\''b', or --schedule 'n x'; unstick 'a'\\''b'",
    )
    expect(filledIn(text, {})).toBe(text)
  })

  const advising = Object.entries(REASONS).filter(([, { remedy }]) => remedy.includes('npx'))
  it.each(advising.map(([reason]) => reason))('is whole in what is advised on %s', async (reason) => {
    const { remedy = '' } = adviceOn(reason, { stage: 'prod', schedule: 'nightly', secret: 'a' }) ?? {}
    expect(remedy).not.toMatch(/STAGE|SECRET\b|SCHEDULE/)
    for (const command of commandsIn(remedy)) {
      const { takesStage, values } = await parsed(command)
      if (takesStage && !values.help) expect(values.stage).toBe('prod')
    }
  })
})

/* A stage whose config lies where names have to be quoted, with something of everything that is told with a command. */
let on: Stage
let file: string
beforeAll(async () => {
  on = await startStage(
    'pasted',
    `defaults: { timezone: Asia/Tokyo, window: 10m, timeout: 30s }
schedules:
  asking: { when: cron(* * * * ? *), secrets: [app/asking], approval: { timeout: 5m } }
  broken: { when: cron(0 3 ? 6 SUN 2040), secrets: [app/broken, app/with.a.long.name/that/no/terminal/has/room/for/in/its/columns] }
  two: { when: cron(0 3 ? 6 SUN 2040), secrets: [app/one] }
`,
  )
  file = join(dirname(on.file), "it's here", 'pasted.yml')
  await mkdir(dirname(file))
  await cp(on.file, file)
  await Promise.all([on.secret('app/asking'), on.secret('app/one'), on.secret('app/broken', 'none')])
  await fired('asking')
  const at = new Date(Date.now() + 3 * 86_400_000).toISOString()
  await run('run', '--secret', 'app/one', '--at', at, '--request-id', 'CHG-1')
  await settled({ status: 'SKIPPED', reason: 'WINDOW_CLOSED' })
  await settled({ status: 'MISSED', reason: 'NOT_DELIVERED' })
  await run('hold', '--schedule', 'two', '--reason', 'incident 7')
})
afterAll(() => on.stop())

const run = (...args: string[]) => tourbillon([...args, '--config', file])

/** A rotation that ended so, an hour ago. */
async function settled(outcome: { status: Status; reason: Reason }): Promise<void> {
  const at = new Date(Date.now() - 3_600_000).toISOString()
  const claim = aClaim({ secret: 'app/broken', schedule: 'broken', scheduledAt: at, claimedAt: at })
  await on.ledger.record(claim, { ...outcome, at, message: 'it did not' })
}

async function fired(schedule: string): Promise<void> {
  const scheduledAt = new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString()
  await new LambdaClient({}).send(
    new InvokeCommand({
      FunctionName: namesOf('pasted').rotateAlias,
      InvocationType: 'Event',
      Payload: JSON.stringify({ schedule, scheduledAt }),
    }),
  )
  const { approvals } = recordsIn(namesOf('pasted').ledgerTable)
  await vi.waitFor(
    async () => expect(await approvals.pending(new Date().toISOString())).toHaveLength(1),
    10_000,
  )
}

/** What is typed, and the commands that the answer tells to type next. */
const TOLD: [args: string[], tells: string[]][] = [
  [['status'], ['approve', 'cancel', 'plan', 'run', 'show']],
  [['history'], ['plan', 'run']],
  [['show', '--secret', 'app/broken'], []],
  [['show', 'ffffffff'], ['history']],
  [['hold', '--all', '--reason', 'x'], []],
  [['hold', '--schedule', 'two', '--reason', 'again'], ['release']],
  [['release', '--schedule', 'two'], ['release']],
  [['release', 'aaa-aaa-aaa'], ['hold']],
  [['approve'], ['approve']],
  [['approve', '--list', 'aaa-aaa-aaa'], ['approve']],
  [['cancel', 'nothing'], ['cancel']],
  [['run', '--secret', 'app/one', '--at', '2040-06-03T03:00'], []],
  [['run', '--secret', 'app/broken', '--yes', '--override', 'to be told'], []],
  [['doctor'], ['plan']],
  [['plan'], []],
]

describe.each(DEEP ? [60, 80] : [60])('on %i columns', (columns) => {
  it.each(TOLD)('what %j tells to type can be typed', async ([name = '', ...args], tells) => {
    const command = await commands.find((it) => it.name === name)?.load()
    if (!command) throw new Error(name)
    const now = new Date().toISOString()
    const { out, err } = await runCommand(command, [...args, '--config', file], { now, columns })
    const told = await Promise.all(commandsIn(`${out}\n${err}`).map(parsed))
    expect(told.map((it) => it.name)).toEqual(expect.arrayContaining(tells))
    for (const { takesStage, values } of told)
      if (takesStage && !values.help) expect(values.config).toBe(file)
  })
})

it('what only reads does so when it is pasted', async () => {
  const { stdout } = await run('status')
  const told = commandsIn(stdout).filter((it) => /^npx aws-tourbillon (show|history|hold .*--list)/.test(it))
  expect(told.length).toBeGreaterThan(0)
  for (const command of told) {
    const { code, stderr } = await tourbillon(words(command).slice(1))
    expect([code, stderr], command).toEqual([0, ''])
  }
})
