import type { NowAnswer } from '../../../server/api-types.ts'
import { useApp } from '../../lib/context.ts'
import { whose } from '../../lib/whose.ts'
import { ActionButton } from '../../ui/action-button.tsx'
import { Instant } from '../../ui/instant.tsx'

/** Runs that are planned, on demand or as occurrences that were moved: who asked, and what takes one back. */
export function PlannedRuns({ planned }: Pick<NowAnswer, 'planned'>) {
  if (planned.length === 0) return null
  return (
    <section aria-label="Planned">
      <h2>Planned by hand</h2>
      <ul class="cards">
        {planned.map(({ requestId, at, timezone, schedule: name, secrets, by, caller, reason, ...run }) => (
          <li key={requestId} class="card">
            <b>{run.movedFrom === undefined ? secrets.join(', ') || name : name}</b>{' '}
            <Instant at={at} timezone={timezone} />{' '}
            {run.movedFrom !== undefined && (
              <span>
                moved from <Instant at={Date.parse(run.movedFrom)} timezone={timezone} />{' '}
              </span>
            )}
            {run.frozen !== undefined && <span class="chip warn">frozen by {run.frozen}</span>}
            {run.held.length > 0 && <span class="chip bad">held</span>}
            {run.problem !== undefined && <p class="bad">Cannot start: {run.problem}</p>}
            <p class="quiet">
              by {whose(by ?? 'somebody', caller)}
              {reason !== undefined && `: ${reason}`} ({requestId})
            </p>
            <TakeBack
              {...{ requestId, started: run.started, moved: run.movedFrom !== undefined }}
              of={secrets.join(', ') || name}
            />
          </li>
        ))}
      </ul>
    </section>
  )
}

function TakeBack(run: { requestId: string; started: true | undefined; moved: boolean; of: string }) {
  if (run.started) return <p class="quiet">Its run has started: a hold stops it.</p>
  return (
    <ActionButton
      words={run.moved ? 'Take it back…' : 'Cancel…'}
      of={run.requestId}
      action={{ what: 'cancel', id: run.requestId, of: run.of, ...(run.moved && { isSkip: true }) }}
    />
  )
}

/** Occurrences to come that people have skipped: there may be none of them among the next. What is moved is planned. */
export function Skips({ exceptions }: Pick<NowAnswer, 'exceptions'>) {
  const { timezone } = useApp()
  const skips = exceptions.filter(({ movedTo }) => movedTo === undefined)
  if (skips.length === 0) return null
  return (
    <section aria-label="Skipped by hand, to come">
      <h2>Skipped by hand, to come</h2>
      <ul class="cards">
        {skips.map(({ id, schedule, scheduledAt, by, caller, reason }) => (
          <li key={id} class="card warn">
            <b>{schedule}</b> <Instant at={scheduledAt} timezone={timezone} />
            <p class="quiet">
              by {whose(by, caller)}: {reason} ({id})
            </p>
            <ActionButton
              words="Take it back…"
              of={schedule}
              action={{ what: 'cancel', id, of: schedule, isSkip: true }}
            />
          </li>
        ))}
      </ul>
    </section>
  )
}
