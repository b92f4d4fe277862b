import type { ComponentChildren } from 'preact'
import type { ApiError } from '../lib/api.ts'
import type { Query } from '../lib/use-query.ts'

/** What a view shows while it has nothing to show, and above what it shows where that is old. */

export function Loading({ what }: { what: string }) {
  return (
    <p class="waiting" role="status">
      <span class="cage" aria-hidden="true" /> Reading {what} …
    </p>
  )
}

export function ErrorAlert({ error, retry }: { error: ApiError; retry?: () => void }) {
  if (error.status === 401) {
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
      <p>{error.message}</p>
      {error.hint !== undefined && <p>{error.hint}</p>}
      {retry && (
        <p class="actions">
          <button type="button" onClick={retry}>
            Try again
          </button>
          {error.isTransient && <span class="quiet">It is tried again by itself, too.</span>}
        </p>
      )}
    </div>
  )
}

/** Shows an answer once there is one; what goes wrong stands above the last one there was. */
export function QueryResult<T>({
  query: { answer, error, retry },
  what,
  children,
}: {
  query: Query<T>
  what: string
  children: (answer: T) => ComponentChildren
}) {
  return (
    <>
      {error && <ErrorAlert error={error} retry={retry} />}
      {error && answer !== undefined && <p class="warn">What follows was read before that.</p>}
      {answer === undefined ? !error && <Loading what={what} /> : children(answer)}
    </>
  )
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="nothing">{children}</p>
}
