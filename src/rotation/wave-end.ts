import { rotationIdOf } from '../model/identity.ts'
import type { Refusal } from '../model/reasons.ts'
import { type Rotation, SETTLED, type Status } from '../model/rotation.ts'
import { atDoor, messageOf } from '../model/text.ts'
import type { Steps } from '../steps/steps.ts'
import { type Notable, notableOf } from './notification.ts'
import type { Ports } from './ports.ts'
import type { Wave } from './wave.ts'

/** A rotation as it ended, or as another execution left it where `duplicate`. */
export type Ended = { rotation: Rotation; duplicate: boolean }

/** How a wave ended: counts, the worst of its rotations, and all of them unless they ran in executions of their own. */
export type WaveEnd = {
  outcomes: Partial<Record<Status, number>>
  duplicates: number
  notable: Notable[]
  rotations: Ended[]
  /** Rotations whose run failed before they had an outcome: the audit settles them. */
  unended: number
  /** What failed, in words: rotations and parts, not their secrets one by one. */
  failed: string[]
  /** Why it is of no secret at all: never a success. */
  refused?: Refusal
}

/** A wave of which something failed, as far as it came: everything else has ended. */
export class WaveFailed extends Error {
  override readonly name = 'WaveFailed'
  readonly end: WaveEnd
  constructor({ name, scheduledAt, secrets }: Wave, end: WaveEnd) {
    const [first = '', ...more] = end.failed
    const others = more.length === 0 ? '' : `; and ${more.length} more`
    super(
      end.refused?.message ??
        `${end.unended} of ${secrets.length} rotations of ${name} of ${scheduledAt} have no outcome yet, which the audit settles: ${first}${others}`,
    )
    this.end = end
  }
}

/** One rotation's part in the end of its wave. It is checkpointed, twice: so its record is in it once. */
export function endOfOne({ rotation, duplicate }: Ended): Omit<WaveEnd, 'notable'> {
  return {
    outcomes: { [rotation.status]: 1 },
    duplicates: duplicate ? 1 : 0,
    rotations: [{ rotation, duplicate }],
    unended: 0,
    failed: [],
  }
}

/** Longest that the words of an error are kept. */
const MOST_WORDS = 300

/**
 * What a run that failed has left of its wave, by the ledger. What cannot be read now has no outcome that is known: the
 * ledger was tried for long before.
 */
export async function endAfterFailure(
  steps: Steps,
  wave: Wave,
  what: string,
  error: unknown,
  ports: Ports,
): Promise<WaveEnd> {
  const words = atDoor(messageOf(error), MOST_WORDS)
  const failed = [`${what}: ${words}`]
  const found = await steps.step(
    'see what is left',
    async (): Promise<WaveEnd> => {
      ports.log('a run failed', { schedule: wave.name, scheduledAt: wave.scheduledAt, what, error: words })
      const ends: PartEnd[] = []
      for (const secret of wave.secrets) {
        const id = rotationIdOf(wave.name, secret, wave.occasion)
        const rotation = await ports.ledger.get(id).catch(() => undefined)
        if (rotation && SETTLED.includes(rotation.status)) ends.push(endOfOne({ rotation, duplicate: false }))
      }
      return { ...sumEnds(ends), rotations: [] }
    },
    { retryStrategy: () => ({ shouldRetry: false }) },
  )
  const settled = Object.values(found.outcomes).reduce((total, count) => total + count, 0)
  return { ...found, unended: wave.secrets.length - settled, failed }
}

/** A part in the end of a wave, which another release may have answered with. `notable`: default, its rotations. */
type PartEnd = Omit<WaveEnd, 'notable' | 'unended' | 'failed'> & Partial<WaveEnd>

export function sumEnds(ends: PartEnd[]): WaveEnd {
  const outcomes: WaveEnd['outcomes'] = {}
  for (const end of ends) {
    for (const [status, count] of Object.entries(end.outcomes) as [Status, number][]) {
      outcomes[status] = (outcomes[status] ?? 0) + count
    }
  }
  return {
    outcomes,
    duplicates: ends.reduce((total, { duplicates }) => total + duplicates, 0),
    notable: notableOf(
      ends.flatMap(
        ({ notable, rotations }) => notable ?? rotations.map(({ rotation }) => withoutHistory(rotation)),
      ),
    ),
    rotations: ends.flatMap(({ rotations }) => rotations),
    unended: ends.reduce((total, { unended = 0 }) => total + unended, 0),
    failed: ends.flatMap(({ failed = [] }) => failed),
  }
}

function withoutHistory({ events: _, ...rotation }: Rotation): Notable {
  return rotation
}
