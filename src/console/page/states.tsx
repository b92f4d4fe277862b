import type { ComponentChildren } from 'preact'
import type { Refused } from './api.ts'
import type { Loaded } from './use-answer.ts'

/** What a view shows while it has nothing to show, and above what it shows where that is old. */

export function Waiting({ what }: { what: string }) {
  return (
    <p class="waiting" role="status">
      <span class="cage" aria-hidden="true" /> Reading {what} …
    </p>
  )
}

export function Trouble({ trouble, again }: { trouble: Refused; again?: () => void }) {
  if (trouble.status === 401) {
    return (
      <div class="trouble" role="alert">
        <h2>This page is not signed in</h2>
        <p>A link opens the console once, and the tab it opened in stays signed in.</p>
        <p>Open the newest link that the console’s terminal shows.</p>
      </div>
    )
  }
  return (
    <div class="trouble" role="alert">
      <h2>That did not work</h2>
      <p>{trouble.message}</p>
      {trouble.hint !== undefined && <p>{trouble.hint}</p>}
      {again && (
        <p class="actions">
          <button type="button" onClick={again}>
            Try again
          </button>
          {trouble.passes && <span class="quiet">It is tried again by itself, too.</span>}
        </p>
      )}
    </div>
  )
}

/** Shows an answer once there is one; what goes wrong stands above the last one there was. */
export function Shown<T>({
  loaded: { answer, trouble, again },
  what,
  children,
}: {
  loaded: Loaded<T>
  what: string
  children: (answer: T) => ComponentChildren
}) {
  return (
    <>
      {trouble && <Trouble trouble={trouble} again={again} />}
      {trouble && answer !== undefined && <p class="warn">What follows was read before that.</p>}
      {answer === undefined ? !trouble && <Waiting what={what} /> : children(answer)}
    </>
  )
}

export function Nothing({ children }: { children: ComponentChildren }) {
  return <p class="nothing">{children}</p>
}
