import { compile } from '../calendar/calendar.ts'
import { ExpressionError } from '../calendar/expression-error.ts'
import { isTimezone, suggestTimezone } from '../calendar/timezone.ts'
import { ON_DEMAND } from './names.ts'
import { type ConfigFile, SCHEDULE_NAME } from './schema.ts'
import { suggest } from './suggest.ts'

/** A broken rule: where (path of keys and indexes, and an offset inside the value), what, and what to do. */
export type Finding = {
  path: (string | number)[]
  /** Characters from the start of the value, where one part of it is to blame. */
  offset?: number
  message: string
  hint: string
  /** The finding is about the key itself, not its value. */
  atKey?: boolean
}

/** Every rule across values: what one value alone cannot tell. Empty where the config is valid. */
export function brokenRules(file: ConfigFile): Finding[] {
  return [
    ...timezoneRules(['defaults', 'timezone'], file.defaults.timezone),
    ...freezeRules(file),
    ...Object.entries(file.schedules).flatMap(([name, schedule]) => [
      ...nameRules(name),
      ...scheduleTimeRules(name, schedule, file),
      ...secretRules(name, schedule.secrets),
      ...ignoredFreezeRules(name, schedule, file),
    ]),
  ]
}

type ScheduleEntry = ConfigFile['schedules'][string]

function nameRules(name: string): Finding[] {
  if (name === ON_DEMAND) {
    const hint = 'choose another name'
    return [
      {
        path: ['schedules', name],
        atKey: true,
        message: `«${name}» is what the ledger calls rotations asked for by secret`,
        hint,
      },
    ]
  }
  if (SCHEDULE_NAME.test(name)) return []
  const hint =
    'up to 56 letters, digits, dots, hyphens and underscores, the first a letter or digit: EventBridge Scheduler’s names allow no more'
  return [{ path: ['schedules', name], atKey: true, message: `«${name}» cannot name a schedule`, hint }]
}

function timezoneRules(path: Finding['path'], timezone: string | undefined): Finding[] {
  if (timezone === undefined || isTimezone(timezone)) return []
  const near = suggestTimezone(timezone)
  const hint = near ? `did you mean ${near}?` : 'use an IANA name such as Europe/Paris, Asia/Tokyo or UTC'
  return [{ path, message: `unknown time zone «${timezone}»`, hint }]
}

function freezeRules(file: ConfigFile): Finding[] {
  const seen = new Set<string>()
  return file.freezes.flatMap((freeze, index) => {
    const path = ['freezes', index]
    const findings = timezoneRules([...path, 'timezone'], freeze.timezone)
    if (seen.has(freeze.name)) {
      findings.push({
        path: [...path, 'name'],
        message: `a second freeze named «${freeze.name}»`,
        hint: 'give each freeze a name of its own',
      })
    }
    seen.add(freeze.name)
    if (!freeze.timezone && !file.defaults.timezone) {
      findings.push({ path, message: 'no time zone', hint: 'add `timezone:` here or under `defaults:`' })
    }
    if (!freeze.yearly && freeze.from >= freeze.to) {
      findings.push({
        path: [...path, 'to'],
        message: `ends at ${freeze.to}, not after its start ${freeze.from}`,
        hint: 'the end is exclusive: to freeze one day, write the next day as `to`',
      })
    }
    return findings
  })
}

function scheduleTimeRules(name: string, schedule: ScheduleEntry, file: ConfigFile): Finding[] {
  const path = ['schedules', name]
  const timezone = schedule.timezone ?? file.defaults.timezone
  if (timezone === undefined) {
    return [{ path, message: 'no time zone', hint: 'add `timezone:` here or under `defaults:`' }]
  }
  if (!isTimezone(timezone)) {
    // An unknown default is reported once, where it stands.
    return schedule.timezone ? timezoneRules([...path, 'timezone'], schedule.timezone) : []
  }
  const start = schedule.start === undefined ? undefined : Date.parse(schedule.start)
  if (
    schedule.start !== undefined &&
    !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(schedule.start)
  ) {
    const hint = 'write an instant with its offset: 2026-01-01T00:00:00Z'
    return [{ path: [...path, 'start'], message: `«${schedule.start}» is not an instant`, hint }]
  }
  try {
    compile(schedule.when, timezone, start === undefined ? {} : { start })
    return []
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    return [{ path: [...path, 'when'], offset: error.offset, message: error.message, hint: error.hint }]
  }
}

function secretRules(name: string, secrets: string[]): Finding[] {
  return secrets.flatMap((secret, index) =>
    secrets.indexOf(secret) === index
      ? []
      : [
          {
            path: ['schedules', name, 'secrets', index],
            message: `«${secret}» stands twice in this schedule`,
            hint: 'a secret rotates once an occurrence: remove one of the two',
          },
        ],
  )
}

function ignoredFreezeRules(name: string, schedule: ScheduleEntry, file: ConfigFile): Finding[] {
  const names = file.freezes.map((freeze) => freeze.name)
  return schedule.ignoreFreezes.flatMap((ignored, index) => {
    if (names.includes(ignored.name)) return []
    const near = suggest(ignored.name, names)
    const hint = near ? `did you mean ${near}?` : 'name one of the `freezes:`'
    return [
      {
        path: ['schedules', name, 'ignoreFreezes', index, 'name'],
        message: `no freeze is named «${ignored.name}»`,
        hint,
      },
    ]
  })
}
