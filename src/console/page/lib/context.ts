import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Approval } from '../../../ledger/approvals.ts'
import type { Hold, Scope } from '../../../model/hold.ts'
import type { StageAnswer } from '../../server/api-types.ts'

/** What is about to be done, and to what: nothing of it happens before its dialog is confirmed. */
export type Action =
  | { what: 'hold'; scope: Scope }
  | { what: 'release'; hold: Hold }
  | { what: 'run'; schedule?: string; secrets?: string[] }
  | { what: 'approve' | 'reject'; approval: Approval }
  | { what: 'skip' | 'move'; schedule: string; at: number; timezone: string }
  | { what: 'cancel'; id: string; of: string; isSkip?: true }

/** What every view knows: the stage, whose clock times are shown by, and how to ask before something is done. */
type AppState = {
  stage: StageAnswer
  timezone: string
  /** The server's clock − this browser's, ms. */
  clockOffset: number
  openDialog(action: Action): void
  /** Says what was done, for everybody to see and hear. */
  announce(text: string): void
}

export const AppContext = createContext<AppState | undefined>(undefined)

export function useApp(): AppState {
  const state = useContext(AppContext)
  if (!state) throw new Error('a view outside the app')
  return state
}
