import { useEffect, useState } from 'preact/hooks'
import { secretNameOf } from '../../../model/secret.ts'
import type { RotateNowAnswer } from '../../../rotation/rotate-now.ts'
import type { RunBody } from '../../server/request-schemas.ts'
import { ApiError, api } from '../lib/api.ts'
import { useApp } from '../lib/context.ts'
import { scopeText } from '../lib/scope.ts'
import { useQuery } from '../lib/use-query.ts'
import { ErrorAlert, Loading } from '../ui/loading-and-errors.tsx'
import { Dialog } from './dialog.tsx'

type Props = {
  request: { schedule?: string; secrets?: string[] }
  close: () => void
}

/** Freezes and holds in force that may keep it: whoever overrides them shall know which. */
function Barred({ schedule, secrets }: { schedule: string | undefined; secrets: string[] }) {
  const { answer, error } = useQuery(api.now, {})
  const scopes = ['all', `schedule/${schedule}`, ...secrets.map((secret) => `secret/${secretNameOf(secret)}`)]
  const bars = [
    ...(answer?.holds ?? [])
      .filter(({ scope }) => scopes.includes(scope))
      .map(({ scope, by, reason }) => `${by} holds ${scopeText(scope)}: ${reason}`),
    ...(answer?.freezes ?? []).filter(({ now }) => now).map(({ name }) => `freeze ${name} is in force`),
  ]
  if (error) return <p class="warn">Which holds and freezes are in force could not be read.</p>
  if (bars.length === 0) return null
  return (
    <div class="warn" role="status">
      <p>What these cover is skipped, unless you say above why not:</p>
      <ul>
        {bars.map((bar) => (
          <li key={bar}>{bar}</li>
        ))}
      </ul>
    </div>
  )
}

const run = async (json: RunBody) => (await api.run.$post({ json })).json()

/** Shows what would rotate, as a dry run finds it, before anything does. */
export function RunDialog({ request: { schedule, secrets }, close }: Props) {
  const { stage, announce } = useApp()
  // One id for all that this dialog ever sends: however often it arrives, it is one wave.
  const [requestId] = useState(() => crypto.randomUUID())
  const [reason, setReason] = useState('')
  const [override, setOverride] = useState('')
  const [found, setFound] = useState<RotateNowAnswer | ApiError>()
  const what = {
    ...(schedule !== undefined && { schedule }),
    ...(secrets !== undefined && { secrets }),
    requestId,
  }
  useEffect(() => {
    run({ ...what, dryRun: true }).then(setFound, setFound)
  }, [])
  const ready = found !== undefined && !(found instanceof ApiError)
  const selector = stage.schedules.find(({ name }) => name === schedule)?.selects
  const rotations = (ready && found.rotations) || []
  const count = ready ? found.rotations?.length : undefined
  const act = async () => {
    const why = {
      ...(reason.trim() && { reason: reason.trim() }),
      ...(override.trim() && { override: override.trim() }),
    }
    const { alreadyStarted, approvalId } = await run({ ...what, ...why })
    const which = schedule ?? secrets?.join(', ')
    announce(
      alreadyStarted
        ? `${which} had been started already, by an earlier press: what was changed since does not count.`
        : approvalId
          ? `Asked for: ${which}. It waits for somebody else’s go-ahead, ${approvalId}.`
          : `Started: ${which}. It shows under way as soon as it is claimed.`,
    )
    location.hash = '#/now'
  }
  return (
    <Dialog
      title={`Rotate now in ${stage.stage}?`}
      confirm={count === 1 ? 'Rotate this secret now' : `Rotate ${count ?? 'these'} secrets now`}
      act={ready ? act : undefined}
      close={close}
    >
      {found === undefined && <Loading what="what would rotate" />}
      {found instanceof ApiError && <ErrorAlert error={found} />}
      {ready && (
        <>
          <p>The password changes at once; new sessions need the new one.</p>
          <ul class="rotating">
            {found.selects && <li>every secret with {selector}</li>}
            {rotations.map(({ secret, rotationId }) => (
              <li key={rotationId}>
                <b>{secret}</b> <small>as {rotationId}</small>
              </li>
            ))}
          </ul>
          {found.approvalId && <p class="warn">It will wait for somebody else’s go-ahead.</p>}
          <label>
            Why: a ticket, a change number
            <input value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
          </label>
          <label>
            To rotate in spite of freezes and holds, why: it is recorded
            <input value={override} onInput={(event) => setOverride(event.currentTarget.value)} />
          </label>
          <Barred schedule={schedule} secrets={rotations.map(({ secret }) => secret)} />
        </>
      )}
    </Dialog>
  )
}
