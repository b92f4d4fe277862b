import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { isTimezone } from '../../calendar/timezone.ts'
import { Ask, type Asking } from './ask.tsx'
import { SharedContext } from './context.ts'
import { Header } from './header.tsx'
import { useKept } from './kept.ts'
import { useRoute } from './route.ts'
import { Trouble, Waiting } from './states.tsx'
import { useAnswer } from './use-answer.ts'
import { VIEWS } from './views.ts'

const SAID_MS = 60_000

export function App() {
  const route = useRoute()
  const { answer: stage, trouble, again } = useAnswer('/api/stage', {})
  const [chosen, choose] = useKept('tourbillon-timezone')
  const [asking, ask] = useState<Asking>()
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
        {trouble ? <Trouble trouble={trouble} again={again} /> : <Waiting what="the stage" />}
      </main>
    )
  }
  const timezone = chosen !== undefined && isTimezone(chosen) ? chosen : (stage.timezones[0] ?? 'UTC')
  const shared = { stage, timezone, clockOffset, ask, say: (text: string) => setSaid(text) }
  return (
    <SharedContext.Provider value={shared}>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the view
      </button>
      <Header view={route.view} chooseTimezone={choose} />
      <main id="main" tabIndex={-1} ref={main}>
        <h1>{title}</h1>
        <Show route={route} />
      </main>
      {asking && <Ask asking={asking} close={() => ask((now) => (now === asking ? undefined : now))} />}
      <p class="said" role="status">
        {said}
      </p>
    </SharedContext.Provider>
  )
}

function Nowhere() {
  return (
    <p>
      There is no such view. <a href="#/now">What is now</a>
    </p>
  )
}
