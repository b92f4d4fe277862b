import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Fact } from '../../src/ledger/facts.ts'
import { recordsOf } from '../../src/runtime/records.ts'
import { type Stage, startStage } from './stage.ts'

let on: Stage
beforeAll(async () => {
  on = await startStage(
    'told',
    'schedules:\n  nightly: { when: cron(0 3 * * ? *), timezone: UTC, secrets: [app/one] }\n',
  )
})
afterAll(() => on.stop())

it('status names what the ledger has of AWS that differs', async () => {
  const told = 'ABOUT AWS'
  expect((await on.run('status')).stdout).not.toContain(told)
  const fact: Fact = {
    ...{ name: 'version-id', seenAt: '2026-11-28T00:00:00.000Z', release: '0.0.0' },
    ...{ region: 'eu-central-1', expected: 'yes', seen: { isToken: false }, verdict: 'DIFFERS' },
  }
  // A table that came here with what it held elsewhere.
  await recordsOf('told').facts.put({ ...fact, name: 'label-event', region: 'us-east-1' })
  await recordsOf('told').facts.put(fact)
  const { stdout } = await on.run('status')
  expect(stdout).toContain('1 assumption does not hold here: version-id\n')
  expect(stdout).toContain('1 was seen by another release: version-id\n')
})

it('without a right to read facts, status says so and shows the rest', async () => {
  const [action, code] = ['BatchGetItem', 'AccessDeniedException']
  on.aws.faults.push({ service: 'dynamodb', action, kind: 'error', code, status: 400, times: 1 })
  const { stdout, stderr } = await on.run('status')
  expect(stderr).toBe('')
  expect(stdout).toContain('not known: dynamodb:BatchGetItem: not allowed')
  expect(stdout).toContain('nightly')
})
