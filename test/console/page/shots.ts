/**
 * `node test/console/page/shots.ts DIRECTORY [VIEW…]`: every view of the console with the month's records, in light and
 * dark, on a desk (what a window of 1280 × 800 shows) and on a phone (the whole page, 390 wide), for people to look at.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { NOW } from '../month/config.ts'
import { startMonth } from '../month/stage.ts'
import { DESK, launch, PHONE } from './browser.ts'
import { serve } from './served.ts'

const [directory, ...wanted] = process.argv.slice(2)
if (directory === undefined) {
  console.error('Name a directory: node test/console/page/shots.ts DIRECTORY')
  process.exit(2)
}
await mkdir(directory, { recursive: true })

const [stage, browser] = await Promise.all([startMonth({ now: NOW }), launch()])
const served = await serve(stage, browser, () => NOW)
const failed = stage.records.ledger.query('bySecret', 'prod/billing/db')
let id = ''
for await (const { rotationId, reason } of failed) if (reason === 'VERIFICATION_FAILED') id = rotationId

const SHOTS: Record<string, { at: string; act?: (page: Page) => Promise<void> }> = {
  now: { at: 'now' },
  month: { at: 'calendar' },
  week: { at: 'calendar?view=week' },
  'clock-change': { at: 'calendar?view=week&date=2026-10-28&timezone=Europe/London' },
  history: { at: 'history' },
  rotation: { at: `rotation?id=${id}` },
  skew: { at: 'skew' },
  schedules: { at: 'schedules' },
  report: { at: 'report' },
  hold: {
    at: 'now',
    act: (page) => page.getByRole('button', { name: 'Hold everything…' }).click(),
  },
  approve: {
    at: 'now',
    act: (page) => page.getByRole('button', { name: 'Approve…' }).first().click(),
  },
  skip: {
    at: 'now',
    act: (page) => page.getByRole('button', { name: 'Skip…' }).first().click(),
  },
  run: {
    at: 'now',
    act: (page) => page.getByRole('button', { name: 'Rotate now…' }).first().click(),
  },
}

for (const [name, { at, act }] of Object.entries(SHOTS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const { page, problems } = await served.open(at)
  await page.getByRole('main').getByRole('heading', { level: 2 }).first().waitFor()
  await page.getByText(/^Reading /).waitFor({ state: 'detached' })
  await act?.(page)
  await page.getByText(/^Reading /).waitFor({ state: 'detached' })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize(DESK)
    await page.screenshot({ path: join(directory, `${name}-${colorScheme}.png`) })
    await page.setViewportSize(PHONE)
    await page.screenshot({ path: join(directory, `${name}-${colorScheme}-phone.png`), fullPage: !act })
  }
  console.log([name, ...problems()].join('\n  '))
  await page.context().close()
}
await browser.close()
await served.stop()
await stage.stop()
