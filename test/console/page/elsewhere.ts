import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A web server that is somebody else's: it answers every path with one page. */
export async function startElsewhere(html: () => string): Promise<{ port: number; stop(): Promise<void> }> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Everything that a page may try against a console on this port: what came of it, by name, in `window.outcomes`. */
export function attackOn(port: number): string {
  const hold = JSON.stringify({ scope: 'all', reason: 'from elsewhere' })
  return `<!doctype html><html lang="en"><title>Elsewhere</title>
<body>
<form name="plain" action="http://127.0.0.1:${port}/api/hold" method="post" enctype="text/plain" target="answer">
<input name='{"scope":"all","reason":"from elsewhere","x":"' value='"}'></form>
<iframe name="answer"></iframe>
<iframe name="framed" src="http://127.0.0.1:${port}/"></iframe>
<script type="module">
const base = 'http://127.0.0.1:${port}'
const read = async (given) => {
  const response = await fetch(base + given.path, given)
  return response.type === 'opaque' ? 'opaque' : 'read ' + response.status + ' ' + (await response.text())
}
const json = { 'content-type': 'application/json' }
const body = ${JSON.stringify(hold)}
const tries = {
  get: { path: '/api/now' },
  getKey: { path: '/api/now', headers: { authorization: 'Bearer guess' } },
  getBlind: { path: '/api/now', mode: 'no-cors', credentials: 'include' },
  page: { path: '/' },
  script: { path: '/page.js' },
  post: { path: '/api/hold', method: 'POST', headers: json, body },
  postBlind: { path: '/api/hold', method: 'POST', mode: 'no-cors', body },
}
const outcomes = {}
for (const [name, given] of Object.entries(tries)) outcomes[name] = await read(given).catch(() => 'refused')
document.forms.plain.submit()
const peep = (frame) => {
  try { return frames[frame].document.body.textContent } catch { return 'refused' }
}
await new Promise((loaded) => document.getElementsByName('answer')[0].addEventListener('load', loaded))
outcomes.answer = peep('answer')
outcomes.framed = peep('framed')
window.outcomes = outcomes
</script></body></html>`
}
