import type { ReadCalendars } from '../aws/change-calendars.ts'
import type { CheckCaller } from '../aws/check-caller.ts'
import type { InvokeHook } from '../aws/invoke-hook.ts'
import type { Secrets } from '../aws/secrets.ts'
import type { Config } from '../config/config.ts'
import type { Approvals } from '../ledger/approvals.ts'
import type { Callers } from '../ledger/callers.ts'
import type { Deliveries } from '../ledger/deliveries.ts'
import type { Exceptions } from '../ledger/exceptions.ts'
import type { Holds } from '../ledger/holds.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Policies } from '../ledger/policies.ts'
import type { Waves } from '../ledger/waves.ts'
import type { Place } from '../model/place.ts'
import type { Tolerances } from '../model/tolerances.ts'
import type { Notify } from './notification.ts'
import type { TolerancePorts } from './tolerances.ts'

/** Everything outside the workflow that it touches; only ever from inside a step. */
export type Ports = TolerancePorts & {
  config: Config
  ledger: Pick<
    Ledger,
    'claim' | 'noteSending' | 'noteAttempts' | 'transition' | 'correct' | 'takeOver' | 'get'
  >
  holds: Pick<Holds, 'covering' | 'place' | 'release'>
  exceptions: Pick<Exceptions, 'at'>
  waves: Waves
  policies: Pick<Policies, 'get'>
  deliveries: Pick<Deliveries, 'note'>
  approvals: Pick<Approvals, 'request' | 'takeUp' | 'noteCallback' | 'decide' | 'get'>
  callers: Pick<Callers, 'get'>
  /** Whose signature a proof is. */
  checkCaller: CheckCaller
  /** In the orchestrator's own account and region. */
  secrets: Secrets
  /** In another account, region, or both. */
  secretsIn(place: Place): Secrets
  /** What AWS Systems Manager Change Calendars say: asked only where a schedule names some. */
  calendarState: ReadCalendars
  invokeHook: InvokeHook
  /** Starts handing over, once for a rotation; absent where no function does. */
  startHandover?: ((rotationId: string) => Promise<unknown>) | undefined
  notify: Notify
  /** Epoch ms. */
  now(): number
  /** Resolves at the instant (epoch ms), not before; at once where it has passed. */
  sleepUntil(instant: number): Promise<void>
  /** The durable execution, or the process, that runs the workflow: a claim belongs to it. */
  executionArn: string
  /** When this execution started (epoch ms), and so from when on a newer config may have been deployed: noted by its wave. */
  startedAt?: number
  /** What was seen of this account as it started: noted by its wave. */
  tolerances?: Tolerances
  /** The orchestrator's own qualified name, for large waves; absent where there is no durable function. */
  rotateFunction?: string
}

/** As a wave of this place has them: its secrets are there. */
export function portsAt(ports: Ports, place: Place | undefined): Ports {
  return place === undefined ? ports : { ...ports, secrets: ports.secretsIn(place) }
}

/** On the real clock. Timers may fire a little early, hence the loop. */
export async function sleepUntil(instant: number): Promise<void> {
  for (let left = instant - Date.now(); left > 0; left = instant - Date.now()) {
    await new Promise((resolve) => setTimeout(resolve, left))
  }
}
