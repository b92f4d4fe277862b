import type { Hold } from '../../model/hold.ts'
import { post } from './api.ts'
import { useShared } from './context.ts'
import { Dialog } from './dialog.tsx'
import { scopeText } from './scope-text.ts'
import { Instant } from './time.tsx'

type Props = { hold: Hold; close: () => void }

export function AskRelease({ hold: { id, scope, reason, by, placedAt }, close }: Props) {
  const { stage, timezone, say } = useShared()
  const act = async () => {
    await post('/api/release', { scope, id })
    say(`Released: ${scopeText(scope)}.`)
  }
  return (
    <Dialog
      title={`Release ${scopeText(scope)} in ${stage.stage}?`}
      confirm={`Release ${scopeText(scope)}`}
      act={act}
      close={close}
      openerGoes
    >
      <p>
        Held by {by} since <Instant at={placedAt} timezone={timezone} />: {reason}
      </p>
      <p>
        Only this hold ends; others stay. What it kept from starting is not caught up: rotate it on demand, or
        leave it to the next occurrence.
      </p>
    </Dialog>
  )
}
