import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { isTimezone } from '../../calendar/timezone.ts'
import { ApproveDialog, CancelDialog, MoveDialog, RejectDialog, SkipDialog } from './dialogs/ask-dialogs.tsx'
import { HoldDialog } from './dialogs/hold-dialog.tsx'
import { ReleaseDialog } from './dialogs/release-dialog.tsx'
import { RunDialog } from './dialogs/run-dialog.tsx'
import { api } from './lib/api.ts'
import { type Action, AppContext } from './lib/context.ts'
import { useRoute } from './lib/route.ts'
import { useLocalStorage } from './lib/use-local-storage.ts'
import { useQuery } from './lib/use-query.ts'
import { Header } from './ui/header.tsx'
import { ErrorAlert, Loading } from './ui/loading-and-errors.tsx'
import { VIEWS } from './views/views.ts'

const SAID_MS = 60_000

export function App() {
  const route = useRoute()
  const { answer: stage, error, retry } = useQuery(api.stage, {})
  const [chosen, choose] = useLocalStorage('tourbillon-timezone')
  const [action, openDialog] = useState<Action>()
  const [said, setSaid] = useState('')
  const clockOffset = useMemo(() => (stage ? stage.now - Date.now() : 0), [stage])
  const main = useRef<HTMLElement>(null)
  const { title, show: Show } = VIEWS[route.view] ?? { title: 'Not here', show: Nowhere }

  useEffect(() => {
    document.title = `${title} · ${stage?.stage ?? 'Tourbillon'}`
  }, [title, stage])
  // Said once, not for hours.
  useEffect(() => {
    const timer = setTimeout(() => setSaid(''), SAID_MS)
    return () => clearTimeout(timer)
  }, [said])
  // A reader hears where it is; but not as the page opens, nor for a filter.
  const opened = useRef(route.view)
  useEffect(() => {
    if (opened.current !== route.view) main.current?.focus()
    opened.current = route.view
  }, [route.view])

  if (!stage) {
    return (
      <main class="alone">
        {error ? <ErrorAlert error={error} retry={retry} /> : <Loading what="the stage" />}
      </main>
    )
  }
  const timezone = chosen !== undefined && isTimezone(chosen) ? chosen : (stage.timezones[0] ?? 'UTC')
  const shared = { stage, timezone, clockOffset, openDialog, announce: (text: string) => setSaid(text) }
  return (
    <AppContext.Provider value={shared}>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the view
      </button>
      <Header view={route.view} chooseTimezone={choose} />
      <main id="main" tabIndex={-1} ref={main}>
        <h1>{title}</h1>
        <Show route={route} />
      </main>
      {action && (
        <ActionDialog action={action} close={() => openDialog((now) => (now === action ? undefined : now))} />
      )}
      <p class="said" role="status">
        {said}
      </p>
    </AppContext.Provider>
  )
}

function Nowhere() {
  return (
    <p>
      There is no such view. <a href="#/now">What is now</a>
    </p>
  )
}

/** Asks before something is done. */
function ActionDialog({ action, close }: { action: Action; close: () => void }) {
  switch (action.what) {
    case 'hold':
      return <HoldDialog scope={action.scope} close={close} />
    case 'release':
      return <ReleaseDialog hold={action.hold} close={close} />
    case 'run':
      return <RunDialog request={action} close={close} />
    case 'approve':
      return <ApproveDialog approval={action.approval} close={close} />
    case 'reject':
      return <RejectDialog approval={action.approval} close={close} />
    case 'skip':
      return <SkipDialog action={{ ...action, what: 'skip' }} close={close} />
    case 'move':
      return <MoveDialog action={{ ...action, what: 'move' }} close={close} />
    case 'cancel':
      return <CancelDialog action={action} close={close} />
  }
}
