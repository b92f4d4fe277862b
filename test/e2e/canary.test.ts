import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { namesOf } from '../../src/model/resource-names.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { type Stage, startStage } from '../cli/stage.ts'

const fleet = Array.from({ length: 45 }, (_, index) => `fleet/${String(index).padStart(2, '0')}`)
/** Seconds ago, so that a scheduled occurrence is due now. */
const at = new Date(Date.now() - 5_000)
const WHEN = `cron(${at.getUTCMinutes()} ${at.getUTCHours()} * * ? *)`
const scheduledAt = `${at.toISOString().slice(0, 16)}:00Z`

let on: Stage
beforeAll(async () => {
  on = await startStage(
    'canary',
    `defaults: { timezone: UTC, window: 10m, timeout: 2s, canary: 1 }
schedules:
  broken: { when: "${WHEN}", secrets: [broken/a, broken/b, broken/c] }
  fleet: { when: "${WHEN}", secrets: [${fleet.join(', ')}], canary: [fleet/44] }
  chosen: { when: "${WHEN}", secrets: { prefix: chosen/ }, canary: 2 }
  good: { when: "${WHEN}", secrets: [good/a, good/b, good/c], timeout: 30s, canary: [good/b] }
`,
  )
  const broken = ['broken/a', 'broken/b', 'broken/c', 'chosen/a', 'chosen/b', 'chosen/c', ...fleet]
  const good = ['good/a', 'good/b', 'good/c']
  await Promise.all([...broken.map((it) => on.secret(it, 'throw')), ...good.map((it) => on.secret(it))])
  on.aws.functions.set('throw', async (event) => {
    called.add((event as { SecretId: string }).SecretId.replace(/^.*:secret:|-\w{6}$/g, ''))
    throw new Error('the database is down')
  })
})
afterAll(() => on.stop())

async function deliver(schedule: string, request: object = { scheduledAt }): Promise<void> {
  const Payload = JSON.stringify({ schedule, ...request })
  const { FunctionError } = await new LambdaClient({}).send(
    new InvokeCommand({ FunctionName: namesOf('canary').rotateAlias, Payload }),
  )
  expect(FunctionError).toBeUndefined()
}

async function rotationsOf(schedule: string): Promise<Rotation[]> {
  const found: Rotation[] = []
  for await (const rotation of on.ledger.query('bySchedule', schedule)) found.push(rotation)
  return found.sort((a, b) => (a.secret < b.secret ? -1 : 1))
}

/** Secrets that a rotation function was called for. */
const called = new Set<string>()
const touched = (prefix: string) => [...called].filter((name) => name.startsWith(prefix)).sort()

describe.concurrent('with a function that breaks every secret, on the durable SDK', () => {
  it('delivered twice at once: the canary is touched, the rest is not, and people hear of it once', async () => {
    await Promise.all([deliver('broken'), deliver('broken')])
    expect(touched('broken/')).toEqual(['broken/a'])
    const [canary, ...rest] = await rotationsOf('broken')
    expect(canary).toMatchObject({ status: 'TIMED_OUT', secret: 'broken/a' })
    const held = { status: 'SKIPPED', reason: 'CANARY_NOT_VERIFIED' }
    const message = 'canary "broken/a" is TIMED_OUT PENDING_VERSION_STUCK'
    expect(rest).toMatchObject([
      { ...held, message },
      { ...held, message },
    ])
    const pages = on.aws.published.filter(({ text }) => text.includes('broken/a'))
    expect(pages.map(({ attributes }) => attributes.id)).toEqual([expect.stringMatching(/^wave\/broken#/)])
    expect(pages[0]?.text).toContain(message)
    for (const command of [
      ['status'],
      ['history', '--schedule', 'broken'],
      ['report', '--from', new Date(Date.now() - 86_400_000).toISOString()],
    ]) {
      const { stdout } = await on.run(...command)
      expect([command, stdout]).toEqual([command, expect.stringMatching(/CANARY\\?_NOT\\?_VERIFIED/)])
    }
    // What is asked for by hand tries its own canary first.
    await deliver('broken', { requestId: 'r-1', scheduledAt: new Date().toISOString() })
    expect(touched('broken/')).toEqual(['broken/a'])
    await deliver('broken', {
      requestId: 'r-2',
      secrets: ['broken/c'],
      scheduledAt: new Date().toISOString(),
    })
    expect(touched('broken/')).toEqual(['broken/a', 'broken/c'])
  })

  it('a wave in parts: the one that is named', async () => {
    await deliver('fleet')
    expect(touched('fleet/')).toEqual(['fleet/44'])
    const rows = await rotationsOf('fleet')
    expect(rows.filter(({ reason }) => reason === 'CANARY_NOT_VERIFIED')).toHaveLength(44)
  })

  it('chosen by a selector: the first two by name', async () => {
    await deliver('chosen')
    expect(touched('chosen/')).toEqual(['chosen/a', 'chosen/b'])
    expect((await rotationsOf('chosen'))[2]).toMatchObject({ reason: 'CANARY_NOT_VERIFIED' })
  })

  it('where nothing is broken the rest follows the canary, wherever that stands', async () => {
    await deliver('good')
    const [a, b, c] = await rotationsOf('good')
    expect([a?.status, b?.status, c?.status]).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED'])
    const verifiedAt = b?.settledAt ?? '9'
    for (const { startedAt = '' } of [a, c].flatMap((it) => it ?? []))
      expect(startedAt >= verifiedAt).toBe(true)
  })
})
