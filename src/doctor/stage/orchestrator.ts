import { namesOf } from '../../model/resource-names.ts'
import type { Check } from '../check.ts'
import type { StageFacts } from './facts.ts'

/** Source: Lambda Developer Guide, durable-invoking: a durable function is invoked by a qualified name only. */
export const orchestrator: Check<StageFacts> = {
  name: 'orchestrator',
  severity: 'broken',
  cause:
    'Every schedule delivers to this alias: without it nothing rotates, and Scheduler’s events are lost.',
  check({ config, orchestrator }) {
    if ('unknown' in orchestrator) return orchestrator
    const remedy = `serverless deploy --stage ${config.stage}`
    const found = orchestrator.found
    const name = namesOf(config.stage).rotateAlias
    if (!found) return { symptom: `there is no ${name} in this account and region`, remedy }
    if (found.State === 'Failed' || found.LastUpdateStatus === 'Failed') {
      const why = found.StateReason ?? found.LastUpdateStatusReason ?? 'Lambda gives no reason'
      return { symptom: `${name} is in state Failed: ${why}`, remedy }
    }
    if (!found.DurableConfig)
      return {
        symptom: `${name} is not a durable function`,
        remedy: `${remedy}, under a new name or after removal`,
      }
    return 'fine'
  },
}
