import { SILENT_MS } from '../../ledger/audit-state.ts'
import { MINUTE } from '../../model/time.ts'
import type { Check } from '../check.ts'
import type { StageFacts } from './facts.ts'

export const auditAlive: Check<StageFacts> = {
  name: 'audit',
  severity: 'risk',
  cause: 'The audit finds what did not happen: while it is silent, nothing that is missed is noticed.',
  check({ audit, config, now }) {
    if ('unknown' in audit) return audit
    // No table: the check of the ledger says it.
    if (!audit.found) return undefined
    const { ranAt } = audit.found.state ?? {}
    const remedy = `look at the function tourbillon-${config.stage}-audit: its log, its rule, its errors`
    if (ranAt === undefined) return { symptom: 'it has never run', remedy }
    const silent = now - Date.parse(ranAt)
    if (silent <= SILENT_MS) return 'fine'
    return { symptom: `it ran last at ${ranAt}, ${Math.floor(silent / MINUTE)} minutes ago`, remedy }
  },
}
