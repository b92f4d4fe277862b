import { once } from 'node:events'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { parseConfig } from '../../../src/config/load.ts'
import { type Console, startConsole } from '../../../src/console/server/server.ts'
import { ask, type OpenPage, openPage } from './client.ts'

// What is asked here reads the config alone: no AWS is needed.
const YAML = `defaults: { timezone: Asia/Tokyo }
schedules:
  nightly: { when: cron(0 3 * * ? *), secrets: [app/db], region: eu-west-1 }
`
const NOW = Date.parse('2026-11-24T22:00:00Z')
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

let served: Console
const told: string[] = []
beforeAll(async () => {
  const loaded = parseConfig('config/<b>.yml', YAML)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  served = await startConsole({
    ...{ config: loaded.config, file: 'config/<b>.yml', port: 0, now: () => NOW },
    announce: (line) => told.push(line),
    complain: (line) => told.push(`complaint: ${line}`),
  })
})
afterAll(() => served.stop())

const at = (path: string, asking = {}) => ask(served.port, path, asking)
const pathOf = (url: string) => url.slice(url.indexOf('/?'))

describe('the link', () => {
  it('is an address of this machine alone, with 256 random bits', () => {
    expect(served.url()).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${served.port}/\\?token=[\\w-]{43}$`))
  })

  it('opens a session once; then another link is told', async () => {
    const link = served.url()
    const first = await at(pathOf(link))
    expect(first.status).toBe(200)
    expect(first.text).toMatch(/<meta name="session" content="[\w-]{43}">/)
    expect(served.url()).not.toBe(link)
    expect(told.at(-1)).toBe(`opened; to open it once more: ${served.url()}`)
    const second = await at(pathOf(link))
    expect([second.status, second.headers['content-type']]).toEqual([403, 'text/html; charset=UTF-8'])
    expect(second.text).toContain(
      'The terminal in which <code>npx aws-tourbillon console</code> runs shows the newest',
    )
    expect(second.text).not.toContain('session')
  })

  it('a wrong one opens nothing, and leaves the right one as it is', async () => {
    const link = served.url()
    for (const token of ['', 'x', 'A'.repeat(43), `${new URL(link).searchParams.get('token')}x`])
      expect((await at(`/?token=${token}`)).status).toBe(403)
    expect(served.url()).toBe(link)
    expect((await at(pathOf(link))).status).toBe(200)
  })

  it('is not used up by a browser that loads ahead, nor by a HEAD', async () => {
    const link = served.url()
    const early = await at(pathOf(link), { headers: { 'sec-purpose': 'prefetch;prerender' } })
    expect(early.status).toBe(503)
    expect((await at(pathOf(link), { method: 'HEAD' })).status).toBe(405)
    expect(served.url()).toBe(link)
  })

  it('opens as many tabs as there were links: each goes on', async () => {
    const [one, two] = [await openPage(served), await openPage(served)]
    expect(one.key).not.toBe(two.key)
    for (const page of [one, two]) expect((await page.read('GET /api/stage')).stage).toBe('<b>')
  })
})

describe('without a session', () => {
  it('the page is there, and nothing in it but the stage’s name', async () => {
    const { status, text } = await at('/')
    expect(status).toBe(200)
    expect(text).toContain('<title>Tourbillon · &lt;b&gt;</title>')
    expect(text).toContain('<meta name="stage" content="&lt;b&gt;">')
    expect(text).not.toMatch(/session|app\/db|nightly/)
  })

  it.each([
    ['/page.js', 'text/javascript; charset=utf-8'],
    ['/page.css', 'text/css; charset=utf-8'],
    ['/favicon.svg', 'image/svg+xml'],
  ])('%s is there', async (path, type) => {
    const { status, headers, text } = await at(path)
    expect([status, headers['content-type']]).toEqual([200, type])
    expect(text.length).toBeGreaterThan(100)
    expect(Number(headers['content-length'])).toBe(Buffer.byteLength(text))
  })

  it.each([
    ['no key', {}],
    ['an empty one', { authorization: 'Bearer ' }],
    ['another one', { authorization: `Bearer ${'A'.repeat(43)}` }],
    ['the link’s token', { authorization: 'TOKEN' }],
    ['a cookie', { cookie: 'session=x' }],
  ])('nothing is answered: %s', async (_what, given: Record<string, string>) => {
    const token = new URL(served.url()).searchParams.get('token')
    const headers = given.authorization === 'TOKEN' ? { authorization: `Bearer ${token}` } : given
    for (const path of ['/api/stage', '/api/nowhere']) {
      const { status, headers: replied, text } = await at(path, { headers })
      expect([status, replied['www-authenticate']]).toEqual([401, 'Bearer'])
      expect(JSON.parse(text)).toEqual({
        error: 'no session',
        hint: 'open the newest link that the terminal shows',
      })
    }
    const json = { 'content-type': 'application/json', ...headers }
    const done = await at('/api/hold', { method: 'POST', headers: json, body: '{}' })
    expect(done.status).toBe(401)
  })
})

describe('with one', () => {
  let page: OpenPage
  beforeAll(async () => {
    page = await openPage(served)
  })

  it.each([
    ['a path that is none', 'GET', '/api/nowhere', 404, 'there is nothing here'],
    ['a path that is none', 'GET', '/nowhere', 404, 'there is nothing here'],
    ['a folder above', 'GET', '/../package.json', 404, 'there is nothing here'],
    ['a name of all objects', 'GET', '/api/constructor', 404, 'there is nothing here'],
    ['another method', 'DELETE', '/api/stage', 405, 'only GET here'],
    ['another method', 'GET', '/api/hold', 405, 'only POST here'],
    ['another method', 'DELETE', '/', 405, 'only GET here'],
    ['a key that is none', 'GET', '/api/stage?x=1', 400, 'Unrecognized key: "x"'],
    ['no period', 'GET', '/api/history', 400, expect.stringMatching(/^from: /)],
    [
      'words for an instant',
      'GET',
      '/api/history?from=now&to=1',
      400,
      'from: an instant in epoch ms is expected',
    ],
    [
      'nothing for an instant',
      'GET',
      '/api/history?from=&to=1',
      400,
      'from: an instant in epoch ms is expected',
    ],
    ['an end before the beginning', 'GET', '/api/history?from=2&to=1', 400, 'to: it ends before it begins'],
    [
      'beyond all dates',
      'GET',
      '/api/history?from=2&to=9999999999999999',
      400,
      expect.stringMatching(/^to: /),
    ],
    ['too long a time', 'GET', '/api/history?from=0&to=1795557600000', 400, 'more than 1000 days'],
    ['too long a time', 'GET', '/api/report?from=0&to=1795557600000', 400, 'more than 1100 days'],
    ['no view', 'GET', '/api/calendar', 400, expect.stringMatching(/^view: /)],
    ['another view', 'GET', '/api/calendar?view=year', 400, expect.stringMatching(/^view: .*month.*week/)],
    ['no day', 'GET', '/api/calendar?view=week&date=2026-02-30', 400, '2026-02-30 is no day'],
    ['no zone', 'GET', '/api/calendar?view=week&timezone=Asia/Toky', 400, 'unknown time zone "Asia/Toky"'],
    ['no schedule', 'GET', '/api/calendar?view=week&schedule=x', 400, 'no schedule "x"'],
    ['no rotation’s id', 'GET', '/api/rotation?id=x', 400, 'id: no rotation’s id'],
  ])('%s: %s %s is %i', async (_what, method, path, status, error) => {
    const replied = await page.get(path, { method })
    expect(replied.status).toBe(status)
    expect(JSON.parse(replied.text)).toMatchObject({ error })
    if (status === 405) expect(replied.headers.allow).toBe(/only (\w+)/.exec(replied.text)?.[1])
  })

  it.each([
    ['nothing', '', 400, 'the body is not JSON'],
    ['half of it', '{"scope":', 400, 'the body is not JSON'],
    ['a list', '[]', 400, expect.stringContaining('expected object')],
    ['a scope that is none', '{"scope":"secrets","reason":"x"}', 400, expect.stringMatching(/^scope: /)],
    ['an empty name', '{"scope":"secret/","reason":"x"}', 400, expect.stringMatching(/^scope: /)],
    ['no reason', '{"scope":"all","reason":" "}', 400, 'reason: it is empty'],
    ['a time as text', '{"scope":"all","reason":"x","until":"2027"}', 400, expect.stringMatching(/^until: /)],
    ['more than is asked for', '{"scope":"all","reason":"x","by":"me"}', 400, 'Unrecognized key: "by"'],
    ['64 KiB and one', `"${'x'.repeat(65_535)}"`, 413, 'a body of more than 64 KiB'],
  ])('a body of %s is not taken', async (_what, body, status, error) => {
    const type = { 'content-type': 'application/json' }
    // With its length said before, and without.
    for (const headers of [type, { ...type, 'transfer-encoding': 'chunked' }]) {
      const replied = await page.get('/api/hold', { method: 'POST', headers, body })
      expect(replied.status).toBe(status)
      expect(JSON.parse(replied.text)).toMatchObject({ error })
    }
  })

  it.each([
    ['another host', { host: 'evil.example' }],
    ['another origin', { origin: 'https://evil.example' }],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another port', { 'sec-fetch-site': 'same-site' }],
  ])('is not enough from %s', async (_what, headers) => {
    for (const method of ['GET', 'POST'])
      expect(
        (await page.get('/api/stage', { method, headers: headers as Record<string, string> })).status,
      ).toBe(403)
  })

  it('says what the config says, and where it is', async () => {
    expect(await page.read('GET /api/stage')).toMatchObject({
      stage: '<b>',
      file: 'config/<b>.yml',
      operator: expect.stringMatching(/.@./),
      now: NOW,
      timezones: ['Asia/Tokyo', 'UTC'],
      secrets: ['eu-west-1:app/db'],
      schedules: [
        {
          name: 'nightly',
          words: 'At 03:00 every day',
          secrets: ['app/db'],
          place: 'eu-west-1',
          enabled: true,
        },
      ],
    })
  })
})

it('every reply has the same policy, and none lets another origin read it', async () => {
  const page = await openPage(served)
  const replies = await Promise.all([
    at('/'),
    at('/?token=x'),
    at('/page.js'),
    at('/nowhere'),
    at('/api/stage'),
    at('/', { headers: { host: 'evil.example' } }),
    page.get('/api/stage'),
    page.get('/api/history'),
    at('/api/stage', { method: 'OPTIONS', headers: { 'access-control-request-method': 'GET' } }),
  ])
  expect(replies.map(({ status }) => status)).toEqual([200, 403, 200, 404, 401, 403, 200, 400, 401])
  for (const { headers } of replies) {
    expect(headers).toMatchObject(HEADERS)
    expect(Object.keys(headers).filter((name) => /^access-control|^set-cookie/.test(name))).toEqual([])
  }
})

it('what nobody foresaw is told to the terminal, and to the page only that it happened', async () => {
  const loaded = parseConfig('config/b.yml', YAML)
  if (!loaded.ok) throw new Error('invalid')
  const lines: string[] = []
  const broken = await startConsole({
    ...{ config: loaded.config, file: 'b.yml', port: 0, announce: () => {} },
    now: () => {
      throw new TypeError('the clock fell off the wall')
    },
    complain: (line) => lines.push(line),
  })
  onTestFinished(() => broken.stop())
  const { status, text } = await (await openPage(broken)).get('/api/stage')
  expect([status, JSON.parse(text)]).toEqual([
    500,
    {
      error: 'the console made a mistake',
      hint: 'its terminal says more; the commands do the same without it',
    },
  ])
  expect(lines.join('\n')).toMatch(/^GET \/api\/stage: TypeError: the clock fell off the wall\n +at /)
})

it('listens on 127.0.0.1 and no other address of this machine', async () => {
  const others = Object.values(networkInterfaces()).flatMap((them = []) => them.map(({ address }) => address))
  for (const address of others.filter((it) => it !== '127.0.0.1')) {
    const [error] = await once(connect(served.port, address), 'error')
    expect(error.message, address).toMatch(/ECONNREFUSED|EADDRNOTAVAIL|EINVAL/)
  }
})

it('ends what is no HTTP with a 400', async () => {
  const socket = connect(served.port, '127.0.0.1')
  socket.end('GET /api/now HTTP/9\r\n\r\n')
  let text = ''
  for await (const part of socket) text += part
  expect(text).toMatch(/^HTTP\/1\.1 400 /)
})

it('has made no mistake in all of that', () => {
  expect(told.filter((line) => line.startsWith('complaint'))).toEqual([])
})

it('a port that is taken is told, with what to do', async () => {
  const loaded = parseConfig('config/b.yml', YAML)
  if (!loaded.ok) throw new Error('invalid')
  const second = startConsole({
    ...{ config: loaded.config, file: 'b.yml', port: served.port, now: () => NOW, announce: () => {} },
  })
  await expect(second).rejects.toMatchObject({
    message: `port ${served.port} is taken`,
    hint: 'leave --port out: any port that is free will do',
  })
})
