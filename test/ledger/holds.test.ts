import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openHolds } from '../../src/ledger/holds.ts'
import { openTable, type Table } from '../../src/ledger/open-table.ts'
import { expiryOf } from '../../src/ledger/table.ts'
import type { Scope } from '../../src/model/hold.ts'
import { DEEP } from '../deep.ts'
import { localLedger, TABLE } from './table.ts'

const RACES = DEEP ? 200 : 40

let on: Awaited<ReturnType<typeof localLedger>>
beforeAll(async () => {
  on = await localLedger()
})
afterAll(() => on.aws.stop())

const AT = '2026-11-29T03:00:00.000Z'
const LATER = '2026-11-29T03:10:00.000Z'
const hold = (id: string, scope: Scope) => ({ id, scope, reason: 'incident', by: 'ana', placedAt: AT })

/** Holds whose next transaction is held up until `first` is done. */
function heldUp(first: () => Promise<unknown>) {
  const dynamodb = new DynamoDBClient({
    ...{ endpoint: on.aws.endpoint, region: 'eu-central-1' },
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
  let waits: (() => Promise<unknown>) | undefined = first
  dynamodb.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const before = commandName === 'TransactWriteItemsCommand' ? waits : undefined
        if (before) waits = undefined
        await before?.()
        return next(args)
      },
    { step: 'initialize' },
  )
  const client = DynamoDBDocumentClient.from(dynamodb, { marshallOptions: { removeUndefinedValues: true } })
  return openHolds(openTable(client, TABLE))
}

describe('a release', () => {
  it(`ends the hold that was meant, in each of ${RACES} races with another one that is placed meanwhile`, async () => {
    const holds = openHolds(openTable(on.client, TABLE))
    const left: string[] = []
    for (let race = 0; race < RACES; race++) {
      const scope: Scope = `secret/race-${race % 10}`
      const mine = `mine-${race}`
      await holds.place(hold(mine, scope))
      const releasing = heldUp(() => holds.place(hold(`theirs-${race}`, scope)))
      const released = await releasing.release(scope, mine, 'ben', LATER)
      expect(released?.id).toBe(mine)
      left.push(...(await holds.covering([scope], LATER)).map(({ id }) => id))
      await holds.release(scope, `theirs-${race}`, 'cem', LATER)
    }
    expect(left).toEqual(Array.from({ length: RACES }, (_, race) => `theirs-${race}`))
  })

  it('of two people is one’s', async () => {
    const holds = openHolds(openTable(on.client, TABLE))
    await holds.place(hold('once', 'all'))
    const second = heldUp(() => holds.release('all', 'once', 'ana', LATER))
    expect(await second.release('all', 'once', 'ben', LATER)).toBeUndefined()
    expect(await holds.since(['all'], AT)).toMatchObject([{ id: 'once', releasedBy: 'ana' }])
  })

  it('whose answer got lost is still its own', async () => {
    const holds = openHolds(openTable(on.client, TABLE))
    await holds.place(hold('lost', 'secret/lost'))
    const fault = {
      service: 'dynamodb',
      action: 'TransactWriteItems',
      times: 1,
      kind: 'lost-response',
    } as const
    on.aws.faults.push(fault)
    expect(await holds.release('secret/lost', 'lost', 'ben', LATER)).toMatchObject({ releasedBy: 'ben' })
    expect(await holds.covering(['secret/lost'], LATER)).toEqual([])
  })

  it('puts the hold away, to expire 400 days after it ended', async () => {
    const holds = openHolds(openTable(on.client, TABLE))
    await holds.place(hold('away', 'schedule/away'))
    await holds.release('schedule/away', 'away', 'ben', LATER)
    const { Item } = await on.client.send(
      new GetCommand({ TableName: TABLE, Key: { id: 'held#schedule/away#away' } }),
    )
    expect(Item).toMatchObject({ hold: { id: 'away', releasedBy: 'ben' }, expiresAt: expiryOf(LATER, 400) })
    const scope = await on.client.send(
      new GetCommand({ TableName: TABLE, Key: { id: 'hold#schedule/away' } }),
    )
    expect(scope.Item).toBeDefined()
    expect(scope.Item).not.toHaveProperty('unsettled')
  })
})

it('a change that others get before each time is given up, and says so', async () => {
  let reads = 0
  const contested = { get: async () => void reads++, transact: async () => false } as unknown as Table
  const message = /holds of all were changed by others 50 times meanwhile/
  await expect(openHolds(contested).place(hold('never', 'all'))).rejects.toThrow(message)
  expect(reads).toBe(50)
})

describe('a scope', () => {
  it('that many hold at once loses none of them', async () => {
    const holds = openHolds(openTable(on.client, TABLE))
    const ids = Array.from({ length: 20 }, (_, n) => `crowd-${n}`)
    await Promise.all(ids.map((id) => holds.place(hold(id, 'secret/crowd'))))
    expect((await holds.covering(['secret/crowd'], AT)).map(({ id }) => id).sort()).toEqual(ids.sort())
  })

  it('held and released hundreds of times keeps its item small', async () => {
    const holds = openHolds(openTable(on.client, TABLE))
    const scope = 'secret/often'
    for (let n = 0; n < 250; n++) {
      await holds.place({ ...hold(`often-${n}`, scope), reason: 'x'.repeat(1_000) })
      await holds.release(scope, `often-${n}`, 'ben', LATER)
    }
    const { Item } = await on.client.send(new GetCommand({ TableName: TABLE, Key: { id: `hold#${scope}` } }))
    expect(JSON.stringify(Item).length).toBeLessThan(8_000)
    expect(await holds.since([scope], AT)).toHaveLength(250)
  })

  it('is held until its end, however far ahead the clocks of others are', async () => {
    const holds = openHolds(openTable(on.client, TABLE))
    const scope = 'secret/ahead'
    await holds.place({ ...hold('patient', scope), until: '2026-11-29T05:00:00.000Z' })
    const ahead = '2026-11-29T06:00:00.000Z'
    const placed = await holds.place({ ...hold('ahead', scope), placedAt: ahead })
    expect(placed).toMatchObject({ beside: [] })
    await holds.release(scope, 'ahead', 'ben', ahead)
    expect(await holds.covering([scope], LATER)).toMatchObject([{ id: 'patient' }])
    // A day later it goes, and no more of them stay than can be in force.
    for (let n = 0; n < 30; n++) {
      const [placedAt, until] = [`2026-11-30T05:${10 + n}:00.000Z`, `2026-11-30T05:${10 + n}:30.000Z`]
      await holds.place({ ...hold(`short-${n}`, scope), placedAt, until })
    }
    const { Item = {} } = await on.client.send(
      new GetCommand({ TableName: TABLE, Key: { id: `hold#${scope}` } }),
    )
    expect(Object.keys(Item.active)).not.toContain('patient')
    expect(Object.keys(Item.active).length).toBeLessThanOrEqual(21)
    expect(await holds.since([scope], AT)).toHaveLength(32)
  })

  it('of which an earlier release tells 250 holds, more than one transaction takes, loses none', async () => {
    const scope = 'secret/hundreds'
    const at = (minute: number) => new Date(Date.parse(AT) + (minute - 2_000) * 60_000).toISOString()
    const events = Array.from({ length: 250 }, (_, n) => ({
      ...{ at: at(n), action: 'placed', by: 'ana', reason: 'incident', until: at(n + 1) },
    }))
    await on.client.send(new PutCommand({ TableName: TABLE, Item: { id: `hold#${scope}`, scope, events } }))
    const holds = openHolds(openTable(on.client, TABLE))
    expect(await holds.place(hold('new', scope))).toMatchObject({ placed: { id: 'new' }, beside: [] })
    const { Item } = await on.client.send(new GetCommand({ TableName: TABLE, Key: { id: `hold#${scope}` } }))
    expect(Object.keys(Item?.active)).toEqual(['new'])
    expect(await holds.since([scope], at(0))).toHaveLength(251)
  })

  it('that two people held in one millisecond, as the release before has it, can be held and released', async () => {
    const scope = 'secret/twice'
    const placed = { at: AT, action: 'placed', by: 'ana', reason: 'incident' }
    const events = [placed, { ...placed, by: 'ben' }, { at: LATER, action: 'released', by: 'ben' }]
    await on.client.send(new PutCommand({ TableName: TABLE, Item: { id: `hold#${scope}`, scope, events } }))
    const holds = openHolds(openTable(on.client, TABLE))
    expect(await holds.place({ ...hold('third', scope), placedAt: LATER })).toMatchObject({ beside: [] })
    expect(await holds.release(scope, 'third', 'ben', LATER)).toMatchObject({ id: 'third' })
    expect(await holds.covering([scope], LATER)).toEqual([])
  })

  it('that nobody holds is in no list, whoever has released it', async () => {
    const { Items = [] } = await on.client.send(new ScanCommand({ TableName: TABLE }))
    for (const { id, unsettled, active = {} } of Items) {
      if (id.startsWith('hold#')) expect(unsettled === 'hold', id).toBe(Object.keys(active).length > 0)
    }
  })
})
