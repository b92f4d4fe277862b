import type { Command } from './command.ts'
import { history } from './history.ts'
import { run } from './run.ts'
import { validate } from './validate.ts'

/** Every command, in the order of `--help`. */
export const commands: Command[] = [validate, run, history]
