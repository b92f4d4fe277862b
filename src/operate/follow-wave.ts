import { setTimeout as sleep } from 'node:timers/promises'
import { eachWithAws, withAws } from '../aws/with-aws.ts'
import type { Config } from '../config/config.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Requests } from '../ledger/requests.ts'
import type { Waves } from '../ledger/waves.ts'
import { CannotDo } from '../model/errors.ts'
import { rotationIdOf } from '../model/identity.ts'
import { limitsIn, limitsOf, longestSeconds, nextDue } from '../model/limits.ts'
import { type Rotation, SETTLED } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import { onDemandRequest, type RotateNowAnswer } from '../rotation/rotate-now.ts'
import type { Asked } from '../rotation/rotate-now-event.ts'
import { approvalRuleOf, type WaveTerms } from '../rotation/wave.ts'
import { waveOf } from '../rotation/wave-request.ts'
import { recordsOf } from '../runtime/records.ts'
import { createFollowNotes } from './follow-notes.ts'
import type { Onlooker } from './progress.ts'

/**
 * What a wave came to, as far as it was followed. `secrets`: how many it was of. `refused`: why it was of none, which
 * may be that they could not be listed.
 */
export type Followed = { secrets: number; rotations: Rotation[]; refused?: string }

type Records = {
  ledger: Pick<Ledger, 'get' | 'query'>
  waves: Pick<Waves, 'get'>
  requests: Pick<Requests, 'get'>
}

/** A durable execution claims as soon as it runs: where nothing is claimed by then, it does not run. */
const CLAIM_MS = 120_000

/** Between two looks at what is planned for later. */
const IDLE_MS = 15_000

/** After an outcome is due, for it to be written in. */
const GRACE_MS = 60_000

/** What has been read of the wave so far. `secrets`: how many it is of, once that is known. */
type Seen = { secrets: number | undefined; refused: string | undefined; rotations: Map<string, Rotation> }

/**
 * Reads the ledger until every rotation of an on-demand wave has its outcome, or none can come any more. Which those are
 * is known from the answer, or, where a selector chooses, once the wave has started. Throws CannotDo where nothing of it
 * ever reached the ledger.
 */
export async function followWave(
  asked: Asked,
  answer: RotateNowAnswer,
  config: Config,
  { now, note }: Onlooker,
): Promise<Followed> {
  const records: Records = recordsOf(config.stage)
  const wave = waveOf(onDemandRequest(asked, Date.parse(answer.scheduledAt)), config)
  const due = dueBy(wave, config)
  const waits = 1_000 * (approvalRuleOf(wave)?.timeoutSeconds ?? 0)
  const lastClaim = Math.max(now(), Date.parse(answer.scheduledAt)) + waits + CLAIM_MS
  const notes = createFollowNotes({ now, note }, Date.parse(answer.scheduledAt))
  const seen: Seen = { secrets: answer.rotations?.length, refused: undefined, rotations: new Map() }
  while (isOpen(seen) && now() < lastDue(seen, due)) {
    if (answer.planned && seen.rotations.size === 0 && (await isCancelled(answer, records, note))) {
      return { secrets: answer.rotations?.length ?? 1, rotations: [] }
    }
    for await (const rotation of changesOf(answer, seen, records)) notes.changed(rotation, seen.secrets)
    notes.looked([...seen.rotations.values()], seen.secrets)
    if (seen.rotations.size === 0 && seen.secrets !== 0 && now() >= lastClaim) break
    if (isOpen(seen)) await sleep(pauseMs(seen, answer, now()))
  }
  return followed(answer, seen, note)
}

/** When something of a rotation, or of one without a record yet, should be there: epoch ms. */
type Due = (rotation: Rotation | undefined) => number

/** By a rotation's record; while it has none, by what the config says. */
function dueBy(wave: WaveTerms, config: Config): Due {
  const last = Date.parse(wave.scheduledAt) + longestSeconds(limitsOf(wave)) * 1_000
  return (rotation) => GRACE_MS + (rotation ? nextDue(rotation, limitsIn(rotation, config)) : last)
}

function unsettled({ rotations }: Seen): Rotation[] {
  return [...rotations.values()].filter(({ status }) => !SETTLED.includes(status))
}

function isOpen(seen: Seen): boolean {
  return seen.secrets === undefined || seen.rotations.size < seen.secrets || unsettled(seen).length > 0
}

function lastDue(seen: Seen, due: Due): number {
  const absent = seen.rotations.size === seen.secrets ? [] : [due(undefined)]
  return Math.max(...unsettled(seen).map(due), ...absent)
}

/** A look at a large wave is many reads. */
function pauseMs({ rotations }: Seen, { scheduledAt }: RotateNowAnswer, now: number): number {
  const idle = rotations.size === 0 && now < Date.parse(scheduledAt) - IDLE_MS
  return idle ? IDLE_MS : Math.max(500, 20 * rotations.size)
}

/** Reads once, and gives what has changed since the last time. */
async function* changesOf(answer: RotateNowAnswer, seen: Seen, records: Records): AsyncGenerator<Rotation> {
  if (seen.secrets === undefined) {
    // A failure that is noted alone makes no wave: then there is no number yet.
    const wave = await withAws('read the ledger', () => records.waves.get(answer.waveId))
    seen.secrets = wave?.secrets
    seen.refused = wave?.refused?.message
  }
  for await (const rotation of rotationsOf(answer, seen.rotations, records)) {
    if (rotation.status === seen.rotations.get(rotation.rotationId)?.status) continue
    seen.rotations.set(rotation.rotationId, rotation)
    yield rotation
  }
}

function followed(answer: RotateNowAnswer, seen: Seen, note: Onlooker['note']): Followed {
  const { secrets, refused, rotations } = seen
  if (secrets === undefined || (rotations.size === 0 && secrets > 0)) throw neverClaimed(answer)
  const missing = (answer.rotations ?? []).filter(({ rotationId }) => !rotations.has(rotationId))
  if (missing.length > 0) note(`never reached the ledger: ${missing.map(({ secret }) => secret).join(', ')}`)
  if (isOpen(seen)) note('no outcome in time')
  return { secrets, rotations: inOrder(answer, rotations), ...(refused !== undefined && { refused }) }
}

async function isCancelled(
  { requestId }: RotateNowAnswer,
  { requests }: Records,
  note: Onlooker['note'],
): Promise<boolean> {
  const kept = await withAws('read the ledger', () => requests.get(requestId))
  if (kept?.state !== 'CANCELLED') return false
  const { by, at } = kept.events.at(-1) ?? { at: '' }
  note(`cancelled by ${by ?? 'somebody'} at ${at}`)
  return true
}

/** Those that are there and not yet seen settled. */
async function* rotationsOf(
  { rotations, waveId, requestId, scheduledAt }: RotateNowAnswer,
  seen: Map<string, Rotation>,
  { ledger }: Records,
): AsyncGenerator<Rotation> {
  const settled = (id: string) => SETTLED.includes(seen.get(id)?.status ?? 'CLAIMED')
  if (rotations !== undefined) {
    for (const { rotationId } of rotations) {
      if (settled(rotationId)) continue
      const rotation = await withAws('read the ledger', () => ledger.get(rotationId))
      if (rotation) yield rotation
    }
    return
  }
  const schedule = waveId.slice(0, -requestId.length - 1)
  const range = { from: scheduledAt, to: iso(Date.parse(scheduledAt) + 1) }
  for await (const rotation of eachWithAws('read the ledger', ledger.query('bySchedule', schedule, range))) {
    // Another request may be of the same instant.
    if (rotation.rotationId === rotationIdOf(schedule, rotation.secret, requestId)) yield rotation
  }
}

function inOrder({ rotations }: RotateNowAnswer, seen: Map<string, Rotation>): Rotation[] {
  if (rotations !== undefined) return rotations.flatMap(({ rotationId }) => seen.get(rotationId) ?? [])
  return [...seen.values()].sort((a, b) => (a.secret < b.secret ? -1 : 1))
}

function neverClaimed({ rotations, waveId, execution }: RotateNowAnswer): CannotDo {
  const what = rotations?.map(({ secret }) => secret).join(', ') ?? waveId
  return new CannotDo(`never reached the ledger: ${what}`, {
    hint: `read the orchestrator’s log${execution ? ` of ${execution}` : ''}`,
  })
}
