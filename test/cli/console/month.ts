import { calendarOf } from '../../../src/calendar/calendar.ts'
import { frozenBy } from '../../../src/calendar/freezes.ts'
import { iso } from '../../../src/calendar/iso.ts'
import type { Config, Schedule } from '../../../src/config/config.ts'
import type { Change, Claim } from '../../../src/ledger/ledger.ts'
import type { ReportedFailure, Status } from '../../../src/ledger/rotation.ts'
import { rotationIdOf } from '../../../src/rotation/identity.ts'
import { type Random, seeded } from '../../sim/random.ts'
import { DAYS, SELECTED, STAGE } from './month-config.ts'
import { ASKED, statusOf, TURNS, type Turn } from './month-events.ts'

const DAY = 86_400_000

/** One rotation of the past, as the writes that made its record. */
export type Past = {
  claim: Claim
  /** No run claimed it: the audit, or the observer, wrote down how it ended. */
  record?: Change
  takenOver?: { from: string; at: string }
  changes: { from: Status[]; change: Change; failure?: ReportedFailure }[]
}

/** When everything was held once, in the month: epoch ms. */
export function heldAll(now: number): { from: number; to: number } {
  const day = Math.floor((now - 20 * DAY) / DAY) * DAY
  return { from: day + 16 * 3_600_000 + 120_000, to: day + 21 * 3_600_000 + 2_400_000 }
}

/**
 * A month of a stage up to `now` (epoch ms), oldest first: the same every time. Chance is drawn per rotation, so that
 * another `now` moves the month and does not shuffle it.
 */
export function monthOf(config: Config, now: number): Past[] {
  const scheduled = config.schedules
    .filter(({ enabled }) => enabled)
    .flatMap((schedule) => scheduledOf(schedule, config, now))
  const asked = ASKED.map((it) => {
    const at = Math.round(now - it.days * DAY)
    const claim = claimOf(it.schedule, it.secret, at, config, `request-${it.days}`)
    const { requester = '', requestReason = '', override } = it
    const onDemand = {
      trigger: 'ON_DEMAND',
      requester,
      requestReason,
      ...(override && { override }),
    } as const
    return settledOf({ ...claim, ...onDemand }, it.turn ?? {}, at, it.turn === undefined ? 40 : 0)
  })
  const all = [...scheduled, ...asked, underWay(config, now), external(config, now)]
  return chained(all.sort((a, b) => (a.claim.scheduledAt < b.claim.scheduledAt ? -1 : 1)))
}

function scheduledOf(schedule: Schedule, config: Config, now: number): Past[] {
  const early = schedule.precision === 'second' ? 118_000 : 0
  const instants = [...calendarOf(schedule).between(now - DAYS * DAY, now + early)]
  const past = instants.filter((at) => at < now)
  return instants.flatMap((at) =>
    (schedule.select ? SELECTED : schedule.secrets).flatMap((secret) => {
      const turn = TURNS[`${secret} ${past.length - past.indexOf(at)}`] ?? {}
      const claim = claimOf(schedule.name, secret, at, config, iso(at))
      const chance = chanceOf(claim)
      const skewMs = early > 0 ? chance.between(0, 7) : chance.between(400, 58_900)
      const claimedAt = iso(early > 0 ? at - early + chance.between(100, 900) : at + skewMs - 380)
      // An early run has claimed it, and waits for the instant.
      if (at >= now) return [{ claim: { ...claim, claimedAt }, changes: [] }]
      if (turn === 'none') return []
      const barred = barredOf(schedule, config, at, now)
      if (barred) return [settledOf({ ...claim, claimedAt }, barred, at, skewMs)]
      if (turn.catchUpAfter !== undefined) {
        const late = turn.catchUpAfter * 1_000
        return [settledOf({ ...claim, trigger: 'CATCH_UP', claimedAt: iso(at + late - 700) }, turn, at, late)]
      }
      if (turn.takenOver) return [takenOver(settledOf({ ...claim, claimedAt }, turn, at, 75_000), at)]
      const approved = schedule.approval && { approvalId: 'k7q-m2f-9x1', by: 'ines@wh-admin' }
      return [settledOf({ ...claim, claimedAt, ...(approved && { approval: approved }) }, turn, at, skewMs)]
    }),
  )
}

/** By a freeze of the config, or the hold over everything. */
function barredOf(schedule: Schedule, config: Config, at: number, now: number): Turn | undefined {
  const ignored = schedule.ignoreFreezes.map(({ name }) => name)
  const freeze = frozenBy(
    config.freezes.filter(({ name }) => !ignored.includes(name)),
    at,
  )
  if (freeze) {
    const { name, reason, from, to, timezone } = freeze
    return { reason: 'FROZEN', message: `freeze «${name}» (${reason}) from ${from} to ${to}, ${timezone}` }
  }
  const { from, to } = heldAll(now)
  if (at < from || at >= to) return undefined
  const message = `mei@ops1 holds all since ${iso(from)}, until it is released: INC-4655, database failover`
  return { reason: 'HELD', message }
}

function claimOf(schedule: string, secret: string, at: number, config: Config, occasion: string): Claim {
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

function chanceOf({ rotationId }: Claim): Random {
  return seeded(Number.parseInt(rotationId.slice(0, 8), 16))
}

/** `skewMs`: of the start; what never started ends `seconds` after its instant. */
function settledOf(claim: Claim, turn: Turn, at: number, skewMs: number): Past {
  const chance = chanceOf(claim)
  const { reason, message, failure } = turn
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
    } as Change,
  }
  const durationMs = chance.chance(0.8) ? chance.between(2_000, 9_000) : chance.between(9_000, 40_000)
  const rotatedAt = startedAt + durationMs
  const ended = turn.seconds === undefined ? rotatedAt + chance.between(20, 90) : at + turn.seconds * 1_000
  const changed =
    reason && !turn.rotated ? {} : { rotatedAt: iso(rotatedAt), ...(turn.unnoted ? {} : { durationMs }) }
  const stuck = `after ${turn.seconds} s, at ${iso(ended)}, version ${claim.rotationId} was still AWSPENDING`
  const words = reason === 'PENDING_VERSION_STUCK' ? stuck : message
  const end = {
    from: ['ROTATING'] as Status[],
    change: {
      ...outcome(reason ? statusOf(reason) : 'SUCCEEDED', ended, {
        ...turn,
        ...(words && { message: words }),
      }),
      ...changed,
    },
    ...(failure && { failure: { at: iso(ended - 2_000), message: failure, final: true } }),
  }
  return { claim, changes: [start, end, ...lateOf(turn, ended)] }
}

function lateOf({ lateAfter, lateMessage }: Turn, ended: number): Past['changes'] {
  if (lateAfter === undefined) return []
  const at = iso(ended + lateAfter * 1_000)
  const change = { status: 'SUCCEEDED', late: true, rotatedAt: at, at, message: lateMessage } as const
  return [{ from: ['FAILED', 'TIMED_OUT'], change }]
}

function outcome(status: Status, ended: number, { reason, message }: Turn): Change {
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
function takenOver(past: Past, at: number): Past {
  const { executionArn } = past.claim
  return {
    ...past,
    claim: { ...past.claim, executionArn: `${executionArn}-first` },
    takenOver: { from: `${executionArn}-first`, at: iso(at + 74_000) },
  }
}

function underWay(config: Config, now: number): Past {
  const at = now - 26_000
  const claim = claimOf('on-demand', 'prod/web/signing-key', at, config, 'request-0')
  const requested = { requester: 'jun@ops2', requestReason: 'CHG-3122: last night’s has no record' }
  const change = { status: 'ROTATING', at: iso(at + 950), startedAt: iso(at + 950), skewMs: 950 } as const
  return { claim: { ...claim, trigger: 'ON_DEMAND', ...requested }, changes: [{ from: ['CLAIMED'], change }] }
}

/** What somebody did by hand in the AWS console, as the observer saw it. */
function external(config: Config, now: number): Past {
  const at = Math.floor((now - 11.4 * DAY) / 1_000) * 1_000
  const claim = claimOf('external', 'prod/reports/db', at, config, 'external')
  const seen = { ...claim, trigger: 'EXTERNAL' as const, claimedAt: iso(at + 6_200), executionArn: 'observe' }
  const message = `not by Tourbillon: somebody made version ${claim.rotationId} AWSCURRENT`
  const record = {
    ...outcome('SUCCEEDED', at + 6_200, { message }),
    rotatedAt: iso(at),
    versionId: claim.rotationId,
  }
  return { claim: seen, record, changes: [] }
}

/** Each version knows the one before it; an adopted one is that of the rotation before. */
function chained(all: Past[]): Past[] {
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
