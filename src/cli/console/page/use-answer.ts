import { useEffect, useState } from 'preact/hooks'
import { type AnswerOf, type GetPath, get, type QueryOf, Refused, searchOf } from './api.ts'

export type Loaded<T> = {
  /** The latest there is: while another question is under way, or the server fails, still the one before. */
  answer: T | undefined
  trouble: Refused | undefined
  loading: boolean
  /** Asks again now. */
  again(): void
}

const AFTER_TROUBLE = 3_000

/** Asks the server, again every so often (ms) where that is given, and again by itself after a failure. */
export function useAnswer<P extends GetPath>(
  path: P,
  query: QueryOf<P>,
  everyMs?: number,
): Loaded<AnswerOf<P>> {
  const [state, setState] = useState<Omit<Loaded<AnswerOf<P>>, 'again'>>({
    ...{ answer: undefined, trouble: undefined, loading: true },
  })
  const [round, setRound] = useState(0)
  const search = searchOf(query)
  useEffect(() => {
    const stop = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const load = async () => {
      let wait = everyMs
      try {
        // What nobody looks at is not read.
        if (document.visibilityState === 'visible') {
          const answer = await get(path, query, stop.signal)
          if (stop.signal.aborted) return
          setState({ answer, trouble: undefined, loading: false })
        }
      } catch (error) {
        if (stop.signal.aborted) return
        const trouble = error instanceof Refused ? error : new Refused(0, String(error))
        setState((before) => ({ ...before, trouble, loading: false }))
        wait = trouble.passes ? AFTER_TROUBLE : undefined
      }
      if (wait !== undefined) timer = setTimeout(load, wait)
    }
    setState((before) => ({ ...before, loading: true }))
    void load()
    return () => {
      stop.abort()
      clearTimeout(timer)
    }
  }, [path, search, everyMs, round])
  return { ...state, again: () => setRound((it) => it + 1) }
}
