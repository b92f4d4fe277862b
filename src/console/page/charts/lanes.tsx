import { useState } from 'preact/hooks'
import { formatPreciseDuration } from '../../../calendar/format.ts'
import type { RotationSummary } from '../../server/api-types.ts'
import { useApp } from '../lib/context.ts'
import { hrefOf } from '../lib/route.ts'
import { instantText } from '../ui/instant.tsx'
import { Shape } from '../ui/outcome.tsx'
import { Axis } from './axis.tsx'

type Props = { rotations: RotationSummary[]; from: number; to: number }

/**
 * One lane a secret, one mark a rotation where it was due. The whole is one stop of the Tab key: arrows go along a lane
 * and from lane to lane.
 */
export function Lanes({ rotations, from, to }: Props) {
  const { timezone } = useApp()
  const [shown, show] = useState<RotationSummary>()
  const lanes = lanesOf(rotations)
  const first = lanes[0]?.marks[0]
  const stop = rotations.some(({ rotationId }) => rotationId === shown?.rotationId) ? shown : first
  return (
    <figure
      class="lanes"
      aria-label="Rotations by secret. Arrow keys go from one to the next"
      onKeyDown={(event) => go(event, lanes)}
    >
      <h2 class="unseen">By secret</h2>
      <div>
        {lanes.map(({ secret, marks }) => (
          <div class="lane" key={secret}>
            <h3 title={secret}>{secret}</h3>
            <ol>
              {marks.map((mark) => {
                const at = (Date.parse(mark.scheduledAt) - from) / (to - from)
                return (
                  <li key={mark.rotationId} style={{ '--at': Math.min(1, Math.max(0, at)).toFixed(5) }}>
                    <a
                      id={`mark-${mark.rotationId}`}
                      href={hrefOf('rotation', { id: mark.rotationId })}
                      tabIndex={mark.rotationId === stop?.rotationId ? 0 : -1}
                      onFocus={() => show(mark)}
                      onMouseEnter={() => show(mark)}
                    >
                      <Shape status={mark.status} />
                      <span class="unseen">{markText(mark, timezone)}</span>
                    </a>
                  </li>
                )
              })}
            </ol>
          </div>
        ))}
      </div>
      <Axis from={from} to={to} />
      <figcaption>
        {shown ? markText(shown, timezone) : 'Point at a mark to see what it is; open it for every step.'}
      </figcaption>
    </figure>
  )
}

type Lane = { secret: string; marks: RotationSummary[] }

function lanesOf(rotations: RotationSummary[]): Lane[] {
  const lanes = new Map<string, RotationSummary[]>()
  for (const rotation of rotations) {
    const marks = lanes.get(rotation.secretName)
    if (marks) marks.push(rotation)
    else lanes.set(rotation.secretName, [rotation])
  }
  return [...lanes]
    .map(([secret, marks]) => ({ secret, marks: marks.reverse() }))
    .sort((a, b) => (a.secret < b.secret ? -1 : 1))
}

function markText(
  { secretName, status, reason, schedule, scheduledAt, skewMs }: RotationSummary,
  timezone: string,
): string {
  const skew = skewMs === undefined ? '' : `, skew ${formatPreciseDuration(skewMs)}`
  const outcome = [status, reason].filter(Boolean).join(' ')
  return `${secretName} ${outcome}, ${schedule}, ${instantText(Date.parse(scheduledAt), timezone)}${skew}`
}

function go(event: KeyboardEvent, lanes: Lane[]): void {
  const id = (event.target as Element).closest('a')?.id
  const row = lanes.findIndex(({ marks }) => marks.some(({ rotationId }) => `mark-${rotationId}` === id))
  const marks = lanes[row]?.marks ?? []
  const column = marks.findIndex(({ rotationId }) => `mark-${rotationId}` === id)
  const at = Date.parse(marks[column]?.scheduledAt ?? '')
  const nearest = (lane: Lane | undefined) =>
    lane?.marks.toSorted(
      (a, b) => Math.abs(Date.parse(a.scheduledAt) - at) - Math.abs(Date.parse(b.scheduledAt) - at),
    )[0]
  const targets: Record<string, () => RotationSummary | undefined> = {
    ArrowLeft: () => marks[column - 1],
    ArrowRight: () => marks[column + 1],
    ArrowUp: () => nearest(lanes[row - 1]),
    ArrowDown: () => nearest(lanes[row + 1]),
    Home: () => marks[0],
    End: () => marks.at(-1),
  }
  const find = targets[event.key]
  if (!find) return
  event.preventDefault()
  const target = find()
  if (target) document.getElementById(`mark-${target.rotationId}`)?.focus()
}
