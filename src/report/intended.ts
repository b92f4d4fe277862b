import type { Reason } from '../model/reasons.ts'
import type { Rotation } from '../model/rotation.ts'

/** Left out by somebody's will: a freeze, a hold, a calendar, a veto, no go-ahead. No cause for alarm, and no success. */
const INTENDED: readonly string[] = [
  'FROZEN',
  'HELD',
  'CALENDAR_CLOSED',
  'VETOED',
  'NOT_APPROVED',
  'DISABLED',
] satisfies Reason[]

export function isLeftOut({ status, reason = '' }: Pick<Rotation, 'status' | 'reason'>): boolean {
  return status === 'SKIPPED' && INTENDED.includes(reason)
}
