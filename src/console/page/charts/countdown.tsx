import { countdownText } from '../ui/instant.tsx'

const TICKS = 60
const UNITS = [
  { most: 60_000, of: 'minute' },
  { most: 3_600_000, of: 'hour' },
  { most: 86_400_000, of: 'day' },
]

/** A watch face that empties: of a minute, an hour or a day, whichever the time left fits in. */
export function Countdown({ leftMs }: { leftMs: number }) {
  const { most, of } = UNITS.find((unit) => leftMs <= unit.most) ?? { most: leftMs, of: 'day' }
  const lit = Math.ceil((Math.max(0, leftMs) / most) * TICKS)
  return (
    <div class="dial">
      <svg viewBox="-60 -60 120 120" aria-hidden="true">
        {Array.from({ length: TICKS }, (_, tick) => (
          <line
            key={tick}
            class={tick < lit ? 'lit' : ''}
            y1="-56"
            y2={tick % 5 === 0 ? '-46' : '-50'}
            transform={`rotate(${tick * (360 / TICKS)})`}
          />
        ))}
      </svg>
      <p role="timer" aria-label="Time left">
        {countdownText(leftMs)}
      </p>
      <small aria-hidden="true">the ring is {of === 'hour' ? 'an hour' : `a ${of}`}</small>
    </div>
  )
}
