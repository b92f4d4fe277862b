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
  const isLost = trouble.status === 401
  return (
    <div class="trouble" role="alert">
      <h2>{isLost ? 'This page is not signed in' : 'That did not work'}</h2>
      <p>
        {isLost
          ? 'A link opens the console once, and the tab it opened in stays signed in.'
          : trouble.message}
      </p>
      <p>
        {isLost
          ? 'Open the newest link that the console’s terminal shows.'
          : (trouble.hint ?? 'It is tried again.')}
      </p>
      {again && !isLost && (
        <button type="button" onClick={again}>
          Try again
        </button>
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
      {answer === undefined ? !trouble && <Waiting what={what} /> : children(answer)}
    </>
  )
}

export function Nothing({ children }: { children: ComponentChildren }) {
  return <p class="nothing">{children}</p>
}
