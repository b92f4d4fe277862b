import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { accessibilityProblems, chromiumPath, DESK, isTooWide, PHONE } from './browser.ts'
import { wrongInstants } from './instants.ts'
import { serveShared } from './open.ts'
import type { Served } from './served.ts'

/** Every view with the month's data: `at` its address, `ready` what shows that the data is there. */
const VIEWS: { at: string; title: string; ready: (page: Page) => ReturnType<Page['locator']> }[] = [
  { at: 'now', title: 'Now', ready: (page) => page.getByRole('timer') },
  {
    at: 'calendar',
    title: 'Calendar',
    ready: (page) => page.getByRole('heading', { name: 'November 2026 Europe/London' }),
  },
  {
    at: 'calendar?view=week',
    title: 'Calendar',
    ready: (page) => page.getByRole('heading', { name: /^9–15 November 2026/ }),
  },
  {
    at: 'history',
    title: 'History',
    ready: (page) => page.getByRole('heading', { name: /rotations, the latest first/ }),
  },
  { at: 'skew', title: 'Skew', ready: (page) => page.getByRole('table') },
  {
    at: 'schedules',
    title: 'Schedules',
    ready: (page) => page.getByText(/schedules differ from the config/),
  },
  { at: 'report', title: 'Report', ready: (page) => page.getByRole('heading', { level: 2 }) },
]

describe.skipIf(chromiumPath === undefined)('every view, with a month of records', () => {
  let served: Served
  beforeAll(async () => {
    served = await serveShared()
  })
  afterAll(() => served?.stop())
  afterEach(async () => expect(await served.leave()).toEqual([]))

  it.each(VIEWS)('$at: light on a desk, dark on a phone', async ({ at, title, ready }) => {
    const { page } = await served.open(at)
    await page.getByRole('heading', { level: 1, name: title }).waitFor()
    await ready(page).first().waitFor()
    expect(await isTooWide(page)).toBe(false)
    expect(await accessibilityProblems(page)).toEqual([])
    // Colours are the theme's, places and sizes the width's: two looks see all of them.
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize(PHONE)
    expect(await isTooWide(page)).toBe(false)
    expect(await accessibilityProblems(page)).toEqual([])
    // What a zoom of 400 % leaves of a desk: WCAG 1.4.10.
    await page.setViewportSize({ width: 320, height: 256 })
    expect(await isTooWide(page)).toBe(false)
    await page.setViewportSize(DESK)
    expect(await page.title()).toBe(`${title} · prod`)
    expect(await wrongInstants(page)).toEqual([])
  })
})
