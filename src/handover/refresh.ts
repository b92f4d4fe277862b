import { CONSUMER_KINDS, type ConsumerKind } from '../model/consumers.ts'
import type { Progress, Refresh } from './ports.ts'
import { refreshAutomation } from './refresh-automation.ts'
import { refreshFunction } from './refresh-function.ts'
import { refreshService } from './refresh-service.ts'

type RefreshedKind = Exclude<ConsumerKind, 'observe'>

/**
 * Takes a consumer one step further: looks how it stands, and asks it to refresh at most once. Rejects with what may be
 * otherwise at the next step. Safe to run again after a crash at any point.
 */
const REFRESHERS: Record<RefreshedKind, (refresh: Refresh) => Promise<Progress>> = {
  ecs: refreshService,
  ssm: refreshAutomation,
  invoke: refreshFunction,
}

/** A record is read by other releases than the one that wrote it: a kind that this one does not know is left alone. */
export async function refreshOne(refresh: Omit<Refresh, 'name'>): Promise<Progress> {
  const { id } = refresh.consumer
  const kind = CONSUMER_KINDS.find((it) => id.startsWith(`${it}:`))
  if (kind === undefined || kind === 'observe')
    return { state: 'UNKNOWN', detail: 'this release knows no such kind of consumer' }
  return REFRESHERS[kind]({ ...refresh, name: id.slice(kind.length + 1) })
}
