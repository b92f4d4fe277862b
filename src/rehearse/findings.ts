import { acknowledge } from '../config/warnings/acknowledged.ts'
import { type Acknowledgement, REHEARSED, type RehearsedName } from '../config/warnings/names.ts'
import { DAY } from '../model/time.ts'
import { enforced } from '../model/under-policy.ts'
import {
  late,
  leftOut,
  neverSucceeds,
  objective,
  quotas,
  togetherOf,
  tooOld,
} from './findings-of-outcomes.ts'
import {
  clockChanges,
  drifts,
  ended,
  frozenLong,
  nobodyAnswers,
  noTimeForHooks,
  noTimeForRetries,
  notDue,
} from './findings-of-times.ts'
import type { Found, Shown } from './found.ts'

/** By validate's names: what is acknowledged there is acknowledged here. */
const ALIASES: Partial<Record<Found['name'], Acknowledgement['warning']>> = {
  ended: 'past',
  'too-old': 'older-than-max-age',
  'frozen-long': 'frozen-out',
  together: 'shared-secret',
}

/** What a rehearsal says of a config; `unused`: acknowledged, and not found here. */
export type Judged = { findings: Found[]; acknowledged: (Found & { reason: string })[]; unused: string[] }

/** Parts what somebody has acknowledged. What a shorter or other rehearsal cannot show is not called unused. */
export function judge(shown: Shown): Judged {
  const { config, happened, rehearsed, faults } = shown
  const isWhole = happened.to - happened.from >= 365 * DAY && !rehearsed.sampled && faults === 'none'
  const { left, acknowledged, unused } = acknowledge(findingsOf(shown), config, {
    isSeen: (name) => isWhole && REHEARSED.includes(name as RehearsedName),
    alias: (name) => ALIASES[name],
  })
  const pathOf = ({ schedule, field }: (typeof unused)[number]) =>
    schedule === null ? field : `schedules.${schedule}.${field}`
  return {
    ...{ findings: left, acknowledged },
    unused: unused.map((it) => `${pathOf(it)}: ${it.message.replace('warns of it', 'is found of it')}`),
  }
}

/** Everything that is wrong, schedule by schedule in the config's order, then what concerns several. */
function findingsOf(shown: Shown): Found[] {
  const { config, happened } = shown
  const by = Map.groupBy(happened.occurred, ({ schedule }) => schedule)
  const found = enforced(config).flatMap((schedule) => {
    const seen = { ...shown, schedule, occurred: by.get(schedule.name) ?? [] }
    const never = neverSucceeds(seen)
    const clocks = clockChanges(seen)
    return [
      ...ended(seen),
      // What a clock skips in this year is not due for a year, and its own finding says so.
      ...(clocks.length > 0 ? [] : notDue(seen)),
      ...never,
      ...(never.length > 0 ? [] : leftOut(seen)),
      ...late(seen),
      ...objective(seen),
      ...tooOld(seen),
      ...(never.length > 0 ? [] : frozenLong(seen)),
      ...clocks,
      ...drifts(seen),
      ...nobodyAnswers(seen),
      ...noTimeForRetries(seen),
      ...noTimeForHooks(seen),
    ]
  })
  return [...found, ...togetherOf(shown), ...quotas(shown)]
}
