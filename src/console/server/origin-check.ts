import { HttpError } from './http-error.ts'

/** What a request says of itself before its body: header names in small letters, as Node gives them. */
type Head = { method: string; path: string; headers: Record<string, string | string[] | undefined> }

/**
 * Whether a request comes from the console's own page, or from somebody at this machine. Throws HttpError where it does not.
 *
 * The port is open to every page in the browser. `Host` tells a name that was made to point here (DNS rebinding);
 * `Origin` and `Sec-Fetch-Site`, which no page can forge, tell another site's request. Only a link that is followed to
 * `/` may come from anywhere: it shows nothing by itself.
 */
export function checkOrigin({ method, path, headers }: Head, port: number | undefined): void {
  const { host, origin } = headers
  if (typeof host !== 'string' || !ownHosts(port).includes(host))
    throw new HttpError(
      403,
      'this server is 127.0.0.1 only',
      'open the link that the console’s terminal shows',
    )
  if (origin !== undefined && origin !== `http://${host}`)
    throw new HttpError(403, 'requests of other sites are not answered')
  const site = headers['sec-fetch-site']
  const isForeign = site === 'cross-site' || site === 'same-site'
  if (isForeign && !(method === 'GET' && path === '/' && isNavigation(headers)))
    throw new HttpError(403, 'requests of other sites are not answered')
  if (method === 'POST' && !isJson(headers['content-type']))
    throw new HttpError(415, 'a body of content-type application/json is expected')
}

/** Browsers leave HTTP's own port out. */
function ownHosts(port: number | undefined): string[] {
  const hosts = ['127.0.0.1', 'localhost']
  return hosts.flatMap((host) => [`${host}:${port}`, ...(port === 80 ? [host] : [])])
}

/** The whole tab, not a frame in somebody’s page. */
function isNavigation(headers: Head['headers']): boolean {
  const { 'sec-fetch-mode': mode, 'sec-fetch-dest': dest = 'document' } = headers
  return mode === 'navigate' && dest === 'document'
}

function isJson(type: Head['headers'][string]): boolean {
  return typeof type === 'string' && /^application\/json\s*(;|$)/i.test(type)
}
