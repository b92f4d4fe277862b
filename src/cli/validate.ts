import { OURS } from '../calendar/zone-difference.ts'
import type { Loaded } from '../config/load.ts'
import { describeProblem, type Problem } from '../config/problem.ts'
import { located } from '../config/warnings/located.ts'
import { WARNINGS } from '../config/warnings/names.ts'
import { outlookOf } from '../config/warnings/warnings.ts'
import { stackProblem } from '../deploy/resources.ts'
import { counted } from '../model/counts.ts'
import { type Command, jsonText, noPositionals, type Terminal } from './command.ts'
import { configFileOf, loadFrom } from './load-config.ts'

export const validate: Command = {
  name: 'validate',
  summary: 'check a config file: every error and warning with its line and what to do',
  help: `Usage: aws-tourbillon validate --config FILE | --stage NAME [--strict] [--json]

Checks a config file and looks 400 days ahead for surprises (local times that daylight saving
skips or doubles, zone data that disagree, freezes that cover too much, windows that overlap),
and for what is read elsewhere in another way. Each warning ends with its name, by which a
config acknowledges it, with a reason:
  acknowledge: [{ warning: short-window, reason: agreed with the team }]
A rule of the stage that is not kept is an error, unless its schedule waives it
(node_modules/aws-tourbillon/docs/rules.md):
  waive: [{ rule: four-eyes, reason: accepted by the CISO, RISK-31 }]

  --strict  a warning that nobody acknowledged is bad news, too: exit 1
  --json   { "valid", "errors": [{ "file","line","column","path","message","hint" }],  "warnings": [same],
             "acknowledged": [same, and "reason"], "waived": [the same], "zoneData" }

Exit status: 0 valid (warnings are allowed, but for --strict); 1 invalid; 2 the file cannot be read.
Example: npx aws-tourbillon validate --stage prod
`,
  options: { strict: { type: 'boolean' } },
  async run(args, terminal) {
    noPositionals(args, (word) => `did you mean --config ${word}?`)
    const file = configFileOf(args)
    const loaded = await loadFrom(file)
    const found = loaded.ok
      ? located(outlookOf(loaded.config, terminal.now(), undefined, loaded.settings), loaded)
      : { errors: loaded.errors, waived: [], warnings: [], acknowledged: [] }
    if (loaded.ok && found.errors.length === 0) {
      const tooMuch = stackProblem(loaded.config, loaded.settings)
      if (tooMuch) found.errors.push(loaded.locate(tooMuch))
    }
    const valid = found.errors.length === 0
    if (args.values.json) terminal.out(jsonText({ valid, ...found, zoneData: OURS.release }))
    else print(file, loaded, found, terminal)
    return valid && (args.values.strict !== true || found.warnings.length === 0) ? 0 : 1
  },
}

function print(
  file: string,
  loaded: Loaded,
  {
    errors,
    waived,
    warnings,
    acknowledged,
  }: Record<'errors' | 'waived' | 'warnings' | 'acknowledged', Problem[]>,
  terminal: Terminal,
) {
  for (const error of errors) terminal.out(`${describeProblem('error', error)}\n`)
  for (const warning of warnings) terminal.out(`${describeProblem('warning', warning)}\n`)
  const name = WARNINGS.find((it) => warnings[0]?.message.endsWith(`[${it}]`))
  if (name !== undefined)
    terminal.out(
      `where it is meant, say so ${warnings[0]?.path.startsWith('schedules.') ? 'in the schedule' : 'under defaults'}: acknowledge: [{ warning: ${name}, reason: … }]\n`,
    )
  if (!loaded.ok || errors.length > 0) {
    terminal.out(`${file}: ${counted(errors.length, 'error')}\n`)
    return
  }
  const { schedules, freezes, version } = loaded.config
  const counts = [
    counted(schedules.length, 'schedule'),
    counted(new Set(schedules.flatMap((it) => it.secrets)).size, 'secret'),
    counted(freezes.length, 'freeze'),
    ...(warnings.length > 0 ? [counted(warnings.length, 'warning')] : []),
    ...(waived.length > 0 ? [`${counted(waived.length, 'broken rule')} waived`] : []),
    ...(acknowledged.length > 0 ? [`${counted(acknowledged.length, 'warning')} acknowledged`] : []),
  ]
  terminal.out(
    `${file}: valid (${counts.join(', ')}); config version ${version}, zone data ${OURS.release}\n`,
  )
}
