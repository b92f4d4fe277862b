import type { KeptRequest } from '../../src/ledger/requests.ts'
import { isMoved, type Moved } from '../../src/model/exception.ts'
import { approvalIdOf, waveIdOf } from '../../src/model/identity.ts'
import { START_AHEAD_MS } from '../../src/model/limits.ts'
import { runOf } from '../../src/operate/move.ts'
import { answerApproval } from '../../src/rotation/answer-approval.ts'
import type { Aftermath } from './invariants.ts'
import type { Act } from './scenario.ts'
import { INSTANT } from './stage.ts'

const iso = (at: number) => new Date(at).toISOString()

/** What the command writes for the stage's schedule. Instants are epoch ms. */
export function movingOf({ id, from, to, at }: { id: string; from: number; to: number; at: number }): {
  exception: Moved
  run: Omit<KeptRequest, 'events'>
} {
  const exception = {
    ...{ id, schedule: 'nightly', scheduledAt: iso(from), movedTo: iso(to) },
    ...{ by: 'ana', reason: 'CHG-1', placedAt: iso(at) },
  }
  return { exception, run: runOf(exception) }
}

type Moving = Extract<Act, { act: 'move' | 'move on' }>

/** What the commands do, in their order; between a look and a write time may pass. */
export async function moveIt(aftermath: Aftermath, does: Moving | Extract<Act, { act: 'take back' }>) {
  const { stage, moves } = aftermath
  const { clock, exceptions, waves } = stage
  const before = await exceptions.at('nightly', iso(INSTANT))
  const wave = await waves.get(waveIdOf({ name: 'nightly', occasion: iso(INSTANT) }))
  const gone = clock.now() > INSTANT - 1_000 || wave !== undefined
  await clock.sleep(does.slowMs)
  if (does.act === 'take back') {
    if (!isMoved(before)) return
    const by = { at: iso(clock.now()), by: 'ben' }
    if (await stage.moves.cancel(before, by, gone)) moves.set(before.id, 'over')
    return
  }
  if (does.act === 'move' ? gone : !isMoved(before)) return
  const { id, to } = does
  const { exception, run } = movingOf({ id, from: INSTANT, to, at: clock.now() })
  if (!(await stage.moves.place(exception, run, isMoved(before) ? before : undefined))) return
  if (before) moves.set(before.id, 'over')
  moves.set(id, 'stands')
  void goAhead(aftermath, does)
  if (!aftermath.audited) await startIt(aftermath, does)
}

/** As the audit does: what is planned becomes an execution, unless it was taken back. */
async function startIt({ stage, thrown }: Aftermath, { id, to }: Moving) {
  await stage.clock.sleep(to - START_AHEAD_MS - stage.clock.now())
  const event = { at: iso(stage.clock.now()), state: 'STARTED' as const }
  const kept = await stage.requests.move(id, ['PLANNED'], event)
  if (kept?.state !== 'STARTED') return
  await stage.deliver(JSON.parse(kept.payload)).catch((error: unknown) => thrown.push(error))
}

async function goAhead({ stage }: Aftermath, { id, to, approvedBy: by }: Moving) {
  const approvalId = approvalIdOf({ name: 'nightly', occasion: id })
  await stage.clock.sleep(to + 20_000 - stage.clock.now())
  if (by === undefined || !stage.approvals.rows.has(approvalId)) return
  const answer = { status: 'APPROVED', by, at: iso(stage.clock.now()) } as const
  await answerApproval({ approvals: stage.approvals, wake: async () => {} }, approvalId, answer)
}
