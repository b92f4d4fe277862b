import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withAws } from '../../src/aws/with-aws.ts'
import { history } from '../../src/cli/history.ts'
import type { Claim } from '../../src/ledger/ledger.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { iso } from '../../src/model/time.ts'
import { within } from '../busy.ts'
import { aClaim } from '../ledger/table.ts'
import { type Stage, startStage } from './stage.ts'
import { runCommand } from './terminal.ts'
import { tourbillon } from './tourbillon.ts'

let on: Stage
let claims: Claim[]
const DAY = 86_400_000
const ago = (days: number) => new Date(Date.now() - days * DAY).toISOString()

beforeAll(async () => {
  on = await startStage(
    'history',
    'schedules:\n  nightly: { when: cron(0 3 * * ? *), timezone: UTC, secrets: [a, b] }\n',
  )
  claims = [
    aClaim({ secret: 'a', scheduledAt: ago(3) }),
    aClaim({ secret: 'a', scheduledAt: ago(2), schedule: 'on-demand', trigger: 'ON_DEMAND' }),
    aClaim({ secret: 'b', scheduledAt: ago(1) }),
    aClaim({ secret: 'b', scheduledAt: ago(30) }),
    aClaim({ secret: 'b', scheduledAt: ago(-2), schedule: 'on-demand', trigger: 'ON_DEMAND' }),
  ]
  await Promise.all(claims.map((claim) => on.ledger.claim(claim)))
  await on.ledger.transition(claims[0]?.rotationId ?? '', ['CLAIMED'], {
    ...{ status: 'FAILED', at: ago(3), reason: 'SECRET_NOT_FOUND', message: 'no secret "a"' },
  })
})
afterAll(() => on.stop())

/** Days ago, of the rotations found. */
async function found(...args: string[]): Promise<string[]> {
  const now = new Date().toISOString()
  const { code, out, err } = await runCommand(history, ['--json', '--config', on.file, ...args], { now })
  expect([code, err]).toEqual([0, ''])
  return (JSON.parse(out) as Rotation[]).map(
    ({ secretName, scheduledAt }) =>
      `${secretName}${Math.round((Date.now() - Date.parse(scheduledAt)) / DAY)}`,
  )
}

describe.concurrent('history', () => {
  it.each([
    ['of a week and what is claimed ahead', [], ['b-2', 'b1', 'a2', 'a3']],
    ['of one secret', ['--secret', 'a'], ['a2', 'a3']],
    [
      'of one secret by its ARN',
      ['--secret', 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-a1B2c3'],
      ['a2', 'a3'],
    ],
    ['of one schedule', ['--schedule', 'nightly'], ['b1', 'a3']],
    ['on demand', ['--schedule', 'on-demand'], ['b-2', 'a2']],
    ['of a secret within a schedule', ['--secret', 'a', '--schedule', 'nightly'], ['a3']],
    ['of one status, in any capitals', ['--status', 'failed'], ['a3']],
    ['since an instant', ['--since', ago(1.5)], ['b-2', 'b1']],
    ['since a day long ago', ['--since', ago(40).slice(0, 10), '--secret', 'b'], ['b-2', 'b1', 'b30']],
    ['until an instant', ['--until', ago(1.5)], ['a2', 'a3']],
    ['of at most two', ['--limit', '2'], ['b-2', 'b1']],
  ])('%s', async (_what, args, expected) => {
    expect(await found(...args)).toEqual(expected)
  })

  it('is a table for people, with what went wrong and what to do', async () => {
    const { code, stdout, stderr } = await on.run('history', '--secret', 'a')
    expect(code).toBe(0)
    expect(stdout.trimEnd().split('\n')).toHaveLength(3)
    expect(stdout).toMatch(/a +FAILED SECRET_NOT_FOUND +nightly +SCHEDULE +– +–\n/)
    expect(stderr).toBe('a: no secret "a"\n    hint: Correct the name in the config, or create the secret.\n')
  })

  it('of nothing says what was looked through', async () => {
    const { code, stdout, stderr } = await on.run('history', '--secret', 'a', '--since', ago(1))
    expect([code, stdout]).toEqual([0, ''])
    expect(stderr).toMatch(/^no rotation in the ledger from .*Z to .*Z\n$/)
  })

  it.each([
    ['a secret', ['--secret', 'nobody'], /no schedule has a secret "nobody"\n {4}hint: there are: a, b\n$/],
    ['a schedule', ['--schedule', 'nihgtly'], /no schedule "nihgtly"\n {4}hint: did you mean "nightly"\?\n$/],
    ['a schedule, for spreadsheets', ['--csv', '--schedule', 'weekly'], /no schedule "weekly"\n/],
    ['a schedule, for machines', ['--json', '--schedule', 'weekly'], /no schedule "weekly"\n/],
  ])('says that nobody knows %s', async (_what, args, message) => {
    const { code, stderr } = await on.run('history', ...args)
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)])
  })

  it('tells rotations apart by the beginning of their ids, and local time beside UTC', async () => {
    const { stdout } = await on.run('history', '--secret', 'a', '--timezone', 'Asia/Tokyo')
    const [head, ...rows] = stdout.trimEnd().split('\n')
    expect(head).toMatch(/^ID +SCHEDULED \(Asia\/Tokyo\) +SCHEDULED \(UTC\) +SECRET /)
    const at = Date.parse(claims[1]?.scheduledAt ?? '')
    const local = new Date(at + 9 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')
    expect(rows[0]).toMatch(new RegExp(`^rotation-\\d+ +${local} +${iso(at).slice(0, 19)}Z +a `))
  })

  it.each([
    ['a status that is none', ['--status', 'fialed'], /no such status\ndid you mean FAILED\?/],
    ['a limit that is none', ['--limit', 'many'], /--limit many: a whole number from 1 is expected/],
    [
      'a time without its offset',
      ['--since', '2026-11-24T03:00'],
      /--since .* does not say by whose clock\n/,
    ],
    [
      'an end before the start',
      ['--since', '2026-11-02', '--until', '2026-11-01'],
      /nothing lies between.*\n/,
    ],
    ['a thousand days of everything', ['--since', '2020-01-01'], /days of every secret.*\nname a --secret/],
    ['a word too many', ['a'], /unexpected "a"\ndid you mean --secret a\?/],
  ])('does not guess at %s', async (_what, args, message) => {
    const { code, out, err } = await runCommand(history, [...args, '--config', on.file])
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(message)
  })
})

describe('without AWS', () => {
  const keys = { AWS_ACCESS_KEY_ID: 'k', AWS_SECRET_ACCESS_KEY: 's' }
  const region = { AWS_REGION: 'eu-central-1' }
  it.each([
    ['no region', { ...keys }, /Region is missing\n {4}hint: write region: under stage: in its config file/],
    ['no credentials', { ...region }, /credentials.*\n {4}hint: log in to AWS/],
    [
      'nothing listening',
      { ...keys, ...region, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
      /ECONNREFUSED 127\.0\.0\.1:1\n {4}hint: nothing answers there: check AWS_ENDPOINT_URL/,
    ],
    [
      'nothing listening at either address of a name',
      { ...keys, ...region, AWS_ENDPOINT_URL: 'http://localhost:1' },
      /ECONNREFUSED .*\n {4}hint: nothing answers there/,
    ],
    [
      'no such host',
      { ...keys, ...region, AWS_ENDPOINT_URL: 'http://nowhere.invalid' },
      /nowhere\.invalid.*\n {4}hint: nothing answers/,
    ],
    [
      'an address that is none',
      { ...keys, ...region, AWS_ENDPOINT_URL: 'nonsense' },
      /Invalid URL\n {4}hint: check AWS_ENDPOINT_URL/,
    ],
  ])('%s: a message, a hint, and soon', async (_what, env, message) => {
    const { code, stdout, stderr, ms } = await tourbillon(['history', '--config', on.file], { env })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/^ +at /m)
    expect(ms).toBeLessThan(within(15_000))
  })

  it('run tells it in the same way', async () => {
    const env = { ...keys, ...region, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }
    const args = ['run', '--stage', 'local', '--secret', 'local/orders/db', '--wait']
    const { code, stdout, stderr } = await tourbillon(args, { env })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(
      /could not ask STS whose account this is: .*ECONNREFUSED.*\n {4}hint: nothing answers there/,
    )
  })

  it('a call that nobody answers is given up', async () => {
    const never = () => new Promise<never>(() => {})
    await expect(withAws('ask', never, { giveUpMs: 20 })).rejects.toMatchObject({
      message: 'could not ask: ETIMEDOUT: no answer in 0.02 s',
      hint: expect.stringMatching(/^nothing answers there/),
    })
  })

  it('an answer that is not AWS’s is told by its status', async () => {
    const server = createServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 4\r\n\r\nnope'))
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const env = { ...keys, ...region, AWS_ENDPOINT_URL }
    const { code, stderr } = await tourbillon(['history', '--config', on.file], { env })
    server.close()
    expect(code).toBe(2)
    expect(stderr).toMatch(/not AWS’s \(HTTP 403\)\n {4}hint: check AWS_ENDPOINT_URL/)
  })
})
