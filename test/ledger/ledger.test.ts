import { GetCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Status } from '../../src/model/rotation.ts'
import { aClaim, localLedger, TABLE } from './table.ts'

let on: Awaited<ReturnType<typeof localLedger>>
beforeAll(async () => {
  on = await localLedger()
})
afterAll(() => on.aws.stop())

const AT = '2026-11-24T03:00:02.000Z'
const item = async (id: string) =>
  (await on.client.send(new GetCommand({ TableName: TABLE, Key: { id } }))).Item

describe('a claim', () => {
  it('is the first one’s: the second reads what the first wrote', async () => {
    const claim = aClaim({ executionArn: 'first' })
    const first = await on.ledger.claim(claim)
    const second = await on.ledger.claim({ ...claim, executionArn: 'second', claimedAt: AT })
    expect(first).toEqual({
      ...claim,
      status: 'CLAIMED',
      events: [{ at: claim.claimedAt, status: 'CLAIMED' }],
    })
    expect(second).toEqual(first)
    expect(await on.ledger.get(claim.rotationId)).toEqual(first)
  })

  it('is one execution’s where twenty ask at once, and all of them see whose', async () => {
    const claim = aClaim()
    const executions = Array.from({ length: 20 }, (_, index) => `execution-${index}`)
    const answers = await Promise.all(
      executions.map((executionArn) => on.ledger.claim({ ...claim, executionArn })),
    )
    expect(new Set(answers.map(({ executionArn }) => executionArn)).size).toBe(1)
    expect(executions).toContain(answers[0]?.executionArn)
  })

  it('whose answer got lost is still its own', async () => {
    const claim = aClaim({ executionArn: 'mine' })
    on.aws.faults.push({ service: 'dynamodb', action: 'PutItem', times: 1, kind: 'lost-response' })
    const answer = await on.ledger.claim(claim)
    expect(answer).toMatchObject({ executionArn: 'mine', status: 'CLAIMED' })
    expect(await on.ledger.claim({ ...claim, executionArn: 'other' })).toEqual(answer)
  })

  it('has words of a length, whatever came', async () => {
    const long = 'x'.repeat(450_000)
    const claim = aClaim({ requestReason: long, requester: `ana\n${long}`, override: long })
    expect((await on.ledger.claim(claim)).requestReason).toMatch(
      /^x{3900,4000} … \(cut: 450000 characters\)$/,
    )
    const change = { status: 'FAILED', at: AT, reason: 'HOOK_FAILED', message: long } as const
    const settled = await on.ledger.transition(claim.rotationId, ['CLAIMED'], change)
    expect(settled.status).toBe('FAILED')
    expect(settled.events.at(-1)?.message).toBe(settled.message)
    expect(settled.message).toHaveLength(4_000)
  })

  it('expires 400 days after it was made', async () => {
    const claim = aClaim({ claimedAt: '2026-01-01T00:00:00.999Z' })
    await on.ledger.claim(claim)
    expect((await item(claim.rotationId))?.expiresAt).toBe(Date.parse('2027-02-05T00:00:00Z') / 1_000)
  })

  it('that fails for another reason is thrown, not taken for a duplicate', async () => {
    on.aws.faults.push({
      service: 'dynamodb',
      action: 'PutItem',
      times: 9,
      kind: 'error',
      code: 'AccessDeniedException',
    })
    await expect(on.ledger.claim(aClaim())).rejects.toThrow()
    on.aws.faults.length = 0
  })
})

describe('a transition', () => {
  const steps: [from: Status[], status: Status][] = [
    [['CLAIMED'], 'ROTATING'],
    [['CLAIMED', 'ROTATING'], 'SUCCEEDED'],
  ]

  it('moves along and keeps every step, oldest first', async () => {
    const { rotationId } = await on.ledger.claim(aClaim())
    const second = await on.ledger.transition(rotationId, ['CLAIMED'], {
      status: 'ROTATING',
      at: AT,
      startedAt: AT,
      skewMs: 12,
      secretArn: undefined,
    })
    expect(second).toMatchObject({ status: 'ROTATING', startedAt: AT, skewMs: 12 })
    expect(second).not.toHaveProperty('secretArn')
    const third = await on.ledger.transition(rotationId, ['CLAIMED', 'ROTATING'], {
      status: 'FAILED',
      at: '2026-11-24T03:00:09.000Z',
      reason: 'ROTATION_REFUSED',
      message: 'AWS said no',
      settledAt: '2026-11-24T03:00:09.000Z',
    })
    expect(third).toMatchObject({ skewMs: 12, reason: 'ROTATION_REFUSED' })
    expect(third.events).toEqual([
      { at: '2026-11-24T03:00:01.000Z', status: 'CLAIMED' },
      { at: AT, status: 'ROTATING' },
      {
        at: '2026-11-24T03:00:09.000Z',
        status: 'FAILED',
        reason: 'ROTATION_REFUSED',
        message: 'AWS said no',
      },
    ])
    expect(await on.ledger.get(rotationId)).toEqual(third)
  })

  it.each(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'SKIPPED'] as const)(
    'is not one out of %s',
    async (status) => {
      const { rotationId } = await on.ledger.claim(aClaim())
      const settled = await on.ledger.transition(rotationId, ['CLAIMED'], { status, at: AT, settledAt: AT })
      for (const [from, next] of steps) {
        const answer = await on.ledger.transition(rotationId, from, {
          status: next,
          at: AT,
          message: 'again',
        })
        expect(answer).toEqual(settled)
      }
      expect(await on.ledger.get(rotationId)).toEqual(settled)
    },
  )

  it('of twenty at once happens once', async () => {
    const { rotationId } = await on.ledger.claim(aClaim())
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        on.ledger.transition(rotationId, ['CLAIMED'], { status: 'ROTATING', at: AT, skewMs: index }),
      ),
    )
    expect(new Set(answers.map((it) => JSON.stringify(it))).size).toBe(1)
    expect(answers[0]?.events).toHaveLength(2)
  })

  it('whose answer got lost reads the same the second time, and is written once', async () => {
    const { rotationId } = await on.ledger.claim(aClaim())
    on.aws.faults.push({ service: 'dynamodb', action: 'UpdateItem', times: 1, kind: 'lost-response' })
    const change = { status: 'SUCCEEDED', at: AT, settledAt: AT, rotatedAt: AT } as const
    const answer = await on.ledger.transition(rotationId, ['CLAIMED', 'ROTATING'], change)
    expect(answer).toMatchObject({ status: 'SUCCEEDED', rotatedAt: AT })
    expect(answer.events).toHaveLength(2)
    expect(await on.ledger.transition(rotationId, ['CLAIMED', 'ROTATING'], change)).toEqual(answer)
  })

  it('of what is not there says so', async () => {
    const change = { status: 'ROTATING', at: AT } as const
    await expect(on.ledger.transition('nobody', ['CLAIMED'], change)).rejects.toThrow(
      /rotation nobody is not in the ledger table tourbillon-test-ledger/,
    )
    expect(await on.ledger.get('nobody')).toBeUndefined()
  })
})

describe('unsettled', () => {
  const unsettled = async () => {
    const ids: string[] = []
    for await (const { rotationId } of on.ledger.query('unsettled', 'yes')) ids.push(rotationId)
    return ids
  }

  it.each(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'SKIPPED', 'MISSED'] as const)(
    'holds a rotation until it is %s',
    async (status) => {
      const { rotationId } = await on.ledger.claim(aClaim())
      expect(await unsettled()).toContain(rotationId)
      await on.ledger.transition(rotationId, ['CLAIMED'], { status: 'ROTATING', at: AT })
      expect(await unsettled()).toContain(rotationId)
      await on.ledger.transition(rotationId, ['ROTATING'], { status, at: AT })
      expect(await unsettled()).not.toContain(rotationId)
      expect(await item(rotationId)).not.toHaveProperty('unsettled')
    },
  )
})

describe('a record', () => {
  it('carries nothing that only the table needs', async () => {
    const { rotationId } = await on.ledger.claim(aClaim({ schedule: 'leaks' }))
    const after = await on.ledger.transition(rotationId, ['CLAIMED'], { status: 'ROTATING', at: AT })
    for await (const queried of on.ledger.query('bySchedule', 'leaks')) expect(queried).toEqual(after)
    for (const key of ['id', 'day', 'unsettled', 'expiresAt']) expect(after).not.toHaveProperty(key)
  })
})
