import type { CSSProperties } from 'preact'
import type { Status } from '../../../../model/rotation.ts'
import type { DayAnswer, SlotAnswer } from '../../../server/api-types.ts'
import { useApp } from '../../lib/context.ts'
import { LOOKS, STATUSES, type Tone } from '../../ui/outcome.tsx'

const HUES = 8

/** A schedule's own colour, the same in every view. */
export function hueOf(schedule: string, schedules: { name: string }[]): CSSProperties {
  const index = schedules.findIndex(({ name }) => name === schedule)
  return { '--hue': `var(--hue-${Math.max(0, index) % HUES})` }
}

/** How an occurrence's rotations went as a whole: as the worst of them did. */
function worst(outcomes: SlotAnswer['outcomes']): Tone | undefined {
  const tones = STATUSES.filter((status) => outcomes?.[status]).map((status) => LOOKS[status].tone)
  return (['bad', 'busy', 'quiet', 'good'] as const).find((tone) => tones.includes(tone))
}

/** `2 SUCCEEDED, 1 FAILED`. */
export function outcomesText(outcomes: NonNullable<SlotAnswer['outcomes']>): string {
  return (Object.entries(outcomes) as [Status, number][])
    .map(([status, count]) => `${count} ${status}`)
    .join(', ')
}

export type PickSlot = (slot: SlotAnswer, day: DayAnswer) => void

type Props = { slot: SlotAnswer; pick: () => void; style?: CSSProperties; tall?: boolean }

/** One line of a calendar: its colour, its time, its schedule, and how it went. */
export function Slot({ slot, pick, style, tall }: Props) {
  const { stage } = useApp()
  const { schedule, local, count, frozen, skipped, held, planned, outcomes } = slot
  const tone = worst(outcomes)
  const isFrozen = frozen === count
  const isStopped = isFrozen || skipped === count || held === count
  return (
    <button
      type="button"
      class={['slot', isStopped && 'stopped', tall && 'tall'].filter(Boolean).join(' ')}
      onClick={pick}
      style={{ ...hueOf(schedule, stage.schedules), ...style }}
    >
      {isStopped ? <s>{local}</s> : <b>{local}</b>} <span class="name">{schedule}</span>
      {count > 1 && <small> ×{count}</small>}
      {planned && <small> planned</small>}
      {held && !isStopped && <small> {held} held</small>}
      {isStopped && <span class="unseen">, {isFrozen ? 'frozen' : held === count ? 'held' : 'skipped'}</span>}
      {outcomes && (tone || !isStopped) && (
        <span class={`dot ${tone ?? 'none'}`}>
          <span class="unseen">, {outcomesText(outcomes) || 'no record'}</span>
        </span>
      )}
    </button>
  )
}
