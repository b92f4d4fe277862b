import type { DurableLogger } from '@aws/durable-execution-sdk-js'

/**
 * The orchestrator's log: one JSON object a line, `fixed` in each. The durable context wraps it, and keeps quiet
 * while it replays, so that a line is not written again after every wait.
 */
export function jsonLogger(fixed: Record<string, unknown>): DurableLogger {
  const at =
    (level: 'ERROR' | 'WARN' | 'INFO' | 'DEBUG', write: (line: string) => void) =>
    (message: unknown, fields: object = {}) =>
      write(JSON.stringify({ level, message, ...fixed, ...fields }))
  return {
    error: at('ERROR', (line) => console.error(line)),
    warn: at('WARN', (line) => console.warn(line)),
    info: at('INFO', (line) => console.info(line)),
    debug: at('DEBUG', (line) => console.debug(line)),
  }
}
