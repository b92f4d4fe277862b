import type { Hold } from '../../../model/hold.ts'
import { api } from '../lib/api.ts'
import { useApp } from '../lib/context.ts'
import { scopeText } from '../lib/scope.ts'
import { whose } from '../lib/whose.ts'
import { Instant } from '../ui/instant.tsx'
import { Dialog } from './dialog.tsx'

type Props = { hold: Hold; close: () => void }

export function ReleaseDialog({ hold: { id, scope, reason, by, caller, placedAt }, close }: Props) {
  const { stage, timezone, announce } = useApp()
  const act = async () => {
    await api.release.$post({ json: { scope, id } })
    announce(`Released: ${scopeText(scope)}.`)
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
        Held by {whose(by, caller)} since <Instant at={placedAt} timezone={timezone} />: {reason}
      </p>
      <p>
        Only this hold ends; others stay. What it kept from starting is not caught up: rotate it on demand, or
        leave it to the next occurrence.
      </p>
    </Dialog>
  )
}
