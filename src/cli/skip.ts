import type { Config, Schedule } from '../config/config.ts'
import { CannotDo } from '../model/errors.ts'
import { type Exception, exceptionText } from '../model/exception.ts'
import { commandFor } from '../model/pasteable.ts'
import { oneLine } from '../model/text.ts'
import { type Excepted, skipOccurrence } from '../operate/exceptions.ts'
import { noSchedule } from '../operate/occurrences.ts'
import { MOST_REASON } from '../operate/reason.ts'
import { type Arguments, type Command, type ExitCode, jsonText, type Terminal } from './command.ts'
import { instantBySchedules } from './instants.ts'
import { stageOption, validConfig } from './load-config.ts'

export const skip: Command = {
  name: 'skip',
  summary: 'leave out one occurrence of a schedule; at once, without a deploy',
  help: `Usage: aws-tourbillon skip --stage NAME SCHEDULE --at ISO --reason TEXT

Nothing of that occurrence starts; every other one runs as scheduled. Its secrets are recorded as
SKIPPED, with who and why. It counts at once, and is over with its instant. What has begun is not
skipped: a hold stops that. npx aws-tourbillon cancel ID takes it back.

  SCHEDULE        the schedule's name
  --at ISO        the occurrence's instant, as npx aws-tourbillon next lists it. Without an offset,
                  2026-11-29T03:00, by the schedule's clock, which is said
  --reason TEXT   why: the record and the report have it. At most ${MOST_REASON} characters
  --json          the exception: id, schedule, scheduledAt, by, reason, placedAt

Exit status: 0 skipped, by you or already; 2 there is no such occurrence, it has begun, or it could not
be done.
Example: npx aws-tourbillon skip --stage prod nightly --at 2026-12-24T03:00 --reason 'CHG-1234'
`,
  options: { at: { type: 'string' }, reason: { type: 'string' } },
  async run(args, terminal) {
    const config = await validConfig(args, terminal)
    const schedule = nameIn(args)
    const { at, reason = '' } = args.values as { at?: string; reason?: string }
    if (at === undefined)
      throw new CannotDo('which occurrence?', { hint: `add --at ISO: ${listing(args, schedule)}` })
    const own = named(schedule, config)
    const asked = { schedule, at: instantBySchedules('at', at, own, terminal), reason }
    const situation = { config, stage: stageOption(args), now: terminal.now }
    return tell(await skipOccurrence(asked, situation), args, terminal)
  },
}

/** The schedule of this name, for its clock. Throws CannotDo. */
export function named(schedule: string, { schedules }: Config): Schedule[] {
  const own = schedules.filter(({ name }) => name === schedule)
  if (own.length > 0) return own
  throw noSchedule(
    schedule,
    schedules.map(({ name }) => name),
  )
}

/** Throws CannotDo. */
export function nameIn(args: Arguments, options = '--at ISO'): string {
  const [name, ...more] = args.positionals
  if (name !== undefined && more.length === 0) return name
  throw new CannotDo('which schedule?', { hint: `one name: SCHEDULE ${options} --reason TEXT` })
}

/** The command that lists occurrences. */
export function listing(args: Arguments, schedule: string): string {
  return commandFor(stageOption(args), 'next', ['--schedule', schedule])
}

export function tell({ standing, first, notes }: Excepted, args: Arguments, terminal: Terminal): ExitCode {
  for (const note of notes) terminal.err(`note: ${note}\n`)
  if (args.values.json) terminal.out(jsonText(standing))
  else
    terminal.out(
      `${first ? '' : 'already: '}${lineOf(standing)}\n    to take it back: ${undoing(standing, args)}\n`,
    )
  return 0
}

function lineOf(exception: Exception): string {
  const { schedule, scheduledAt, id } = exception
  return `${id}  ${schedule} of ${scheduledAt} is ${oneLine(exceptionText(exception))}`
}

function undoing({ id }: Exception, args: Arguments): string {
  return commandFor(stageOption(args), 'cancel', id)
}
