/** Names of what a stage deploys, in one place: `serverless.yml`, the commands and the local AWS all use these. */
export function namesOf(stage: string) {
  const prefix = `tourbillon-${stage}`
  return {
    rotateFunction: `${prefix}-rotate`,
    /** A durable function is invoked through its alias only. */
    rotateAlias: `${prefix}-rotate:live`,
    rotateNowFunction: `${prefix}-rotateNow`,
    auditFunction: `${prefix}-audit`,
    observeFunction: `${prefix}-observe`,
    /** Only of a stage that asks who fetches. */
    readsFunction: `${prefix}-reads`,
    /** The SQS queue of CloudTrail's records of reads, for that function. */
    readsQueue: `${prefix}-reads`,
    readsDeadLetters: `${prefix}-reads-dead-letters`,
    handoverFunction: `${prefix}-handover`,
    handoverAlias: `${prefix}-handover:live`,
    ledgerTable: `${prefix}-ledger`,
    scheduleGroup: prefix,
    /** The SQS queue that takes what could not be delivered. */
    deadLetterQueue: `${prefix}-dead-letters`,
    /** The stage's own SNS topic: alarms, and texts to people. */
    alertTopic: `${prefix}-alerts`,
  }
}

/** What the names of `verify`'s throw-away stacks, and of all that is in them, begin with: no stage's do (decision 0158). */
export const VERIFY_PREFIX = 'verify-tourbillon-'

export type ResourceNames = ReturnType<typeof namesOf>

/**
 * The n-th (from 1) early companion of a schedule, inside the stage's group: `_early.orders-db`, then
 * `_early2.orders-db`. An entry's own name starts with a letter or a digit and has 56 characters at most (checked by
 * `src/config`), so that the two never collide, and both fit.
 * Source: EventBridge Scheduler API reference, names: `[0-9a-zA-Z-_.]{1,64}`.
 */
export function earlyName(schedule: string, n: number): string {
  return `_early${n === 1 ? '' : n}.${schedule}`
}

/** What our events on EventBridge come from. */
export const EVENT_SOURCE = 'tourbillon'

/** Stands for a schedule's name where single secrets were asked for. */
export const ON_DEMAND = 'on-demand'

/** Stands for a schedule's name where a secret was rotated by something other than Tourbillon. */
export const EXTERNAL = 'external'
