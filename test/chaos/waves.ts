import type { Rotation } from '../../src/model/rotation.ts'
import { type Happened, time, type Violation } from './happened.ts'

type Records = Map<string, Rotation>

/** Records of one wave: the same schedule and instant, of an occurrence that was moved too. */
function waveOf(record: Rotation, { rotations }: Happened): Rotation[] {
  return rotations.filter(
    (it) =>
      it.schedule === record.schedule &&
      it.scheduledAt === record.scheduledAt &&
      it.moved?.id === record.moved?.id,
  )
}

/**
 * Nothing of a wave's rest is sent before each canary is verified, and has soaked: by the ledger, and by AWS, where its
 * version is AWSCURRENT. Where every function breaks, so, nothing but canaries is touched at all.
 */
export function restAfterCanaries(happened: Happened, records: Records): Violation[] {
  const { sendings, moves, schedules, broken, clockMs } = happened
  return sendings.flatMap(({ token, secret, sentAt }) => {
    const record = records.get(token)
    const { canaries = [], soakMs = 0 } = schedules.get(record?.schedule ?? '') ?? {}
    if (record === undefined || canaries.length === 0 || canaries.includes(secret)) return []
    const found = (what: string): Violation[] => [
      { kind: 'canary', secret, rotationId: token, what: `sent at ${time(sentAt)}, ${what}` },
    ]
    if (broken.includes(secret)) return found('though every function of its wave breaks')
    const wave = waveOf(record, happened)
    for (const canary of canaries) {
      const first = wave.find(({ secretName }) => secretName === canary)
      const verified = first?.events.find(({ status }) => status === 'SUCCEEDED')
      if (first === undefined || verified === undefined || first.late)
        return found(`though canary ${canary} is ${first?.status ?? 'not there'}`)
      const id = first.versionId ?? first.rotationId
      const current = moves.find((it) => it.secret === canary && it.versionId === id)
      if (current === undefined || current.at > sentAt) return found(`before canary ${canary} was AWSCURRENT`)
      const since = sentAt - Date.parse(verified.at)
      if (since < soakMs - clockMs) return found(`${since} ms after canary ${canary} was verified`)
    }
    return []
  })
}

/** No attempt begins sooner after the one before: src/model/attempts.ts. A repeated request comes within it. */
const PAUSE_MS = 60_000

/** A rotation that failed is asked for again as often as its schedule says. AWS attempting it by itself is no call of ours. */
export function attemptedAsAllowed(
  { sendings, failures, schedules }: Happened,
  records: Records,
): Violation[] {
  return [...new Set(sendings.map(({ token }) => token))].flatMap((token) => {
    const record = records.get(token)
    const own = sendings.filter((it) => it.token === token).sort((a, b) => a.sentAt - b.sentAt)
    const failed = failures.filter((it) => it.token === token)
    const again = own.filter(({ sentAt }, index) => {
      const before = own[index - 1]?.sentAt ?? Number.POSITIVE_INFINITY
      return sentAt - before >= PAUSE_MS && failed.some(({ at }) => before < at && at < sentAt)
    })
    const retries = record?.limits?.retries ?? schedules.get(record?.schedule ?? '')?.retries ?? 0
    if (again.length <= retries) return []
    const what = `asked for again ${again.length} times after it had failed, and may be ${retries}`
    return [{ kind: 'attempts', secret: own[0]?.secret ?? '', rotationId: token, what }]
  })
}

/** So long before a call it may have been read how many have failed: the note of the call may be slow. */
const COUNTED_MS = 15_000

/** Of a wave in which as many have failed as `maxErrors` says nothing more is sent. */
export function stoppedByErrors(happened: Happened, records: Records): Violation[] {
  const { sendings, schedules, graceMs } = happened
  return sendings.flatMap(({ token, secret, sentAt, lateMs = 0 }): Violation[] => {
    const record = records.get(token)
    const most = record && schedules.get(record.schedule)?.maxErrors
    if (record === undefined || most === undefined) return []
    const before = sentAt - COUNTED_MS - graceMs - lateMs
    const failed = waveOf(record, happened).filter(({ rotationId, events }) =>
      events.some(
        ({ at, status, message = '' }) =>
          rotationId !== token && isFailed(status) && !LOST.test(message) && Date.parse(at) < before,
      ),
    )
    if (failed.length < most) return []
    const what = `sent at ${time(sentAt)}, though ${failed.map((it) => it.secretName).join(', ')} had failed`
    return [{ kind: 'stopped', secret, rotationId: token, what }]
  })
}

const isFailed = (status: Rotation['status']) => status === 'FAILED' || status === 'TIMED_OUT'

/** What the outcome of the failure that pauses says. */
const PAUSES = /paused, it failed/

/** The audit's words of a run that died: it may have placed a pause, and not have come to say so. */
const LOST = /was lost/

type Pause = { rotationId: string; schedule: string; secret: string; beganAt: number; at: number }

/**
 * From then on its schedule starts nothing of the secret until that has rotated on demand; and no other is paused; and where
 * one failure is enough, each of them pauses.
 */
export function pausedAsSaid(happened: Happened, records: Records): Violation[] {
  const { rotations, moves, sendings, schedules, unpaused, graceMs } = happened
  const failures = rotations.flatMap((rotation) => {
    const { rotationId, schedule, secretName: secret, startedAt, claimedAt, late } = rotation
    const failed = rotation.events.filter(({ status }) => isFailed(status))
    const beganAt = Date.parse(startedAt ?? claimedAt)
    return failed.map(({ at, message = '' }) => ({
      ...{ rotationId, schedule, secret, beganAt, at: Date.parse(at), late },
      ...{ says: PAUSES.test(message), lost: LOST.test(message) },
    }))
  })
  const pauses = failures.filter(({ says }) => says)
  const sameAs =
    ({ schedule, secret }: Pick<Pause, 'schedule' | 'secret'>) =>
    (it: Pause) =>
      it.schedule === schedule && it.secret === secret
  const successes = rotations.flatMap(({ trigger, secretName: secret, versionId, rotationId, events }) => {
    const at = events.find(({ status }) => status === 'SUCCEEDED')?.at
    const current = moves.find((it) => it.secret === secret && it.versionId === (versionId ?? rotationId))?.at
    return trigger !== 'ON_DEMAND' || at === undefined || current === undefined
      ? []
      : [{ secret, at: Date.parse(at), current }]
  })
  /** A success that was recorded before the failure began has ended no pause of it. */
  const isOver = ({ secret, beganAt }: Pause, when: number) =>
    successes.some((it) => it.secret === secret && it.at >= beganAt && it.current <= when)
  const sent = sendings.flatMap(({ token, secret, sentAt, lateMs = 0 }): Violation[] => {
    const record = records.get(token)
    if (record === undefined || record.trigger === 'ON_DEMAND') return []
    const { schedule } = record
    const isDue = (it: Pause) => it.at + graceMs + happened.readMs + lateMs < sentAt && !isOver(it, sentAt)
    const pause = pauses.filter(sameAs({ schedule, secret })).find(isDue)
    if (pause === undefined) return []
    const what = `sent at ${time(sentAt)}, paused in ${schedule} since ${time(pause.at)}`
    return [{ kind: 'paused', secret, rotationId: token, what }]
  })
  const said = rotations.flatMap(
    ({ reason, schedule, secretName: secret, rotationId, settledAt = '' }): Violation[] => {
      if (reason !== 'PAUSED') return []
      const before = failures.filter(sameAs({ schedule, secret })).filter(({ says, lost }) => says || lost)
      if (before.some(({ beganAt }) => beganAt <= Date.parse(settledAt))) return []
      return [{ kind: 'untrue', secret, rotationId, what: 'PAUSED, and no failure of it says so' }]
    },
  )
  const missing = failures.flatMap(({ says, lost, late, ...failure }): Violation[] => {
    const { schedule, secret, rotationId } = failure
    if (says || lost || late || schedules.get(schedule)?.pauseAfter !== 1) return []
    const before = failures.filter((it) => it.says || it.lost).filter(sameAs(failure))
    const others = before.filter((it) => !isOver(it, failure.at))
    const isSaid = others.length > 0 || unpaused.includes(rotationId)
    return isSaid ? [] : [{ kind: 'paused', secret, rotationId, what: 'it failed, and its schedule goes on' }]
  })
  return [...sent, ...said, ...missing]
}
