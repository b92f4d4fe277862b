import { formatPreciseDuration } from '../../../calendar/format.ts'
import type { RotationSummary } from '../../server/api-types.ts'
import { useApp } from '../lib/context.ts'
import { hrefOf } from '../lib/route.ts'
import { hueOf } from '../views/calendar/slot.tsx'
import { Axis } from './axis.tsx'

const HEIGHT = 320
const [LEAST, MOST] = [1, 3_600_000]
const LINES: [ms: number, label: string, meaning?: string][] = [
  [1, '1 ms'],
  [10, '10 ms'],
  [100, '100 ms'],
  [1_000, '1 s'],
  [10_000, '10 s'],
  [60_000, '1 min', 'Scheduler’s own precision'],
  [3_600_000, '1 h', 'native rotation’s smallest window'],
]

/** Each rotation a point, on a logarithmic scale; a minus (started early) shows at the bottom. The table has their distribution. */
export function SkewPlot({
  rotations,
  from,
  to,
}: {
  rotations: (RotationSummary & { skewMs: number })[]
  from: number
  to: number
}) {
  const { stage } = useApp()
  const counts = `${rotations.length} rotations; the table below has their distribution`
  return (
    <figure class="skew">
      <div class="plot">
        <div class="scale" aria-hidden="true">
          {LINES.map(([ms, label]) => (
            <span key={ms} style={{ top: `${heightOf(ms)}px` }}>
              {label}
            </span>
          ))}
        </div>
        <svg height={HEIGHT}>
          <title>{`Skew of each rotation over time: ${counts}`}</title>
          {LINES.map(([ms, , meaning]) => (
            <g key={ms} class={meaning === undefined ? '' : 'limit'}>
              <line x2="100%" y1={heightOf(ms)} y2={heightOf(ms)} />
              {meaning !== undefined && (
                <text x="100%" y={heightOf(ms) - 5}>
                  {meaning}
                </text>
              )}
            </g>
          ))}
          {rotations.map(({ rotationId, schedule, scheduledAt, skewMs, secretName }) => (
            <a
              key={rotationId}
              href={hrefOf('rotation', { id: rotationId })}
              tabIndex={-1}
              aria-label={`${secretName}, ${schedule}: ${formatPreciseDuration(skewMs)}`}
            >
              <circle
                style={hueOf(schedule, stage.schedules)}
                cx={`${(((Date.parse(scheduledAt) - from) / (to - from)) * 100).toFixed(3)}%`}
                cy={heightOf(skewMs)}
                r="3.5"
              >
                <title>{`${secretName}, ${schedule}: ${formatPreciseDuration(skewMs)}`}</title>
              </circle>
            </a>
          ))}
        </svg>
      </div>
      <Axis from={from} to={to} />
    </figure>
  )
}

function heightOf(ms: number): number {
  const share = Math.log(Math.min(MOST, Math.max(LEAST, ms)) / LEAST) / Math.log(MOST / LEAST)
  return HEIGHT - 8 - share * (HEIGHT - 30)
}
