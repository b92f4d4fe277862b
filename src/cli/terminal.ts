import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { harmless } from '../model/text.ts'
import { betweenColors, withoutColors } from './colors.ts'
import type { Terminal } from './command.ts'
import { REWRITE } from './progress.ts'

/** The terminal of a process. */
export function createTerminal(
  process: Pick<NodeJS.Process, 'stdout' | 'stderr' | 'env' | 'exit'> &
    Partial<Pick<NodeJS.Process, 'stdin' | 'on' | 'off'>>,
): Terminal {
  const { stdout, stderr, env } = process
  const color = stdout.isTTY === true && !env.NO_COLOR
  // `next | head` closes the pipe early: that is no error of ours.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    stderr.write(`cannot write the result: ${error.message}\n`)
    process.exit(2)
  })
  // Nobody listens to what is beside the result: no reason to leave the work half done.
  stderr.on('error', () => {})
  return {
    out: (text) => void stdout.write(betweenColors(color ? text : withoutColors(text), harmless)),
    room: async () => {
      if (stdout.writableNeedDrain) await once(stdout, 'drain')
    },
    err: (text) => {
      const again = text.startsWith(REWRITE) ? REWRITE : ''
      stderr.write(again + betweenColors(text.slice(again.length), harmless))
    },
    color,
    isTTY: stdout.isTTY === true,
    errIsTTY: stderr.isTTY === true,
    // Only who asks opens stdin.
    get confirm() {
      if (!stderr.isTTY) return undefined
      const { stdin } = process
      return stdin?.isTTY ? (question: string) => confirmed(question, stdin, stderr) : undefined
    },
    get ask() {
      if (!stderr.isTTY) return undefined
      const { stdin } = process
      return stdin?.isTTY ? (question: string) => asked(question, stdin, stderr) : undefined
    },
    ...(process.on && {
      onInterrupt: (text: string) => onInterrupt(process as NodeJS.Process, text),
      onStop: (stop: () => void, text: string) => onStop(process as NodeJS.Process, stop, text),
    }),
    ...(stdout.isTTY && { openScreen: async () => (await import('./screen.ts')).openScreen(stdout) }),
    get columns() {
      return stdout.columns ?? columnsIn(env) ?? (stdout.isTTY ? 80 : Number.POSITIVE_INFINITY)
    },
    env,
    now: Date.now,
  }
}

/** What somebody has set, for what is piped: a shell's own is not exported. */
function columnsIn({ COLUMNS = '' }: Terminal['env']): number | undefined {
  return /^[1-9]\d{1,3}$/.test(COLUMNS) ? Number(COLUMNS) : undefined
}

/** Ends the process as Ctrl-C, or a pipeline that is cancelled, would; npx sends it twice. */
function onInterrupt(process: NodeJS.Process, text: string): () => void {
  const signals = { SIGINT: 130, SIGTERM: 143 } as const
  const handlers = Object.entries(signals).map(([signal, code]) => {
    let ending = false
    const end = () => {
      if (ending) return
      ending = true
      process.stderr.write(`\n${harmless(text)}\n`, () => process.exit(code))
    }
    process.on(signal, end)
    return () => void process.off(signal, end)
  })
  return () => {
    for (const off of handlers) off()
  }
}

/** The first signal and its double, which npx sends, are one wish. */
const SAME_WISH_MS = 1_000

function onStop(process: NodeJS.Process, stop: () => void, text: string): () => void {
  // A terminal that is closed, or a connection that is lost, is SIGHUP.
  const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
  let asked: number | undefined
  const handlers = Object.entries(signals).map(([signal, code]) => {
    const heard = () => {
      if (asked === undefined) {
        asked = Date.now()
        stop()
      } else if (Date.now() - asked > SAME_WISH_MS)
        process.stderr.write(`\n${harmless(text)}\n`, () => process.exit(code))
    }
    process.on(signal, heard)
    return () => void process.off(signal, heard)
  })
  return () => {
    for (const off of handlers) off()
  }
}

async function confirmed(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<boolean> {
  return /^y(es)?$/i.test((await asked(`${question} [y/N]`, input, output)) ?? '')
}

async function asked(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<string | undefined> {
  const prompt = createInterface({ input, output })
  try {
    return (await prompt.question(`${question} `)).trim()
  } catch (error) {
    // Ctrl-C or Ctrl-D.
    if (error instanceof Error && error.name === 'AbortError') return undefined
    throw error
  } finally {
    prompt.close()
  }
}
