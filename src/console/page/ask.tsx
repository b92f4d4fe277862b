import type { Hold, Scope } from '../../model/hold.ts'
import { AskHold } from './ask-hold.tsx'
import { AskRelease } from './ask-release.tsx'
import { AskRun } from './ask-run.tsx'

/** What is about to be done, and to what: nothing of it happens before it is confirmed. */
export type Asking =
  | { what: 'hold'; scope: Scope }
  | { what: 'release'; hold: Hold }
  | { what: 'run'; schedule?: string; secrets?: string[] }

type Props = { asking: Asking; close: () => void }

export function Ask({ asking, close }: Props) {
  switch (asking.what) {
    case 'hold':
      return <AskHold scope={asking.scope} close={close} />
    case 'release':
      return <AskRelease hold={asking.hold} close={close} />
    case 'run':
      return <AskRun request={asking} close={close} />
  }
}
