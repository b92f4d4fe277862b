import { parseArgs } from 'node:util'
import type { Config } from '../../config/config.ts'
import { namesOf } from '../../config/names.ts'
import { describeProblem } from '../../config/problem.ts'
import type { Rotation } from '../../ledger/rotation.ts'
import { realTerminal } from '../terminal.ts'
import { configWithDemo } from './config.ts'
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

/** Time to start PostgreSQL, before the early companion fires. */
const HEAD_START_MS = 4_000
const JITTER_MS = 2_000

const options = {
  config: { type: 'string', default: 'config/local.yml' },
  json: { type: 'boolean', default: false },
  serve: { type: 'boolean', default: false },
  verbose: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const terminal = realTerminal()
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => stopping.abort(signal))
}
process.exitCode = await main()

async function main(): Promise<number> {
  let stack: Stack | undefined
  try {
    const { values } = parseArgs({ options })
    if (values.help) {
      terminal.out(HELP)
      return 0
    }
    // Handlers log as Lambda functions do, on the console: not into the story, and not before one JSON object.
    const log = values.verbose ? (line: string) => terminal.err(`${line}\n`) : () => {}
    for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const) {
      console[level] = (...parts: unknown[]) =>
        log(parts.map((it) => (typeof it === 'string' ? it : JSON.stringify(it))).join(' '))
    }
    const tell = narrator(terminal, values.json)
    const instant = nextInstant()
    const loaded = await configWithDemo(values.config, 'local/orders/db', instant)
    if (!loaded.ok) {
      for (const error of loaded.errors) terminal.err(`${describeProblem('error', error)}\n`)
      return 2
    }
    const { config } = loaded
    tell.heading('Tourbillon')
    tell.line('Starting PostgreSQL and a local AWS …')
    stack = await startStack(config, { jitterMs: () => Math.random() * JITTER_MS, log })
    tell.line(`PostgreSQL on 127.0.0.1:${stack.postgres.port}, AWS on ${stack.aws.endpoint}`)
    stopping.signal.throwIfAborted()
    const rotations = await tellStory({
      config,
      stack,
      narrator: tell,
      terminal,
      signal: stopping.signal,
      instant,
    })
    if (values.serve) await serve(config, stack, tell)
    await stack.stop()
    stack = undefined
    tell.line('Stopped; nothing is left behind.')
    if (values.json) terminal.out(`${JSON.stringify({ ok: true, rotations: rotations.map(summary) })}\n`)
    return 0
  } catch (error) {
    return failed(error)
  } finally {
    await stack?.stop()
  }
}

/** A whole five seconds of the clock, far enough ahead for the early companion to fire. */
function nextInstant(): number {
  return Math.ceil((terminal.now() + HEAD_START_MS + LEAD_SECONDS * 1_000) / 5_000) * 5_000
}

function summary({ schedule, secret, scheduledAt, trigger, status, reason, skewMs, durationMs }: Rotation) {
  return { schedule, secret, scheduledAt, trigger, status, reason: reason ?? null, skewMs, durationMs }
}

async function serve(config: Config, stack: Stack, tell: Narrator): Promise<void> {
  const { scheduleGroup } = namesOf(config.stage)
  tell.heading('Serving')
  tell.line(`The schedules of group ${scheduleGroup} keep firing. In another terminal:`)
  tell.line(
    `  export ${Object.entries(stack.aws.env)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')}`,
  )
  tell.line('  npx tourbillon run --stage local --secret local/billing/db --wait')
  tell.line('  npx tourbillon history --stage local')
  tell.line('Ctrl-C ends it.')
  await new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()))
}

function failed(error: unknown): number {
  if (stopping.signal.aborted) {
    terminal.err('\ninterrupted; stopping …\n')
    return 130
  }
  terminal.err(`npm start: ${error instanceof Error ? error.message : String(error)}\n`)
  return 1
}
