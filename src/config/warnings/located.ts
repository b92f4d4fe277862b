import type { Loaded } from '../load.ts'
import type { Path } from '../positions.ts'
import type { Problem } from '../problem.ts'
import type { ConfigFile } from '../schema.ts'
import type { Warning } from './names.ts'
import type { Outlook } from './warnings.ts'

/** Told by one setting alone, in the same words for every schedule. */
const OF_ONE_SETTING = new Set<Warning['name']>([
  'short-window',
  'early-objective',
  'no-daylight-saving',
  'reversed-offset',
])

/** An outlook where it stands in its file: a warning with its name at the end, `… [short-window]`. */
type Located = {
  errors: Problem[]
  waived: (Problem & { reason: string })[]
  warnings: Problem[]
  acknowledged: (Problem & { reason: string })[]
}

/** A broken rule at the value that breaks it; at its schedule, where the value comes from elsewhere or is not there. */
export function located(
  { broken, waived, warnings, acknowledged }: Outlook,
  { locate, written }: Pick<Extract<Loaded, { ok: true }>, 'locate' | 'written'>,
): Located {
  const error = ({ schedule, field, message, hint }: Outlook['broken'][number]) =>
    locate({ path: ['schedules', schedule, field], message, hint })
  const problem = (warning: Warning) => {
    const { name, message, hint } = warning
    return locate({ path: pathOf(warning, written), message: `${message} [${name}]`, hint })
  }
  return {
    errors: broken.map(error),
    waived: waived.map(({ reason, ...rule }) => ({ ...error(rule), reason })),
    warnings: distinct(warnings.map(problem)),
    acknowledged: distinct(acknowledged.map(({ reason, ...warning }) => ({ ...problem(warning), reason }))),
  }
}

/** `secrets.2` as the keys and indexes that it is made of, from the top of the file. */
function pathOf({ name, schedule, field }: Warning, { defaults, schedules }: ConfigFile): Path {
  // What many schedules have from the defaults is said once, where it stands.
  if (schedule !== null && OF_ONE_SETTING.has(name)) {
    const setting = field as 'window' | 'timezone' | 'objective'
    if (schedules[schedule]?.[setting] === undefined && defaults[setting] !== undefined)
      return ['defaults', setting]
  }
  const within = field.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part))
  return schedule === null ? within : ['schedules', schedule, ...within]
}

function distinct<T extends Problem>(problems: T[]): T[] {
  const seen = new Set<string>()
  return problems.filter((problem) => {
    const key = JSON.stringify(problem)
    return !seen.has(key) && seen.add(key)
  })
}
