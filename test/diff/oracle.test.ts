import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compile } from '../../src/calendar/calendar.ts'
import { parseConfig } from '../../src/config/load.ts'
import { diffConfigs } from '../../src/diff/diff.ts'
import { cronExpression } from '../calendar/expressions.ts'
import { firstMinutes, type LocalMinute, occurrences } from '../calendar/oracle.ts'
import { DEEP } from '../deep.ts'

/**
 * A year of pairs of configs, minute by minute: every minute's local fields by Intl, the expression's six fields matched
 * one by one, freezes by comparing dates as text; then what is on one side only, by day. Shares no code with src.
 */
const FROM = Date.UTC(2026, 10, 27, 18, 30)
const TO = Date.UTC(2027, 10, 27, 18, 30)
/** Deep: 40 pairs over eight zones, some three minutes; else ten over two. */
const PAIRS = DEEP ? 40 : 10
const ZONES = [
  ...['Europe/Paris', 'Asia/Tokyo'],
  ...(DEEP
    ? [
        'America/New_York',
        'UTC',
        'Asia/Beirut',
        'Africa/Casablanca',
        'Australia/Lord_Howe',
        'Pacific/Auckland',
      ]
    : []),
]

type Freeze = { name: string; from: string; to: string; timezone: string; yearly: boolean }
type Entry = { name: string; when: string; timezone: string; enabled: boolean; ignores: string[] }
type Side = { freezes: Freeze[]; entries: Entry[] }

const when = cronExpression([2026, 2027]).filter((expression) => {
  try {
    compile(expression, 'UTC')
    return true
  } catch {
    return false
  }
})
const date = fc.integer({ min: 0, max: 420 }).map((n) => Date.UTC(2026, 9, 15) + n * 86_400_000)
const freeze = (name: string) =>
  fc
    .record({
      from: date,
      days: fc.integer({ min: 1, max: 40 }),
      timezone: fc.constantFrom(...ZONES),
      yearly: fc.boolean(),
    })
    .map(({ from, days, ...rest }) => ({
      ...{ name, ...rest, from: day(from), to: day(from + days * 86_400_000) },
    }))
    // 29 February has rules of its own, tested where freezes are.
    .filter(({ from, to }) => !`${from} ${to}`.includes('-02-29'))
const freezes = fc
  .tuple(freeze('one'), freeze('two'), fc.constantFrom(0, 1, 2))
  .map(([one, two, count]) => [one, two].slice(0, count))
const entry = fc.record({
  when,
  timezone: fc.constantFrom(...ZONES),
  enabled: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
  ignores: fc.constantFrom<string[]>([], [], ['one']),
})
/** Names that only one side has come and go; of the others some keep their expression. */
const pair = fc
  .record({
    base: fc.array(entry, { minLength: 3, maxLength: 3 }),
    head: fc.array(entry, { minLength: 3, maxLength: 3 }),
    kept: fc.array(fc.constantFrom('all', 'when', 'timezone', 'nothing'), { minLength: 3, maxLength: 3 }),
    freezes: fc.tuple(freezes, freezes, fc.boolean()),
  })
  .map(({ base, head, kept, freezes: [before, after, same] }): [Side, Side] => {
    const named = (name: string, it: Omit<Entry, 'name'>, known: Freeze[]): Entry => ({
      ...{ ...it, name, ignores: it.ignores.filter((ignored) => known.some((one) => one.name === ignored)) },
    })
    const then = same ? before : after
    const changed = head.map((it, n) => ({
      ...it,
      ...(kept[n] === 'all' && base[n]),
      ...(kept[n] === 'when' && { when: base[n]?.when ?? it.when }),
      ...(kept[n] === 'timezone' && { timezone: base[n]?.timezone ?? it.timezone }),
    }))
    const names = (all: typeof head, other: string, known: Freeze[]) =>
      all.map((it, n) => named(['a', 'b', other][n] ?? '', it, known))
    return [
      { freezes: before, entries: names(base, 'old', before) },
      { freezes: then, entries: names(changed, 'new', then) },
    ]
  })

describe(`a year of ${PAIRS} pairs of configs, minute by minute`, () => {
  const pairs = fc.sample(pair, { numRuns: PAIRS, seed: 116 })
  const minutes = new Map<string, LocalMinute[]>()
  const seen = { instants: 0, lost: 0, gained: 0, moved: 0 }
  it.each(pairs.map((it, n) => [n + 1, it] as const))('pair %i', { timeout: 600_000 }, (_, [base, head]) => {
    const { schedules } = diffConfigs(configOf(base), configOf(head), FROM)
    const found = new Map(schedules.map((it) => [it.name, it]))
    const names = new Set([...base.entries, ...head.entries].map(({ name }) => name))
    for (const name of names) {
      const [was, is] = [base, head].map((side) => yearOf(side, name, minutes)) as [Year, Year]
      const { gained, lost, moved } = found.get(name) ?? { gained: [], lost: [], moved: [] }
      const expected = changes(was, is)
      const flat = (all: { from: number; to: number }[]) => all.flatMap(({ from, to }) => [from, to])
      seen.instants += was.instants.length + is.instants.length
      for (const kind of ['lost', 'gained', 'moved'] as const) seen[kind] += expected[kind].length
      same(lost, expected.lost, `${name}: lost`)
      same(gained, expected.gained, `${name}: gained`)
      same(flat(moved), flat(expected.moved), `${name}: moved`)
    }
  })

  it('has seen some of everything', () => {
    if (DEEP) console.log(`${PAIRS} pairs: ${JSON.stringify(seen)}`)
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(100)
  })
})

type Year = { instants: number[]; timezone: string }

function yearOf(side: Side, name: string, minutes: Map<string, LocalMinute[]>): Year {
  const entry = side.entries.find((it) => it.name === name)
  if (entry === undefined) return { instants: [], timezone: 'UTC' }
  const { timezone } = entry
  const known = minutes.get(timezone) ?? firstMinutes(timezone, FROM, TO)
  minutes.set(timezone, known)
  const frozen = side.freezes.filter((it) => !entry.ignores.includes(it.name)).map(covers)
  const instants = entry.enabled
    ? occurrences(entry.when, known).filter((at) => !frozen.some((covered) => covered(at)))
    : []
  return { instants, timezone }
}

/** Whole local days, compared as text: `2026-12-25`, or `12-25` where it is yearly. */
function covers({ from, to, timezone, yearly }: Freeze): (at: number) => boolean {
  const dateOf = datesIn(timezone)
  if (!yearly) return (at) => dateOf(at) >= from && dateOf(at) < to
  const [first, end] = [from.slice(5), to.slice(5)]
  return (at) => {
    const today = dateOf(at).slice(5)
    return first < end ? today >= first && today < end : today >= first || today < end
  }
}

function datesIn(timezone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', {
    ...{ timeZone: timezone, year: 'numeric', month: '2-digit', day: '2-digit' },
  })
  return (at) => format.format(at)
}

function changes(was: Year, is: Year) {
  const [before, after] = [new Set(was.instants), new Set(is.instants)]
  const byDate = new Map<string, [gone: number[], come: number[]]>()
  const put = (side: 0 | 1, dateOf: (at: number) => string, all: number[]) => {
    for (const at of all) {
      const date = dateOf(at)
      const both = byDate.get(date) ?? [[], []]
      both[side].push(at)
      byDate.set(date, both)
    }
  }
  put(
    0,
    datesIn(was.timezone),
    was.instants.filter((at) => !after.has(at)),
  )
  put(
    1,
    datesIn(is.timezone),
    is.instants.filter((at) => !before.has(at)),
  )
  const lists = [...byDate.values()].map(([gone, come]) => {
    const pairs = Math.min(gone.length, come.length)
    return {
      lost: gone.slice(pairs),
      gained: come.slice(pairs),
      moved: gone.slice(0, pairs).map((from, n) => ({ from, to: come[n] ?? Number.NaN })),
    }
  })
  return {
    lost: lists.flatMap(({ lost }) => lost).sort((a, b) => a - b),
    gained: lists.flatMap(({ gained }) => gained).sort((a, b) => a - b),
    moved: lists.flatMap(({ moved }) => moved).sort((a, b) => a.from - b.from),
  }
}

/** By hand first: half a million numbers take `toEqual` long. */
function same(actual: number[], expected: number[], what: string): void {
  if (actual.length === expected.length && actual.every((at, n) => at === expected[n])) return
  const iso = (all: number[]) => all.slice(0, 20).map((at) => new Date(at).toISOString())
  expect({ count: actual.length, first: iso(actual) }, what).toEqual({
    ...{ count: expected.length, first: iso(expected) },
  })
}

function configOf({ freezes, entries }: Side) {
  const schedules = entries.map(({ name, when, timezone, enabled, ignores }) => [
    name,
    {
      ...{ when, timezone, enabled, secrets: [`secret/${name}`] },
      ignoreFreezes: ignores.map((it) => ({ name: it, reason: 'agreed' })),
    },
  ])
  // JSON is YAML.
  const parsed = parseConfig(
    'prod.yml',
    JSON.stringify({ freezes, schedules: Object.fromEntries(schedules) }),
  )
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors))
  return parsed
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
