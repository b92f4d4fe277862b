import { namesOf } from '../../model/resource-names.ts'
import type { Check } from '../check.ts'
import type { StageFacts } from './facts.ts'

export const deadLetters: Check<StageFacts> = {
  name: 'dead-letters',
  severity: 'risk',
  cause:
    'In it is what Scheduler could not deliver inside the window, or Lambda gave up: each is an occurrence that came late or not at all.',
  check({ config, deadLetters }) {
    if ('unknown' in deadLetters) return deadLetters
    const queue = namesOf(config.stage).deadLetterQueue
    const count = deadLetters.found
    if (count === undefined)
      return {
        symptom: `there is no queue ${queue}`,
        remedy: `serverless deploy --stage ${config.stage}`,
        cause: 'What Scheduler cannot deliver is lost without a trace.',
      }
    if (count === 0) return 'fine'
    return {
      symptom: `${count} ${count === 1 ? 'message' : 'messages'} in ${queue}`,
      remedy:
        'read their attributes ERROR_CODE and SCHEDULE_ARN, mend the cause, see tourbillon status for what was missed, then purge the queue',
    }
  },
}
