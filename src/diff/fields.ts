import type { Freeze } from '../calendar/freezes.ts'
import { DEFAULTS, type HouseRule, type Schedule } from '../config/config.ts'
import { writeDuration } from '../config/duration.ts'
import { hoursText } from '../config/house-rules/text.ts'
import type { StageSettings } from '../config/stage-settings.ts'
import { consumerId } from '../model/consumers.ts'
import { byHookKind, HOOK_KINDS, type Hook, hooksOf } from '../model/hooks.ts'
import { NOTIFIED_BY_DEFAULT } from '../notify/recipients.ts'

/** One key of the config whose value differs: its items, as they are written; none where it is not set. */
export type FieldChange = { field: string; before: string[]; after: string[] }

type Field<T> = { field: string; format(of: T): string[] }

/** The keys of a schedule in the order in which a reviewer asks; one that is not here follows. */
const ORDER: (keyof Schedule)[] = [
  ...(['enabled', 'when', 'timezone', 'start', 'secrets', 'select', 'place'] as const),
  ...([
    'windowSeconds',
    'timeoutSeconds',
    'retries',
    'precision',
    'objective',
    'approval',
    'noticeSeconds',
  ] as const),
  ...HOOK_KINDS,
  ...(['consumers', 'strategy', 'adoption'] as const),
  ...([
    'ignoreFreezes',
    'waive',
    'acknowledge',
    'changeCalendars',
    'concurrency',
    'maxErrors',
    'canary',
    'soakSeconds',
    'pauseAfter',
  ] as const),
  ...(['maxAgeSeconds', 'onMissed', 'notify', 'owner', 'description', 'runbook'] as const),
]

/** Those whose value does not say it all. */
const OF_SCHEDULE: { [Key in keyof Schedule]?: Field<Schedule> } = {
  select: {
    field: 'secrets by',
    format: ({ select = {} }) => [
      ...some(select.prefix).map((prefix) => `prefix ${prefix}`),
      ...Object.entries(select.tags ?? {}).map(([key, value]) => `tag ${key}=${value}`),
    ],
  },
  approval: {
    field: 'approval',
    format: ({ approval }) =>
      approval === undefined ? [] : [`answered within ${writeDuration(approval.timeoutSeconds)}`],
  },
  objective: {
    field: 'objective',
    format: ({ objective }) => some(objective).map((it) => `skew ${writeDuration(it.skewSeconds)}`),
  },
  noticeSeconds: {
    field: 'notice',
    format: ({ noticeSeconds = [] }) => noticeSeconds.map(writeDuration),
  },
  consumers: {
    field: 'consumers',
    format: ({ consumers = [] }) =>
      consumers.map((one) => `${consumerId(one)}${one.secrets ? ` of ${one.secrets.join(', ')}` : ''}`),
  },
  strategy: { field: 'strategy', format: ({ strategy = 'single' }) => [strategy] },
  adoption: {
    field: 'adoption',
    format: ({ adoption }) => some(adoption).map((it) => `within ${writeDuration(it.withinSeconds)}`),
  },
  ...byHookKind(
    (kind): Field<Schedule> => ({ field: kind, format: (schedule) => hooksOf(schedule)[kind].map(hook) }),
  ),
  ignoreFreezes: {
    field: 'ignoreFreezes',
    format: ({ ignoreFreezes }) => ignoreFreezes.map(({ name, reason }) => `${name}: ${reason}`),
  },
  waive: {
    field: 'waive',
    format: ({ waive = [] }) => waive.map(({ rule, reason }) => `${rule}: ${reason}`),
  },
  acknowledge: {
    field: 'acknowledge',
    format: ({ acknowledge = [] }) => acknowledge.map(({ warning, reason }) => `${warning}: ${reason}`),
  },
  onMissed: { field: 'onMissed', format: ({ onMissed = 'run' }) => [onMissed] },
  notify: {
    field: 'notify',
    format: ({ notify: { on = NOTIFIED_BY_DEFAULT, ...channels } = {} }) => [
      ...on.map((kind) => `on ${kind}`),
      ...Object.entries(channels).map(([channel, address]) => `${channel} ${address}`),
    ],
  },
}

/** As a value is written: an item each of a list, and of a map; seconds as a duration. */
function fieldOf<T extends object>(key: keyof T & string): Field<T> {
  const isDuration = key.endsWith('Seconds')
  return {
    field: key.replace(/Seconds$/, ''),
    format: (of) => {
      const value: unknown = of[key]
      if (value === undefined) return []
      if (Array.isArray(value)) return value.map(String)
      if (typeof value === 'object') return Object.entries(value ?? {}).map(([name, it]) => `${name} ${it}`)
      return [isDuration ? writeDuration(Number(value)) : String(value)]
    },
  }
}

function fieldsOfAll<T extends object>(
  order: readonly (keyof T & string)[],
  known: { [Key in keyof T]?: Field<T> },
  ...all: (T | undefined)[]
): Field<T>[] {
  const keys = new Set([...order, ...all.flatMap((one) => Object.keys(one ?? {}) as (keyof T & string)[])])
  return [...keys].filter((key) => key !== 'name').map((key) => known[key] ?? fieldOf(key))
}

const OF_FREEZE = ['from', 'to', 'timezone', 'yearly', 'reason'] as const

/** What differs between two of one schedule; all there is where one of them is not. */
export function fieldsOf(before: Schedule | undefined, after: Schedule | undefined): FieldChange[] {
  return differing(fieldsOfAll(ORDER, OF_SCHEDULE, before, after), before, after)
}

export function fieldsOfFreeze(before: Freeze | undefined, after: Freeze | undefined): FieldChange[] {
  return differing(fieldsOfAll(OF_FREEZE, {}, before, after), before, after)
}

const OF_RULE = [
  'schedules',
  'secrets',
  'maxAgeSeconds',
  'never',
  'approval',
  'owner',
  'windowSeconds',
] as const
const HOURS: Field<HouseRule> = { field: 'never', format: ({ never = [] }) => never.map(hoursText) }

export function fieldsOfRule(before: HouseRule | undefined, after: HouseRule | undefined): FieldChange[] {
  return differing(fieldsOfAll(OF_RULE, { never: HOURS }, before, after), before, after)
}

const OF_STAGE = [
  ...(['account', 'region', 'rotationFunctions', 'disposable', 'kmsKeyArn', 'permissionsBoundary'] as const),
  ...(['alertEmails', 'logRetentionInDays', 'reservedConcurrency', 'vpc'] as const),
]

export function fieldsOfStage(before: StageSettings, after: StageSettings): FieldChange[] {
  return differing(fieldsOfAll(OF_STAGE, {}, before, after), before, after)
}

/** What goes without saying of a schedule that is new: as every one is that does not say otherwise. */
export function isUsual({ field, after }: FieldChange): boolean {
  const usual = USUAL.find((it) => it.field === field)
  return JSON.stringify(usual?.after) === JSON.stringify(after)
}

const USUAL = fieldsOf(undefined, {
  ...{ name: '', when: '', timezone: '', secrets: [], ignoreFreezes: [], enabled: true },
  ...{ precision: DEFAULTS.precision, concurrency: DEFAULTS.concurrency },
  // How long it may take is always said.
  ...{ windowSeconds: 0, timeoutSeconds: 0 },
})

function differing<T>(all: Field<T>[], before: T | undefined, after: T | undefined): FieldChange[] {
  return all
    .map(({ field, format }) => ({
      field,
      before: before === undefined ? [] : format(before),
      after: after === undefined ? [] : format(after),
    }))
    .filter((change) => JSON.stringify(change.before) !== JSON.stringify(change.after))
}

function hook({ invoke, timeoutSeconds }: Hook): string {
  return `${invoke} (timeout ${writeDuration(timeoutSeconds)})`
}

function some<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value]
}
