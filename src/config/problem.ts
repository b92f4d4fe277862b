import type { Path } from './positions.ts'

/** Something wrong (or surprising) in a config file, where it stands, and what to do about it. */
export type Problem = {
  file: string
  /** From 1. */
  line: number
  /** From 1. */
  column: number
  /** `schedules.orders-db.window`; empty for the file as a whole. */
  path: string
  message: string
  hint: string
}

/** A problem that has no place in the file yet: where in the data, what, and what to do. */
export type UnlocatedProblem = {
  path: Path
  /** Characters from the start of the value, where one part of it is to blame. */
  offset?: number
  message: string
  hint: string
  /** It is about the key itself, not its value. */
  atKey?: boolean
}

/** `config/prod.yml:12:5  schedules.x.window: message` and the hint on a line of its own. */
export function describeProblem(kind: 'error' | 'warning', problem: Problem): string {
  const { file, line, column, path, message, hint } = problem
  const subject = path === '' ? '' : `${path}: `
  return `${file}:${line}:${column}  ${kind}  ${subject}${message}${hint === '' ? '' : `\n    hint: ${hint}`}`
}
