import { namesOf } from '../../model/resource-names.ts'
import type { Check } from '../check.ts'
import type { StageFacts } from './facts.ts'

export const ledgerThere: Check<StageFacts> = {
  name: 'ledger',
  severity: 'broken',
  cause: 'Without the ledger no rotation can be claimed, and none starts.',
  check({ config, holds }) {
    if ('unknown' in holds) return holds
    if (holds.found) return 'fine'
    return {
      symptom: `there is no table ${namesOf(config.stage).ledgerTable} in this account and region`,
      remedy: `serverless deploy --stage ${config.stage}; if it is deployed, check account and region above`,
    }
  },
}
