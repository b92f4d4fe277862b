import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FACT_NAMES, FACTS, type FactName, type SeenBy, spreadOf, verdictOf } from '../../src/model/facts.ts'

const at = (most: number, least = 10) => ({ count: 3, least, middle: Math.min(most, 20), most })
const token = {
  pending: 'accepted, nothing',
  done: 'refused: X',
  failed: 'accepted and attempted again',
} as const
const zone = { zone: 'Europe/Berlin', at: '2026-11-28T12:00', ours: 60, node: 60 }
const told = { parent: 'InvokeError', deadLetter: true, event: true, alarm: true }

/** Of each fact what holds and what differs, at the boundary where there is one. */
const CASES: {
  [Name in FactName]: { holds: SeenBy[Name][]; differs: SeenBy[Name][]; unknown?: SeenBy[Name][] }
} = {
  'delivery-delay': { holds: [at(180_000), at(30, -1_000)], differs: [at(180_001), at(30, -1_001)] },
  'scheduled-time': {
    holds: [
      { text: '2026-11-28T12:00:00Z', offMs: 0 },
      { text: '2026-11-28T12:00:59.999Z', offMs: 59_999 },
    ],
    differs: [
      { text: '2026-11-28T12:01:00Z', offMs: 60_000 },
      { text: '2026-11-28T11:59:59Z', offMs: -1 },
      { text: '1795867200', offMs: 0 },
      { text: '<aws.scheduler.scheduled-time>' },
    ],
  },
  'scheduler-zones': {
    holds: [[{ ...zone, fired: 60 }]],
    differs: [
      [{ ...zone, fired: 120 }],
      [
        { ...zone, fired: 60 },
        { ...zone, fired: 0 },
      ],
      [zone, { ...zone, fired: 0 }],
    ],
    unknown: [[], [zone], [zone, { ...zone, fired: 60 }]],
  },
  'wake-delay': {
    holds: [{ cold: at(5_000), warm: at(5_000) }],
    differs: [{ cold: at(5_001), warm: at(10) }, { warm: at(5_001) }, { cold: at(10, -1_001), warm: at(10) }],
    unknown: [{}, { warm: at(10) }],
  },
  'version-id': { holds: [{ isToken: true }], differs: [{ isToken: false }] },
  'version-visible': { holds: [at(60_000)], differs: [at(60_001), { notWithinMs: 120_000 }] },
  'repeated-token': {
    holds: [token],
    differs: [
      { ...token, done: 'accepted and attempted again' },
      { pending: 'accepted and attempted again' },
      { ...token, failed: 'accepted, nothing' },
      { failed: 'accepted, nothing' },
    ],
    unknown: [{}, { done: 'refused: X' }, { failed: 'accepted and attempted again' }],
  },
  'label-event': { holds: [at(10)], differs: [{ notWithinMs: 1 }] },
  'failure-event': {
    holds: [{ ...at(10), readable: true, shape: [] }],
    differs: [{ ...at(10), readable: false, shape: ['detail.eventName'] }, { notWithinMs: 1 }],
  },
  'execution-names': { holds: [{ scope: 'function' }, { scope: 'account' }], differs: [] },
  'failed-execution': {
    holds: [told],
    differs: [{ ...told, parent: false }, { ...told, alarm: false }, { event: false }],
    unknown: [{}, { parent: 'InvokeError', deadLetter: true, event: true }],
  },
  'stopped-execution': {
    holds: [told],
    differs: [
      { ...told, deadLetter: false },
      { ...told, alarm: false },
    ],
    unknown: [{ event: true }],
  },
  'running-version': { holds: [{ started: '1', wentOn: '1' }], differs: [{ started: '1', wentOn: '2' }] },
  messages: {
    holds: [{ event: 900, text: 1_200, email: 'accepted' }],
    differs: [{ event: 900, text: 'not seen', email: 'not asked' }],
    unknown: [{ event: 900, text: 1_200, email: 'not asked' }],
  },
  'lambda-clock': {
    holds: [
      { aheadMs: 1_500, uncertainMs: 500 },
      { aheadMs: -1_500, uncertainMs: 500 },
    ],
    differs: [
      { aheadMs: 1_501, uncertainMs: 500 },
      { aheadMs: -1_501, uncertainMs: 500 },
    ],
  },
  'invoke-permission': { holds: [{ needed: true }, { needed: false }], differs: [] },
}

describe.each(FACT_NAMES)('%s', (name) => {
  const { holds, differs, unknown = [] } = CASES[name]
  it.each(holds.map((seen) => [seen]))('holds: %j', (seen) => {
    expect(verdictOf(name, seen)).toMatchObject({ verdict: 'HOLDS' })
    expect(verdictOf(name, seen)).not.toHaveProperty('remedy')
  })
  it.each(differs.map((seen) => [seen]))('differs, with what to do: %j', (seen) => {
    expect(verdictOf(name, seen)).toMatchObject({ verdict: 'DIFFERS', remedy: expect.stringMatching(/\.$/) })
  })
  it.each(unknown.map((seen) => [seen]))('is not known: %j', (seen) => {
    expect(verdictOf(name, seen).verdict).toBe('UNKNOWN')
  })
  it('is not known where nothing was seen', () => {
    expect(verdictOf(name, undefined).verdict).toBe('UNKNOWN')
  })
  it('is asked and answered in sentences', () => {
    const { question, use } = FACTS[name]
    expect(question).toMatch(/^[A-Z].*\?$/)
    expect(use).toMatch(/^[A-Z].*\.$/)
    for (const seen of [...holds, ...differs, ...unknown])
      expect(verdictOf(name, seen).message).toMatch(/^[^\n]*\.$/)
  })
})

describe('what makes no sense as a measurement', () => {
  it.each([
    [{ count: 3, least: 10, middle: 5, most: 30 }],
    [{ count: 3, least: 10, middle: 20, most: 19 }],
    [{ count: 0, least: 10, middle: 20, most: 30 }],
    [{ count: 3, least: Number.NaN, middle: 20, most: 30 }],
    [{ count: 3, least: 1, middle: 20, most: Number.POSITIVE_INFINITY }],
    [null as never],
  ])('is not known: %j', (seen) => {
    expect(verdictOf('version-visible', seen).verdict).toBe('UNKNOWN')
  })

  it('is not known either where another release wrote it in another shape', () => {
    expect(verdictOf('scheduler-zones', {} as never).verdict).toBe('UNKNOWN')
  })
})

it('tells a spread from measurements in any order', () => {
  expect(spreadOf([30.4, 10, 20])).toEqual({ count: 3, least: 10, middle: 20, most: 30 })
  expect(spreadOf([7])).toEqual({ count: 1, least: 7, middle: 7, most: 7 })
  expect(spreadOf([])).toBeUndefined()
})

describe('the page of facts', () => {
  const page = readFileSync(new URL('../../docs/aws-facts.md', import.meta.url), 'utf8')
  const rows = (page.split('### Who has seen it')[1] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))

  it('says of each, in the table’s order and words, who has seen it', () => {
    const said = rows.map(([, name, question]) => [name, question])
    expect(said).toEqual(FACT_NAMES.map((name) => [`\`${name}\``, FACTS[name].question]))
    for (const [, , , by] of rows) expect(by).toMatch(/^(documented|recorded answer|nobody yet)\b/)
  })
})
