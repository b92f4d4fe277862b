import { stripVTControlCharacters } from 'node:util'
import type { Terminal } from './command.ts'

/** This process's own terminal. */
export function realTerminal(): Terminal {
  const { stdout, stderr, env } = process
  const color = stdout.isTTY === true && env.NO_COLOR === undefined
  // `next | head` closes the pipe early: that is no error of ours.
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 2))
  return {
    out: (text) => void stdout.write(color ? text : stripVTControlCharacters(text)),
    err: (text) => void stderr.write(text),
    color,
    isTTY: stdout.isTTY === true,
    columns: stdout.columns ?? 80,
    env,
    now: Date.now,
  }
}
