import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { StageAnswer } from '../server/answers.ts'
import type { Asking } from './ask.tsx'

/** What every view knows: the stage, whose clock times are shown by, and how to ask before something is done. */
type Shared = {
  stage: StageAnswer
  timezone: string
  /** The server's clock − this browser's, ms. */
  clockOffset: number
  ask(what: Asking): void
  /** Says what was done, for everybody to see and hear. */
  say(text: string): void
}

export const SharedContext = createContext<Shared | undefined>(undefined)

export function useShared(): Shared {
  const shared = useContext(SharedContext)
  if (!shared) throw new Error('a view outside the app')
  return shared
}
