import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { within } from '../busy.ts'
import { npmStart } from './npm-start.ts'

const CLEAN = { files: [], processes: [] }

describe.concurrent('npm start', () => {
  it('rotates, proves it, ends by itself, and leaves nothing behind', async () => {
    const start = await npmStart(['--json'])
    const { code, ms } = await start.ended
    expect(start.output.stderr).toContain('✓ the old password is refused for a new session')
    expect(code).toBe(0)
    expect(start.output.stderr).toMatch(
      /✓ by CloudTrail's records of local\/orders\/db: role application took it at [\d-]+T[\d:.]+Z; fetched since: 1 of 1\n/,
    )
    expect(ms).toBeLessThan(within(45_000))

    const last = start.output.stdout.trimEnd().split('\n').at(-1) ?? ''
    const { ok, rotations } = JSON.parse(last) as { ok: boolean; rotations: Record<string, unknown>[] }
    expect(start.output.stdout).toBe(`${last}\n`)
    expect(ok).toBe(true)
    const common = {
      status: 'SUCCEEDED',
      reason: null,
      scheduledAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    }
    expect(rotations).toEqual([
      {
        ...common,
        schedule: 'orders-db-now',
        secret: 'local/orders/db',
        trigger: 'SCHEDULE',
        skewMs: expect.any(Number),
        durationMs: expect.any(Number),
      },
      {
        ...common,
        schedule: 'on-demand',
        secret: 'local/billing/db',
        trigger: 'ON_DEMAND',
        skewMs: expect.any(Number),
        durationMs: expect.any(Number),
      },
    ])
    for (const { skewMs, durationMs } of rotations) {
      expect(skewMs).toBeGreaterThanOrEqual(0)
      expect(skewMs).toBeLessThan(within(3_000))
      expect(durationMs).toBeGreaterThan(0)
    }
    expect(await start.leftovers()).toEqual(CLEAN)
  })

  it('tells the story in plain lines where there is no terminal; Ctrl-C in the countdown ends it with 130', async () => {
    const start = await npmStart([])
    await start.saw(/local\/orders\/db rotates in [\d.]+ s\n/)
    expect(start.output.stdout).toMatch(
      /orders-db-nightly +cron\(0 3 \* \* \? \*\) +\d{4}-\d\d-\d\d 03:00:00 Europe\/Paris/,
    )
    for (const control of ['\u001b', '\r']) expect(start.output.stdout).not.toContain(control)
    start.ctrlC()
    expect((await start.ended).code).toBe(130)
    expect(start.output.stderr).toMatch(/stopping …\n.*interrupted/s)
    expect(start.output.stderr).not.toMatch(/^ +at /m)
    expect(await start.leftovers()).toEqual(CLEAN)
  })

  it.each([
    [
      'a broken config',
      'schedules:\n  a: { when: cron(0 25 * * ? *), timezone: UTC, secrets: [a] }\n',
      /bad\.yml:2:21 {2}error {2}schedules\.a\.when: /,
    ],
    ['YAML that is none', 'schedules: {a: [}\n', /bad\.yml:1:\d+ {2}error {2}not valid YAML/],
    ['no schedule', 'schedules: {}\n', /stage bad has no schedule to play\n {4}hint: /],
  ])('ends at once with 2, given %s', async (_what, yaml, message) => {
    const directory = await mkdtemp(join(tmpdir(), 'start-'))
    await writeFile(join(directory, 'bad.yml'), yaml)
    const start = await npmStart(['--json', '--config', join(directory, 'bad.yml')])
    const { code } = await start.ended
    expect(code).toBe(2)
    expect(start.output.stderr).toMatch(message)
    expect(start.output.stderr).not.toMatch(/^ +at /m)
    expect(JSON.parse(start.output.stdout)).toMatchObject({ ok: false, rotations: [] })
    expect(await start.leftovers()).toEqual(CLEAN)
    await rm(directory, { recursive: true })
  })

  it.each([
    ['a file that is missing', ['--config', 'config/nowhere.yml'], /cannot read config\/nowhere\.yml/],
    ['an option that is none', ['--jsno'], /--jsno.*\n {4}hint: see npm start -- --help/],
  ])('ends at once with 2, given %s', async (_what, args, message) => {
    const start = await npmStart(args)
    expect((await start.ended).code).toBe(2)
    expect(start.output.stderr).toMatch(message)
    expect(await start.leftovers()).toEqual(CLEAN)
  })
})
