import type { Freeze } from '../calendar/freezes.ts'
import type { Schedule } from '../config/config.ts'
import { DEFAULTS } from '../config/config.ts'
import { byHookKind, type Hook, hooksOf } from '../model/hooks.ts'
import { NOTIFIED_BY_DEFAULT } from '../notify/recipients.ts'

/** One key of the config whose value differs: its items, as they are written; none where it is not set. */
export type FieldChange = { field: string; before: string[]; after: string[] }

type Spelling<T> = { field: string; spell(value: T): string[] }

/** Every field there is, in the order in which a reviewer asks: the type lets none be forgotten. */
const OF_SCHEDULE: { [Key in Exclude<keyof Schedule, 'name'>]-?: Spelling<Schedule> } = {
  enabled: { field: 'enabled', spell: ({ enabled }) => [String(enabled)] },
  when: { field: 'when', spell: ({ when }) => [when] },
  timezone: { field: 'timezone', spell: ({ timezone }) => [timezone] },
  start: { field: 'start', spell: ({ start }) => some(start) },
  secrets: { field: 'secrets', spell: ({ secrets }) => secrets },
  select: {
    field: 'secrets by',
    spell: ({ select = {} }) => [
      ...some(select.prefix).map((prefix) => `prefix ${prefix}`),
      ...Object.entries(select.tags ?? {}).map(([key, value]) => `tag ${key}=${value}`),
    ],
  },
  place: {
    field: 'place',
    spell: ({ place = {} }) => [
      ...some(place.account).map((account) => `account ${account}`),
      ...some(place.region).map((region) => `region ${region}`),
      ...some(place.role).map((role) => `role ${role}`),
      ...some(place.externalId).map((id) => `externalId ${id}`),
    ],
  },
  windowSeconds: { field: 'window', spell: ({ windowSeconds }) => [duration(windowSeconds)] },
  timeoutSeconds: { field: 'timeout', spell: ({ timeoutSeconds }) => [duration(timeoutSeconds)] },
  precision: { field: 'precision', spell: ({ precision }) => [precision] },
  approval: {
    field: 'approval',
    spell: ({ approval }) =>
      approval === undefined
        ? []
        : [
            `answered within ${duration(approval.timeoutSeconds)}`,
            approval.noticeSeconds === undefined
              ? 'asked as the wave starts'
              : `asked ${duration(approval.noticeSeconds)} before`,
          ],
  },
  ...byHookKind(
    (kind): Spelling<Schedule> => ({
      field: kind,
      spell: (schedule) => hooksOf(schedule)[kind].map(hook),
    }),
  ),
  ignoreFreezes: {
    field: 'ignoreFreezes',
    spell: ({ ignoreFreezes }) => ignoreFreezes.map(({ name, reason }) => `${name}: ${reason}`),
  },
  acknowledge: {
    field: 'acknowledge',
    spell: ({ acknowledge = [] }) => acknowledge.map(({ warning, reason }) => `${warning}: ${reason}`),
  },
  changeCalendars: { field: 'changeCalendars', spell: ({ changeCalendars = [] }) => changeCalendars },
  concurrency: { field: 'concurrency', spell: ({ concurrency }) => [String(concurrency)] },
  maxErrors: { field: 'maxErrors', spell: ({ maxErrors }) => some(maxErrors).map(String) },
  maxAgeSeconds: { field: 'maxAge', spell: ({ maxAgeSeconds }) => some(maxAgeSeconds).map(duration) },
  onMissed: { field: 'onMissed', spell: ({ onMissed = 'run' }) => [onMissed] },
  notify: {
    field: 'notify',
    spell: ({ notify: { on = NOTIFIED_BY_DEFAULT, ...channels } = {} }) => [
      ...on.map((kind) => `on ${kind}`),
      ...Object.entries(channels).map(([channel, address]) => `${channel} ${address}`),
    ],
  },
}

const OF_FREEZE: { [Key in Exclude<keyof Freeze, 'name'>]-?: Spelling<Freeze> } = {
  from: { field: 'from', spell: ({ from }) => [from] },
  to: { field: 'to', spell: ({ to }) => [to] },
  timezone: { field: 'timezone', spell: ({ timezone }) => [timezone] },
  yearly: { field: 'yearly', spell: ({ yearly }) => [String(yearly)] },
  reason: { field: 'reason', spell: ({ reason }) => some(reason) },
}

/** What differs between two of one schedule; all there is where one of them is not. */
export function fieldsOf(before: Schedule | undefined, after: Schedule | undefined): FieldChange[] {
  return differing(Object.values(OF_SCHEDULE), before, after)
}

export function fieldsOfFreeze(before: Freeze | undefined, after: Freeze | undefined): FieldChange[] {
  return differing(Object.values(OF_FREEZE), before, after)
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

function differing<T>(all: Spelling<T>[], before: T | undefined, after: T | undefined): FieldChange[] {
  return all
    .map(({ field, spell }) => ({
      field,
      before: before === undefined ? [] : spell(before),
      after: after === undefined ? [] : spell(after),
    }))
    .filter((change) => JSON.stringify(change.before) !== JSON.stringify(change.after))
}

function hook({ invoke, timeoutSeconds }: Hook): string {
  return `${invoke} (timeout ${duration(timeoutSeconds)})`
}

/** As the config has it, to the second: `1h30m`. */
function duration(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ]
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join('')
}

function some<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value]
}
