import { readFile, writeFile } from 'node:fs/promises'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Holds } from '../../src/ledger/holds.ts'
import type { Scope } from '../../src/model/hold.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import { recordsIn } from '../../src/runtime/records.ts'
import { type Stage, startStage } from '../cli/stage.ts'

/**
 * Holds of the release before they had ids, and these, on one table: a rolled back deploy, or a command of either
 * release beside handlers of the other. What one keeps shut, the other does.
 */

const TABLE = namesOf('rolled').ledgerTable

type Placed = { scope: Scope; reason: string; by: string; placedAt: string; until?: string }
type EarlierEvent = { at: string; action: string; until?: string }
type Earlier = {
  place(hold: Placed): Promise<unknown>
  release(scope: Scope, by: string, at: string): Promise<unknown>
  covering(schedule: string, secretName: string, now: string): Promise<{ by: string; until?: string }[]>
  everOver(schedule: string, secretName: string): Promise<{ events: EarlierEvent[] }[]>
  inForce(now: string): Promise<{ scope: string; reason: string }[]>
}

let on: Stage
let client: DynamoDBDocumentClient
let these: Holds
let earlier: Earlier

beforeAll(async () => {
  on = await startStage(
    'rolled',
    'defaults: { timezone: UTC }\nschedules:\n  nightly: { when: cron(0 3 * * ? *), secrets: [a] }\n',
  )
  const config = await import('./previous/config.mjs' as string)
  const file = `${process.env.TOURBILLON_CONFIG}.previous.json`
  await writeFile(file, JSON.stringify(config.parseConfig(on.file, await readFile(on.file, 'utf8')).config))
  process.env.TOURBILLON_CONFIG = file
  const previous = await import('./previous/handlers.mjs' as string)
  these = recordsIn(TABLE).holds
  earlier = previous.recordsIn(TABLE).holds
  client = DynamoDBDocumentClient.from(new DynamoDBClient({}))
})
afterAll(() => on.stop())

const minute = (n: number) => new Date(Date.parse('2026-11-29T03:00:00Z') + n * 60_000).toISOString()
const hold = (scope: Scope, n: number, until?: number) => ({
  ...{ scope, reason: `incident ${n}`, by: `person-${n}`, placedAt: minute(n) },
  ...(until !== undefined && { until: minute(until) }),
})
const place = (scope: Scope, n: number, until?: number) =>
  these.place({ id: `id-${n}`, ...hold(scope, n, until) })
const nameIn = (scope: Scope) => scope.replace('secret/', '')
const shutThen = async (scope: Scope, at: number) =>
  (await earlier.covering('other', nameIn(scope), minute(at))).length > 0
const shutNow = async (scope: Scope, at: number) =>
  (await these.covering([scope], minute(at))).map(({ by }) => by).sort()

/** As the earlier release's audit judged an instant (src/audit/held-at.ts of it). */
async function judgedHeldThen(scope: Scope, at: number): Promise<boolean> {
  return (await earlier.everOver('other', nameIn(scope))).some(({ events }) => {
    const last = events.filter((event) => event.at <= minute(at)).at(-1)
    return last?.action === 'placed' && !(last.until !== undefined && last.until <= minute(at))
  })
}

describe('the earlier release reads what this one holds', () => {
  it('as shut as long as any of it lasts, and open after', async () => {
    const scope = 'secret/new'
    await place(scope, 0, 30)
    await place(scope, 1, 10)
    expect(await Promise.all([5, 15, 29, 30].map((at) => shutThen(scope, at)))).toEqual([
      true,
      true,
      true,
      false,
    ])
    expect(await earlier.inForce(minute(5))).toMatchObject([{ scope, reason: 'incident 0' }])
    await place(scope, 2)
    expect(await shutThen(scope, 999)).toBe(true)
    await these.release(scope, 'id-2', 'ana', minute(3))
    expect(await Promise.all([4, 29, 30].map((at) => shutThen(scope, at)))).toEqual([true, true, false])
    await these.release(scope, 'id-0', 'ana', minute(4))
    expect(await Promise.all([5, 10].map((at) => shutThen(scope, at)))).toEqual([true, false])
    await these.release(scope, 'id-1', 'ana', minute(5))
    expect(await shutThen(scope, 6)).toBe(false)
    expect((await earlier.inForce(minute(6))).filter((it) => it.scope === scope)).toEqual([])
  })

  it('and judges a past instant by it', async () => {
    const scope = 'secret/judged'
    await place(scope, 10)
    expect(await Promise.all([9, 10, 99].map((at) => judgedHeldThen(scope, at)))).toEqual([false, true, true])
    await these.release(scope, 'id-10', 'ana', minute(20))
    expect(await Promise.all([9, 15, 20].map((at) => judgedHeldThen(scope, at)))).toEqual([
      false,
      true,
      false,
    ])
  })

  it('releases it, all of it, as it knows one hold of a scope; what is placed after that counts', async () => {
    const scope = 'secret/released-then'
    await place(scope, 0)
    await place(scope, 1)
    await earlier.release(scope, 'ben', minute(2))
    expect(await shutThen(scope, 3)).toBe(false)
    expect(await shutNow(scope, 3)).toEqual([])
    expect((await these.inForce(minute(3))).filter((it) => it.scope === scope)).toEqual([])
    await place(scope, 4)
    expect(await shutNow(scope, 5)).toEqual(['person-4'])
    expect(await shutThen(scope, 5)).toBe(true)
    const ended = (await these.since([scope], minute(-1))).map(
      ({ id, releasedBy = '' }) => `${id} ${releasedBy}`,
    )
    expect(ended.sort()).toEqual(['id-0 ben', 'id-1 ben', 'id-4 '])
  })

  it('places beside it: what stood there stays', async () => {
    const scope = 'secret/placed-then'
    await place(scope, 0)
    await earlier.place(hold(scope, 1, 10))
    expect(await shutNow(scope, 5)).toEqual(['person-0', 'person-1'])
    expect(await shutNow(scope, 11)).toEqual(['person-0'])
    const [theirs] = (await these.covering([scope], minute(5))).filter(({ by }) => by === 'person-1')
    await these.release(scope, theirs?.id ?? '', 'ana', minute(6))
    expect(await shutNow(scope, 7)).toEqual(['person-0'])
    expect(await shutThen(scope, 11)).toBe(true)
  })
})

describe('this release reads what the earlier one held', () => {
  it('as one hold, which has an id, and can be released and added to', async () => {
    const scope = 'secret/old'
    await earlier.place(hold(scope, 0))
    const [known, ...others] = await these.covering([scope], minute(1))
    expect(known).toMatchObject({
      ...hold(scope, 0),
      kind: 'hold',
      id: expect.stringMatching(/^...-...-...$/),
    })
    expect(others).toEqual([])
    expect((await these.inForce(minute(1))).find((it) => it.scope === scope)).toEqual(known)
    await place(scope, 1)
    // Its id is the same after it has been written anew.
    expect(await these.release(scope, known?.id ?? '', 'ana', minute(2))).toMatchObject({ by: 'person-0' })
    expect(await shutNow(scope, 3)).toEqual(['person-1'])
    expect(await shutThen(scope, 3)).toBe(true)
  })

  it('with all that ever happened to it, however much that is', async () => {
    const scope = 'secret/full'
    const events = Array.from({ length: 213 }, (_, n) => [
      { at: minute(2 * n), action: 'placed', by: 'mei', reason: 'x'.repeat(1_700) },
      { at: minute(2 * n + 1), action: 'released', by: 'jun' },
    ]).flat()
    const last = { ...hold(scope, 424), releasedAt: minute(425), releasedBy: 'jun' }
    const Item = { id: `hold#${scope}`, ...last, scheduledAt: minute(424), events }
    await client.send(new PutCommand({ TableName: TABLE, Item }))
    expect(await these.place({ id: 'id-500', ...hold(scope, 500) })).toMatchObject({
      placed: { id: 'id-500' },
    })
    const kept = await these.since([scope], minute(-1))
    expect(kept).toHaveLength(214)
    expect(kept.filter(({ releasedBy }) => releasedBy === 'jun')).toHaveLength(213)
    const { Item: written } = await client.send(
      new GetCommand({ TableName: TABLE, Key: { id: `hold#${scope}` } }),
    )
    expect(JSON.stringify(written).length).toBeLessThan(4_000)
  })
})
