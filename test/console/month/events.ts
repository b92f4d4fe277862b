import { REASONS, type Reason } from '../../../src/model/reasons.ts'
import type { Rotation } from '../../../src/model/rotation.ts'

/** What became of a rotation other than a plain success; nothing: it went well. */
export type Turn = {
  reason?: Reason
  message?: string
  /** RotateSecret was sent before it went wrong. */
  started?: boolean
  /** The secret changed all the same. */
  rotated?: boolean
  /** From the start, or the instant, to the outcome, seconds. */
  seconds?: number
  /** Reported by Secrets Manager while it was followed. */
  failure?: string
  /** Succeeded this long after its outcome, seconds. */
  lateAfter?: number
  lateMessage?: string
  /** The orchestrator stopped between the call and its note. */
  unnoted?: boolean
  adoptsPrevious?: boolean
  takenOver?: boolean
  catchUpAfter?: number
}

const FUNCTION = 'arn:aws:lambda:eu-central-1:000000000000:function:rotate'
const FAILED_STEP = `Error when executing lambda ${FUNCTION} during testSecret step`

/**
 * By secret and how many occurrences back, 1 being the last before now; `none`: nobody wrote a record. The rest of the
 * month went well.
 */
export const TURNS: Record<string, Turn | 'none'> = {
  'prod/orders/reader 1': { reason: 'PENDING_VERSION_STUCK', started: true, seconds: 900 },
  'prod/orders/db 5': { message: 'replicas without the new value: eu-west-1: not in sync yet', seconds: 903 },
  'prod/orders/reader 12': {
    reason: 'PENDING_VERSION_STUCK',
    started: true,
    seconds: 900,
    lateAfter: 2_460,
    lateMessage: 'Secrets Manager reported its version as AWSCURRENT',
  },
  'prod/orders/db 24': { catchUpAfter: 421 },
  'prod/orders/reader 24': { catchUpAfter: 422 },
  'prod/billing/reader 1': {
    reason: 'VETOED',
    message: 'before-hook billing-batch-idle: the nightly batch still runs (job 88213, 61 % done)',
    seconds: 3,
  },
  'prod/billing/db 4': {
    reason: 'VERIFICATION_FAILED',
    message:
      'after-hook billing-login-check: login as billing_app refused by billing-db-2.internal (FATAL: password authentication failed); billing-db-1.internal accepts it',
    started: true,
    rotated: true,
    seconds: 21,
  },
  'prod/billing/reader 4': {
    reason: 'WAVE_STOPPED',
    message: '1 rotations of this wave went wrong before it was launched',
    seconds: 24,
  },
  'prod/billing/ledger 4': {
    reason: 'WAVE_STOPPED',
    message: '1 rotations of this wave went wrong before it was launched',
    seconds: 25,
  },
  'prod/partner/api-key 2': {
    reason: 'THROTTLED',
    message:
      'the last try ended in ThrottlingException: Rate exceeded. Whether a rotation had started could not be seen',
    seconds: 7_190,
  },
  'prod/partner/api-key 11': { unnoted: true },
  'prod/partner/api-key 17': {
    reason: 'ORCHESTRATOR_LOST',
    message:
      'the secret showed no version of this rotation: RotateSecret was not called, or its version was abandoned; its run was lost',
    seconds: 8_400,
  },
  'prod/partner/api-key 29': { adoptsPrevious: true },
  'prod/partner/api-key 30': {
    reason: 'ROTATION_FUNCTION_FAILED',
    message: `${FAILED_STEP}; its version was still AWSPENDING`,
    started: true,
    seconds: 34,
    failure: FAILED_STEP,
    lateAfter: 21_590,
    lateMessage: 'finished by the next rotation, which adopted its version',
  },
  'prod/web/signing-key 1': 'none',
  'prod/web/signing-key 11': { takenOver: true },
  'prod/web/signing-key 14': {
    reason: 'NOT_DELIVERED',
    message: 'no run had started when the window closed; it was not caught up in time',
    seconds: 2_160,
  },
  'prod/web/signing-key 27': {
    reason: 'AWS_UNAVAILABLE',
    message:
      'the last try ended in TimeoutError: connect ETIMEDOUT secretsmanager.eu-central-1.amazonaws.com:443. Whether a rotation had started could not be seen',
    seconds: 1_788,
  },
  'prod/reports/mailer 1': {
    reason: 'ROTATION_NOT_CONFIGURED',
    message:
      '"prod/reports/mailer": AWS answered InvalidRequestException: No Lambda rotation function ARN is associated with this secret.',
    seconds: 1,
  },
  'prod/reports/db 4': {
    reason: 'WINDOW_CLOSED',
    message: 'the window closed, and 94 s later the run came to this secret',
    seconds: 3_694,
  },
  'prod/warehouse/db 3': {
    reason: 'NOT_APPROVED',
    message: 'ines@wh-admin rejected it: the quarter’s load runs until Saturday (approval 4q8-t1z-0kd)',
    seconds: 1,
  },
  'prod/warehouse/etl 3': {
    reason: 'NOT_APPROVED',
    message: 'ines@wh-admin rejected it: the quarter’s load runs until Saturday (approval 4q8-t1z-0kd)',
    seconds: 1,
  },
  ...Object.fromEntries(
    [1, 2, 3].map((n) => [
      `prod/archive/key ${n}`,
      {
        reason: 'ACCESS_DENIED' as const,
        message:
          '"prod/archive/key": AWS answered AccessDeniedException: User: arn:aws:sts::000000000000:assumed-role/tourbillon-prod-rotate/tourbillon-prod-rotate is not authorized to perform: kms:Decrypt on the key that encrypts this secret because no resource-based policy allows it',
        seconds: 2,
      },
    ]),
  ),
}

/** What people asked for: `days` ago, by schedule or by secret alone. */
export const ASKED: (Pick<Rotation, 'secret' | 'requester'> & {
  days: number
  schedule: string
  requestReason?: string
  override?: string
  turn?: Turn
})[] = [
  {
    days: 13.4,
    schedule: 'signing-key-daily',
    secret: 'prod/web/signing-key',
    requester: 'jun@ops2',
    requestReason: 'CHG-3019: the nightly one was missed',
  },
  {
    days: 8.1,
    schedule: 'on-demand',
    secret: 'prod/payments/psp',
    requester: 'mei@ops1',
    requestReason: 'INC-4711: key seen in a screenshot sent to the acquirer',
    override: 'a leaked key does not wait for the freeze to end',
  },
  {
    days: 5.3,
    schedule: 'on-demand',
    secret: 'prod/reports/db',
    requester: 'ines@wh-admin',
    requestReason: 'CHG-3107',
  },
  {
    days: 2.6,
    schedule: 'on-demand',
    secret: 'prod/legacy/ftp',
    requester: 'mei@ops1',
    requestReason:
      'a <b>"ticket"</b> with =signs | and a very long explanation that somebody pasted from a chat: the vendor asked for a new password by phone, we called back under the number in the contract, and they confirmed',
    turn: {
      reason: 'SECRET_NOT_FOUND',
      message:
        'no secret "prod/legacy/ftp" in this account and region. AWS answered ResourceNotFoundException: Secrets Manager can’t find the specified secret.',
      seconds: 1,
    },
  },
]

export function statusOf(reason: Reason) {
  return REASONS[reason].status
}
