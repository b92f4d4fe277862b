import type { Planned } from '../../schedules/plan.ts'
import type { Check } from '../check.ts'
import type { Lookup } from '../lookup.ts'

/** One schedule of the group, or the look at all of them where it failed. */
export type ScheduleFacts = { stage: string; planned: Lookup<Planned> }

/** By the plan that `tourbillon plan` shows. */
export const scheduleStands: Check<ScheduleFacts> = {
  name: 'schedule',
  severity: 'broken',
  cause: 'What EventBridge Scheduler has is what fires, whatever the config says.',
  check({ stage, planned }) {
    if ('unknown' in planned) return planned
    const it = planned.found
    const deploy = `tourbillon plan --stage ${stage} shows all of it; serverless deploy --stage ${stage}`
    switch (it.kind) {
      case 'unchanged':
        return 'fine'
      case 'foreign':
        return undefined
      case 'create':
        return {
          symptom: it.drift ? 'missing: somebody has deleted it' : 'missing: the config is not deployed',
          remedy: it.drift
            ? `a deploy of the same config does not bring it back: change the config, then ${deploy}`
            : deploy,
        }
      case 'delete':
        return {
          symptom: 'no longer in the config, and still fires',
          remedy: deploy,
          severity: 'risk',
          cause: 'Each time, a run starts that knows no such schedule.',
        }
      case 'update': {
        const disabled = it.fields.find(({ field, live }) => field === 'state' && live === 'DISABLED')
        const changes = it.fields
          .map(({ field, live, desired }) => `${field}: ${live} → ${desired}`)
          .join('; ')
        const by = it.drift ? 'changed by hand' : 'not as in the config'
        return {
          symptom: disabled ? `disabled: it does not fire (${by})` : `${by}: ${changes}`,
          remedy: it.drift
            ? `put it right by hand, or change the config and deploy: the same config again changes nothing. ${deploy}`
            : deploy,
          ...(!disabled && { severity: 'risk' as const }),
        }
      }
    }
  },
}
