import { cronFields, parseCron } from '../../calendar/cron.ts'
import { FIELDS } from '../../calendar/cron-field.ts'
import { wordsOf } from '../../calendar/describe.ts'
import { expressionKind } from '../../calendar/expression.ts'
import { formatDuration, formatOffset } from '../../calendar/format.ts'
import { periodOf } from '../../calendar/rate.ts'
import { offsetsOf, steadyAt } from '../../calendar/timezone-hint.ts'
import { weekdaysByName } from '../../calendar/weekday-text.ts'
import { DAY, HOUR } from '../../model/time.ts'
import { divided } from '../canary.ts'
import type { Schedule } from '../config.ts'
import { writeDuration } from '../duration.ts'
import type { ScheduleWarning } from './names.ts'

/** What is read elsewhere in another way, or looks like what it is not: seen from the text alone, whatever the date. */
export function habitsOf(schedule: Schedule): ScheduleWarning[] {
  const { when, timezone } = schedule
  const found = [
    ...(expressionKind(when) === 'cron' ? [weekdayNumbers(when), ...unevenSteps(when)] : []),
    zoneHabit(timezone, 'timezone'),
    shortWindow(schedule),
    earlyObjective(schedule),
    canaryWithoutRest(schedule),
    tooOften(when),
  ]
  return found.filter((it) => it !== undefined)
}

/** `1-5` is Monday to Friday to a crontab, Sunday to Thursday to AWS. `2-6` nobody writes by habit. */
function weekdayNumbers(when: string): ScheduleWarning | undefined {
  const [, , , , { text }] = cronFields(when)
  if (!text.split(',').some((term) => /^\d+(-\d+)?$/.test(term))) return undefined
  const [meant, elsewhere] = [weekdaysByName(text, 1), weekdaysByName(text, 0)]
  if (meant === undefined || meant === 'MON-FRI' || meant === '*' || meant === elsewhere) return undefined
  const renamed = (days: string) => {
    const written = `cron(${cronFields(when)
      .map((field, index) => (index === 4 ? days : field.text))
      .join(' ')})`
    return `${written} (${wordsOf(written).replace(/^\w/, (letter) => letter.toLowerCase())})`
  }
  const other = elsewhere === undefined ? '' : `, or ${renamed(elsewhere)} if crontab’s were meant`
  return {
    name: 'weekday-numbers',
    field: 'when',
    message: `weekday ${text} is ${meant} here: AWS counts from 1 = SUN`,
    hint: `write names: ${renamed(meant)} as it stands${other}`,
  }
}

const AGAIN: Record<string, { over: string; size: number; rate?: string }> = {
  minute: { over: 'hour', size: 60, rate: 'minutes' },
  hour: { over: 'day', size: 24, rate: 'hours' },
  'day-of-month': { over: 'month', size: 0, rate: 'days' },
  month: { over: 'year', size: 12 },
}

/** Every 14th minute is 00, 14, 28, 42, 56, and then 00 again. */
function unevenSteps(when: string): ScheduleWarning[] {
  const several = new Set(parseCron(when).times.map((time) => Math.floor(time / 60))).size > 1
  return cronFields(when).flatMap(({ text }, index) => {
    const { name = '' } = FIELDS[index] ?? {}
    const again = AGAIN[name]
    const steps = stepsOf(text, index)
    if (again === undefined || steps === undefined) return []
    // In a single hour there is no next.
    if (steps.once || (name === 'minute' && !several)) return []
    const { first, last, step } = steps
    const { size, over, rate } = again
    if (step === 1 || (size > 0 && size % step === 0)) return []
    return [
      {
        name: 'uneven-steps' as const,
        field: 'when',
        message: `${text} is no steady interval: it begins again with every ${over}, so that ${name} ${first} follows on ${last}`,
        hint: rate
          ? `for every ${step} ${rate} write rate(${step} ${rate}) and start: with its first instant`
          : 'list the months that are meant: JAN,JUN,NOV',
      },
    ]
  })
}

/** The values of a field such as `0/14`. From later on, `once`, it is a time of day and not an interval. */
function stepsOf(text: string, index: number) {
  const { min = 0, max = 0 } = FIELDS[index] ?? {}
  const [, from, every] = /^(\*|\d+)\/(\d+)$/.exec(text) ?? []
  if (from === undefined) return undefined
  const [first, step] = [from === '*' ? min : Number(from), Number(every)]
  const last = first + step * Math.floor((max - first) / step)
  return { first, last, step, once: first - min >= step || last === first }
}

/** Names that say EST, and do not do what New York does. */
const STANDING: Record<string, [place: string, standing: string]> = {
  EST: ['America/New_York', 'America/Panama'],
  MST: ['America/Denver', 'America/Phoenix'],
}

export function zoneHabit(timezone: string, field: string): ScheduleWarning | undefined {
  const [place, standing] = STANDING[timezone] ?? []
  if (place !== undefined)
    return {
      name: 'no-daylight-saving',
      field,
      message: `${timezone} is ${offsetsOf(timezone)} all year, without daylight saving`,
      hint: `write ${place} for clocks that change (${offsetsOf(place)}), ${standing} for ${timezone} as it stands`,
    }
  const [, sign, hours] = /^Etc\/GMT([+-])([1-9]\d?)$/.exec(timezone) ?? []
  if (hours === undefined) return undefined
  const east = (sign === '+' ? -1 : 1) * Number(hours)
  const places = [-east, east].flatMap((hour) => {
    const [place] = steadyAt(hour * 60)
    return place === undefined ? [] : [`${place} for ${formatOffset(hour * HOUR, 'UTC')}`]
  })
  return {
    name: 'reversed-offset',
    field,
    message: `${timezone} is ${formatOffset(east * HOUR, 'UTC')}, ${Number(hours)} h ${east < 0 ? 'behind' : 'ahead of'} UTC: the sign of these names runs the other way`,
    hint: places.length > 0 ? `write ${places.join(', ')}` : 'write a place whose clocks are meant',
  }
}

/** Scheduler starts a run within the minute: its precision is 60 s. Source: User Guide, "Schedule types". */
function shortWindow({ windowSeconds, precision }: Schedule): ScheduleWarning | undefined {
  if (windowSeconds >= 120 || precision === 'second') return undefined
  return {
    name: 'short-window',
    field: 'window',
    message: `EventBridge Scheduler may start a run up to 60 s late: of a window of ${formatDuration(windowSeconds * 1_000)} little or nothing is left`,
    hint: 'write window: 5m or more, or precision: second, which starts ahead of the instant',
  }
}

/** A punctual delivery already misses it. Source: as of a short window. */
export function isEarlyObjective({ objective, precision }: Schedule): boolean {
  return objective !== undefined && objective.skewSeconds < 60 && precision !== 'second'
}

function earlyObjective(schedule: Schedule): ScheduleWarning | undefined {
  const { objective } = schedule
  if (objective === undefined || !isEarlyObjective(schedule)) return undefined
  const skew = writeDuration(objective.skewSeconds)
  return {
    name: 'early-objective',
    field: 'objective',
    message: `EventBridge Scheduler may start a run up to 60 s late: ${objective.skewSeconds < 30 ? 'most' : 'some'} rotations will miss skew: ${skew}`,
    hint: 'write precision: second, which starts ahead of the instant, or objective: { skew: 2m } or more',
  }
}

/** Seconds that a proposed window leaves after the slowest canary. */
const ROOM_FOR_REST = 300

/** A rest that is empty, or that has no time left where a canary takes all of its own. */
function canaryWithoutRest(schedule: Schedule): ScheduleWarning | undefined {
  const { canary, soakSeconds = 0, windowSeconds, timeoutSeconds, secrets, select } = schedule
  if (canary === undefined) return undefined
  if (!select && divided(schedule, secrets).rest.length === 0) {
    if (typeof canary === 'number' && secrets.length === 1) return undefined
    const message = 'all secrets are canaries: they rotate together, and nothing waits for them'
    return { name: 'canary', field: 'canary', message, hint: 'name fewer, such as canary: 1' }
  }
  const most = timeoutSeconds + soakSeconds
  if (most < windowSeconds) return undefined
  const [timeout, soak, window] = [timeoutSeconds, soakSeconds, windowSeconds].map(writeDuration)
  const shorter = `${most + ROOM_FOR_REST > DAY / 1_000 ? 'write' : 'or'} a shorter timeout${soakSeconds > 0 ? ' or soak' : ''}`
  return {
    name: 'canary',
    field: 'canary',
    message: `a canary may take ${timeout}${soakSeconds > 0 ? ` and soaks ${soak}` : ''}: of the window of ${window} nothing is left for the rest then`,
    hint: shorter.startsWith('or')
      ? `write window: ${writeDuration(most + ROOM_FOR_REST)} or more, ${shorter}`
      : shorter,
  }
}

/** Secrets Manager removes no version younger than 24 h. Source: User Guide, quotas; API reference, PutSecretValue. */
const MOST_VERSIONS = 100
const ROOM = 10

function tooOften(when: string): ScheduleWarning | undefined {
  const kind = expressionKind(when)
  const count =
    kind === 'cron' ? parseCron(when).times.length : kind === 'rate' ? Math.ceil(DAY / periodOf(when)) : 1
  if (count <= MOST_VERSIONS - ROOM) return undefined
  const sparser = kind === 'rate' ? 'rate(20 minutes)' : 'cron(0/20 * * * ? *)'
  return {
    name: 'too-often',
    field: 'when',
    message: `${count} rotations in 24 h: Secrets Manager removes no version younger than that, and keeps about ${MOST_VERSIONS}`,
    hint: `${sparser} makes 72 a day, and leaves room for runs on demand`,
  }
}
