import { createHash } from 'node:crypto'
import type { Config, Hook, Place } from './config.ts'
import type { ConfigFile } from './schema.ts'

/** What an entry gets where neither it nor `defaults:` says otherwise. */
export const DEFAULTS = {
  windowSeconds: 1_800,
  timeoutSeconds: 900,
  precision: 'minute',
  concurrency: 10,
  hookTimeoutSeconds: 120,
} as const

/** A validated file as the plain JSON that handlers read: defaults applied, freezes in full, version computed. */
export function compileConfig(stage: string, file: ConfigFile): Config {
  const { defaults } = file
  const content = {
    stage,
    freezes: file.freezes.map((freeze) => ({
      ...freeze,
      timezone: freeze.timezone ?? defaults.timezone ?? 'UTC',
    })),
    schedules: Object.entries(file.schedules).map(([name, schedule]) => {
      const windowSeconds = schedule.window ?? defaults.window ?? DEFAULTS.windowSeconds
      const { approval } = schedule
      return {
        name,
        when: schedule.when,
        timezone: schedule.timezone ?? defaults.timezone ?? 'UTC',
        ...(schedule.start !== undefined && { start: schedule.start }),
        ...(Array.isArray(schedule.secrets)
          ? { secrets: schedule.secrets }
          : { secrets: [], select: schedule.secrets }),
        place: placeOf(schedule, file),
        windowSeconds,
        timeoutSeconds: schedule.timeout ?? defaults.timeout ?? DEFAULTS.timeoutSeconds,
        precision: schedule.precision ?? defaults.precision ?? DEFAULTS.precision,
        concurrency: schedule.concurrency ?? defaults.concurrency ?? DEFAULTS.concurrency,
        maxErrors: schedule.maxErrors ?? defaults.maxErrors,
        onMissed: schedule.onMissed ?? defaults.onMissed,
        maxAgeSeconds: schedule.maxAge ?? defaults.maxAge,
        before: schedule.before.map(compileHook),
        after: schedule.after.map(compileHook),
        enabled: schedule.enabled,
        changeCalendars: someOf(schedule.changeCalendars ?? defaults.changeCalendars),
        notify: notifyOf(schedule.notify, defaults.notify),
        approval: approval && {
          timeoutSeconds: approval.timeout ?? windowSeconds,
          noticeSeconds: approval.notice,
        },
        ignoreFreezes: schedule.ignoreFreezes,
        acknowledge: someOf(schedule.acknowledge),
      }
    }),
    acknowledge: someOf(defaults.acknowledge),
  }
  // The JSON round trip leaves out what is undefined.
  const plain = JSON.parse(JSON.stringify(content)) as Omit<Config, 'version'>
  return { ...plain, version: createHash('sha256').update(JSON.stringify(plain)).digest('hex').slice(0, 12) }
}

function compileHook({
  invoke,
  timeout = DEFAULTS.hookTimeoutSeconds,
}: {
  invoke: string
  timeout?: number | undefined
}): Hook {
  return { invoke, timeoutSeconds: timeout }
}

/** Each of the two, by itself, is the schedule's or else the defaults'. */
function notifyOf(own: ConfigFile['defaults']['notify'], defaults: ConfigFile['defaults']['notify']) {
  const { on, sns } = { ...defaults, ...own }
  return on === undefined && sns === undefined ? undefined : { on, sns }
}

/** A schedule's empty list means: none, whatever the defaults say. */
function someOf<T>(items: T[] | undefined): T[] | undefined {
  return items?.length ? items : undefined
}

function placeOf({ account, region }: ConfigFile['schedules'][string], file: ConfigFile): Place | undefined {
  if (account === undefined) return region === undefined ? undefined : { region }
  const { role, externalId } = file.accounts[account] ?? {}
  return JSON.parse(JSON.stringify({ account, region, role, externalId }))
}
