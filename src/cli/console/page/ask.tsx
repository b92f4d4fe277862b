import type { Hold, Scope } from '../../../ledger/holds.ts'
import { AskHold } from './ask-hold.tsx'
import { AskRelease } from './ask-release.tsx'
import { AskRun } from './ask-run.tsx'

/** What is about to be done, and to what: nothing of it happens before it is confirmed. */
export type Asking =
  | { what: 'hold'; scope: Scope }
  | { what: 'release'; hold: Hold }
  | { what: 'run'; schedule?: string; secrets?: string[] }

/** `say`: what was done, for the status line. */
type Props = { asking: Asking; say: (text: string) => void; close: () => void }

export function Ask({ asking, say, close }: Props) {
  switch (asking.what) {
    case 'hold':
      return <AskHold scope={asking.scope} say={say} close={close} />
    case 'release':
      return <AskRelease hold={asking.hold} say={say} close={close} />
    case 'run':
      return <AskRun request={asking} say={say} close={close} />
  }
}
