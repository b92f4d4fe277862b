import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTable } from '../../src/ledger/open-table.ts'
import { localLedger, TABLE } from './table.ts'

let on: Awaited<ReturnType<typeof localLedger>>
beforeAll(async () => {
  on = await localLedger()
})
afterAll(() => on.aws.stop())

const partial = (times: number) =>
  on.aws.faults.push({ service: 'dynamodb', action: 'BatchGetItem', times, kind: 'partial' })

describe('a batch', () => {
  const ids = ['a', 'b', 'c']
  beforeAll(async () => {
    for (const id of ids) await on.client.send(new PutCommand({ TableName: TABLE, Item: { id } }))
  })

  it('that is answered in part is asked for the rest', async () => {
    partial(2)
    expect(
      (await openTable(on.client, TABLE).getAll([...ids, 'no such'])).map(({ id }) => id).sort(),
    ).toEqual(ids)
  })

  it('whose rest is never answered is no answer, and not one with fewer items', async () => {
    partial(100)
    await expect(openTable(on.client, TABLE).getAll(ids)).rejects.toThrow(
      `DynamoDB left 1 of 3 keys of ${TABLE} unread, 4 times`,
    )
    on.aws.faults.length = 0
  })

  it('may be of more keys than one call takes', async () => {
    const many = Array.from({ length: 250 }, (_, index) => `many-${index}`)
    expect(await openTable(on.client, TABLE).getAll([...many, ...ids])).toHaveLength(3)
  })
})
