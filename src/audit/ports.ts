import type { CheckProof } from '../aws/check-caller.ts'
import type { EventHistory } from '../aws/event-history.ts'
import type { Secrets } from '../aws/secrets.ts'
import type { StartExecution } from '../aws/start-execution.ts'
import type { Config } from '../config/config.ts'
import type { Approvals } from '../ledger/approvals.ts'
import type { AuditStates } from '../ledger/audit-state.ts'
import type { Callers } from '../ledger/callers.ts'
import type { Deliveries } from '../ledger/deliveries.ts'
import type { Exceptions } from '../ledger/exceptions.ts'
import type { Holds } from '../ledger/holds.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Notices } from '../ledger/notices.ts'
import type { Policies } from '../ledger/policies.ts'
import type { Proofs } from '../ledger/proofs.ts'
import type { Readers } from '../ledger/readers.ts'
import type { Requests } from '../ledger/requests.ts'
import type { Waves } from '../ledger/waves.ts'
import type { NotifyFindings } from '../model/finding.ts'
import type { SendNotice } from '../model/notice.ts'
import type { Place } from '../model/place.ts'
import type { Tolerances } from '../model/tolerances.ts'
import type { Notify } from '../rotation/notification.ts'
import type { TolerancePorts } from '../rotation/tolerances.ts'
import type { RotateRequest } from '../rotation/wave-request.ts'

/** Everything outside the audit that it touches. It never rotates by itself: it starts the orchestrator. */
export type AuditPorts = TolerancePorts & {
  config: Config
  ledger: Pick<
    Ledger,
    'get' | 'query' | 'record' | 'transition' | 'noteAdoption' | 'noteFetching' | 'endHandover'
  >
  holds: Pick<Holds, 'since' | 'covering'>
  exceptions: Pick<Exceptions, 'at'>
  waves: Pick<Waves, 'get' | 'noteGuess' | 'forgetFailure' | 'begun'>
  deliveries: Pick<Deliveries, 'since'>
  approvals: Pick<Approvals, 'get' | 'request' | 'decide' | 'pending'>
  requests: Pick<Requests, 'open' | 'move' | 'close'>
  proofs: Pick<Proofs, 'open' | 'close'>
  callers: Callers
  /** Whose a proof is that was kept. */
  checkProof: CheckProof
  policies: Policies
  notices: Notices
  states: AuditStates
  readers: Pick<Readers, 'of'>
  /** Absent where no schedule asks who fetches. */
  history?: EventHistory | undefined
  /** Secrets of this place; undefined: the orchestrator's own account and region. */
  secretsAt(place: Place | undefined): Pick<Secrets, 'list' | 'describe'>
  /** Starts the orchestrator, once for a key. */
  start: StartExecution<RotateRequest>
  startHandover?: ((rotationId: string) => Promise<unknown>) | undefined
  notify: Notify
  notifyFindings: NotifyFindings
  sendNotice: SendNotice
  /** Epoch ms. */
  now(): number
  /** Epoch ms: nothing new is begun after it, the next run goes on. */
  deadline: number
  /** When audits went on after their last absence, epoch ms: noted as a run begins. */
  backAt?: number | undefined
  /** What was seen of this account, noted as a run begins. */
  tolerances?: Tolerances
}

/** What each part of one run is given: `failed` notes what could not be looked at; nothing is found, and the next run tries again. */
export type AuditRun = AuditPorts & { failed(error: unknown): never[] }
