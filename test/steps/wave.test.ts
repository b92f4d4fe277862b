import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { DEFAULT_TOLERANCES } from '../../src/model/tolerances.ts'
import { doorOf, memoryApprovals, memoryExceptions, memoryHolds } from '../../src/rehearse/world/deeds.ts'
import { memoryLedger } from '../../src/rehearse/world/ledger.ts'
import { memoryDeliveries, memoryPolicies, memoryWaves } from '../../src/rehearse/world/stores.ts'
import type { Notification } from '../../src/rotation/notification.ts'
import type { Ports } from '../../src/rotation/ports.ts'
import { runPart, runWave } from '../../src/rotation/run-wave.ts'
import type { PartRequest } from '../../src/rotation/wave.ts'
import { waveOf } from '../../src/rotation/wave-request.ts'
import { type Run, STOPPED, sdk, simulator } from './runners.ts'

/** One that fails stops no other: waves on the SDK's own runner, whose `map` ends at the first item that throws. */
const RUNS: Record<string, Run> = { simulator, SDK: sdk }

const INSTANT = '2026-11-29T03:00:00.000Z'

/** A world where everything happens at once, its clock ten seconds past the instant. Its ledger refuses these secrets. */
function quickWorld(schedule: Partial<Config['schedules'][number]>, refuses: string[] = []) {
  const ledger = memoryLedger()
  const told: Notification[] = []
  const rotated = new Map<string, string>()
  const describe = async (Name: string) => {
    const token = rotated.get(Name)
    const VersionIdsToStages = { [token ?? 'first']: ['AWSCURRENT'] }
    const secret = { Name, ARN: `arn:aws:secretsmanager:eu-central-1:000000000000:secret:${Name}-abcdef` }
    return {
      secret: {
        ...secret,
        RotationLambdaARN: 'arn',
        RotationEnabled: true,
        VersionIdsToStages,
        $metadata: {},
      },
    }
  }
  const config: Config = {
    stage: 'test',
    version: '0123456789ab',
    freezes: [],
    schedules: [
      {
        name: 'nightly',
        when: 'cron(0 3 * * ? *)',
        timezone: 'UTC',
        secrets: ['bad', 'a', 'b', 'c'],
        windowSeconds: 1_800,
        timeoutSeconds: 300,
        precision: 'minute',
        concurrency: 1,
        before: [],
        after: [],
        enabled: true,
        ignoreFreezes: [],
        ...schedule,
      },
    ],
  }
  const world: Ports = {
    config,
    ledger: {
      ...ledger,
      claim: async (claim) => {
        if (refuses.includes(claim.secret)) throw new Error(`the ledger refuses ${claim.secret}`)
        return ledger.claim(claim)
      },
    },
    holds: memoryHolds(),
    exceptions: memoryExceptions(),
    waves: memoryWaves(),
    approvals: memoryApprovals(),
    ...doorOf(),
    deliveries: memoryDeliveries(),
    policies: memoryPolicies(),
    readTolerances: async () => DEFAULT_TOLERANCES,
    secrets: {
      list: async () => ({ names: [], replicas: [] }),
      describe,
      rotate: async (secret, token) => {
        rotated.set(secret, token)
        return { versionId: token }
      },
    },
    secretsIn: () => world.secrets,
    calendarState: async () => ({ state: 'OPEN' }),
    invokeHook: async () => ({}),
    notify: async (news) => void told.push(news),
    now: () => Date.parse(INSTANT) + 10_000,
    sleepUntil: async () => {},
    executionArn: 'one',
    rotateFunction: 'rotate:live',
    log: () => {},
  }
  const statuses = () =>
    Object.fromEntries([...ledger.rows.values()].map(({ secret, status }) => [secret, status]))
  const wave = () => told.flatMap((news) => (news.about === 'wave' ? [news.wave] : []))
  return { world, statuses, wave }
}

const request = { schedule: 'nightly', scheduledAt: INSTANT }

describe.each(Object.entries(RUNS))('%s', (name, run) => {
  if (name === 'SDK') {
    beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }))
    afterAll(() => LocalDurableTestRunner.teardownTestEnvironment())
  }

  it.each([1, 2, 4])('a rotation that cannot be recorded stops no other, %i at once', async (concurrency) => {
    const { world, statuses, wave } = quickWorld({ concurrency }, ['bad'])
    const body = (steps: Parameters<typeof runWave>[0]) =>
      runWave(steps, waveOf(request, world.config), world)
    await expect(run({ body })).rejects.toThrow(
      '1 of 4 rotations of nightly of 2026-11-29T03:00:00.000Z have no outcome yet, which the audit settles: "bad": the ledger refuses bad',
    )
    expect(statuses()).toEqual({ a: 'SUCCEEDED', b: 'SUCCEEDED', c: 'SUCCEEDED' })
    expect(wave()).toMatchObject([{ secrets: 4, outcomes: { SUCCEEDED: 3 }, unended: 1 }])
  })

  it('a part that is stopped, or fails, stops no other', async () => {
    // So many looks within the timeout that an execution holds one rotation.
    const { world, statuses, wave } = quickWorld({ timeoutSeconds: 150_000 }, ['b'])
    let parts = 0
    const part = async (input: unknown, steps: Parameters<typeof runWave>[0]) => {
      const { wave } = input as PartRequest
      if (wave.secrets[0] === 'bad') return STOPPED
      return runPart(steps, { wave }, { ...world, executionArn: `part ${parts++}` })
    }
    const body = (steps: Parameters<typeof runWave>[0]) =>
      runWave(steps, waveOf(request, world.config), world)
    await expect(run({ body, others: { 'rotate:live': part } })).rejects.toThrow(
      /2 of 4 rotations .* part 1 of 4: stopped by an operator; and 1 more/,
    )
    expect(statuses()).toEqual({ a: 'SUCCEEDED', c: 'SUCCEEDED' })
    expect(wave()).toMatchObject([{ secrets: 4, outcomes: { SUCCEEDED: 2 }, unended: 2 }])
  })
})
