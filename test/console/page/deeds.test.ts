import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { calendarOf } from '../../../src/calendar/calendar.ts'
import { wallClock } from '../../../src/calendar/wall-clock.ts'
import type { Schedule } from '../../../src/config/config.ts'
import { AHEAD } from '../../../src/ledger/approvals.ts'
import type { Fault } from '../../../src/local/fault.ts'
import { exceptionDeed } from '../../../src/model/deeds.ts'
import { approvalIdOf } from '../../../src/model/identity.ts'
import { moveOccurrence } from '../../../src/operate/move.ts'
import type { MonthStage } from '../month/stage.ts'
import { accessibilityProblems, chromiumPath, isTooWide, PHONE } from './browser.ts'
import { serveOwn } from './open.ts'
import type { Served } from './served.ts'

describe.skipIf(chromiumPath === undefined)(
  'what needs a person is done on the page, each asked first',
  () => {
    let served: Served<MonthStage>
    beforeAll(async () => {
      served = await serveOwn({ now: Date.now(), clock: Date.now })
    })
    afterAll(() => served?.stop())
    afterEach(async () => {
      served.stage.aws.faults.length = 0
      expect(await served.leave()).toEqual([])
    })

    const records = () => served.stage.records
    const iso = (ms: number) => new Date(Date.now() + ms).toISOString()
    const card = (page: Page, words: string | RegExp) =>
      page.getByRole('region', { name: 'Needs a person' }).getByRole('listitem').filter({ hasText: words })
    const dialogOf = (page: Page, name: string | RegExp) => page.getByRole('dialog', { name })
    const says = (page: Page, words: string | RegExp) =>
      page.getByRole('status').filter({ hasText: words }).waitFor()
    /** Two clicks before anything can be drawn. */
    const pressTwice = (button: Locator) =>
      button.evaluate((it) => {
        it.click()
        it.click()
      })
    /** Calls that may write, made while something is done. */
    async function writesOf(act: () => Promise<void>): Promise<number> {
      const writes = () =>
        served.stage.aws.calls.filter(({ action }) =>
          /^(PutItem|UpdateItem|TransactWriteItems)$/.test(action),
        ).length
      const before = writes()
      await act()
      return writes() - before
    }

    async function askFor(inMs: number, schedule: string): Promise<string> {
      const scheduledAt = iso(inMs)
      const approvalId = approvalIdOf({ name: schedule, occasion: scheduledAt })
      await records().approvals.request({
        ...{ approvalId, schedule, scheduledAt, executionArn: AHEAD, secrets: 2 },
        ...{ requestedAt: iso(-60_000), expiresAt: iso(7_200_000) },
      })
      return approvalId
    }

    it('approves once for two clicks, by phone too; what is left is not done', async () => {
      const id = await askFor(3_600_001, 'reports-weekdays')
      const { page } = await served.open('now', { viewport: PHONE })
      const waits = card(page, 'reports-weekdays waits for a go-ahead')
      await waits.getByRole('button', { name: /^Approve…/ }).click()
      const dialog = dialogOf(page, 'Approve reports-weekdays in prod?')
      await dialog.getByText(/^2 secrets rotate at .*, or at once where that has passed\./).waitFor()
      expect(await accessibilityProblems(page)).toEqual([])
      expect(await isTooWide(page)).toBe(false)
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'detached' })
      expect(await records().approvals.get(id)).toMatchObject({ status: 'PENDING' })

      await waits.getByRole('button', { name: /^Approve…/ }).click()
      await dialog.getByRole('textbox', { name: /^Why/ }).fill('CHG-7001')
      const writes = await writesOf(async () => {
        await pressTwice(dialog.getByRole('button', { name: 'Approve reports-weekdays' }))
        await dialog.waitFor({ state: 'detached' })
      })
      await says(page, /^approved by .*@.* \(CHG-7001\): reports-weekdays of/)
      await waits.waitFor({ state: 'detached' })
      expect(writes).toBe(1)
      const { status, reason, events } = (await records().approvals.get(id)) ?? {}
      expect([status, reason, events?.length]).toEqual(['APPROVED', 'CHG-7001', 2])
    })

    it('rejects with a reason; says it as the command does where somebody was quicker', async () => {
      const id = await askFor(3_600_002, 'reports-weekdays')
      const { page, forgives } = await served.open()
      await card(page, 'reports-weekdays waits')
        .getByRole('button', { name: /^Reject…/ })
        .click()
      const dialog = dialogOf(page, 'Reject reports-weekdays in prod?')
      const confirm = dialog.getByRole('button', { name: 'Reject reports-weekdays' })
      expect(await confirm.isDisabled()).toBe(true)
      await dialog.getByRole('textbox', { name: /^Why/ }).fill('the batch still runs')
      const other = { status: 'APPROVED', by: 'lea@ops3', at: iso(0), reason: 'CHG-9' } as const
      await records().approvals.decide(id, other)
      forgives(/422/)
      await confirm.click()
      await dialog
        .getByRole('alert')
        .getByText(
          /^it counts no more: approved by lea@ops3 at .*Z \(CHG-9\): reports-weekdays of .*, 2 secrets$/,
        )
        .waitFor()
      await dialog.getByRole('button', { name: 'Leave it' }).click()

      await card(page, 'reports-weekdays waits').waitFor({ state: 'detached' })
      const second = await askFor(3_600_003, 'reports-weekdays')
      await card(page, 'reports-weekdays waits')
        .getByRole('button', { name: /^Reject…/ })
        .click()
      await dialog.getByRole('textbox', { name: /^Why/ }).fill('the batch still runs')
      await confirm.click()
      await says(page, /^rejected by .* \(the batch still runs\)/)
      expect(await records().approvals.get(second)).toMatchObject({ status: 'REJECTED' })
    })

    it('skips one occurrence once, shows it where one plans, and takes it back', async () => {
      const { page } = await served.open()
      const row = page.getByRole('region', { name: 'Next' }).getByRole('listitem')
      const weekly = row.filter({ hasText: 'archive-key-weekly' })
      await weekly.getByRole('button', { name: /^Skip…/ }).click()
      const dialog = dialogOf(page, 'Skip one occurrence of archive-key-weekly in prod?')
      const confirm = dialog.getByRole('button', { name: 'Skip this one' })
      expect(await confirm.isDisabled()).toBe(true)
      expect(await accessibilityProblems(page)).toEqual([])
      await dialog.getByRole('textbox', { name: /^Why/ }).fill('CHG-7002: auditors')
      const writes = await writesOf(async () => {
        await pressTwice(confirm)
        await dialog.waitFor({ state: 'detached' })
      })
      // It, and its proof.
      expect(writes).toBe(2)
      await weekly.getByText(/^skipped by .*: CHG-7002: auditors \(a claim, not proved: .*\)$/).waitFor()
      expect(await weekly.getByRole('button', { name: /^Skip…/ }).count()).toBe(0)
      const [exception] = await records().exceptions.between('0000', '9999')
      expect(exception).toMatchObject({ schedule: 'archive-key-weekly', reason: 'CHG-7002: auditors' })

      await page.evaluate("location.hash = '#/schedules'")
      const schedule = page
        .getByRole('listitem')
        .filter({ has: page.getByRole('heading', { name: /archive-key/ }) })
      await schedule.getByText(/^skipped by/).waitFor()
      const at = exception?.scheduledAt ?? ''
      await page.evaluate(`location.hash = '#/calendar?schedule=archive-key-weekly&date=${at.slice(0, 10)}'`)
      await page
        .getByRole('button', { name: /archive-key-weekly.*, skipped$/ })
        .first()
        .click()
      const slot = dialogOf(page, 'archive-key-weekly')
      await slot.getByText(/skipped by .*CHG-7002/).waitFor()
      await slot.getByRole('button', { name: /^Take it back/ }).click()
      const back = dialogOf(page, 'Take it back in prod?')
      await back.getByRole('button', { name: 'Take it back' }).click()
      await says(page, /archive-key-weekly of .*: runs as scheduled; the skip was taken back by/)
      const [undone] = await records().exceptions.between('0000', '9999')
      expect(undone).toMatchObject({ id: exception?.id, cancelledBy: expect.stringContaining('@') })
    })

    it('says whose skip stands where somebody was quicker, and why where the ledger cannot be reached', async () => {
      const { page, forgives } = await served.open()
      const row = page.getByRole('region', { name: 'Next' }).getByRole('listitem')
      const weekly = row.filter({ hasText: 'billing-db-weekly' })
      await weekly.getByRole('button', { name: /^Skip…/ }).click()
      const dialog = dialogOf(page, /^Skip one occurrence of billing-db-weekly/)
      await dialog.getByRole('textbox', { name: /^Why/ }).fill('CHG-7003')
      const message = 'User: lea is not authorized to perform: dynamodb:PutItem'
      const denied: Fault = {
        ...{
          service: 'dynamodb',
          action: 'TransactWriteItems',
          kind: 'error',
          code: 'AccessDeniedException',
          message,
        },
        times: 1,
      }
      served.stage.aws.faults.push(denied)
      forgives(/502/)
      await dialog.getByRole('button', { name: 'Skip this one' }).click()
      await dialog
        .getByRole('alert')
        .getByText(/^could not skip it: .*not authorized/)
        .waitFor()
      expect(await isTooWide(page)).toBe(false)
      served.stage.aws.faults.length = 0

      const now = await weekly.getByRole('time').first().getAttribute('datetime')
      const first = { id: 'ddd-ddd-ddd', by: 'lea@ops3', reason: 'INC-1', placedAt: iso(0) }
      const theirs = { ...first, schedule: 'billing-db-weekly', scheduledAt: now ?? '' }
      await records().exceptions.place(theirs)
      await dialog.getByRole('button', { name: 'Skip this one' }).click()
      await says(page, 'Already skipped by lea@ops3: billing-db-weekly, INC-1.')
      const list = page.getByRole('region', { name: 'Skipped by hand, to come' })
      const claim = 'a claim, not proved: the audit has not asked STS yet'
      await list.getByText(`by lea@ops3 (${claim}): INC-1 (ddd-ddd-ddd)`).waitFor()
      const arn = 'arn:aws:sts::000000000000:assumed-role/operator/lea'
      await records().callers.keep(exceptionDeed(theirs), { caller: { arn }, at: iso(0) })
      await list.getByText(`by lea@ops3 (proved by STS: ${arn}): INC-1`).waitFor()
      await list.getByRole('button', { name: /^Take it back…/ }).click()
      await dialogOf(page, 'Take it back in prod?').getByRole('button', { name: 'Take it back' }).click()
      await list.waitFor({ state: 'detached' })
    })

    it('moves one occurrence once, to an instant by its schedule’s clock, and says why it cannot be elsewhere', async () => {
      const { page, forgives } = await served.open('now', { viewport: PHONE })
      const row = page.getByRole('region', { name: 'Next' }).getByRole('listitem')
      const name = 'warehouse-weekly'
      const one = row.filter({ hasText: name }).first()
      const schedule = served.stage.config.schedules.find((it) => it.name === name) as Schedule
      const from = Date.parse((await one.getByRole('time').first().getAttribute('datetime')) ?? '')
      await one.getByRole('button', { name: /^Move…/ }).click()
      const dialog = dialogOf(page, `Move one occurrence of ${name} in prod?`)
      const confirm = dialog.getByRole('button', { name: 'Move this one' })
      const instant = dialog.getByLabel(`To, by the clock of ${schedule.timezone}`)
      await dialog.getByRole('textbox', { name: /^Why/ }).fill('CHG-7010')
      expect(await confirm.isDisabled()).toBe(true)
      expect(await accessibilityProblems(page)).toEqual([])
      expect(await isTooWide(page)).toBe(false)
      const localAt = (at: number) =>
        new Date(at + wallClock(schedule.timezone).offsetAt(at)).toISOString().slice(0, 16)

      await instant.fill(localAt(from))
      forgives(/422/)
      await confirm.click()
      await dialog
        .getByRole('alert')
        .getByText(/is where it is/)
        .waitFor()
      const to = from + 90 * 60_000
      await instant.fill(localAt(to))
      const writes = await writesOf(async () => {
        await pressTwice(confirm)
        await dialog.waitFor({ state: 'detached' })
      })
      // It, and its proof.
      expect(writes).toBe(2)
      await says(page, new RegExp(`^Moved: ${name} to ${new Date(to).toISOString()}, CHG-7010\\.`))
      const standing = await records().exceptions.at(name, new Date(from).toISOString())
      expect(standing).toMatchObject({ movedTo: new Date(to).toISOString(), reason: 'CHG-7010' })
      const planned = page.getByRole('region', { name: 'Planned' }).getByRole('listitem')
      await planned
        .filter({ hasText: name })
        .getByRole('button', { name: /^Take it back…/ })
        .click()
      await dialogOf(page, 'Take it back in prod?').getByRole('button', { name: 'Take it back' }).click()
      await planned.filter({ hasText: name }).waitFor({ state: 'detached' })
    })

    it('shows who has not taken a new value, as a card and on the rotation’s page', async () => {
      const rotationId = '11111111-2222-5333-8444-555555555555'
      const secret = 'prod/reports/db'
      await records().ledger.record(
        {
          ...{ rotationId, schedule: 'on-demand', secret, secretName: secret, scheduledAt: iso(-60_000) },
          ...{ trigger: 'ON_DEMAND', claimedAt: iso(-60_000), executionArn: 'x' },
          configVersion: served.stage.config.version,
        },
        {
          ...{ status: 'SUCCEEDED', at: iso(-50_000), settledAt: iso(-50_000), rotatedAt: iso(-50_000) },
          handover: {
            ...{ status: 'PARTIAL', until: iso(0) },
            consumers: [
              { id: 'ecs:shop/reports', state: 'FRESH', since: iso(-40_000) },
              ...['a', 'b', 'c', 'd', 'e'].map((it) => ({
                ...{ id: `ssm:${it.repeat(100)}`, state: 'FRESH' as const, since: iso(-40_000) },
              })),
              { id: 'invoke:cache', state: 'FAILED', since: iso(-30_000), detail: 'it says no' },
            ],
          },
        },
      )
      const { page } = await served.open('now', { viewport: PHONE })
      const behind = card(page, 'Handed over PARTIAL: 6 of 7 have the new value.')
      await behind.waitFor({ timeout: 60_000 })
      await behind.getByText(/The login of before: dead since setSecret/).waitFor()
      await behind.getByText('FAILED', { exact: true }).waitFor()
      // On a phone, whom a person should look at comes first, and the rest does not hide what to do.
      const listed = await behind.locator('ul.consumers > li').allTextContents()
      expect(listed).toHaveLength(5)
      expect(listed[0]).toMatch(/^FAILED invoke:cache.*it says no/)
      await behind.getByRole('link', { name: '2 more' }).waitFor()
      expect(await isTooWide(page)).toBe(false)
      expect(await accessibilityProblems(page)).toEqual([])
      await behind.getByRole('link', { name: secret }).click()
      const section = page.getByRole('region', { name: 'Handed over: PARTIAL' })
      await section.getByText(/ecs:shop\/reports/).waitFor()
      await section.getByText(/dead since setSecret of this rotation/).waitFor()
      expect(await accessibilityProblems(page)).toEqual([])
    })

    it('cancels a planned run once, and says what to do where it has started', async () => {
      const { requests } = records()
      for (const requestId of ['CHG-7004', 'CHG-7005'])
        await requests.keep({
          ...{ requestId, scheduledAt: iso(26 * 3_600_000), asked: '', state: 'PLANNED', askedAt: iso(0) },
          payload: JSON.stringify({
            requestId,
            scheduledAt: iso(26 * 3_600_000),
            secrets: ['prod/reports/db'],
          }),
        })
      const { page, forgives } = await served.open()
      const planned = page.getByRole('region', { name: 'Planned' }).getByRole('listitem')
      const dialog = dialogOf(page, 'Cancel the planned run in prod?')
      await planned.filter({ hasText: 'CHG-7004' }).getByRole('button').click()
      const writes = await writesOf(async () => {
        await pressTwice(dialog.getByRole('button', { name: 'Cancel the run' }))
        await dialog.waitFor({ state: 'detached' })
      })
      expect(writes).toBe(2)
      await says(page, /^CHG-7004, prod\/reports\/db at .*: CANCELLED by .*@/)
      await planned.filter({ hasText: 'CHG-7004' }).waitFor({ state: 'detached' })

      await planned.filter({ hasText: 'CHG-7005' }).getByRole('button').click()
      await requests.move('CHG-7005', ['PLANNED'], { at: iso(0), state: 'STARTED' })
      forgives(/422/)
      await dialog.getByRole('button', { name: 'Cancel the run' }).click()
      const alert = dialog.getByRole('alert')
      await alert.getByText(/^too late: CHG-7005, prod\/reports\/db at .*: STARTED at/).waitFor()
      await alert
        .getByText(/^a hold stops what has not rotated: npx aws-tourbillon hold --stage prod/)
        .waitFor()
      await dialog.getByRole('button', { name: 'Leave it' }).click()
    })

    it('shows what failures have paused, with what to do, and releases it', async () => {
      const scope = 'secret/prod/web/signing-key'
      const reason =
        'it failed 3 times in a row in signing-key-daily: until it succeeds on demand, or is released'
      await records().holds.place({
        ...{ id: 'eee-eee-eee', scope, kind: 'pause', schedule: 'signing-key-daily', reason },
        ...{ by: 'pauseAfter: 3', placedAt: iso(-3_600_000) },
      })
      const { page } = await served.open()
      await page.getByText(/Something needs a person: .*1 paused/).waitFor()
      const paused = card(page, 'prod/web/signing-key: paused')
      await paused.getByText(/^What to do: Mend what they failed of, then rotate on demand/).waitFor()
      const next = page.getByRole('region', { name: 'Next' })
      await next.getByText('1 secret paused').first().waitFor()
      await paused.getByRole('button', { name: /^Release…/ }).click()
      const dialog = dialogOf(page, 'Release secret prod/web/signing-key in prod?')
      await pressTwice(dialog.getByRole('button', { name: 'Release secret prod/web/signing-key' }))
      await says(page, 'Released: secret prod/web/signing-key.')
      await paused.waitFor({ state: 'detached' })
    })

    it('shows what was moved, and takes it back; and what verify saw of AWS that is not as assumed', async () => {
      const { config } = served.stage
      const daily = config.schedules.find(({ name }) => name === 'signing-key-daily') as Schedule
      const calendar = calendarOf(daily)
      const from = calendar.next(calendar.next(Date.now()) ?? 0) ?? 0
      const to = from + 2 * 3_600_000
      const asked = { schedule: daily.name, from, to, reason: 'CHG-7006' }
      await moveOccurrence(asked, { config, stage: 'prod', now: Date.now })
      await records().facts.put({
        ...{ name: 'version-id', seenAt: iso(0), region: process.env.AWS_REGION ?? '' },
        ...{ release: 'another', expected: 'the token', seen: { isToken: false }, verdict: 'DIFFERS' },
      })
      const { page } = await served.open()
      const planned = page.getByRole('region', { name: 'Planned' }).getByRole('listitem')
      const moved = planned.filter({ hasText: 'signing-key-daily' })
      await moved.getByText('moved from').waitFor()
      await moved.getByRole('button', { name: /^Take it back…/ }).click()
      await dialogOf(page, 'Take it back in prod?').getByRole('button', { name: 'Take it back' }).click()
      await says(page, /signing-key-daily of .*: runs as scheduled; the move to .* was taken back by/)
      await moved.waitFor({ state: 'detached' })

      // What costs is read again once something has settled, or half a minute is over.
      const about = page.getByRole('region', { name: 'About AWS' })
      await about
        .getByText(/^1 assumption does not hold here: version-id: npx aws-tourbillon doctor/)
        .waitFor({ timeout: 60_000 })
      expect(await accessibilityProblems(page)).toEqual([])
    })
  },
)
