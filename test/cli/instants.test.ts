import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Stage, startStage } from './stage.ts'
import { tourbillon } from './tourbillon.ts'

const DAY = 86_400_000
/** Some days ahead, away from any change of a clock, as `run --at` allows it. */
const ahead = (days: number) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10)

let on: Stage
beforeAll(async () => {
  on = await startStage(
    'instants',
    `defaults: { window: 5m, timeout: 30s }
schedules:
  tokyo: { when: cron(0 3 ? * SUN *), timezone: Asia/Tokyo, secrets: [app/tokyo] }
  utc: { when: cron(0 4 ? * SUN *), timezone: UTC, secrets: [app/utc] }
  kolkata: { when: cron(0 4 ? * SUN *), timezone: Asia/Kolkata, secrets: [app/kolkata] }
`,
  )
  await on.secret('app/utc')
})
afterAll(() => on.stop())

const from = (timezone: string, ...args: string[]) =>
  tourbillon([...args, '--config', on.file], { env: { ...on.aws.env, TZ: timezone } })

describe('what an option’s instant means, on a laptop in Tokyo and in Los Angeles', () => {
  it('run --at goes by the schedule’s clock, says so, and the run means what the dry run meant', async () => {
    const at = `${ahead(3)}T03:00`
    for (const timezone of ['Asia/Tokyo', 'America/Los_Angeles']) {
      const { code, stdout, stderr } = await from(
        timezone,
        ...['run', '--schedule', 'utc', '--at', at, '--dry-run', '--json'],
      )
      expect(code).toBe(0)
      expect(JSON.parse(stdout).scheduledAt).toBe(`${at}:00.000Z`)
      expect(stderr).toBe(`--at ${at} by the clock of UTC: ${at}:00.000Z\n`)
    }
    const run = await from('Asia/Tokyo', 'run', '--schedule', 'utc', '--at', at, '--no-wait', '--json')
    expect(JSON.parse(run.stdout).scheduledAt).toBe(`${at}:00.000Z`)
  })

  it('run --at for a secret goes by the clock of its schedule', async () => {
    const { stdout } = await from(
      'Asia/Tokyo',
      ...['run', '--secret', 'app/kolkata', '--at', `${ahead(3)}T05:30`, '--dry-run', '--json'],
    )
    expect(JSON.parse(stdout).scheduledAt).toBe(`${ahead(3)}T00:00:00.000Z`)
  })

  it('hold --until goes by the clock of the schedule', async () => {
    const { stdout } = await from(
      'America/Los_Angeles',
      ...['hold', '--schedule', 'tokyo', '--until', `${ahead(300)}T09:00`, '--reason', 'x', '--json'],
    )
    expect(JSON.parse(stdout).until).toBe(`${ahead(300)}T00:00:00.000Z`)
  })

  it('hold --all --until wants an offset where the schedules have several clocks', async () => {
    const { code, stderr } = await from(
      'UTC',
      ...['hold', '--all', '--until', `${ahead(300)}T09:00`, '--reason', 'x'],
    )
    expect(code).toBe(2)
    expect(stderr).toContain(`does not say by whose clock`)
    expect(stderr).toContain(`add the offset: ${ahead(300)}T09:00Z`)
  })

  it.each([
    ['run', '--schedule', 'utc', '--dry-run', '--at', '12/01/2026'],
    ['run', '--schedule', 'utc', '--dry-run', '--at', '2026-11-31T03:00Z'],
    ['hold', '--all', '--reason', 'x', '--until', '12/01/2099'],
    ['hold', '--all', '--reason', 'x', '--until', '2099-11-31T00:00:00Z'],
    ['next', '--from', '2026-02-30'],
    ['next', '--to', '2026-02-30T00:00:00Z'],
    ['history', '--since', '2026-02-30'],
    ['history', '--until', '2026-11-31T00:00:00Z'],
    ['report', '--from', '2026-02-30'],
  ])('refuses %j', async (...args) => {
    const { code, stderr } = await from('Asia/Tokyo', ...args)
    expect(stderr).toMatch(/ is no (instant|date of the calendar)\n {4}hint: /)
    expect(code).toBe(2)
  })
})
