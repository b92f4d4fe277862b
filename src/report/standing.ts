import { formatDuration } from '../calendar/format.ts'
import { freezesKept, frozenBy, intervalsOf } from '../calendar/freezes.ts'
import { zoneWarning } from '../calendar/zone-warning.ts'
import type { Config, Schedule } from '../config/config.ts'
import { HORIZON_MS } from '../config/warnings/subject.ts'
import type { Approval } from '../ledger/approvals.ts'
import { type AdoptionFound, type AuditState, SILENT_MS, type StillBehind } from '../ledger/audit-state.ts'
import type { UnknownDelivery } from '../ledger/deliveries.ts'
import type { Exception } from '../model/exception.ts'
import { isUnwell } from '../model/handover.ts'
import { bindingOn, type Hold, isInForce, scopesOver } from '../model/hold.ts'
import { limitsIn, nextDue } from '../model/limits.ts'
import { type Missed, missedIn } from '../model/objective.ts'
import { commandFor, deployCommand, type StageOption } from '../model/pasteable.ts'
import { isIntended } from '../model/reasons.ts'
import type { Rotation } from '../model/rotation.ts'
import { DAY, iso } from '../model/time.ts'
import { type AwsFacts, awsFactsOf } from './aws-facts.ts'
import { type DuePolicy, policiesOf } from './due.ts'
import type { Unrecorded } from './evidence.ts'
import { oldLoginOf, oldLoginText, type ToCome } from './old-login.ts'
import { type Ages, agesOf } from './overdue.ts'
import { type PlannedRun, plannedRunsOf } from './planned.ts'
import { type Adopted, endOf, type Readings } from './readings.ts'

/** How a stage stands at one moment. */
export type Standing = {
  /** Occurrences to come, soonest first: one of each schedule at least, if it has any. */
  next: Next[]
  /** Runs on demand that are planned, and occurrences that were moved, soonest first. */
  planned: (PlannedRun & { held: Hold[] })[]
  underWay: UnderWay[]
  /** Of the last 24 hours: what went wrong, what was left out by rule, and what the ledger should have and has not. */
  wrong: Wrong[]
  skipped: Rotation[]
  unrecorded: Unrecorded[]
  /** Waves that wait for a person's go-ahead. */
  approvals: Approval[]
  holds: Hold[]
  /** Occurrences to come that people have skipped or moved. */
  exceptions: Exception[]
  freezes: { name: string; reason?: string; timezone: string; from: number; to: number; now: boolean }[]
  ages: Ages
  /** Deliveries of the last 24 hours for instants that the calendar does not know. */
  unknownDeliveries: UnknownDelivery[]
  /** Schedules some of whose occurrences in the next 400 days this Node's zone data put elsewhere. */
  moved: { schedule: string; at: number; elsewhere: number | null; message: string }[]
  awsFacts: AwsFacts
  /** What has rotated and was not seen to be fetched by all, as the audit found in the last day. */
  adoptions: AdoptionFound[]
  /** What rotates again within half a day while somebody is known to be behind, as the audit found within the hour. */
  behind: StillBehind[]
  /** Of the last 24 hours: occurrences of which some began later than their objective, the latest first. */
  objectives: Missed[]
  /** Of the last 24 hours: handed over in part or not at all, with no later handover of that secret. */
  handovers: Rotation[]
  /** Of those two, by rotation: whether the login of before works still, and until when. In words. */
  oldLogins: Record<string, string>
  /** Why what is said here is not what happens: nothing watches the stage (`since`: ISO), or another config is deployed. */
  unwatched?: { message: string; command: string; since?: string }
}

/** `skipped`: by a person. */
export type Next = { schedule: Schedule; at: number; frozen?: string; held: Hold[]; skipped?: Exception }

/** `late`: it should have its outcome by now. */
export type UnderWay = { rotation: Rotation; late: boolean }

/** `mended`: the same secret has succeeded since. */
export type Wrong = { rotation: Rotation; mended: boolean }

/** For an outcome to be written in. */
const GRACE = 120_000

/** A stage is in order where nobody has to do anything, as far as that is known. Decision 0066. */
export function isInOrder(standing: Standing): boolean {
  return newsOf(standing).length === 0
}

/** What is not in order, in a few words each: `2 went wrong`. */
export function newsOf({
  wrong,
  underWay,
  unrecorded,
  ages,
  unwatched,
  holds,
  handovers,
}: Standing): string[] {
  const counts: [number, string][] = [
    [wrong.filter(({ mended }) => !mended).length, 'went wrong'],
    [handovers.length, 'not handed over'],
    [unrecorded.length, 'without a record'],
    [underWay.filter(({ late }) => late).length, 'under way for too long'],
    [holds.filter(({ kind }) => kind === 'pause').length, 'paused'],
    [ages.overdue.length + ages.more, 'overdue'],
  ]
  return [
    ...(unwatched === undefined ? [] : ['not watched']),
    ...counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`),
    ...(ages.unknown === undefined ? [] : ['ages not known']),
  ]
}

/** `stage`: as commands name it. */
export function standingOf(
  config: Config,
  readings: Readings,
  now: number,
  count: number,
  stage: StageOption | string = config.stage,
): Standing {
  const { settled, unsettled, unrecorded, approvals, holds, exceptions, planned, unknownDeliveries } =
    readings
  const unwatched = unwatchedBy(readings.audit, config, now, stage)
  // What has a record is under way, and no longer to come.
  const begun = new Set([...unsettled, ...settled].map((it) => it.moved?.id ?? it.requestId))
  const runs = plannedRunsOf(planned, config).filter(
    ({ requestId, started }) => !started || !begun.has(requestId),
  )
  const handovers = settled.filter((it) => isUnwell(it.handover) && !isHandedOverAgain(it, settled))
  const isWrong = (it: Rotation) => it.status !== 'SUCCEEDED' && !isIntended(it)
  const succeeded = settled.filter(({ status, trigger }) => status === 'SUCCEEDED' || trigger === 'EXTERNAL')
  return {
    next: nextOf(config, { holds, exceptions }, now, count),
    planned: runs.map((run) => ({
      ...run,
      held: holdsOver(
        { name: run.schedule, secrets: run.secrets, trigger: run.movedFrom ? 'SCHEDULE' : 'ON_DEMAND' },
        holds,
        run.at,
      ),
    })),
    underWay: unsettled
      .map((rotation) => ({ rotation, late: nextDue(rotation, limitsIn(rotation, config)) + GRACE < now }))
      .sort((a, b) => (a.rotation.scheduledAt < b.rotation.scheduledAt ? -1 : 1)),
    wrong: settled.filter(isWrong).map((rotation) => ({
      rotation,
      mended: succeeded.some(
        (it) => it.secretName === rotation.secretName && (it.rotatedAt ?? '') > endOf(rotation),
      ),
    })),
    skipped: settled.filter(isIntended),
    unrecorded,
    approvals,
    holds,
    exceptions,
    freezes: freezesOf(config, now),
    ages: agesOf(config, readings.audit, settled, now),
    unknownDeliveries,
    moved: movedIn(config, now),
    awsFacts: awsFactsOf(readings.awsFacts),
    adoptions: (readings.audit?.adoptions ?? []).filter(({ adoption }) => adoption.at >= iso(now - DAY)),
    behind: (readings.audit?.behind ?? []).filter(
      (it) =>
        it.at > iso(now) &&
        !exceptions.some(({ schedule, scheduledAt }) => schedule === it.by && scheduledAt === it.at),
    ),
    objectives: missedIn(settled).sort((a, b) => (a.scheduledAt > b.scheduledAt ? -1 : 1)),
    handovers,
    oldLogins: oldLoginsOf(
      [
        ...(readings.adopted ?? []),
        ...handovers.map((rotation) => ({
          rotation,
          others: [...settled, ...unsettled].filter((it) => it.secretName === rotation.secretName),
        })),
      ],
      config,
      { planned: runs, exceptions },
      now,
    ),
    ...(unwatched !== undefined && { unwatched }),
  }
}

function oldLoginsOf(all: Adopted[], config: Config, toCome: ToCome, now: number): Standing['oldLogins'] {
  return Object.fromEntries(
    all.flatMap(({ rotation, others }) => {
      const old = oldLoginOf(rotation, others, config, toCome, now)
      return old === undefined ? [] : [[rotation.rotationId, oldLoginText(old, now)]]
    }),
  )
}

function isHandedOverAgain({ secretName, rotatedAt = '' }: Rotation, settled: Rotation[]): boolean {
  return settled.some(
    (it) => it.handover !== undefined && it.secretName === secretName && (it.rotatedAt ?? '') > rotatedAt,
  )
}

/** A stage that was removed, or never deployed, has nothing wrong and much to come: its audit's last sign tells. */
function unwatchedBy(
  audit: AuditState | undefined,
  { stage, version }: Config,
  now: number,
  named: StageOption | string,
) {
  const deploy = deployCommand(stage)
  if (audit === undefined) {
    const message =
      'The audit has never run here, so nothing is known to be deployed. It runs within five minutes of a deploy.'
    return { message, command: deploy }
  }
  const silent = now - Date.parse(audit.ranAt)
  if (silent > SILENT_MS) {
    const message = `The audit ran last ${formatDuration(silent)} ago: the stage was removed, or its audit fails. Nothing that is missed is noticed.`
    return { message, command: commandFor(named, 'doctor'), since: audit.ranAt }
  }
  if (audit.configVersion === undefined || audit.configVersion === version) return undefined
  const message = `Config ${audit.configVersion} is deployed, and this file is ${version}: what comes next here is not what runs.`
  return { message, command: deploy }
}

/** What is soonest, in `count` lines, and the next of every schedule that has none among them. */
function nextOf(
  config: Config,
  { holds, exceptions }: Pick<Readings, 'holds' | 'exceptions'>,
  now: number,
  count: number,
): Next[] {
  const policies = policiesOf(config)
  const found = policies.flatMap((policy) => {
    const schedule = config.schedules.find(({ name }) => name === policy.schedule)
    return schedule ? occurrences(policy, now, count).map((at) => ({ schedule, at })) : []
  })
  const sorted = found.sort((a, b) => a.at - b.at)
  const isFirst = (it: (typeof found)[number]) =>
    sorted.find(({ schedule }) => schedule === it.schedule) === it
  return sorted
    .filter((it, index) => index < count || isFirst(it))
    .map(({ schedule, at }) => {
      const frozen = frozenBy(freezesKept(config.freezes, schedule), at)?.name
      const held = holdsOver({ ...schedule, trigger: 'SCHEDULE' }, holds, at)
      const skipped = exceptions.find((it) => it.schedule === schedule.name && it.scheduledAt === iso(at))
      return { schedule, at, held, ...(frozen !== undefined && { frozen }), ...(skipped && { skipped }) }
    })
}

/** Those that will be in force over some of it at that instant; which secrets a selector chooses is known later. */
export function holdsOver(
  { name, secrets, trigger }: Pick<Schedule, 'name' | 'secrets'> & Pick<Rotation, 'trigger'>,
  holds: Hold[],
  at: number,
): Hold[] {
  const over = new Set(scopesOver(name, secrets))
  return bindingOn({ name, trigger }, holds).filter(
    (hold) => over.has(hold.scope) && isInForce(hold, iso(at)),
  )
}

function occurrences({ calendar }: DuePolicy, now: number, count: number): number[] {
  const found: number[] = []
  for (let at = calendar.next(now); at !== undefined && found.length < count; at = calendar.next(at))
    found.push(at)
  return found
}

/** The first of each schedule. */
function movedIn({ schedules }: Config, now: number): Standing['moved'] {
  return schedules
    .filter(({ enabled }) => enabled)
    .flatMap((schedule) => {
      const { moved: [first] = [], message = '' } = zoneWarning(schedule, now, now + HORIZON_MS) ?? {}
      if (first === undefined) return []
      return [{ schedule: schedule.name, at: first.ours, elsewhere: first.theirs ?? null, message }]
    })
}

/** Freezes in force, and those that begin within 60 days. */
function freezesOf(config: Config, now: number): Standing['freezes'] {
  return config.freezes
    .flatMap((freeze) =>
      intervalsOf(freeze, now, now + 60 * DAY).map(({ from, to }) => ({
        ...{ name: freeze.name, timezone: freeze.timezone, from, to, now: from <= now },
        ...(freeze.reason !== undefined && { reason: freeze.reason }),
      })),
    )
    .sort((a, b) => a.from - b.from)
}
