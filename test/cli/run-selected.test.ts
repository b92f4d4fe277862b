import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Rotation } from '../../src/model/rotation.ts'
import type { RotateNowAnswer } from '../../src/rotation/rotate-now.ts'
import { DEEP } from '../deep.ts'
import { type Stage, startStage } from './stage.ts'

let on: Stage
beforeAll(async () => {
  on = await startStage(
    'selected',
    `defaults: { timezone: UTC, window: 5m, timeout: 5s }
schedules:
  good: { when: cron(0 3 ? * SUN *), secrets: { prefix: good/ } }
  mixed: { when: cron(0 4 ? * SUN *), secrets: { prefix: mixed/ }, timeout: 2s }
  nobody: { when: cron(0 5 ? * SUN *), secrets: { prefix: nobody/ } }
  denied: { when: cron(0 5 ? * SUN *), secrets: { prefix: denied/ }, window: 1m }
`,
  )
  await Promise.all([
    on.secret('good/one'),
    on.secret('good/two'),
    on.secret('mixed/fine'),
    on.secret('mixed/broken', 'throw'),
  ])
})
afterAll(() => on.stop())

const rotationsIn = (stdout: string) => JSON.parse(stdout) as Rotation[]

describe.concurrent('run of a schedule that selects its secrets', () => {
  it('follows what the selector has chosen, to the end', async () => {
    const { code, stdout, stderr } = await on.run('run', '--schedule', 'good', '--json')
    expect(code).toBe(0)
    expect(rotationsIn(stdout).map(({ secret, status }) => [secret, status])).toEqual([
      ['good/one', 'SUCCEEDED'],
      ['good/two', 'SUCCEEDED'],
    ])
    expect(stderr).toMatch(/rotating at .*Z what the schedule selects then, as good#/)
  })

  it('is bad news where one of them did not succeed', async () => {
    const { code, stdout } = await on.run('run', '--schedule', 'mixed', '--json')
    expect(code).toBe(1)
    expect(rotationsIn(stdout).map(({ secret, status }) => [secret, status])).toEqual([
      ['mixed/broken', 'TIMED_OUT'],
      ['mixed/fine', 'SUCCEEDED'],
    ])
  })

  it('is bad news where nothing matches', async () => {
    const { code, stdout, stderr } = await on.run('run', '--schedule', 'nobody')
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/no secret matches the prefix \S+: nothing was rotated/)
  })

  // It is tried again for half a minute.
  it.runIf(DEEP)('is bad news of another kind where they cannot be listed', async () => {
    const denied = { kind: 'error', code: 'AccessDeniedException', times: 1e9 } as const
    const nobody = (input: unknown) => JSON.stringify(input).includes('denied/')
    on.aws.faults.push({ service: 'secretsmanager', action: 'ListSecrets', match: nobody, ...denied })
    const { code, stderr } = await on.run('run', '--schedule', 'denied')
    expect(code).toBe(1)
    expect(stderr).toMatch(/could not list the secrets of denied: .*AccessDenied.*: nothing was rotated/)
    expect(stderr).not.toContain('no secret matches')
  })

  it('says on a dry run, and without waiting, that a selector chooses', async () => {
    const dry = await on.run('run', '--schedule', 'good', '--dry-run', '--json')
    expect(JSON.parse(dry.stdout)).toMatchObject({ selects: true, dryRun: true })
    const { code, stdout } = await on.run('run', '--schedule', 'good', '--no-wait', '--json')
    expect(code).toBe(0)
    const { waveId, requestId, ...rest } = JSON.parse(stdout) as RotateNowAnswer
    expect(waveId).toBe(`good#${requestId}`)
    expect(rest.selects).toBe(true)
    expect(rest).not.toHaveProperty('rotations')
  })
})
