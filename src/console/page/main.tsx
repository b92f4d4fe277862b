import './ground.css'
import './header.css'
import './controls.css'
import './dialog.css'
import './states.css'
import './parts.css'
import './table.css'
import './now.css'
import './calendar.css'
import './charts.css'
import './rotation.css'
import './report.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { sessionKey } from './session.ts'

// The link is used up by now: its key is kept before anything else can fail, or wait.
sessionKey()
const root = document.getElementById('app')
if (root) render(<App />, root)
