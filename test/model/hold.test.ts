import { describe, expect, it } from 'vitest'
import { type Hold, heldAt, holdEnd, isInForce, scopesOver, secretScope } from '../../src/model/hold.ts'

const AT = '2026-11-29T03:00:00.000Z'
const BEFORE = '2026-11-29T02:59:59.999Z'
const AFTER = '2026-11-29T03:00:00.001Z'

const hold = (parts: Partial<Hold> = {}): Hold => ({
  ...{ id: 'aaa-aaa-aaa', kind: 'hold', scope: 'all', reason: 'incident', by: 'ana', placedAt: BEFORE },
  ...parts,
})

describe('a hold keeps from starting at an instant', () => {
  it.each<[string, Partial<Hold>, boolean]>([
    ['without an end', {}, true],
    ['that ends a millisecond later', { until: AFTER }, true],
    ['but not one that ends at it', { until: AT }, false],
    ['but not one that is released, whenever that was', { releasedAt: AFTER }, false],
    ['although it is placed only later: whoever places one means what comes', { placedAt: AFTER }, true],
  ])('%s', (_, parts, expected) => {
    expect(isInForce(hold(parts), AT)).toBe(expected)
  })
})

describe('a hold ends', () => {
  it.each<[string, Partial<Hold>, string | undefined]>([
    ['never by itself', {}, undefined],
    ['at its own end', { until: AT }, AT],
    ['with its release', { releasedAt: AT }, AT],
    ['with its release before its own end', { until: AFTER, releasedAt: AT }, AT],
    ['at its own end before it is released', { until: AT, releasedAt: AFTER }, AT],
  ])('%s', (_, parts, end) => {
    expect(holdEnd(hold(parts))).toBe(end)
  })
})

describe('a hold was in force at an instant that has passed', () => {
  it.each<[string, Partial<Hold>, boolean]>([
    ['from the very instant that it was placed at', { placedAt: AT }, true],
    ['not a millisecond before', { placedAt: AFTER }, false],
    ['until a millisecond before its release', { releasedAt: AFTER }, true],
    ['not at the instant of its release', { releasedAt: AT }, false],
    ['not at its end, though it was released later', { until: AT, releasedAt: AFTER }, false],
  ])('%s', (_, parts, expected) => {
    expect(heldAt([hold(parts)], AT)).toHaveLength(expected ? 1 : 0)
  })
})

it('a secret is held by its name, wherever it is, however it is written, and once', () => {
  const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-Ab12Cd'
  for (const secret of ['prod/db', arn, '111122223333:eu-west-1:prod/db'])
    expect(secretScope(secret)).toBe('secret/prod/db')
  expect(scopesOver('nightly', ['prod/db', 'other', arn])).toEqual([
    'all',
    'schedule/nightly',
    'secret/prod/db',
    'secret/other',
  ])
})
