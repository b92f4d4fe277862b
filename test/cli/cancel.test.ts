import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuditReport } from '../../src/audit/audit.ts'
import type { KeptRequest } from '../../src/ledger/requests.ts'
import { rotationIdOf } from '../../src/model/identity.ts'
import { recordsIn } from '../../src/runtime/records.ts'
import { type Stage, startStage } from './stage.ts'
import { tourbillon } from './tourbillon.ts'

let on: Stage
beforeAll(async () => {
  on = await startStage(
    'planned',
    `defaults: { timezone: Asia/Tokyo, window: 5m, timeout: 30s }
schedules:
  sundays: { when: cron(0 3 ? 6 SUN 2040), secrets: [app/one, app/two] }
`,
  )
  await Promise.all([on.secret('app/one'), on.secret('app/two')])
})
afterAll(() => on.stop())

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString()

describe('a planned run', () => {
  it('is answered as planned, is listed, and is cancelled once, who and why kept', async () => {
    const at = inMinutes(3 * 24 * 60)
    const asked = await on.run('run', '--secret', 'app/one', '--at', at, '--request-id', 'CHG-1', '--json')
    expect(asked.code).toBe(0)
    expect(JSON.parse(asked.stdout)).toMatchObject({ requestId: 'CHG-1', scheduledAt: at, planned: true })
    expect(asked.stderr).toMatch(/to take it back: npx aws-tourbillon cancel --config .*planned\.yml CHG-1\n/)

    const listed = await on.run('cancel', '--list')
    expect(listed.stdout).toMatch(/^ID +FOR.*\nCHG-1 +.*Z +app\/one +.+@/)

    const first = await on.run('cancel', 'CHG-1', '--reason', 'moved', '--json')
    expect(first.code).toBe(0)
    const { state, events } = JSON.parse(first.stdout) as KeptRequest
    expect(state).toBe('CANCELLED')
    expect(events).toMatchObject([
      { state: 'PLANNED' },
      { state: 'CANCELLED', reason: 'moved', by: expect.stringMatching(/.@./) },
    ])
    const again = await on.run('cancel', 'CHG-1')
    expect([again.code, again.stdout]).toEqual([
      0,
      expect.stringMatching(
        /^CHG-1, app\/one at .*Z: CANCELLED by .+@.+ at .*Z \(moved; a claim, not proved: .+\)\n$/,
      ),
    ])
    expect((await on.run('cancel', '--list')).stderr).toMatch(/nothing is planned/)
    const reused = await on.run('run', '--secret', 'app/one', '--at', at, '--request-id', 'CHG-1')
    expect(reused.code).toBe(2)
    expect(reused.stderr).toMatch(/requestId CHG-1 is over: .*CANCELLED/)
  })

  it('that has started is too late to cancel: a hold is the way', async () => {
    // As it stands once its instant has come near.
    const [requestId, scheduledAt] = ['CHG-2', inMinutes(8)]
    const payload = JSON.stringify({ requestId, secrets: ['app/two'], scheduledAt })
    await recordsIn('tourbillon-planned-ledger').requests.keep({
      ...{ requestId, scheduledAt, payload, asked: '', state: 'PLANNED', askedAt: inMinutes(-60) },
    })
    const { handler } = (await import('../../handlers/audit.ts')) as { handler(): Promise<AuditReport> }
    expect(await handler()).toMatchObject({ errors: 0 })
    const rotationId = rotationIdOf('on-demand', 'app/two', requestId)
    await expect.poll(async () => (await on.ledger.get(rotationId))?.status).toBe('CLAIMED')
    const { code, stdout, stderr } = await on.run('cancel', requestId)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(
      /^too late: .*STARTED at .*\n {4}hint: a hold stops what has not rotated: npx aws-tourb/,
    )
  })

  it.each([
    ['nothing', [], /which one\?/],
    [
      'an id that nobody knows',
      ['CHG-9'],
      /stage planned has no planned run, skip or move "CHG-9"\n {4}hint: those that there are/,
    ],
  ])('with %s cannot be cancelled', async (_what, ids, message) => {
    const { code, stderr } = await on.run('cancel', ...ids)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })

  it('is of one instant whatever the clock of the laptop, on a dry run and in earnest', async () => {
    const day = inMinutes(3 * 24 * 60).slice(0, 10)
    const expected = new Date(`${day}T03:00:00+09:00`).toISOString()
    for (const TZ of ['Asia/Tokyo', 'America/New_York', 'UTC']) {
      on.aws.env.TZ = TZ
      const ask = ['run', '--secret', 'app/one', '--at', `${day}T03:00`, '--json']
      const dry = await on.run(...ask, '--dry-run')
      const real = await on.run(...ask)
      delete on.aws.env.TZ
      expect(JSON.parse(dry.stdout).scheduledAt).toBe(expected)
      expect(JSON.parse(real.stdout)).toMatchObject({ scheduledAt: expected, planned: true })
      expect(real.stderr).toMatch(/by the clock of Asia\/Tokyo: /)
    }
  })
})

describe('what is planned is shown where occurrences are', () => {
  const at = inMinutes(2 * 24 * 60)
  const planned = { id: 'CHG-7', by: expect.stringMatching(/.@./), reason: 'move' }
  beforeAll(async () => {
    const asked = ['--secret', 'app/one', '--at', at, '--request-id', 'CHG-7', '--reason', 'move']
    expect((await on.run('run', ...asked)).code).toBe(0)
  })

  it('in next, with its id and who asked', async () => {
    const json = await on.run('next', '--to', inMinutes(3 * 24 * 60), '--json')
    const found = (JSON.parse(json.stdout) as { planned?: { id: string } }[]).find(
      (it) => it.planned?.id === 'CHG-7',
    )
    expect(found).toMatchObject({ schedule: 'on-demand', secrets: ['app/one'], scheduledAt: at, planned })
    const { stdout } = await on.run('next', '--to', inMinutes(3 * 24 * 60))
    expect(stdout).toMatch(/on-demand\n {4}planned by .+@.+: move \(CHG-7\)\n/)
  })

  it('in the calendar and its .ics', async () => {
    const month = new Date(Date.parse(at) + 9 * 3_600_000).toISOString().slice(0, 7)
    const grid = await on.run('calendar', '--month', month)
    expect(grid.stdout).toMatch(/│ \* (\d\d:\d\d|×\d)/)
    expect(grid.stdout).toMatch(/\n\* {2}\w+ +\d+ \w+ .* app\/one: planned by .+@.+: move \(CHG-7\)\n/)
    const { stdout } = await on.run('calendar', '--ics', '-')
    expect(stdout.replaceAll('\r\n ', '')).toMatch(/DESCRIPTION:.*on demand.*planned by .*CHG-7/)
  })

  it('in status, with what takes it back', async () => {
    const { stdout } = await on.run('status')
    expect(stdout).toMatch(
      /\nPLANNED ON DEMAND\n(.*\n)*.* app\/one .*\n +npx aws-tourbillon cancel --config .*planned\.yml CHG-7\n/,
    )
    const { planned: all } = JSON.parse((await on.run('status', '--json')).stdout) as {
      planned: { requestId: string }[]
    }
    expect(all.find(({ requestId }) => requestId === 'CHG-7')).toMatchObject({
      ...{ schedule: 'on-demand', secrets: ['app/one'], scheduledAt: at, reason: 'move', frozen: null },
    })
  })

  it('in status, with how long ago it was due where nothing has started it', async () => {
    const { requests } = recordsIn('tourbillon-planned-ledger')
    const [requestId, scheduledAt] = ['CHG-late', inMinutes(-20)]
    const payload = JSON.stringify({ requestId, secrets: ['app/one'], scheduledAt })
    const asked = JSON.stringify([null, ['app/one'], null, null])
    await requests.keep({ requestId, scheduledAt, payload, asked, state: 'PLANNED', askedAt: inMinutes(-90) })
    expect((await on.run('status')).stdout).toMatch(
      /\nPLANNED ON DEMAND\n +due 20 min( \d+ s)? ago .* app\/one/,
    )
  })

  it('and next says where the ledger cannot be read, and shows the rest', async () => {
    const credentials = {
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_REGION: 'us-east-1',
    }
    const env = { ...credentials, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }
    const { code, stdout, stderr } = await tourbillon(['next', '--config', on.file], { env })
    expect(code).toBe(0)
    expect(stdout).toContain('sundays')
    expect(stderr).toMatch(/^planned runs \(run --at\), and what is skipped, are not shown: /)
  })
})
