import { parseArgs } from 'node:util'
import { type Command, InvalidConfig } from '../../src/cli/command.ts'
import { CannotDo } from '../../src/model/errors.ts'

export type Ran = { code: number; out: string; err: string }

/** Runs a command as main.ts would, at a fixed time on an 80-column screen without colour. */
export async function runCommand(
  command: Command,
  args: string[],
  { now = '2026-11-24T22:00:00Z', color = false, columns = 80 } = {},
): Promise<Ran> {
  const ran: Ran = { code: 2, out: '', err: '' }
  const options = {
    config: { type: 'string' },
    stage: { type: 'string' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
    ...command.options,
  } as const
  try {
    ran.code = await command.run(parseArgs({ args, options, allowPositionals: true }), {
      out: (text) => {
        ran.out += text
      },
      room: async () => {},
      err: (text) => {
        ran.err += text
      },
      color,
      isTTY: color,
      errIsTTY: false,
      columns,
      env: {},
      now: () => Date.parse(now),
    })
  } catch (error) {
    if (error instanceof InvalidConfig) return { ...ran, code: 1, err: `${ran.err}${error.message}\n` }
    if (!(error instanceof CannotDo)) throw error
    ran.err += `${error.message}\n${error.hint ?? ''}\n`
  }
  return ran
}
