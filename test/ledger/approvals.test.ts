import { GetCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AHEAD, type ApprovalRequest, type Approvals, openApprovals } from '../../src/ledger/approvals.ts'
import { openTable } from '../../src/ledger/open-table.ts'
import { TTL_ATTRIBUTE } from '../../src/ledger/table.ts'
import { memoryApprovals } from '../../src/rehearse/world/deeds.ts'
import { aClaim, localLedger, TABLE } from './table.ts'

let on: Awaited<ReturnType<typeof localLedger>>
let table: Approvals
beforeAll(async () => {
  on = await localLedger()
  table = openApprovals(openTable(on.client, TABLE))
})
afterAll(() => on.aws.stop())

let count = 0
const aRequest = (parts: Partial<ApprovalRequest> = {}): ApprovalRequest => ({
  approvalId: `000-000-${String(count++).padStart(3, '0')}`,
  schedule: 'nightly',
  scheduledAt: '2026-11-24T03:00:00.000Z',
  secrets: 3,
  executionArn: 'execution-one',
  requestedAt: '2026-11-24T02:58:00.000Z',
  expiresAt: '2026-11-24T03:30:00.000Z',
  ...parts,
})

const inTime = '2026-11-24T03:29:59.999Z'
const late = '2026-11-24T03:30:00.000Z'
const yes = { status: 'APPROVED', by: 'ana', reason: 'CHG-7', at: inTime } as const
const no = { status: 'REJECTED', by: 'ben', reason: 'busy', at: inTime } as const
const nobody = { status: 'EXPIRED', at: late } as const

const memory = memoryApprovals()

// One contract for the table and for the simulator's memory.
describe.each([
  ['in DynamoDB', () => table],
  ['in memory', () => memory],
])('approvals %s', (_, approvals) => {
  it('are asked for once: whoever comes second finds the first', async () => {
    const request = aRequest()
    const first = await approvals().request(request)
    const pending = { at: request.requestedAt, status: 'PENDING' }
    expect(first).toEqual({ ...request, status: 'PENDING', events: [pending] })
    const second = await approvals().request({ ...request, executionArn: 'execution-two', secrets: 9 })
    expect(second).toEqual(first)
    expect(await approvals().get(request.approvalId)).toEqual(first)
  })

  it('take the first answer, and keep every event', async () => {
    const { approvalId, requestedAt } = await approvals().request(aRequest())
    const answered = await approvals().decide(approvalId, yes)
    expect(answered).toMatchObject({ status: 'APPROVED', by: 'ana', reason: 'CHG-7', answeredAt: inTime })
    expect(answered.events).toEqual([
      { at: requestedAt, status: 'PENDING' },
      { at: inTime, status: 'APPROVED', by: 'ana', reason: 'CHG-7' },
    ])
    for (const other of [no, { ...yes, by: 'cem' }, nobody]) {
      expect(await approvals().decide(approvalId, other)).toEqual(answered)
    }
    expect(await approvals().get(approvalId)).toEqual(answered)
  })

  it('of many answers at once take one', async () => {
    const { approvalId } = await approvals().request(aRequest())
    const people = Array.from({ length: 8 }, (_, n) => ({ ...(n % 2 ? yes : no), by: `p${n}` }))
    const seen = await Promise.all(people.map((answer) => approvals().decide(approvalId, answer)))
    expect(new Set(seen.map(({ by }) => by)).size).toBe(1)
    expect(seen[0]?.events).toHaveLength(2)
  })

  it('take no answer from the end on, but their end', async () => {
    const { approvalId } = await approvals().request(aRequest())
    expect(await approvals().decide(approvalId, { ...yes, at: late })).toMatchObject({ status: 'PENDING' })
    const ended = await approvals().decide(approvalId, nobody)
    expect(ended).toMatchObject({ status: 'EXPIRED', answeredAt: late })
    expect(ended).not.toHaveProperty('by')
    expect(await approvals().decide(approvalId, yes)).toEqual(ended)
  })

  it('may be approved without a reason', async () => {
    const { approvalId } = await approvals().request(aRequest())
    const { events, ...answered } = await approvals().decide(approvalId, { ...yes, reason: undefined })
    expect(answered).not.toHaveProperty('reason')
    expect(events.at(-1)).toEqual({ at: inTime, status: 'APPROVED', by: 'ana' })
  })

  it('made ahead become an execution’s own: the first one’s', async () => {
    const { secrets: _, ...ahead } = aRequest({ executionArn: AHEAD })
    const asked = await approvals().request(ahead)
    expect(asked).not.toHaveProperty('secrets')
    const { approvalId } = asked
    const mine = await approvals().takeUp(approvalId, { executionArn: 'execution-one', secrets: 3 })
    expect(mine).toEqual({ ...asked, executionArn: 'execution-one', secrets: 3 })
    expect(await approvals().takeUp(approvalId, { executionArn: 'execution-two', secrets: 4 })).toEqual(mine)
  })

  it('made ahead and answered are nobody’s to take up', async () => {
    const { approvalId } = await approvals().request(aRequest({ executionArn: AHEAD }))
    const answered = await approvals().decide(approvalId, yes)
    expect(await approvals().takeUp(approvalId, { executionArn: 'one', secrets: 3 })).toEqual(answered)
  })

  it('note the callback while there is no answer', async () => {
    const { approvalId } = await approvals().request(aRequest())
    expect(await approvals().noteCallback(approvalId, 'one')).toMatchObject({ callbackId: 'one' })
    expect(await approvals().noteCallback(approvalId, 'two')).toMatchObject({ callbackId: 'two' })
    await approvals().decide(approvalId, yes)
    expect(await approvals().noteCallback(approvalId, 'three')).toMatchObject({ callbackId: 'two' })
  })

  it('that are pending come soonest first, and not past their end', async () => {
    const day = (n: number) => ({
      scheduledAt: `2027-01-0${n}T03:00:00.000Z`,
      expiresAt: `2027-01-0${n}T03:30:00.000Z`,
    })
    for (const n of [3, 1, 2, 4]) await approvals().request(aRequest({ approvalId: `day-${n}`, ...day(n) }))
    await approvals().decide('day-2', yes)
    const found = await approvals().pending('2027-01-01T03:30:00.000Z')
    expect(found.map(({ approvalId }) => approvalId)).toEqual(['day-3', 'day-4'])
  })

  it('that were never asked for are unknown', async () => {
    expect(await approvals().get('zzz-zzz-zzz')).toBeUndefined()
  })
})

describe('approvals in the table of rotations', () => {
  it('do not show among them, and expire with them', async () => {
    const request = aRequest({ schedule: 'apart' })
    await table.request(request)
    const { rotationId } = await on.ledger.claim(aClaim({ schedule: 'apart' }))
    const found: string[] = []
    for await (const rotation of on.ledger.query('bySchedule', 'apart')) found.push(rotation.rotationId)
    expect(found).toEqual([rotationId])
    const { Item } = await on.client.send(
      new GetCommand({ TableName: TABLE, Key: { id: `approval#${request.approvalId}` } }),
    )
    expect(Item?.[TTL_ATTRIBUTE]).toBe(Date.parse('2027-12-29T02:58:00.000Z') / 1_000)
  })
})
