import { type Action, useApp } from '../lib/context.ts'

type Props = {
  words: string
  action: Action /** For those who do not see what it stands beside. */
  of?: string
}

/** Opens the dialog that asks before something is done. */
export function ActionButton({ words, action, of }: Props) {
  const { openDialog } = useApp()
  return (
    <button type="button" onClick={() => openDialog(action)}>
      {words}
      {of !== undefined && <span class="unseen"> {of}</span>}
    </button>
  )
}
