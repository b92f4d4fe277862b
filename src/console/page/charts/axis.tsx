import { useApp } from '../lib/context.ts'
import { dateText } from '../ui/instant.tsx'

const TICKS = 6

/** Days under a chart, by the chosen clock. */
export function Axis({ from, to }: { from: number; to: number }) {
  const { timezone } = useApp()
  return (
    <div class="axis" aria-hidden="true">
      {Array.from({ length: TICKS }, (_, index) => {
        const at = from + ((index + 0.5) / TICKS) * (to - from)
        return (
          <span key={index} style={{ left: `${((index + 0.5) / TICKS) * 100}%` }}>
            {dateText(at, timezone).slice(4, -5)}
          </span>
        )
      })}
      <span class="zone">{timezone}</span>
    </div>
  )
}
