import type { DurableLogger } from '@aws/durable-execution-sdk-js'

/**
 * Where lines go. Not through `console`: Lambda's runtime puts a prefix before its lines, or wraps them, and then the
 * metric filters of the log would match nothing. `npm start` and tests put a writer of their own here.
 */
export const logOutput = {
  write(line: string): void {
    process.stdout.write(`${line}\n`)
  },
}

/**
 * The orchestrator's log: one JSON object a line, `fixed` in each. The durable context wraps it, and keeps quiet
 * while it replays, so that a line is not written again after every wait.
 */
export function jsonLogger(fixed: Record<string, unknown>): DurableLogger {
  const at =
    (level: 'ERROR' | 'WARN' | 'INFO' | 'DEBUG') =>
    (message: unknown, fields: object = {}) =>
      // The message last: metric filters read it, and no field may stand in its place.
      logOutput.write(JSON.stringify({ level, ...fixed, ...fields, message }))
  return { error: at('ERROR'), warn: at('WARN'), info: at('INFO'), debug: at('DEBUG') }
}
