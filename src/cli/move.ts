import { CannotDo } from '../model/errors.ts'
import { moveOccurrence } from '../operate/move.ts'
import { MOST_REASON } from '../operate/reason.ts'
import type { Command } from './command.ts'
import { instantBySchedules } from './instants.ts'
import { stageOption, validConfig } from './load-config.ts'
import { listing, named, nameIn, tell } from './skip.ts'

export const move: Command = {
  name: 'move',
  summary: 'have one occurrence of a schedule at another instant; at once, without a deploy',
  help: `Usage: aws-tourbillon move --stage NAME SCHEDULE --from ISO --to ISO --reason TEXT

That occurrence does not rotate at its instant but at the other one: all its secrets, with window,
approval, hooks and limits as scheduled, bound by freezes and holds of then. Every other one runs as
scheduled. What has begun is not moved: a hold stops that. npx aws-tourbillon cancel ID takes it back.

  SCHEDULE        the schedule's name
  --from ISO      the occurrence's instant, as npx aws-tourbillon next lists it; of one that was moved,
                  where it is now. Without an offset, 2026-11-29T03:00, by the schedule's clock,
                  which is said
  --to ISO        where it goes: ten minutes to a year ahead, and no freeze, closed Change Calendar, nor
                  another occurrence
  --reason TEXT   why: the record and the report have it. At most ${MOST_REASON} characters
  --json          the exception: id, schedule, scheduledAt, movedTo, by, reason, placedAt

Exit status: 0 moved, by you or already; 2 there is no such occurrence, it has begun, nothing can be
there, or it could not be done.
Example: npx aws-tourbillon move --stage prod nightly --from 2026-12-24T03:00 --to 2026-12-24T14:00 --reason CHG-1
`,
  options: { from: { type: 'string' }, to: { type: 'string' }, reason: { type: 'string' } },
  async run(args, terminal) {
    const config = await validConfig(args, terminal)
    const schedule = nameIn(args, '--from ISO --to ISO')
    const { from, to, reason = '' } = args.values as { from?: string; to?: string; reason?: string }
    if (from === undefined)
      throw new CannotDo('which occurrence?', { hint: `add --from ISO: ${listing(args, schedule)}` })
    if (to === undefined) throw new CannotDo('to which instant?', { hint: 'add --to ISO' })
    const own = named(schedule, config)
    const read = (option: string, text: string) => instantBySchedules(option, text, own, terminal)
    const asked = { schedule, from: read('from', from), to: read('to', to), reason }
    const situation = { config, stage: stageOption(args), now: terminal.now }
    return tell(await moveOccurrence(asked, situation), args, terminal)
  },
}
