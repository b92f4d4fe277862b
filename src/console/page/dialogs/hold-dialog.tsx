import { useState } from 'preact/hooks'
import type { Scope } from '../../../model/hold.ts'
import { secretScope } from '../../../model/hold.ts'
import { HOUR } from '../../../model/time.ts'
import { api } from '../lib/api.ts'
import { useApp } from '../lib/context.ts'
import { scopeText } from '../lib/scope.ts'
import { useQuery } from '../lib/use-query.ts'
import { Choice } from '../ui/choice.tsx'
import { Instant } from '../ui/instant.tsx'
import { Dialog } from './dialog.tsx'

const ENDS: [name: string, ms: number | undefined][] = [
  ['until it is released', undefined],
  ['for 1 hour', HOUR],
  ['for 4 hours', 4 * HOUR],
  ['for 24 hours', 24 * HOUR],
]

type Props = { scope: Scope; close: () => void }

export function HoldDialog({ scope: first, close }: Props) {
  const { stage, timezone, clockOffset, announce } = useApp()
  const [scope, setScope] = useState(first)
  const [reason, setReason] = useState('')
  const [end, setEnd] = useState(0)
  const standing = useQuery(api.now, {}).answer?.holds.filter((it) => it.scope === scope) ?? []
  const [name, ms] = ENDS[end] ?? ['', undefined]
  const act = async () => {
    await api.hold.$post({
      json: {
        ...{ scope, reason: reason.trim() },
        ...(ms !== undefined && { until: Date.now() + clockOffset + ms }),
      },
    })
    announce(`Held: ${scopeText(scope)}, ${name}.`)
  }
  const scopes: Scope[] = [
    'all',
    ...stage.schedules.map(({ name }): Scope => `schedule/${name}`),
    ...new Set(stage.secrets.map(secretScope)),
  ]
  return (
    <Dialog
      title={`Hold in ${stage.stage}?`}
      confirm={`Hold ${scopeText(scope)}`}
      act={reason.trim() === '' ? undefined : act}
      close={close}
    >
      <p>
        Nothing that it covers starts any more, at once, also in waves under way. What has started is followed
        to its end.
      </p>
      <Choice
        label="What"
        value={scope}
        options={scopes.map((it) => [it, scopeText(it)])}
        choose={(chosen) => setScope(chosen as Scope)}
      />
      {standing.map(({ id, by, placedAt, until, reason }) => (
        <p key={id} class="warn">
          This adds to the hold of {by} since <Instant at={placedAt} timezone={timezone} />
          {until !== undefined && (
            <>
              , until <Instant at={until} timezone={timezone} />
            </>
          )}
          , which stays: {reason}
        </p>
      ))}
      <label>
        Why: everybody who is held up will read it
        <input required value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      <Choice
        label="How long"
        value={String(end)}
        options={ENDS.map(([text], index) => [String(index), text])}
        choose={(index) => setEnd(Number(index))}
      />
    </Dialog>
  )
}
