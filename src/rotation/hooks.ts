import {
  HOOK_PAUSE_SECONDS,
  HOOK_TRIES,
  HOOKS,
  type Hook,
  type HookKind,
  type Hooks,
  hooksOf,
} from '../model/hooks.ts'
import type { Reason, Refusal } from '../model/reasons.ts'
import { atDoor, messageOf } from '../model/text.ts'
import { backoff } from '../steps/backoff.ts'
import type { Steps } from '../steps/steps.ts'
import type { Ports } from './ports.ts'

/** What a hook's function receives: see docs/hooks.md. It may come more than once: `rotationId` says that it did. */
export type HookEvent = {
  hook: HookKind
  rotationId: string
  schedule: string
  secret: string
  secretArn?: string | undefined
  /** Where it is, if not in the orchestrator's own account and region. */
  account?: string | undefined
  region?: string | undefined
  /** ISO instant. */
  scheduledAt: string
  trigger: string
  /** Before: which attempt it is, where that is not the first. */
  attempt?: number
  /** After: the version that is AWSCURRENT now. */
  versionId?: string
}

/** How a hook says no; anything else is a yes. */
type Answer = { ok?: unknown; reason?: unknown } | null | undefined

/** Runs the hooks of the event's kind one after the other, and ends with the first refusal. */
export async function runHooks(
  steps: Steps,
  hooks: Hooks,
  event: HookEvent,
  ports: Ports,
): Promise<Refusal | undefined> {
  for (const [index, hook] of hooksOf(hooks)[event.hook].entries()) {
    const refusal = await steps.step(
      `${event.hook} hook ${index + 1}${event.attempt === undefined ? '' : `, attempt ${event.attempt}`}`,
      ({ attempt }) => runHook(hook, event, ports, attempt),
      {
        retryStrategy: (_error, attempt) => ({
          shouldRetry: true,
          delay: { seconds: backoff(attempt, HOOK_PAUSE_SECONDS) },
        }),
      },
    )
    if (refusal) return refusal
  }
  return undefined
}

async function runHook(hook: Hook, event: HookEvent, ports: Ports, attempt: number): Promise<Refusal | null> {
  try {
    const answer = (await ports.invokeHook(hook.invoke, event, hook.timeoutSeconds * 1_000)) as Answer
    if (answer?.ok !== false) return null
    const reason: Reason = HOOKS[event.hook].refusal
    return {
      reason,
      message: `${event.hook}-hook ${hook.invoke}: ${atDoor(answer.reason ?? 'no reason given')}`,
    }
  } catch (error) {
    if (attempt < HOOK_TRIES) throw error
    const words = atDoor(messageOf(error))
    return {
      reason: 'HOOK_FAILED',
      message: `${event.hook}-hook ${hook.invoke}, after ${HOOK_TRIES} tries: ${words}`,
    }
  }
}
