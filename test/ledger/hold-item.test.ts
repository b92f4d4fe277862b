import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HoldEvent } from '../../src/ledger/earlier-holds.ts'
import {
  type HoldItem,
  holdsIn,
  placing,
  type Rewrite,
  releasing,
  rewritten,
} from '../../src/ledger/hold-item.ts'
import { type Hold, isInForce, MOST_HOLDS } from '../../src/model/hold.ts'
import { DAY, HOUR, iso, MINUTE } from '../../src/model/time.ts'

const NOW = Date.parse('2026-11-29T03:00:00Z')
const at = (ms: number) => iso(NOW + ms)
const scope = 'schedule/nightly'

function hold(id: string, parts: Partial<Hold> = {}): Hold {
  return { id, scope, kind: 'hold', reason: `reason of ${id}`, by: 'ana', placedAt: at(-HOUR), ...parts }
}

function itemOf(active: Hold[], more: Partial<Rewrite> = {}): HoldItem {
  return rewritten({ scope }, { active, ended: [], ...more })
}

const many = (count: number, parts: Partial<Hold> = {}) =>
  Array.from({ length: count }, (_, index) => hold(`h${index}`, parts))
const ids = (holds: Hold[] = []) => holds.map(({ id }) => id).sort()

describe('placing a hold', () => {
  it('leaves those in force, and tells of them', () => {
    const item = itemOf([hold('forever'), hold('until', { until: at(1) }), hold('over', { until: at(0) })])
    const { write, answer } = placing(item, hold('new', { placedAt: at(0) }))
    expect('beside' in answer && ids(answer.beside)).toEqual(['forever', 'until'])
    expect(ids(write?.active)).toEqual(['forever', 'new', 'over', 'until'])
  })

  it('with an id that is there changes nothing, and answers what is there and what is beside it', () => {
    const [there, other] = [hold('same'), hold('other')]
    expect(placing(itemOf([there, other]), hold('same', { reason: 'another', until: at(1) }))).toEqual({
      answer: { placed: there, beside: [other] },
    })
  })

  it.each([
    ['the twentieth finds room', many(MOST_HOLDS - 1), true],
    ['the one after finds none', many(MOST_HOLDS), false],
    ['what has ended takes none', [...many(MOST_HOLDS - 1), hold('over', { until: at(0) })], true],
  ])('of a scope: %s', (_, active, room) => {
    const { write, answer } = placing(itemOf(active), hold('new', { placedAt: at(0) }))
    expect(write !== undefined).toBe(room)
    expect('full' in answer ? ids(answer.full) : []).toEqual(room ? [] : ids(active))
  })
})

describe('releasing a hold', () => {
  it('ends it and no other; the one released last is remembered', () => {
    const { write, answer } = releasing(itemOf([hold('one'), hold('two')]), 'one', 'ben', at(0))
    expect(answer).toEqual(hold('one', { releasedAt: at(0), releasedBy: 'ben' }))
    expect(write).toEqual({ active: [hold('two')], ended: [answer], last: answer })
  })

  it.each<[string, Hold, string]>([
    ['is not there', hold('one'), 'two'],
    ['ends at that very instant', hold('one', { until: at(0) }), 'one'],
  ])('changes nothing where the hold %s', (_, there, id) => {
    expect(releasing(itemOf([there]), id, 'ben', at(0))).toEqual({ answer: undefined })
  })

  it('ends one that has a millisecond to go', () => {
    expect(releasing(itemOf([hold('one', { until: at(1) })]), 'one', 'ben', at(0)).answer).toBeDefined()
  })
})

describe('what has ended by itself', () => {
  const written = (active: Hold[]) => placing(itemOf(active), hold('new', { placedAt: at(0) })).write

  it('stays in the item for a day, and leaves then', () => {
    const write = written([hold('a', { until: at(1 - DAY) }), hold('b', { until: at(-DAY) })])
    expect([ids(write?.active), ids(write?.ended)]).toEqual([['a', 'new'], ['b']])
  })

  it('leaves when more than twenty stay, the earliest first', () => {
    const ended = Array.from({ length: MOST_HOLDS + 2 }, (_, index) =>
      hold(`h${index}`, { until: at(-index * MINUTE) }),
    )
    expect(ids(written(ended.toReversed())?.ended)).toEqual(['h20', 'h21'])
    expect(ids(written(ended)?.ended)).toEqual(['h20', 'h21'])
  })

  it('pushes out none that is in force', () => {
    const write = written([
      ...many(MOST_HOLDS - 1),
      ...many(5, { until: at(0) }).map((it) => ({ ...it, id: `old ${it.id}` })),
    ])
    expect([write?.active.length, write?.ended.length]).toEqual([25, 0])
  })
})

describe('a rewritten item', () => {
  it('counts its revisions, keeps what a later release has added, and has its holds by id', () => {
    const item = { scope, added: 'later' } as HoldItem
    const first = rewritten(item, { active: [hold('one')], ended: [] })
    const { id: _, scope: __, ...rest } = hold('one')
    expect(first).toMatchObject({ scope, added: 'later', revision: 1, active: { one: rest } })
    expect(Object.keys(first.active?.one ?? {})).toEqual(Object.keys(rest))
    expect(rewritten(first, { active: [], ended: [] })).toMatchObject({ revision: 2, active: {} })
  })

  it('tells of exactly the holds that were written', () => {
    const holds = [hold('one'), hold('two', { until: at(0) })]
    expect(holdsIn(itemOf(holds))).toEqual(holds)
    expect(holdsIn({ scope })).toEqual([])
  })
})

describe('a hold by the release before', () => {
  const placed = (ms: number, parts: Partial<HoldEvent> = {}): HoldEvent => ({
    ...{ at: at(ms), action: 'placed', by: 'ana', reason: 'incident' },
    ...parts,
  })
  const released = (ms: number): HoldEvent => ({ at: at(ms), action: 'released', by: 'ben' })
  const read = (events: HoldEvent[]) =>
    holdsIn({ scope, events }).map(({ placedAt, until, releasedAt, releasedBy }) => ({
      ...{ placedAt, until, releasedAt, releasedBy },
    }))

  it.each<[string, HoldEvent[], Partial<Hold>[]]>([
    ['lasts until somebody releases it', [placed(0)], [{ placedAt: at(0) }]],
    [
      'ends with its release',
      [placed(0), released(5)],
      [{ placedAt: at(0), releasedAt: at(5), releasedBy: 'ben' }],
    ],
    [
      'is replaced by the next, which nobody has released it by',
      [placed(0), placed(5)],
      [{ placedAt: at(0), releasedAt: at(5) }, { placedAt: at(5) }],
    ],
    [
      'that ended by itself first was not released',
      [placed(0, { until: at(4) }), released(5)],
      [{ placedAt: at(0), until: at(4) }],
    ],
    [
      'that ended as it was released was not, either',
      [placed(0, { until: at(5) }), released(5)],
      [{ placedAt: at(0), until: at(5) }],
    ],
    [
      'released before its end was',
      [placed(0, { until: at(6) }), released(5)],
      [{ placedAt: at(0), until: at(6), releasedAt: at(5), releasedBy: 'ben' }],
    ],
  ])('%s', (_, events, expected) => {
    expect(read(events)).toEqual(expected)
  })

  it('has an id made of what it is: the same for all who read it, of its own among twins and scopes', () => {
    const events = [placed(0), placed(0), placed(0), placed(5)]
    const read = holdsIn({ scope, events }).map(({ id }) => id)
    expect(new Set(read).size).toBe(4)
    expect(holdsIn({ scope, events }).map(({ id }) => id)).toEqual(read)
    expect(holdsIn({ scope, events: [placed(5)] })[0]?.id).toBe(read[3])
    expect(holdsIn({ scope: 'all', events })[0]?.id).not.toBe(read[0])
  })

  it('keeps the id that people have been told, from release to release', () => {
    const events = [placed(0), released(0), placed(0), placed(0)]
    expect(holdsIn({ scope, events }).map(({ id }) => id)).toEqual([
      '9n9-tfd-bs5',
      '6sd-92p-9my',
      'kv3-bdv-k8m',
    ])
  })

  it('stands beside ours; its release ended all of its scope that had not ended yet', () => {
    const ours = itemOf([hold('open'), hold('longer', { until: at(6) }), hold('over', { until: at(5) })])
    const theirs = [...(ours.events ?? []), placed(1), released(5)]
    const found = holdsIn({ ...ours, events: theirs })
    const ended = { releasedAt: at(5), releasedBy: 'ben' }
    expect(found.slice(0, 3)).toEqual([
      hold('open', ended),
      hold('longer', { until: at(6), ...ended }),
      hold('over', { until: at(5) }),
    ])
    expect(found.slice(3)).toMatchObject([{ placedAt: at(1), ...ended }])
  })
})

describe('after a rollback, the release before', () => {
  /** How it reads a scope: one hold, by the item's own attributes. */
  const itsView = (item: Record<string, unknown>) =>
    item as Partial<Pick<Hold, 'until' | 'releasedAt' | 'placedAt' | 'by' | 'reason' | 'releasedBy'>> & {
      events?: HoldEvent[]
    }

  it('sees the scope held for as long as any hold of it lasts', () => {
    const ends = fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined })
    fc.assert(
      fc.property(fc.array(ends, { minLength: 1, maxLength: 6 }), fc.nat(21), (untils, minute) => {
        const holds = untils.map((until, index) =>
          hold(`h${index}`, until === undefined ? {} : { until: at(until * MINUTE) }),
        )
        const { until, releasedAt } = itsView(itemOf(holds))
        const seen = { ...hold('it'), ...(until && { until }), ...(releasedAt && { releasedAt }) }
        const instant = at(minute * MINUTE)
        expect(isInForce(seen, instant)).toBe(holds.some((it) => isInForce(it, instant)))
      }),
      { seed: 20261127 },
    )
  })

  it('reads the longest one’s reason, from when the first was placed', () => {
    const short = hold('short', { until: at(1), placedAt: at(-9) })
    const long = hold('long', { until: at(5), placedAt: at(-5), by: 'ben' })
    for (const holds of [
      [short, long],
      [long, short],
    ]) {
      const view = itsView(itemOf(holds, { last: hold('gone', { releasedAt: at(-20), placedAt: at(-30) }) }))
      const told = { reason: 'reason of long', by: 'ben', until: at(5) }
      expect(view).toMatchObject({ ...told, placedAt: at(-9) })
      expect(view.releasedAt).toBeUndefined()
      expect(view.events).toEqual([{ ...told, at: at(-9), action: 'placed', mirrored: true }])
    }
  })

  it('reads the hold that was released last, once none is in force', () => {
    const last = hold('last', { releasedAt: at(0), releasedBy: 'ben' })
    const view = itsView(itemOf([], { last }))
    expect(view).toMatchObject({ reason: 'reason of last', releasedAt: at(0), releasedBy: 'ben' })
    expect(view.events).toMatchObject([
      { at: last.placedAt, action: 'placed', by: 'ana', mirrored: true },
      { at: at(0), action: 'released', by: 'ben', mirrored: true },
    ])
    expect(itsView(itemOf([]))).not.toHaveProperty('events')
  })

  it('does not make holds of what we wrote for it', () => {
    const item = itemOf([hold('one')], { last: hold('last', { releasedAt: at(0), releasedBy: 'ben' }) })
    expect(item.events).not.toEqual([])
    expect(holdsIn(item)).toEqual([hold('one')])
  })
})
