import { filledIn, type Known } from './pasteable.ts'

/**
 * Every reason an outcome can carry: what it means, and what to do. The one table; docs/outcomes.md is checked against it.
 * `intended`: left out by somebody's will. That is no success, and no cause for alarm. `toldAs`: as what people are told
 * of it, besides `skipped`. Of a pause they were told with the failure that placed it.
 */
export const REASONS = {
  FROZEN: {
    status: 'SKIPPED',
    intended: true,
    toldAs: 'skipped',
    meaning: 'The instant lies in a freeze of the config.',
    remedy:
      'Nothing, if the freeze is meant. Else shorten it, or let the schedule pass with `ignoreFreezes`.',
  },
  HELD: {
    status: 'SKIPPED',
    intended: true,
    toldAs: 'skipped',
    meaning: 'An operator’s hold was in force.',
    remedy:
      'See why (`npx aws-tourbillon hold --stage STAGE --list`); release it, and rotate on demand if the window has passed.',
  },
  PAUSED: {
    status: 'SKIPPED',
    intended: false,
    toldAs: 'skipped',
    meaning: 'Its last rotations of this schedule failed, as many in a row as `pauseAfter` allows.',
    remedy:
      'Mend what they failed of, then rotate on demand (`npx aws-tourbillon run --stage STAGE --secret SECRET`): its success ends the pause. Or release it (`npx aws-tourbillon hold --stage STAGE --list` has its id).',
  },
  SKIPPED_ONCE: {
    status: 'SKIPPED',
    intended: true,
    toldAs: 'skipped',
    meaning: 'A person skipped this one occurrence (`skip`), or moved it to another instant (`move`).',
    remedy:
      'The message says who, why, and where it went. Rotate on demand if it shall happen all the same: `npx aws-tourbillon run --stage STAGE --secret SECRET`.',
  },
  CALENDAR_CLOSED: {
    status: 'SKIPPED',
    intended: true,
    toldAs: 'skipped',
    meaning: 'A Change Calendar of AWS Systems Manager was closed at the instant.',
    remedy:
      'Nothing, if that is meant. Else change the calendar, and rotate on demand if the window has passed.',
  },
  VETOED: {
    status: 'SKIPPED',
    intended: true,
    toldAs: 'skipped',
    meaning: 'A before-hook said no.',
    remedy: 'The message holds its reason. Rotate on demand once that is over.',
  },
  NOT_APPROVED: {
    status: 'SKIPPED',
    intended: true,
    toldAs: 'approval',
    meaning: 'The schedule wants a person’s go-ahead, and it was refused, or nobody gave it in time.',
    remedy:
      'The message says which. Rotate on demand (`npx aws-tourbillon run --stage STAGE --secret SECRET`) if it shall happen all the same: that waits for somebody else’s go-ahead, or `--override-approval` says why not.',
  },
  WAVE_STOPPED: {
    status: 'SKIPPED',
    intended: false,
    toldAs: 'failure',
    meaning: 'Earlier rotations of the wave went wrong, as many as `maxErrors` allows.',
    remedy: 'Mend those first, then rotate the rest on demand.',
  },
  CANARY_NOT_VERIFIED: {
    status: 'SKIPPED',
    intended: false,
    toldAs: 'failure',
    meaning: 'A canary of its wave did not succeed, so the rest of the wave was not touched.',
    remedy:
      'The message names the canary. Mend what it met, then rotate the rest on demand: `npx aws-tourbillon run --stage STAGE --secret SECRET`.',
  },
  WINDOW_CLOSED: {
    status: 'SKIPPED',
    intended: false,
    toldAs: 'missed',
    meaning: 'The rotation could not start before its window closed.',
    remedy:
      'Rotate on demand in the next maintenance window (`npx aws-tourbillon run --stage STAGE --secret SECRET`); find out what came late.',
  },
  GATE_UNREADABLE: {
    status: 'SKIPPED',
    intended: false,
    toldAs: 'failure',
    meaning:
      'Whether it may start (a hold, `maxErrors`, its own claim) could not be read from the ledger until the window left no time: a gate that cannot see is shut.',
    remedy:
      'Find out why the table could not be read (the message says what AWS answered). Meanwhile nothing rotates; node_modules/aws-tourbillon/docs/operations.md, "When the ledger cannot be read", has what can be done by hand.',
  },
  DISABLED: {
    status: 'SKIPPED',
    intended: true,
    toldAs: 'skipped',
    meaning: 'The schedule is disabled, or no longer in the config.',
    remedy: 'Set `enabled: true` and deploy, or leave it.',
  },
  NOTHING_MATCHED: {
    status: 'FAILED',
    meaning: 'A wave’s: its selector chose no secret, so there was nothing to rotate.',
    remedy:
      'Compare the schedule’s tags and prefix with the secrets’ own: a typo is enough. A secret tagged minutes ago may not be listed yet.',
  },
  SECRETS_NOT_LISTED: {
    status: 'FAILED',
    meaning:
      'A wave’s: the secrets that its selector chooses could not be listed until its window left no time.',
    remedy:
      'The message says what AWS answered: a permission (secretsmanager:ListSecrets), throttling, or the network. Then rotate on demand.',
  },
  CALENDAR_UNREADABLE: {
    status: 'FAILED',
    meaning:
      'A Change Calendar that the schedule names could not be read (until the window left no time, where that may pass), so nothing was rotated.',
    remedy:
      'The message says what to mend: its name, its content, the permission, or what kept Systems Manager from answering. Then rotate on demand; an override does not ask the calendar.',
  },
  SECRET_NOT_FOUND: {
    status: 'FAILED',
    meaning: 'No secret of that name or ARN in this account and region.',
    remedy: 'Correct the name in the config, or create the secret.',
  },
  SECRET_DELETED: {
    status: 'FAILED',
    meaning: 'The secret is scheduled for deletion.',
    remedy: 'Restore it (`aws secretsmanager restore-secret`), or take it out of the config.',
  },
  SECRET_IS_REPLICA: {
    status: 'FAILED',
    meaning: 'The secret is a replica: rotation runs in its primary region.',
    remedy: 'Name the primary region in the schedule (`region`), and deploy.',
  },
  ROTATION_NOT_CONFIGURED: {
    status: 'FAILED',
    meaning: 'The secret has no rotation function and is not managed by an AWS service.',
    remedy: 'Attach a rotation function to the secret; a native rotation interval is not needed.',
  },
  VERSION_ID_TAKEN: {
    status: 'FAILED',
    meaning:
      'A version with this rotation’s id was there before the rotation had asked for one: somebody made it under that id.',
    remedy:
      'Find out who: CloudTrail has PutSecretValue or RotateSecret with that `ClientRequestToken`. Then rotate on demand, which has another id: `npx aws-tourbillon run --stage STAGE --secret SECRET`.',
  },
  ROTATION_SWITCHED_OFF: {
    status: 'FAILED',
    meaning:
      'The secret’s rotation was switched off (`RotationEnabled: false`); a call of ours would have switched it on again.',
    remedy:
      'Ask its owner. To switch it on: `aws secretsmanager rotate-secret --secret-id NAME`, which also rotates it. Else take it out of the config.',
  },
  OLD_VERSION_PENDING: {
    status: 'FAILED',
    meaning:
      'AWSPENDING is on a version that was AWSCURRENT before: the labels or the value were changed by hand after a rotation. RotateSecret would bring that old value back over the newer one, so it was not called.',
    remedy:
      'See who changed it (CloudTrail), and that the current version can log in. Then `npx aws-tourbillon unstick --stage STAGE SECRET` removes the label, and the next rotation makes a version of its own.',
  },
  ROTATION_REFUSED: {
    status: 'FAILED',
    meaning: 'Secrets Manager refused RotateSecret.',
    remedy: 'The message holds AWS’s own words.',
  },
  ACCESS_DENIED: {
    status: 'FAILED',
    meaning:
      'A permission is missing: ours to rotate or to assume the role of another account, or Secrets Manager’s to invoke the rotation function. Or a deploy took the secret out of the config while it rotated: then the message says that its end is not known.',
    remedy:
      'Deploy again (permissions follow the config); check the rotation function’s resource policy, and for another account its role (node_modules/aws-tourbillon/docs/accounts.md).',
  },
  THROTTLED: {
    status: 'FAILED',
    meaning: 'AWS throttled every try.',
    remedy: 'Lower `concurrency`, or spread the schedules; RotateSecret allows 50 calls a second and region.',
  },
  AWS_UNAVAILABLE: {
    status: 'FAILED',
    meaning: 'AWS could not be reached, or failed, on every try.',
    remedy: 'Check AWS Health and the network; rotate on demand once it is back.',
  },
  HOOK_FAILED: {
    status: 'FAILED',
    meaning: 'A hook could not be run, or took too long.',
    remedy:
      'Read the hook function’s log. After a before-hook nothing was rotated; after an after-hook the secret is rotated (`rotatedAt`).',
  },
  VERIFICATION_FAILED: {
    status: 'FAILED',
    meaning: 'The secret is rotated, but an after-hook found that it does not work.',
    remedy: 'The message holds its reason: check the application and the database with the new password.',
  },
  PENDING_VERSION_STUCK: {
    status: 'TIMED_OUT',
    meaning: 'The rotation started, but its version was still AWSPENDING when the timeout ended.',
    remedy:
      'Read the rotation function’s log. The next rotation attempts this version again. It may hold the only copy of the live password: see `npx aws-tourbillon unstick --help` before you remove its label.',
  },
  ROTATION_ABANDONED: {
    status: 'FAILED',
    meaning:
      'The new version lost its staging label without becoming AWSCURRENT: somebody stored another value.',
    remedy: 'See who changed the secret (CloudTrail), then rotate on demand.',
  },
  ROTATION_CANCELLED: {
    status: 'FAILED',
    meaning:
      'Somebody cancelled the rotation while it ran (CancelRotateSecret), which also switched the secret’s rotation off. Its version may still be pending.',
    remedy:
      'See who (CloudTrail), and which password the database takes. `aws secretsmanager rotate-secret --secret-id NAME` switches rotation on again, and attempts the pending version again.',
  },
  ROTATION_FUNCTION_FAILED: {
    status: 'FAILED',
    meaning:
      'Secrets Manager reported that the rotation function failed, and the new version is still pending.',
    remedy:
      'Read the rotation function’s log at the step that the message names. The next rotation attempts this version again.',
  },
  ORCHESTRATOR_LOST: {
    status: 'FAILED',
    meaning: 'The run that had claimed the rotation ended without settling it: stopped, or crashed for good.',
    remedy:
      'The message says what the audit saw of the secret. See the run’s own log (`executionArn`), then rotate on demand.',
  },
  NOT_DELIVERED: {
    status: 'MISSED',
    meaning: 'Its window closed, and no run had ever started for it.',
    remedy:
      'Read the dead-letter queue, compare the schedules (`npx aws-tourbillon plan --stage STAGE`), then rotate on demand.',
  },
  WAVE_LOST: {
    status: 'MISSED',
    meaning: 'Its wave had started, but ended before this secret’s turn, and its window closed.',
    remedy: 'See why the run ended (its log, Lambda’s durable executions), then rotate on demand.',
  },
} as const satisfies Record<string, Advice & (Skipped | { status: Wrong })>

type Advice = { meaning: string; remedy: string }

type Skipped = { status: 'SKIPPED'; intended: boolean; toldAs: ToldAs }

type ToldAs = 'failure' | 'missed' | 'approval' | 'skipped'

type Wrong = 'FAILED' | 'TIMED_OUT' | 'MISSED'

export type Reason = keyof typeof REASONS

/**
 * What a record's reason means, and what to do; undefined where it has none, or one that this version does not know.
 * `known`: what its commands are about.
 */
export function adviceOn(reason: string | undefined, known: Known): Advice | undefined {
  if (reason === undefined || !(reason in REASONS)) return undefined
  const { meaning, remedy } = REASONS[reason as Reason]
  return { meaning, remedy: filledIn(remedy, known) }
}

/** Whether a rotation was left out by somebody's will: a freeze, a hold, a calendar, a veto, no go-ahead. */
export function isIntended({
  status,
  reason = '',
}: {
  status: string
  reason?: string | undefined
}): boolean {
  const known: { status: string; intended?: boolean } | undefined = REASONS[reason as Reason]
  return status === 'SKIPPED' && known?.intended === true
}

/** As what people are told of a rotation that was SKIPPED. For a reason that this version does not know: it was not meant. */
export function skippedAs(reason: string | undefined): ToldAs {
  const known: { status: string; toldAs?: ToldAs } | undefined = REASONS[reason as Reason]
  return known?.toldAs ?? 'missed'
}

/** How a rotation ended without success, as a value: `message` says what was observed. */
export type Refusal = { reason: Reason; message: string }
