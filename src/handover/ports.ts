import type { Automations } from '../aws/automations.ts'
import type { EcsServices } from '../aws/ecs-services.ts'
import type { InvokeHook } from '../aws/invoke-hook.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { NotifyFindings } from '../model/finding.ts'
import type { ConsumerRefresh, ConsumerState } from '../model/handover.ts'
import type { Log } from '../model/log-lines.ts'
import type { Rotation } from '../model/rotation.ts'

/** Everything outside a handover that it touches; only ever from inside a step. */
export type HandoverPorts = {
  ledger: Pick<Ledger, 'get' | 'query' | 'noteConsumer' | 'endHandover'>
  services: EcsServices
  automations: Automations
  invoke: InvokeHook
  notifyFindings: NotifyFindings
  log: Log
  /** Epoch ms. */
  now(): number
}

/** What one look at a consumer, or one call about it, comes to. */
export type Progress = { state: ConsumerState; detail: string } & Partial<ConsumerRefresh>

export type Refresh = {
  /** What its kind calls it. */
  name: string
  rotation: Rotation
  consumer: ConsumerRefresh
  /** Notes that it is asked to refresh, before it is. False: somebody else has, or the handover is over; then it must not be. */
  mayAsk(): Promise<boolean>
  ports: HandoverPorts
}
