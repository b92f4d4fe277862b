import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Fact, type Facts, openFacts } from '../../src/ledger/facts.ts'
import { openTable } from '../../src/ledger/open-table.ts'
import { localLedger, TABLE } from './table.ts'

let on: Awaited<ReturnType<typeof localLedger>>
let facts: Facts
beforeAll(async () => {
  on = await localLedger()
})
afterAll(() => on.aws.stop())
beforeEach(() => {
  facts = openFacts(openTable(on.client, TABLE))
})

const spread = { count: 3, least: 10, middle: 20, most: 30 }
const aFact = (parts: Partial<Fact> = {}): Fact => ({
  name: 'version-visible',
  seenAt: '2026-11-28T10:00:00.000Z',
  region: 'eu-central-1',
  release: '0.2.0',
  expected: 'within 60 s',
  seen: spread,
  verdict: 'HOLDS',
  ...parts,
})
const later = '2026-11-29T10:00:00.000Z'
const nothing = (parts: Partial<Fact>): Fact => {
  const { seen: _, ...rest } = aFact({ verdict: 'UNKNOWN', ...parts })
  return rest
}

/** Puts them one after another, under a name of their own, and answers with what then stands. */
async function standingAfter(name: Fact['name'], ...puts: Fact[]): Promise<Fact | undefined> {
  for (const fact of puts) await facts.put({ ...fact, name })
  return (await facts.list([name]))[0]
}

describe('a fact', () => {
  it('is read as it was written', async () => {
    expect(await standingAfter('version-id', aFact({ seen: { isToken: true } }))).toEqual({
      ...aFact({ seen: { isToken: true } }),
      name: 'version-id',
    })
  })

  it('of another region is none of this one’s', async () => {
    expect(await standingAfter('messages', aFact({ region: 'us-east-1' }))).toBeUndefined()
  })

  it('that was seen again takes the place of what was seen before, and not the other way round', async () => {
    const newer = aFact({ seenAt: later, verdict: 'DIFFERS' })
    expect(await standingAfter('wake-delay', aFact(), newer, aFact())).toEqual({
      ...newer,
      name: 'wake-delay',
    })
  })

  it('that could not be seen never takes the place of one that was: both dates stand', async () => {
    expect(await standingAfter('label-event', aFact(), nothing({ seenAt: later }))).toEqual({
      ...aFact(),
      name: 'label-event',
      unseenAt: later,
    })
  })

  it('that could not be seen on an earlier day says nothing of a later one', async () => {
    const seen = aFact({ seenAt: later })
    expect(await standingAfter('messages', seen, nothing({}))).toEqual({ ...seen, name: 'messages' })
  })

  it('that is seen takes the place of one that could not be, and of the note that it could not', async () => {
    const seen = aFact({ seenAt: '2026-11-30T10:00:00.000Z' })
    const found = await standingAfter('lambda-clock', aFact(), nothing({ seenAt: later }), seen)
    expect(found).toEqual({ ...seen, name: 'lambda-clock' })
  })

  it('of which a part was seen gives way to more of it, never to nothing', async () => {
    const part = aFact({ verdict: 'UNKNOWN', seen: { done: 'accepted, nothing' } })
    const unseen = nothing({ seenAt: later })
    expect(
      await standingAfter('repeated-token', nothing({ seenAt: '2026-11-27T10:00:00.000Z' }), part, unseen),
    ).toEqual({
      ...part,
      name: 'repeated-token',
      unseenAt: later,
    })
    const again = { ...part, seenAt: '2026-11-30T10:00:00.000Z' }
    expect(await standingAfter('repeated-token', again)).toEqual({ ...again, name: 'repeated-token' })
  })

  it('of which a part was seen does not take the place of one that is known', async () => {
    const part = aFact({ verdict: 'UNKNOWN', seenAt: later })
    expect(await standingAfter('failed-execution', aFact(), part)).toEqual({
      ...aFact(),
      name: 'failed-execution',
      unseenAt: later,
    })
  })
})

describe('facts', () => {
  it('are listed in the order of the table, those that there are', async () => {
    await facts.put(aFact({ name: 'invoke-permission', seen: { needed: true } }))
    await facts.put(aFact({ name: 'delivery-delay' }))
    const names = (await facts.list(['delivery-delay', 'scheduled-time', 'invoke-permission'])).map(
      ({ name }) => name,
    )
    expect(names).toEqual(['delivery-delay', 'invoke-permission'])
    expect((await facts.list()).map(({ name }) => name)).toEqual(expect.arrayContaining(names))
  })

  it.each([
    [{}],
    [{ name: 'version-id' }],
    ['text'],
    [{ ...aFact(), seenAt: 'yesterday' }],
    [{ ...aFact(), name: 'no such' }],
  ])('that are none as we know them are left out: %j', async (fact) => {
    const table = openTable(on.client, TABLE)
    await table.put({ id: 'fact#execution-names', fact })
    expect(await openFacts(table).list(['execution-names'])).toEqual([])
  })

  it('are read in one call', async () => {
    const asked: unknown[] = []
    const table = openTable(on.client, TABLE)
    const getAll = async (ids: string[]) => {
      asked.push(ids)
      return []
    }
    await openFacts({ ...table, getAll }).list()
    expect(asked).toHaveLength(1)
  })
})
