import { expect, it } from 'vitest'
import { keptAdoptions, LATE_MS } from '../../src/audit/adoptions.ts'
import type { Reader, Seen } from '../../src/model/adoption.ts'
import { DAY, HOUR, iso, MINUTE } from '../../src/model/time.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'
import { auditorOf, rowsOf } from './auditor.ts'

const ROLE = 'arn:aws:iam::111122223333:role/orders'
const BATCH = 'arn:aws:iam::111122223333:role/batch'
const WITHIN = 6 * HOUR

/** A stage that has rotated one secret, whose schedule asks who has fetched it within six hours. */
async function rotated(readers: (rotatedAt: number) => Reader[], options: StageOptions = {}) {
  const stage = simulatedStage({
    ...options,
    schedule: { adoption: { withinSeconds: WITHIN / 1_000 }, ...options.schedule },
  })
  const auditor = auditorOf(stage)
  stage
    .deliver({ schedule: stage.config.schedules[0]?.name ?? '', scheduledAt: iso(INSTANT) })
    .catch(() => {})
  await stage.clock.runUntil(INSTANT + 30 * MINUTE)
  const [row] = rowsOf(stage)
  const at = Date.parse(row?.rotatedAt ?? '')
  const seen: Seen = { readers: readers(at), full: false }
  const run = (instant: number) => auditor.at(instant, { readers: { of: async () => seen } })
  const adoption = () => rowsOf(stage)[0]?.adoption
  return { stage, auditor, at, run, adoption, seen }
}

const reader = (principal: string, at: number): Reader => ({ principal, lastSeen: iso(at), sessions: 1 })
const of = (auditor: ReturnType<typeof auditorOf>) =>
  auditor.findings.filter(({ kind }) => kind === 'NOT_FETCHED' || kind === 'ADOPTION_UNKNOWN')

it('judges a rotation once its time is over and not before, once, with a finding that names who was not seen', async () => {
  const { auditor, at, run, adoption } = await rotated((rotatedAt) => [
    reader(ROLE, rotatedAt + 4 * HOUR),
    reader(BATCH, rotatedAt - 3 * DAY),
  ])
  await run(at + WITHIN + LATE_MS - 2 * MINUTE)
  expect(adoption()).toBeUndefined()
  await run(at + WITHIN + LATE_MS + HOUR + MINUTE)
  expect(adoption()).toMatchObject({ known: 2, fetched: 1, behind: [{ principal: BATCH }] })
  const [finding] = of(auditor)
  expect(finding).toMatchObject({
    kind: 'NOT_FETCHED',
    rotationId: rowsOf(auditor.world as never)[0]?.rotationId,
  })
  expect(finding?.message).toMatch(/fetched since: 1 of 2; not seen to fetch: role batch, last fetched 3 d/)
  await run(at + WITHIN + LATE_MS + 4 * HOUR)
  expect(of(auditor)).toHaveLength(1)
  expect((await auditor.states.get()).state?.adoptions).toHaveLength(1)
  await run(at + WITHIN + LATE_MS + 27 * HOUR)
  expect((await auditor.states.get()).state).not.toHaveProperty('adoptions')
})

it('has nothing to tell where all have fetched, but the record says so', async () => {
  const { auditor, at, run, adoption } = await rotated((rotatedAt) => [reader(ROLE, rotatedAt + 4 * HOUR)])
  await run(at + WITHIN + LATE_MS + HOUR)
  expect(adoption()).toMatchObject({ known: 1, fetched: 1, behind: [], unclear: [] })
  expect(of(auditor)).toEqual([])
})

it('says that it does not know where nothing was heard, as a finding of its own', async () => {
  const { auditor, at, run, adoption } = await rotated((rotatedAt) => [reader(ROLE, rotatedAt - HOUR)])
  await run(at + WITHIN + LATE_MS + HOUR)
  expect(adoption()?.unknown).toBe('NOTHING_HEARD')
  expect(of(auditor)).toMatchObject([{ kind: 'ADOPTION_UNKNOWN' }])
})

it('knows roles that consumers name, of this secret', async () => {
  const consumers = [
    { kind: 'observe' as const, name: 'batch' },
    { kind: 'observe' as const, name: 'elsewhere', secrets: ['other'] },
    { kind: 'ecs' as const, name: 'shop/orders' },
  ]
  const { at, run, adoption } = await rotated((rotatedAt) => [reader(ROLE, rotatedAt + 4 * HOUR)], {
    schedule: { consumers },
  })
  await run(at + WITHIN + LATE_MS + HOUR)
  expect(adoption()).toMatchObject({ known: 2, fetched: 1, behind: [{ principal: 'batch' }] })
})

it('does not ask about what was due for longer than a day, nor where no schedule asks', async () => {
  const old = await rotated(() => [])
  await old.run(old.at + WITHIN + LATE_MS + DAY + HOUR)
  const silent = await rotated(() => [], { schedule: { adoption: undefined } as never })
  await silent.run(silent.at + WITHIN + LATE_MS + HOUR)
  expect([old.adoption(), silent.adoption()]).toEqual([undefined, undefined])
})

it('is told by the next audit where the one that noted it has died before it told', async () => {
  const { stage, auditor, at, run, adoption, seen } = await rotated((rotatedAt) => [
    reader(ROLE, rotatedAt + 4 * HOUR),
    reader(BATCH, rotatedAt - HOUR),
  ])
  const instant = at + WITHIN + LATE_MS + HOUR
  await auditor.at(instant - 2 * HOUR)
  await stage.clock.runUntil(instant)
  const killed = { notifyFindings: () => Promise.reject(new Error('killed')) }
  const died = expect(auditor.run({ readers: { of: async () => seen }, ...killed })).rejects.toThrow('killed')
  await stage.clock.runUntil(instant + MINUTE)
  await died
  expect([adoption()?.fetched, of(auditor)]).toEqual([1, []])
  await run(instant + 10 * MINUTE)
  await run(instant + 2 * HOUR)
  expect(of(auditor)).toMatchObject([{ kind: 'NOT_FETCHED', rotationId: rowsOf(stage)[0]?.rotationId }])
  expect((await auditor.states.get()).state?.adoptions).toHaveLength(1)
})

it('is judged late where no audit has run for days', async () => {
  const { auditor, at, run, adoption } = await rotated((rotatedAt) => [
    reader(ROLE, rotatedAt + 4 * HOUR),
    reader(BATCH, rotatedAt - HOUR),
  ])
  await auditor.at(at + HOUR)
  await run(at + 6 * DAY)
  expect(adoption()).toMatchObject({ known: 2, fetched: 1, behind: [{ principal: BATCH }] })
  expect(of(auditor)).toHaveLength(1)
})

it('is judged of a success that came days after its time', async () => {
  const { stage, at, run, adoption } = await rotated((rotatedAt) => [reader(ROLE, rotatedAt + 5 * DAY)])
  const [row] = rowsOf(stage)
  if (row) row.rotatedAt = iso(at + 4 * DAY)
  await run(at + 4 * DAY + WITHIN + LATE_MS + HOUR)
  expect(adoption()).toMatchObject({ known: 1, fetched: 1 })
})

it('is noted by the first of two audits, whose finding both tell', async () => {
  const { stage, at, run, adoption, seen } = await rotated((rotatedAt) => [reader(BATCH, rotatedAt - HOUR)])
  await run(at + WITHIN + LATE_MS + HOUR)
  const first = adoption()
  seen.readers = [reader(BATCH, at + 8 * HOUR)]
  const [row] = rowsOf(stage)
  expect(
    await stage.ledger.noteAdoption(row?.rotationId ?? '', { ...first, fetched: 9 } as never),
  ).toMatchObject({
    adoption: first,
  })
  await run(at + WITHIN + LATE_MS + 4 * HOUR)
  expect(adoption()).toEqual(first)
})

it('looks once an hour by when the first and all had fetched, until all have: not later than noted', async () => {
  const { stage, at, run, adoption, seen } = await rotated((rotatedAt) => [
    reader(ROLE, rotatedAt - HOUR),
    reader(BATCH, rotatedAt - HOUR),
  ])
  const fetching = () => rowsOf(stage)[0]?.fetching
  await run(at + HOUR)
  expect(fetching()).toBeUndefined()
  seen.readers = [reader(ROLE, at + HOUR), reader(BATCH, at - HOUR)]
  await run(at + 2 * HOUR + MINUTE)
  expect(fetching()).toEqual({ known: 2, firstBy: iso(at + HOUR) })
  seen.readers = [reader(ROLE, at + 3 * HOUR), reader(BATCH, at + 2 * HOUR)]
  await run(at + 3 * HOUR + 2 * MINUTE)
  expect(fetching()).toEqual({ known: 2, firstBy: iso(at + HOUR), allBy: iso(at + 3 * HOUR) })
  expect(adoption()).toBeUndefined()
  // They read on and on: of that nothing gets later.
  seen.readers = [reader(ROLE, at + WITHIN), reader(BATCH, at + WITHIN)]
  await run(at + WITHIN + LATE_MS + HOUR)
  expect(adoption()).toMatchObject({ fetched: 2, firstBy: iso(at + HOUR), allBy: iso(at + 3 * HOUR) })
})

it('all of then are not all of now, where another is known since', async () => {
  const { stage, at, run, adoption, seen } = await rotated((rotatedAt) => [reader(ROLE, rotatedAt + MINUTE)])
  await run(at + HOUR)
  expect(rowsOf(stage)[0]?.fetching).toEqual({ known: 1, firstBy: iso(at + MINUTE), allBy: iso(at + MINUTE) })
  seen.readers = [reader(ROLE, at + MINUTE), reader(BATCH, at + 4 * HOUR)]
  await run(at + WITHIN + LATE_MS + HOUR)
  expect(adoption()).toMatchObject({ known: 2, fetched: 2, allBy: iso(at + 4 * HOUR) })
  // One that was heard late, and has not: then not all have.
  const late = await rotated((rotatedAt) => [reader(ROLE, rotatedAt + MINUTE)])
  await late.run(late.at + HOUR)
  late.seen.readers.push(reader(BATCH, late.at - HOUR))
  await late.run(late.at + WITHIN + LATE_MS + HOUR)
  expect(late.adoption()).toMatchObject({ known: 2, fetched: 1, firstBy: iso(late.at + MINUTE) })
  expect(late.adoption()).not.toHaveProperty('allBy')
})

it('names nobody where nothing was heard in the later half of the time: a trail may have stopped', async () => {
  const { auditor, at, run, adoption } = await rotated((rotatedAt) => [
    reader(ROLE, rotatedAt + HOUR),
    reader(BATCH, rotatedAt - HOUR),
  ])
  await run(at + WITHIN + LATE_MS + HOUR)
  expect(adoption()).toMatchObject({ unknown: 'SILENT', behind: [{ principal: BATCH }] })
  expect(of(auditor)).toMatchObject([
    { kind: 'ADOPTION_UNKNOWN', message: expect.stringContaining('no read of any secret was heard') },
  ])
})

it('names who lags where another secret of the stage was read late', async () => {
  const { stage, auditor, at, seen } = await rotated((rotatedAt) => [
    reader(ROLE, rotatedAt + HOUR),
    reader(BATCH, rotatedAt - HOUR),
  ])
  const [row] = rowsOf(stage)
  const [schedule] = stage.config.schedules
  const others = { ...schedule, name: 'others', secrets: ['another'] } as never
  const other: Seen = { readers: [reader('somebody', at + 5 * HOUR)], full: false }
  await auditor.at(at + WITHIN + LATE_MS + HOUR, {
    config: { ...stage.config, schedules: [...stage.config.schedules, others] },
    readers: { of: async (secret) => (secret === row?.secretName ? seen : other) },
  })
  expect(of(auditor)).toMatchObject([{ kind: 'NOT_FETCHED' }])
})

it('is no doubt where all have fetched, however early', async () => {
  const { at, run, adoption } = await rotated((rotatedAt) => [reader(ROLE, rotatedAt + HOUR)])
  await run(at + WITHIN + LATE_MS + HOUR)
  expect(adoption()).not.toHaveProperty('unknown')
})

it('what many readers of many secrets leave in the state fits beside the rest of it, the newest first', () => {
  const behind = Array.from({ length: 20 }, (_, index) => ({
    principal: `arn:aws:iam::111122223333:role/${'path/'.repeat(10)}batch-${index}`,
    lastSeen: iso(INSTANT),
  }))
  const found = Array.from({ length: 60 }, (_, index) => ({
    ...{ secretName: `app/${index}`, schedule: 'nightly', rotationId: `${index}` },
    adoption: {
      ...{ at: iso(INSTANT), withinSeconds: 60, known: 60, fetched: 20 },
      ...{ behind, unclear: behind, shared: behind.map(({ principal }) => principal) },
    },
  }))
  const { adoptions = [] } = keptAdoptions(found.slice(5), found.slice(0, 5), INSTANT)
  // An item is of 400 KB, and holds schedules' marks and what is overdue, too.
  expect(JSON.stringify(adoptions).length).toBeLessThan(100_000)
  expect(adoptions.length).toBeGreaterThan(5)
  expect(adoptions.slice(0, 5)).toEqual(found.slice(0, 5))
})
