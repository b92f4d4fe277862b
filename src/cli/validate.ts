import { warningsOf } from '../calendar/warnings.ts'
import { OURS } from '../calendar/zone-difference.ts'
import type { Config } from '../config/config.ts'
import type { Loaded } from '../config/load.ts'
import { describeProblem, type Problem } from '../config/problem.ts'
import { type Command, noPositionals, type Terminal } from './command.ts'
import { configFileOf, loadFrom } from './stage.ts'

export const validate: Command = {
  name: 'validate',
  summary: 'check a config file: every error and warning with its line and what to do',
  help: `Usage: tourbillon validate --config FILE | --stage NAME [--json]

Checks a config file and looks 400 days ahead for surprises (local times that daylight
saving skips or doubles, zone data that disagree, freezes that cover too much, windows that overlap).

  --json   { "valid", "errors": [{ "file","line","column","path","message","hint" }],  "warnings": [same],
             "zoneData" }

Exit status: 0 valid (warnings are allowed); 1 invalid; 2 the file cannot be read.
Example: npx tourbillon validate --stage prod
`,
  options: {},
  async run(args, terminal) {
    noPositionals(args, (word) => `did you mean --config ${word}?`)
    const file = configFileOf(args)
    const loaded = await loadFrom(file)
    const errors = loaded.ok ? [] : loaded.errors
    const warnings = loaded.ok ? warningsIn(loaded, terminal.now()) : []
    if (args.values.json) {
      terminal.out(
        `${JSON.stringify({ valid: loaded.ok, errors, warnings, zoneData: OURS.release }, null, 2)}\n`,
      )
    } else {
      print(file, loaded, errors, warnings, terminal)
    }
    return loaded.ok ? 0 : 1
  },
}

function warningsIn(
  { config, locate }: { config: Config; locate: Extract<Loaded, { ok: true }>['locate'] },
  now: number,
) {
  return warningsOf(config, now).map(({ schedule, field, message, hint }) =>
    locate({ path: ['schedules', schedule, ...pathIn(field)], message, hint }),
  )
}

/** `secrets.2` as the keys and indexes that it is made of. */
function pathIn(field: string): (string | number)[] {
  return field.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part))
}

function print(file: string, loaded: Loaded, errors: Problem[], warnings: Problem[], terminal: Terminal) {
  for (const error of errors) terminal.out(`${describeProblem('error', error)}\n`)
  for (const warning of warnings) terminal.out(`${describeProblem('warning', warning)}\n`)
  if (!loaded.ok) {
    terminal.out(`${file}: ${count(errors.length, 'error')}\n`)
    return
  }
  const { schedules, freezes, version } = loaded.config
  const counts = [
    count(schedules.length, 'schedule'),
    count(new Set(schedules.flatMap((it) => it.secrets)).size, 'secret'),
    count(freezes.length, 'freeze'),
    ...(warnings.length > 0 ? [count(warnings.length, 'warning')] : []),
  ]
  terminal.out(
    `${file}: valid (${counts.join(', ')}); config version ${version}, zone data ${OURS.release}\n`,
  )
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
