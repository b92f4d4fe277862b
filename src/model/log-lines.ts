/**
 * Every line of the log, and its level. The one table: who writes a line, and the metric filters, alarms and queries that
 * read it (src/deploy), go by it, so that a line that is renamed here is renamed for all of them. To be read by a person
 * is WARN; what a person must mend is ERROR.
 */
export const LOG_LINES = {
  'a consumer was left': 'WARN',
  'a run failed': 'ERROR',
  'already claimed': 'INFO',
  'already under way': 'INFO',
  'approval not counted': 'WARN',
  'approval requested': 'INFO',
  'approval settled': 'INFO',
  armed: 'INFO',
  audited: 'INFO',
  'could not announce': 'ERROR',
  'could not audit': 'ERROR',
  'could not look at the secret': 'WARN',
  'could not note a read': 'WARN',
  'could not note the delivery': 'WARN',
  'could not note the refusal': 'WARN',
  'could not pause': 'WARN',
  'could not hand over': 'WARN',
  'could not read the approval': 'WARN',
  'could not read the facts': 'WARN',
  'could not read the ledger': 'WARN',
  found: 'WARN',
  'found more': 'WARN',
  'handed over': 'INFO',
  'lost the claim': 'WARN',
  measured: 'INFO',
  'no secret matches': 'WARN',
  observed: 'INFO',
  'planned run started': 'INFO',
  'replicas left out': 'WARN',
  settled: 'INFO',
  'the wave came to nothing': 'WARN',
  'unknown delivery': 'WARN',
} as const satisfies Record<string, 'ERROR' | 'WARN' | 'INFO'>

export type LogLine = keyof typeof LOG_LINES

/** Writes one line. */
export type Log = (line: LogLine, fields: Record<string, unknown>) => void
