import type { Check } from '../check.ts'
import { liveSecret, runOf, type SecretFacts } from './facts.ts'

export const lastRotation: Check<SecretFacts> = {
  name: 'last-rotation',
  severity: 'risk',
  cause: 'What made the last rotation fail makes the next one fail too, unless somebody has mended it.',
  check(facts) {
    if ('unknown' in facts.last) return facts.last
    const last = facts.last.found
    if (!last || last.status === 'SUCCEEDED' || last.status === 'SKIPPED') return 'fine'
    const rotated = liveSecret(facts)?.LastRotatedDate
    const ended = Date.parse(last.settledAt ?? last.scheduledAt)
    if (rotated && new Date(rotated).getTime() > ended) return 'fine'
    const message = last.message === undefined ? '' : `: ${last.message}`
    return {
      symptom: `the last one, due ${last.scheduledAt}, ended ${last.status} ${last.reason ?? ''}${message}`,
      remedy: `tourbillon show --stage ${facts.stage} ${last.rotationId} says what to do; then ${runOf(facts, 'mended')}`,
    }
  },
}
