import { CannotDo } from '../model/errors.ts'
import { commandFor } from '../model/pasteable.ts'
import { oneLine } from '../model/text.ts'
import {
  type Arguments,
  type ExitCode,
  jsonText,
  noPositionals,
  refuseBeside,
  type Terminal,
} from './command.ts'
import { stageOption, validConfig } from './load-config.ts'

/** What waits until somebody settles it by its id. */
export type Waiting<T> = {
  thing: 'approval' | 'planned run, skip or move'
  /** The command that lists them, with `--list`. */
  command: string
  /** `those that wait`. */
  those: string
  /** What is said where there are none. */
  none: string
  /** An id as it may be typed, as it is kept; undefined where it is none. */
  idIn(typed: string): string | undefined
  /** `now`: epoch ms. */
  read(stage: string, now: number): Promise<T[]>
  table(found: T[], columns: number): string
}

/** What became of one: it as kept, and how that is told. `hint`: what may be done where it is not `ok`. */
type Settled<T> = { kept: T; ok: boolean; text: string; hint?: string | undefined; notes?: string[] }

/** `--list`, or an id and what `settle` makes of it: undefined where nothing has that id. */
export async function runWaiting<T>(
  waiting: Waiting<T>,
  args: Arguments,
  terminal: Terminal,
  settle: (stage: string, id: string) => Promise<Settled<T> | undefined>,
): Promise<ExitCode> {
  refuseBeside(args, 'list', ['reason'])
  const config = await validConfig(args, terminal)
  const { stage } = config
  if (args.values.list) return list(waiting, stage, args, terminal)
  const { thing, those, command, idIn } = waiting
  const hint = `${those}: ${commandFor(stageOption(args), command, '--list')}`
  const [typed, ...more] = args.positionals
  if (typed === undefined || more.length > 0) throw new CannotDo('which one?', { hint })
  const id = idIn(typed)
  if (id === undefined) throw new CannotDo(`"${typed}" is no ${thing}'s id`, { hint })
  const settled = await settle(stage, id)
  if (!settled) throw new CannotDo(`stage ${stage} has no ${thing} "${oneLine(id)}"`, { hint })
  for (const note of settled.notes ?? []) terminal.err(`note: ${note}\n`)
  if (args.values.json) terminal.out(jsonText(settled.kept))
  else if (settled.ok) terminal.out(`${settled.text}\n`)
  else terminal.err(`${settled.text}\n${settled.hint === undefined ? '' : `    hint: ${settled.hint}\n`}`)
  return settled.ok ? 0 : 1
}

async function list<T>(
  { command, none, read, table }: Waiting<T>,
  stage: string,
  args: Arguments,
  terminal: Terminal,
): Promise<ExitCode> {
  noPositionals(args, (word) => `for this one: ${commandFor(stageOption(args), command, word)}`)
  const found = await read(stage, terminal.now())
  if (args.values.json) terminal.out(jsonText(found))
  else if (found.length === 0) terminal.err(`${none}\n`)
  else terminal.out(table(found, terminal.columns))
  return 0
}
