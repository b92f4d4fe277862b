import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startConsole } from '../../../src/console/server/server.ts'
import type { Fault } from '../../../src/local/fault.ts'
import { NOW } from '../month/config.ts'
import type { MonthStage } from '../month/stage.ts'
import { accessibilityProblems, chromiumPath, isTooWide, PHONE } from './browser.ts'
import { serveOwn } from './open.ts'
import type { Served } from './served.ts'

/** What each view says on a stage’s first day. */
const EMPTY = {
  now: 'Nothing ended in the last 24 hours.',
  calendar: 'November 2026',
  history: 'The ledger has no rotation in this period.',
  skew: 'No scheduled rotation of this period has a skew.',
  schedules: 'Group tourbillon-prod: 1 of 10 schedules differ from the config',
  report: 'Secret rotation: evidence for prod',
}

describe.skipIf(chromiumPath === undefined)('a stage on its first day, and one that cannot be read', () => {
  let served: Served<MonthStage>
  beforeAll(async () => {
    served = await serveOwn({ now: NOW, filled: false })
  })
  afterAll(() => served?.stop())
  afterEach(async () => {
    served.stage.aws.faults.length = 0
    expect(await served.leave()).toEqual([])
  })

  it('every view says that it has nothing to show, in light, dark and on a phone', async () => {
    const { page } = await served.open()
    for (const [view, words] of Object.entries(EMPTY)) {
      await page.evaluate(`location.hash = '#/${view}'`)
      await page.getByText(words).first().waitFor()
      await page.emulateMedia({ colorScheme: 'light' })
      expect(await accessibilityProblems(page), view).toEqual([])
      await page.emulateMedia({ colorScheme: 'dark' })
      await page.setViewportSize(PHONE)
      expect(await isTooWide(page), view).toBe(false)
      expect(await accessibilityProblems(page), view).toEqual([])
    }
  })

  it('is in order, and says what comes next', async () => {
    const { page } = await served.open()
    await page.getByText('In order: nobody has to do anything').waitFor()
    for (const words of ['Nothing is under way.', 'Nothing is held.']) await page.getByText(words).waitFor()
    await page.getByRole('region', { name: 'Next' }).getByText('orders-db-nightly').first().waitFor()
  })

  it('there is no such view, no such rotation, no such day: says so, and leads back', async () => {
    const { page, forgives } = await served.open('elsewhere')
    await page.getByText('There is no such view.').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    await page.getByRole('link', { name: 'What is now' }).click()
    await page.getByRole('heading', { level: 1, name: 'Now' }).waitFor()
    forgives(/40[04]|422/)
    for (const view of [
      'rotation?id=1',
      'calendar?date=2026-13-41',
      'report?from=2026-11-13&to=2026-11-12',
    ]) {
      await page.evaluate(`location.hash = ${JSON.stringify(`#/${view}`)}`)
      await page.getByRole('alert').waitFor()
      await page.getByRole('link', { name: 'Now' }).click()
      await page.getByRole('alert').waitFor({ state: 'detached' })
    }
  })

  it('says that it is reading, for as long as it is', async () => {
    const { page } = await served.visit()
    const { promise: opened, resolve: open } = Promise.withResolvers<void>()
    await page.route('**/api/now*', async (route) => {
      await opened
      await route.continue()
    })
    await page.goto(served.console.url())
    await page.getByRole('status').filter({ hasText: 'Reading the ledger' }).waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    open()
    await page.getByText('In order: nobody has to do anything').waitFor()
    expect(await page.getByText('Reading the ledger').count()).toBe(0)
  })

  const DENIED: Omit<Fault, 'service'> = {
    ...{ action: '*', times: Number.POSITIVE_INFINITY, kind: 'error', code: 'AccessDeniedException' },
    message: 'User: arn:aws:iam::000000000000:user/lea is not authorized to perform: dynamodb:Query',
  }

  it('a ledger that cannot be read: says why, keeps what it had, and recovers by itself', async () => {
    const { page, forgives } = await served.open()
    await page.getByText('Nothing is held.').waitFor()
    forgives(/502/)
    served.stage.aws.faults.push({ ...DENIED, service: 'dynamodb' })
    const alert = page.getByRole('alert')
    await alert.getByText(/not authorized to perform: dynamodb:Query/).waitFor()
    await page.getByText('Nothing is held.').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    await page.setViewportSize(PHONE)
    expect(await isTooWide(page)).toBe(false)
    await page.evaluate("location.hash = '#/history'")
    await alert.getByText(/not authorized/).waitFor()
    expect(await page.getByText('The ledger has no rotation in this period.').count()).toBe(0)
    served.stage.aws.faults.length = 0
    await alert.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('The ledger has no rotation in this period.').waitFor()
    await page.evaluate("location.hash = '#/now'")
    await page.getByText('In order: nobody has to do anything').waitFor()
    expect(await alert.count()).toBe(0)
  })

  it('schedules that cannot be read: the config shows all the same', async () => {
    const { page, forgives } = await served.visit()
    forgives(/502/)
    served.stage.aws.faults.push({ ...DENIED, service: 'scheduler' })
    await page.goto(`${served.console.url()}#/schedules`)
    await page
      .getByRole('alert')
      .getByText(/not authorized/)
      .waitFor()
    expect(await page.getByRole('heading', { level: 2, name: /-/ }).count()).toBe(9)
  })

  it('a console that has ended: says so, keeps what it had; another one needs its own link', async () => {
    const { page, forgives } = await served.visit()
    forgives(/ERR_CONNECTION|401/)
    const { config, file } = served.stage
    const options = { config, file, now: () => NOW, announce: () => {} }
    const first = await startConsole({ ...options, port: 0 })
    await page.goto(first.url())
    await page.getByText('Nothing is held.').waitFor()
    await first.stop()
    await page.getByRole('alert').getByText('the console’s server does not answer').waitFor()
    await page.getByText('Nothing is held.').waitFor()
    const second = await startConsole({ ...options, port: first.port })
    await page.getByRole('alert').getByText('This page is not signed in').waitFor()
    await page.goto(second.url())
    await page.getByText('In order: nobody has to do anything').waitFor()
    await second.stop()
  })
})
