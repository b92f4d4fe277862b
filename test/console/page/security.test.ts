import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Hold } from '../../../src/model/hold.ts'
import { NOW } from '../month/config.ts'
import { chromiumPath, REBOUND } from './browser.ts'
import { attackOn, startElsewhere } from './elsewhere.ts'
import { serveShared } from './open.ts'
import type { Served } from './served.ts'

describe.skipIf(chromiumPath === undefined)('who may open the console', () => {
  let served: Served
  let held: Hold[]
  const inForce = () => served.stage.records.holds.inForce(new Date(NOW).toISOString())
  beforeAll(async () => {
    served = await serveShared()
    held = await inForce()
  })
  afterAll(() => served?.stop())
  afterEach(async () => expect(await served.leave()).toEqual([]))

  const origin = () => `http://127.0.0.1:${served.console.port}`

  it('opens by its link, and stays open when the tab loads it again', async () => {
    const { page } = await served.open()
    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'Now' }).waitFor()
  })

  it('opens in a tab that nobody looks at yet, and reads once somebody does', async () => {
    const { page } = await served.visit()
    await page.addInitScript({
      content:
        "Object.defineProperty(document, 'visibilityState', { get: () => window.seen ? 'visible' : 'hidden' })",
    })
    await page.goto(served.console.url())
    await page.getByText('Reading the stage').waitFor()
    expect(page.url()).toBe(`${origin()}/`)
    await page.evaluate("window.seen = true; document.dispatchEvent(new Event('visibilitychange'))")
    await page.getByRole('heading', { level: 1, name: 'Now' }).waitFor()
  })

  it('keeps the link out of the address, the history, and everything that is asked', async () => {
    const link = served.console.url()
    const token = new URL(link).searchParams.get('token') ?? ''
    const { page } = await served.visit()
    const asked: string[] = []
    page.on('request', (request) => asked.push(`${request.url()} ${JSON.stringify(request.headers())}`))
    await page.goto(link)
    await page.getByRole('heading', { level: 1, name: 'Now' }).waitFor()
    expect(page.url()).toBe(`${origin()}/`)
    expect(asked.slice(1).filter((it) => it.includes(token))).toEqual([])
    expect(asked.filter((it) => !it.startsWith(`${origin()}/`))).toEqual([])
  })

  it('refuses a link that was used: it says which one opens, and the first tab goes on', async () => {
    const link = served.console.url()
    const first = await served.visit()
    await first.page.goto(link)
    await first.page.getByRole('heading', { level: 1, name: 'Now' }).waitFor()
    const second = await served.visit()
    second.forgives(/403/)
    await second.page.goto(link)
    await second.page.getByRole('heading', { name: 'This link does not open the console of prod' }).waitFor()
    await first.page.reload()
    await first.page.getByRole('heading', { level: 1, name: 'Now' }).waitFor()
  })

  it('refuses another token, and says which link opens it', async () => {
    const { page, forgives } = await served.visit()
    forgives(/40[13]/)
    await page.goto(`${origin()}/?token=${'A'.repeat(43)}`)
    await page.getByRole('heading', { name: 'This link does not open the console of prod' }).waitFor()
    await page.getByRole('link', { name: 'go on there' }).click()
    const alert = page.getByRole('alert')
    await alert.getByText('not signed in').waitFor()
    expect(await alert.getByRole('button').count()).toBe(0)
  })

  it('does not go by another name that leads to this machine', async () => {
    const { page, forgives } = await served.visit()
    forgives(/403|Cross-Origin-Opener-Policy/)
    const link = served.console.url()
    const answer = await page.goto(link.replace('127.0.0.1', REBOUND))
    expect(answer?.status()).toBe(403)
    // The link is not used up by it.
    expect(served.console.url()).toBe(link)
  })

  it('runs nothing and loads nothing that is not its own', async () => {
    const { page, problems, forgives } = await served.open()
    const ran = await page.evaluate(`new Promise((done) => {
      const script = document.createElement('script')
      script.textContent = 'window.ran = true'
      document.body.append(script)
      const image = new Image()
      image.onload = image.onerror = () => done(window.ran === true)
      image.src = 'http://127.0.0.1:1/pixel.png'
    })`)
    expect(ran).toBe(false)
    const told = problems()
      .map((it) => /^console: violates (\S+):/.exec(it)?.[1])
      .filter(Boolean)
    expect(told).toEqual(['script-src-elem', 'img-src'])
    forgives(/Content Security Policy|violates|csp$/)
  })

  describe('from another site', () => {
    const sites = { 'another port': '127.0.0.1', 'another name': 'localhost' }
    it.each(Object.entries(sites))('reads nothing, changes nothing: %s', async (_, host) => {
      // Somebody has the console open in the same browser.
      const { page } = await served.open()
      const elsewhere = await startElsewhere(() => attackOn(served.console.port))
      await expectNothing(await page.context().newPage(), `http://${host}:${elsewhere.port}/`)
      await elsewhere.stop()
    })

    it('reads nothing, changes nothing: a page without an origin', async () => {
      const { page } = await served.open()
      const address = `data:text/html,${encodeURIComponent(attackOn(served.console.port))}`
      await expectNothing(await page.context().newPage(), address)
    })

    it('is not left open to the page that opened it', async () => {
      const link = served.console.url()
      const elsewhere = await startElsewhere(() => '<!doctype html><title>Elsewhere</title>')
      const { page } = await served.visit()
      await page.goto(`http://localhost:${elsewhere.port}/`)
      const [opened] = await Promise.all([
        page.waitForEvent('popup'),
        page.evaluate(`{ window.held = open(${JSON.stringify(link)}) }`),
      ])
      await opened.getByRole('heading', { level: 1, name: 'Now' }).waitFor()
      expect(await opened.evaluate('window.opener === null')).toBe(true)
      expect(await page.evaluate('window.held.closed')).toBe(true)
      await elsewhere.stop()
    })

    async function expectNothing(foreign: Page, address: string) {
      const answers: string[] = []
      foreign.on('response', (it) => {
        if (it.url().startsWith(origin())) answers.push(`${it.status()} ${it.request().method()} ${it.url()}`)
      })
      await foreign.goto(address)
      await foreign.waitForFunction('window.outcomes')
      // Not even the page itself, which has no data in it.
      expect(answers.filter((it) => !it.startsWith('403 '))).toEqual([])
      const outcomes = await foreign.evaluate<Record<string, string>>('window.outcomes')
      expect(Object.values(outcomes).filter((it) => !['refused', 'opaque', ''].includes(it))).toEqual([])
      expect(Object.keys(outcomes)).toHaveLength(9)
      const framed = foreign.frames().filter((it) => it !== foreign.mainFrame())
      expect(await Promise.all(framed.map((it) => it.locator('#app, [name=session]').count()))).toEqual([
        0, 0,
      ])
      expect(await inForce()).toEqual(held)
    }
  })
})
