import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { namesOf } from '../../../src/model/resource-names.ts'
import type { Rotation } from '../../../src/model/rotation.ts'
import { STAGE } from '../month/config.ts'
import type { MonthStage } from '../month/stage.ts'
import { accessibilityProblems, chromiumPath } from './browser.ts'
import { serveOwn } from './open.ts'
import type { Served } from './served.ts'

/** For what the page shows by itself: a limit, reached only where it does not. */
const SOON = { timeout: 15_000 }

describe.skipIf(chromiumPath === undefined)('what happens while somebody looks, and what they do', () => {
  let served: Served<MonthStage>
  beforeAll(async () => {
    served = await serveOwn({ now: Date.now(), clock: Date.now })
  })
  afterAll(() => served?.stop())
  afterEach(async () => expect(await served.leave()).toEqual([]))

  const isFocused = async (it: Locator) => (await it.and(it.page().locator(':focus')).count()) === 1
  const region = (page: Page, name: string) => page.getByRole('region', { name })
  /** Whether the page is still the one it was: nobody has loaded it again. */
  const mark = (page: Page) => page.evaluate('{ window.stays = true }')
  const stays = (page: Page) => page.evaluate('window.stays === true')

  async function rotationsFor(reason: string): Promise<Rotation[]> {
    const found: Rotation[] = []
    for (const schedule of served.stage.config.schedules) {
      const from = new Date(Date.now() - 600_000).toISOString()
      for await (const it of served.stage.records.ledger.query('bySchedule', schedule.name, { from })) {
        if (it.requestReason === reason) found.push(it)
      }
    }
    return found
  }

  const inForce = () => served.stage.records.holds.inForce(new Date().toISOString())
  const isHeld = async (scope: string) => (await inForce()).some((hold) => hold.scope === scope)

  it('a rotation that somebody else asked for comes, goes on, and ends, without a reload', async () => {
    const gate = closedGate()
    served.stage.around(({ Step }) => (Step === 'setSecret' ? gate.opened : Promise.resolve()))
    const { page } = await served.open()
    await mark(page)
    const underWay = region(page, 'Under way').getByRole('listitem').filter({ hasText: 'prod/reports/db' })
    await region(page, 'Under way').waitFor()
    expect(await underWay.count()).toBe(0)

    const event = { secrets: ['prod/reports/db'], requester: 'lea@ops3', reason: 'INC-5001' }
    await new LambdaClient({}).send(
      new InvokeCommand({
        FunctionName: namesOf(STAGE).rotateNowFunction,
        Payload: JSON.stringify(event),
      }),
    )
    await underWay.getByText('ROTATING', { exact: true }).waitFor()
    gate.open()
    const ended = region(page, 'Ended in the last 24 hours').getByRole('row')
    await ended
      .filter({ hasText: 'prod/reports/db' })
      .filter({ hasText: 'ON_DEMAND' })
      .getByText('SUCCEEDED')
      .waitFor()
    expect(await underWay.count()).toBe(0)
    expect(await stays(page)).toBe(true)
  })

  it('runs a schedule: asks first, shows what would rotate, and starts it once for two clicks', async () => {
    const gate = closedGate()
    served.stage.around(({ Step }) => (Step === 'setSecret' ? gate.opened : Promise.resolve()))
    const { page } = await served.open('schedules')
    await mark(page)
    await page.getByRole('button', { name: /^Rotate now… ?reports-weekdays$/ }).click()
    const dialog = page.getByRole('dialog', { name: 'Rotate now in prod?' })
    for (const secret of ['prod/reports/db', 'prod/reports/mailer']) {
      await dialog.getByRole('listitem').filter({ hasText: secret }).waitFor()
    }
    await dialog.getByRole('textbox', { name: /^Why/ }).fill('CHG-4000')
    expect(await accessibilityProblems(page)).toEqual([])
    expect(await rotationsFor('CHG-4000')).toEqual([])

    // Two clicks before anything can be drawn; a mouse's second one may miss the button.
    await dialog.getByRole('button', { name: 'Rotate 2 secrets now' }).evaluate((button) => {
      button.click()
      button.click()
    })
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('heading', { level: 1, name: 'Now' }).waitFor()
    const said = page.getByRole('status').filter({ hasText: 'Started: reports-weekdays.' })
    await said.waitFor()
    const underWay = region(page, 'Under way').getByRole('listitem').filter({ hasText: 'reports-weekdays' })
    await expect.poll(() => underWay.getByText('ROTATING', { exact: true }).count(), SOON).toBe(2)
    gate.open()
    await expect.poll(() => underWay.count(), SOON).toBe(0)
    expect(await stays(page)).toBe(true)
    const rotations = await rotationsFor('CHG-4000')
    expect(rotations.map(({ secret, status }) => `${secret} ${status}`).sort()).toEqual([
      'prod/reports/db SUCCEEDED',
      'prod/reports/mailer SUCCEEDED',
    ])
  })

  it('runs one secret from its rotation, whose page then follows it', async () => {
    const gate = closedGate()
    served.stage.around(({ Step }) => (Step === 'setSecret' ? gate.opened : Promise.resolve()))
    const earlier = await served.stage.records.ledger.query('bySecret', 'prod/billing/db').next()
    const { page } = await served.open(`rotation?id=${earlier.value.rotationId}`)
    await page.getByRole('button', { name: 'Rotate it now…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Rotate now in prod?' })
    await dialog.getByRole('textbox', { name: /^Why/ }).fill('CHG-4001')
    await dialog.getByRole('button', { name: 'Rotate this secret now' }).click()
    const link = region(page, 'Under way').getByRole('link', { name: 'prod/billing/db' })
    await link.click()
    const timeline = region(page, 'Timeline').getByRole('listitem')
    await timeline.filter({ hasText: 'now: ROTATING still' }).waitFor()
    gate.open()
    await timeline.filter({ hasText: 'outcome SUCCEEDED' }).waitFor()
    await timeline.filter({ hasText: 'the new version is AWSCURRENT' }).waitFor()
    expect(await timeline.filter({ hasText: 'still' }).count()).toBe(0)
    await region(page, 'Facts')
      .getByText(/CHG-4001$/)
      .waitFor()
  })

  it('runs what is held only if it is told why', async () => {
    served.stage.around(async () => {})
    const { page } = await served.open('schedules')
    const dialog = page.getByRole('dialog', { name: 'Rotate now in prod?' })
    const ended = region(page, 'Ended in the last 24 hours')
      .getByRole('row')
      .filter({ hasText: 'prod/partner/api-key' })
      .filter({ hasText: 'ON_DEMAND' })
    const run = async (override: string) => {
      await page.getByRole('link', { name: 'Schedules' }).click()
      await page.getByRole('button', { name: /^Rotate now… ?partner-api-key$/ }).click()
      await dialog.getByRole('textbox', { name: /^To rotate in spite/ }).fill(override)
      await dialog.getByRole('button', { name: 'Rotate this secret now' }).click()
    }
    await run('')
    await ended.getByText('HELD').waitFor()
    await run('the partner asks for it, INC-5003')
    await ended.getByText('SUCCEEDED').waitFor()
  })

  it('leaves a run alone when it is left', async () => {
    const { page } = await served.open('schedules')
    const opener = page.getByRole('button', { name: /^Rotate now… ?signing-key-daily$/ })
    await opener.click()
    const dialog = page.getByRole('dialog', { name: 'Rotate now in prod?' })
    await dialog.getByRole('button', { name: 'Rotate this secret now' }).waitFor()
    await dialog.getByRole('textbox', { name: /^Why/ }).fill('CHG-4002')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await rotationsFor('CHG-4002')).toEqual([])
  })

  it('holds everything, and releases it: asks first, each time', async () => {
    const { page } = await served.open()
    const held = region(page, 'Held')
    await page.getByRole('button', { name: 'Hold everything…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Hold in prod?' })
    const confirm = dialog.getByRole('button', { name: 'Hold everything' })
    expect(await confirm.isDisabled()).toBe(true)
    await dialog.getByRole('textbox', { name: /^Why/ }).fill('INC-5002: the failover runs')
    await dialog.getByRole('button', { name: 'Leave it' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await isHeld('all')).toBe(false)

    await page.getByRole('button', { name: 'Hold everything…' }).click()
    await dialog.getByRole('textbox', { name: /^Why/ }).fill('INC-5002: the failover runs')
    await dialog.getByRole('combobox', { name: 'How long' }).selectOption('for 1 hour')
    expect(await accessibilityProblems(page)).toEqual([])
    await confirm.click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('Held: everything, for 1 hour.').waitFor()
    await held.getByRole('listitem').filter({ hasText: 'INC-5002' }).waitFor()
    // The page does not look as if something would start.
    await page
      .getByText('Everything is held: nothing starts')
      .or(page.getByText('Something needs a person. Everything is held'))
      .first()
      .waitFor()
    // Whoever holds again sees whose hold that adds to.
    await page.getByRole('button', { name: 'Hold everything…' }).click()
    await dialog.getByText(/^This adds to the hold of .*, which stays: INC-5002/).waitFor()
    await dialog.getByRole('button', { name: 'Leave it' }).click()
    const hold = (await inForce()).find(({ scope }) => scope === 'all')
    expect(hold).toMatchObject({ reason: 'INC-5002: the failover runs', by: expect.stringContaining('@') })
    const lasts = Date.parse(hold?.until ?? '') - Date.parse(hold?.placedAt ?? '')
    expect(Math.abs(lasts - 3_600_000)).toBeLessThan(10_000)

    await held.getByRole('button', { name: 'Release everything…' }).click()
    const release = page.getByRole('dialog', { name: 'Release everything in prod?' })
    await release.getByText('INC-5002').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    await page.keyboard.press('Escape')
    await release.waitFor({ state: 'detached' })
    expect(await isHeld('all')).toBe(true)
    await held.getByRole('button', { name: 'Release everything…' }).click()
    await release.getByRole('button', { name: 'Release everything' }).click()
    await page.getByText('Released: everything.').waitFor()
    await held.getByRole('listitem').filter({ hasText: 'INC-5002' }).waitFor({ state: 'detached' })
    expect(await isHeld('all')).toBe(false)
    expect(await isHeld('schedule/partner-api-key')).toBe(true)
  })

  it('holds and releases a schedule by keyboard', async () => {
    const { page } = await served.open('schedules')
    const opener = page.getByRole('button', { name: /^Hold… ?signing-key-daily$/ })
    await opener.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Hold in prod?' })
    await dialog.getByRole('textbox', { name: /^Why/ }).focus()
    await page.keyboard.type('by keyboard')
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'detached' })
    expect(await isFocused(opener)).toBe(true)
    await page.getByRole('status').filter({ hasText: 'Held: schedule signing-key-daily' }).waitFor()
    expect(await isHeld('schedule/signing-key-daily')).toBe(true)

    await page.evaluate("location.hash = '#/now'")
    const release = page.getByRole('button', { name: 'Release schedule signing-key-daily…' })
    await release.focus()
    await page.keyboard.press('Enter')
    const asked = page.getByRole('dialog', { name: 'Release schedule signing-key-daily in prod?' })
    await asked.getByRole('button', { name: 'Release schedule signing-key-daily' }).focus()
    await page.keyboard.press('Enter')
    await release.waitFor({ state: 'detached' })
    // The button is gone with the hold: the focus is not lost with it.
    await expect.poll(() => page.evaluate('document.activeElement.tagName')).not.toBe('BODY')
  })

  it('says in its dialog why it could not do what was asked, and can then', async () => {
    const { page, forgives } = await served.open()
    await region(page, 'Held').getByRole('button', { name: 'Release secret prod/archive/key…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Release secret prod/archive/key in prod?' })
    // Somebody was quicker.
    await served.stage.records.holds.release(
      'secret/prod/archive/key',
      'ccc-ccc-ccc',
      'lea@ops3',
      new Date().toISOString(),
    )
    forgives(/422/)
    await dialog.getByRole('button', { name: 'Release secret prod/archive/key' }).click()
    await dialog
      .getByRole('alert')
      .getByText('hold ccc-ccc-ccc of secret/prod/archive/key is not in force')
      .waitFor()
    await dialog.getByRole('button', { name: 'Leave it' }).click()
    await dialog.waitFor({ state: 'detached' })
  })
})

/** For a rotation function to wait at, so that what is under way is seen under way. */
function closedGate(): { opened: Promise<void>; open(): void } {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>()
  return { opened, open }
}
