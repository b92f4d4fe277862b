import type { NowAnswer } from '../../../server/api-types.ts'
import { useApp } from '../../lib/context.ts'
import { scopeText } from '../../lib/scope.ts'
import { whose } from '../../lib/whose.ts'
import { Instant } from '../../ui/instant.tsx'
import { Empty } from '../../ui/loading-and-errors.tsx'

export function Held({ holds }: Pick<NowAnswer, 'holds'>) {
  const { timezone, openDialog } = useApp()
  return (
    <section aria-labelledby="held">
      <h2 id="held">Held</h2>
      {holds.length === 0 && <Empty>Nothing is held.</Empty>}
      <ul class="cards">
        {holds.map((hold) => (
          <li key={hold.scope + hold.id} class="card bad">
            <b>{scopeText(hold.scope)}</b>{' '}
            {hold.kind === 'pause' && <span class="chip bad">paused for {hold.schedule}</span>}
            <p>{hold.reason}</p>
            <p class="quiet">
              {hold.kind} {hold.id} by {whose(hold.by, hold.caller)} since{' '}
              <Instant at={hold.placedAt} timezone={timezone} />,{' '}
              {hold.until === undefined ? (
                'until it is released'
              ) : (
                <>
                  until <Instant at={hold.until} timezone={timezone} />
                </>
              )}
            </p>
            <button type="button" onClick={() => openDialog({ what: 'release', hold })}>
              Release {scopeText(hold.scope)}
              {holds.filter(({ scope }) => scope === hold.scope).length > 1 && ` (${hold.id})`}…
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

export function Frozen({ freezes }: Pick<NowAnswer, 'freezes'>) {
  return (
    <section aria-labelledby="frozen">
      <h2 id="frozen">Freezes, in force or within 60 days</h2>
      {freezes.length === 0 && <Empty>None.</Empty>}
      <ul class="cards">
        {freezes.map(({ name, reason, timezone, from, to, now }) => (
          <li key={name + from} class={now ? 'card warn' : 'card'}>
            <b>{name}</b> {now && <span class="chip warn">in force</span>}
            {reason !== undefined && <p>{reason}</p>}
            <p class="quiet">
              <Instant at={from} timezone={timezone} /> to <Instant at={to} timezone={timezone} />
            </p>
          </li>
        ))}
      </ul>
    </section>
  )
}
