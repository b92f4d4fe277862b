import { compile } from '../calendar/calendar.ts'
import { ExpressionError } from '../calendar/expression.ts'
import { formatDuration } from '../calendar/format.ts'
import { readInstant } from '../calendar/instant.ts'
import { isTimezone } from '../calendar/timezone.ts'
import { timezoneHint } from '../calendar/timezone-hint.ts'
import { isSameSecret } from '../model/place.ts'
import { EXTERNAL, ON_DEMAND } from '../model/resource-names.ts'
import { secretNameOf } from '../model/secret.ts'
import { DEFAULTS } from './config.ts'
import { consumerRules } from './consumer-rules.ts'
import { placeRules } from './place-rules.ts'
import type { Path } from './positions.ts'
import type { UnlocatedProblem } from './problem.ts'
import { type ConfigFile, SCHEDULE_NAME } from './schema.ts'
import { stageRules } from './stage-settings.ts'
import { oneOf, suggest } from './suggest.ts'

/** Every rule across values: what one value alone cannot tell. Empty where the config is valid. */
export function brokenRules(file: ConfigFile): UnlocatedProblem[] {
  return [
    ...timezoneRules(['defaults', 'timezone'], file.defaults.timezone),
    ...stageRules(file.stage),
    ...freezeRules(file),
    ...houseRules(file),
    ...placeRules(file),
    ...Object.entries(file.schedules).flatMap(([name, schedule]) => [
      ...nameRules(name),
      ...scheduleTimeRules(name, schedule, file),
      ...(Array.isArray(schedule.secrets) ? secretRules(name, schedule.secrets) : []),
      ...namedOnce(
        schedule.ignoreFreezes,
        ['schedules', name, 'ignoreFreezes'],
        'name',
        file.freezes,
        'freeze',
      ),
      ...namedOnce(schedule.waive ?? [], ['schedules', name, 'waive'], 'rule', file.rules, 'rule'),
      ...approvalRules(name, schedule, file),
      ...consumerRules(name, schedule),
      ...canaryRules(name, schedule, file),
    ]),
    ...idleSoak(file),
  ]
}

type ScheduleEntry = ConfigFile['schedules'][string]

function nameRules(name: string): UnlocatedProblem[] {
  const taken = takenBy(name)
  if (taken !== undefined) {
    const message = `"${name}" is ${taken}`
    return [{ path: ['schedules', name], atKey: true, message, hint: 'choose another name' }]
  }
  if (SCHEDULE_NAME.test(name)) return []
  const hint =
    'up to 56 letters, digits, dots, hyphens and underscores, the first a letter or digit: EventBridge Scheduler’s names allow no more'
  return [{ path: ['schedules', name], atKey: true, message: `"${name}" cannot name a schedule`, hint }]
}

/** What else goes by a schedule's name; undefined: nothing. */
function takenBy(name: string): string | undefined {
  if (name === ON_DEMAND) return 'what the ledger calls rotations asked for by secret'
  if (name === EXTERNAL) return 'what the ledger calls rotations that something else did'
  // The audit keeps its watermarks by name, and the SDK takes such a map for an instance of a class: nothing is audited.
  return name in Object.prototype ? 'what every object of JavaScript has' : undefined
}

function timezoneRules(path: UnlocatedProblem['path'], timezone: string | undefined): UnlocatedProblem[] {
  if (timezone === undefined || isTimezone(timezone)) return []
  return [{ path, message: `unknown time zone "${timezone}"`, hint: timezoneHint(timezone) }]
}

function freezeRules(file: ConfigFile): UnlocatedProblem[] {
  const seen = new Set<string>()
  return file.freezes.flatMap((freeze, index) => {
    const path = ['freezes', index]
    const problems = timezoneRules([...path, 'timezone'], freeze.timezone)
    if (seen.has(freeze.name)) {
      problems.push({
        path: [...path, 'name'],
        message: `a second freeze named "${freeze.name}"`,
        hint: 'give each freeze a name of its own',
      })
    }
    seen.add(freeze.name)
    if (freeze.timezone === undefined && file.defaults.timezone === undefined) {
      problems.push({ path, message: 'no time zone', hint: 'add `timezone:` here or under `defaults:`' })
    }
    if (
      freeze.yearly
        ? sortable(freeze.from) === sortable(freeze.to)
        : sortable(freeze.from) >= sortable(freeze.to)
    ) {
      problems.push({
        path: [...path, 'to'],
        message: `ends at ${freeze.to}, not after its start ${freeze.from}`,
        hint: 'the end is exclusive: to freeze one day, write the next day as `to`',
      })
    }
    return problems
  })
}

/** `2026-12-25` and `2026-12-25T00:00` mean the same. */
function sortable(localTime: string): string {
  return (
    `${localTime}T00:00:00`.slice(0, 11) + (localTime.split('T')[1] ?? '').padEnd(5, '00:00').padEnd(8, ':00')
  )
}

function scheduleTimeRules(name: string, schedule: ScheduleEntry, file: ConfigFile): UnlocatedProblem[] {
  const path = ['schedules', name]
  const timezone = schedule.timezone ?? file.defaults.timezone
  const problems = timezoneRules([...path, 'timezone'], schedule.timezone)
  if (timezone === undefined) {
    problems.push({
      path,
      atKey: true,
      message: 'no time zone',
      hint: 'add `timezone:` here or under `defaults:`',
    })
  }
  return [...problems, ...startRules(path, schedule), ...expressionRules(path, schedule, timezone)]
}

function startRules(path: UnlocatedProblem['path'], { when, start }: ScheduleEntry): UnlocatedProblem[] {
  const read = start === undefined ? undefined : readInstant(start)
  if (read === undefined) return []
  if ('problem' in read)
    return [{ path: [...path, 'start'], message: `"${start}" ${read.problem}`, hint: read.hint }]
  const kind = /^(cron|at)\(/.exec(when)?.[1]
  if (kind === undefined) return []
  const hint = `remove it: a ${kind}() says itself when it fires`
  return [{ path: [...path, 'start'], message: 'only a rate() has a start', hint }]
}

function expressionRules(
  path: UnlocatedProblem['path'],
  { when, start }: ScheduleEntry,
  timezone: string | undefined,
): UnlocatedProblem[] {
  // A wrong zone, or a wrong start, is a problem already; the expression is checked all the same.
  const zone = timezone !== undefined && isTimezone(timezone) ? timezone : 'UTC'
  try {
    compile(when, zone, start === undefined ? {} : { start: 0 })
    return []
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    return [{ path: [...path, 'when'], offset: error.offset, message: error.message, hint: error.hint }]
  }
}

function secretRules(name: string, secrets: string[]): UnlocatedProblem[] {
  const hint = 'a secret rotates once an occurrence: remove one of the two'
  const names = secrets.map(secretNameOf)
  return secrets.flatMap((secret, index) =>
    names.indexOf(secretNameOf(secret)) === index
      ? []
      : [
          {
            path: ['schedules', name, 'secrets', index],
            message: `"${secret}" stands twice in this schedule`,
            hint,
          },
        ],
  )
}

/** What a list takes out of another by name is there, and named once. */
function namedOnce<Key extends string>(
  list: Record<Key, string>[],
  path: Path,
  key: Key,
  all: { name: string }[],
  what: string,
): UnlocatedProblem[] {
  const names = all.map(({ name }) => name)
  return list.flatMap((item, index) => {
    const name = item[key]
    const at = [...path, index, key]
    if (list.findIndex((other) => other[key] === name) < index) {
      return [{ path: at, message: `"${name}" stands twice here`, hint: 'remove one of the two' }]
    }
    if (names.includes(name)) return []
    const near = suggest(name, names)
    const hint = near ? `did you mean "${near}"?` : `name one of the \`${what}s:\``
    return [{ path: at, message: `no ${what} is named "${name}"`, hint }]
  })
}

function houseRules({ rules }: ConfigFile): UnlocatedProblem[] {
  return rules.flatMap(({ name, never = [] }, index) => [
    ...(rules.findIndex((other) => other.name === name) < index
      ? [
          {
            path: ['rules', index, 'name'],
            message: `a second rule named "${name}"`,
            hint: 'give each rule a name of its own',
          },
        ]
      : []),
    ...never.flatMap(({ timezone }, at) =>
      timezoneRules(['rules', index, 'never', at, 'timezone'], timezone),
    ),
  ])
}

/** Cutting the wait short without a word would surprise whoever comes with an answer. */
function approvalRules(
  name: string,
  { approval, window }: ScheduleEntry,
  { defaults }: ConfigFile,
): UnlocatedProblem[] {
  const windowSeconds = window ?? defaults.window ?? DEFAULTS.windowSeconds
  if (approval?.timeout === undefined || approval.timeout <= windowSeconds) return []
  return [
    {
      path: ['schedules', name, 'approval', 'timeout'],
      message: 'an answer would be awaited for longer than the window, after which nothing may start',
      hint: `at most the window, ${formatDuration(windowSeconds * 1_000)} here: shorten the timeout, or widen \`window\``,
    },
  ]
}

/** Canaries are secrets of the schedule, and a soak has some, and ends inside the window. */
function canaryRules(name: string, schedule: ScheduleEntry, { defaults }: ConfigFile): UnlocatedProblem[] {
  const path = ['schedules', name]
  const { secrets } = schedule
  const canary = schedule.canary ?? defaults.canary ?? 0
  if (canary === 0) {
    if (schedule.soak === undefined) return []
    const hint = 'add `canary: 1`, the first secret, or a list of which go first'
    return [{ path: [...path, 'soak'], message: 'no canary that it follows', hint }]
  }
  if (Array.isArray(canary) && Array.isArray(secrets)) {
    const strangers = canary.flatMap((one, index) =>
      secrets.some((secret) => isSameSecret(one, secret))
        ? []
        : [
            {
              path: [...path, 'canary', index],
              message: `"${one}" is none of this schedule’s secrets`,
              hint: oneOf(one, secrets),
            },
          ],
    )
    if (strangers.length > 0) return strangers
  }
  const windowSeconds = schedule.window ?? defaults.window ?? DEFAULTS.windowSeconds
  const soakSeconds = schedule.soak ?? defaults.soak ?? 0
  const all = typeof canary === 'number' && Array.isArray(secrets) && secrets.length <= canary
  if (all || soakSeconds < windowSeconds) return []
  const [soak, window] = [soakSeconds, windowSeconds].map((seconds) => formatDuration(seconds * 1_000))
  const own = (['soak', 'window', 'canary'] as const).find((key) => schedule[key] !== undefined)
  return [
    {
      path: own === undefined ? path : [...path, own],
      message: `a soak of ${soak} outlasts the window of ${window}: nothing but canaries would ever rotate`,
      hint: 'shorten `soak`, or widen `window`',
    },
  ]
}

function idleSoak({ defaults, schedules }: ConfigFile): UnlocatedProblem[] {
  const some = defaults.canary || Object.values(schedules).some(({ canary }) => canary)
  if (defaults.soak === undefined || some) return []
  const hint = 'add `canary: 1` beside it, or to a schedule'
  return [{ path: ['defaults', 'soak'], message: 'no canary that it follows', hint }]
}
