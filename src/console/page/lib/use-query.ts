import { useEffect, useState } from 'preact/hooks'
import { type ApiError, apiErrorOf } from './api.ts'

export type Query<T> = {
  /** The latest to this very question: where the server fails, still the one before. */
  answer: T | undefined
  /** The latest to any question, until there is one to this. */
  before: T | undefined
  /** When `answer` came, by this browser's clock: epoch ms. */
  readAt: number
  error: ApiError | undefined
  loading: boolean
  /** Asks again now. */
  retry(): void
}

/** A route of the server that is only read: `api.now`. */
type Endpoint<Q, A> = {
  $url(given: { query: Q }): URL
  $get(given: { query: Q }, options: { init: RequestInit }): Promise<{ json(): Promise<A> }>
}

type State<T> = Pick<Query<T>, 'answer' | 'readAt' | 'error' | 'loading'> & {
  /** The question that was answered. */
  of: string
}

const RETRY_MS = 3_000

/** Asks the server, again every so often (ms) where that is given, and again by itself after a failure. */
export function useQuery<Q, A>(endpoint: Endpoint<Q, A>, query: Q, everyMs?: number): Query<A> {
  const question = String(endpoint.$url({ query }))
  const [state, setState] = useState<State<A>>({
    ...{ of: '', answer: undefined, readAt: 0, error: undefined, loading: true },
  })
  const [round, setRound] = useState(0)
  useEffect(() => {
    const stop = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const read = async () => (await endpoint.$get({ query }, { init: { signal: stop.signal } })).json()
    const load = async () => {
      // What nobody looks at is not read until somebody does.
      await visible(stop.signal)
      const outcome = await read().then(
        (answer) => ({ of: question, answer, readAt: Date.now(), error: undefined }),
        (thrown) => ({ error: apiErrorOf(thrown) }),
      )
      if (stop.signal.aborted) return
      setState((before) => ({ ...before, ...outcome, loading: false }))
      const failureMs = outcome.error?.isTransient ? RETRY_MS : undefined
      const wait = outcome.error ? failureMs : everyMs
      if (wait !== undefined) timer = setTimeout(load, wait)
    }
    setState((before) => ({
      ...before,
      loading: true,
      ...(before.of !== question && { error: undefined }),
    }))
    void load()
    return () => {
      stop.abort()
      clearTimeout(timer)
    }
  }, [question, everyMs, round])
  const { of, answer, ...rest } = state
  return {
    ...rest,
    answer: of === question ? answer : undefined,
    before: answer,
    retry: () => setRound((it) => it + 1),
  }
}

/** Resolves while the tab shows; never where it was given up before. */
function visible(signal: AbortSignal): Promise<void> {
  if (document.visibilityState === 'visible') return Promise.resolve()
  return new Promise((resolve) => {
    document.addEventListener('visibilitychange', () => resolve(), { once: true, signal })
  })
}
