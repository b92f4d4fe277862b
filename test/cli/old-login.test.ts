import { afterAll, beforeAll, expect, it } from 'vitest'
import { calendarOf } from '../../src/calendar/calendar.ts'
import { iso } from '../../src/model/time.ts'
import { instantText } from '../../src/report/old-login.ts'
import { recordsOf } from '../../src/runtime/records.ts'
import { aClaim } from '../ledger/table.ts'
import { until } from '../local/fixture.ts'
import { type Stage, startStage } from './stage.ts'

/** Until when the login of before works, wherever handover or adoption is shown. */
let on: Stage
beforeAll(async () => {
  on = await startStage(
    'turns',
    `defaults: { timezone: UTC, timeout: 20s, window: 5m }
schedules:
  weekly:
    when: cron(0 3 ? * SUN *)
    secrets: [app/two]
    strategy: alternating
    consumers: [{ ecs: shop/orders }]
  turning: { when: cron(0 3 ? * SUN *), secrets: [app/three], strategy: alternating }
  yearly: { when: cron(0 3 1 1 ? *), secrets: [app/one], consumers: [{ observe: reports }] }
  mixed: { when: cron(0 3 ? * SUN *), secrets: [app/mixed], strategy: alternating, consumers: [{ observe: x }] }
  other: { when: cron(0 9 ? * SUN *), secrets: [app/mixed] }
  plain: { when: cron(0 4 1 1 ? *), secrets: [app/plain] }
`,
  )
  await Promise.all(['app/two', 'app/one', 'app/three', 'app/plain'].map((name) => on.secret(name)))
})
afterAll(() => on.stop())

async function rotated(secret: string): Promise<string> {
  expect((await on.run('run', '--secret', secret, '--reason', 'CHG-1', '--wait')).code).toBe(0)
  const [{ rotationId }] = JSON.parse((await on.run('history', '--secret', secret, '--json')).stdout)
  return rotationId
}
const shown = async (id: string) => (await on.run('show', id)).stdout.replaceAll(/\s+/g, ' ')
const weekly = calendarOf({ when: 'cron(0 3 ? * SUN *)', timezone: 'UTC' })

it('two users: until the next occurrence, a planned run, or another once that is skipped; dead after it', async () => {
  const id = await rotated('app/two')
  const [first, second] = weekly.between(Date.now(), Date.now() + 20 * 86_400_000)
  const works = (at: number | undefined, by: string) =>
    `works until setSecret of the next rotation, ${instantText(at ?? 0)} at the earliest (${by}): by then all must have fetched`
  expect(await shown(id)).toContain(`old login ${works(first, 'weekly')}`)
  const consumers = async () =>
    (await on.run('consumers', '--secret', 'app/two')).stdout.replaceAll(/\s+/g, ' ')
  expect(await consumers()).toContain(`THE LOGIN OF BEFORE ${works(first, 'weekly')}`)

  await on.run('skip', 'weekly', '--at', iso(first ?? 0), '--reason', 'CHG-2')
  expect(await shown(id)).toContain(works(second, 'weekly'))
  const soon = (second ?? 0) - 3_600_000
  const run = ['run', '--secret', 'app/two', '--at', iso(soon), '--reason', 'CHG-3', '--yes']
  expect((await on.run(...run)).stderr).not.toMatch(/error/)
  expect(await shown(id)).toContain(works(soon, 'on-demand'))

  // Handed over to nobody, as there is no service: a day's trouble, and it says how long there is.
  const { ledger } = recordsOf('turns')
  await until(async () => (await ledger.get(id))?.handover?.status === 'FAILED', 'the handover did not end')
  const status = (await on.run('status')).stdout.replaceAll(/\s+/g, ' ')
  expect(status).toMatch(/app\/two: FAILED: 0 of 1 fresh; .*; the login of before: works until setSecret/)

  // It is told, and stops nothing.
  const dry = await on.run('run', '--secret', 'app/two', '--dry-run')
  expect([dry.code, dry.stdout]).toEqual([
    0,
    expect.stringMatching(
      /would rotate app\/two .*\n.*\n {2}May still have .*: app\/two: ecs:shop\/orders FAILED\./,
    ),
  ])
  const later = await rotated('app/two')
  expect(await shown(id)).toContain(`old login dead: rotation ${later.slice(0, 8)} of`)
  const dead = JSON.parse((await on.run('consumers', '--secret', 'app/two', '--json')).stdout)
  expect(dead.oldLogin).toMatch(/^works until/)
  const report = (await on.run('report', '--from', '2026-01-01')).stdout
  expect(report).toMatch(/until setSecret of the next rotation, which has been/)
})

it('what is to come cannot be read: the rotation is shown all the same, and until when is not known', async () => {
  const id = await rotated('app/three')
  const denied = { code: 'AccessDeniedException', message: 'not authorized', status: 400 }
  const match = (input: unknown) => JSON.stringify(input).includes('"unsettled"')
  on.aws.faults.push({ service: 'dynamodb', action: 'Query', kind: 'error', times: 50, ...denied, match })
  for (const args of [
    ['show', id],
    ['consumers', '--secret', 'app/three'],
  ]) {
    const { stdout, stderr } = await on.run(...args)
    expect([stdout.replaceAll(/\s+/g, ' '), stderr]).toEqual([
      expect.stringMatching(/not known: could not read what comes next: not authorized/),
      expect.not.stringMatching(/error|could not read/),
    ])
  }
  on.aws.faults.length = 0
})

it('others changed it last: that it is not known is said', async () => {
  const at = iso(Date.now() + 1_000)
  const { ledger } = recordsOf('turns')
  const claim = { secret: 'app/three', schedule: 'external', trigger: 'EXTERNAL' as const, scheduledAt: at }
  await ledger.record(aClaim({ ...claim, rotationId: crypto.randomUUID() }), {
    ...{ status: 'SUCCEEDED', at, rotatedAt: at },
  })
  const { stdout } = await on.run('consumers', '--secret', 'app/three')
  expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/THE LOGIN OF BEFORE not known: others changed it last, 20/)
})

it('schedules that do not agree whether two users take turns: it is not known, in words and in JSON', async () => {
  const { stdout } = await on.run('consumers', '--secret', 'app/mixed')
  const words = 'not known: strategy is alternating in mixed, and not in other'
  expect(stdout).toMatch(`THE LOGIN OF BEFORE\n  ${words}\n`)
  const { alternating, oldLogin } = JSON.parse(
    (await on.run('consumers', '--secret', 'app/mixed', '--json')).stdout,
  )
  expect([alternating, oldLogin]).toEqual([false, words])
  expect((await on.run('validate')).stdout).toMatch(
    /mixed says that two users of it take turns .*two-strategies/,
  )
})

it('what rotates again while somebody is behind stands in status, with whom', async () => {
  const { states } = recordsOf('turns')
  const { state, revision } = await states.get()
  const at = iso(Date.now() + 3_600_000)
  const message = `it rotates again at ${at} (weekly), and since it rotated last: ecs:shop/orders FAILED`
  const behind = [{ secretName: 'app/two', schedule: 'weekly', at, by: 'weekly', message }]
  await states.put({ ranAt: iso(Date.now()), marks: {}, ...state, behind }, revision)
  const { stdout } = await on.run('status')
  expect(stdout).toMatch(/STILL BEHIND, and it rotates again within 12 h\n +app\/two: it rotates again at/)
  expect(stdout).toContain('consumers --config')
  expect(JSON.parse((await on.run('status', '--json')).stdout).behind).toEqual(behind)
})

it('one user: dead since setSecret; and nothing is said where nothing is known of who uses it', async () => {
  expect(await shown(await rotated('app/one'))).toContain('old login dead since setSecret of this rotation')
  expect((await on.run('consumers', '--secret', 'app/one')).stdout).toMatch(
    /THE LOGIN OF BEFORE\n +one user: dead from setSecret of each rotation on/,
  )
  expect(await shown(await rotated('app/plain'))).not.toContain('old login')
})
