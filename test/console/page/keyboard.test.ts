import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath } from './browser.ts'
import { serveShared } from './open.ts'
import type { Served } from './served.ts'

/** What has the focus: its name, whether it can be seen, and whether that shows; a date's parts have the browser's ring. */
type Stop = { name: string; tag: string; inView: boolean; ring: boolean }

const STOP = `(() => {
  const it = document.activeElement
  const { outlineStyle, outlineWidth } = getComputedStyle(it)
  const { left, top, right, bottom, width, height } = it.getBoundingClientRect()
  const labels = it.labels ? [...it.labels].map((label) => label.textContent) : []
  const name = [it.getAttribute('aria-label'), ...labels, it.textContent].find((text) => text?.trim()) ?? ''
  return {
    name: name.replaceAll(/\\s+/g, ' ').trim(),
    tag: it.tagName,
    inView: width > 0 && height > 0 && right > 0 && bottom > 0 && left < innerWidth && top < innerHeight,
    ring: it.matches('[type=date]') || (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1),
  }
})()`

describe.skipIf(chromiumPath === undefined)('by keyboard alone', () => {
  let served: Served
  beforeAll(async () => {
    served = await serveShared()
  })
  afterAll(() => served?.stop())
  afterEach(async () => expect(await served.leave()).toEqual([]))

  const stop = (page: Page) => page.evaluate<Stop>(STOP)
  const isFocused = async (it: Locator) => (await it.and(it.page().locator(':focus')).count()) === 1

  /** Presses Tab until the page lets go of the focus. */
  async function walk(page: Page): Promise<Stop[]> {
    const stops: Stop[] = []
    for (;;) {
      await page.keyboard.press('Tab')
      const at = await stop(page)
      if (at.tag === 'BODY' || stops.length > 300) return stops
      stops.push(at)
    }
  }

  it.each(['now', 'calendar', 'calendar?view=week', 'history', 'skew', 'schedules', 'report'])(
    '%s: Tab goes through everything, each stop seen and named, and out again',
    async (view) => {
      const { page } = await served.open(view)
      await page.getByText(/^Reading /).waitFor({ state: 'detached' })
      const stops = await walk(page)
      expect(stops.slice(0, 10).map(({ name }) => name.split(':')[0])).toEqual([
        ...['Skip to the view', 'Now', 'Calendar', 'History', 'Skew', 'Schedules', 'Report'],
        ...[expect.stringContaining('clock'), expect.any(String), 'Hold everything…'],
      ])
      expect(stops.filter(({ name, inView, ring }) => name === '' || !inView || !ring)).toEqual([])
      expect(stops.length).toBeLessThan(300)
    },
  )

  it('the skip link leads past the header, into the view', async () => {
    const { page } = await served.open()
    await page.getByRole('timer').waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await isFocused(page.getByRole('main'))).toBe(true)
    await page.keyboard.press('Tab')
    expect(await page.getByRole('main').locator(':focus').count()).toBe(1)
    expect(new URL(page.url()).hash).toBe('#/now')
  })

  it('another view takes the focus along; a filter leaves it where it is', async () => {
    const { page } = await served.open()
    await page.getByRole('link', { name: 'History' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'History' }).waitFor()
    await expect.poll(() => isFocused(page.getByRole('main'))).toBe(true)
    const search = page.getByRole('searchbox', { name: 'Containing' })
    await search.focus()
    await page.keyboard.type('billing')
    expect(await isFocused(search)).toBe(true)
    expect(await search.inputValue()).toBe('billing')
  })

  it('History: the lanes are one stop, and arrows go from mark to mark', async () => {
    const { page } = await served.open('history')
    const lanes = page.getByRole('figure')
    await lanes.waitFor()
    const stops = (await walk(page)).filter(({ name }) => /^prod\/[a-z/-]+ [A-Z_]+.*, /.test(name))
    expect(stops).toHaveLength(1)

    const name = async () => (await stop(page)).name
    await lanes.getByRole('link').first().focus()
    const first = await name()
    expect(first).toMatch(/^prod\/archive\/key/)
    await page.keyboard.press('ArrowLeft')
    expect(await name()).toBe(first)
    await page.keyboard.press('ArrowRight')
    const second = await name()
    expect(second).toMatch(/^prod\/archive\/key FAILED ACCESS_DENIED/)
    await page.keyboard.press('End')
    const last = await name()
    expect(last).not.toBe(second)
    await page.keyboard.press('ArrowDown')
    expect(await name()).toMatch(/^prod\/billing\/db /)
    await page.keyboard.press('ArrowUp')
    expect(await name()).toBe(last)
    await page.keyboard.press('Home')
    expect(await name()).toBe(first)
    // It is said beside the lanes, too.
    await lanes.getByText(first.slice(0, 40)).last().waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 2, name: /^prod\/archive\/key/ }).waitFor()
  })

  it.each([
    ['now', 'Hold everything…', 'Hold in prod?'],
    ['now', 'Rotate now…', 'Rotate now in prod?'],
    ['now', 'Release schedule partner-api-key…', 'Release schedule partner-api-key in prod?'],
    ['calendar', /orders-db-nightly/, 'orders-db-nightly'],
  ])('%s: %s opens a dialog that keeps the focus, and Escape gives it back', async (view, button, title) => {
    const { page } = await served.open(view)
    const opener = page.getByRole('button', { name: button }).first()
    await opener.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: title })
    await dialog.waitFor()
    const within = async () => (await dialog.locator(':focus').count()) === 1
    expect(await within()).toBe(true)
    const outside: Stop[] = []
    for (let presses = 0; presses < 8; presses++) {
      await page.keyboard.press('Tab')
      const at = await stop(page)
      // The browser's own bars have their turn; nothing of the page behind has.
      if (!(await within()) && at.tag !== 'BODY') outside.push(at)
    }
    expect(outside).toEqual([])
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await isFocused(opener)).toBe(true)
  })

  it('goes from auto to light to dark, and stays so', async () => {
    const { page } = await served.open()
    const scheme = () =>
      page.evaluate(
        "getComputedStyle(document.documentElement).colorScheme + ' ' + getComputedStyle(document.body).backgroundColor",
      )
    const theme = page.getByRole('button', { name: /auto|light|dark/ })
    const auto = await scheme()
    await theme.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: /light/ }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: /dark/ }).waitFor()
    expect(await isFocused(theme)).toBe(true)
    const dark = await scheme()
    expect(dark).not.toBe(auto)
    await page.reload()
    await page.getByRole('button', { name: /dark/ }).waitFor()
    expect(await scheme()).toBe(dark)
  })

  it('nothing moves for who asked for less motion', async () => {
    const { page } = await served.open()
    await page.getByRole('region', { name: 'Under way' }).getByRole('listitem').first().waitFor()
    expect(await page.evaluate('document.getAnimations().length')).toBe(0)
  })
})
