import './styles/base.css'
import './styles/header.css'
import './styles/controls.css'
import './styles/dialog.css'
import './styles/states.css'
import './styles/components.css'
import './styles/table.css'
import './styles/now.css'
import './styles/calendar.css'
import './styles/charts.css'
import './styles/rotation.css'
import './styles/report.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { sessionKey } from './lib/session.ts'

// The link is used up by now: its key is kept before anything else can fail, or wait.
sessionKey()
const root = document.getElementById('app')
if (root) render(<App />, root)
