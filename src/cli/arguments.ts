import { parseArgs } from 'node:util'
import { oneOf } from '../config/suggest.ts'
import { CannotDo } from '../model/errors.ts'
import { optionText } from '../model/pasteable.ts'
import { oneLine } from '../model/text.ts'
import type { Arguments, Command } from './command.ts'

const COMMON = {
  config: { type: 'string' },
  stage: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

type Options = Command['options']
type Given = { name: string; rawName: string; value: string | undefined; inlineValue: boolean | undefined }

/** The words after a command's name, by its options. Throws CannotDo: nothing is guessed, and nothing is taken twice. */
export function argumentsOf(command: Pick<Command, 'name' | 'options'>, args: string[]): Arguments {
  const options: Options = { ...COMMON, ...command.options }
  // Not strict: what Node says of a wrong word is about its own language.
  const { values, positionals, tokens } = parseArgs({
    ...{ args, options, strict: false, allowPositionals: true, tokens: true },
  })
  const seen = new Set<string>()
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    check(token, options, command.name)
    const { type, multiple } = options[token.name] ?? {}
    if (type === 'string' && multiple !== true && seen.has(token.name))
      throw new CannotDo(`${token.rawName} twice`, { hint: 'give it once: nobody can tell which is meant' })
    seen.add(token.name)
  }
  return { values: { ...values }, positionals }
}

function check({ name, rawName, value, inlineValue }: Given, options: Options, command: string): void {
  const option = Object.hasOwn(options, name) ? options[name] : undefined
  if (option === undefined) {
    const others = Object.keys(options).map((it) => `--${it}`)
    throw new CannotDo(`${command} has no option ${oneLine(rawName)}`, {
      hint: oneOf(rawName, others, { otherwise: `see npx aws-tourbillon ${command} --help` }),
    })
  }
  if (option.type === 'boolean') {
    if (value === undefined) return
    throw new CannotDo(`${rawName} takes no value`, { hint: `write ${rawName} alone, or leave it out` })
  }
  if (value === undefined)
    throw new CannotDo(`${rawName} needs a value`, { hint: `see npx aws-tourbillon ${command} --help` })
  if (value === '')
    throw new CannotDo(`${rawName} is empty`, { hint: 'is a variable unset? Or leave it out' })
  if (/^-./.test(value) && inlineValue !== true)
    throw new CannotDo(`${rawName} needs a value, and "${oneLine(value)}" looks like an option`, {
      hint: `if it is meant, write ${optionText(rawName, value)}`,
    })
}
