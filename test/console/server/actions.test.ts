import { readFile } from 'node:fs/promises'
import { DescribeSecretCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/load.ts'
import { type Console, startConsole } from '../../../src/console/server/server.ts'
import { namesOf } from '../../../src/model/resource-names.ts'
import { operator } from '../../../src/operate/operator.ts'
import { recordsIn } from '../../../src/runtime/records.ts'
import { type Stage, startStage } from '../../cli/stage.ts'
import { type OpenPage, openPage } from './client.ts'

let on: Stage
let served: Console
let page: OpenPage
const complaints: string[] = []

beforeAll(async () => {
  on = await startStage(
    'deeds',
    `defaults: { timezone: UTC, window: 5m, timeout: 30s }
schedules:
  pair: { when: cron(0 3 ? * SUN *), secrets: [app/one, app/two] }
  single: { when: cron(0 4 ? * SUN *), secrets: [app/three] }
  elsewhere: { when: cron(0 5 ? * SUN *), secrets: [far/db], region: eu-west-1 }
`,
  )
  await Promise.all(['app/one', 'app/two', 'app/three'].map((name) => on.secret(name)))
  const loaded = parseConfig(on.file, await readFile(on.file, 'utf8'))
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  served = await startConsole({
    ...{ config: loaded.config, file: on.file, port: 0, now: Date.now, announce: () => {} },
    complain: (line) => complaints.push(line),
  })
  page = await openPage(served)
})
afterAll(async () => {
  await served.stop()
  await on.stop()
})

const holdsNow = async () => (await page.read('GET /api/now')).holds
const versionsOf = async (SecretId: string) => {
  const { VersionIdsToStages = {} } = await on.secretsManager.send(new DescribeSecretCommand({ SecretId }))
  return VersionIdsToStages
}

describe('hold and release', () => {
  it('adds to what is held, and releases the hold that was meant', async () => {
    const scope = 'schedule/single'
    const { answer: first } = await page.post('POST /api/hold', { scope, reason: 'the first' })
    const { answer: second } = await page.post('POST /api/hold', { scope, reason: 'INC-9' })
    const reasons = async () =>
      (await holdsNow()).flatMap((it) => (it.scope === scope ? [it.reason] : [])).sort()
    expect(await reasons()).toEqual(['INC-9', 'the first'])
    expect((await page.post('POST /api/release', { scope, id: first.id })).status).toBe(200)
    expect(await reasons()).toEqual(['INC-9'])
    const again = await page.post('POST /api/release', { scope, id: first.id })
    expect(again).toMatchObject({
      status: 422,
      answer: { error: `hold ${first.id} of ${scope} is not in force` },
    })
    expect((await page.post('POST /api/release', { scope, id: second.id })).status).toBe(200)
    expect(await reasons()).toEqual([])
  })

  it('a hold is in force at once, for everybody, until it is released', async () => {
    const until = Date.now() + 3_600_000
    const placed = await page.post('POST /api/hold', {
      scope: 'secret/app/one',
      reason: ' incident 7 ',
      until,
    })
    expect(placed).toMatchObject({
      status: 200,
      answer: {
        ...{ scope: 'secret/app/one', reason: 'incident 7', by: `${operator()} (user/local)` },
        until: new Date(until).toISOString(),
      },
    })
    expect(await holdsNow()).toEqual([placed.answer])
    expect((await page.read('GET /api/now')).next[0]?.held).toEqual([])
    const list = await on.run('hold', '--list')
    expect(list.stdout).toMatch(/secret\/app\/one .* incident 7/)

    const { id } = placed.answer
    const released = await page.post('POST /api/release', { scope: 'secret/app/one', id })
    expect(released).toMatchObject({ status: 200, answer: { releasedBy: `${operator()} (user/local)` } })
    expect(await holdsNow()).toEqual([])
  })

  it('one of all, without an end, keeps everything from starting', async () => {
    const { answer } = await page.post('POST /api/hold', { scope: 'all', reason: 'incident 8' })
    const { next } = await page.read('GET /api/now')
    expect(next.map(({ held }) => held)).toEqual(next.map(() => ['all']))
    expect((await page.post('POST /api/release', { scope: 'all', id: answer.id })).status).toBe(200)
  })

  it('a secret elsewhere is held by its name, as its hold counts everywhere', async () => {
    const { secrets } = await page.read('GET /api/stage')
    expect(secrets).toContain('eu-west-1:far/db')
    const placed = await page.post('POST /api/hold', { scope: 'secret/eu-west-1:far/db', reason: 'x' })
    expect(placed.answer.scope).toBe('secret/far/db')
    const { id } = placed.answer
    const released = await page.post('POST /api/release', { scope: 'secret/eu-west-1:far/db', id })
    expect(released.status).toBe(200)
  })

  it('a hold on what is no longer in the config can be released', async () => {
    const { holds } = recordsIn(namesOf('deeds').ledgerTable)
    const gone = { id: 'aaa-aaa-aaa', scope: 'schedule/gone' } as const
    await holds.place({ ...gone, reason: 'x', by: 'mei', placedAt: new Date().toISOString() })
    expect((await page.post('POST /api/release', gone)).status).toBe(200)
  })

  it.each([
    [{ scope: 'all', reason: 'x', until: Date.UTC(12_026, 0) }, /until/],
    [{ scope: 'all', reason: '\u200b\u3164' }, /it is empty/],
  ])('%j is refused: it would hold nothing, or say nothing', async (body, expected) => {
    const { status, answer } = await page.post('POST /api/hold', body)
    expect(status).toBe(400)
    expect(JSON.stringify(answer)).toMatch(expected)
    expect(await holdsNow()).toEqual([])
  })

  it.each([
    [
      'a schedule that is not there',
      { scope: 'schedule/gone', reason: 'x' },
      'no schedule "gone"',
      /^there are: pair, single/,
    ],
    [
      'a secret that is not there',
      { scope: 'secret/gone', reason: 'x' },
      'no secret "gone" in the config',
      /^there are: app\/one/,
    ],
    [
      'what is no secret’s name',
      { scope: 'secret/a\u001b[8m\nb', reason: 'x' },
      /a\\u001b\[8m b is neither a secret’s name nor its ARN/,
      /^letters, digits/,
    ],
    [
      'an ARN cut short',
      { scope: 'secret/arn:aws:secretsmanager:eu-central-1:000000000000:secret:app/one', reason: 'x' },
      /lacks the hyphen/,
      /write the secret’s name, app\/one,/,
    ],
    [
      'an end that has passed',
      { scope: 'all', reason: 'x', until: 0 },
      '1970-01-01T00:00:00.000Z has passed',
      /later/,
    ],
  ])('%s is not held', async (_what, body, error, hint) => {
    const { status, answer } = await page.post('POST /api/hold', body)
    expect([status, answer.error]).toEqual([422, expect.stringMatching(error)])
    expect(answer.hint).toMatch(hint)
    expect(await holdsNow()).toEqual([])
  })

  it('nothing is held, released or run by a question that only reads, nor from elsewhere', async () => {
    const body = { scope: 'all' as const, reason: 'x' }
    const forged = { origin: 'https://evil.example' }
    expect((await page.post('POST /api/hold', body, forged)).status).toBe(403)
    expect((await page.post('POST /api/hold', body, { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await page.post('POST /api/hold', body, { authorization: 'Bearer x' })).status).toBe(401)
    expect((await page.get('/api/hold?scope=all&reason=x')).status).toBe(405)
    expect(await holdsNow()).toEqual([])
  })
})

describe('a planned run', () => {
  it('is in Now and in the calendar, with its id and who asked', async () => {
    const at = Date.now() + 26 * 3_600_000
    const scheduledAt = new Date(at).toISOString()
    await recordsIn(namesOf('deeds').ledgerTable).requests.keep({
      ...{ requestId: 'CHG-9', scheduledAt, asked: '', state: 'PLANNED', by: 'ana', reason: 'move' },
      payload: JSON.stringify({ requestId: 'CHG-9', scheduledAt, schedule: 'pair' }),
      askedAt: new Date().toISOString(),
    })
    // What was read is kept for a second.
    const planned = async () => (await page.read('GET /api/now')).planned
    await expect
      .poll(planned, { timeout: 5_000 })
      .toMatchObject([
        { requestId: 'CHG-9', schedule: 'pair', secrets: ['app/one', 'app/two'], at, by: 'ana', held: [] },
      ])
    const { days } = await page.read('GET /api/calendar', { view: 'week', date: scheduledAt.slice(0, 10) })
    const slots = days.flatMap((day) => day.slots).filter((slot) => slot.planned)
    expect(slots).toMatchObject([
      { schedule: 'pair', at, count: 1, planned: ['CHG-9'], notes: ['planned by ana: move (CHG-9)'] },
    ])
  })
})

describe('run', () => {
  it('dry: says what would rotate, and starts nothing', async () => {
    const requestId = 'CHG-0'
    const { status, answer } = await page.post('POST /api/run', { schedule: 'pair', requestId, dryRun: true })
    expect(status).toBe(200)
    expect(answer).toMatchObject({ requestId, dryRun: true })
    expect(answer.rotations?.map(({ secret }) => secret)).toEqual(['app/one', 'app/two'])
    expect(Object.keys(await versionsOf('app/one'))).toHaveLength(1)
    expect(on.aws.calls.filter(({ action }) => action === 'Invoke')).toEqual([])
  })

  it('rotates as the command would; it arrives in Now, with its outcome, and has its page', async () => {
    const asked = { secrets: ['app/three'], reason: 'CHG-1', requestId: 'CHG-1' }
    const { status, answer } = await page.post('POST /api/run', asked)
    expect(status).toBe(200)
    expect(answer.execution).toMatch(/^arn:aws:lambda:.*tourbillon-deeds-rotate:/)
    const [started] = answer.rotations ?? []
    const rotationId = started?.rotationId ?? ''
    const settled = async () =>
      (await page.read('GET /api/now')).settled.find((it) => it.rotationId === rotationId)
    await expect.poll(settled).toMatchObject({
      ...{ secretName: 'app/three', status: 'SUCCEEDED', trigger: 'ON_DEMAND' },
      ...{ requester: `${operator()} (user/local)`, requestReason: 'CHG-1' },
    })
    expect((await versionsOf('app/three'))[rotationId]).toContain('AWSCURRENT')
    const one = await page.read('GET /api/rotation', { id: rotationId })
    expect(one.moments.map(({ what }) => what)).toEqual([
      'the instant asked for',
      expect.stringMatching(/^CLAIMED/),
      expect.stringMatching(/^ROTATING/),
      'the new version is AWSCURRENT',
      'outcome SUCCEEDED',
    ])
    const twice = await page.post('POST /api/run', asked)
    expect(twice.answer).toMatchObject({ alreadyStarted: true })
    expect(Object.keys(await versionsOf('app/three'))).toHaveLength(2)
  })

  it.each([
    ['a secret of no schedule', { secrets: ['app/nowhere'] }, 422, /"app\/nowhere" is in no schedule/],
    ['a schedule that is not there', { schedule: 'gone' }, 422, /no schedule "gone"/],
    ['a request id of another alphabet', { schedule: 'pair', requestId: 'a b' }, 422, /requestId "a b"/],
    ['nothing', {}, 400, /what shall rotate\?/],
    ['somebody else’s name', { schedule: 'pair', requester: 'mei' }, 400, /Unrecognized key: "requester"/],
    ['another time', { schedule: 'pair', at: '2027-01-01' }, 400, /Unrecognized key: "at"/],
  ])('starts nothing, with %s', async (_what, body, status, error) => {
    const replied = await page.post('POST /api/run', body)
    expect(replied.status).toBe(status)
    expect(replied.answer.error).toMatch(error)
    expect(Object.keys(await versionsOf('app/one'))).toHaveLength(1)
  })
})

it('nobody has read a secret’s value, and the server made no mistake', () => {
  const actions = on.aws.calls.map(({ action }) => action)
  expect(actions).not.toContain('GetSecretValue')
  expect(complaints).toEqual([])
})
