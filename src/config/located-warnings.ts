import type { Outlook } from '../calendar/acknowledged.ts'
import type { Warning } from '../calendar/warning-names.ts'
import type { Locate } from './load.ts'
import type { Path } from './positions.ts'
import type { Problem } from './problem.ts'

/** Warnings where they stand in their file, each with its name at the end: `… [short-window]`. */
export function locatedWarnings(
  { warnings, acknowledged }: Outlook,
  locate: Locate,
): { warnings: Problem[]; acknowledged: (Problem & { reason: string })[] } {
  const problem = (warning: Warning) => {
    const { name, message, hint } = warning
    return locate({ path: pathOf(warning), message: `${message} [${name}]`, hint })
  }
  return {
    warnings: warnings.map(problem),
    acknowledged: acknowledged.map(({ reason, ...warning }) => ({ ...problem(warning), reason })),
  }
}

/** `secrets.2` as the keys and indexes that it is made of, from the top of the file. */
function pathOf({ schedule, field }: Warning): Path {
  const within = field.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part))
  return schedule === null ? within : ['schedules', schedule, ...within]
}
