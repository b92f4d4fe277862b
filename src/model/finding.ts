import { type Handover, handoverLine } from './handover.ts'
import type { Rotation } from './rotation.ts'

/** Something that a person should know: a line in the log here, told to people and programs by src/notify. */
export type Finding = {
  kind:
    | 'CAUGHT_UP'
    | 'LATE_DELIVERY'
    | 'MISSED'
    | 'LOST_RUN'
    | 'LATE_SUCCESS'
    | 'OVERDUE'
    | 'NATIVE_FIRST'
    | 'NOT_AUDITED'
    | 'UNACCOUNTED'
    | 'UNKNOWN_DELIVERY'
    | 'NOTHING_MATCHED'
    | 'SECRETS_NOT_LISTED'
    | 'NOT_FETCHED'
    | 'ADOPTION_UNKNOWN'
    | 'HANDOVER'
    | 'STILL_BEHIND'
    | 'OBJECTIVE_MISSED'
  /** The same for the same finding in every run: tell a person once a key. */
  key: string
  schedule?: string
  secret?: string
  rotationId?: string
  /** What is so, in a sentence. */
  message: string
}

/** Where findings go out. */
export type NotifyFindings = (findings: Finding[]) => Promise<void>

/** Of a handover that did not go well. */
export function handoverFinding({ rotationId, schedule, secret }: Rotation, handover: Handover): Finding {
  return {
    kind: 'HANDOVER',
    key: `handover ${rotationId} ${handover.status}`,
    ...{ schedule, secret, rotationId },
    message: handoverLine(handover) ?? '',
  }
}
