import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { type ApiError, apiErrorOf } from '../lib/api.ts'
import { useApp } from '../lib/context.ts'
import { ErrorAlert } from '../ui/loading-and-errors.tsx'

type Props = {
  title: string
  /** On the button that does it; absent where there is nothing to do but read. */
  confirm?: string
  /** Does it. What it throws is shown, and the dialog stays; absent while it cannot be done. */
  act?: (() => Promise<void>) | undefined
  close: () => void
  /** What opened it goes away with what it does: the focus then goes to the view, not into nothing. */
  openerGoes?: true
  children: ComponentChildren
}

/** The browser's own modal dialog: it keeps the focus, Escape leaves it, and the focus goes back where it was. */
export function Dialog({ title, confirm, act, close, openerGoes, children }: Props) {
  const { stage, announce } = useApp()
  const dialog = useRef<HTMLDialogElement>(null)
  const [error, setError] = useState<ApiError>()
  // A second press comes before the first is drawn as pressed.
  const acting = useRef(false)
  const [busy, setBusy] = useState(false)
  useEffect(() => {
    const before = document.activeElement
    dialog.current?.showModal()
    return () => {
      const back = openerGoes && acting.current ? document.getElementById('main') : before
      if (back instanceof HTMLElement) back.focus()
    }
  }, [openerGoes])
  const submit = async (event: Event) => {
    event.preventDefault()
    if (!act || acting.current) return
    acting.current = true
    setBusy(true)
    setError(undefined)
    try {
      await act()
      if (dialog.current) close()
    } catch (thrown) {
      const error = apiErrorOf(thrown)
      // Browsers let a second Escape through: what failed then is not lost with its dialog.
      if (!dialog.current) announce(`That did not work: ${error.message}`)
      setError(error)
      acting.current = false
      setBusy(false)
    }
  }
  return (
    <dialog
      ref={dialog}
      aria-labelledby="dialog-title"
      onCancel={(event) => busy && event.preventDefault()}
      onClose={close}
    >
      <form onSubmit={submit}>
        <h2 id="dialog-title">{title}</h2>
        {children}
        {error && <ErrorAlert error={error} />}
        {confirm && <p class="quiet">It is recorded as done by {stage.operator}.</p>}
        <p class="actions">
          <button type="button" onClick={close} disabled={busy}>
            {confirm ? 'Leave it' : 'Close'}
          </button>
          {confirm && (
            <button type="submit" class="do" disabled={busy || !act} aria-busy={busy}>
              {confirm}
            </button>
          )}
        </p>
      </form>
    </dialog>
  )
}
