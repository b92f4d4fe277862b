import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordsIn } from '../../src/runtime/records.ts'
import { type Stage, startStage } from './stage.ts'
import { tourbillon } from './tourbillon.ts'

let on: Stage
beforeAll(async () => {
  on = await startStage(
    'ahead',
    `defaults: { timezone: UTC, window: 5m, timeout: 30s }
freezes:
  - { name: winter, from: 2020-01-01, to: 2090-01-01, reason: tests }
schedules:
  free:
    when: cron(0 3 ? * SUN *)
    secrets: [app/free, app/held]
    ignoreFreezes: [{ name: winter, reason: tests }]
  frozen: { when: cron(0 4 ? * SUN *), secrets: [app/frozen] }
  chosen:
    when: cron(0 5 ? * SUN *)
    secrets: { prefix: chosen/ }
    ignoreFreezes: [{ name: winter, reason: tests }]
  led:
    when: cron(0 7 ? * SUN *)
    secrets: [app/free, app/third]
    canary: 1
    ignoreFreezes: [{ name: winter, reason: tests }]
  barred:
    when: cron(0 8 ? * SUN *)
    secrets: [app/held, app/third]
    canary: 1
    ignoreFreezes: [{ name: winter, reason: tests }]
  nobody:
    when: cron(0 6 ? * SUN *)
    secrets: { prefix: nobody/ }
    ignoreFreezes: [{ name: winter, reason: tests }]
`,
  )
  await Promise.all(
    ['app/free', 'app/held', 'app/third', 'app/frozen', 'chosen/one'].map((name) => on.secret(name)),
  )
  const held = await on.run('hold', '--secret', 'app/held', '--reason', 'incident 7')
  expect(held.code).toBe(0)
})
afterAll(() => on.stop())

const dry = (...args: string[]) => on.run('run', '--dry-run', ...args)

describe('run --dry-run answers as the gate would', () => {
  it('each secret for itself, and is bad news where one would not rotate', async () => {
    const { code, stdout } = await dry('--schedule', 'free')
    expect(code).toBe(1)
    expect(stdout).toMatch(/^would rotate app\/free at .*Z as [0-9a-f-]{36}\nwould not rotate app\/held at /)
    expect(stdout).toMatch(/HELD, .+@.+ holds secret\/app\/held since .*: incident 7/)
    expect((await dry('--schedule', 'free', '--secret', 'app/free')).code).toBe(0)
  })

  it('with the freeze, and with the override that passes it', async () => {
    const frozen = await dry('--schedule', 'frozen', '--json')
    expect(frozen.code).toBe(1)
    expect(JSON.parse(frozen.stdout)).toMatchObject({
      dryRun: true,
      unseen: [],
      rotations: [{ secret: 'app/frozen', refused: { reason: 'FROZEN' } }],
    })
    const passed = await dry('--schedule', 'frozen', '--override', 'incident 8')
    expect([passed.code, passed.stdout]).toEqual([0, expect.stringMatching(/^would rotate app\/frozen at /)])
  })

  it('with what a selector would choose, and bad news where that is nothing', async () => {
    const { code, stdout } = await dry('--schedule', 'chosen')
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^would rotate chosen\/one at /)])
    const nothing = await dry('--schedule', 'nobody')
    expect([nothing.code, nothing.stdout]).toEqual([1, 'no secret matches: nothing would rotate\n'])
  })

  it('with who goes first, and what waits for it', async () => {
    const { code, stdout } = await dry('--schedule', 'led')
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        /^would rotate app\/free at \S+Z as \S+, a canary\nwould rotate app\/third once its canaries have succeeded as \S+\n$/,
      ),
    ])
    const barred = await dry('--schedule', 'barred')
    expect([barred.code, barred.stdout]).toEqual([
      1,
      expect.stringMatching(
        /app\/held at .*HELD.*\nwould not rotate app\/third at .*CANARY_NOT_VERIFIED, canary "app\/held" would not rotate: HELD\n$/,
      ),
    ])
    expect((await dry('--schedule', 'led', '--secret', 'app/third')).stdout).toMatch(
      /^would rotate app\/third at /,
    )
  })

  it('by the config alone where AWS cannot be asked, and says what it has not seen', async () => {
    const offline = ['run', '--config', on.file, '--dry-run', '--schedule', 'frozen']
    const { code, stdout, stderr } = await tourbillon(offline, { env: {} })
    expect(code).toBe(2)
    expect(stdout).toMatch(/^would not rotate app\/frozen at .*FROZEN/)
    expect(stderr).toMatch(/^holds: not seen: /)
  })
})

it('run --at says of what it plans that, as it stands, it would not rotate', async () => {
  const at = new Date(Date.now() + 3_600_000).toISOString()
  const frozen = await on.run('run', '--schedule', 'frozen', '--at', at)
  expect([frozen.code, frozen.stdout]).toEqual([0, expect.stringMatching(/^planned app\/frozen at /)])
  expect(frozen.stderr).toMatch(/^warning: as it stands, app\/frozen would not rotate: FROZEN, .*winter/m)
  const free = await on.run('run', '--schedule', 'free', '--secret', 'app/free', '--at', at)
  expect([free.code, free.stderr]).toEqual([0, expect.not.stringContaining('would not rotate')])
})

it('run warns where another rotation of the secret is on, or has just ended, and goes on', async () => {
  const { ledger } = recordsIn('tourbillon-ahead-ledger')
  const at = new Date().toISOString()
  const claim = {
    ...{ rotationId: 'a-rotation-of-ben-on-the-same-secret', schedule: 'free', secret: 'app/free' },
    ...{ secretName: 'app/free', scheduledAt: at, trigger: 'ON_DEMAND' as const, requester: 'ben@desk' },
    ...{ claimedAt: at, executionArn: 'other', configVersion: '0' },
  }
  await ledger.claim(claim)
  const ask = ['--schedule', 'free', '--secret', 'app/free']
  const first = await on.run('run', ...ask)
  expect(first.code).toBe(0)
  expect(first.stderr).toMatch(
    /^warning: app\/free is CLAIMED since .*Z \(free, asked for by ben@desk\)\nrotating /,
  )
  await ledger.transition(claim.rotationId, ['CLAIMED'], { status: 'SKIPPED', at, settledAt: at })
  // One that has been claimed ahead of its instant is not on since then.
  const soon = new Date(Date.now() + 300_000).toISOString()
  const ahead = { ...claim, rotationId: 'another-of-ben', scheduledAt: soon }
  await ledger.claim(ahead)
  const third = await on.run('run', ...ask)
  expect(third.stderr).toContain(
    `warning: app/free is CLAIMED, to rotate at ${soon} (free, asked for by ben@desk)\n`,
  )
  await ledger.transition(ahead.rotationId, ['CLAIMED'], { status: 'SKIPPED', at, settledAt: at })
  const second = await on.run('run', ...ask)
  expect(second.stderr).toMatch(/^warning: app\/free has rotated at .*Z \(free, asked for by .+@.+\)\n/)
})
