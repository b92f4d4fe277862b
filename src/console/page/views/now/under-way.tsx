import { formatPreciseDuration } from '../../../../calendar/format.ts'
import type { NowAnswer } from '../../../server/api-types.ts'
import { hrefOf } from '../../lib/route.ts'
import { useClock } from '../../lib/use-clock.ts'
import { Empty } from '../../ui/loading-and-errors.tsx'
import { Outcome } from '../../ui/outcome.tsx'

export function UnderWay({ now: { underWay } }: { now: NowAnswer }) {
  const clock = useClock()
  return (
    <section aria-labelledby="under-way">
      <h2 id="under-way">Under way</h2>
      {underWay.length === 0 && <Empty>Nothing is under way.</Empty>}
      <ul class="under-way">
        {underWay.map(({ rotation, late, moments }) => {
          const since = Date.parse(rotation.startedAt ?? rotation.claimedAt)
          const last = moments.findLast(({ tone }) => tone !== 'quiet')
          return (
            <li key={rotation.rotationId} class={late ? 'late' : ''}>
              <span class="cage" aria-hidden="true" />
              <a href={hrefOf('rotation', { id: rotation.rotationId })}>{rotation.secretName}</a>
              <Outcome status={rotation.status} />
              <span class="in">
                {rotation.startedAt === undefined ? 'claimed' : 'started'}{' '}
                {formatPreciseDuration(Math.max(0, clock - since))} ago
              </span>
              {late && <span class="chip bad">should have its outcome by now</span>}
              <small>
                {rotation.schedule}
                {last && ` · ${last.what}`}
              </small>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
