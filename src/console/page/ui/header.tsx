import { useLayoutEffect } from 'preact/hooks'
import { isTimezone } from '../../../calendar/timezone.ts'
import { useApp } from '../lib/context.ts'
import { hrefOf } from '../lib/route.ts'
import { useLocalStorage } from '../lib/use-local-storage.ts'
import { VIEWS } from '../views/views.ts'
import { Choice } from './choice.tsx'

const THEMES = ['auto', 'light', 'dark']

/** Where one is, the views, whose clock, light or dark, and the emergency stop: always within reach. */
export function Header({
  view,
  chooseTimezone,
}: {
  view: string
  chooseTimezone: (timezone: string) => void
}) {
  const { stage, timezone, openDialog } = useApp()
  const [theme = 'auto', setTheme] = useLocalStorage('tourbillon-theme')
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = theme
  }, [theme])
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone
  const timezones = [...new Set([...stage.timezones, ...(isTimezone(own) ? [own] : []), timezone])]
  return (
    <header>
      <div class="brand">
        <Cage />
        <strong>Tourbillon</strong>
        <span class="stage">{stage.stage}</span>
        <span class="place">{stage.endpoint?.replace(/^https?:\/\//, '') ?? stage.region ?? 'AWS'}</span>
      </div>
      <nav aria-label="Views">
        {Object.entries(VIEWS).map(
          ([name, { title, hidden }]) =>
            !hidden && (
              <a key={name} href={hrefOf(name)} aria-current={name === view ? 'page' : undefined}>
                {title}
              </a>
            ),
        )}
      </nav>
      <div class="choices">
        <Choice
          label={<span class="unseen">Times by the clock of</span>}
          value={timezone}
          options={timezones.map((it) => [it, it === own ? `${it} (here)` : it])}
          choose={chooseTimezone}
        />
        <button
          type="button"
          class="plain"
          onClick={() => setTheme(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto')}
        >
          <span aria-hidden="true">◐</span> <span class="unseen">Theme: </span>
          {theme}
        </button>
        <button type="button" class="stop" onClick={() => openDialog({ what: 'hold', scope: 'all' })}>
          Hold everything…
        </button>
      </div>
    </header>
  )
}

/** The rotating cage of a watch, from which the name comes. */
function Cage() {
  return (
    <svg class="mark" viewBox="-16 -16 32 32" aria-hidden="true">
      <circle r="14" />
      <g class="turning">
        <path d="M0-14V0L12 7M0 0-12 7" />
        <circle r="5" />
      </g>
    </svg>
  )
}
