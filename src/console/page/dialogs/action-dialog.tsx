import type { Action } from '../lib/context.ts'
import { HoldDialog } from './hold-dialog.tsx'
import { ReleaseDialog } from './release-dialog.tsx'
import { RunDialog } from './run-dialog.tsx'

type Props = { action: Action; close: () => void }

/** Asks before something is done. */
export function ActionDialog({ action, close }: Props) {
  switch (action.what) {
    case 'hold':
      return <HoldDialog scope={action.scope} close={close} />
    case 'release':
      return <ReleaseDialog hold={action.hold} close={close} />
    case 'run':
      return <RunDialog request={action} close={close} />
  }
}
