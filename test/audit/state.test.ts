import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuditStates, openAuditStates } from '../../src/ledger/audit-state.ts'
import { openTable } from '../../src/ledger/open-table.ts'
import { memoryStates } from '../../src/rehearse/world/stores.ts'
import { localLedger, TABLE } from '../ledger/table.ts'

let table: Awaited<ReturnType<typeof localLedger>>
beforeAll(async () => {
  table = await localLedger()
})
afterAll(() => table.aws.stop())

const both: Record<string, () => AuditStates> = {
  'in DynamoDB': () => openAuditStates(openTable(table.client, TABLE)),
  'in the simulator': memoryStates,
}

describe.each(Object.keys(both))('the watermark %s', (where) => {
  it('moves from what was read only: of two at once, one', async () => {
    const states = (both[where] as () => AuditStates)()
    expect(await states.get()).toEqual({ revision: 0 })
    const first = { ranAt: '2026-11-29T03:05:00.000Z', marks: {} }
    expect(await states.put(first, 0)).toBe(true)
    expect(await states.put({ ...first, ranAt: 'never' }, 0)).toBe(false)
    expect(await states.get()).toEqual({ state: first, revision: 1 })
    const mark = { until: '2026-11-29T03:02:00.000Z', timing: 'cron(0 3 * * ? *) UTC' }
    const second = { ...first, marks: { 'a.b-c': mark }, lookedAgainAt: first.ranAt }
    expect(await states.put(second, 1)).toBe(true)
    expect(await states.put(first, 1)).toBe(false)
    expect(await states.get()).toEqual({ state: second, revision: 2 })
  })
})
