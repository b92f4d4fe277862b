import { ConfiguredRetryStrategy } from '@smithy/core/retry'
import { pinnedRegion } from './command-stage.ts'
import { createFreshAgents } from './fresh-agent.ts'

/**
 * How SDK clients behave, in one place. The SDK waits for an answer without limit by default; its `requestTimeout` only
 * warns unless told to throw, and ends with the answer's head, so that `socketTimeout` has to end one that stalls
 * after it (@smithy/node-http-handler 4.14, and test/aws/settings.test.ts). Retry mode `standard` and never `adaptive`, whose rate
 * limiter slows every call of a client for the throttling of one. Decision 0082.
 */

/** How long a client waits. ms. */
export type Waits = {
  /** For a connection. More than a second: a first packet that gets lost is sent again after one. */
  connectMs: number
  /** For an answer, or its next part; `Infinity`: whoever calls sets the limit. */
  answerMs: number
}

export const WAITS: Waits = { connectMs: 1_500, answerMs: 4_000 }

/** Times that the SDK sends a call, by what it is for. */
const SENDINGS = {
  /** What may be sent again without anybody's asking. */
  repeatable: 3,
  /** The same for whoever has an instant to keep: pauses are short, see `PAUSE_MS`. */
  prompt: 3,
  /** A command at a terminal: it may wait while a list is throttled. */
  patient: 10,
  /** Whoever calls decides at each sending whether there shall be another. */
  once: 1,
} as const

/**
 * The first pause of a `prompt` client is up to this, the next one up to twice as long, ms. The SDK's own is up to one
 * second and then two after throttling (@smithy/core 3.41, `Retry.throttlingDelay`), where a gate has half a second.
 */
const PAUSE_MS = 100

/** Calls of one client under way at the same time; more wait for a connection, which counts as waiting for one. */
const MOST_SOCKETS = 200

/** Settings of a client; credentials and endpoint come from the environment, and the region, unless the stage has its own. */
export function settingsFor(purpose: keyof typeof SENDINGS, { connectMs, answerMs } = WAITS) {
  const limits = Number.isFinite(answerMs) && {
    requestTimeout: answerMs,
    throwOnRequestTimeout: true,
    socketTimeout: answerMs,
  }
  const region = pinnedRegion()
  return {
    ...(region !== undefined && { region }),
    maxAttempts: SENDINGS[purpose],
    retryMode: 'standard',
    ...(purpose === 'prompt' && {
      retryStrategy: new ConfiguredRetryStrategy(SENDINGS.prompt, (pause) =>
        Math.floor(Math.random() * PAUSE_MS * 2 ** (pause - 1)),
      ),
    }),
    requestHandler: {
      connectionTimeout: connectMs,
      ...limits,
      ...createFreshAgents({ maxSockets: MOST_SOCKETS }),
    },
  }
}
