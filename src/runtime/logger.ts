import type { DurableLogger } from '@aws/durable-execution-sdk-js'
import { LOG_LINES, type Log } from '../model/log-lines.ts'
import { iso } from '../model/time.ts'

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
 * while it replays, so that a line is not written again after every wait. Lambda files a line under its level only where
 * it has a timestamp too. Source: Lambda Developer Guide, monitoring-cloudwatchlogs-log-level.
 */
export function jsonLogger(fixed: Record<string, unknown>): DurableLogger {
  const at =
    (level: 'ERROR' | 'WARN' | 'INFO' | 'DEBUG') =>
    (message: unknown, fields: object = {}) =>
      // The message last: metric filters read it, and no field may stand in its place.
      logOutput.write(JSON.stringify({ timestamp: iso(Date.now()), level, ...fixed, ...fields, message }))
  return { error: at('ERROR'), warn: at('WARN'), info: at('INFO'), debug: at('DEBUG') }
}

/** Writes each line under the level that the table of lines has for it. */
export function createLog(logger: Pick<DurableLogger, 'error' | 'warn' | 'info'>): Log {
  const writers = { ERROR: logger.error, WARN: logger.warn, INFO: logger.info }
  return (line, fields) => writers[LOG_LINES[line]].call(logger, line, fields)
}
