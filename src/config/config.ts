import { createHash } from 'node:crypto'
import { CONSUMER_KINDS, type Consumer } from '../model/consumers.ts'
import { byHookKind, type Hook } from '../model/hooks.ts'
import { DEFAULT_LIMITS } from '../model/limits.ts'
import type { ConfigFile } from './schema.ts'

/** What an entry gets where neither it nor `defaults:` says otherwise. */
export const DEFAULTS = {
  ...DEFAULT_LIMITS,
  precision: 'minute',
  concurrency: 10,
  hookTimeoutSeconds: 120,
} as const

/**
 * A validated, compiled configuration: plain JSON, so that it can be bundled in a function and read there without a
 * YAML parser or a validator. Durations are whole seconds; defaults are already applied. Its types follow from
 * `schema.ts`, by what is made of each value here.
 */
export type Config = ReturnType<typeof compileConfig>

/** A named entry of the config: what rotates, when. */
export type Schedule = Config['schedules'][number]

/** What a stage asks of its own schedules. */
export type HouseRule = NonNullable<Config['rules']>[number]

/** Who is notified of what. */
export type NotifyRule = NonNullable<Schedule['notify']>

/** What people may be notified of. */
export type NotifyKind = NonNullable<NotifyRule['on']>[number]

/** A person's go-ahead that a wave waits for. */
export type ApprovalRule = NonNullable<Schedule['approval']>

/** The zone of the schedule of this name; UTC where the config has none such. */
export function zoneOf(schedule: string | undefined, config: Pick<Config, 'schedules'>): string {
  return config.schedules.find(({ name }) => name === schedule)?.timezone ?? 'UTC'
}

/** A validated file as the plain JSON that handlers read: defaults applied, freezes in full, version computed. */
export function compileConfig(stage: string, file: ConfigFile) {
  const { defaults } = file
  const content = asJson({
    /** File name without its ending: `config/prod.yml` is the stage `prod`. */
    stage,
    freezes: file.freezes.map((freeze) => ({
      ...freeze,
      timezone: freeze.timezone ?? defaults.timezone ?? 'UTC',
    })),
    /** What schedules must keep to: judged as a config is validated or deployed. */
    rules: someOf(file.rules.map(compileRule)),
    schedules: Object.entries(file.schedules).map(([name, entry]) => compileSchedule(name, entry, file)),
    /** Warnings that are known and meant, whatever the schedule. */
    acknowledge: someOf(defaults.acknowledge),
  })
  const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex')
  return {
    ...content,
    /** First 12 hex digits of the SHA-256 of everything else in here: shows in logs, ledger and schedules. */
    version: hash.slice(0, 12),
  }
}

type Entry = ConfigFile['schedules'][string]

function compileRule({ maxAge, window, ...rule }: ConfigFile['rules'][number]) {
  return { ...rule, maxAgeSeconds: maxAge, windowSeconds: window }
}

function compileSchedule(name: string, entry: Entry, file: ConfigFile) {
  const { defaults } = file
  const { secrets, approval } = entry
  const windowSeconds = entry.window ?? defaults.window ?? DEFAULTS.windowSeconds
  return {
    name,
    /** Who answers for it, what it is for, and where it stands what to do: one line each. */
    owner: entry.owner ?? defaults.owner,
    description: entry.description,
    runbook: entry.runbook ?? defaults.runbook,
    /** AWS's own expression as written: `cron(…)`, `rate(…)`, `at(…)`. */
    when: entry.when,
    /** IANA name. */
    timezone: entry.timezone ?? defaults.timezone ?? 'UTC',
    /** Anchor of a `rate()`: an ISO instant. */
    start: entry.start,
    /** Secret names or ARNs, no duplicates; empty where `select` chooses. */
    secrets: Array.isArray(secrets) ? secrets : [],
    /** Chooses the secrets as each wave starts. */
    select: Array.isArray(secrets) ? undefined : secrets,
    /** Where they are, if not in the orchestrator's own account and region. */
    place: placeOf(entry, file),
    /** How long after the scheduled instant a rotation may still start. */
    windowSeconds,
    /** How long one rotation may take. */
    timeoutSeconds: entry.timeout ?? defaults.timeout ?? DEFAULTS.timeoutSeconds,
    /** How often a rotation that failed is attempted again inside its window; absent: never. */
    retries: countOf('retries', entry, defaults),
    precision: entry.precision ?? defaults.precision ?? DEFAULTS.precision,
    /** How late its rotations may begin: told where one does later. Absent: as late as the window allows. */
    objective: objectiveOf(entry, defaults),
    /** Rotations of one wave at once. */
    concurrency: entry.concurrency ?? defaults.concurrency ?? DEFAULTS.concurrency,
    /** Launch nothing more once this many rotations of a wave went wrong; absent: never stop. */
    maxErrors: entry.maxErrors ?? defaults.maxErrors,
    ...canaryOf(entry, defaults),
    /** So many failures of a secret in a row pause it in this schedule; absent: never. */
    pauseAfter: countOf('pauseAfter', entry, defaults),
    /** Whether an occurrence that nothing started is caught up inside its window. Absent: `run`. */
    onMissed: entry.onMissed ?? defaults.onMissed,
    /** A secret that was rotated longer ago is overdue, whatever the schedule; absent: none ever is. */
    maxAgeSeconds: entry.maxAge ?? defaults.maxAge,
    ...byHookKind((kind) => compileHooks(entry[kind])),
    enabled: entry.enabled,
    /** AWS Systems Manager Change Calendars, names or ARNs: nothing starts while one is closed. Absent: none. */
    changeCalendars: someOf(entry.changeCalendars ?? defaults.changeCalendars),
    /** Who is notified of what; absent: see src/notify/recipients.ts. */
    notify: notifyOf(entry.notify, defaults.notify),
    /** How long before each instant people are told, longest first; an approval is asked for at the first. Absent: not. */
    noticeSeconds: noticesOf(entry.notice, defaults.notice),
    /** A person's go-ahead that its waves wait for; absent: none. */
    approval: approval && {
      /** How long after the scheduled instant an answer is still awaited: at most the window. */
      timeoutSeconds: approval.timeout ?? windowSeconds,
    },
    /** Who uses its secrets; absent: nobody is named. */
    consumers: someOf(entry.consumers?.flatMap(compileConsumer)),
    /** Absent: `single`. */
    strategy: strategyOf(entry, defaults),
    /** Who has fetched since a rotation is watched, and told after so long; absent: not. */
    adoption: adoptionOf(entry),
    /** Freezes that this schedule rotates through, each with its reason. */
    ignoreFreezes: entry.ignoreFreezes,
    /** Rules that do not count here, each with its reason. */
    waive: someOf(entry.waive),
    /** Warnings of this schedule that are known and meant. */
    acknowledge: someOf(entry.acknowledge),
  }
}

/** 0 switches off what the defaults have. */
function countOf(
  key: 'retries' | 'pauseAfter',
  entry: Entry,
  defaults: ConfigFile['defaults'],
): number | undefined {
  const count = entry[key] ?? defaults[key]
  return count === 0 ? undefined : count
}

function adoptionOf({ adoption }: Entry) {
  return adoption && { withinSeconds: adoption.within }
}

function objectiveOf(entry: Entry, defaults: ConfigFile['defaults']) {
  const objective = entry.objective ?? defaults.objective
  return objective && { skewSeconds: objective.skew }
}

function compileConsumer(entry: NonNullable<Entry['consumers']>[number]): Consumer[] {
  const { secrets } = entry
  return CONSUMER_KINDS.flatMap((kind) => {
    const name = entry[kind]
    return name === undefined ? [] : [{ kind, name, ...(secrets && { secrets }) }]
  })
}

/** What is usual is left out, so that a release that did not know the key made the same of the same file. */
function strategyOf(entry: Entry, defaults: ConfigFile['defaults']): 'alternating' | undefined {
  return (entry.strategy ?? defaults.strategy) === 'alternating' ? 'alternating' : undefined
}

function canaryOf(entry: Entry, defaults: ConfigFile['defaults']) {
  return {
    /** How many secrets of a wave rotate first, or which: the rest waits until they have succeeded. Absent: none. */
    canary: (entry.canary ?? defaults.canary) || undefined,
    /** How long the rest waits after that. */
    soakSeconds: entry.soak ?? defaults.soak,
  }
}

/** Always there; what an earlier release compiled may lack a kind that is newer. */
function compileHooks(hooks: Entry['before']): Hook[] | undefined {
  return hooks.map(({ invoke, timeout = DEFAULTS.hookTimeoutSeconds }) => ({
    invoke,
    timeoutSeconds: timeout,
  }))
}

/** Each key, by itself, is the schedule's or else the defaults'. */
function notifyOf(own: Entry['notify'], defaults: Entry['notify']) {
  const { on, ...channels } = { ...defaults, ...own }
  const rule = { on, ...channels }
  return Object.values(rule).every((it) => it === undefined) ? undefined : rule
}

function noticesOf(own: number[] | undefined, defaults: number[] = []): number[] | undefined {
  return someOf((own ?? defaults).toSorted((a, b) => b - a))
}

/** A schedule's empty list means: none, whatever the defaults say. */
function someOf<T>(items: T[] | undefined): T[] | undefined {
  return items?.length ? items : undefined
}

function placeOf({ account, region }: Entry, { accounts }: ConfigFile) {
  if (account === undefined && region === undefined) return undefined
  const { role, externalId } = accounts[account ?? ''] ?? {}
  return { account, region, role, externalId }
}

/** A value as JSON has it: what is undefined is not there. */
type Json<T> = T extends (infer Item)[]
  ? Json<Item>[]
  : T extends object
    ? Flat<
        { [Key in keyof T as undefined extends T[Key] ? never : Key]: Json<T[Key]> } & {
          [Key in keyof T as undefined extends T[Key] ? Key : never]?: Json<Exclude<T[Key], undefined>>
        }
      >
    : T

type Flat<T> = { [Key in keyof T]: T[Key] }

function asJson<T>(value: T): Json<T> {
  return JSON.parse(JSON.stringify(value))
}
