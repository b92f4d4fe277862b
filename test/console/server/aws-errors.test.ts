import { readFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import { parseConfig } from '../../../src/config/load.ts'
import { type Console, startConsole } from '../../../src/console/server/server.ts'
import type { Fault } from '../../../src/local/fault.ts'
import { namesOf } from '../../../src/model/resource-names.ts'
import { recordsIn } from '../../../src/runtime/records.ts'
import { type Stage, startStage } from '../../cli/stage.ts'
import { type OpenPage, openPage } from './client.ts'

const DAY = 86_400_000

let on: Stage
let config: Config

beforeAll(async () => {
  on = await startStage(
    'trouble',
    `defaults: { timezone: UTC }
schedules:
  nightly: { when: cron(0 3 * * ? *), secrets: [app/db] }
`,
  )
  const loaded = parseConfig(on.file, await readFile(on.file, 'utf8'))
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  config = loaded.config
  const { states } = recordsIn(namesOf('trouble').ledgerTable)
  await states.put(
    {
      ranAt: new Date().toISOString(),
      configVersion: config.version,
      marks: {},
      looked: { until: new Date().toISOString(), found: {} },
    },
    0,
  )
})
afterAll(() => on.stop())

const complaints: string[] = []

async function open(more: { giveUpMs?: number } = {}): Promise<{ served: Console; page: OpenPage }> {
  const served = await startConsole({
    ...{ config, file: on.file, port: 0, now: Date.now, announce: () => {}, ...more },
    complain: (line) => complaints.push(line),
  })
  onTestFinished(() => served.stop())
  return { served, page: await openPage(served) }
}

/** Everything that reads, and everything that does. */
function everything(page: OpenPage) {
  const now = Date.now()
  const period = `from=${now - DAY}&to=${now}`
  const asked = [
    '/api/now',
    '/api/calendar?view=week',
    `/api/history?${period}`,
    `/api/rotation?id=${'0'.repeat(36)}`,
    '/api/live',
    `/api/report?${period}`,
    `/api/report.html?${period}`,
  ].map((path) => page.get(path))
  const done = [
    page.post('POST /api/hold', { scope: 'all', reason: 'x' }),
    page.post('POST /api/release', { scope: 'all', id: 'aaa-aaa-aaa' }),
    page.post('POST /api/run', { schedule: 'nightly' }),
  ].map(async (it) => {
    const { status, answer } = await it
    return { status, text: JSON.stringify(answer) }
  })
  return Promise.all([...asked, ...done])
}

/** Points the SDK clients that are made from now on elsewhere, for the length of a test. */
function endpoint(url: string): void {
  const names = Object.keys(on.aws.env).filter((name) => name.startsWith('AWS_ENDPOINT_URL'))
  for (const name of names) process.env[name] = url
  onTestFinished(() => void Object.assign(process.env, on.aws.env))
}

describe('where AWS', () => {
  it('refuses connections, every answer says so and what to do; what the config says is there all the same', async () => {
    endpoint('http://127.0.0.1:1')
    const { page } = await open()
    for (const { status, text } of await everything(page)) {
      expect(status).toBe(502)
      const { error, hint } = JSON.parse(text)
      expect(error).toMatch(/^could not .*ECONNREFUSED/)
      expect(hint).toMatch(/^nothing answers there: check AWS_ENDPOINT_URL and the network/)
    }
    expect((await page.read('GET /api/stage')).stage).toBe('trouble')
  })

  it('does not answer at all, a reading is given up', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    const sockets = new Set<{ destroy(): void }>()
    silent.on('connection', (socket) => sockets.add(socket))
    await new Promise((resolve) => silent.once('listening', resolve))
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
      silent.close()
    })
    endpoint(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`)
    const { page } = await open({ giveUpMs: 200 })
    const replied = await Promise.all([
      ...['/api/now', '/api/now', '/api/live', '/api/report?from=0&to=1'].map((path) => page.get(path)),
    ])
    for (const { status, text } of replied) {
      expect(status).toBe(502)
      expect(JSON.parse(text).error).toMatch(/ETIMEDOUT: no answer in 0.2 s/)
    }
  })

  it('refuses for a while, that is told, and the next question is answered', async () => {
    const { page } = await open()
    const fault: Fault = {
      ...{ service: 'dynamodb', action: 'Query', times: Number.POSITIVE_INFINITY, kind: 'error' },
      ...{ code: 'AccessDeniedException', message: 'not authorized to perform: dynamodb:Query' },
    }
    on.aws.faults.push(fault)
    const refused = await page.get('/api/now')
    expect([refused.status, JSON.parse(refused.text)]).toEqual([
      502,
      {
        error: 'could not read the ledger: not authorized to perform: dynamodb:Query',
        hint: 'your AWS identity lacks a permission: see node_modules/aws-tourbillon/docs/permissions.md',
      },
    ])
    fault.times = 0
    expect((await page.read('GET /api/now')).inOrder).toBe(true)
  })

  it('has no such table, it says that the stage may not be deployed', async () => {
    config = { ...config, stage: 'nowhere' }
    const { page } = await open()
    const { status, text } = await page.get('/api/now')
    expect(status).toBe(502)
    expect(JSON.parse(text).hint).toMatch(/^is the stage deployed here\?/)
    const run = await page.post('POST /api/run', { schedule: 'nightly' })
    expect([run.status, run.answer.hint]).toEqual([
      502,
      expect.stringMatching(/^is the stage deployed here\?/),
    ])
  })
})

it('none of that is a mistake of the server’s', () => {
  expect(complaints).toEqual([])
})
