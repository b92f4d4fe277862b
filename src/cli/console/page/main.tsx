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

const root = document.getElementById('app')
if (root) render(<App />, root)
