import { setTimeout as sleep } from 'node:timers/promises'
import { eachWithAws, withAws } from '../aws/with-aws.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Requests } from '../ledger/requests.ts'
import type { Waves } from '../ledger/waves.ts'
import { CannotDo } from '../model/errors.ts'
import { rotationIdOf } from '../model/identity.ts'
import { type Rotation, SETTLED } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import type { RotateNowAnswer } from '../rotation/rotate-now.ts'
import type { Onlooker } from './progress.ts'

/**
 * What a wave came to, as far as it was followed. `secrets`: how many it was of. `refused`: why it was of none, which
 * may be that they could not be listed.
 */
export type Followed = { secrets: number; rotations: Rotation[]; refused?: string }

/** When something of a rotation, or of one without a record yet, should be there: epoch ms. */
export type Due = (rotation: Rotation | undefined) => number

type Records = {
  ledger: Pick<Ledger, 'get' | 'query'>
  waves: Pick<Waves, 'get'>
  requests: Pick<Requests, 'get'>
}

/** A durable execution claims as soon as it runs: where nothing is claimed by then, it does not run. */
const CLAIM_MS = 120_000

/** Between two looks at what is planned for later. */
const IDLE_MS = 15_000

/**
 * Reads the ledger until every rotation of an on-demand wave has its outcome, or none can come any more (`due`).
 * Which those are is known from the answer, or, where a selector chooses, once the wave has started. Throws
 * CannotDo where nothing of it ever reached the ledger.
 */
export async function followWave(
  answer: RotateNowAnswer,
  records: Records,
  due: Due,
  { now, note }: Onlooker,
): Promise<Followed> {
  const seen = new Map<string, Rotation>()
  const lastClaim = Math.max(now(), Date.parse(answer.scheduledAt)) + CLAIM_MS
  let secrets = answer.rotations?.length
  let refused: string | undefined
  const open = () =>
    secrets === undefined ||
    seen.size < secrets ||
    [...seen.values()].some(({ status }) => !SETTLED.includes(status))
  const until = () => {
    const left = [...seen.values()].filter(({ status }) => !SETTLED.includes(status))
    return Math.max(...left.map(due), ...(seen.size === secrets ? [] : [due(undefined)]))
  }
  while (open() && now() < until()) {
    if (answer.planned && seen.size === 0 && (await isCancelled(answer, records, note))) {
      return { secrets: answer.rotations?.length ?? 1, rotations: [] }
    }
    if (secrets === undefined) {
      // A failure that is noted alone makes no wave: then there is no number yet.
      const wave = await withAws('read the ledger', () => records.waves.get(answer.waveId))
      secrets = wave?.secrets
      refused = wave?.refused?.message
    }
    for await (const rotation of rotationsOf(answer, seen, records)) {
      if (rotation.status === seen.get(rotation.rotationId)?.status) continue
      note(`${iso(now())}  ${rotation.secret}  ${rotation.status}`)
      seen.set(rotation.rotationId, rotation)
    }
    if (seen.size === 0 && secrets !== 0 && now() >= lastClaim) break
    // A look at a large wave is many reads.
    const idle = seen.size === 0 && now() < Date.parse(answer.scheduledAt) - IDLE_MS
    if (open()) await sleep(idle ? IDLE_MS : Math.max(500, 20 * seen.size))
  }
  if (secrets === undefined || (seen.size === 0 && secrets > 0)) throw neverClaimed(answer)
  const missing = (answer.rotations ?? []).filter(({ rotationId }) => !seen.has(rotationId))
  if (missing.length > 0) note(`never reached the ledger: ${missing.map(({ secret }) => secret).join(', ')}`)
  if (open()) note('no outcome in time; see tourbillon history for what comes later')
  return { secrets, rotations: inOrder(answer, seen), ...(refused !== undefined && { refused }) }
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
