import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Rotation } from '../../src/model/rotation.ts'
import { type Stage, startStage } from '../cli/stage.ts'
import { tourbillon } from '../cli/tourbillon.ts'

/** As functions of others answer, and as people type: long, with lines, escapes and turned text. */
const LONG = 'x'.repeat(500_000)
const ACTING = 'it\u001b[2Jis\n\nSUCCEEDED: all is well\u202e lla\u009b31m'

let on: Stage
beforeAll(async () => {
  on = await startStage(
    'words',
    `defaults: { timezone: UTC, window: 5m, timeout: 30s }
schedules:
  veto: { when: cron(0 3 ? * SUN *), secrets: [app/veto], before: [{ invoke: veto }] }
  answer: { when: cron(0 3 ? * SUN *), secrets: [app/answer], before: [{ invoke: answer }] }
  verify: { when: cron(0 3 ? * SUN *), secrets: [app/verify], after: [{ invoke: veto }] }
  odd: { when: cron(0 3 ? * SUN *), secrets: [app/odd], before: [{ invoke: odd }] }
  acting: { when: cron(0 3 ? * SUN *), secrets: [app/acting], before: [{ invoke: acting }] }
  throws: { when: cron(0 3 ? * SUN *), secrets: [app/throws], before: [{ invoke: throws, timeout: 1s }] }
`,
  )
  on.aws.functions.set('veto', async () => ({ ok: false, reason: LONG }))
  on.aws.functions.set('answer', async () => ({ ok: true, notes: LONG.slice(0, 250_000) }))
  on.aws.functions.set('odd', async () => ({ ok: false, reason: { code: 7 } }))
  on.aws.functions.set('acting', async () => ({ ok: false, reason: ACTING }))
  on.aws.functions.set('throws', async () => {
    throw new Error(LONG)
  })
  await Promise.all(
    ['veto', 'answer', 'verify', 'odd', 'acting', 'throws'].map((name) => on.secret(`app/${name}`)),
  )
})
afterAll(() => on.stop())

async function ended(schedule: string): Promise<Rotation> {
  await on.run('run', '--schedule', schedule, '--wait', '--json')
  for await (const rotation of on.ledger.query('bySchedule', schedule)) return rotation
  throw new Error('nothing in the ledger')
}

describe.concurrent('what others write', () => {
  it('a veto of 500 KB is a veto, cut', async () => {
    const { status, reason, message = '' } = await ended('veto')
    expect([status, reason]).toEqual(['SKIPPED', 'VETOED'])
    expect(message).toMatch(/^before-hook veto: x+ … \(cut: 500000 characters\)$/)
    expect(message.length).toBeLessThan(2_100)
  })

  it('an answer of 250 KB is an answer', async () => {
    expect((await ended('answer')).status).toBe('SUCCEEDED')
  })

  it('a complaint of 500 KB after a rotation is told, and the secret has changed', async () => {
    const { reason, rotatedAt, message } = await ended('verify')
    expect(reason).toBe('VERIFICATION_FAILED')
    expect(rotatedAt).toBeDefined()
    expect(message).toMatch(/cut: 500000/)
  })

  it('a hook’s error of 500 KB is the outcome', async () => {
    const { reason, message = '' } = await ended('throws')
    expect(reason).toBe('HOOK_FAILED')
    expect(message.length).toBeLessThan(2_200)
  })

  it('a reason that is no text is shown as what it is', async () => {
    expect((await ended('odd')).message).toBe('before-hook odd: {"code":7}')
  })

  it('stays on one line, and moves no cursor', async () => {
    const { message } = await ended('acting')
    expect(message).toBe('before-hook acting: it\\u001b[2Jis SUCCEEDED: all is well\\u202e lla\\u009b31m')
  })
})

describe('what stands in a config', () => {
  it('is one line of `next` and of a calendar', async () => {
    const file = join(dirname(on.file), 'frozen.yml')
    await writeFile(
      file,
      `defaults: { timezone: UTC }
freezes: [{ name: year-end, from: 2026-12-25, to: 2027-01-04, reason: ${JSON.stringify(ACTING)} }]
schedules:
  nightly: { when: cron(0 3 * * ? *), secrets: [a] }
`,
    )
    const shown = 'frozen by year-end: it\\u001b[2Jis SUCCEEDED: all is well\\u202e lla\\u009b31m'
    const range = ['--from', '2026-12-25', '--to', '2026-12-26', '--config', file]
    const { stdout } = await tourbillon(['next', ...range])
    expect(stdout.split('\n')).toContain(`    ${shown}`)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
    expect(stdout).not.toMatch(/[\u001b\u009b\u202e]/)
    const [only] = JSON.parse((await tourbillon(['next', ...range, '--json'])).stdout)
    expect(only.note).toContain(ACTING)
  })
})

describe('what a person types', () => {
  it('stands in a list of holds as one row', async () => {
    await on.run('hold', '--schedule', 'odd', '--reason', ACTING)
    const { stdout } = await on.run('hold', '--list')
    expect(stdout.trimEnd().split('\n')).toHaveLength(2)
    expect(stdout).toContain('it\\u001b[2Jis SUCCEEDED: all is well\\u202e lla\\u009b31m')
    const released = await on.run('release', '--schedule', 'odd')
    expect(released.stdout.trimEnd().split('\n')).toHaveLength(1)
  })

  it('has words in it', async () => {
    const { code, stderr } = await on.run('hold', '--all', '--reason', ' \t ')
    expect(code).toBe(2)
    expect(stderr).toMatch(/why\?/)
  })
})
