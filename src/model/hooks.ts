/**
 * The kinds of hooks, by what the config, a wave and a hook's event call them. `during`: the status of its rotation while
 * it runs, and so what it delays, the start or the outcome. `refusal`: the reason of a rotation that it says no to. Where
 * a kind runs stands in `rotateSecret`; all else goes by this table.
 */
export const HOOKS = {
  before: {
    during: 'CLAIMED',
    refusal: 'VETOED',
    description: 'hooks that run before each rotation and may veto it',
  },
  after: {
    during: 'ROTATING',
    refusal: 'VERIFICATION_FAILED',
    description: 'hooks that run after each rotation',
  },
} as const

export type HookKind = keyof typeof HOOKS

export const HOOK_KINDS = Object.keys(HOOKS) as HookKind[]

/** A Lambda function of the user's. */
export type Hook = {
  /** Function name, ARN, or either with an alias. */
  invoke: string
  timeoutSeconds: number
}

/** Hooks by their kinds, in the order in which they run. What an earlier release wrote may lack a kind that is newer. */
export type Hooks = { [Kind in HookKind]?: Hook[] | undefined }

/** Most that the hooks of each kind may take in all: `beforeSeconds`, `afterSeconds`. Absent or zero: there are none. */
export type HookLimits = { [Kind in HookKind as `${Kind}Seconds`]?: number }

/** Tries of one hook, the first included. */
export const HOOK_TRIES = 3

/** Most between two tries, seconds; also for the execution to wake up in. */
export const HOOK_PAUSE_SECONDS = 30

/** Something for each kind. */
export function byHookKind<T>(make: (kind: HookKind) => T): Record<HookKind, T> {
  return Object.fromEntries(HOOK_KINDS.map((kind) => [kind, make(kind)])) as Record<HookKind, T>
}

/** The hooks of something that has others things too; an empty list where it has none of a kind. */
export function hooksOf(given: Hooks): Record<HookKind, Hook[]> {
  return byHookKind((kind) => given[kind] ?? [])
}

export function allHooks(given: Hooks): Hook[] {
  return Object.values(hooksOf(given)).flat()
}

/**
 * Most seconds that hooks may take, one after the other, with their tries and pauses. The one answer to that question: it
 * is noted on the record at the claim, and whoever waits for a rotation, or judges its run, reads it there.
 */
export function hookLimitsOf(given: Hooks): HookLimits {
  return limitsBy((kind) => {
    const hooks = given[kind] ?? []
    return hooks.reduce((sum, hook) => sum + HOOK_TRIES * (hook.timeoutSeconds + HOOK_PAUSE_SECONDS), 0)
  })
}

/** The longest of each kind. */
export function longestHookLimits(all: HookLimits[]): HookLimits {
  return limitsBy((kind) => Math.max(...all.map((limits) => limits[`${kind}Seconds`] ?? 0)))
}

/** Most that those hooks take which run while a rotation has this status. */
export function hookSecondsDuring(status: (typeof HOOKS)[HookKind]['during'], limits: HookLimits): number {
  const kinds = HOOK_KINDS.filter((kind) => HOOKS[kind].during === status)
  return kinds.reduce((sum, kind) => sum + (limits[`${kind}Seconds`] ?? 0), 0)
}

function limitsBy(secondsOf: (kind: HookKind) => number): HookLimits {
  return Object.fromEntries(HOOK_KINDS.map((kind) => [`${kind}Seconds`, secondsOf(kind)])) as HookLimits
}
