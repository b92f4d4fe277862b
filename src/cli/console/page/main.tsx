import { render } from 'preact'
import type { Answers } from '../answers.ts'

const stage: keyof Answers = 'GET /api/stage'
render(<h1>Tourbillon {stage}</h1>, document.body)
