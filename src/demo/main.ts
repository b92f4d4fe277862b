import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { wholeNumber } from '../cli/command.ts'
import { loadFrom } from '../cli/load-config.ts'
import { createTerminal } from '../cli/terminal.ts'
import type { Config } from '../config/config.ts'
import { describeProblem } from '../config/problem.ts'
import { claimToBe } from '../local/arn.ts'
import { CannotDo } from '../model/errors.ts'
import { commandFor, type StageOption } from '../model/pasteable.ts'
import { namesOf } from '../model/resource-names.ts'
import type { Rotation } from '../model/rotation.ts'
import { messageOf } from '../model/text.ts'
import { logOutput } from '../runtime/logger.ts'
import { DEMO, type Demo, demoOf } from './demo.ts'
import { ENV_FILE, writeEnvFile } from './env-file.ts'
import { type Narrator, narrator } from './narrator.ts'
import { removeSchedules } from './schedules.ts'
import { type Stack, startStack } from './stack.ts'
import { LEAD_SECONDS, tellStory } from './story.ts'

/** Of the local AWS while it serves: the same each time, so that a shell's environment stays right. */
const PORT = 47_600

/** The checkout's own. */
const LOCAL = join(import.meta.dirname, '../../config/local.yml')

const HELP = `Usage: npm start [-- OPTIONS]

Rotates real passwords of a real PostgreSQL on schedule, on a local AWS, and proves it.

  --config FILE   default: the checkout's own config/local.yml. Approvals wait for npx aws-tourbillon approve,
                  hooks say yes, secrets of other accounts and regions are made there
  --json          the story on stderr; one JSON object on stdout, last
  --serve         keep the local AWS running afterwards, until Ctrl-C; .tourbillon/local.env is for shells
  --port N        of the local AWS; default with --serve ${PORT}, else any that is free (0)
  --verbose       the orchestrator's log, on stderr

Exit status: 0 all proved; 1 a rotation or a proof failed; 2 it could not start; 130 Ctrl-C.
`

const JITTER_MS = 2_000
/** As often as the deployed stage's rule does. */
const AUDIT_EVERY_MS = 300_000

const options = {
  config: { type: 'string' },
  port: { type: 'string' },
  json: { type: 'boolean', default: false },
  serve: { type: 'boolean', default: false },
  verbose: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const terminal = createTerminal(process)
const stopping = new AbortController()
let signals = 0
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // The first is for a clean end, which the next ones must not cut short: npm passes a terminal's Ctrl-C on, too.
  process.on(signal, () => (++signals > 3 ? process.exit(130) : stopping.abort(signal)))
}
process.exitCode = await main()

async function main(): Promise<number> {
  let json = false
  try {
    const { values } = parsed()
    json = values.json
    if (values.help) {
      terminal.out(HELP)
      return 0
    }
    // npm runs scripts in the checkout: paths begin where npm was started.
    if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD)
    const file = values.config ?? LOCAL
    const loaded = await loadFrom(file)
    if (!loaded.ok) {
      for (const error of loaded.errors) terminal.err(`${describeProblem('error', error)}\n`)
      throw new CannotDo(`${file} is not valid`)
    }
    // A stage that pins its account and region is nowhere else.
    claimToBe(loaded.settings)
    const port =
      values.port === undefined ? (values.serve ? PORT : 0) : wholeNumber('port', values.port, 0, 65_535)
    const rotations = await play(loaded.config, { ...values, file, port })
    if (json) terminal.out(`${JSON.stringify({ ok: true, rotations: rotations.map(summary) })}\n`)
    return 0
  } catch (error) {
    const [code, message] = failure(error)
    terminal.err(`npm start: ${message}\n`)
    if (json) terminal.out(`${JSON.stringify({ ok: false, error: message, rotations: [] })}\n`)
    return code
  }
}

function parsed() {
  try {
    return parseArgs({ options })
  } catch (error) {
    throw new CannotDo(messageOf(error), {
      hint: 'see npm start -- --help',
    })
  }
}

type Played = { json: boolean; serve: boolean; verbose: boolean; file: string; port: number }

/** From nothing to nothing: whatever is started here is stopped here. */
async function play(configured: Config, { json, serve, verbose, file, port }: Played): Promise<Rotation[]> {
  const log = verbose ? (line: string) => terminal.err(`${line}\n`) : () => {}
  // Handlers log on standard output, as on Lambda: not into the story, and not before one JSON object.
  logOutput.write = log
  const notify = narrator(terminal, json)
  // What would keep it from being played is told before anything is started.
  demoOf(configured, nextInstant())
  notify.heading('Tourbillon')
  notify.line('Starting PostgreSQL and a local AWS …')
  const stack = await started(log, port)
  try {
    notify.line(`PostgreSQL on 127.0.0.1:${stack.postgres.port}, AWS on ${stack.aws.endpoint}`)
    stopping.signal.throwIfAborted()
    const instant = nextInstant()
    const demo = demoOf(configured, instant)
    await stack.deploy(demo.config)
    const scene = { demo, stack, narrator: notify, terminal, signal: stopping.signal, instant }
    const rotations = await tellStory(scene)
    if (serve) await keepServing(demo, { stack, file, notify })
    return rotations
  } finally {
    if (stopping.signal.aborted) terminal.err('\nstopping …\n')
    await stack.stop()
    notify.line('Stopped; nothing is left behind.')
  }
}

async function started(log: (line: string) => void, port: number): Promise<Stack> {
  try {
    return await startStack({ port, jitterMs: () => Math.random() * JITTER_MS, log })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      throw new CannotDo(`port ${port} is taken`, {
        hint: 'is another npm start -- --serve running? --port N takes another port, --port 0 any',
        cause: error,
      })
    throw new CannotDo(`could not start: ${messageOf(error)}`, {
      hint: 'npm start -- --verbose shows more',
      cause: error,
    })
  }
}

/** A whole second, far enough ahead for the early companion to be created before it fires. */
function nextInstant(): number {
  const created = terminal.now() + 2_000
  return Math.ceil(created / 1_000 + LEAD_SECONDS) * 1_000
}

function summary({ schedule, secret, scheduledAt, trigger, status, reason, skewMs, durationMs }: Rotation) {
  return { schedule, secret, scheduledAt, trigger, status, reason: reason ?? null, skewMs, durationMs }
}

type Served = { stack: Stack; file: string; notify: Narrator }

async function keepServing({ config, told: [secret] }: Demo, { stack, file, notify }: Served): Promise<void> {
  const { scheduleGroup } = namesOf(config.stage)
  await removeSchedules(config.stage, DEMO)
  const removeEnvFile = await writeEnvFile(stack.aws.env)
  try {
    const stage = stageOptionOf(file)
    const commands = [
      commandFor(stage, 'run', ['--secret', secret]),
      ...['console', 'status', 'history', 'plan', 'doctor'].map((name) => commandFor(stage, name)),
      ...(config.schedules.some((it) => it.approval) ? [commandFor(stage, 'approve', '--list')] : []),
    ]
    await audited(config.stage)
    notify.heading('Serving')
    notify.line(
      `The schedules of group ${scheduleGroup} keep firing. In another terminal, in this directory:`,
    )
    for (const line of [`. ${ENV_FILE}`, ...commands]) notify.line(`  ${line}`)
    notify.line('Ctrl-C ends it.')
    while (!stopping.signal.aborted) {
      await sleep(AUDIT_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {})
      if (!stopping.signal.aborted) await audited(config.stage)
    }
  } finally {
    await removeEnvFile()
  }
}

/** As a command finds it from here. */
function stageOptionOf(file: string): StageOption {
  const here = relative('.', file)
  const [, stage] = /^config\/([\w-][\w.-]*)\.yml$/.exec(here) ?? []
  if (stage !== undefined) return ['--stage', stage]
  return ['--config', here.startsWith('..') ? file : here]
}

/** What it finds is in its log and its announcements; what it cannot do, the next run tries again. */
async function audited(stage: string): Promise<void> {
  const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda')
  const FunctionName = namesOf(stage).auditFunction
  await new LambdaClient({}).send(new InvokeCommand({ FunctionName, Payload: '{}' })).catch(() => {})
}

function failure(error: unknown): [code: number, message: string] {
  if (stopping.signal.aborted) return [130, 'interrupted']
  const message = messageOf(error)
  if (!(error instanceof CannotDo)) return [1, message]
  return [2, error.hint === undefined ? message : `${message}\n    hint: ${error.hint}`]
}
