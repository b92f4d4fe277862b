import project from 'aws-tourbillon/package.json' with { type: 'json' }
import { asCommand } from '../aws/command-stage.ts'
import { oneOf } from '../config/suggest.ts'
import { CannotDo } from '../model/errors.ts'
import { oneLine } from '../model/text.ts'
import { argumentsOf } from './arguments.ts'
import { type ExitCode, InvalidConfig, type Terminal } from './command.ts'
import { commands } from './commands.ts'

/** One command line, without the program's name, on a terminal: `main.ts` gives it its process's own. Never rejects. */
export async function runCommandLine([name, ...rest]: string[], terminal: Terminal): Promise<ExitCode> {
  if (name === undefined) {
    terminal.err(await help())
    return 2
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    terminal.out(await help())
    return 0
  }
  if (name === '--version') {
    terminal.out(`${project.version}\n`)
    return 0
  }
  try {
    const listed = commands.find((it) => it.name === name)
    if (!listed) throw noCommand(name)
    const command = await listed.load()
    const args = argumentsOf(command, rest)
    if (args.values.help) {
      terminal.out(command.help)
      return 0
    }
    return await asCommand(() => command.run(args, terminal))
  } catch (error) {
    if (error instanceof InvalidConfig) {
      terminal.err(`${error.message}\n`)
      return 1
    }
    terminal.err(`tourbillon: ${explain(error)}\n`)
    return 2
  }
}

function noCommand(name: string): CannotDo {
  if (name.startsWith('-'))
    return new CannotDo(`"${oneLine(name)}" is no command`, {
      hint: 'the command comes first, its options after it: npx aws-tourbillon status --stage NAME',
    })
  const names = commands.map((it) => it.name)
  return new CannotDo(`no command "${oneLine(name)}"`, {
    hint: oneOf(name, names, { otherwise: 'see npx aws-tourbillon --help' }),
  })
}

async function help(): Promise<string> {
  const all = await Promise.all(commands.map(({ load }) => load()))
  return `Usage: aws-tourbillon COMMAND [OPTIONS]

Rotates secrets at the wall-clock second their team chose.

Commands:
${all.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`).join('\n')}

Every command: --config FILE or --stage NAME (config/NAME.yml), --json, --help.
--version tells this version.
Exit status: 0 fine; 1 the answer is bad news; 2 it could not be done.
`
}

function explain(error: unknown): string {
  if (error instanceof CannotDo)
    return error.hint === undefined ? error.message : `${error.message}\n    hint: ${error.hint}`
  // An AggregateError (a refused connection, say) has no message of its own.
  if (error instanceof AggregateError) return error.errors.map(String).join('; ')
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
