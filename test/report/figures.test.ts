import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrivalOf, type Exception, type Moved } from '../../src/model/exception.ts'
import { rotationIdOf } from '../../src/model/identity.ts'
import { REASONS } from '../../src/model/reasons.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { memoryExceptions } from '../../src/rehearse/world/deeds.ts'
import { memoryLedger } from '../../src/rehearse/world/ledger.ts'
import { memoryWaves } from '../../src/rehearse/world/stores.ts'
import { csvOfLine } from '../../src/report/csv.ts'
import { policiesOf } from '../../src/report/due.ts'
import { evidenceLines, type Line } from '../../src/report/evidence.ts'
import { createFigures, fateOf, keptRate, quantilesOf, rateText } from '../../src/report/figures.ts'
import { figuresSections } from '../../src/report/figures-sections.ts'
import { createSummary, type ReportInput } from '../../src/report/summary.ts'
import { configOf } from './quarter.ts'

function rotation(parts: Partial<Rotation> = {}): Rotation {
  const scheduledAt = '2026-11-10T03:00:00.000Z'
  return {
    ...{ rotationId: 'r', schedule: 'nightly', secret: 'app/one', secretName: 'app/one', scheduledAt },
    ...{ trigger: 'SCHEDULE', status: 'SUCCEEDED', claimedAt: scheduledAt, executionArn: 'e' },
    ...{ configVersion: 'v', events: [] },
    ...parts,
  }
}

function figuresOf(all: Partial<Rotation>[], lines: Line[] = []) {
  const figures = createFigures()
  for (const it of all) figures.add({ rotation: rotation(it) })
  for (const line of lines) figures.add(line)
  return figures.close()
}

describe('percentiles', () => {
  it('are by nearest rank: that share of the values, and no fewer, does not exceed them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5_000, max: 5_000 }), { minLength: 1, maxLength: 350 }),
        (values) => {
          const { count, p50, p99, most } = quantilesOf(values)
          const within = (limit = Number.NaN) => values.filter((it) => it <= limit).length
          const below = (limit = Number.NaN) => values.filter((it) => it < limit).length
          expect([count, most]).toEqual([values.length, Math.max(...values)])
          expect(values).toContain(p50)
          expect(within(p50)).toBeGreaterThanOrEqual(values.length / 2)
          expect(below(p50)).toBeLessThan(values.length / 2)
          expect(p99 === undefined).toBe(values.length < 100)
          if (p99 === undefined) return
          expect(within(p99)).toBeGreaterThanOrEqual(values.length * 0.99)
          expect(below(p99)).toBeLessThan(values.length * 0.99)
        },
      ),
    )
  })

  it('p99 begins at a hundred values, where it is the ninety-ninth', () => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1)
    expect(quantilesOf(values.slice(1))).toEqual({ count: 99, unknown: 0, p50: 51, most: 100 })
    expect(quantilesOf(values)).toEqual({ count: 100, unknown: 0, p50: 50, p99: 99, most: 100 })
  })

  it('of nothing there is none, and never a 0', () => {
    expect(quantilesOf([], 3)).toEqual({ count: 0, unknown: 3 })
  })
})

describe('the kept rate', () => {
  it('is cut off: 100 % is said of all, and of nothing less', () => {
    const texts = [
      [1, 1],
      [99_999, 100_000],
      [9_999, 10_000],
      [29, 100],
      [0, 5],
    ].map(([kept = 0, all = 0]) => rateText(keptRate({ kept, notKept: all - kept })))
    expect(texts).toEqual(['100 %', '99.99 %', '99.99 %', '29 %', '0 %'])
    expect(rateText(keptRate({ kept: 0, notKept: 0 }))).toBe('–')
  })

  it('leaves out what people and rules left out, and no failure of ours', () => {
    const fates = Object.entries(REASONS).map(([reason, { status }]) => [
      reason,
      fateOf({ status, reason } as Rotation),
    ])
    expect(Object.fromEntries(fates)).toMatchObject({
      ...{ FROZEN: 'leftOut', HELD: 'leftOut', SKIPPED_ONCE: 'leftOut', NOT_APPROVED: 'leftOut' },
      ...{ CALENDAR_CLOSED: 'leftOut', VETOED: 'leftOut', DISABLED: 'leftOut' },
      ...{ PAUSED: 'notKept', WAVE_STOPPED: 'notKept', CANARY_NOT_VERIFIED: 'notKept' },
      ...{ WINDOW_CLOSED: 'notKept', GATE_UNREADABLE: 'notKept', NOT_DELIVERED: 'notKept' },
    })
    expect(fateOf({ status: 'SUCCEEDED', late: true })).toBe('notKept')
    expect([fateOf({ status: 'CLAIMED' }), fateOf({ status: 'ROTATING' })]).toEqual(['open', 'open'])
  })

  it('asks nothing of runs on demand, nor of what others rotate; a catch-up counts', () => {
    const { stage } = figuresOf([
      { trigger: 'ON_DEMAND', skewMs: 9 },
      { trigger: 'EXTERNAL' },
      { trigger: 'CATCH_UP', skewMs: 70_000 },
    ])
    expect(stage).toMatchObject({ due: 1, kept: 1, skew: { count: 1, most: 70_000 } })
  })
})

describe('figures', () => {
  it('add up, by schedule and for the stage; what was not observed is unknown', () => {
    const { stage, schedules } = figuresOf(
      [
        { skewMs: 4, durationMs: 2_000 },
        { skewMs: 8, durationMs: 3_000, attempts: [{}, {}] },
        // Its start fell into a crash.
        {},
        { status: 'FAILED', reason: 'ROTATION_REFUSED', skewMs: 90_000 },
        { status: 'SKIPPED', reason: 'HELD' },
        { status: 'ROTATING', skewMs: 1 },
        { schedule: 'weekly', skewMs: 40, durationMs: 1_000, saw: { node: '24', wokeLateMs: 30 } },
      ],
      [{ unrecorded: { schedule: 'weekly', at: 0 } }],
    )
    expect(stage).toEqual({
      ...{ due: 8, open: 1, leftOut: 1, kept: 4, byRetry: 1, notKept: 2 },
      objective: { kept: 0, missed: 0, unknown: 0 },
      skew: { count: 3, unknown: 1, p50: 8, most: 40 },
      verdict: { count: 3, unknown: 1, p50: 2_000, most: 3_000 },
      adoptedFirst: { count: 0, unknown: 0 },
      adoptedAll: { count: 0, unknown: 0 },
      delivered: { count: 0, unknown: 0 },
      woke: { count: 1, unknown: 0, p50: 30, most: 30 },
    })
    expect(schedules.map(({ schedule, due, kept, notKept }) => [schedule, due, kept, notKept])).toEqual([
      ['nightly', 6, 3, 1],
      ['weekly', 2, 1, 1],
    ])
  })

  it('time to adoption: of those kept whose schedule asks; what was not seen in its time is unknown', () => {
    const rotatedAt = '2026-11-10T03:00:10.000Z'
    const noted = { at: rotatedAt, withinSeconds: 3_600, behind: [], unclear: [], shared: [] }
    const [first, all] = ['2026-11-10T03:05:10.000Z', '2026-11-10T05:00:10.000Z']
    const { stage } = figuresOf([
      { rotatedAt, adoption: { ...noted, known: 2, fetched: 2, firstBy: first, allBy: all } },
      { rotatedAt, adoption: { ...noted, known: 2, fetched: 1, firstBy: first } },
      { rotatedAt },
      {
        rotatedAt,
        status: 'FAILED',
        adoption: { ...noted, known: 1, fetched: 1, firstBy: first, allBy: first },
      },
    ])
    expect(stage.adoptedFirst).toEqual({ count: 2, unknown: 0, p50: 300_000, most: 300_000 })
    expect(stage.adoptedAll).toEqual({ count: 1, unknown: 1, p50: 7_200_000, most: 7_200_000 })
  })

  it('of any rotations: due is kept, not kept, left out and open, and the stage is its schedules', () => {
    const any = fc.record({
      schedule: fc.constantFrom('a', 'b', 'c'),
      trigger: fc.constantFrom('SCHEDULE', 'CATCH_UP', 'ON_DEMAND', 'EXTERNAL'),
      status: fc.constantFrom('CLAIMED', 'ROTATING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'SKIPPED', 'MISSED'),
      reason: fc.constantFrom(undefined, 'FROZEN', 'HELD', 'WINDOW_CLOSED', 'PAUSED'),
      skewMs: fc.option(fc.integer({ min: 0, max: 1e6 }), { nil: undefined }),
      late: fc.constantFrom(undefined, true),
    }) as fc.Arbitrary<Partial<Rotation>>
    fc.assert(
      fc.property(fc.array(any, { maxLength: 60 }), (all) => {
        const { stage, schedules } = figuresOf(all)
        for (const { due, kept, notKept, leftOut, open, skew } of [stage, ...schedules]) {
          expect(kept + notKept + leftOut + open).toBe(due)
          expect(skew.count + skew.unknown).toBe(kept)
        }
        for (const key of ['due', 'kept', 'notKept', 'leftOut', 'open', 'byRetry'] as const)
          expect(schedules.reduce((sum, it) => sum + it[key], 0)).toBe(stage[key])
        expect(stage.skew.most).toBe(
          schedules.reduce<number | undefined>((most, { skew }) => {
            if (skew.most === undefined) return most
            return Math.max(most ?? skew.most, skew.most)
          }, undefined),
        )
      }),
    )
  })
})

describe('a moved occurrence', () => {
  const config = configOf(
    'prod',
    'schedules: { nightly: { when: cron(0 3 * * ? *), timezone: UTC, secrets: [app/one, app/two], window: 30m } }',
  )
  const [old, fresh] = ['2026-11-10T03:00:00.000Z', '2026-11-12T14:00:00.000Z']
  const moved: Moved = {
    ...{ id: 'mmm-mmm-mmm', schedule: 'nightly', scheduledAt: old, movedTo: fresh },
    ...{ by: 'ana', reason: 'CHG-1', placedAt: '2026-11-09T10:00:00.000Z' },
  }
  const secrets = ['app/one', 'app/two']
  const skippedThen = secrets.map((secret) =>
    record(secret, old, { status: 'SKIPPED', reason: 'SKIPPED_ONCE' }),
  )
  const arrived = (parts: Partial<Rotation> = { skewMs: 3 }) =>
    secrets.map((secret) => record(secret, fresh, { moved: { from: old, id: moved.id }, ...parts }, moved.id))

  function record(secret: string, scheduledAt: string, parts: Partial<Rotation>, occasion = scheduledAt) {
    const rotationId = rotationIdOf('nightly', secret, occasion)
    return rotation({ rotationId, secret, secretName: secret, scheduledAt, claimedAt: scheduledAt, ...parts })
  }

  /** Of the moved occurrence alone: the days between have their records. */
  async function read(records: Rotation[], exception: Exception | undefined, from: string, to: string) {
    const ledger = memoryLedger()
    for (const it of records) ledger.rows.set(it.rotationId, it)
    const exceptions = memoryExceptions()
    if (exception) {
      await exceptions.place(exception)
      if (exception.movedTo) await exceptions.place(arrivalOf(exception as Moved))
    }
    const source = {
      ...{ ledger, exceptions, waves: memoryWaves(), policies: policiesOf(config) },
      ...{
        configVersion: 'v',
        firstKnown: new Map([['nightly', 0]]),
        now: Date.parse('2026-11-20T00:00:00Z'),
      },
    }
    const lines: Line[] = []
    for await (const line of evidenceLines({ from: Date.parse(from), to: Date.parse(to) }, source))
      lines.push(line)
    const figures = createFigures()
    for (const line of lines) figures.add(line)
    const { due, kept, leftOut, notKept } = figures.close().stage
    return { lines, counts: { due, kept, leftOut, notKept } }
  }
  const oldDay = ['2026-11-10', '2026-11-11'] as const
  /** Between two instants of its own. */
  const newHour = ['2026-11-12T13:00:00Z', '2026-11-12T15:00:00Z'] as const

  it('is due once, where it went', async () => {
    const records = [...skippedThen, ...arrived()]
    expect((await read(records, moved, ...oldDay)).counts).toEqual({
      due: 0,
      kept: 0,
      leftOut: 0,
      notKept: 0,
    })
    expect((await read(records, moved, ...newHour)).counts).toEqual({
      due: 2,
      kept: 2,
      leftOut: 0,
      notKept: 0,
    })
  })

  it('has a line at either instant in the CSV, each of which names the other', async () => {
    const records = [...skippedThen, ...arrived()]
    const [away] = (await read(records, moved, ...oldDay)).lines
    const [here] = (await read(records, moved, ...newHour)).lines
    expect(csvOfLine(away as Line)).toMatch(new RegExp(`SKIPPED_ONCE.*,,${fresh},\r\n$`))
    expect(csvOfLine(here as Line)).toMatch(new RegExp(`,${old},,\r\n$`))
  })

  it('that nobody took up is not kept, at the new instant, and not looked for at the old one', async () => {
    expect((await read([], moved, ...oldDay)).counts.due).toBe(0)
    const { lines, counts } = await read([], moved, ...newHour)
    expect(counts).toEqual({ due: 2, kept: 0, leftOut: 0, notKept: 2 })
    expect(csvOfLine(lines[0] as Line)).toContain(`moved here from ${old}, and not in the ledger`)
  })

  it('in part: only what lacks is missing', async () => {
    expect((await read(arrived().slice(0, 1), moved, ...newHour)).counts).toMatchObject({
      due: 2,
      notKept: 1,
    })
  })

  it('that was taken back is due at its own instant, and only there', async () => {
    const cancelled = { ...moved, cancelledAt: '2026-11-11T00:00:00.000Z', cancelledBy: 'ana' }
    const records = [...skippedThen, ...arrived({ status: 'SKIPPED', reason: 'SKIPPED_ONCE' })]
    expect((await read(records, cancelled, ...oldDay)).counts).toMatchObject({ due: 2, leftOut: 2 })
    expect((await read(records, cancelled, ...newHour)).counts.due).toBe(0)
  })

  it('that had begun at its own instant is kept there, and not due where it was moved too late', async () => {
    const begun = secrets.map((secret) => record(secret, old, { skewMs: 2 }))
    const records = [...begun, ...arrived({ status: 'SKIPPED', reason: 'SKIPPED_ONCE' })]
    expect((await read(records, moved, ...oldDay)).counts).toMatchObject({ due: 2, kept: 2 })
    expect((await read(records, moved, ...newHour)).counts.due).toBe(0)
  })

  it('that was skipped and not moved is due, and left out', async () => {
    const { movedTo: _, ...skip } = moved
    expect((await read(skippedThen, skip, ...oldDay)).counts).toMatchObject({ due: 2, leftOut: 2 })
  })
})

describe('in the report', () => {
  it('a few values have no p99, and the clock that is not known says so', () => {
    const summary = createSummary(new Map())
    for (let ms = 1; ms <= 3; ms++)
      summary.add({ rotation: rotation({ skewMs: ms, durationMs: 1_000 * ms }) })
    const input = {
      summary: summary.close({ from: 0, to: 1 }, new Map()),
      clock: { unknown: 'not measured' },
    } as unknown as ReportInput
    const [kept, exact, none] = figuresSections(input)
    expect(none).toBeUndefined()
    expect(kept?.table?.rows).toEqual([
      ['nightly', '3', '0', '0', '0', '3', '3', '100 %'],
      ['The whole stage', '3', '0', '0', '0', '3', '3', '100 %'],
    ])
    expect(exact?.table?.rows[0]).toEqual([
      ...['nightly', '3', '0', '2 ms', '–', '3 ms'],
      ...['3', '0', '2.0 s', '–', '3.0 s'],
    ])
    expect(exact?.paragraphs?.[1]).toMatch(
      /distance from AWS’s: not known \(not measured\)\. Scheduler’s deliveries were taken up: not known\./,
    )
  })

  it('has time to adoption where a schedule asks', () => {
    const summary = createSummary(new Map())
    const noted = { withinSeconds: 3_600, known: 1, fetched: 1, behind: [], unclear: [], shared: [] }
    const [rotatedAt, at] = ['2026-11-10T03:00:10.000Z', '2026-11-10T03:05:10.000Z']
    const adoption = { ...noted, at, firstBy: at, allBy: at }
    summary.add({ rotation: rotation({ skewMs: 1, durationMs: 1, rotatedAt, adoption }) })
    const closed = summary.close({ from: 0, to: 1 }, new Map())
    const input = { summary: closed, clock: { unknown: '' } } as unknown as ReportInput
    expect(figuresSections(input)[2]?.table?.rows[0]).toEqual([
      ...['nightly', '1', '0', '5 min', '–', '5 min'],
      ...['1', '0', '5 min', '–', '5 min'],
    ])
  })
})
