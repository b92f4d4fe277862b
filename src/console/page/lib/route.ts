import { useEffect, useState } from 'preact/hooks'

/** Where the page is, from what stands after `#`: `#/history?days=30`. The server knows nothing of it. */
export type Route = { view: string; params: URLSearchParams }

function routeOf(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?')
  return { view: path === '' ? 'now' : path, params: new URLSearchParams(search) }
}

export function hrefOf(view: string, params: Record<string, string | undefined> = {}): string {
  const pairs = Object.entries(params).flatMap(([name, value]) => (value ? [[name, value]] : []))
  return `#/${view}${pairs.length > 0 ? `?${new URLSearchParams(pairs)}` : ''}`
}

export function useRoute(): Route {
  const [route, setRoute] = useState(routeOf(location.hash))
  useEffect(() => {
    const follow = () => setRoute(routeOf(location.hash))
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  return route
}

/**
 * Changes the parameters of the view that is shown; `undefined` takes one away. `typed`: as a letter after another, so
 * that Back leaves the whole word. The address counts, not what was drawn last: of two changes in a row none is lost.
 */
export function setParams(changes: Record<string, string | undefined>, typed?: 'typed'): void {
  const { view, params } = routeOf(location.hash)
  const href = hrefOf(view, { ...Object.fromEntries(params), ...changes })
  if (!typed) {
    location.hash = href
    return
  }
  history.replaceState(null, '', href)
  dispatchEvent(new Event('hashchange'))
}
