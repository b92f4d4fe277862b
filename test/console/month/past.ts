import type { Config } from '../../../src/config/config.ts'
import type { Claim, RotationChange } from '../../../src/ledger/ledger.ts'
import { rotationIdOf } from '../../../src/model/identity.ts'
import type { ReportedFailure, Status } from '../../../src/model/rotation.ts'
import { iso } from '../../../src/model/time.ts'
import { type Random, seeded } from '../../../src/rehearse/world/random.ts'
import { STAGE } from './config.ts'
import { statusOf, type Turn } from './events.ts'

/** One rotation of the past, as the writes that made its record. */
export type Past = {
  claim: Claim
  /** No run claimed it: the audit, or the observer, wrote down how it ended. */
  record?: RotationChange
  takenOver?: { from: string; at: string }
  changes: { from: Status[]; change: RotationChange; failure?: ReportedFailure }[]
}

export function claimOf(
  schedule: string,
  secret: string,
  at: number,
  config: Config,
  occasion: string,
): Claim {
  const rotationId = rotationIdOf(schedule, secret, occasion)
  const execution = rotationIdOf('execution', schedule, occasion)
  return {
    rotationId,
    schedule,
    secret,
    secretName: secret,
    scheduledAt: iso(at),
    trigger: 'SCHEDULE',
    claimedAt: iso(at + 300),
    executionArn: `arn:aws:lambda:eu-central-1:000000000000:function:tourbillon-${STAGE}-rotate:live/durable-execution/${execution}`,
    configVersion: config.version,
  }
}

export function chanceOf({ rotationId }: Claim): Random {
  return seeded(Number.parseInt(rotationId.slice(0, 8), 16))
}

/** `skewMs`: of the start; what never started ends `seconds` after its instant. */
export function settledOf(claim: Claim, turn: Turn, at: number, skewMs: number): Past {
  const chance = chanceOf(claim)
  const { reason } = turn
  if (reason && statusOf(reason) === 'MISSED') return audited(claim, turn, at)
  const startedAt = at + skewMs
  if (reason && !turn.started) {
    const ended = Date.parse(claim.claimedAt) + Math.round((turn.seconds ?? 0.4) * 1_000)
    return { claim, changes: [{ from: ['CLAIMED'], change: outcome(statusOf(reason), ended, turn) }] }
  }
  const noted = turn.unnoted
    ? { message: 'found started: an earlier try had called RotateSecret and was interrupted' }
    : { startedAt: iso(startedAt), skewMs }
  const start = {
    from: ['CLAIMED'] as Status[],
    change: {
      status: 'ROTATING',
      at: iso(startedAt),
      ...noted,
      ...(turn.adoptsPrevious && { adopted: true }),
    } as RotationChange,
  }
  const durationMs = chance.chance(0.8) ? chance.between(2_000, 9_000) : chance.between(9_000, 40_000)
  const ended =
    turn.seconds === undefined
      ? startedAt + durationMs + chance.between(20, 90)
      : startedAt + turn.seconds * 1_000
  return {
    claim,
    changes: [start, endOf(claim, turn, { startedAt, durationMs, ended }), ...lateOf(turn, ended)],
  }
}

/** Instants: epoch ms. */
function endOf(
  { rotationId }: Claim,
  turn: Turn,
  { startedAt, durationMs, ended }: { startedAt: number; durationMs: number; ended: number },
): Past['changes'][number] {
  const { reason, message, failure } = turn
  const rotatedAt = iso(startedAt + durationMs)
  const changed = reason && !turn.rotated ? {} : { rotatedAt, ...(turn.unnoted ? {} : { durationMs }) }
  const stuck = `after ${turn.seconds} s, at ${iso(ended)}, version ${rotationId} was still AWSPENDING`
  const words = reason === 'PENDING_VERSION_STUCK' ? stuck : message
  return {
    from: ['ROTATING'],
    change: {
      ...outcome(reason ? statusOf(reason) : 'SUCCEEDED', ended, {
        ...turn,
        ...(words && { message: words }),
      }),
      ...changed,
    },
    ...(failure && { failure: { at: iso(ended - 2_000), message: failure, final: true } }),
  }
}

function lateOf({ lateAfter, lateMessage }: Turn, ended: number): Past['changes'] {
  if (lateAfter === undefined) return []
  const at = iso(ended + lateAfter * 1_000)
  const change = { status: 'SUCCEEDED', late: true, rotatedAt: at, at, message: lateMessage } as const
  return [{ from: ['FAILED', 'TIMED_OUT'], change }]
}

export function outcome(status: Status, ended: number, { reason, message }: Turn): RotationChange {
  return {
    status,
    at: iso(ended),
    settledAt: iso(ended),
    ...(reason && { reason }),
    ...(message && { message }),
  }
}

function audited(claim: Claim, turn: Turn, at: number): Past {
  const ended = at + (turn.seconds ?? 0) * 1_000
  const written = { ...claim, claimedAt: iso(ended), executionArn: 'audit' }
  return { claim: written, record: outcome('MISSED', ended, turn), changes: [] }
}

/** The early run died with its claim; the next one watched for a minute, and took it over. */
export function takenOver(past: Past, at: number): Past {
  const { executionArn } = past.claim
  return {
    ...past,
    claim: { ...past.claim, executionArn: `${executionArn}-first` },
    takenOver: { from: `${executionArn}-first`, at: iso(at + 74_000) },
  }
}

/** Each version knows the one before it; an adopted one is that of the rotation before. */
export function chained(all: Past[]): Past[] {
  const current = new Map<string, string>()
  const before = new Map<string, string>()
  const adoptable = new Map<string, string | undefined>()
  for (const { claim, record, changes } of all) {
    const { secretName, rotationId } = claim
    const start = changes.find(({ change }) => change.status === 'ROTATING')
    if (start) {
      const versionId = start.change.adopted ? before.get(secretName) : rotationId
      Object.assign(start.change, {
        secretArn: `arn:aws:secretsmanager:eu-central-1:000000000000:secret:${secretName}-a1b2c3`,
        versionId,
        previousVersionId:
          (start.change.adopted ? adoptable.get(secretName) : current.get(secretName)) ??
          rotationIdOf('before', secretName, 'the month'),
      })
    }
    before.set(secretName, rotationId)
    adoptable.set(secretName, start?.change.previousVersionId)
    if ((record ?? changes.at(-1)?.change)?.rotatedAt !== undefined) current.set(secretName, rotationId)
  }
  return all
}
