import type { Hold } from '../../model/hold.ts'
import { DAY } from '../../model/time.ts'
import type { Check } from '../check.ts'

const FORGOTTEN_MS = 7 * DAY

export type HoldFacts = { stage: string; hold: Hold; now: number }

export const holdForgotten: Check<HoldFacts> = {
  name: 'hold',
  severity: 'risk',
  cause: 'Nothing that it covers rotates until it ends, and whoever placed it may have forgotten.',
  check({ stage, now, hold: { id, by, reason, placedAt, until } }) {
    const age = now - Date.parse(placedAt)
    if (until !== undefined && age <= FORGOTTEN_MS) return 'fine'
    const end = until === undefined ? 'without an end' : `until ${until}`
    return {
      symptom: `held by ${by} since ${placedAt} (${Math.floor(age / DAY)} d), ${end}: ${reason}`,
      remedy: `ask ${by}; then tourbillon release --stage ${stage} ${id}`,
    }
  },
}
