import { afterAll, beforeAll, expect, it } from 'vitest'
import { rotationIdOf } from '../../src/model/identity.ts'
import { recordsOf } from '../../src/runtime/records.ts'
import { type Stage, startStage } from './stage.ts'

let on: Stage
const [secret, late] = ['app/one', 4_200]
const at = Math.floor(Date.now() / 60_000) * 60_000 - 2 * 3_600_000
const iso = (instant: number) => new Date(instant).toISOString()
beforeAll(async () => {
  on = await startStage(
    'prompt',
    `schedules:
  often: { when: cron(0 3 * * ? *), timezone: UTC, secrets: [app/one], precision: second, objective: { skew: 1s } }
`,
  )
  const { ledger } = recordsOf('prompt')
  const rotationId = rotationIdOf('often', secret, iso(at))
  await ledger.claim({
    ...{ rotationId, schedule: 'often', secret, secretName: secret, scheduledAt: iso(at) },
    ...{ trigger: 'SCHEDULE', claimedAt: iso(at), executionArn: 'e', configVersion: 'v' },
    limits: { windowSeconds: 1_800, timeoutSeconds: 900, objectiveSkewSeconds: 1 },
  })
  const began = { at: iso(at + late), startedAt: iso(at + late), skewMs: late }
  await ledger.transition(rotationId, ['CLAIMED'], { status: 'ROTATING', ...began })
  const done = iso(at + late + 2_000)
  const ended = { at: done, settledAt: done, rotatedAt: done, durationMs: 2_000 }
  await ledger.transition(rotationId, ['ROTATING'], { status: 'SUCCEEDED', ...ended })
})
afterAll(() => on.stop())

it('a rotation that missed its objective shows in status, and is no cause for alarm there', async () => {
  const { stdout } = await on.run('status')
  expect(stdout).toMatch(
    /LATER THAN THE OBJECTIVE in the last 24 h\n.* often .*1 began later than the objective of 1 s, at most\s+4\.2 s/,
  )
  const answer = JSON.parse((await on.run('status', '--json')).stdout)
  expect(answer.objectives).toEqual([
    { schedule: 'often', scheduledAt: iso(at), objectiveSkewSeconds: 1, missed: 1, mostMs: late, secret },
  ])
  expect(answer.wrong).toEqual([])
})

it('and in the report: a figure, a list, a column of the CSV', async () => {
  const from = ['--from', iso(at - 60_000), '--to', iso(at + 60_000)]
  const { stdout } = await on.run('report', ...from)
  expect(stdout).toMatch(/\| Objective missed \|\n/)
  expect(stdout).toMatch(
    /\| often \| 1 \| 0 \| 4\.2 s \| – \| 4\.2 s \| 1 \| 0 \| 2\.0 s \| – \| 2\.0 s \| 1 of 1 \|/,
  )
  expect(stdout).toMatch(
    /## Later than the objective\n\n.*\n.*\n\| .* \| app\/one \| often \| 1 s \| 4\.2 s \| SUCCEEDED \|/,
  )
  const { figures } = JSON.parse((await on.run('report', ...from, '--json')).stdout)
  expect(figures.stage.objective).toEqual({ kept: 0, missed: 1, unknown: 0 })
  const [header = '', row = ''] = (await on.run('report', ...from, '--format', 'csv')).stdout.split('\r\n')
  expect(row.split(',')[header.split(',').indexOf('objective_seconds')]).toBe('1')
})
