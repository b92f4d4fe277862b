import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { plan } from '../../../src/cli/plan.ts'
import { report } from '../../../src/cli/report.ts'
import { status } from '../../../src/cli/status.ts'
import { type Console, startConsole } from '../../../src/console/server/server.ts'
import { NEEDS, PEOPLE } from '../../../src/deploy/permissions/commands.ts'
import { SETTLED } from '../../../src/model/rotation.ts'
import { iso } from '../../../src/model/time.ts'
import { runCommand } from '../../cli/terminal.ts'
import { NOW, STAGE } from '../month/config.ts'
import { type MonthStage, startMonth } from '../month/stage.ts'
import { type OpenPage, openPage, searchOf } from './client.ts'

const DAY = 86_400_000
const now = new Date(NOW).toISOString()
const MONTH = { from: NOW - 30 * DAY, to: NOW + DAY }

let stage: MonthStage
let served: Console
let page: OpenPage
/** Calls before the first question. */
let begun: number
const complaints: string[] = []

beforeAll(async () => {
  stage = await startMonth({ now: NOW })
  const { config, file, aws } = stage
  served = await startConsole({
    ...{ config, file, port: 0, now: () => NOW, endpoint: aws.endpoint, announce: () => {} },
    complain: (line) => complaints.push(line),
  })
  page = await openPage(served)
  begun = stage.aws.calls.length
})
afterAll(async () => {
  await served.stop()
  await stage.stop()
})

/** A command's own answer, at the same moment. */
const commandSays = async (command: typeof status, args: string[]) =>
  runCommand(command, [...args, '--config', stage.file], { now })

describe('with a month of records', () => {
  it('GET /api/now says what status says', async () => {
    const answer = await page.read('GET /api/now')
    const { out } = await commandSays(status, ['--count', '6', '--json'])
    const said = JSON.parse(out)
    expect(answer.inOrder).toBe(said.ok)
    expect(answer.next.map(({ schedule, at, held }) => ({ schedule, scheduledAt: iso(at), held }))).toEqual(
      said.next.map(
        ({ schedule, scheduledAt, held }: { schedule: string; scheduledAt: string; held: string[] }) => ({
          schedule,
          scheduledAt,
          held,
        }),
      ),
    )
    for (const part of ['wrong', 'skipped', 'approvals', 'holds'] as const)
      expect(answer[part]).toEqual(said[part])
    expect(answer.underWay.map(({ rotation, late }) => ({ rotation, late }))).toEqual(said.underWay)
    expect(answer.underWay.length).toBeGreaterThan(0)
    for (const { moments } of answer.underWay)
      expect(moments.filter(({ what }) => /^now: \w+ still$/.test(what))).toHaveLength(1)
    const ends = answer.settled.map(({ settledAt }) => settledAt ?? '')
    expect(ends).toEqual(ends.toSorted().reverse())
    expect(ends.length).toBeGreaterThan(3)
    expect(answer.settled.every((it) => SETTLED.includes(it.status))).toBe(true)
  })

  it('GET /api/stage says where it is', async () => {
    const answer = await page.read('GET /api/stage')
    expect(answer).toMatchObject({
      stage: STAGE,
      endpoint: stage.aws.endpoint,
      region: stage.aws.env.AWS_REGION,
    })
    expect(answer.timezones).toEqual(
      ['America/New_York', 'Europe/London', 'Asia/Tokyo', 'Europe/Paris', 'UTC'].sort(
        byUse(answer.timezones),
      ),
    )
    const chosen = answer.schedules.find(({ name }) => name === 'payments-month-end')
    expect(chosen).toMatchObject({ secrets: [], selects: 'the tags rotation=month-end' })
  })

  it('GET /api/history has each rotation of the period, the latest first', async () => {
    const { rotations, truncated } = await page.read('GET /api/history', MONTH)
    const at = rotations.map(({ scheduledAt }) => scheduledAt)
    expect(at).toEqual(at.toSorted().reverse())
    expect(new Set(rotations.map(({ rotationId }) => rotationId)).size).toBe(rotations.length)
    expect(rotations.length).toBeGreaterThan(250)
    expect(truncated).toBe(false)
    for (const rotation of rotations) {
      expect(Object.keys(rotation)).not.toEqual(expect.arrayContaining(['events']))
      expect(Object.keys(rotation)).not.toEqual(expect.arrayContaining(['executionArn']))
    }
    const [from, to] = [Date.parse(at[20] ?? ''), Date.parse(at[10] ?? '')]
    const part = await page.read('GET /api/history', { from, to })
    expect(part.rotations).toEqual(
      rotations.filter((it) => Date.parse(it.scheduledAt) >= from && Date.parse(it.scheduledAt) < to),
    )
    expect((await page.read('GET /api/history', { from: 0, to: DAY })).rotations).toEqual([])
  })

  it('GET /api/rotation has the whole of one, and what its reason means', async () => {
    const { rotations } = await page.read('GET /api/history', MONTH)
    const failed = rotations.find(({ status, schedule }) => status === 'FAILED' && schedule !== 'on-demand')
    const answer = await page.read('GET /api/rotation', { id: failed?.rotationId ?? '' })
    expect(answer.rotation).toMatchObject({ ...failed, events: expect.any(Array) })
    expect(answer).toMatchObject({ meaning: expect.any(String), remedy: expect.any(String) })
    expect(answer.moments.at(-1)?.what).toMatch(/^outcome FAILED/)
    const schedule = stage.config.schedules.find(({ name }) => name === failed?.schedule)
    expect(answer.timezone).toBe(schedule?.timezone)
    const id = '00000000-0000-0000-0000-000000000000'
    const none = await page.get(`/api/rotation?id=${id}`)
    expect([none.status, JSON.parse(none.text).error]).toEqual([
      404,
      `no rotation ${id} in the ledger of prod`,
    ])
  })

  it('GET /api/calendar has as many outcomes as the history has scheduled rotations', async () => {
    const answer = await page.read('GET /api/calendar', { view: 'month', timezone: 'Europe/London' })
    expect([answer.title, answer.timezone]).toEqual(['November 2026', 'Europe/London'])
    const { rotations } = await page.read('GET /api/history', { from: answer.from, to: answer.to })
    const scheduled = rotations.filter(({ trigger }) => trigger === 'SCHEDULE' || trigger === 'CATCH_UP')
    const counts: Record<string, number> = {}
    for (const { outcomes } of answer.days.flatMap(({ slots }) => slots))
      for (const [status, count] of Object.entries(outcomes ?? {}))
        counts[status] = (counts[status] ?? 0) + count
    const expected: Record<string, number> = {}
    for (const { status } of scheduled) expected[status] = (expected[status] ?? 0) + 1
    expect(counts).toEqual(expected)
    // New York's and Tokyo's occurrences on London's clock; both autumn changes are told.
    const changes = answer.days.flatMap(({ clockChanges }) => clockChanges.map(({ words }) => words))
    expect(changes).toEqual(['America/New_York: clocks go back 1 h at 02:00 to 01:00'])
    const one = await page.read('GET /api/calendar', { view: 'week', schedule: 'billing-db-weekly' })
    expect(one.timezone).toBe('Europe/London')
    expect(one.days.flatMap(({ slots }) => slots).map(({ schedule, local }) => [schedule, local])).toEqual([
      ['billing-db-weekly', '04:30'],
    ])
  })

  it('GET /api/live says what plan says', async () => {
    const answer = await page.read('GET /api/live')
    const said = JSON.parse((await commandSays(plan, ['--json'])).out)
    const named = (kind: string) => answer.planned.filter((it) => it.kind === kind).map(({ name }) => name)
    expect(answer).toMatchObject({
      group: said.group,
      configVersion: said.version,
      liveVersions: said.liveVersions,
    })
    for (const kind of ['create', 'delete', 'unchanged', 'foreign']) expect(named(kind)).toEqual(said[kind])
    expect(named('update')).toEqual(said.update.map(({ name }: { name: string }) => name))
  })

  it('GET /api/report.html is the file that report writes, and the document says the same', async () => {
    const period = { from: Date.parse('2026-11-01T00:00:00Z'), to: NOW }
    const file = await page.get(`/api/report.html?${searchOf(period)}`)
    const { out } = await commandSays(report, ['--from', '2026-11-01', '--to', now, '--format', 'html'])
    expect(file.text).toBe(out)
    expect(file.headers).toMatchObject({
      'content-type': 'text/html; charset=UTF-8',
      'content-disposition': 'attachment; filename="prod-report.html"',
    })
    const document = await page.read('GET /api/report', period)
    for (const { title } of document.sections) expect(out).toContain(`<h2>${title}</h2>`)
  })

  it('two tabs that ask again and again cost what one does', async () => {
    const other = await openPage(served)
    await page.read('GET /api/now')
    const [before, from] = [stage.aws.calls.length, performance.now()]
    await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? page : other).read('GET /api/now')))
    // At the turn of a second it may be one reading more, each of five queries, and whose the hold is.
    const seconds = Math.ceil((performance.now() - from) / 1_000)
    expect(stage.aws.calls.length - before).toBeLessThanOrEqual(6 * (seconds + 1))
  })
})

it('what was read in all of that has changed nothing', () => {
  const asked = new Set(stage.aws.calls.slice(begun).map(({ action }) => action))
  const reading = ['Query', 'GetItem', 'BatchGetItem', 'ListSchedules', 'GetSchedule', 'ListSecrets']
  expect([...asked].sort()).toEqual(reading.sort())
  const allowed = PEOPLE.reader.flatMap((command) => NEEDS[command].flatMap(({ actions }) => actions))
  expect(allowed.map((it) => it.split(':')[1])).toEqual(expect.arrayContaining(reading))
  expect(complaints).toEqual([])
})

function byUse(order: string[]) {
  return (a: string, b: string) => order.indexOf(a) - order.indexOf(b)
}
