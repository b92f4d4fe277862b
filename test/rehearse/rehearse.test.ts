import { expect, it } from 'vitest'
import { calendarOf } from '../../src/calendar/calendar.ts'
import { frozenBy } from '../../src/calendar/freezes.ts'
import type { Config } from '../../src/config/config.ts'
import { parseConfig } from '../../src/config/load.ts'
import { iso } from '../../src/model/time.ts'
import {
  type RehearsalOptions,
  rehearse,
  type Told,
  type Trouble,
  type WaveOver,
} from '../../src/rehearse/rehearse.ts'

const at = (text: string) => Date.parse(text)
const [FROM, TO] = [at('2026-10-10T00:00:00Z'), at('2026-11-10T00:00:00Z')]
const HOUR = 3_600_000

function configIn(yaml: string): Config {
  const loaded = parseConfig('config/prod.yml', yaml)
  if (!('config' in loaded)) throw new Error(JSON.stringify(loaded))
  return loaded.config
}

async function rehearsed(config: Config, more: Partial<RehearsalOptions> = {}) {
  const waves: WaveOver[] = []
  const told: Told[] = []
  const result = await rehearse({
    ...{ config, from: FROM, to: TO, seed: 1, faults: 'none' },
    secretsOf: ({ secrets }) => secrets,
    onWave: (wave) => waves.push(structuredClone(wave)),
    onTold: (it) => told.push(structuredClone(it)),
    ...more,
  })
  const of = (schedule: string) => waves.filter((it) => it.schedule === schedule)
  const outcomes = (schedule: string) =>
    of(schedule).flatMap(({ rotations }) => rotations.map((it) => it.reason ?? it.status))
  return { waves, told, result, of, outcomes }
}

const NIGHTS = `
defaults: { timezone: UTC }
freezes:
  - { name: fair, from: 2026-10-20, to: 2026-10-23, timezone: Europe/Berlin }
schedules:
  nightly:
    when: cron(30 2 * * ? *)
    timezone: Europe/Berlin
    precision: second
    secrets: [orders, users]
  often:
    when: rate(6 hours)
    start: 2026-10-01T00:10:00Z
    secrets: [cache]
  off:
    when: cron(0 3 * * ? *)
    enabled: false
    secrets: [old]
`

it('foretells each occurrence of the calendar once, through a clock change, and what a freeze stops', async () => {
  const config = configIn(NIGHTS)
  const { of, waves, result } = await rehearsed(config)
  for (const name of ['nightly', 'often']) {
    const schedule = config.schedules.find((it) => it.name === name)
    if (!schedule) throw new Error(name)
    expect(of(name).map(({ scheduledAt }) => scheduledAt)).toEqual(
      [...calendarOf(schedule).between(FROM, TO)].map(iso),
    )
    for (const { scheduledAt, rotations } of of(name)) {
      const frozen = frozenBy(config.freezes, at(scheduledAt)) !== undefined
      expect(rotations.map(({ status, reason }) => reason ?? status)).toEqual(
        schedule.secrets.map(() => (frozen ? 'FROZEN' : 'SUCCEEDED')),
      )
    }
  }
  expect(of('nightly')).toHaveLength(31)
  expect(of('nightly').filter(({ rotations: [one] }) => one?.reason === 'FROZEN')).toHaveLength(3)
  expect(waves.some(({ schedule }) => schedule === 'off')).toBe(false)
  expect(result).toMatchObject({ waves: 31 + 124, rotations: 62 + 124 })
  // To the second where that is asked for; anywhere in its minute where not.
  const skews = (name: string) => of(name).flatMap(({ rotations }) => rotations.map((it) => it.skewMs ?? 0))
  expect(Math.max(...skews('nightly'))).toBeLessThan(1_000)
  expect(Math.max(...skews('often'))).toBeGreaterThan(1_000)
  expect(Math.max(...skews('often'))).toBeLessThan(60_000)
})

it('foretells each occurrence of a schedule that comes as often as the audit', async () => {
  const config = configIn(`
defaults: { timezone: UTC }
schedules:
  five: { when: rate(5 minutes), start: 2026-10-10T00:00:00Z, secrets: [a], precision: second, window: 4m }
`)
  const to = FROM + HOUR / 2
  const { outcomes, result } = await rehearsed(config, { to, tookMs: () => 4 * 60_000 })
  expect(outcomes('five')).toEqual(Array.from({ length: 6 }, () => 'SUCCEEDED'))
  expect(result.waves).toBe(6)
})

const MIDNIGHTS = `
schedules:
  exact: { when: cron(0 0 * * ? *), timezone: UTC, precision: second, secrets: [orders] }
`

it('begins an occurrence at the period’s first instant as punctually as any other', async () => {
  const { of } = await rehearsed(configIn(MIDNIGHTS), { to: FROM + 48 * HOUR })
  const starts = of('exact').flatMap(({ rotations }) => rotations.map(({ startedAt }) => startedAt))
  expect(starts).toEqual([iso(FROM), iso(FROM + 24 * HOUR)])
})

it('gives the same for the same seed, and something else for another', async () => {
  const config = configIn(NIGHTS)
  const run = async (seed: number) => JSON.stringify(await rehearsed(config, { seed, faults: 'usual' }))
  const first = await run(1)
  expect(JSON.stringify(await rehearsed(config, { seed: 1, faults: 'usual', threads: 2 }))).toBe(first)
  expect(await run(1)).toBe(first)
  expect(await run(2)).not.toBe(first)
})

it('foretells what a broken function does, and how it heals', async () => {
  const config = configIn(`
defaults: { timezone: UTC }
schedules:
  nightly:
    when: cron(0 3 * * ? *)
    secrets: [orders, users]
    retries: 1
    window: 1h
    timeout: 5m
`)
  const broken: Trouble = {
    what: 'function broken',
    from: at('2026-10-12T00:00:00Z'),
    to: at('2026-10-14T00:00:00Z'),
  }
  const { of, told } = await rehearsed(config, { trouble: [{ ...broken, secret: 'users' }] })
  const users = of('nightly').map(({ rotations }) => rotations.find((it) => it.secret === 'users'))
  // It fails twice, and AWS finishes what was pending once the function works again: the ledger keeps both.
  const history = users.map((it) => it?.events.map(({ status }) => status).join(' '))
  const [good, late] = ['CLAIMED ROTATING SUCCEEDED', 'CLAIMED ROTATING FAILED SUCCEEDED']
  expect(history.slice(0, 6)).toEqual([good, good, late, late, good, good])
  expect(users.map((it) => it?.late ?? false).slice(1, 5)).toEqual([false, true, true, false])
  expect(users[2]?.attempts).toHaveLength(2)
  expect(
    of('nightly').every(
      ({ rotations }) => rotations.find((it) => it.secret === 'orders')?.status === 'SUCCEEDED',
    ),
  ).toBe(true)
  const pages = told.filter(({ pages }) => pages)
  expect(pages.map(({ news }) => ('about' in news ? news.about : news.kind))).toEqual([
    'rotation',
    'wave',
    'rotation',
    'wave',
  ])
  // Secrets Manager tells of what succeeds after all, before an audit finds it.
  const lateOnes = told.filter(
    ({ news }) => 'about' in news && news.about === 'rotation' && news.rotation.late,
  )
  expect(lateOnes).toHaveLength(2)
  expect(pages.every((it) => it.at > broken.from && it.at < broken.to + 2 * 24 * HOUR)).toBe(true)
})

it('finds every rotation that a later one finishes after all, however soon the next ones come', async () => {
  const config = configIn(`
schedules:
  often: { when: rate(5 minutes), start: 2026-10-01T00:00:00Z, timezone: UTC, secrets: [users], window: 3m, timeout: 2m }
`)
  const broken: Trouble = { what: 'function broken', from: FROM + HOUR, to: FROM + HOUR + 600_000 }
  const { of } = await rehearsed(config, { trouble: [broken], to: FROM + 2 * HOUR })
  const hit = of('often').slice(12, 15)
  const states = hit.flatMap(({ rotations }) => rotations.map((it) => [it.status, it.late === true]))
  expect(states).toEqual([
    ['SUCCEEDED', true],
    ['SUCCEEDED', true],
    ['SUCCEEDED', false],
  ])
})

it('runs a sample where all would be too much, and says of how many', async () => {
  const config = configIn(NIGHTS)
  const { waves, result } = await rehearsed(config, { most: 60 })
  expect(result.sampled).toEqual({ of: 186, taken: result.rotations })
  expect(result.rotations).toBeGreaterThan(20)
  expect(result.rotations).toBeLessThan(90)
  // The first week, and none of the next.
  expect(waves.some(({ scheduledAt }) => scheduledAt.startsWith('2026-10-16'))).toBe(true)
  expect(waves.some(({ scheduledAt }) => scheduledAt.startsWith('2026-10-19'))).toBe(false)
  expect((await rehearsed(config, { most: 186 })).result.sampled).toBeUndefined()
})

const WEEKLY = (more: string) =>
  configIn(`
defaults: { timezone: UTC }
schedules:
  weekly:
    when: cron(0 3 ? * SUN *)
    secrets: [a, b, c, d]
    ${more}
`)
const countsOf = (outcomes: string[]) =>
  Object.fromEntries(
    Object.entries(Object.groupBy(outcomes, (it) => it)).map(([what, some]) => [what, some?.length]),
  )

it('foretells what does not fit into its window, by how long each takes', async () => {
  const config = WEEKLY('concurrency: 1\n    window: 3m')
  const slow = await rehearsed(config, { tookMs: (secret) => (secret === 'b' ? 180_000 : 10_000) })
  expect(countsOf(slow.outcomes('weekly'))).toEqual({ SUCCEEDED: 10, WINDOW_CLOSED: 10 })
  const quick = await rehearsed(config, { tookMs: () => 10_000 })
  expect(countsOf(quick.outcomes('weekly'))).toEqual({ SUCCEEDED: 20 })
})

it('stops a wave at its maxErrors, and leaves what nobody approves', async () => {
  const trouble: Trouble[] = [{ what: 'function broken', from: FROM, to: TO }]
  const stopped = await rehearsed(WEEKLY('concurrency: 1\n    maxErrors: 2'), { trouble })
  const [first] = stopped.of('weekly')
  expect(first?.rotations.map(({ reason }) => reason)).toEqual([
    'ROTATION_FUNCTION_FAILED',
    'ROTATION_FUNCTION_FAILED',
    'WAVE_STOPPED',
    'WAVE_STOPPED',
  ])
  const asked = await rehearsed(WEEKLY('approval: { timeout: 20m }'))
  expect(countsOf(asked.outcomes('weekly'))).toEqual({ NOT_APPROVED: 20 })
  expect(
    asked.told.filter(({ news }) => 'about' in news && news.about === 'approval').length,
  ).toBeGreaterThan(3)
})

it('foretells what a late Scheduler does, and what becomes of it without the audit', async () => {
  const day = { from: at('2026-10-11T00:00:00Z'), to: at('2026-10-12T00:00:00Z') }
  const late: Trouble = { what: 'Scheduler late', ...day, lateMs: 25 * 60_000 }
  const caught = await rehearsed(WEEKLY(''), { trouble: [late] })
  expect(caught.of('weekly')[0]).toMatchObject({ trigger: 'CATCH_UP', end: { outcomes: { SUCCEEDED: 4 } } })
  const kinds = (told: Told[]) => told.flatMap(({ news }) => ('kind' in news ? news.kind : []))
  expect(kinds(caught.told)).toEqual(['CAUGHT_UP'])
  const alone = await rehearsed(WEEKLY(''), { trouble: [late, { what: 'audit down', ...day }] })
  expect(alone.of('weekly')[0]).toMatchObject({ trigger: 'SCHEDULE' })
  expect(alone.of('weekly')[0]?.rotations[0]?.skewMs).toBe(25 * 60_000)
  expect(kinds(alone.told)).toEqual(['NOT_AUDITED'])
  const missed = await rehearsed(WEEKLY(''), {
    trouble: [
      { ...late, lateMs: 90 * 60_000 },
      { what: 'audit down', ...day },
    ],
  })
  expect(missed.of('weekly')[0]?.rotations.map(({ reason, status }) => reason ?? status)).toEqual(
    Array.from({ length: 4 }, () => 'WINDOW_CLOSED'),
  )
})

it('tells of a secret that is too old, at the time, and of nothing else', async () => {
  const old = at('2026-09-01T00:00:00Z')
  const config = configIn(`
defaults: { timezone: UTC }
schedules:
  monthly: { when: 'cron(0 3 20 * ? *)', secrets: [a, b], maxAge: 45d }
`)
  const { told } = await rehearsed(config, { rotatedAt: (secret) => (secret === 'a' ? old : undefined) })
  const pages = told.filter(({ pages }) => pages)
  expect(
    pages.every(({ news, alarm }) => 'kind' in news && news.kind === 'OVERDUE' && alarm === 'overdue'),
  ).toBe(true)
  expect(new Set(pages.map(({ news }) => ('kind' in news ? news.secret : '')))).toEqual(new Set(['a']))
  const [first, last] = [pages[0]?.at ?? 0, pages.at(-1)?.at ?? 0]
  expect(first - (old + 45 * 24 * HOUR)).toBeLessThan(HOUR)
  expect(first).toBeGreaterThan(old + 45 * 24 * HOUR - 1)
  expect(last).toBeLessThan(at('2026-10-20T03:10:00Z'))
})

it('adds up the load of all schedules, whether or not they share secrets', async () => {
  const config = configIn(`
defaults: { timezone: UTC, precision: second }
schedules:
  one: { when: 'cron(0 3 ? * SUN *)', secrets: [a, b, c] }
  two: { when: 'cron(0 3 11 * ? *)', secrets: [d, e] }
  other: { when: 'cron(0 5 * * ? *)', secrets: [f] }
`)
  const { result } = await rehearsed(config)
  const instant = at('2026-10-11T03:00:00Z')
  const both = { most: 5, schedules: ['one', 'two'] }
  expect(result.peaks).toEqual([
    { what: 'RotateSecret', per: 'second', at: instant, ...both },
    { what: 'PutSecretValue', per: 'second', at: instant + 5_000, ...both },
    { what: 'rotate executions', per: 'at once', at: expect.any(Number), ...both, most: expect.any(Number) },
    { what: 'rotation functions', per: 'at once', at: expect.any(Number), ...both },
  ])
  const [, , executions] = result.peaks
  expect(executions?.most).toBeGreaterThanOrEqual(2)
})

it('tells of what missed its objective, and of no consumer, for none is here', async () => {
  const yaml = `objective: { skew: 1s }
    consumers: [{ ecs: cluster/orders }]
    adoption: { within: 1h }`
  const { told, outcomes } = await rehearsed(WEEKLY(yaml))
  expect(countsOf(outcomes('weekly'))).toEqual({ SUCCEEDED: 20 })
  const kinds = told.flatMap(({ news }) => ('kind' in news ? news.kind : []))
  expect(new Set(kinds)).toEqual(new Set(['OBJECTIVE_MISSED']))
  expect(kinds.length).toBe(5)
})
