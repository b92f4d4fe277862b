import { describe, expect, it } from 'vitest'
import type { Place } from '../../src/model/place.ts'
import type { Selector } from '../../src/model/selector.ts'
import {
  countedFrom,
  enforced,
  isPlace,
  least,
  maxAgeOf,
  schedulesOf,
  secretsUnderPolicy,
} from '../../src/model/under-policy.ts'

type Terms = {
  name: string
  enabled: boolean
  secrets: string[]
  select?: Selector
  place?: Place
  maxAgeSeconds?: number
}
const schedule = (name: string, parts: Partial<Terms> = {}): Terms => ({
  ...{ name, enabled: true, secrets: ['a'] },
  ...parts,
})
const names = (schedules: Terms[]) => schedules.map(({ name }) => name)

const THERE = { account: '111122223333', region: 'eu-west-1' }
const ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-Ab12Cd'

describe('under policy is', () => {
  async function found(schedules: Terms[], chosen: Record<string, string[]> = {}) {
    const all = await secretsUnderPolicy({ schedules }, async ({ name }) => chosen[name] ?? [])
    return [...all].map(([key, { schedules }]) => `${key}: ${names(schedules).join(' ')}`)
  }

  it('what an enabled schedule names, and nothing of one that is disabled', async () => {
    const schedules = [schedule('on'), schedule('off', { enabled: false, secrets: ['a', 'b'] })]
    expect(await found(schedules)).toEqual(['a: on'])
    expect(names(enforced({ schedules }))).toEqual(['on'])
  })

  it('a secret of several schedules once, with all of them in the config’s order', async () => {
    const schedules = [
      schedule('second'),
      schedule('first', { secrets: ['b', ARN] }),
      schedule('b', { secrets: ['b'] }),
    ]
    expect(await found(schedules)).toEqual(['a: second first', 'b: first b'])
  })

  it('a secret of the same name in another account or region for itself', async () => {
    const schedules = [schedule('here'), schedule('there', { place: THERE })]
    expect(await found(schedules)).toEqual(['a: here', '111122223333:eu-west-1:a: there'])
  })

  it('what a selector chooses now, once, beside what others name', async () => {
    const schedules = [
      schedule('by-name'),
      schedule('by-prefix', { secrets: ['never'], select: { prefix: 'a' } }),
    ]
    expect(await found(schedules, { 'by-prefix': ['a', 'ab', 'a'], 'by-name': ['not asked'] })).toEqual([
      'a: by-name by-prefix',
      'ab: by-prefix',
    ])
  })
})

describe('one secret, as AWS describes it, is of', () => {
  const tags = [
    { Key: 'team', Value: 'orders' },
    { Key: 'rotation', Value: 'monthly' },
  ]
  const schedules = [
    schedule('by-name', { secrets: ['z', 'a'] }),
    schedule('by-arn', { secrets: [ARN] }),
    schedule('another', { secrets: ['b'] }),
    schedule('by-tags', { secrets: [], select: { tags: { team: 'orders', rotation: 'monthly' } } }),
    schedule('by-another-value', { secrets: [], select: { tags: { team: 'orders', rotation: 'weekly' } } }),
    schedule('by-all', { secrets: [], select: { prefix: 'a', tags: { team: 'orders' } } }),
    schedule('by-another-prefix', { secrets: [], select: { prefix: 'ab', tags: { team: 'orders' } } }),
    schedule('there', { place: THERE }),
  ]

  it('those that name it or whose every condition it meets, where it is', () => {
    const here = schedulesOf({ Name: 'a', Tags: tags }, schedules, isPlace(undefined))
    expect(names(here)).toEqual(['by-name', 'by-arn', 'by-tags', 'by-all'])
    expect(names(schedulesOf({ Name: 'a', Tags: tags }, schedules, isPlace(THERE)))).toEqual(['there'])
    expect(schedulesOf({ Name: 'a' }, schedules, isPlace({ region: 'eu-west-1' }))).toEqual([])
  })

  it('none where AWS shows neither name nor tags', () => {
    expect(schedulesOf({}, schedules, isPlace(undefined))).toEqual([])
  })
})

describe('the age that a secret may have', () => {
  const aged = (name: string, maxAgeSeconds?: number) =>
    schedule(name, maxAgeSeconds === undefined ? {} : { maxAgeSeconds })

  it.each<[string, Terms[], { seconds: number; schedule: string } | undefined]>([
    ['is nobody’s', [aged('a'), aged('b')], undefined],
    ['is the only one’s', [aged('a'), aged('b', 90)], { seconds: 90, schedule: 'b' }],
    [
      'is the strictest of several',
      [aged('a', 90), aged('b', 30), aged('c', 60)],
      { seconds: 30, schedule: 'b' },
    ],
    ['is as a number, not as a text', [aged('a', 100), aged('b', 90)], { seconds: 90, schedule: 'b' }],
    [
      'is the first one’s of two that are equal',
      [aged('a', 90), aged('b', 90)],
      { seconds: 90, schedule: 'a' },
    ],
  ])('%s', (_, schedules, expected) => {
    expect(maxAgeOf(schedules)).toEqual(expected)
  })

  it('is counted from its last rotation, else from its creation, else not at all', () => {
    const [CreatedDate, LastRotatedDate] = [new Date(1_000), new Date(2_000)]
    expect(countedFrom({ CreatedDate, LastRotatedDate })).toEqual({ at: 2_000, rotated: true })
    expect(countedFrom({ CreatedDate })).toEqual({ at: 1_000, rotated: false })
    expect(countedFrom({})).toBeUndefined()
  })
})

it('the least of two is the one that is there, or the smaller', () => {
  expect([
    least(undefined, undefined),
    least(2, undefined),
    least(undefined, 2),
    least(3, 2),
    least(2, 3),
  ]).toEqual([...[undefined, 2, 2, 2, 2]])
})
