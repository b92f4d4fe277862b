import type { ApprovalRule } from '../config/config.ts'
import {
  AHEAD,
  type Approval,
  type Approvals,
  type Decision,
  type RefusedAnswer,
} from '../ledger/approvals.ts'
import { type Behind, toTell } from '../model/behind.ts'
import { arnOf, type Caller, type CallerProof, notAnother, unknownHere } from '../model/caller.ts'
import { approvalIdOf } from '../model/identity.ts'
import type { Refusal } from '../model/reasons.ts'
import { secretNameOf } from '../model/secret.ts'
import { atDoor } from '../model/text.ts'
import { iso } from '../model/time.ts'
import type { Steps } from '../steps/steps.ts'
import { behindIn, lastByVersion } from './behind.ts'
import { gate } from './gate.ts'
import { notifyApproval } from './notify.ts'
import { type Ports, portsAt } from './ports.ts'
import { readException } from './read-gate.ts'
import { ledgerRetry } from './retry.ts'
import { proofProblem } from './rotate-now-event.ts'
import { GRACE_MS, watchOther } from './watch.ts'
import { approvalRuleOf, type UnresolvedWave, type Wave, type WaveTerms } from './wave.ts'

/**
 * A person's go-ahead for a whole wave. The ledger is the truth: an answer is one conditional write there, and the
 * durable callback only wakes who waits, so an answer whose callback got lost still counts once the wait ends.
 *
 * The request's id follows from the occurrence, and so writing it is claiming it: the run that does so asks, and
 * waits without compute. Any other run of the same occurrence asks nobody, but watches the same request, and then is
 * what a second run is without approvals too: it takes up what nobody has claimed. So a first run that dies while it
 * waits takes neither the request nor the answer with it. Decision 0050.
 */
export async function awaitApproval(steps: Steps, wave: Wave, ports: Ports): Promise<Wave> {
  const rule = approvalRuleOf(wave)
  if (rule === undefined || wave.secrets.length === 0) return wave
  const onDemand = wave.trigger === 'ON_DEMAND'
  const unknown = onDemand ? unknownHere('who asked', wave.caller, accountOf(ports)) : undefined
  if (unknown !== undefined) return { ...wave, refused: needsAnother(unknown) }
  const asked = await steps.step('request approval', () => request(wave, rule, ports), ledgerRetry)
  if ('refusal' in asked) return { ...wave, refused: asked.refusal }
  const { approval, secondsLeft } = asked
  if (approval.schedule !== wave.name || approval.scheduledAt !== wave.scheduledAt) {
    throw new Error(`approval ${approval.approvalId} is ${approval.schedule}'s of ${approval.scheduledAt}`)
  }
  if (approval.status !== 'PENDING') return decided(wave, approval)
  const answer =
    approval.executionArn === ports.executionArn
      ? await ask(steps, wave, approval, secondsLeft, ports)
      : await watch(steps, approval, ports)
  const settled = await steps.step('settle approval', () => settle(approval, answer, ports), ledgerRetry)
  const { approvalId, status, by, reason } = settled
  ports.log('approval settled', { approvalId, schedule: wave.name, status, by, reason })
  return decided(wave, settled, answer?.caller)
}

/** Why nothing of it could start, whatever the answer. */
async function bars(wave: WaveTermsAt, ports: Ports): Promise<Refusal | undefined> {
  const refusal = gate(wave, ports.config, [], ports.now()) ?? (await readException(ports, wave))
  if (refusal === undefined) return undefined
  // Whoever has asked before may have died, and what is barred here is barred for all: nobody is to answer it.
  const asked = await ports.approvals.get(approvalIdOf(wave))
  if (asked?.status === 'PENDING')
    await ports.approvals.decide(asked.approvalId, { status: 'EXPIRED', at: iso(ports.now()) })
  return refusal
}

type WaveTermsAt = Omit<WaveTerms, 'scheduledAt'> & { scheduledAt: number }

type Answer = Pick<Decision, 'by' | 'reason' | 'caller'> & {
  status: 'APPROVED' | 'REJECTED'
  /** When it was given, as whoever gave it says. */
  at?: string
  proof?: CallerProof
}

/** Asks, unless nothing could start whatever the answer: nobody is to be woken for that. */
async function request(
  wave: Wave,
  rule: ApprovalRule,
  ports: Ports,
): Promise<{ refusal: Refusal } | { approval: Approval; secondsLeft: number }> {
  const now = ports.now()
  const target = { ...wave, scheduledAt: Date.parse(wave.scheduledAt) }
  const refusal = await bars(target, ports)
  if (refusal) return { refusal }
  const { executionArn } = ports
  const secrets = wave.secrets.length
  const lastOf = lastByVersion(portsAt(ports, wave.place))
  const behind = toTell(await behindIn(wave.secrets, wave.name, { ...ports, lastOf, place: wave.place }))
  const asked = {
    ...{ ...requestOf(wave, rule, now), executionArn, secrets, ...askedBy(wave) },
    ...(behind.length > 0 && { behind }),
  }
  const found = await ports.approvals.request(asked)
  const approval =
    found.executionArn === AHEAD
      ? await ports.approvals.takeUp(found.approvalId, { executionArn, secrets })
      : found
  return { approval, secondsLeft: Math.floor((Date.parse(approval.expiresAt) - now) / 1_000) }
}

/** What people are told of a request on demand. */
function askedBy({ trigger, caller, requester, requestReason: reason, secrets }: Wave) {
  const arn = arnOf(caller)
  if (trigger !== 'ON_DEMAND' || arn === undefined) return {}
  return {
    askedBy: {
      ...{ arn, secrets: atDoor(secrets.map(secretNameOf).join(', '), 300) },
      ...(requester !== undefined && { requester }),
      ...(reason !== undefined && { reason }),
    },
  }
}

/** Asks ahead of time, once: nobody waits yet, and the answer is there when the wave starts. */
export async function askAhead(
  wave: Wave | UnresolvedWave,
  rule: ApprovalRule,
  ports: Pick<Ports, 'config' | 'now' | 'log' | 'notify' | 'exceptions'> & {
    approvals: Pick<Approvals, 'request' | 'get'>
    behind?(wave: Wave): Promise<Behind[]>
  },
): Promise<void> {
  const now = ports.now()
  const scheduledAt = Date.parse(wave.scheduledAt)
  if (await ports.approvals.get(approvalIdOf(wave))) return
  // A freeze may be lifted, but then nobody needs to be asked today.
  if (gate({ ...wave, scheduledAt }, ports.config, [], now)) return
  // Nor of what a person has left out.
  if (await readException(ports, { ...wave, scheduledAt })) return
  const behind = 'select' in wave ? [] : ((await ports.behind?.(wave)) ?? [])
  const secrets = 'select' in wave ? {} : { secrets: wave.secrets.length }
  const asked = {
    ...{ ...requestOf(wave, rule, now), executionArn: AHEAD, ...secrets },
    ...(behind.length > 0 && { behind }),
  }
  await notifyApproval(await ports.approvals.request(asked), ports)
}

function requestOf(wave: WaveTerms, { timeoutSeconds }: ApprovalRule, now: number) {
  const scheduledAt = Date.parse(wave.scheduledAt)
  const closes = scheduledAt + wave.windowSeconds * 1_000
  return {
    approvalId: approvalIdOf(wave),
    schedule: wave.name,
    scheduledAt: wave.scheduledAt,
    requestedAt: iso(now),
    expiresAt: iso(Math.min(Math.max(now, scheduledAt) + timeoutSeconds * 1_000, closes)),
  }
}

/** Answers that a wave looks at: an execution may hold 3,000 operations. */
const MOST_ANSWERS = 20

/**
 * Waits for an answer. On demand only somebody else's lets it go ahead, whose signature of this very answer STS has told
 * the wave: nobody's word, and no item of the table. One that does not count is noted, with why, and the wait goes on.
 */
async function ask(
  steps: Steps,
  wave: Wave,
  approval: Approval,
  secondsLeft: number,
  ports: Ports,
): Promise<Answer | undefined> {
  const { approvalId } = approval
  let refused: RefusedAnswer | undefined
  let seconds = secondsLeft
  // A replay may come late: a callback waits for a second at least.
  for (let turn = 1; turn <= MOST_ANSWERS && seconds >= 1; turn++) {
    const named = (step: string) => (turn === 1 ? step : `${step} ${turn}`)
    const [outcome, callbackId] = await steps.createCallback(named('approval'), { timeout: { seconds } })
    const note = () => ports.approvals.noteCallback(approvalId, callbackId, refused)
    const noted = await steps.step(named('note callback'), note, ledgerRetry)
    if (noted.status !== 'PENDING') return undefined
    if (turn === 1) await steps.step('announce approval', () => notifyApproval(noted, ports))
    const answer = await answerIn(outcome)
    const seen = answer && (await whoseAnswer(steps, named('who answered'), wave, approval, answer, ports))
    if (seen === undefined || !('why' in seen)) return seen
    const { left, ...why } = seen
    ports.log('approval not counted', { approvalId, ...why })
    refused = why
    seconds = left
  }
  return undefined
}

/** The answer with whose it is; or why it does not count, and how many seconds are left for another. */
async function whoseAnswer(
  steps: Steps,
  step: string,
  wave: Wave,
  { approvalId: id, expiresAt }: Approval,
  { proof, ...answer }: Answer,
  ports: Ports,
): Promise<Answer | (RefusedAnswer & { left: number })> {
  const needed = wave.trigger === 'ON_DEMAND' && answer.status === 'APPROVED'
  if (proof === undefined && !needed) return answer
  const { caller, left } = await steps.step(step, async () => ({
    caller: await ports.checkCaller({ stage: ports.config.stage, deed: 'approve', id }, proof),
    left: Math.floor((Date.parse(expiresAt) - ports.now()) / 1_000),
  }))
  const why = needed ? notAnother(wave.caller, caller, accountOf(ports)) : undefined
  if (why === undefined) return { ...answer, caller }
  const { by = SENDER, at = '' } = answer
  return { by: atDoor(by, 300), at, why, left }
}

/** Of the stage: `arn:aws:lambda:REGION:ACCOUNT:function:…`. */
function accountOf({ executionArn }: Ports): string {
  return executionArn.split(':')[4] ?? ''
}

/** The answer that ended the wait; undefined where the time did. */
async function answerIn(outcome: PromiseLike<string>): Promise<Answer | undefined> {
  try {
    return answerOf(await outcome)
  } catch (error) {
    // By `errorType`: the class's name does not survive minification.
    const { errorType = '', message } = error as Error & { errorType?: string }
    if (errorType === 'CallbackTimeoutError') return undefined
    if (errorType.startsWith('Callback')) return { status: 'REJECTED', by: SENDER, reason: atDoor(message) }
    throw error
  }
}

/** Stands for who answered by Lambda's own means, past the ledger. */
const SENDER = 'whoever sent the callback'

/** What `npx aws-tourbillon approve` and `reject` send. Anything else that somebody sends is no go-ahead. */
function answerOf(text: string): Answer {
  try {
    const { status, by, reason, at, proof } = JSON.parse(text) as Record<string, unknown>
    if ((status === 'APPROVED' || status === 'REJECTED') && typeof by === 'string') {
      return {
        ...{ status, by: atDoor(by) },
        ...(typeof reason === 'string' && { reason: atDoor(reason) }),
        ...(typeof at === 'string' && { at: atDoor(at, 30) }),
        ...(proofProblem(proof) === undefined && { proof: proof as CallerProof }),
      }
    }
  } catch {}
  return { status: 'REJECTED', by: SENDER, reason: 'its result is no answer: use npx aws-tourbillon approve' }
}

/** Waits for the answer to another run's request. What it read last does not matter: settling reads again. */
async function watch(steps: Steps, approval: Approval, ports: Ports): Promise<undefined> {
  const { approvalId, status, requestedAt, expiresAt } = approval
  await watchOther<Approval['status']>(
    steps,
    'watch the approval',
    {
      initial: status,
      since: Date.parse(requestedAt),
      until: Date.parse(expiresAt) + GRACE_MS,
      look: async (last) => (await ports.approvals.get(approvalId))?.status ?? last,
      isOver: (seen) => seen !== 'PENDING',
      failed: (error) => ports.log('could not read the approval', { approvalId, error }),
      // It may take days. An execution may hold 3,000 operations (Lambda quotas, durable functions), and each look is one.
      pause: (left, attempt) => Math.min(left, 300, Math.round(15 * 1.1 ** (attempt - 1))),
    },
    ports,
  )
}

/** The first answer stands; where there is none, there will be none. */
async function settle({ approvalId }: Approval, answer: Answer | undefined, ports: Ports): Promise<Approval> {
  const at = iso(ports.now())
  const { status, by, reason, caller } = answer ?? {}
  const standing = status && (await ports.approvals.decide(approvalId, { status, by, reason, caller, at }))
  if (standing && standing.status !== 'PENDING') return standing
  return ports.approvals.decide(approvalId, { status: 'EXPIRED', at })
}

/** On demand the table's word that it was approved is nobody's: this run has to have seen whose answer it was. */
function decided(wave: Wave, approval: Approval, caller?: Caller): Wave {
  const { approvalId, status, by = '', reason } = approval
  if (status !== 'APPROVED') return { ...wave, refused: notApproved(approval) }
  if (wave.trigger === 'ON_DEMAND' && (caller === undefined || 'notProved' in caller))
    return { ...wave, refused: needsAnother(`${by} approved it (${approvalId}), and that is not proved`) }
  const known = { ...(reason !== undefined && { reason }), ...(caller && { caller }) }
  return { ...wave, approval: { approvalId, by, ...known } }
}

function needsAnother(why: string): Refusal {
  return { reason: 'NOT_APPROVED', message: `it wants the go-ahead of somebody else: ${why}` }
}

/** Why a wave without a go-ahead does not start. */
export function notApproved(approval: Approval): Refusal {
  const { approvalId, status, by = '', reason, expiresAt, refused } = approval
  const last = refused ? `; an answer of ${refused.by} did not count: ${refused.why}` : ''
  const message =
    status === 'REJECTED'
      ? `${by} rejected it: ${reason ?? 'no reason given'} (approval ${approvalId})`
      : `nobody approved it by ${expiresAt} (approval ${approvalId})${last}`
  return { reason: 'NOT_APPROVED', message }
}
