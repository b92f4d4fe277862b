import { describe, expect, it } from 'vitest'
import { HttpError } from '../../../src/console/server/http-error.ts'
import { checkOrigin } from '../../../src/console/server/origin-check.ts'

const PORT = 4711
const OWN = { host: '127.0.0.1:4711' }
const JSON_TYPE = { 'content-type': 'application/json' }

type Row = [what: string, method: string, path: string, headers: Record<string, string>]

/** The status with which a request is refused; undefined: it is let in. */
function judged([, method, path, headers]: Row, port = PORT): number | undefined {
  try {
    checkOrigin({ method, path, headers }, port)
  } catch (error) {
    if (error instanceof HttpError) return error.status
    throw error
  }
}

describe('who is let in', () => {
  const rows: Row[] = [
    ['a command line', 'GET', '/api/now', OWN],
    ['by the other name', 'GET', '/api/now', { host: 'localhost:4711' }],
    ['a link in a terminal', 'GET', '/', { ...OWN, 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }],
    [
      'a link in a mail program that is a site',
      'GET',
      '/',
      { ...OWN, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    ],
    [
      'the page itself',
      'GET',
      '/api/now',
      { ...OWN, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' },
    ],
    [
      'what the page does',
      'POST',
      '/api/hold',
      { ...OWN, ...JSON_TYPE, origin: 'http://127.0.0.1:4711', 'sec-fetch-site': 'same-origin' },
    ],
    [
      'with its character set',
      'POST',
      '/api/hold',
      { ...OWN, 'content-type': 'application/json; charset=utf-8' },
    ],
  ]
  it.each(rows)('%s', (...row) => expect(judged(row)).toBe(undefined))
})

describe('who is not', () => {
  const cross = { ...OWN, 'sec-fetch-site': 'cross-site' }
  const rows: Row[] = [
    ['a name made to point here', 'GET', '/', { host: 'evil.example:4711' }],
    ['no host', 'GET', '/', {}],
    ['another port', 'GET', '/', { host: '127.0.0.1:4712' }],
    ['no port', 'GET', '/', { host: '127.0.0.1' }],
    ['an address that looks alike', 'GET', '/', { host: '127.0.0.1:4711.evil.example' }],
    ['another site’s script', 'GET', '/api/now', { ...OWN, origin: 'https://evil.example' }],
    ['a page without an origin', 'GET', '/api/now', { ...OWN, origin: 'null' }],
    ['our own name, by the other one', 'GET', '/api/now', { ...OWN, origin: 'http://localhost:4711' }],
    ['https, which we are not', 'GET', '/api/now', { ...OWN, origin: 'https://127.0.0.1:4711' }],
    ['another site’s image', 'GET', '/favicon.svg', { ...cross, 'sec-fetch-mode': 'no-cors' }],
    ['another site’s script element', 'GET', '/page.js', { ...cross, 'sec-fetch-mode': 'no-cors' }],
    ['a link to an answer', 'GET', '/api/now', { ...cross, 'sec-fetch-mode': 'navigate' }],
    ['another port of this machine', 'GET', '/api/now', { ...OWN, 'sec-fetch-site': 'same-site' }],
    ['a frame', 'GET', '/', { ...cross, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }],
    ['a script that reads the page', 'GET', '/', { ...cross, 'sec-fetch-mode': 'cors' }],
    ['another site’s form', 'POST', '/', { ...cross, ...JSON_TYPE, 'sec-fetch-mode': 'navigate' }],
    ['a form as this page', 'POST', '/api/hold', { ...OWN, origin: 'http://evil.example', ...JSON_TYPE }],
  ]
  it.each(rows)('%s: 403', (...row) => expect(judged(row)).toBe(403))

  it.each<Row>([
    ['nothing', 'POST', '/api/hold', OWN],
    ['what forms can send', 'POST', '/api/hold', { ...OWN, 'content-type': 'text/plain' }],
    [
      'a type that begins alike',
      'POST',
      '/api/hold',
      { ...OWN, 'content-type': 'application/json-patch+json' },
    ],
  ])('a body of %s: 415', (...row) => expect(judged(row)).toBe(415))
})

it('on HTTP’s own port, browsers leave it out', () => {
  expect(judged(['', 'GET', '/', { host: 'localhost' }], 80)).toBe(undefined)
})
