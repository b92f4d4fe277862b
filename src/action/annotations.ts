import { randomUUID } from 'node:crypto'
import type { Step } from './step.ts'

/**
 * Lines by which a step speaks to GitHub. Source: docs.github.com, "Workflow commands for GitHub Actions"; how they are
 * escaped: actions/runner, src/Runner.Common/ActionCommand.cs.
 */
export type Level = 'error' | 'warning' | 'notice'

export type Place = { file: string; line: number; column: number }

/** Characters of a message that GitHub keeps. Source: actions/runner, ExecutionContext.cs, _maxIssueMessageLength. */
const MOST_MESSAGE = 4_000

/** One line of the log that GitHub shows where the change is read, too. */
export function annotation(level: Level, message: string, title = 'Tourbillon', place?: Place): string {
  const properties = {
    ...(place === undefined ? {} : { file: place.file, line: place.line, col: place.column }),
    title,
  }
  const written = Object.entries(properties).map(([name, value]) => `${name}=${inProperty(String(value))}`)
  return `::${level} ${written.join(',')}::${inMessage(message.slice(0, MOST_MESSAGE))}\n`
}

function inMessage(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function inProperty(text: string): string {
  return inMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/** What others wrote goes into the log between two lines, and nothing in it is a command to the runner. */
export async function literally<T>({ out }: Pick<Step, 'out'>, print: () => T | Promise<T>): Promise<T> {
  const token = randomUUID()
  out(`::stop-commands::${token}\n`)
  try {
    return await print()
  } finally {
    out(`\n::${token}::\n`)
  }
}
