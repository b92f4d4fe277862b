import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Rotation } from '../../../src/model/rotation.ts'
import { iso } from '../../../src/model/time.ts'
import { NOW } from '../month/config.ts'
import { accessibilityProblems, chromiumPath, isTooWide, PHONE } from './browser.ts'
import { shown, wrongInstants } from './instants.ts'
import { serveShared } from './open.ts'
import type { Served } from './served.ts'

const DAY = 86_400_000
/** History's own period: thirty days of UTC, today the last. */
const TODAY = Math.floor(NOW / DAY) * DAY
const PERIOD = { from: iso(TODAY - 29 * DAY), to: iso(TODAY + DAY) }

describe.skipIf(chromiumPath === undefined)('what the views say of a month', () => {
  let served: Served
  let rotations: Rotation[]
  beforeAll(async () => {
    served = await serveShared()
    rotations = await rotationsOf(served)
  })
  afterAll(() => served?.stop())
  afterEach(async () => expect(await served.leave()).toEqual([]))

  const region = (page: Page, name: string) => page.getByRole('region', { name })
  const found = (words: string) => ({ name: words, level: 2 }) as const

  it('Now: what comes next, what is under way, what needs a person, held, frozen', async () => {
    const { page } = await served.open()
    await page.getByText('Something needs a person: 2 went wrong, 1 without a record, 1 overdue').waitFor()
    const next = region(page, 'Next')
    await next.getByRole('heading', { name: 'orders-db-nightly' }).waitFor()
    const exactly = { exact: true }
    await next.getByText(shown('2026-11-12T18:00:00Z', 'Asia/Tokyo'), exactly).waitFor()
    expect(await page.getByRole('timer').textContent()).toMatch(/^00:0[01]:\d\d$/)
    const partner = next.getByRole('listitem').filter({ hasText: 'partner-api-key' }).first()
    await partner.getByText(shown('2026-11-12T23:15:00Z', 'America/New_York'), exactly).waitFor()
    await partner.getByText('held').waitFor()
    const archive = next.getByRole('listitem').filter({ hasText: 'archive-key-weekly' })
    await archive.getByText('frozen by card-scheme-audit').waitFor()

    const underWay = await region(page, 'Under way').getByRole('listitem').allTextContents()
    const inOrder = (words: string) => underWay.filter((it) => it.includes(words)).length
    expect([underWay.length, inOrder('ROTATING, RotateSecret sent'), inOrder('claimed')]).toEqual([3, 1, 2])

    const cards = await region(page, 'Needs a person').getByRole('listitem').allTextContents()
    // What has an end comes first, then what went wrong, the latest first.
    expect(cards).toEqual(
      [
        /^warehouse-weekly waits for a go-ahead.*It is to rotate 2 secrets.*What to do: Answer\./,
        /^prod\/reports\/mailer.*FAILED.*ROTATION_NOT_CONFIGURED.*What to do: Attach a rotation function/,
        /^prod\/orders\/reader.*TIMED_OUT.*PENDING_VERSION_STUCK.*What to do: Read the rotation/,
        /^prod\/web\/signing-key: no record.*npx aws-tourbillon run --stage prod --schedule signing-key-daily/,
        /^prod\/archive\/key is overdue.*14 d old.*seals what leaves the archive\. Owner: records office.*Runbook/,
      ].map((words) => expect.stringMatching(words)),
    )
    await region(page, 'Went wrong, and has succeeded since').getByText('THROTTLED').waitFor()
    expect(await region(page, 'Held').getByRole('listitem').count()).toBe(2)
    await page
      .getByRole('region', { name: /^Freezes/ })
      .getByRole('listitem')
      .filter({ hasText: 'card-scheme-audit' })
      .waitFor()
  })

  it('shows every time by the clock that is chosen, in every view and after a reload', async () => {
    const { page } = await served.open()
    const clock = page.getByRole('banner').getByRole('combobox')
    await clock.selectOption('Pacific/Auckland')
    await region(page, 'Needs a person')
      .getByText(shown('2026-11-11T18:15:00Z', 'Pacific/Auckland'))
      .first()
      .waitFor()
    expect(await wrongInstants(page)).toEqual([])
    await page.reload()
    await page.getByRole('link', { name: 'History' }).click()
    await page.getByRole('table').getByText('Pacific/Auckland').first().waitFor()
    expect(await wrongInstants(page)).toEqual([])
    await page.getByRole('link', { name: 'Calendar' }).click()
    await page.getByRole('heading', found('November 2026 Pacific/Auckland')).waitFor()
    // 03:00 in Tokyo.
    await page
      .getByRole('button', { name: /^07:00 orders-db-nightly/ })
      .first()
      .waitFor()
  })

  it('Calendar, a month: freezes, clock changes, outcomes, and what each line is', async () => {
    const { page } = await served.open('calendar')
    await page.getByRole('heading', found('November 2026 Europe/London')).waitFor()
    const day = (name: string) => page.getByRole('listitem').filter({ has: page.getByText(name, exact) })
    const exact = { exact: true }
    await day('Sun 1 Nov').getByText('America/New_York: clocks go back 1 h at 02:00 to 01:00').waitFor()
    for (const name of ['Tue 3 Nov', 'Wed 4 Nov']) await day(name).getByText('payments-cutover').waitFor()
    for (const name of ['Sun 15 Nov', 'Mon 16 Nov']) await day(name).getByText('card-scheme-audit').waitFor()
    expect(await day('Thu 12 Nov').getAttribute('aria-current')).toBe('date')
    const frozen = day('Wed 4 Nov').getByRole('button', { name: /orders-db-nightly/ })
    expect(await frozen.textContent()).toMatch(/18:00.*frozen.*2 SKIPPED/)

    const slot = day('Wed 11 Nov').getByRole('button', { name: /orders-db-nightly/ })
    expect(await slot.textContent()).toMatch(/1 SUCCEEDED.*1 TIMED_OUT|1 TIMED_OUT.*1 SUCCEEDED/)
    await slot.click()
    const dialog = page.getByRole('dialog', { name: 'orders-db-nightly' })
    await dialog.getByText(shown('2026-11-11T18:00:00Z', 'Asia/Tokyo')).waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    expect(await wrongInstants(page)).toEqual([])
    await dialog.getByRole('link', { name: 'in History' }).click()
    await page.getByRole('heading', found('2 rotations, the latest first')).waitFor()
    expect(await page.getByRole('dialog').count()).toBe(0)
  })

  it('Calendar: a slot leads to its own rotations, whatever the day is by UTC', async () => {
    const { page } = await served.open('calendar')
    await page.getByRole('combobox', { name: /clock/ }).selectOption('Asia/Tokyo')
    await page.getByRole('heading', found('November 2026 Asia/Tokyo')).waitFor()
    const day = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Wed 11 Nov' }) })
    // 03:00 in Tokyo is 18:00 of the day before by UTC.
    await day.getByRole('button', { name: /orders-db-nightly/ }).click()
    await page.getByRole('dialog').getByRole('link', { name: 'in History' }).click()
    await page.getByRole('heading', found('2 rotations, the latest first')).waitFor()
    expect(await page.getByText(shown('2026-11-10T18:00:00Z', 'Asia/Tokyo')).count()).toBeGreaterThan(0)
  })

  it('Calendar: leafs through months and weeks, and a schedule alone', async () => {
    const { page } = await served.open('calendar')
    await page.getByRole('button', { name: 'The month before' }).click()
    await page.getByRole('heading', found('October 2026 Europe/London')).waitFor()
    await page.getByText('clocks go back 1 h at 02:00 to 01:00').first().waitFor()
    await page.getByRole('button', { name: 'Today' }).click()
    await page.getByRole('heading', found('November 2026 Europe/London')).waitFor()
    await page.getByRole('combobox', { name: 'Schedule' }).selectOption('billing-db-weekly')
    await expect.poll(() => page.getByRole('button', { name: /orders-db-nightly/ }).count()).toBe(0)
    const weekly = page.getByRole('button', { name: /^04:30 billing-db-weekly/ })
    // 27 October to 1 December: the grid has whole weeks.
    expect(await weekly.count()).toBe(6)
  })

  it('Calendar, a week: an occurrence keeps its own clock as another one changes', async () => {
    const { page } = await served.open('calendar?view=week&date=2026-10-25&schedule=orders-db-nightly')
    await page.getByRole('heading', found('19–25 October 2026 Europe/London')).waitFor()
    await page.getByText('clocks go back 1 h at 02:00 to 01:00').first().waitFor()
    const slots = page.getByRole('button', { name: /orders-db-nightly/ })
    const times = (await slots.allTextContents()).map((it) => it.slice(0, 5))
    expect(times).toEqual([...Array(6).fill('19:00'), '18:00'])
    await page.getByRole('banner').getByRole('combobox').selectOption('Asia/Tokyo')
    await page.getByRole('heading', found('19–25 October 2026 Asia/Tokyo')).waitFor()
    await expect
      .poll(async () => (await slots.allTextContents()).map((it) => it.slice(0, 5)))
      .toEqual(Array(7).fill('03:00'))
    await page.getByRole('button', { name: 'The week after' }).click()
    await page.getByRole('heading', found('26 October – 1 November 2026 Asia/Tokyo')).waitFor()
  })

  it('History: a lane a secret, a mark a rotation; filters that the address keeps', async () => {
    const { page } = await served.open('history')
    const heading = (count: number) =>
      page.getByRole('heading', { level: 2, name: new RegExp(`^${count} rotations?, the latest first`) })
    await heading(rotations.length).waitFor()
    const lanes = page.getByRole('figure')
    expect(await lanes.getByRole('listitem').count()).toBe(rotations.length)
    const secrets = new Set(rotations.map(({ secretName }) => secretName))
    expect(await lanes.getByRole('list').count()).toBe(secrets.size)

    const failed = rotations.filter(({ status }) => status === 'FAILED').length
    await page.getByRole('button', { name: `FAILED ${failed}` }).click()
    await heading(failed).waitFor()
    await page.reload()
    await heading(failed).waitFor()
    expect(await page.getByRole('row').count()).toBe(failed + 1)
    // One change before the page has drawn the other: neither is lost.
    await page.evaluate(`
      document.querySelector('.statuses [aria-pressed=true]').click()
      const search = document.querySelector('[type=search]')
      search.value = 'chg-3107'
      search.dispatchEvent(new Event('input', { bubbles: true }))
    `)
    await heading(1).waitFor()
    await page.getByRole('searchbox', { name: 'Containing' }).fill('nothing has this')
    await page.getByText(`None of this period’s ${rotations.length} rotations passes the filter.`).waitFor()
    await page.getByRole('searchbox', { name: 'Containing' }).fill('')
    await page.getByRole('combobox', { name: 'Schedule' }).selectOption('external')
    await heading(1).waitFor()
    await page.getByRole('combobox', { name: 'Period' }).selectOption('7 days')
    await page.getByText(/None of this period’s \d+ rotations passes the filter/).waitFor()
  })

  it('History: typing a filter takes one step back to leave', async () => {
    const { page } = await served.open('now')
    await page.getByRole('link', { name: 'History' }).click()
    const box = page.getByRole('searchbox', { name: 'Containing' })
    await box.pressSequentially('chg-3107')
    await page.getByRole('heading', found('1 rotation, the latest first')).waitFor()
    await page.goBack()
    await page.getByRole('heading', { level: 1, name: 'Now' }).waitFor()
  })

  it('a rotation: every step with its time, how it ended, what to do', async () => {
    const late = rotations.find((it) => it.late && it.adopted === undefined && it.failure)
    const { page } = await served.open('history?q=ROTATION_FUNCTION')
    await page.getByRole('searchbox').fill(late?.rotationId ?? '')
    await page.getByRole('row').getByRole('link', { name: 'prod/partner/api-key' }).click()
    await page.getByRole('heading', { level: 1, name: 'Rotation' }).waitFor()
    const moments = region(page, 'Timeline').getByRole('listitem')
    await moments.first().waitFor()
    const shownTimes = await page.evaluate<string[]>(
      "[...document.querySelectorAll('ol time')].map((it) => it.dateTime)",
    )
    const { events = [], scheduledAt, failure, rotatedAt } = late ?? {}
    const known = [scheduledAt, failure?.at, rotatedAt, ...events.map(({ at }) => at)]
    expect(shownTimes).toEqual(known.sort())
    const texts = await moments.allTextContents()
    expect(texts.filter((it) => it.includes('ROTATION_FUNCTION_FAILED'))).toHaveLength(1)
    expect(texts.filter((it) => it.includes('outcome SUCCEEDED'))).toHaveLength(1)
    expect(texts.filter((it) => it.includes('Secrets Manager reported'))).toHaveLength(1)
    await page.getByRole('heading', { name: /prod\/partner\/api-key.*SUCCEEDED.*late/ }).waitFor()
    await page.getByRole('heading', { name: 'Timeline Europe/London' }).waitFor()
    await page.goBack()
    await page.getByRole('heading', found('1 rotation, the latest first')).waitFor()
  })

  it('a rotation that went wrong, or was left out, says what to do', async () => {
    const { page } = await served.open()
    const remedies = {
      VERIFICATION_FAILED: 'What to do: The message holds its reason',
      NOT_DELIVERED: 'What to do: Read the dead-letter queue',
      VETOED: 'Rotate on demand once that is over',
    }
    for (const [reason, remedy] of Object.entries(remedies)) {
      const id = rotations.find((it) => it.reason === reason)?.rotationId
      await page.evaluate(`location.hash = '#/rotation?id=${id}'`)
      await page.getByText(remedy).waitFor()
      expect(await wrongInstants(page)).toEqual([])
    }
  })

  it('a rotation that the ledger does not have: says so, and which', async () => {
    const { page, forgives } = await served.visit()
    forgives(/404/)
    await page.goto(`${served.console.url()}#/rotation?id=00000000-0000-5000-8000-000000000000`)
    await page
      .getByRole('alert')
      .getByText(/is not in the ledger|no rotation/i)
      .waitFor()
  })

  it('what people wrote shows as they wrote it, and nothing of it runs', async () => {
    const asked = rotations.find(({ requestReason = '' }) => requestReason.includes('<b>'))
    const { page } = await served.open(`rotation?id=${asked?.rotationId}`)
    await region(page, 'Facts').getByText(`${asked?.requester}: ${asked?.requestReason}`).waitFor()
  })

  it('Skew: each schedule’s figures are those of the ledger', async () => {
    const { page } = await served.open('skew')
    const row = page.getByRole('row').filter({ hasText: 'orders-db-nightly' })
    await row.waitFor()
    const skews = rotations
      .filter(({ schedule, trigger }) => schedule === 'orders-db-nightly' && trigger === 'SCHEDULE')
      .flatMap(({ skewMs }) => skewMs ?? [])
      .sort((a, b) => a - b)
    const cells = await row.getByRole('cell').allTextContents()
    expect([cells[0], cells[1], cells.at(-1)]).toEqual(['second', String(skews.length), `${skews.at(-1)} ms`])
    await page.getByRole('img', { name: /Skew of each rotation/ }).waitFor()
  })

  it('Schedules: the config in words, and how the live ones differ', async () => {
    const { page } = await served.open('schedules')
    await page.getByText('Group tourbillon-prod: 1 of 10 schedules differ from the config').waitFor()
    const card = (name: string) =>
      page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) })
    expect(await page.getByRole('heading', { level: 2 }).count()).toBe(9)
    await card('reports-weekdays')
      .getByText(/Changed by hand/)
      .waitFor()
    await card('reports-weekdays')
      .getByText(/cron\(30 22.*→ cron\(0 22/)
      .waitFor()
    await card('legacy-ftp-weekly').getByText('disabled', { exact: true }).waitFor()
    await card('archive-key-weekly')
      .getByText(/^seals what leaves the archive\. Owner: records office/)
      .waitFor()
    const runbook = card('archive-key-weekly').getByRole('link', { name: 'Runbook of archive-key-weekly' })
    expect(await runbook.getAttribute('href')).toBe('https://wiki.example.com/runbooks/archive-key')
    await card('payments-month-end')
      .getByText(/the tags rotation=month-end/)
      .waitFor()
    await card('payments-month-end')
      .getByRole('button', { name: /^Rotate now/ })
      .click()
    await page
      .getByRole('dialog')
      .getByText(/every secret with the tags rotation=month-end/)
      .waitFor()
    await page.keyboard.press('Escape')
    await card('billing-db-weekly').getByRole('link', { name: 'History of billing-db-weekly' }).click()
    const own = rotations.filter(({ schedule }) => schedule === 'billing-db-weekly').length
    await page.getByRole('heading', found(`${own} rotations, the latest first`)).waitFor()
  })

  it('Report: as the command makes it, to print, and to keep', async () => {
    const { page } = await served.open('report')
    await page.getByRole('heading', { level: 2, name: /prod/ }).waitFor()
    const [kept] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Keep as HTML' }).click(),
    ])
    expect(kept.suggestedFilename()).toBe('prod-2026-10-14-2026-11-13.html')
    const html = await (await kept.createReadStream()).setEncoding('utf8').toArray()
    expect(html.join('')).toMatch(/^<!doctype html>/i)
    expect(html.join('')).toContain('VERIFICATION_FAILED')

    await page.getByLabel('From, UTC').fill('2026-11-01')
    await page.getByText('2026-11-01 00:00 to 2026-11-13 00:00 UTC, end excluded').waitFor()
    await page.emulateMedia({ media: 'print' })
    for (const name of ['Print', 'Hold everything…']) {
      expect(await page.getByRole('button', { name }).isVisible()).toBe(false)
    }
    expect((await page.pdf()).length).toBeGreaterThan(10_000)
  })

  it('on a phone, every view is a tap away', async () => {
    const { page } = await served.open('now', { viewport: PHONE, hasTouch: true, isMobile: true })
    for (const name of ['Calendar', 'History', 'Skew', 'Schedules', 'Report', 'Now']) {
      await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name }).tap()
      await page.getByRole('heading', { level: 1, name }).waitFor()
    }
    for (const name of ['Hold everything…', 'Rotate now…', 'Release secret prod/archive/key…']) {
      await page.getByRole('button', { name }).first().tap()
      const { x = -1, y = -1, width = 0, height = 0 } = (await page.getByRole('dialog').boundingBox()) ?? {}
      expect([x >= 0, y >= 0, x + width <= PHONE.width, y + height <= PHONE.height]).not.toContain(false)
      expect(await isTooWide(page)).toBe(false)
      await page.getByRole('button', { name: 'Leave it' }).tap()
    }
  })
})

/** As the ledger has them, of History's own period. */
async function rotationsOf({ stage }: Served): Promise<Rotation[]> {
  const found: Rotation[] = []
  for (let day = Date.parse(PERIOD.from); day < Date.parse(PERIOD.to); day += DAY) {
    for await (const it of stage.records.ledger.query('byDay', iso(day).slice(0, 10))) found.push(it)
  }
  return found
}
