import { readFile } from 'node:fs/promises'
import { DescribeSecretCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/load.ts'
import { type Console, startConsole } from '../../../src/console/server/server.ts'
import { AHEAD } from '../../../src/ledger/approvals.ts'
import { approvalIdOf } from '../../../src/model/identity.ts'
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
    expect(await holdsNow()).toMatchObject([placed.answer as object])
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
      {
        schedule: 'pair',
        at,
        count: 1,
        planned: true,
        takeBack: ['CHG-9'],
        notes: ['planned by ana: move (CHG-9)'],
      },
    ])
  })
})

describe('approve and reject', () => {
  const records = () => recordsIn(namesOf('deeds').ledgerTable)
  const asked = async (expiresAt = Date.now() + 600_000) => {
    const now = new Date().toISOString()
    const approvalId = approvalIdOf({ name: 'pair', occasion: now })
    await records().approvals.request({
      ...{ approvalId, schedule: 'pair', scheduledAt: now, executionArn: AHEAD, secrets: 2 },
      ...{ requestedAt: now, expiresAt: new Date(expiresAt).toISOString() },
    })
    return approvalId
  }

  it('answers as the command does, once: the first answer stands', async () => {
    const id = await asked()
    const waiting = async () => (await page.read('GET /api/now')).approvals.map((it) => it.approvalId)
    await expect.poll(waiting, { timeout: 5_000 }).toEqual([id])
    const first = await page.post('POST /api/approve', { id, reason: ' CHG-7 ' })
    const said = /^approved by .+@.+ \(user\/local\) at .*Z \(CHG-7\): pair of .*Z, 2 secrets$/
    expect([first.status, first.answer.text]).toEqual([200, expect.stringMatching(said)])
    expect(await records().approvals.get(id)).toMatchObject({ status: 'APPROVED', reason: 'CHG-7' })
    expect(await waiting()).toEqual([])
    const again = await page.post('POST /api/approve', { id })
    expect(again.answer.text).toBe(`already ${first.answer.text}`)
    const late = await page.post('POST /api/reject', { id, reason: 'no' })
    expect([late.status, late.answer.error]).toEqual([422, `it counts no more: ${first.answer.text}`])
    const { stderr } = await on.run('reject', id, '--reason', 'no')
    expect(stderr).toBe(`${late.answer.error}\n`)
  })

  it('keeps a rejected wave from going ahead', async () => {
    const id = await asked()
    const { answer } = await page.post('POST /api/reject', { id, reason: 'the batch runs' })
    expect(answer.text).toMatch(/^rejected by .* \(the batch runs\): pair/)
    expect(await records().approvals.get(id)).toMatchObject({ status: 'REJECTED', reason: 'the batch runs' })
  })

  it('comes too late once the time is over, and says so', async () => {
    const id = await asked(Date.now() - 1)
    const { status, answer } = await page.post('POST /api/approve', { id })
    expect([status, answer.error]).toEqual([
      422,
      expect.stringMatching(/^it counts no more: nobody had answered by/),
    ])
  })

  it.each([
    ['POST /api/approve', { id: 'aaa-aaa-zzz' }, 422, 'stage deeds has no approval "aaa-aaa-zzz"'],
    ['POST /api/reject', { id: 'aaa-aaa-zzz' }, 400, /^reason: /],
    ['POST /api/reject', { id: 'aaa-aaa-zzz', reason: ' ' }, 400, /^reason: it is empty/],
    ['POST /api/approve', { id: 'x', by: 'mei' }, 400, /Unrecognized key: "by"/],
    ['POST /api/skip', { schedule: 'pair', at: 0 }, 400, /^reason: /],
    ['POST /api/skip', { schedule: 'gone', at: 0, reason: 'x' }, 422, 'no schedule "gone"'],
    ['POST /api/skip', { schedule: 'pair', at: 0, reason: 'x' }, 422, /^pair has no occurrence at 1970/],
    ['POST /api/cancel', { id: 'CHG-none' }, 422, 'stage deeds has no request "CHG-none"'],
  ] as const)('%s %j is refused', async (name, body, status, error) => {
    const replied = await page.post(name, body)
    expect([replied.status, replied.answer.error]).toEqual([status, expect.stringMatching(error)])
  })

  it('says where the ledger cannot be reached, and has done nothing', async () => {
    const id = await asked()
    const fault = { service: 'dynamodb', action: 'UpdateItem', kind: 'error', times: 1 } as const
    const message = 'is not authorized to perform: dynamodb:UpdateItem'
    on.aws.faults.push({ ...fault, code: 'AccessDeniedException', message })
    const { status, answer } = await page.post('POST /api/approve', { id })
    expect([status, answer.error]).toEqual([
      502,
      expect.stringMatching(/could not write the answer: .*UpdateItem/),
    ])
    expect(await records().approvals.get(id)).toMatchObject({ status: 'PENDING' })
    expect((await page.post('POST /api/approve', { id })).status).toBe(200)
  })
})

describe('skip and cancel', () => {
  const coming = async (schedule: string) =>
    (await page.read('GET /api/now')).next.find((it) => it.schedule === schedule)?.at ?? 0

  it('skips one occurrence, shows it where one plans, and takes it back', async () => {
    const at = await coming('single')
    const { status, answer } = await page.post('POST /api/skip', { schedule: 'single', at, reason: 'CHG-8' })
    expect([status, answer.first, answer.standing]).toMatchObject([
      200,
      true,
      { schedule: 'single', scheduledAt: new Date(at).toISOString(), reason: 'CHG-8' },
    ])
    const again = await page.post('POST /api/skip', { schedule: 'single', at, reason: 'once more' })
    expect(again.answer).toMatchObject({ first: false, standing: answer.standing })
    const now = await page.read('GET /api/now')
    expect(now.next.find((it) => it.schedule === 'single')?.skipped).toMatch(
      /^skipped by .*: CHG-8 \(a claim, not proved: the audit has not asked STS yet\)$/,
    )
    expect(now.exceptions).toMatchObject([answer.standing as object])
    const { id } = answer.standing
    const date = new Date(at).toISOString().slice(0, 10)
    const { days } = await page.read('GET /api/calendar', { view: 'week', date, schedule: 'single' })
    const slot = days.flatMap(({ slots }) => slots).find((it) => it.at === at)
    expect(slot).toMatchObject({ skipped: 1, takeBack: [id] })

    const undone = await page.post('POST /api/cancel', { id, reason: 'CHG-8 is off' })
    const said = new RegExp(`^${id}, single of .*Z: runs as scheduled; the skip was taken back by .*@`)
    expect([undone.status, undone.answer.text]).toEqual([200, expect.stringMatching(said)])
    expect((await page.read('GET /api/now')).exceptions).toEqual([])
    const twice = await page.post('POST /api/cancel', { id })
    expect(twice.answer.text).toBe(undone.answer.text)
  })

  it('takes a planned run back, and not one that has started', async () => {
    const { requests } = recordsIn(namesOf('deeds').ledgerTable)
    const scheduledAt = new Date(Date.now() + 26 * 3_600_000).toISOString()
    for (const [requestId, state] of [
      ['CHG-20', 'PLANNED'],
      ['CHG-21', 'STARTED'],
    ] as const)
      await requests.keep({
        ...{ requestId, scheduledAt, asked: '', state, askedAt: new Date().toISOString() },
        payload: JSON.stringify({ requestId, scheduledAt, secrets: ['app/one'] }),
      })
    const done = await page.post('POST /api/cancel', { id: 'CHG-20', reason: 'moved' })
    expect(done.answer.text).toMatch(/^CHG-20, app\/one at .*Z: CANCELLED by .*@.* \(moved\)$/)
    expect(await requests.get('CHG-20')).toMatchObject({ state: 'CANCELLED' })
    const { status, answer } = await page.post('POST /api/cancel', { id: 'CHG-21' })
    expect([status, answer.error, answer.hint]).toEqual([
      422,
      expect.stringMatching(/^too late: CHG-21, app\/one at .*: STARTED/),
      'a hold stops what has not rotated: npx aws-tourbillon hold --stage deeds --secret app/one --reason TEXT',
    ])
  })

  it('is not done by a question that only reads, nor from elsewhere', async () => {
    const at = await coming('single')
    const body = { schedule: 'single', at, reason: 'x' }
    const forged = { origin: 'https://evil.example' }
    for (const name of ['POST /api/skip', 'POST /api/approve', 'POST /api/cancel'] as const) {
      expect((await page.post(name, body, forged)).status).toBe(403)
      expect((await page.get(name.slice(5))).status).toBe(405)
    }
    expect((await page.read('GET /api/now')).exceptions).toEqual([])
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
    expect(one.links).toEqual({
      log: expect.stringMatching(/^https:\/\/eu-central-1\.console.*tourbillon-deeds-rotate/),
      secretPage: expect.stringMatching(/secret\?name=app%2Fthree&region=eu-central-1$/),
    })
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
