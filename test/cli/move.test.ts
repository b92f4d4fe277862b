import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KeptRequest } from '../../src/ledger/requests.ts'
import { approvalIdOf, waveIdOf } from '../../src/model/identity.ts'
import { recordsIn } from '../../src/runtime/records.ts'
import { type Stage, startStage } from './stage.ts'

let on: Stage
const DAY = 86_400_000
const day = (ahead: number) => new Date(Date.now() + ahead * DAY).toISOString().slice(0, 10)
beforeAll(async () => {
  on = await startStage(
    'moved',
    `schedules:
  nightly: { when: cron(0 3 * * ? *), timezone: Asia/Tokyo, secrets: [app/one, app/two], approval: { timeout: 20m } }
  calm: { when: cron(0 3 * * ? *), timezone: Asia/Tokyo, secrets: [app/two], changeCalendars: [company] }
  often: { when: rate(1 minute), start: '2026-01-01T00:00:00Z', timezone: UTC, window: 5m, secrets: [app/three] }
freezes:
  - { name: night, from: '${day(60)}', to: '${day(62)}', timezone: UTC, reason: year-end }
`,
  )
  await Promise.all(['app/one', 'app/two', 'app/three'].map((name) => on.secret(name)))
})
afterAll(() => on.stop())

const records = () => recordsIn('tourbillon-moved-ledger')
const MINUTE = 60_000
const iso = (at: number) => new Date(at).toISOString()
/** 18:00 UTC is 03:00 in Tokyo; so many days ahead, each test's own. */
const own = (days: number) => iso(Math.floor(Date.now() / DAY) * DAY + days * DAY + 18 * 3_600_000)
const later = (at: string, hours = 10) => iso(Date.parse(at) + hours * 3_600_000)
const move = (from: string, to: string, ...more: string[]) =>
  on.run('move', 'nightly', '--from', from, '--to', to, '--reason', 'CHG-1', ...more)
const idOf = async (from: string, to: string): Promise<string> =>
  JSON.parse((await move(from, to, '--json')).stdout).id
const requestOf = (id: string) => records().requests.get(id) as Promise<KeptRequest>

it('is shown wherever occurrences are, twice is once, and is taken back by its id', async () => {
  const [from, to] = [own(20), later(own(20))]
  const first = await move(`${iso(Date.parse(from) + 9 * 3_600_000).slice(0, 16)}`, to, '--json')
  expect([first.code, first.stderr]).toEqual([
    0,
    expect.stringMatching(
      /by the clock of Asia\/Tokyo: .*T18:00:00.000Z\n(.*\n)*note: it wants a go-ahead of its own/,
    ),
  ])
  const { id, by } = JSON.parse(first.stdout)
  expect(JSON.parse(first.stdout)).toMatchObject({ schedule: 'nightly', scheduledAt: from, movedTo: to })
  const again = await move(from, to)
  expect([again.code, again.stdout]).toEqual([
    0,
    expect.stringMatching(
      `^already: ${id} +nightly of ${from} is moved to ${to} by .*: CHG-1\n.*cancel .*${id}`,
    ),
  ])
  expect(await requestOf(id)).toMatchObject({ state: 'PLANNED', scheduledAt: to, reason: 'CHG-1', by })

  const shown = ['--schedule', 'nightly', '--from', from, '--count', '2']
  const next = JSON.parse((await on.run('next', ...shown, '--json')).stdout)
  expect(next).toMatchObject([
    { scheduledAt: from, skipped: { id, by, reason: 'CHG-1', movedTo: to } },
    { scheduledAt: to, schedule: 'nightly', skipped: null, planned: { id, by, movedFrom: from } },
  ])
  expect((await on.run('next', ...shown)).stdout).toMatch(
    new RegExp(
      `moved to ${to} by .*: CHG-1 \\(${id}\\)\n(.*\n)* +moved from ${from} by .*: CHG-1 \\(${id}\\)`,
    ),
  )
  const month = ['--month', iso(Date.parse(to) + 9 * 3_600_000).slice(0, 7), '--schedule', 'nightly']
  expect((await on.run('calendar', ...month)).stdout).toMatch(
    new RegExp(`\n\\*  .* nightly: moved from ${from} by .*\\(${id}\\)\n`),
  )
  const ics = (await on.run('calendar', ...month, '--ics', '-')).stdout.replaceAll('\r\n ', '')
  expect(ics).toMatch(/SUMMARY:Moved: nightly/)
  expect(ics).toMatch(/DESCRIPTION:[^\r]*moved\\nmoved from/)
  expect((await on.run('status')).stdout).toMatch(
    new RegExp(`MOVED by hand, to come\n.* nightly +from .* 03:00 Asia/Tokyo.*\n +npx .*cancel .*${id}`),
  )
  const json = JSON.parse((await on.run('status', '--json')).stdout)
  expect(json).toMatchObject({
    exceptions: [{ id, movedTo: to }],
    planned: [{ requestId: id, movedFrom: from }],
  })
  expect((await on.run('cancel', '--list')).stdout).toMatch(
    new RegExp(`^ID.*\n${id} +${to} +moved: nightly of ${from} .*CHG-1 +a claim, not proved: .*\n$`),
  )
  expect((await on.run('plan')).stdout).toMatch(
    new RegExp(`nightly of ${from} is moved to ${to} by .*: CHG-1 \\(${id}\\)\n`),
  )
  expect(JSON.parse((await on.run('plan', '--json')).stdout).exceptions).toMatchObject([
    { id, problem: null },
  ])
  const skip = await on.run('skip', 'nightly', '--at', from, '--reason', 'CHG-2')
  expect([skip.code, skip.stderr]).toEqual([2, expect.stringMatching(/moved to .*\n.*first: npx .*cancel/)])

  const back = await on.run('cancel', id.toUpperCase(), '--reason', 'no need')
  expect([back.code, back.stdout]).toEqual([
    0,
    expect.stringMatching(`nightly of ${from}: runs as scheduled; the move to ${to} was taken back by`),
  ])
  expect([await records().exceptions.at('nightly', from), (await requestOf(id)).state]).toEqual([
    undefined,
    'CANCELLED',
  ])
  expect((await on.run('cancel', id)).code).toBe(0)
  // And it can be moved anew, under another id.
  expect(await idOf(from, to)).not.toBe(id)
})

it('is moved on from where it is, and from its own instant says where that is', async () => {
  const [from, a, b] = [own(22), later(own(22)), later(own(22), 12)]
  const one = await idOf(from, a)
  const lost = await move(from, b)
  expect([lost.code, lost.stderr]).toEqual([
    2,
    expect.stringMatching(
      new RegExp(`is moved to ${a} by .* already\n.*hint: npx .* move .*--from ${a} --to ${b}`),
    ),
  ])
  const on2 = await move(a, b, '--json')
  expect([on2.code, JSON.parse(on2.stdout)]).toEqual([
    0,
    expect.objectContaining({ scheduledAt: from, movedTo: b }),
  ])
  const two = JSON.parse(on2.stdout).id
  expect([await requestOf(one), await requestOf(two)]).toMatchObject([
    { state: 'CANCELLED', events: [{}, { reason: `moved to ${b}` }] },
    { state: 'PLANNED', scheduledAt: b },
  ])
  const back = await move(b, from)
  expect([back.code, back.stderr]).toEqual([
    2,
    expect.stringMatching(/its own instant\n.*take the move back: .*cancel/),
  ])
  // The old id is over, and undoes nothing.
  expect((await on.run('cancel', one)).stdout).toMatch(
    new RegExp(`${one}, moved: nightly of ${from} at ${a}: CANCELLED`),
  )
  expect((await requestOf(two)).state).toBe('PLANNED')
})

it('two at once, each elsewhere: one moves it, and the other is told', async () => {
  const from = own(24)
  const both = await Promise.all([move(from, later(from, 8)), move(from, later(from, 9))])
  expect(both.map(({ code }) => code).sort()).toEqual([0, 2])
  expect(both.find(({ code }) => code === 2)?.stderr).toMatch(/moved to|at the same time/)
  const planned = JSON.parse((await on.run('cancel', '--list', '--json')).stdout) as KeptRequest[]
  expect(planned.filter(({ payload }) => payload.includes(from))).toHaveLength(1)
})

it('nobody is asked to approve it where it no longer is', async () => {
  const [from, a, b] = [own(50), later(own(50)), later(own(50), 12)]
  const asked = async (occasion: string, scheduledAt: string) => {
    const approvalId = approvalIdOf({ name: 'nightly', occasion })
    const at = { scheduledAt, requestedAt: iso(Date.now()), expiresAt: later(scheduledAt, 1) }
    await records().approvals.request({
      approvalId,
      schedule: 'nightly',
      executionArn: 'ahead of time',
      ...at,
    })
    return approvalId
  }
  const waiting = async () => {
    const listed = JSON.parse((await on.run('approve', '--list', '--json')).stdout)
    const { approvals } = JSON.parse((await on.run('status', '--json')).stdout)
    expect(approvals).toEqual(listed)
    return listed.map(({ approvalId }: { approvalId: string }) => approvalId)
  }
  const old = await asked(from, from)
  expect(await waiting()).toEqual([old])
  const one = await idOf(from, a)
  expect(await waiting()).toEqual([])
  const { code, stdout, stderr } = await on.run('approve', old)
  expect([code, stdout, stderr]).toEqual([
    2,
    '',
    expect.stringMatching(`nightly of ${from} is moved to ${a} by .*: nothing waits .*\n.*approve .*--list`),
  ])
  const there = await asked(one, a)
  expect(await waiting()).toEqual([there])
  const two = await idOf(a, b)
  expect((await on.run('reject', there, '--reason', 'no')).stderr).toMatch(`${a} is moved elsewhere: nothing`)
  const now = await asked(two, b)
  expect(await waiting()).toEqual([now])
  expect((await on.run('approve', now)).code).toBe(0)
  const skip = await on.run('skip', 'nightly', '--at', b, '--reason', 'x')
  expect([skip.code, skip.stderr]).toEqual([
    2,
    expect.stringMatching(`that of ${from} moved here by .*\n.*take the move back first: .*cancel .*${two}`),
  ])
  await on.run('cancel', two)
  expect(await waiting()).toEqual([old])
  await on.run('skip', 'nightly', '--at', from, '--reason', 'x')
  expect(await waiting()).toEqual([])
})

describe('refused, with what to do:', () => {
  const [from, past] = [own(30), '2026-11-01T18:00:00Z']
  it.each([
    [
      'from no occurrence',
      later(from, 1),
      later(from),
      /no occurrence at .*\n.*the nearest: .*T18:00:00.000Z and/,
    ],
    ['from the past', past, later(from), /has passed: no record of it yet/],
    ['to the past', from, past, /has passed\n.*an instant to come/],
    ['to where it is', from, from, /is where it is\n/],
    ['to another occurrence', from, own(31), /has an occurrence of its own at .*\n.*skip .*--at/],
    [
      'to minutes ahead',
      from,
      iso(Date.now() + 9 * MINUTE),
      /less than ten minutes ahead.*\n.*skip it, and .*run/,
    ],
    ['to years ahead', from, '2090-06-01T00:00:00Z', /more than a year ahead/],
    [
      'into a freeze',
      from,
      `${day(61)}T10:00:00Z`,
      /lies in freeze "night" \(year-end\): nothing would rotate\n.*it ends at .*T00:00:00.000Z/,
    ],
  ])('%s', async (_, given, to, says) => {
    const { code, stderr } = await move(given, to)
    expect([code, stderr]).toEqual([2, expect.stringMatching(says)])
    expect(await records().exceptions.at('nightly', from)).toBeUndefined()
  })

  it('to where a Change Calendar is closed, as AWS says of then; where that is not seen, it is moved, and said', async () => {
    const moveCalm = (...to: string[]) =>
      on.run('move', 'calm', '--from', own(40), '--to', ...to, '--reason', 'CHG-1')
    const closed = { from: Date.parse(own(40)), to: Date.parse(later(own(40), 8)) }
    on.aws.changeCalendars.set('company', { type: 'DEFAULT_OPEN', events: [closed] })
    const into = await moveCalm(later(own(40), 7))
    expect([into.code, into.stderr]).toEqual([
      2,
      expect.stringMatching(
        /Change Calendar company is CLOSED, until .*: nothing would rotate at .*\n.*an instant at which it is open/,
      ),
    ])
    expect(await records().exceptions.at('calm', own(40))).toBeUndefined()
    const past = await moveCalm(later(own(40), 9))
    expect([past.code, past.stderr]).toEqual([0, expect.not.stringContaining('Calendar')])
    on.aws.changeCalendars.delete('company')
    const unseen = await on.run(
      ...['move', 'calm', '--from', own(41), '--to', later(own(41)), '--reason', 'CHG-1'],
    )
    expect([unseen.code, unseen.stderr]).toEqual([
      0,
      expect.stringMatching(
        /note: whether it is open then was not seen: Change Calendar company: .*; its run asks again/,
      ),
    ])
  })

  it('without a reason, an option, or a schedule that there is', async () => {
    const ask = async (...args: string[]) => (await on.run('move', ...args)).stderr
    expect(await ask('nightly', '--from', from, '--to', later(from))).toMatch(/why\?/)
    expect(await ask('nightly', '--from', from, '--reason', 'x')).toMatch(/to which instant\?/)
    expect(await ask('nightly', '--to', from, '--reason', 'x')).toMatch(/which occurrence\?/)
    expect(await ask('nightley', '--from', from, '--to', from, '--reason', 'x')).toMatch(
      /no schedule .*\n.*nightly/,
    )
    expect(await ask('nightly', '--from', from, '--to', later(from), '--reason', 'x'.repeat(1_001))).toMatch(
      /1001 characters; 1000 at most/,
    )
  })

  it('to where another one was moved', async () => {
    const [other, to] = [own(32), later(own(32))]
    await idOf(other, to)
    const { code, stderr } = await move(own(33), to)
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(new RegExp(`at ${to} there is another: that of ${other} moved here by`)),
    ])
  })

  it('of what is skipped: the skip comes first', async () => {
    const at = own(34)
    await on.run('skip', 'nightly', '--at', at, '--reason', 'CHG-1')
    expect((await move(at, later(at))).stderr).toMatch(
      /is skipped by .* already\n.*take it back first: .*cancel/,
    )
  })

  it('of what has begun ahead, and of one whose run has started', async () => {
    const at = own(36)
    const wave = { schedule: 'nightly', scheduledAt: at, startedAt: at, secrets: 2, executionArn: 'early' }
    await records().waves.start(waveIdOf({ name: 'nightly', occasion: at }), wave)
    expect((await move(at, later(at))).stderr).toMatch(/has begun at .*\n.*hold .*--schedule nightly/)
    const [from, a] = [own(38), later(own(38))]
    const id = await idOf(from, a)
    await records().requests.move(id, ['PLANNED'], { at: a, state: 'STARTED' })
    expect((await move(a, later(from, 12))).stderr).toMatch(/is STARTED: it cannot be moved on\n.*hold/)
    const { code, stderr } = await on.run('cancel', id)
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^too late: .*STARTED at .*\n.*hold/)])

    // Ahead of its instant, and before it has claimed a secret, it is shown all the same.
    const next = await on.run('next', '--schedule', 'nightly', '--from', a, '--count', '1')
    expect(next.stdout).toMatch(/moved from .*; its run has\s+started, and waits for its instant/)
    const status = await on.run('status')
    expect(status.stdout).toMatch(
      /MOVED by hand, to come\n(.*\n)*.*nightly .* started\n +npx .* hold .*--schedule nightly/,
    )
    const { planned } = JSON.parse((await on.run('status', '--json')).stdout)
    expect(planned).toContainEqual(expect.objectContaining({ requestId: id, started: true }))
    expect((await on.run('cancel', '--list')).stdout).not.toContain(id)
    // Then it is under way, and is told as that.
    await records().ledger.claim({
      ...{ rotationId: '28e2bcee-b53c-5469-acce-b9ca7dd84e52', secret: 'app/one', secretName: 'app/one' },
      ...{ schedule: 'nightly', scheduledAt: a, trigger: 'SCHEDULE', moved: { from, id } },
      ...{ claimedAt: iso(Date.now()), executionArn: 'early', configVersion: 'c' },
    })
    const claimed = JSON.parse((await on.run('status', '--json')).stdout)
    expect(claimed.planned.map((it: { requestId: string }) => it.requestId)).not.toContain(id)
    expect(claimed.underWay).toMatchObject([{ rotation: { moved: { id } } }])
    expect((await on.run('next', '--schedule', 'nightly', '--from', a, '--count', '1')).stdout).toMatch(
      /moved from/,
    )
  })
})

it('taken back once its own instant has come: nothing of it rotates, and it says so', async () => {
  const [from, to] = [own(40), later(own(40))]
  const id = await idOf(from, to)
  const wave = { schedule: 'nightly', scheduledAt: from, startedAt: from, secrets: 2, executionArn: 'run' }
  await records().waves.start(waveIdOf({ name: 'nightly', occasion: from }), wave)
  const { code, stdout } = await on.run('cancel', id)
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(
      /It is left out: a run of it has begun .*left out\n.*rotate all the same: npx .*run .*--schedule nightly/,
    ),
  ])
  expect((await requestOf(id)).state).toBe('CANCELLED')
  const left = await records().exceptions.at('nightly', from)
  expect([left?.id, left?.movedTo]).toEqual([id, undefined])
})

it('cancel right after, before any index shows it; and a reason that is too long changes nothing', async () => {
  const [from, to] = [own(42), later(own(42))]
  const id = await idOf(from, to)
  const skipped = JSON.parse(
    (await on.run('skip', 'nightly', '--at', own(43), '--reason', 'CHG-1', '--json')).stdout,
  ).id
  // What an index says is not asked for.
  const refused = { kind: 'error', code: 'ValidationException', status: 400 } as const
  on.aws.faults.push({ service: 'dynamodb', action: 'Query', times: 1_000, ...refused })
  const long = await on.run('cancel', id, '--reason', 'x'.repeat(1_001))
  expect([long.code, long.stderr]).toEqual([2, expect.stringMatching(/1001 characters; 1000 at most/)])
  expect((await requestOf(id)).state).toBe('PLANNED')
  for (const it of [id, skipped]) expect((await on.run('cancel', it)).code).toBe(0)
  on.aws.faults.length = 0
})

it('an answer that got lost is no second move', async () => {
  const [from, to] = [own(46), later(own(46))]
  on.aws.faults.push({ service: 'dynamodb', action: 'TransactWriteItems', times: 1, kind: 'lost-response' })
  const { code, stdout } = await move(from, to, '--json')
  expect([code, on.aws.faults.every(({ times }) => times === 0)]).toEqual([0, true])
  expect((await requestOf(JSON.parse(stdout).id)).state).toBe('PLANNED')
})

it('by a config in which its schedule is disabled it cannot start', async () => {
  const [from, to] = [own(52), later(own(52))]
  const id = await idOf(from, to)
  const text = await readFile(on.file, 'utf8')
  await writeFile(on.file, text.replace('approval: {', 'enabled: false, approval: {'))
  const { stdout } = await on.run('next', '--schedule', 'nightly', '--from', from)
  await writeFile(on.file, text)
  expect(stdout).toMatch(
    new RegExp(`moved from ${from} .*\\(${id}\\); cannot start: schedule nightly is disabled`),
  )
})

it('where a later config has an occurrence of its own, one of the two is shown as left out', async () => {
  const [from, to] = [own(56), later(own(56))]
  const id = await idOf(from, to)
  const text = await readFile(on.file, 'utf8')
  await writeFile(on.file, text.replace('cron(0 3 ', 'cron(0 13 '))
  const { stdout } = await on.run('next', '--schedule', 'nightly', '--from', from, '--count', '2', '--json')
  await writeFile(on.file, text)
  expect(JSON.parse(stdout)).toMatchObject([
    { scheduledAt: to, skipped: { id } },
    { scheduledAt: to, skipped: null, planned: { id, movedFrom: from } },
  ])
})

it('where no answer comes at all, it is not known whether it was moved, or taken back; asked again it is', async () => {
  const [from, to] = [own(54), later(own(54))]
  const lost = async (act: () => Promise<{ code: number | null; stderr: string }>) => {
    on.aws.faults.push({
      ...{ service: 'dynamodb', action: 'TransactWriteItems', times: 1_000, kind: 'lost-response' },
    })
    const { code, stderr } = await act()
    on.aws.faults.length = 0
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/is not known whether this was done: .*\n.*hint: give the same command again/),
    ])
  }
  await lost(() => move(from, to))
  const again = await move(from, to, '--json')
  expect(again.code).toBe(0)
  const { id } = JSON.parse(again.stdout)
  expect((await requestOf(id)).state).toBe('PLANNED')
  await lost(() => on.run('cancel', id))
  expect((await on.run('cancel', id)).stdout).toMatch(/CANCELLED|runs as scheduled/)
  // What was refused was not done, and that is known.
  const refused = { kind: 'error', code: 'ValidationException', status: 400, times: 1 } as const
  on.aws.faults.push({ service: 'dynamodb', action: 'TransactWriteItems', ...refused })
  expect((await move(from, to)).stderr).toMatch(/could not move it/)
  on.aws.faults.length = 0
}, 60_000)

it('status and cancel --list fit 80 columns where somebody says so', async () => {
  const from = own(44)
  await idOf(from, later(from))
  on.aws.env.COLUMNS = '80'
  const listed = await on.runProcess('cancel', '--list')
  delete on.aws.env.COLUMNS
  expect(listed.code).toBe(0)
  expect(Math.max(...listed.stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80)
})
