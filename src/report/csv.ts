import { arnOf } from '../model/caller.ts'
import type { Rotation } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import type { Line, Unrecorded } from './evidence.ts'

/** What a spreadsheet may take for a formula. */
const FORMULA = /^[\s\p{Default_Ignorable_Code_Point}]*[=+\-@＝＋－＠]|^[\t\r]/u

/** The columns, with what a rotation has in each. Names are snake_case of the ledger's. */
const COLUMNS: [
  string,
  (rotation: Rotation & { movedTo?: string }) => string | number | boolean | undefined,
][] = [
  ['scheduled_at', (it) => it.scheduledAt],
  ['schedule', (it) => it.schedule],
  ['secret', (it) => it.secretName],
  ['trigger', (it) => it.trigger],
  ['status', (it) => it.status],
  ['reason', (it) => it.reason],
  ['message', (it) => it.message],
  ['claimed_at', (it) => it.claimedAt],
  ['started_at', (it) => it.startedAt],
  ['rotated_at', (it) => it.rotatedAt],
  ['settled_at', (it) => it.settledAt],
  ['skew_ms', (it) => it.skewMs],
  ['duration_ms', (it) => it.durationMs],
  ['late', (it) => it.late],
  ['adopted', (it) => it.adopted],
  ['requester', (it) => it.requester],
  ['request_reason', (it) => it.requestReason],
  ['override', (it) => it.override],
  ['approved_by', (it) => it.approval?.by],
  ['rotation_id', (it) => it.rotationId],
  ['version_id', (it) => it.versionId],
  ['previous_version_id', (it) => it.previousVersionId],
  ['secret_arn', (it) => it.secretArn],
  ['execution_arn', (it) => it.executionArn],
  ['config_version', (it) => it.configVersion],
  // Absent: one, of a schedule without retries.
  ['attempts', (it) => it.attempts?.length],
  ['requester_arn', ({ caller }) => arnOf(caller)],
  ['override_approval', (it) => it.overrideApproval],
  ['approver_arn', ({ approval }) => arnOf(approval?.caller)],
  ['moved_from', (it) => it.moved?.from],
  // Of a report alone: a record does not say so.
  ['moved_to', (it) => it.movedTo],
  ['objective_seconds', (it) => it.limits?.objectiveSkewSeconds],
]

export const CSV_HEADER = csvLine(COLUMNS.map(([name]) => name))

/** One rotation as a line (RFC 4180, CRLF), under `CSV_HEADER`. */
export function csvOf(rotation: Rotation & { movedTo?: string }): string {
  return csvLine(COLUMNS.map(([, cell]) => cell(rotation)))
}

/** A line of evidence, under `CSV_HEADER`: without a record the status is `NO_RECORD`, which the ledger does not have. */
export function csvOfLine(line: Line): string {
  if ('rotation' in line) {
    const { rotation, movedTo } = line
    return csvOf({ ...rotation, ...(movedTo !== undefined && { movedTo }) })
  }
  const { schedule, secretName = '', at, moved } = line.unrecorded
  return csvOfAbsent({
    scheduled_at: iso(at),
    ...{ schedule, secret: secretName, trigger: 'SCHEDULE', status: 'NO_RECORD' },
    message: noRecordText(line.unrecorded),
    ...(moved && { moved_from: moved.from }),
  })
}

/** A secret under policy without a single line, so that each is in the file. */
export function csvOfSecret(secret: string, schedules: string[]): string {
  const message = 'under policy; nothing was due or recorded in the period'
  return csvOfAbsent({ schedule: schedules.join(' '), secret, status: 'NOTHING_DUE', message })
}

export function noRecordText({ otherVersion, why, moved }: Unrecorded): string {
  if (why !== undefined) return `nothing was rotated: ${why}`
  if (moved) return `moved here from ${moved.from}, and not in the ledger`
  return otherVersion === undefined
    ? 'due by the calendar, and not in the ledger'
    : `due by the calendar, and not in the ledger; the occurrence ran under config ${otherVersion}, which may not have had this secret`
}

function csvOfAbsent(cells: Record<string, string>): string {
  return csvLine(COLUMNS.map(([name]) => cells[name]))
}

function csvLine(cells: (string | number | boolean | undefined)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

/**
 * Quoted where RFC 4180 wants it. A text that a spreadsheet would run as a formula gets an apostrophe in front: people
 * write reasons, and a report is opened by others (OWASP, "CSV Injection"; full-width signs count in East Asian
 * locales). What cannot be seen in front of a sign may be cut off by whoever reads it.
 */
function csvCell(value: string | number | boolean | undefined): string {
  if (typeof value !== 'string') return value === undefined ? '' : String(value)
  const text = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
