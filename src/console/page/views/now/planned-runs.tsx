import type { NowAnswer } from '../../../server/api-types.ts'
import { useApp } from '../../lib/context.ts'
import { Instant } from '../../ui/instant.tsx'

/** Runs on demand that are planned: who asked, and what takes one back. */
export function PlannedRuns({ planned }: Pick<NowAnswer, 'planned'>) {
  const { stage } = useApp()
  if (planned.length === 0) return null
  return (
    <section aria-label="Planned on demand">
      <h2>Planned on demand</h2>
      <ul class="cards">
        {planned.map(({ requestId, at, timezone, schedule: name, secrets, by, reason, ...run }) => (
          <li key={requestId} class="card">
            <b>{secrets.join(', ') || name}</b> <Instant at={at} timezone={timezone} />{' '}
            {run.frozen !== undefined && <span class="chip warn">frozen by {run.frozen}</span>}
            {run.held.length > 0 && <span class="chip bad">held</span>}
            {run.problem !== undefined && <p class="bad">Cannot start: {run.problem}</p>}
            <p class="quiet">
              by {by ?? 'somebody'}
              {reason !== undefined && `: ${reason}`}. To take it back:{' '}
              <code>
                npx aws-tourbillon cancel --stage {stage.stage} {requestId}
              </code>
            </p>
          </li>
        ))}
      </ul>
    </section>
  )
}
