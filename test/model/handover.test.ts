import { expect, it } from 'vitest'
import { handoverFinding } from '../../src/model/finding.ts'
import { type Handover, handoverLine } from '../../src/model/handover.ts'
import type { Rotation } from '../../src/model/rotation.ts'

it('of many who could not, a text names ten, first those that failed, and says how many more', () => {
  const detail = 'x'.repeat(300)
  const since = '2026-11-28T03:00:00.000Z'
  const consumers = Array.from({ length: 120 }, (_, index) => ({
    ...{ id: `ecs:shop/${index}`, since, detail },
    state: index === 0 ? ('FRESH' as const) : index > 100 ? ('FAILED' as const) : ('WAITING' as const),
  }))
  const handover: Handover = { status: 'PARTIAL', until: since, consumers }
  const { message } = handoverFinding({ rotationId: 'r', schedule: 's', secret: 'a' } as Rotation, handover)
  // EventBridge takes 256 KB at once, of all that is told at once.
  expect(message.length).toBeLessThan(5_000)
  expect(message).toMatch(/^PARTIAL: 1 of 120 fresh; ecs:shop\/101 FAILED: .*; and 109 more$/)
  expect(handoverLine(handover, Number.POSITIVE_INFINITY)).toMatch(/ecs:shop\/100 WAITING: x+$/)
})
