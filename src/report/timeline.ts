import type { Rotation } from '../model/rotation.ts'
import { iso } from '../model/time.ts'

/** One thing that happened to a rotation, or is now; `gapMs` since the one before. */
export type Moment = { at: string; what: string; gapMs?: number; tone?: 'good' | 'bad' | 'quiet' }

const INSTANT = {
  SCHEDULE: 'the scheduled instant',
  CATCH_UP: 'the scheduled instant',
  ON_DEMAND: 'the instant asked for',
}

const MOVED = 'the instant that it was moved to'

/** Everything the record has a time of, in the order of time; where there is no outcome yet, up to `now` (epoch ms). */
export function timelineOf(rotation: Rotation, now: number): Moment[] {
  const { status, trigger, scheduledAt, moved, rotatedAt, failure, proof } = rotation
  const isOpen = status === 'CLAIMED' || status === 'ROTATING'
  const moments: Moment[] = [
    // Of what others did, it is the time at which they did it.
    ...(trigger === 'EXTERNAL'
      ? []
      : [{ at: scheduledAt, what: moved ? MOVED : INSTANT[trigger], tone: 'quiet' as const }]),
    ...rotation.events.map((event) => momentOf(event, rotation)),
    ...attemptsOf(rotation),
    ...(failure === undefined
      ? []
      : [{ at: failure.at, what: `Secrets Manager reported: ${failure.message}` }]),
    ...(proof === undefined || rotatedAt !== undefined
      ? []
      : [{ at: proof.at, what: 'Secrets Manager reported the new version as AWSCURRENT' }]),
    ...(rotatedAt === undefined
      ? []
      : [{ at: rotatedAt, what: 'the new version is AWSCURRENT', tone: 'good' as const }]),
    ...(isOpen ? [{ at: iso(now), what: `now: ${status} still`, tone: 'quiet' as const }] : []),
  ]
  // Stable: at the same instant, what is said first came first. The outcome is written after what it is about.
  const order = (it: Moment) => (it.what.startsWith('outcome') ? 1 : 0)
  const sorted = moments.sort((a, b) => compare(a.at, b.at) || order(a) - order(b))
  return sorted.map((moment, index) => {
    const before = sorted[index - 1]
    return before === undefined ? moment : { ...moment, gapMs: Date.parse(moment.at) - Date.parse(before.at) }
  })
}

/** What the first start and the outcome do not tell of. */
function attemptsOf({ attempts = [] }: Rotation): Moment[] {
  return attempts.flatMap(({ sentAt, answer, endedAt, reason, evidence }, index) => {
    const number = index + 1
    const isLast = number === attempts.length
    return [
      ...(number === 1 || sentAt === undefined
        ? []
        : [{ at: sentAt, what: `RotateSecret sent again, attempt ${number}${ANSWERS[answer ?? 'none']}` }]),
      ...(isLast || endedAt === undefined
        ? []
        : [{ at: endedAt, what: `attempt ${number} failed: ${reason}, ${evidence}`, tone: 'bad' as const }]),
    ]
  })
}

const ANSWERS = {
  accepted: '',
  pending: ': Secrets Manager attempts the pending version again',
  none: ': no answer was seen',
} as const

function momentOf(
  { at, status, reason, message, guessed }: Rotation['events'][number],
  { startedAt }: Rotation,
): Moment {
  const why = message === undefined ? '' : `: ${message}`
  switch (status) {
    case 'CLAIMED':
      return { at, what: `CLAIMED${message === undefined ? ', taken up by its execution' : why}` }
    case 'ROTATING':
      return { at, what: `ROTATING, RotateSecret ${at === startedAt ? 'sent' : 'had been sent'}${why}` }
    default: {
      const tone = status === 'SUCCEEDED' ? 'good' : 'bad'
      const outcome = guessed ? 'outcome, by what could be seen,' : 'outcome'
      return { at, what: `${outcome} ${[status, reason].filter(Boolean).join(' ')}${why}`, tone }
    }
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
