import { VERIFY_PREFIX } from '../model/resource-names.ts'

/** The tag of a throw-away stack; its value is the stage's name. */
export const VERIFY_TAG = 'tourbillon:verify'

/** The tag that says until when a run may be at work, ISO: afterwards whoever runs `verify` next removes the stack. */
export const VERIFY_UNTIL_TAG = 'tourbillon:verify-until'

/** Secrets, by how their rotation goes: see functions/rotation.ts. `without`: for who may not invoke its function. */
export const CANARIES = ['ok', 'done', 'slow', 'fails', 'without'] as const

export type Canary = (typeof CANARIES)[number]

/** What a test event of ours comes from, and its detail type: no stage's rule knows it. */
export const TEST_EVENT = { source: 'tourbillon.verify', detailType: 'Verify Test' } as const

/** Names of one throw-away stack. `id`: lower-case letters and digits, 12 at most. */
export function verifyNames(id: string) {
  const stack = `${VERIFY_PREFIX}${id}`
  return {
    stack,
    rotation: `${stack}-rotation`,
    probe: `${stack}-probe`,
    probeWithout: `${stack}-probe-without`,
    seen: `${stack}-seen`,
    durable: `${stack}-durable`,
    durableToo: `${stack}-durable-too`,
    durableWaits: `${stack}-durable-waits`,
    /** What arrives, an item an arrival: key `id`. */
    table: `${stack}-arrivals`,
    /** Texts, alarms, and what Lambda gives up. */
    topic: `${stack}-told`,
    scheduleGroup: stack,
    schedulerRole: `${stack}-scheduler`,
    alarm: (end: 'failed' | 'stopped') => `${stack}-${end}-executions`,
    rule: (of: 'labels' | 'ends' | 'test') => `${stack}-${of}`,
    secret: (canary: Canary) => `${stack}-${canary}`,
  }
}

export type VerifyNames = ReturnType<typeof verifyNames>
