import { rotationIdOf } from '../../src/model/identity.ts'
import { type Rotation, SETTLED } from '../../src/model/rotation.ts'
import { type Due, type Excepted, type Happened, time, type Violation } from './happened.ts'

type Records = Map<string, Rotation>

/** A move that this rotation may be of: it says from where, and under which id. */
function moveOf(
  { schedule, secretName, scheduledAt, rotationId, moved }: Rotation,
  { exceptions }: Happened,
) {
  if (moved === undefined || rotationIdOf(schedule, secretName, moved.id) !== rotationId) return undefined
  const [from, to] = [moved.from, scheduledAt].map((it) => Date.parse(it))
  return exceptions.find((it) => it.schedule === schedule && it.instant === from && it.to === to)
}

/** Rotations of moved occurrences that somebody asked for, as due at their new instant. */
export function movedDues(happened: Happened): Happened['requests'] {
  return happened.rotations.flatMap((rotation) => {
    const move = moveOf(rotation, happened)
    if (move?.to === undefined) return []
    const { rotationId, schedule, secretName: secret } = rotation
    const closes = move.to + (happened.schedules.get(schedule)?.windowMs ?? 0)
    return [{ secret, rotationId, schedule, instant: move.to, closes, sure: true }]
  })
}

/**
 * Nothing of what was skipped, moved away or taken back, once people were told so; what was moved rotates at its new
 * instant, or has an outcome there; once, wherever; and nothing is said to be skipped or moved that nobody did.
 */
export function exceptedOnly(happened: Happened, records: Records): Violation[] {
  return [
    ...happened.occurrences.flatMap((due) => ofOccurrence(due, happened)),
    ...happened.requests.flatMap((due) => sentAfter(due, due.cancelledAt, 'it was cancelled', happened)),
    ...happened.rotations.flatMap((rotation) => saidOnly(rotation, happened)),
    ...happened.exceptions.flatMap((exception) => lostAtNew(exception, happened, records)),
  ]
}

function ofOccurrence(due: Due, happened: Happened): Violation[] {
  const { exceptions, effects, rotations, clockMs } = happened
  const own = exceptions.filter((it) => it.schedule === due.schedule && it.instant === due.instant)
  // Written in the last second before its instant it may come too late, as the commands say; taken back after it, it stays.
  const told = own.filter(({ toldAt }) => toldAt !== undefined && toldAt < due.instant - 1_000 - clockMs)
  // Two who ask the same have one skip, which either of them takes back.
  const isBack = own.some(({ backAt }) => backAt !== undefined && backAt <= due.instant + clockMs)
  const standing = isBack ? [] : told
  const away = standing.length === 0 ? undefined : Number.NEGATIVE_INFINITY
  const moved = rotations.flatMap((it) => {
    const move = it.secretName === due.secret ? moveOf(it, happened) : undefined
    return move !== undefined && own.includes(move) ? [{ ...move, rotationId: it.rotationId }] : []
  })
  const began = [due.rotationId, ...moved.map(({ rotationId }) => rotationId)].filter((id) =>
    effects.some(({ token }) => token === id),
  )
  const what = `${due.schedule} of ${time(due.instant)} rotated here and where it was moved: ${began.join(', ')}`
  return [
    ...sentAfter(due, away, 'that occurrence was skipped or moved', happened),
    ...moved.flatMap(({ rotationId, backToldAt }) =>
      sentAfter({ ...due, rotationId }, backToldAt, 'its move was taken back', happened),
    ),
    ...(began.length > 1 ? [violation('double', due, what)] : []),
  ]
}

function sentAfter(
  due: Pick<Due, 'secret' | 'rotationId'>,
  from: number | undefined,
  why: string,
  { sendings }: Happened,
): Violation[] {
  if (from === undefined) return []
  return sendings
    .filter(({ token, sentAt }) => token === due.rotationId && sentAt > from)
    .map(({ sentAt }) => violation('excepted', due, `sent at ${time(sentAt)}, though ${why}`))
}

function saidOnly(rotation: Rotation, happened: Happened): Violation[] {
  const { schedule, secretName: secret, rotationId, scheduledAt, reason, moved } = rotation
  const at = Date.parse(scheduledAt)
  const isAsked = happened.exceptions.some(
    (it) => it.schedule === schedule && (it.instant === at || it.to === at),
  )
  if (reason === 'SKIPPED_ONCE' && !isAsked)
    return [violation('untrue', { secret, rotationId }, 'SKIPPED_ONCE, and nobody skipped or moved it')]
  if (moved !== undefined && moveOf(rotation, happened) === undefined)
    return [violation('untrue', { secret, rotationId }, `moved from ${moved.from}, and nobody did`)]
  return []
}

function lostAtNew(exception: Excepted, happened: Happened, records: Records): Violation[] {
  const { schedule, instant, to, toldAt, backAt } = exception
  if (to === undefined || toldAt === undefined || backAt !== undefined) return []
  const wave = happened.occurrences.filter((it) => it.schedule === schedule && it.instant === instant)
  return wave.flatMap((due) => {
    // What had begun before the move was written stays where it was.
    if (happened.effects.some(({ token }) => token === due.rotationId)) return []
    const isThere = [...records.values()].some(
      (it) =>
        it.secretName === due.secret && moveOf(it, happened) === exception && SETTLED.includes(it.status),
    )
    if (isThere) return []
    return [violation('lost', due, `${schedule} moved to ${time(to)} has no outcome there`)]
  })
}

function violation(
  kind: Violation['kind'],
  { secret, rotationId }: Pick<Due, 'secret' | 'rotationId'>,
  what: string,
): Violation {
  return { kind, secret, rotationId, what }
}
