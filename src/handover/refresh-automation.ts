import { mayHaveHadEffect } from '../aws/refusal.ts'
import { refreshTokenOf } from '../model/identity.ts'
import type { Progress, Refresh } from './ports.ts'

/** Source: Systems Manager API reference, AutomationExecution: 19 statuses. */
const GOOD = ['Success', 'CompletedWithSuccess']
const BAD = [
  ...['Failed', 'TimedOut', 'Cancelled', 'Rejected', 'CompletedWithFailure', 'Exited'],
  'ChangeCalendarOverrideRejected',
]

/** A Systems Manager runbook: started once, by a token of this rotation and consumer, and followed to its end. */
export async function refreshAutomation(refresh: Refresh): Promise<Progress> {
  const { name, rotation, consumer, ports } = refresh
  if (consumer.follows !== undefined) return look(consumer.follows, refresh)
  if (!(await refresh.mayAsk())) return { state: 'REFRESHING', detail: 'somebody else has asked for it' }
  try {
    const token = refreshTokenOf(rotation.rotationId, consumer.id)
    const started = await ports.automations.start(name, token)
    if ('execution' in started)
      return { state: 'REFRESHING', follows: started.execution, detail: `execution ${started.execution}` }
    // Of a token that was sent before, a refusal may mean that the runbook has been started.
    const before = (consumer.sent ?? 0) > 0
    return { state: before ? 'UNKNOWN' : 'FAILED', detail: started.refused }
  } catch (error) {
    if (!mayHaveHadEffect(error)) throw Object.assign(error as object, { unasked: true })
    return { state: 'REFRESHING', detail: 'its runbook was started, and the answer got lost' }
  }
}

async function look(execution: string, { ports }: Refresh): Promise<Progress> {
  const seen = await ports.automations.look(execution)
  if ('refused' in seen) return { state: 'UNKNOWN', detail: seen.refused }
  const detail = [`execution ${execution}`, seen.status, seen.message].filter(Boolean).join(': ')
  if (GOOD.includes(seen.status)) return { state: 'FRESH', detail }
  return { state: BAD.includes(seen.status) ? 'FAILED' : 'REFRESHING', detail }
}
