import { readFile, writeFile } from 'node:fs/promises'
import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Claim } from '../../src/ledger/ledger.ts'
import { rotationIdOf, waveIdOf } from '../../src/model/identity.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import type { Adoption, Rotation, RunEnd } from '../../src/model/rotation.ts'
import { recordsIn } from '../../src/runtime/records.ts'
import { eventBridgeEvent } from '../audit/events.ts'
import { type Stage, startStage } from '../cli/stage.ts'
import { until } from '../local/fixture.ts'

/**
 * The previous release and this one on one table, as they meet in a deploy: executions sleep on the code that they
 * started with, deliveries and audits reach the new one, and a rollback turns it round. `previous/` is the release
 * before this one, kept by `keep.ts`.
 */

type Handler = (event?: unknown) => Promise<unknown>
type Release = {
  rotate: DurableLambdaHandler
  rotateNow: Handler
  audit: Handler
  observe: Handler
  recordsIn: typeof recordsIn
}

type EarlierRelease = (scope: string, by: string, at: string) => Promise<unknown>

const STAGE = 'meeting'
const NAMES = namesOf(STAGE)
const TABLE = NAMES.ledgerTable
/** The function as it was: an execution keeps to the version that it started with. */
const PREVIOUS = `${NAMES.rotateFunction}-previous`
const ORDERS = [
  ['previous', 'this'],
  ['this', 'previous'],
] as const

/** A daily expression whose last occurrence was an hour ago. */
const anHourAgo = new Date(Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000)
const daily = `cron(${anHourAgo.getUTCMinutes()} ${anHourAgo.getUTCHours()} * * ? *)`
const CASES = ['delivered', 'asleep', 'held', 'observed', 'asked', 'audited']
/** Of which records with all that this release may write are there. */
const FULL = ['full-ended', 'full-dead']
const NAMED = CASES.flatMap((name) => ORDERS.map(([first]) => `${name}-${first}`))

let on: Stage
const releases = {} as Record<'previous' | 'this', Release>

beforeAll(async () => {
  const yaml = `defaults: { timezone: UTC, window: 24h, timeout: 20s }
schedules:
${NAMED.map((name) => `  ${name}: { when: "${daily}", secrets: [meet/${name}] }`).join('\n')}
  approved: { when: "${daily}", secrets: [meet/approved], approval: { timeout: 1h } }
${FULL.map((name) => `  ${name}: { when: "${daily}", secrets: [meet/${name}] }`).join('\n')}
`
  on = await startStage(STAGE, yaml)
  for (const name of [...NAMED, ...FULL, 'approved']) await on.secret(`meet/${name}`)
  // Handlers read their environment as they load.
  releases.this = {
    rotate: (await import('../../handlers/rotate.ts')).handler as DurableLambdaHandler,
    rotateNow: (await import('../../handlers/rotate-now.ts')).handler as Handler,
    audit: (await import('../../handlers/audit.ts')).handler as Handler,
    observe: (await import('../../handlers/observe.ts')).handler as Handler,
    recordsIn,
  }
  const config = await import('./previous/config.mjs' as string)
  const file = `${process.env.TOURBILLON_CONFIG}.previous.json`
  await writeFile(file, JSON.stringify(config.parseConfig(on.file, await readFile(on.file, 'utf8')).config))
  process.env.TOURBILLON_CONFIG = file
  const previous = await import('./previous/handlers.mjs' as string)
  previous.logOutput.write = () => {}
  releases.previous = previous
  on.aws.durableFunctions.set(PREVIOUS, previous.rotate)
})
afterAll(() => on.stop())

/** Delivers to a release, as before and after a deploy, and waits for the end of the execution. */
async function deliver(release: 'previous' | 'this', request: object): Promise<void> {
  const FunctionName = release === 'this' ? NAMES.rotateAlias : `${PREVIOUS}:live`
  const { FunctionError, Payload } = await new LambdaClient({}).send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(request) }),
  )
  expect(FunctionError, Payload?.transformToString()).toBeUndefined()
}

async function recordsOf(schedule: string): Promise<Rotation[]> {
  const found: Rotation[] = []
  for await (const rotation of on.ledger.query('bySchedule', schedule)) found.push(rotation)
  return found
}

/** Versions that the secret ever had beside its first. */
async function versionsOf(name: string): Promise<string[]> {
  const secret = [...on.aws.secretsManager.secrets.values()].find((it) => it.name === name)
  return [...(secret?.versions.keys() ?? [])].slice(1)
}

describe.concurrent.each(ORDERS)('%s release, then %s', (first, second) => {
  const named = (name: string) => `${name}-${first}`

  it('rotates once what is delivered to both', async () => {
    const request = { schedule: named('delivered'), scheduledAt: anHourAgo.toISOString() }
    await Promise.all([deliver(first, request), deliver(second, request)])
    await deliver(second, request)
    const records = await recordsOf(named('delivered'))
    expect(records).toMatchObject([{ status: 'SUCCEEDED', scheduledAt: anHourAgo.toISOString() }])
    expect(await versionsOf(`meet/${named('delivered')}`)).toEqual([records[0]?.rotationId])
  })

  it('keeps to the instant of an execution that sleeps across the deploy', async () => {
    const at = new Date(Date.now() + 4_000).toISOString()
    const request = { requestId: named('asleep'), schedule: named('asleep'), scheduledAt: at }
    const one = deliver(first, request)
    await until(async () => (await recordsOf(named('asleep'))).length > 0, 'no claim')
    await Promise.all([one, deliver(second, request)])
    const records = await recordsOf(named('asleep'))
    expect(records).toMatchObject([{ status: 'SUCCEEDED', trigger: 'ON_DEMAND' }])
    expect((records[0]?.startedAt ?? '') >= at).toBe(true)
    expect(await versionsOf(`meet/${named('asleep')}`)).toEqual([records[0]?.rotationId])
  })

  it('heeds a hold of the other, and its release', async () => {
    const schedule = named('held')
    const request = (requestId: string) => ({
      requestId: `${requestId}-${first}`,
      schedule,
      scheduledAt: new Date().toISOString(),
    })
    const hold = {
      id: 'aaa-aaa-aaa',
      scope: `schedule/${schedule}` as const,
      reason: 'incident',
      by: 'ops',
      placedAt: anHourAgo.toISOString(),
    }
    await releases[first].recordsIn(TABLE).holds.place(hold)
    await deliver(second, request('held'))
    expect(await recordsOf(schedule)).toMatchObject([{ status: 'SKIPPED', reason: 'HELD' }])
    const now = new Date().toISOString()
    // The earlier release knows one hold of a scope, and no id.
    const { release } = releases[second].recordsIn(TABLE).holds
    const [known] = await recordsIn(TABLE).holds.covering([hold.scope], now)
    if (second === 'this') await release(hold.scope, known?.id ?? '', 'ops', now)
    else await (release as unknown as EarlierRelease)(hold.scope, 'ops', now)
    await deliver(first, request('released'))
    const statuses = (await recordsOf(schedule)).map(({ status }) => status)
    expect(statuses.sort()).toEqual(['SKIPPED', 'SUCCEEDED'])
  })

  it('hears AWS’s events of the other’s rotations', async () => {
    const told: Promise<unknown>[] = []
    const hear = (event: Parameters<typeof eventBridgeEvent>[0]) =>
      void told.push(releases[second].observe(eventBridgeEvent(event)))
    on.aws.secretsManager.listeners.push(hear)
    await deliver(first, { schedule: named('observed'), scheduledAt: anHourAgo.toISOString() })
    on.aws.secretsManager.listeners.splice(on.aws.secretsManager.listeners.indexOf(hear), 1)
    await Promise.all(told)
    expect(told.length).toBeGreaterThan(0)
    expect(await recordsOf(named('observed'))).toMatchObject([{ status: 'SUCCEEDED' }])
    expect(await recordsOf('external')).toEqual([])
  })

  it('starts once what is asked of both by one request id', async () => {
    const request = { requestId: named('asked'), schedule: named('asked'), reason: 'CHG-1' }
    await releases[first].rotateNow(request)
    await releases[second].rotateNow(request)
    await until(async () => (await recordsOf(named('asked')))[0]?.status === 'SUCCEEDED', 'it did not rotate')
    expect(await recordsOf(named('asked'))).toHaveLength(1)
    expect(await versionsOf(`meet/${named('asked')}`)).toHaveLength(1)
  })
})

/** All that a rotation's record may have in this release and had not in the one before. Times: any. */
function everything(schedule: string): Claim & { adoption: Adoption; runEnd: RunEnd } {
  const [scheduledAt, secret] = [anHourAgo.toISOString(), `meet/${schedule}`]
  const at = scheduledAt
  return {
    ...{ rotationId: rotationIdOf(schedule, secret, scheduledAt), schedule, secret, secretName: secret },
    ...{ scheduledAt, trigger: 'SCHEDULE', claimedAt: at, executionArn: DEAD, configVersion: 'x' },
    ...{ requester: 'ana@desk', requestReason: 'CHG-1', moved: { from: at, id: 'k7q-m2f-9x1' } },
    caller: { arn: 'arn:aws:sts::000000000000:assumed-role/operator/ana' },
    approval: { approvalId: 'k7q-m2f-9x1', by: 'ben@desk', caller: { notProved: 'STS is down' } },
    ...{ overrideApproval: 'incident', zoneData: '2026c', deliveredFor: at },
    saw: { node: 'v24.0.0', deliveredLateMs: 12, wokeLateMs: 3 },
    attempts: [{ sentAt: at, answer: 'accepted', endedAt: at, reason: 'ROTATION_FAILED', evidence: 'x' }, {}],
    limits: {
      ...{ windowSeconds: 86_400, timeoutSeconds: 20, retries: 2, consumers: ['ecs:shop/orders'] },
      strategy: 'alternating',
    },
    handover: {
      ...{ status: 'RUNNING', until: new Date(Date.now() + 3_600_000).toISOString() },
      consumers: [{ id: 'ecs:shop/orders', state: 'REFRESHING', since: at, sentAt: at, sent: 1 }],
    },
    adoption: {
      ...{ at, withinSeconds: 3_600, known: 2, fetched: 1, unclear: [], shared: [] },
      behind: [{ principal: 'role/orders', lastSeen: at }],
    },
    runEnd: { executionArn: DEAD, status: 'STOPPED', at },
  }
}
const DEAD = `arn:aws:lambda:eu-central-1:000000000000:function:${NAMES.rotateFunction}:1/durable-execution/dead/1`

describe('what only this release writes', () => {
  /** Every item that stands beside the rotations, too. */
  async function writeAll(): Promise<void> {
    const records = recordsIn(TABLE)
    const [at, movedTo] = [new Date().toISOString(), new Date(Date.now() + 86_400_000).toISOString()]
    const scheduledAt = new Date(anHourAgo.getTime() + 86_400_000).toISOString()
    const exception = { schedule: 'full-ended', placedAt: at, by: 'ana@desk', reason: 'CHG-1' }
    await records.callers.keep(
      { deed: 'run', id: 'CHG-full' },
      { caller: { notProved: 'no proof was sent' }, asked: 'x', at },
    )
    await records.exceptions.place({ ...exception, id: 'aaa-aaa-aab', scheduledAt: movedTo })
    const payload = JSON.stringify({
      ...{ requestId: 'aaa-aaa-aac', schedule: 'full-ended', scheduledAt: movedTo, movedFrom: scheduledAt },
    })
    await records.moves.place(
      {
        ...exception,
        id: 'aaa-aaa-aac',
        scheduledAt,
        movedTo: new Date(Date.parse(movedTo) + 60_000).toISOString(),
      },
      { requestId: 'aaa-aaa-aac', asked: '[]', payload, scheduledAt: movedTo, state: 'PLANNED', askedAt: at },
    )
    await records.notices.claim('full', at, at)
    await records.notices.given('full', at)
    await records.readers.note(
      { secret: 'meet/full-ended', principal: 'role/orders', what: 'current', at, sessions: ['a'] },
      Date.now(),
    )
    await records.holds.place({
      ...{
        id: 'aaa-aaa-aad',
        kind: 'pause',
        scope: 'secret/meet/other',
        reason: 'failed three times',
        by: 'tourbillon',
      },
      placedAt: at,
    })
    await records.waves.start(waveIdOf({ name: 'full-ended', occasion: anHourAgo.toISOString() }), {
      ...{
        schedule: 'full-ended',
        scheduledAt: anHourAgo.toISOString(),
        startedAt: at,
        secrets: 1,
        names: 'x',
      },
      ...{ canaries: ['meet/full-ended'], soakSeconds: 600, executionArn: DEAD },
    })
  }

  it('is read by the release before, which rotates nothing again, and loses none of it', async () => {
    await writeAll()
    const { adoption, runEnd: _, handover, ...claim } = everything('full-ended')
    const { rotationId } = claim
    await on.ledger.claim(claim)
    const at = claim.claimedAt
    const ended = { status: 'SUCCEEDED', at, rotatedAt: at, settledAt: at, handover } as const
    await on.ledger.transition(rotationId, ['CLAIMED'], ended)
    await on.ledger.noteAdoption(rotationId, adoption)
    const written = await on.ledger.get(rotationId)
    expect(written).toMatchObject({ ...claim, adoption, handover, status: 'SUCCEEDED' })
    expect(await releases.previous.recordsIn(TABLE).ledger.get(rotationId)).toEqual(written)
    await deliver('previous', { schedule: 'full-ended', scheduledAt: claim.scheduledAt })
    expect(await releases.previous.audit()).toMatchObject({ errors: 0 })
    expect(await on.ledger.get(rotationId)).toEqual(written)
    expect(await versionsOf('meet/full-ended')).toEqual([])
  })

  it('goes on with the release before where its run has died', async () => {
    const { adoption: _, handover: __, runEnd, ...claim } = everything('full-dead')
    await on.ledger.claim(claim)
    await on.ledger.noteEnd(claim.rotationId, runEnd)
    await deliver('previous', { schedule: 'full-dead', scheduledAt: claim.scheduledAt })
    const { executionArn: ___, ...kept } = claim
    expect(await on.ledger.get(claim.rotationId)).toMatchObject({ ...kept, status: 'SUCCEEDED' })
    expect(await versionsOf('meet/full-dead')).toEqual([claim.rotationId])
  })

  it('is there beside records of the release before: each command reads both', async () => {
    for (const args of [
      ['history', '--json'],
      ['status', '--json'],
      ['report', '--from', '2026-01-01', '--format', 'csv'],
      ['show', '--secret', `meet/${NAMED[0]}`],
      ['show', '--secret', 'meet/full-ended'],
    ]) {
      const { code, stdout, stderr } = await on.run(...args)
      expect([args[0], code], stderr).toEqual([args[0], args[0] === 'status' ? expect.any(Number) : 0])
      expect(stdout).toContain('meet/')
    }
  })
})

describe('a deploy in the middle', () => {
  it('lets this release answer an approval that the previous one waits for', async () => {
    const waiting = deliver('previous', { schedule: 'approved', scheduledAt: anHourAgo.toISOString() })
    const { approvals } = recordsIn(TABLE)
    const pending = async () =>
      (await approvals.pending(new Date().toISOString())).find(({ callbackId }) => callbackId)?.approvalId
    await until(async () => (await pending()) !== undefined, 'nobody was asked')
    const { code, stderr } = await on.run('approve', (await pending()) ?? '')
    expect(code, stderr).toBe(0)
    await waiting
    expect(await recordsOf('approved')).toMatchObject([{ status: 'SUCCEEDED', approval: {} }])
  })

  it('goes on with the other’s watermark, and neither misses nor repeats', async () => {
    const { states } = recordsIn(TABLE)
    await releases.previous.audit()
    const { state, revision } = await states.get()
    if (!state) throw new Error('the audit has left no watermark')
    // As if nothing had been audited for two hours: every schedule's occurrence of an hour ago is due.
    const was = new Date(anHourAgo.getTime() - 3_600_000).toISOString()
    const marks = Object.entries(state.marks).map(([name, mark]) => [name, { ...mark, until: was }])
    await states.put({ ...state, marks: Object.fromEntries(marks) }, revision)
    for (const release of ['this', 'previous', 'this', 'previous'] as const) {
      expect(await releases[release].audit()).toMatchObject({ errors: 0, missed: 0 })
    }
    for (const [first] of ORDERS) {
      const schedule = `audited-${first}`
      await until(
        async () => (await recordsOf(schedule))[0]?.status === 'SUCCEEDED',
        `${schedule} was not caught up`,
      )
      expect(await recordsOf(schedule)).toMatchObject([{ trigger: 'CATCH_UP' }])
      expect(await versionsOf(`meet/${schedule}`)).toHaveLength(1)
    }
    expect(await releases.this.audit()).toMatchObject({ caughtUp: 0, missed: 0, errors: 0 })
  })

  it('gives every rotation the id that it always had', async () => {
    const { rotationIdOf: before } = await import('./previous/config.mjs' as string)
    const secrets = [
      'prod/orders',
      'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/orders-Ab12Cd',
      'a-b',
    ]
    for (const secret of secrets) {
      for (const occasion of ['2026-11-28T03:00:00.000Z', 'CHG-1']) {
        expect(rotationIdOf('nightly', secret, occasion)).toBe(before('nightly', secret, occasion))
      }
    }
  })
})
