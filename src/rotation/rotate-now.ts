import type { CheckCaller } from '../aws/check-caller.ts'
import { NameTaken, type StartExecution } from '../aws/start-execution.ts'
import type { Config } from '../config/config.ts'
import type { Callers } from '../ledger/callers.ts'
import type { KeptRequest, Requests } from '../ledger/requests.ts'
import type { Caller } from '../model/caller.ts'
import { RequestError } from '../model/errors.ts'
import { approvalIdOf, waveIdOf } from '../model/identity.ts'
import { START_AHEAD_MS } from '../model/limits.ts'
import { isSameSecret } from '../model/place.ts'
import { secretNameOf } from '../model/secret.ts'
import { messageOf } from '../model/text.ts'
import { DAY, iso, MINUTE } from '../model/time.ts'
import { type Asked, parseRotateNow } from './rotate-now-event.ts'
import { approvalRuleOf, type WaveTerms } from './wave.ts'
import { askedIdOf, type OnDemandRequest, rotationIdsOf, waveOf } from './wave-request.ts'

export type RotateNowAnswer = {
  requestId: string
  /** What its rotations belong to: where a selector chooses, they are known once it has started. */
  waveId: string
  scheduledAt: string
  /** What it waits for: somebody else's go-ahead. */
  approvalId?: string
  /** Who asks, as far as it is proved. Absent on a dry run, and from the release before. */
  caller?: Caller
  /** Absent where a selector chooses the secrets as the wave starts: then `selects` is true. */
  rotations?: { secret: string; rotationId: string }[]
  selects?: true
  /** Kept until shortly before its instant, and then started by the audit: `cancel` takes it back until then. */
  planned?: true
  /** ARN of the durable execution; absent on a dry run, where planned, or where AWS did not say. */
  execution?: string
  /** Asked for before, with this id. */
  alreadyStarted?: true
  dryRun?: true
}

/** How far ahead `at` may lie: further, and it is a mistyped year. */
const MOST_AHEAD_MS = 366 * DAY

type Stage = { config: Config; now: number; requests: Pick<Requests, 'get' | 'keep'> }

/**
 * Checks what is asked for, keeps it under its id, starts it or plans it, and answers with the ids to follow it by.
 * Asked again, it answers the same, and starts the same execution again: one whose start got lost is made good.
 * Throws RequestError, NameTaken, StartUnknown. Decision 0093.
 */
export async function rotateNow(
  event: unknown,
  { start, checkCaller, callers, ...stage }: Stage & Door,
): Promise<RotateNowAnswer> {
  const asked = parseRotateNow(event)
  if (asked.dryRun) return dryRunAnswer(asked, stage)
  const wave = waveOf(onDemandRequest(asked, stage.now), stage.config)
  const { requestId: id, proof } = asked
  const caller = await checkCaller({ stage: stage.config.stage, deed: 'run', id }, proof)
  if (approvalRuleOf(wave) && 'notProved' in caller) throw notKnown(wave, caller)
  const { kept, request, first } = await keepRequest(asked, stage, { plans: true })
  await callers.keep({ deed: 'run', id }, { caller, asked: askedIdOf(request), at: iso(stage.now) })
  const answer = { ...answerTo(request, stage.config), caller }
  if (kept.state === 'PLANNED') return { ...answer, planned: true }
  const already = !first && { alreadyStarted: true as const }
  try {
    const { execution } = await start(startKeyOf(request), request)
    return { ...answer, ...(execution && { execution }), ...already }
  } catch (error) {
    // Its own, where it has been started before: AWS says so for another payload only, and the name is made of ours.
    if (error instanceof NameTaken && already) return { ...answer, ...already }
    if (error instanceof NameTaken) throw error
    throw new StartUnknown(request.requestId, error)
  }
}

/** Of whom nobody is known to be another. */
function notKnown({ name }: WaveTerms, { notProved }: { notProved: string }): RequestError {
  return new RequestError(
    `${name} wants the go-ahead of somebody else, and who asks is not proved: ${notProved}. Nothing has started: ask through npx aws-tourbillon run, with the same --request-id if you gave one; or give --override-approval REASON (overrideApproval), which is told`,
  )
}

/** What the function alone has. */
type Door = {
  start: StartExecution<OnDemandRequest>
  checkCaller: CheckCaller
  callers: Pick<Callers, 'keep'>
}

/** Lambda gave no answer, or none that says that nothing has started. The request is kept: asked again, it starts once. */
class StartUnknown extends Error {
  override readonly name = 'StartUnknown'

  constructor(requestId: string, cause: unknown) {
    const why = messageOf(cause)
    super(
      `whether it has started is not known: ${why}. Asked again with requestId ${requestId}, it starts once`,
      { cause },
    )
  }
}

/** What the request would be answered, were it the first of its id. Throws RequestError. */
export function dryRunAnswer(asked: Asked, { config, now }: Pick<Stage, 'config' | 'now'>): RotateNowAnswer {
  const answer = answerTo(onDemandRequest(asked, now), config)
  checkTime(asked, now)
  return { ...answer, dryRun: true }
}

/**
 * The request as it is kept: now, or by whoever asked with its id first. `plans`: one for later is only planned. Throws
 * RequestError where the id was used for something else, or what it was used for is over.
 */
export async function keepRequest(
  asked: Asked,
  { config, now, requests }: Stage,
  { plans }: { plans: boolean },
): Promise<{ kept: KeptRequest; request: OnDemandRequest; first: boolean }> {
  const request = onDemandRequest(asked, now)
  // Before anything is kept: what the config does not know is nobody's request.
  waveOf(request, config)
  const { requestId, scheduledAt, requester: by, reason } = request
  const mine = {
    ...{ requestId, asked: canonical(asked), payload: JSON.stringify(request), scheduledAt },
    state:
      plans && Date.parse(scheduledAt) > now + START_AHEAD_MS ? ('PLANNED' as const) : ('STARTED' as const),
    askedAt: iso(now),
    ...(by !== undefined && { by }),
    ...(reason !== undefined && { reason }),
  }
  let kept = await requests.get(requestId)
  if (kept === undefined) {
    checkTime(asked, now)
    kept = await requests.keep(mine)
  }
  const stands = JSON.parse(kept.payload) as OnDemandRequest
  const meant = meantBy(stands, asked, now)
  if (kept.asked !== mine.asked || meant !== mine.asked || !sameSecrets(stands, request)) {
    throw new RequestError(
      `requestId ${requestId} was used for something else, ${describeRequest({ ...kept, asked: meant ?? kept.asked })}: choose another`,
    )
  }
  if (kept.state === 'CANCELLED' || kept.state === 'MISSED') {
    throw new RequestError(`requestId ${requestId} is over: ${describeRequest(kept)}. Choose another`)
  }
  // An answer that got lost may have been the SDK's own: then it is still the first.
  const first = kept.askedAt === mine.askedAt && kept.payload === mine.payload
  return { kept, request: stands, first }
}

/**
 * What would start, in the form that requests are compared in: operators may write these items, and whoever asks is not
 * to be taken for having asked what another has put there before. Undefined: it is no answer to `asked`.
 */
function meantBy(stands: OnDemandRequest, { requestId, at }: Asked, now: number): string | undefined {
  const starts = Date.parse(stands.scheduledAt)
  const theirs = stands.requestId === requestId && stands.movedFrom === undefined
  const inTime = at === undefined ? starts <= now + MINUTE : starts === at
  return theirs && inTime ? canonical({ ...stands, ...(at !== undefined && { at }) }) : undefined
}

/** Of secrets of one name, whether they are the same ones: two ARNs may lie in two accounts. */
function sameSecrets({ secrets: known = [] }: OnDemandRequest, { secrets = [] }: OnDemandRequest): boolean {
  return secrets.every((secret) => known.some((one) => isSameSecret(one, secret)))
}

/** What makes the execution of a request the only one. */
export function startKeyOf({ requestId }: OnDemandRequest): string {
  return `run-${requestId}`
}

/** The ids of a request, as they follow from it. Throws RequestError. */
export function answerTo(request: OnDemandRequest, config: Config): RotateNowAnswer {
  const wave = waveOf(request, config)
  const rotations = rotationIdsOf(wave)
  const { requestId, scheduledAt } = request
  const known = rotations ? { rotations } : { selects: true as const }
  const approval = approvalRuleOf(wave) && { approvalId: approvalIdOf(wave) }
  return { requestId, waveId: waveIdOf(wave), scheduledAt, ...known, ...approval }
}

/** What starts it. `now`: epoch ms. */
export function onDemandRequest({ at, dryRun: _, proof: __, ...asked }: Asked, now: number): OnDemandRequest {
  return { ...asked, scheduledAt: iso(at ?? now) }
}

function checkTime({ at }: Asked, now: number): void {
  if (at === undefined) return
  const text = iso(at)
  if (at < now - MINUTE) throw new RequestError(`${text} has passed: leave \`at\` out to rotate now`)
  if (at > now + MOST_AHEAD_MS)
    throw new RequestError(`${text} is more than a year ahead: is the year right? Else use a schedule`)
}

/**
 * What is asked for, whatever its wording: by what names its secrets go, in what order and how often. Who asks and why
 * is not part of it: operators who press twice are one request, and the first one's words stand.
 */
function canonical({ schedule, secrets, at, override, overrideApproval }: Asked): string {
  const names = secrets && [...new Set(secrets.map(secretNameOf))].sort()
  const instant = at === undefined ? null : iso(at)
  const known: Canonical = [schedule ?? null, names ?? null, instant, override ?? null]
  return JSON.stringify(overrideApproval === undefined ? known : [...known, overrideApproval])
}

type Canonical = [
  schedule: string | null,
  secrets: string[] | null,
  at: string | null,
  override: string | null,
  overrideApproval?: string,
]

function describeRequest({
  asked,
  scheduledAt,
  askedAt,
  by = 'somebody',
  state,
  events,
}: KeptRequest): string {
  const [schedule, secrets, , override] = JSON.parse(asked) as Canonical
  const what = [schedule && `schedule ${schedule}`, secrets?.join(', ')].filter(Boolean).join(': ')
  const why = override ? `, override "${override}"` : ''
  const last = events.at(-1)
  const end =
    state === 'CANCELLED' || state === 'MISSED'
      ? `, ${state} at ${last?.at}${last?.by ? ` by ${last.by}` : ''}`
      : ''
  return `by ${by} at ${askedAt}: ${what} at ${scheduledAt}${why}${end}`
}
