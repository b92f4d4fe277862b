import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { loadFrom } from '../cli/load-config.ts'
import { createTerminal } from '../cli/terminal.ts'
import type { Config } from '../config/config.ts'
import { describeProblem } from '../config/problem.ts'
import { CannotDo } from '../model/errors.ts'
import { namesOf } from '../model/resource-names.ts'
import type { Rotation } from '../model/rotation.ts'
import { messageOf } from '../model/text.ts'
import { logOutput } from '../runtime/logger.ts'
import { demoOf } from './demo.ts'
import { type Narrator, narrator } from './narrator.ts'
import { type Stack, startStack } from './stack.ts'
import { LEAD_SECONDS, tellStory } from './story.ts'

const HELP = `Usage: npm start [-- OPTIONS]

Rotates real passwords of a real PostgreSQL on schedule, on a local AWS, and proves it.

  --config FILE   default config/local.yml
  --json          the story on stderr; one JSON object on stdout, last
  --serve         keep the local AWS running afterwards, until Ctrl-C
  --verbose       the orchestrator's log, on stderr

Exit status: 0 all proved; 1 a rotation or a proof failed; 2 it could not start; 130 Ctrl-C.
`

const JITTER_MS = 2_000
/** As often as the deployed stage's rule does. */
const AUDIT_EVERY_MS = 300_000

const options = {
  config: { type: 'string', default: 'config/local.yml' },
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
    const loaded = await loadFrom(values.config)
    if (!loaded.ok) {
      for (const error of loaded.errors) terminal.err(`${describeProblem('error', error)}\n`)
      throw new CannotDo(`${values.config} is not valid`)
    }
    const rotations = await play(loaded.config, values)
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

/** From nothing to nothing: whatever is started here is stopped here. */
async function play(
  configured: Config,
  { json, serve, verbose }: { json: boolean; serve: boolean; verbose: boolean },
): Promise<Rotation[]> {
  const log = verbose ? (line: string) => terminal.err(`${line}\n`) : () => {}
  // Handlers log on standard output, as on Lambda: not into the story, and not before one JSON object.
  logOutput.write = log
  const notify = narrator(terminal, json)
  // What would keep it from being played is told before anything is started.
  demoOf(configured, nextInstant())
  notify.heading('Tourbillon')
  notify.line('Starting PostgreSQL and a local AWS …')
  const stack = await started(log)
  try {
    notify.line(`PostgreSQL on 127.0.0.1:${stack.postgres.port}, AWS on ${stack.aws.endpoint}`)
    stopping.signal.throwIfAborted()
    const instant = nextInstant()
    const demo = demoOf(configured, instant)
    await stack.deploy(demo.config)
    const scene = { demo, stack, narrator: notify, terminal, signal: stopping.signal, instant }
    const rotations = await tellStory(scene)
    if (serve) await keepServing(demo.config, stack, notify)
    return rotations
  } finally {
    if (stopping.signal.aborted) terminal.err('\nstopping …\n')
    await stack.stop()
    notify.line('Stopped; nothing is left behind.')
  }
}

async function started(log: (line: string) => void): Promise<Stack> {
  try {
    return await startStack({ jitterMs: () => Math.random() * JITTER_MS, log })
  } catch (error) {
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

async function keepServing(config: Config, stack: Stack, notify: Narrator): Promise<void> {
  const { scheduleGroup } = namesOf(config.stage)
  notify.heading('Serving')
  notify.line(`The schedules of group ${scheduleGroup} keep firing. In another terminal:`)
  notify.line(
    `  export ${Object.entries(stack.aws.env)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')}`,
  )
  const [secret] = config.schedules.flatMap((it) => it.secrets)
  notify.line(`  npx aws-tourbillon run --stage ${config.stage} --secret ${secret} --wait`)
  notify.line(`  npx aws-tourbillon console --stage ${config.stage}`)
  notify.line(`  npx aws-tourbillon status --stage ${config.stage}`)
  notify.line(`  npx aws-tourbillon history --stage ${config.stage}`)
  notify.line(`  npx aws-tourbillon plan --stage ${config.stage}`)
  notify.line('Ctrl-C ends it.')
  while (!stopping.signal.aborted) {
    await audited(config.stage)
    await sleep(AUDIT_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {})
  }
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
