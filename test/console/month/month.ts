import { calendarOf } from '../../../src/calendar/calendar.ts'
import { frozenBy } from '../../../src/calendar/freezes.ts'
import type { Config, Schedule } from '../../../src/config/config.ts'
import type { Claim } from '../../../src/ledger/ledger.ts'
import { iso } from '../../../src/model/time.ts'
import { DAYS, SELECTED } from './config.ts'
import { ASKED, TURNS, type Turn } from './events.ts'
import { chained, chanceOf, claimOf, outcome, type Past, settledOf, takenOver } from './past.ts'

const DAY = 86_400_000

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
      const claim = claimOf(schedule.name, secret, at, config, iso(at))
      const { skewMs, claimedAt } = startOf(claim, at, early)
      // An early run has claimed it, and waits for the instant.
      if (at >= now) return [{ claim: { ...claim, claimedAt }, changes: [] }]
      const turn = TURNS[`${secret} ${past.length - past.indexOf(at)}`] ?? {}
      if (turn === 'none') return []
      const barred = barredOf(schedule, config, at, now)
      if (barred) return [settledOf({ ...claim, claimedAt }, barred, at, skewMs)]
      return [ranOf(schedule, { ...claim, claimedAt }, turn, at, skewMs)]
    }),
  )
}

/** `early`: how long before its instant a run begins, ms; 0: after it. */
function startOf(claim: Claim, at: number, early: number): { skewMs: number; claimedAt: string } {
  const chance = chanceOf(claim)
  const skewMs = early > 0 ? chance.between(0, 7) : chance.between(400, 58_900)
  return { skewMs, claimedAt: iso(early > 0 ? at - early + chance.between(100, 900) : at + skewMs - 380) }
}

/** What ran: at its instant, late, or after another execution's death. */
function ranOf({ approval }: Schedule, claim: Claim, turn: Turn, at: number, skewMs: number): Past {
  if (turn.catchUpAfter !== undefined) {
    const late = turn.catchUpAfter * 1_000
    return settledOf({ ...claim, trigger: 'CATCH_UP', claimedAt: iso(at + late - 700) }, turn, at, late)
  }
  if (turn.takenOver) return takenOver(settledOf(claim, turn, at, 75_000), at)
  const approved = approval && { approval: { approvalId: 'k7q-m2f-9x1', by: 'ines@wh-admin' } }
  return settledOf({ ...claim, ...approved }, turn, at, skewMs)
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
    return { reason: 'FROZEN', message: `freeze "${name}" (${reason}) from ${from} to ${to}, ${timezone}` }
  }
  const { from, to } = heldAll(now)
  if (at < from || at >= to) return undefined
  const message = `mei@ops1 holds all since ${iso(from)}, until it is released: INC-4655, database failover`
  return { reason: 'HELD', message }
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
