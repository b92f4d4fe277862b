import { formatPreciseDuration } from '../../../calendar/format.ts'
import type { RotationSummary } from '../../server/api-types.ts'
import { useApp } from '../lib/context.ts'
import { hrefOf } from '../lib/route.ts'
import { Instant } from './instant.tsx'
import { Outcome } from './outcome.tsx'
import { TableHead } from './table.tsx'

/** Rotations as a table; on a narrow page each is a few lines. */
export function RotationTable({ rotations }: { rotations: RotationSummary[] }) {
  const { timezone } = useApp()
  return (
    <div class="scrolled">
      <table class="rotations">
        <TableHead columns={['Secret', 'Outcome', 'Scheduled']} figures={['Skew', 'Took']} />
        <tbody>
          {rotations.map((it) => (
            <tr key={it.rotationId}>
              <th scope="row">
                <a href={hrefOf('rotation', { id: it.rotationId })}>{it.secretName}</a>
                <small>
                  {it.schedule}
                  {it.trigger !== 'SCHEDULE' && ` · ${it.trigger}`}
                </small>
              </th>
              <td>
                <Outcome status={it.status} reason={it.reason} late={it.late} />
              </td>
              <td>
                <Instant at={it.scheduledAt} timezone={timezone} />
              </td>
              <td class="figure">{it.skewMs === undefined ? '' : formatPreciseDuration(it.skewMs)}</td>
              <td class="figure">
                {it.durationMs === undefined ? '' : formatPreciseDuration(it.durationMs)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
