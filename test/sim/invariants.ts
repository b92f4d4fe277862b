import { AHEAD } from '../../src/ledger/approvals.ts'
import { lastSentAt } from '../../src/model/attempts.ts'
import { approvalIdOf, rotationIdOf, waveIdOf } from '../../src/model/identity.ts'
import type { Rotation, Status } from '../../src/model/rotation.ts'
import { SETTLED } from '../../src/model/rotation.ts'
import type { SecretEvent } from '../../src/rehearse/secrets-manager/secret.ts'
import { WaveFailed } from '../../src/rotation/wave-end.ts'
import { type Scenario, SLOWEST_MS } from './scenario.ts'
import { INSTANT, type simulatedStage } from './stage.ts'

/** A check at the call may be this much older than the call's effect: a slow read, a slow request. */
const SLACK_MS = 2 * SLOWEST_MS + 1_000
/** A calendar is asked before the holds, which may be slow too. */
const CALENDAR_SLACK_MS = SLACK_MS + SLOWEST_MS

/** Everything that a run left behind, for the invariants to judge. */
export type Aftermath = {
  scenario: Scenario
  stage: ReturnType<typeof simulatedStage>
  events: SecretEvent[]
  /** Holds as they were in force: from, to (epoch ms). */
  holds: { id: string; scope: string; from: number; to: number; until: number }[]
  /** What people have moved, by its id, and what has become of that. */
  moves: Map<string, 'stands' | 'over'>
  /** Whether audits run, which start what is planned. */
  audited: boolean
  /** Executions that ended by themselves, and what the others threw. */
  ended: number
  thrown: unknown[]
  /** Executions that were killed for good. */
  killed: string[]
}

/** What must be true after every run. Each violation is a sentence. */
export async function violationsOf(aftermath: Aftermath): Promise<string[]> {
  // What others rotated is recorded as they did it.
  const rotations = [...aftermath.stage.ledger.rows.values()].filter(({ trigger }) => trigger !== 'EXTERNAL')
  return [
    ...aftermath.thrown.filter(unmeant(aftermath)).map((error) => `an execution failed: ${String(error)}`),
    ...everySecretHasItsOutcome(aftermath, rotations),
    ...onlyOurVersions(aftermath, rotations),
    ...rotations.flatMap((rotation) => [
      ...oneOutcome(aftermath, rotation),
      ...trueToTheWorld(aftermath, rotation),
      ...startedWhenAllowed(aftermath, rotation),
      ...startedWhenApproved(aftermath, rotation),
      ...attemptedAsAllowed(aftermath, rotation),
      ...pausedAsMeant(aftermath, rotation, rotations),
      ...everyTransitionTold(aftermath, rotation),
    ]),
    ...movedOnce(aftermath),
    ...answeredOnce(aftermath),
    ...stoppedWave(aftermath, rotations),
    ...(await restAfterCanaries(aftermath, rotations)),
    ...noSecretValues(aftermath, rotations),
  ]
}

/** Executions fail, once all else has ended, for what their ledger refused, a part that was stopped, an unlisted wave. */
function unmeant({ scenario }: Aftermath) {
  return (error: unknown) => {
    if (!(error instanceof WaveFailed)) return true
    const { failed, refused } = error.end
    if (refused) return refused.reason !== 'SECRETS_NOT_LISTED'
    return failed.some((it) => !/stopped by an operator/.test(it) && !it.includes(`"${scenario.refused}"`))
  }
}

/** The version that a rotation's own call has made. */
function versionOf({ stage }: Aftermath, { secret, rotationId }: Rotation) {
  const id = stage.options.versionIdOf?.(rotationId) ?? rotationId
  return stage.aws.context.state.secrets.get(secret)?.versions.get(id)
}

/** Nobody but us makes versions, apart from the first value and what people store: one per rotation at the most. */
function onlyOurVersions({ stage }: Aftermath, rotations: Rotation[]): string[] {
  const made = stage.options.versionIdOf ?? ((token: string) => token)
  const ids = new Set(rotations.map(({ rotationId }) => made(rotationId)))
  return [...stage.aws.context.state.secrets.values()].flatMap(({ name, versions }) =>
    [...versions.keys()]
      .filter((id) => !ids.has(id) && !/first|by-hand/.test(id))
      .map((id) => `${name} has a version ${id} that is no rotation's`),
  )
}

/** Whether a run need not have known of it: not listed yet, deleted before it was listed, or its part was stopped. */
function unseen(scenario: Aftermath['scenario'], secret: string): boolean {
  if (scenario.fired.has('parts stopped')) return true
  // An early run that dies once it has settled one after the instant leaves the rest to the audit.
  if (scenario.deliveries.some(({ killed }) => killed) && scenario.fired.has('gate unread')) return true
  if (!scenario.stage.selected) return false
  const deleted = scenario.people.some(({ does }) => does.act === 'delete' && does.secret === secret)
  return deleted || (scenario.unlisted ?? []).includes(secret)
}

/** Except where a run that parts its wave died between two parts: the rest is the audit's to catch up (decision 0007). */
function everySecretHasItsOutcome(aftermath: Aftermath, rotations: Rotation[]): string[] {
  const { scenario, stage, ended } = aftermath
  const { secrets } = stage
  const diedBetweenParts = secrets.length > 40 && scenario.deliveries.some(({ killed }) => killed)
  // A wave that could not know its secrets has a record of its own, and the audit's finding.
  if (aftermath.thrown.some((error) => error instanceof WaveFailed && error.end.refused)) return []
  // An hour late is past every window: what was missed, the audit says.
  if (ended === 0 || diedBetweenParts || scenario.hourLate) return []
  const own = rotations.filter(({ trigger, moved }) => trigger !== 'ON_DEMAND' && !moved)
  const seen = new Set(own.map(({ secret }) => secret))
  return secrets
    .filter((secret) => !seen.has(secret) && secret !== scenario.refused && !unseen(scenario, secret))
    .map((secret) => `${secret} has no record of its occurrence`)
}

const ARROWS: Partial<Record<Status, Status[]>> = {
  CLAIMED: ['CLAIMED', 'ROTATING', 'SKIPPED', 'FAILED'],
  ROTATING: ['SUCCEEDED', 'FAILED', 'TIMED_OUT'],
  FAILED: ['SUCCEEDED'],
  TIMED_OUT: ['SUCCEEDED'],
}

function oneOutcome(
  { stage, scenario }: Aftermath,
  { rotationId, secret, status, events, late, executionArn }: Rotation,
): string[] {
  const name = `${secret} ${rotationId}`
  const wrong = events.flatMap((event, index) => {
    const before = events[index - 1]?.status
    const byAudit = executionArn === 'audit' && SETTLED.includes(event.status)
    if (before === undefined)
      return event.status === 'CLAIMED' || byAudit ? [] : [`${name} began as ${event.status}`]
    // What a lost run has not noted, the audit finds out.
    const lost = before === 'CLAIMED' && event.guessed
    // Only a guess is corrected, by the run that lives after all.
    const corrected = events.slice(0, index).some(({ guessed }) => guessed) && SETTLED.includes(event.status)
    return lost || corrected || ARROWS[before]?.includes(event.status)
      ? []
      : [`${name} went from ${before} to ${event.status}`]
  })
  const outcomes = events.filter((event) => SETTLED.includes(event.status) && !event.guessed).length
  const guesses = events.filter((event) => event.guessed).length
  if (guesses > 1 || outcomes > (late ? 2 : 1)) wrong.push(`${name} has ${outcomes} outcomes`)
  if (outcomes + guesses === 0 && !stage.stopped.includes(executionArn) && !unseen(scenario, secret))
    wrong.push(`${name} never settled: ${status}`)
  return wrong
}

/** Unless its run was stopped for good between the ledger's write and the announcement: docs/notifications.md. */
function everyTransitionTold({ stage, scenario }: Aftermath, rotation: Rotation): string[] {
  const { secret, rotationId, events, executionArn } = rotation
  if (stage.stopped.includes(executionArn)) return []
  if (!SETTLED.includes(rotation.status) && unseen(scenario, secret)) return []
  const told = stage.told.flatMap((news) =>
    news.about === 'rotation' && news.rotation.rotationId === rotationId
      ? news.rotation.events.slice(news.since)
      : [],
  )
  return events
    .filter((event) => !told.some(({ at, status }) => at === event.at && status === event.status))
    .map(({ status }) => `${secret} ${rotationId}: nobody was told that it is ${status}`)
}

/** The outcome against what really happened, as the engine's own events tell it. */
function trueToTheWorld(aftermath: Aftermath, rotation: Rotation): string[] {
  const { events, scenario, stage, holds } = aftermath
  const { rotationId, secret, status, reason, versionId, scheduledAt, startedAt, rotatedAt } = rotation
  const name = `${secret} ${rotationId}`
  const currentAt = (id: string | undefined) =>
    events.find(
      (event) => event.type === 'LabelUpdated' && event.versionId === id && event.label === 'AWSCURRENT',
    )?.at
  const existed = versionOf(aftermath, rotation) !== undefined
  if (
    reason === 'HELD' &&
    !holds.some((hold) => covers(hold, rotation) && hold.until > Date.parse(scheduledAt))
  )
    return [`${name} is HELD, and every hold over it ends before its instant`]
  if (reason === 'SKIPPED_ONCE' && !isSkipped(scenario, rotation) && aftermath.moves.size === 0)
    return [`${name} is SKIPPED_ONCE, and nobody has skipped it`]
  if (reason === 'GATE_UNREADABLE' && !couldBeUnread(scenario, rotation))
    return [`${name} is GATE_UNREADABLE, and nothing struck what its gate reads`]
  if (status === 'SUCCEEDED' && reason !== undefined) return [`${name} SUCCEEDED with the reason ${reason}`]
  if (status === 'SUCCEEDED' && currentAt(versionId) === undefined) {
    return [`${name} SUCCEEDED, but ${versionId} never was AWSCURRENT`]
  }
  const untrueStart = startedByAnother(aftermath, rotation)
  if (untrueStart) return [`${name} ${untrueStart}`]
  // What AWS reports has whole seconds.
  if (rotatedAt !== undefined && Date.parse(rotatedAt) + 1_000 <= (currentAt(versionId) ?? 0)) {
    return [`${name} was recorded as rotated before it was`]
  }
  // A version that somebody's own value has replaced shows nothing any more: whose run died cannot be told.
  const replaced = events.some(
    (event) => event.type === 'RotationAbandoned' && event.versionId === rotationId,
  )
  // Under another id than our token, only RotateSecret's answer leads from a version to its rotation: else it is in doubt.
  const doubted = /whether it started a rotation could not be seen/.test(rotation.message ?? '')
  if (stage.options.versionIdOf && doubted) return []
  if (status === 'SKIPPED' && existed && !replaced)
    return [`${name} was SKIPPED ${reason}, but Secrets Manager has started it`]
  if (
    status === 'FAILED' &&
    startedAt === undefined &&
    existed &&
    // Seed 993: its call got no answer, its version is gone, and the record says that nobody could see.
    !(replaced && doubted) &&
    // Seeds 3003585, 3009208: the last look that is made for it got no answer either.
    !(doubted && blindAtTheEnd(scenario, rotation)) &&
    // Seed 490 with moves, of its run on demand: that died as it sent, and what the audit has is the failure that was heard.
    !(rotation.guessed && rotation.failure) &&
    reason !== 'AWS_UNAVAILABLE' &&
    reason !== 'THROTTLED' &&
    reason !== 'ORCHESTRATOR_LOST'
  ) {
    if (!rotation.events.some((event) => event.status === 'ROTATING')) {
      return [`${name} FAILED ${reason} before it started, but Secrets Manager has started it`]
    }
  }
  const began = versionOf(aftermath, rotation)?.createdAt
  if (reason === 'AWS_UNAVAILABLE' || reason === 'THROTTLED') {
    // Right only where faults struck on and on; a single lost answer is to be settled by looking.
    const struck = scenario.faults.filter(({ at }) => began !== undefined && at >= began)
    if (existed && struck.length < 2) return [`${name} FAILED ${reason}, but Secrets Manager has started it`]
  }
  if (status === 'TIMED_OUT' && startedAt !== undefined) {
    const deadline =
      Date.parse(lastSentAt(rotation) ?? startedAt) + (stage.config.schedules[0]?.timeoutSeconds ?? 0) * 1_000
    const done = currentAt(versionId)
    const blind = scenario.faults.some(
      ({ at, what }) => done !== undefined && at >= done && what.startsWith('DescribeSecret'),
    )
    const lateMs = stage.options.seenLate?.lateMs ?? 0
    if (done !== undefined && done < deadline - lateMs - 1_000 && !blind)
      return [`${name} TIMED_OUT, but was AWSCURRENT in time`]
  }
  return []
}

/** Whether the last of the looks that are made for a minute, half a minute after the one before it, was struck. */
function blindAtTheEnd({ faults }: Aftermath['scenario'], { settledAt }: Rotation): boolean {
  const settled = Date.parse(settledAt ?? '')
  return faults.some(
    ({ at, what }) => what.startsWith('DescribeSecret') && at > settled - 10_000 && at <= settled,
  )
}

/** The start that is recorded is that of the call which made its version, and AWSCURRENT came to it afterwards. */
function startedByAnother(aftermath: Aftermath, rotation: Rotation): string | undefined {
  const { rotationId, status, startedAt, versionId, adopted } = rotation
  if (startedAt === undefined) return undefined
  const made = versionOf(aftermath, rotation)?.createdAt
  const sent = aftermath.stage.aws.calls.filter(({ token }) => token === rotationId)
  const took = sent.find(({ at }) => at === made)
  if (!adopted && took !== undefined && took.sentAt !== Date.parse(startedAt))
    return `says that it started at ${startedAt}, but the call that took effect was sent at ${new Date(took.sentAt).toISOString()}`
  const moved = aftermath.events.some(
    (it) =>
      it.type === 'LabelUpdated' &&
      it.label === 'AWSCURRENT' &&
      it.versionId === versionId &&
      it.at >= Date.parse(startedAt),
  )
  return status === 'SUCCEEDED' && !moved
    ? `SUCCEEDED, but AWSCURRENT did not come to ${versionId} since its call at ${startedAt}`
    : undefined
}

function covers({ scope }: { scope: string }, { schedule, secret }: Rotation): boolean {
  return scope === 'all' || scope === `schedule/${schedule}` || scope === `secret/${secret}`
}

/** Whether a gate that tries again inside its window may have come to its end without an answer. */
function couldBeUnread({ faults, blind }: Aftermath['scenario'], { settledAt }: Rotation): boolean {
  const settled = Date.parse(settledAt ?? '')
  const struck = faults.some(({ what }) =>
    /^ledger (covering|getException|getWave|getPolicy|get |note sending)/.test(what),
  )
  return struck || (blind !== undefined && blind.from <= settled && settled <= blind.to + SLACK_MS)
}

/** People skip it a second ahead at least: what was asked for on demand is another occasion. */
function isSkipped({ people }: Aftermath['scenario'], { trigger }: Rotation): boolean {
  return trigger !== 'ON_DEMAND' && people.some(({ does }) => does.act === 'skip')
}

/** At its own instant or where it was moved, and once; what was taken back, or moved on, nowhere. */
function movedOnce(aftermath: Aftermath): string[] {
  const { stage, moves } = aftermath
  if (moves.size === 0) return []
  const idOf = (secret: string, occasion: string) => rotationIdOf('nightly', secret, occasion)
  return stage.secrets.flatMap((secret) => {
    const all = [new Date(INSTANT).toISOString(), ...moves.keys()].map((it) => idOf(secret, it))
    const made = stage.options.versionIdOf ?? ((token: string) => token)
    const began = all.filter((id) => stage.aws.context.state.secrets.get(secret)?.versions.has(made(id)))
    const twice = began.length > 1 ? [`${secret} rotated ${began.length} times for one occurrence`] : []
    const wrong = [...moves].flatMap(([id, state]) => {
      const status = stage.ledger.rows.get(idOf(secret, id))?.status
      return state === 'over' && status !== undefined
        ? [`${secret} was taken back (${id}), and is ${status}`]
        : []
    })
    return [...twice, ...wrong]
  })
}

/** Its version, and every RotateSecret that reached AWS with its token: each is asked for as the first is. */
function startedWhenAllowed(aftermath: Aftermath, rotation: Rotation): string[] {
  const began = versionOf(aftermath, rotation)?.createdAt
  const sent = aftermath.stage.aws.calls.filter(({ token }) => token === rotation.rotationId)
  const all = [...(began === undefined ? [] : [began]), ...sent.map(({ at }) => at)]
  const skipped =
    all.length > 0 && isSkipped(aftermath.scenario, rotation)
      ? [`${rotation.secret} ${rotation.rotationId} started, and was skipped`]
      : []
  return [...skipped, ...[...new Set(all)].flatMap((at) => sentWhenAllowed(aftermath, rotation, at))]
}

/** A failure of a schedule with `pauseAfter: 1` says that it pauses, once; nothing on demand is paused. */
function pausedAsMeant({ stage }: Aftermath, rotation: Rotation, all: Rotation[]): string[] {
  const { pauseAfter } = stage.config.schedules[0] ?? {}
  const { rotationId, secret, trigger, reason, events } = rotation
  const name = `${secret} ${rotationId}`
  if (reason === 'PAUSED' && trigger === 'ON_DEMAND') return [`${name} was PAUSED on demand`]
  const saysSo = (it: Rotation) => JSON.stringify(it.events).includes('paused, it failed once')
  if (pauseAfter === undefined) return saysSo(rotation) ? [`${name} pauses, and nothing says so`] : []
  const failed = events.some(
    ({ status, guessed }) => !guessed && (status === 'FAILED' || status === 'TIMED_OUT'),
  )
  const isTold = saysSo(rotation)
  const unable = stage.log.some((line) => line.includes('could not pause') && line.includes(rotationId))
  const others = all.filter((it) => it.secret === secret && it.rotationId !== rotationId)
  if (
    failed &&
    trigger === 'SCHEDULE' &&
    !isTold &&
    !unable &&
    !others.some(saysSo) &&
    rotation.executionArn !== 'audit'
  )
    return [`${name} failed, and pauses nothing`]
  return isTold && trigger === 'ON_DEMAND' ? [`${name} pauses, and was on demand`] : []
}

const PAUSE_MS = 60_000

/** As many attempts as its schedule says, a pause apart, each sent once, and one version whatever AWS answers. */
function attemptedAsAllowed({ stage }: Aftermath, rotation: Rotation): string[] {
  const { rotationId, secret, attempts = [], status, events } = rotation
  const { retries = 0 } = stage.config.schedules[0] ?? {}
  const name = `${secret} ${rotationId}`
  if (attempts.length === 0) return []
  const wrong: string[] = []
  if (attempts.length > retries + 1) wrong.push(`${name} had ${attempts.length} attempts`)
  if (retries === 0) wrong.push(`${name} tells of attempts, and its schedule has no retries`)
  const first = Date.parse(attempts[0]?.endedAt ?? '')
  const again = stage.aws.calls.filter(({ token, at }) => token === rotationId && at > first + PAUSE_MS / 2)
  const refused = /no \w+ attempt: (ROTATION_REFUSED|SECRET_DELETED)/.test(JSON.stringify(events)) ? 1 : 0
  // What was refused is no attempt, and a run that was killed tells of no refusal.
  const mayRefuse = stage.options.usedToken?.answers === 'refusal'
  if (!mayRefuse && again.length > attempts.length - 1 + refused)
    wrong.push(`${name} was sent ${again.length} times again, and tells of ${attempts.length - 1}`)
  for (const [index, { sentAt, endedAt, reason }] of attempts.entries()) {
    const before = attempts[index - 1]
    if (before && Date.parse(sentAt ?? '') < Date.parse(before.endedAt ?? '') + PAUSE_MS)
      wrong.push(`${name}: attempt ${index + 1} came without a pause`)
    if (sentAt !== undefined && endedAt !== undefined && endedAt < sentAt)
      wrong.push(`${name}: attempt ${index + 1} ended before it was sent`)
    if (before && before.reason === undefined) wrong.push(`${name}: attempt ${index} failed for no reason`)
    const isLast = index === attempts.length - 1
    if (isLast && status === 'SUCCEEDED' && reason !== undefined && !rotation.late)
      wrong.push(`${name} SUCCEEDED by an attempt that failed: ${reason}`)
  }
  return wrong
}

/** Inside its window, not in a freeze, not under a hold that was in force well before. */
function sentWhenAllowed(aftermath: Aftermath, rotation: Rotation, began: number): string[] {
  const { stage, holds, scenario } = aftermath
  const { rotationId, secret, scheduledAt, override } = rotation
  const name = `${secret} ${rotationId}`
  const wrong: string[] = []
  const from = Date.parse(scheduledAt)
  const closes = from + (stage.config.schedules[0]?.windowSeconds ?? 0) * 1_000
  if (began < from) wrong.push(`${name} started ${from - began} ms early`)
  if (began > closes + SLACK_MS) wrong.push(`${name} started ${began - closes} ms after its window`)
  if (override !== undefined) return wrong
  const { deployed, freezes = [] } = stage.options
  if (freezes.length > 0 || (deployed && deployed.keptAt + SLACK_MS < began))
    wrong.push(`${name} started in a freeze`)
  const closed = scenario.closed.find((it) => it.from + CALENDAR_SLACK_MS < began && began < it.to)
  if (closed) wrong.push(`${name} started while a Change Calendar was closed`)
  const { blind } = scenario
  if (blind && blind.from + SLACK_MS < began && began < blind.to)
    wrong.push(`${name} started while holds could not be read`)
  for (const hold of holds) {
    if (covers(hold, rotation) && hold.from + SLACK_MS < began && began < hold.to)
      wrong.push(`${name} started under a hold of ${hold.scope}`)
  }
  return wrong
}

/** A wave that wants an approval starts after it, or not at all; NOT_APPROVED is what it says. */
function startedWhenApproved(aftermath: Aftermath, rotation: Rotation): string[] {
  const { stage } = aftermath
  const { rotationId, secret, reason, trigger, approval: noted } = rotation
  if (stage.config.schedules[0]?.approval === undefined || trigger === 'ON_DEMAND') return []
  const name = `${secret} ${rotationId}`
  const occasion = rotation.moved?.id ?? new Date(INSTANT).toISOString()
  const approval = stage.approvals.rows.get(approvalIdOf({ name: 'nightly', occasion }))
  const approved = approval?.status === 'APPROVED'
  if (reason === 'NOT_APPROVED' && approved) return [`${name} is NOT_APPROVED, but was approved`]
  if (noted !== undefined && noted.by !== approval?.by) return [`${name} was not approved by ${noted.by}`]
  const began = versionOf(aftermath, rotation)?.createdAt
  if (began === undefined) return []
  if (!approved) return [`${name} started without an approval`]
  return began < Date.parse(approval.answeredAt ?? '') ? [`${name} started before it was approved`] : []
}

/** One request for one occurrence, one decision, a person's only in time, and a wait that ends. */
function answeredOnce({ stage, ended, scenario, moves, audited }: Aftermath): string[] {
  const approvals = [...stage.approvals.rows.values()]
  const people = ['mover', ...scenario.people.flatMap(({ does }) => (does.act === 'answer' ? [does.by] : []))]
  const most = 1 + moves.size
  const wrong = approvals.length > most ? [`${approvals.length} approvals were asked for`] : []
  for (const approval of approvals) {
    const { approvalId, status, events, answeredAt = '', expiresAt, by, scheduledAt, executionArn } = approval
    const closes = Date.parse(scheduledAt) + (stage.config.schedules[0]?.windowSeconds ?? 0) * 1_000
    if (by !== undefined && !people.includes(by)) wrong.push(`approval ${approvalId} was ${status} by ${by}`)
    if (Date.parse(expiresAt) > closes) wrong.push(`approval ${approvalId} outlasts its window`)
    if (events.length > 2) wrong.push(`approval ${approvalId} was decided ${events.length - 1} times`)
    // Asked ahead, and by no run since, which a skip or a list without secrets stops: the audit ends it.
    const isEnded = executionArn !== AHEAD || audited
    if (status === 'PENDING' && isEnded && ended > 0 && !scenario.hourLate && !scenario.unlisted)
      wrong.push(`approval ${approvalId} is pending for ever`)
    if ((status === 'APPROVED' || status === 'REJECTED') && answeredAt >= expiresAt)
      wrong.push(`approval ${approvalId} was answered too late`)
  }
  return wrong
}

/** With `maxErrors` failures on record, nothing of that wave is launched any more. */
function stoppedWave(aftermath: Aftermath, rotations: Rotation[]): string[] {
  const { maxErrors, before = [] } = aftermath.stage.config.schedules[0] ?? {}
  if (maxErrors === undefined) return []
  const looked = before.reduce((sum, hook) => sum + 4 * hook.timeoutSeconds * 1_000, 0) + 60_000
  return rotations.flatMap((rotation) => {
    const began = versionOf(aftermath, rotation)?.createdAt
    if (began === undefined || began <= INSTANT + 1_000) return []
    const failed = rotations.filter(
      (other) =>
        other.scheduledAt === rotation.scheduledAt &&
        (other.status === 'FAILED' || other.status === 'TIMED_OUT') &&
        Date.parse(other.settledAt ?? '') + looked < began,
    )
    const name = `${rotation.secret} ${rotation.rotationId}`
    return failed.length >= maxErrors ? [`${name} was launched after ${failed.length} failures`] : []
  })
}

/** Requests of the simulations, by their ids. */
const REQUESTED = ['pressed', 'planned', 'move-1', 'move-2']

/**
 * Nothing of the rest is called before every canary of its wave stands SUCCEEDED in the ledger, and has soaked; so with
 * functions that break every secret no more are touched than canaries.
 */
async function restAfterCanaries({ stage, scenario }: Aftermath, rotations: Rotation[]): Promise<string[]> {
  const [schedule] = stage.config.schedules
  const { name = '', canary, soakSeconds = 0 } = schedule ?? {}
  if (canary === undefined) return []
  const wrong: string[] = []
  for (const occasion of [...REQUESTED, ...new Set(rotations.map(({ scheduledAt }) => scheduledAt))]) {
    const isOf = ({ secret, rotationId }: Rotation) => rotationId === rotationIdOf(name, secret, occasion)
    const wave = rotations.filter(isOf)
    const { canaries = [] } = (await stage.waves.get(waveIdOf({ name, occasion }))) ?? {}
    const verified = canaries.map((secret) => {
      const record = wave.find((it) => it.secret === secret)
      const success = record?.events.find(({ status }) => status === 'SUCCEEDED')
      return record && !record.late && success ? Date.parse(success.at) : Number.POSITIVE_INFINITY
    })
    const from = Math.max(...verified) + soakSeconds * 1_000
    const called = wave.filter(({ rotationId }) => stage.aws.calls.some(({ token }) => token === rotationId))
    for (const { secret, rotationId } of called) {
      const { sentAt = 0 } = stage.aws.calls.find(({ token }) => token === rotationId) ?? {}
      if (!canaries.includes(secret) && sentAt < from)
        wrong.push(`${secret} ${rotationId} was sent ${from - sentAt} ms before its canaries were verified`)
      if (secret && canaries.length === 0) wrong.push(`${secret} ${rotationId} has no canary`)
    }
    if (scenario.broken && called.length > canaries.length)
      wrong.push(`all break, and ${called.length} secrets were touched, with ${canaries.length} canaries`)
  }
  return wrong
}

function noSecretValues({ stage }: Aftermath, rotations: Rotation[]): string[] {
  const written = JSON.stringify([rotations, stage.log])
  return /secret-value/.test(written) ? ['a secret value was written'] : []
}
