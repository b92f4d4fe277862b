import type { ParseArgsOptionsConfig } from 'node:util'
import { CannotDo } from '../model/errors.ts'

/** 0: fine. 1: the answer is bad news (invalid config, a failed rotation, findings, drift). 2: could not do it. */
export type ExitCode = 0 | 1 | 2

/** Everything a command may touch of its process: results go to `out`, everything else to `err`. */
export type Terminal = {
  out(text: string): void
  /** Resolves once there is room for more on `out`: whoever writes without end waits for it, or fills the memory. */
  room(): Promise<void>
  err(text: string): void
  /** Colour only on a terminal, and never where `NO_COLOR` is set. */
  color: boolean
  isTTY: boolean
  /** Whether `err` reaches a person at once: where it does, long work shows how far it is. */
  errIsTTY: boolean
  /** Asks whoever is there; anything but yes is no. Absent where nobody is. */
  confirm?: ((question: string) => Promise<boolean>) | undefined
  /** Asks whoever is there for a line of words; undefined where they end it instead. Absent where nobody is. */
  ask?: ((question: string) => Promise<string | undefined>) | undefined
  /** The whole screen, for a live view; only on a terminal. */
  openScreen?: () => Promise<Screen>
  /** Infinity where it is no terminal, for what is piped has no width; `COLUMNS` gives it one. */
  columns: number
  /** What is said at Ctrl-C before the process ends; absent where nothing ends it so. Answers with what takes it back. */
  onInterrupt?: (text: string) => () => void
  /** Ctrl-C or SIGTERM calls `stop`; another, a second later, leaves at once with `text`. Answers with what takes it back. */
  onStop?: (stop: () => void, text: string) => () => void
  env: Record<string, string | undefined>
  /** Epoch milliseconds. */
  now(): number
}

/** A screen of its own that frames replace each other on, until it is closed. */
export type Screen = {
  draw(frame: string): void
  /** Leaves the terminal as it was. */
  close(): void
  /** Aborted by Ctrl-C. */
  signal: AbortSignal
}

export type Arguments = {
  values: Record<string, string | boolean | (string | boolean)[] | undefined>
  positionals: string[]
}

/** One command of `npx aws-tourbillon`, one file each in this folder. `--json` and `--help` belong to every command. */
export type Command = {
  name: string
  /** One line for the list of commands. */
  summary: string
  /** The whole of `--help`: usage, options, exit codes, an example. */
  help: string
  options: ParseArgsOptionsConfig
  run(args: Arguments, terminal: Terminal): Promise<ExitCode>
}

/** A config that is not valid: its problems, told as they are; the command ends with 1. */
export class InvalidConfig extends Error {}

/** For commands that take options only. Throws CannotDo. */
export function noPositionals({ positionals: [first] }: Arguments, hintFor: (word: string) => string): void {
  if (first !== undefined) throw new CannotDo(`unexpected "${first}"`, { hint: hintFor(first) })
}

/**
 * Options of `others` that change nothing beside `option`: they would look as if they did. Throws CannotDo where one is
 * given.
 */
export function refuseBeside({ values }: Arguments, option: string, others: readonly string[]): void {
  if (values[option] === undefined) return
  const other = others.find((name) => values[name] !== undefined)
  if (other !== undefined)
    throw new CannotDo(`--${other} says nothing beside --${option}`, { hint: 'leave one of them out' })
}

/** The number of an option such as `--count`. Throws CannotDo where it is none between these two. */
export function wholeNumber(
  option: string,
  text: unknown,
  least: number,
  most = Number.POSITIVE_INFINITY,
): number {
  const number = /^\d+$/.test(String(text)) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  const range = most === Number.POSITIVE_INFINITY ? `from ${least}` : `from ${least} to ${most}`
  throw new CannotDo(`--${option} ${text}: a whole number ${range} is expected`)
}

/** What `--json` prints. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

/** Lines beside the result. */
export function notesOn({ err }: Pick<Terminal, 'err'>): (line: string) => void {
  return (line) => err(`${line}\n`)
}
