import { parseArgs } from 'node:util'
import project from 'aws-tourbillon/package.json' with { type: 'json' }
import { suggest } from '../config/suggest.ts'
import { CannotDo } from '../model/errors.ts'
import { messageOf } from '../model/text.ts'
import { type Arguments, type Command, type ExitCode, InvalidConfig, type Terminal } from './command.ts'
import { commands } from './commands.ts'

const COMMON = {
  config: { type: 'string' },
  stage: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

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
    if (!listed) {
      const near = suggest(
        name,
        commands.map((it) => it.name),
      )
      throw new CannotDo(`no command "${name}"`, {
        hint: near ? `did you mean "${near}"?` : 'see npx aws-tourbillon --help',
      })
    }
    const command = await listed.load()
    const args = argumentsOf(command, rest)
    if (args.values.help) {
      terminal.out(command.help)
      return 0
    }
    return await command.run(args, terminal)
  } catch (error) {
    if (error instanceof InvalidConfig) {
      terminal.err(`${error.message}\n`)
      return 1
    }
    terminal.err(`tourbillon: ${explain(error)}\n`)
    return 2
  }
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

function argumentsOf(command: Command, args: string[]): Arguments {
  try {
    return parseArgs({ args, options: { ...COMMON, ...command.options }, allowPositionals: true })
  } catch (error) {
    throw new CannotDo(messageOf(error), {
      hint: `see npx aws-tourbillon ${command.name} --help`,
      cause: error,
    })
  }
}

function explain(error: unknown): string {
  if (error instanceof CannotDo)
    return error.hint === undefined ? error.message : `${error.message}\n    hint: ${error.hint}`
  // An AggregateError (a refused connection, say) has no message of its own.
  if (error instanceof AggregateError) return error.errors.map(String).join('; ')
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
