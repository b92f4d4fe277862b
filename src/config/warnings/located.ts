import type { Loaded } from '../load.ts'
import type { Path } from '../positions.ts'
import type { Problem } from '../problem.ts'
import type { ConfigFile } from '../schema.ts'
import type { Outlook } from './acknowledged.ts'
import type { Warning } from './names.ts'

/** Told by one setting alone, in the same words for every schedule. */
const OF_ONE_SETTING = new Set<Warning['name']>(['short-window', 'no-daylight-saving', 'reversed-offset'])

/** Warnings where they stand in their file, each with its name at the end: `… [short-window]`. */
export function locatedWarnings(
  { warnings, acknowledged }: Outlook,
  { locate, written }: Pick<Extract<Loaded, { ok: true }>, 'locate' | 'written'>,
): { warnings: Problem[]; acknowledged: (Problem & { reason: string })[] } {
  const problem = (warning: Warning) => {
    const { name, message, hint } = warning
    return locate({ path: pathOf(warning, written), message: `${message} [${name}]`, hint })
  }
  return {
    warnings: distinct(warnings.map(problem)),
    acknowledged: distinct(acknowledged.map(({ reason, ...warning }) => ({ ...problem(warning), reason }))),
  }
}

/** `secrets.2` as the keys and indexes that it is made of, from the top of the file. */
function pathOf({ name, schedule, field }: Warning, { defaults, schedules }: ConfigFile): Path {
  // What many schedules have from the defaults is said once, where it stands.
  if (schedule !== null && OF_ONE_SETTING.has(name)) {
    const setting = field as 'window' | 'timezone'
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
