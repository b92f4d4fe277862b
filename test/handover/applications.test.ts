import { describe, expect, it } from 'vitest'
import { judgeAdoption } from '../../bench/applications/adoption.ts'
import { KINDS } from '../../bench/applications/apps.ts'
import { problemsOf, rowsOf } from '../../bench/applications/judge.ts'
import { picture } from '../../bench/applications/picture.ts'
import { tables } from '../../bench/applications/tables.ts'
import { type Figures, USERS } from '../../bench/applications/world.ts'
import type { Adoption } from '../../src/model/rotation.ts'

/** Two rotations of each, of which all went as it should: gaps from 1 s to 3 s, and from 11 s to 13 s. */
function figures(change: (it: Figures) => void = () => {}): Figures {
  const adoption = { falsely: [], unnamed: [], named: ['lazy'], doubted: [] }
  const made: Figures = {
    ...{
      asked: 2,
      seed: 1,
      began: 0,
      ended: 20_000,
      ttlMs: 1_000,
      planted: [['setSecret fails', 1]],
      harmed: [],
    },
    trail: { disordered: 0, twice: 0, lost: 0 },
    rotations: [1_000, 11_000].flatMap((from) =>
      USERS.map((users) => ({
        ...{ users, at: from - 500, gap: { from, to: from + 2_000 }, status: 'SUCCEEDED', handover: 'DONE' },
        adoption: structuredClone(adoption),
      })),
    ),
    apps: USERS.flatMap((users) =>
      KINDS.map((kind) => ({ users, kind, counted: { total: 100, fresh: 30, failures: [] } })),
    ),
  }
  change(made)
  return made
}

const fails = (users: string, kind: string, began: number, ended = began + 10, code = '28P01') =>
  problemsOf(
    figures(({ apps }) => {
      const app = apps.find((it) => it.users === users && it.kind === kind)
      app?.counted.failures.push({ began, ended, code })
    }),
  )

describe('what the run of applications is held to', () => {
  it('nothing, where nothing failed', () => expect(problemsOf(figures())).toEqual([]))

  it('who tries once more may fail in the gap alone, from before its beginning until after its end', () => {
    for (const [began, ended] of [
      [2_000, 2_010],
      [990, 1_000],
      [3_000, 3_400],
      [900, 13_500],
    ] as const)
      expect(fails('single', 'retries', began, ended)).toEqual([])
    for (const [began, ended] of [
      [900, 999],
      [3_001, 3_400],
      [3_001, 10_999],
    ] as const)
      expect(fails('single', 'retries', began, ended)).toEqual([
        'single users, retries: 1 failed outside of every gap',
      ])
  })

  it('who goes on trying does not fail, nor with two users anybody who reads anew', () => {
    expect(fails('single', 'backs off', 2_000)).toEqual(['single users, backs off: 1 failed'])
    for (const kind of KINDS)
      expect(fails('alternating', kind, 2_000).length).toBe(kind === 'for ever' ? 0 : 1)
    for (const kind of ['for ever', 'cached', 'restarted', 'told'])
      expect(fails('single', kind, 9_000)).toEqual([])
  })

  it('nobody fails but by a refused login, and enough queries are on new sessions', () => {
    expect(fails('single', 'cached', 2_000, 2_010, 'ECONNRESET')).toEqual([
      'single users, cached: 1 failed otherwise than by a refused login',
    ])
    const few = figures(({ apps }) => {
      for (const { counted } of apps.slice(0, 1)) counted.fresh = 19
    })
    expect(problemsOf(few)).toEqual(['single users, for ever: 19 % of queries on new sessions'])
  })

  it('each rotation succeeds, nobody is named falsely, nobody lags unnamed', () => {
    const bad = figures(({ rotations: [one, two, three] }) => {
      if (!one || !two || !three) return
      Object.assign(one, { status: 'FAILED' })
      two.adoption.falsely.push('good')
      three.adoption.unnamed.push('lazy')
    })
    expect(problemsOf(bad)).toEqual([
      'single: a rotation FAILED',
      'alternating: named falsely: good',
      'single: lagged unnamed: lazy',
    ])
  })

  it('how long after its gap a rotation’s last failure was', () => {
    const made = figures(({ apps }) => {
      for (const began of [2_000, 4_500, 9_000, 14_000])
        apps[0]?.counted.failures.push({ began, ended: began + 10, code: '28P01' })
    })
    expect(rowsOf(made)[0]).toMatchObject({ failed: 4, inGap: 1, lastAfterMs: [1_000, 6_000] })
    expect(tables(made)).toContain('| reads it once, at start | 4 of 100 | 1 | 6.0 s / 6.0 s | 0 of 100 |')
  })

  it('is drawn: a row each, a mark where queries failed, gaps as they were', () => {
    const drawn = picture(
      figures(({ apps }) => {
        apps[0]?.counted.failures.push({ began: 2_000, ended: 2_010, code: '28P01' })
      }),
    )
    expect(drawn.match(/class="track"/g)).toHaveLength(18)
    expect(drawn.match(/<path class="failed"/g)).toHaveLength(2)
    expect(drawn).toContain('1 of 100 failed')
  })
})

describe('who is named, against who has it', () => {
  const said = (parts: Partial<Adoption>): Adoption => ({
    ...{ at: '', withinSeconds: 1, known: 1, fetched: 0, behind: [], unclear: [], shared: [] },
    ...parts,
  })
  const principal = 'arn:aws:iam::000000000000:role/orders'
  const stands = (has: 'all' | 'some' | 'none', role = 'orders') => new Map([[role, has]])

  it('falsely is who has it, with one session at least', () => {
    for (const has of ['all', 'some', 'none'] as const)
      expect(judgeAdoption(said({ behind: [{ principal }] }), stands(has), stands(has)).falsely).toEqual(
        has === 'none' ? [] : ['orders'],
      )
  })

  it('unnamed is who lags all the time, and is not named, doubted or of several sessions', () => {
    const unnamed = (parts: Partial<Adoption>, before: 'all' | 'some' | 'none', after = before) =>
      judgeAdoption(said(parts), stands(before), stands(after)).unnamed
    expect(unnamed({}, 'none')).toEqual(['orders'])
    expect(unnamed({}, 'some')).toEqual(['orders'])
    expect(unnamed({}, 'none', 'all')).toEqual([])
    expect(unnamed({}, 'all')).toEqual([])
    for (const parts of [{ behind: [{ principal }] }, { unclear: [{ principal }] }, { shared: [principal] }])
      expect(unnamed(parts, 'none')).toEqual([])
  })

  it('nobody lags unnamed where it is said that nothing was heard', () => {
    const verdict = judgeAdoption(said({ unknown: 'NOTHING_HEARD' }), stands('none'), stands('none'))
    expect(verdict.unnamed).toEqual([])
  })
})
