import {
  InvokeCommand,
  LambdaClient,
  SendDurableExecutionCallbackSuccessCommand,
} from '@aws-sdk/client-lambda'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Approval } from '../../src/ledger/approvals.ts'
import type { CallerProof } from '../../src/model/caller.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { recordsOf } from '../../src/runtime/records.ts'
import { within } from '../busy.ts'
import { people } from './people.ts'
import { type Stage, startStage } from './stage.ts'

const arn = (account: string, role: string, session: string) =>
  `arn:aws:sts::${account}:assumed-role/${role}/${session}`
const PEOPLE = {
  ana: arn('000000000000', 'operator', 'ana'),
  ben: arn('000000000000', 'approver', 'ben'),
  /** Ana, in another of her roles. */
  admin: arn('000000000000', 'admin', 'ana'),
  /** Anybody, in an account of their own. */
  eve: arn('111122223333', 'approver', 'eve'),
}
type Person = keyof typeof PEOPLE

let on: Stage
const { arrive, as, proofOf: signed } = people(PEOPLE, () => on)
beforeAll(async () => {
  on = await startStage(
    'second',
    `defaults: { timezone: UTC, window: 10m, timeout: 30s }
schedules:
  guarded: { when: cron(0 3 ? * SUN *), secrets: [app/a, app/b, app/c, app/d, app/e, app/f], approval: { timeout: 5m } }
  brief: { when: cron(0 3 ? * SUN *), secrets: [app/brief], window: 1m, approval: {} }
  free: { when: cron(0 3 ? * SUN *), secrets: [app/free] }
  picked: { when: cron(0 3 ? * SUN *), secrets: { tags: { team: y } }, approval: {} }
  tagged: { when: cron(0 3 ? * SUN *), secrets: { tags: { team: x } } }
`,
  )
  arrive()
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'brief', 'free', 'picked']
  await Promise.all(names.map((name) => on.secret(`app/${name}`)))
})
afterAll(() => on.stop())
afterEach(() => on.aws.faults.splice(0))

/** What Ana asks for, without waiting: the approval that it waits for. */
async function asked(secret: string, ...args: string[]): Promise<Approval> {
  const { code, stdout, stderr } = await as('ana', 'run', '--secret', secret, '--no-wait', '--json', ...args)
  expect([code, stderr]).toEqual([0, expect.any(String)])
  const { approvalId } = JSON.parse(stdout) as { approvalId: string }
  await expect.poll(async () => (await approval(approvalId))?.callbackId, patience()).toBeDefined()
  return (await approval(approvalId)) as Approval
}

const patience = () => ({ timeout: within(10_000) })
const approval = (id: string) => recordsOf('second').approvals.get(id)

async function settled(secret: string): Promise<Rotation | undefined> {
  const last = async () => {
    for await (const it of on.ledger.query('bySecret', secret)) return it
    return undefined
  }
  await expect.poll(async () => (await last())?.settledAt, patience()).toBeDefined()
  return last()
}

/** An answer past the command: whoever may send callbacks can send any. */
async function send({ callbackId: CallbackId = '' }: Approval, answer: object): Promise<void> {
  const Result = Buffer.from(JSON.stringify({ status: 'APPROVED', by: 'eve@desk', ...answer }))
  await new LambdaClient({}).send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result }))
}

function proofOf(person: Person, id: string, stage = 'second'): Promise<CallerProof> {
  return signed(person, { stage, deed: 'approve', id })
}

/** Asked again, after an answer that did not count, with why. */
async function refused({ approvalId, callbackId }: Approval): Promise<[Approval, string]> {
  await expect.poll(async () => (await approval(approvalId))?.callbackId, patience()).not.toBe(callbackId)
  const now = (await approval(approvalId)) as Approval
  return [now, now.refused?.why ?? '']
}

describe('a run on demand of what wants an approval', () => {
  it('waits for another person, whose signature counts, and who asked is not one', async () => {
    const { approvalId, askedBy } = await asked('app/a', '--reason', 'CHG-1')
    expect(askedBy).toMatchObject({ arn: PEOPLE.ana, reason: 'CHG-1', secrets: 'app/a' })
    const told = () => on.aws.published.find(({ text }) => text.includes(approvalId))?.text ?? ''
    await expect
      .poll(told, patience())
      .toContain(`Proved by STS: ${PEOPLE.ana}. Somebody else has to approve it.`)
    expect((await as('ben', 'approve', '--list')).stdout.replaceAll(/\s+/g, ' ')).toContain('app/a')
    const own = await as('ana', 'approve', approvalId)
    expect([own.code, own.stderr]).toEqual([
      2,
      expect.stringContaining(`does not count: ${PEOPLE.ana} has asked for it`),
    ])
    const other = await as('ben', 'approve', approvalId, '--reason', 'seen')
    expect([other.code, other.stderr]).toEqual([0, ''])
    const rotation = await settled('app/a')
    expect(rotation).toMatchObject({
      ...{ status: 'SUCCEEDED', schedule: 'on-demand', caller: { arn: PEOPLE.ana } },
      approval: { approvalId, reason: 'seen', caller: { arn: PEOPLE.ben } },
    })
    const shown = await as('ben', 'show', rotation?.rotationId ?? '')
    expect(shown.stdout.replaceAll(/\s+/g, ' ')).toContain(`proved by STS: ${PEOPLE.ben}`)
    const csv = await as('ben', 'report', '--from', '2026-01-01', '--format', 'csv')
    expect(csv.stdout).toMatch(new RegExp(`${PEOPLE.ana},,${PEOPLE.ben}\\b`))
  })

  it('takes no word, no item of the table, no other proof and nobody of elsewhere for a go-ahead', async () => {
    let wave = await asked('app/b')
    const { approvalId } = wave
    const other = 'k7q-m2f-9x1'
    const tries: [object, string][] = [
      [{}, 'who approved is not proved: no proof was sent'],
      [{ proof: await proofOf('ben', other) }, 'SignatureDoesNotMatch'],
      [{ proof: await proofOf('ben', approvalId, 'prod') }, 'SignatureDoesNotMatch'],
      [
        {
          proof: { ...(await proofOf('ben', approvalId)), accessKeyId: 'KEYana', sessionToken: 't+o/k=ana' },
        },
        'SignatureDoesNotMatch',
      ],
      [{ proof: await proofOf('eve', approvalId) }, `${PEOPLE.eve} is not of account 000000000000`],
      [{ proof: await proofOf('admin', approvalId) }, `${PEOPLE.admin} goes by the name of who asked`],
      [{ proof: await proofOf('ana', approvalId) }, `${PEOPLE.ana} has asked for it`],
    ]
    for (const [answer, word] of tries) {
      await send(wave, answer)
      const [again, why] = await refused(wave)
      expect(why).toContain(word)
      wave = again
    }
    // Whoever may write to the table writes that Ben has approved it.
    const by = 'ben@desk'
    await recordsOf('second').approvals.decide(approvalId, {
      status: 'APPROVED',
      by,
      at: new Date().toISOString(),
    })
    await send(wave, { by })
    const rotation = await settled('app/b')
    expect(rotation).toMatchObject({ status: 'SKIPPED', reason: 'NOT_APPROVED' })
    expect(rotation?.message).toContain(`ben@desk approved it (${approvalId}), and that is not proved`)
  })

  it('an STS that does not answer costs the answer, not the request', async () => {
    const { approvalId } = await asked('app/c')
    // The first is the command's own, which says who is at the keyboard.
    on.aws.faults.push({ service: 'sts', action: 'GetCallerIdentity', kind: 'throttle', times: 6 })
    const first = await as('ben', 'approve', approvalId)
    on.aws.faults.splice(0)
    expect([first.code, first.stderr]).toEqual([
      2,
      expect.stringMatching(
        /it does not count: who approved is not proved: STS refused it: Throttling.*hint: log in .*; then give it again/s,
      ),
    ])
    expect((await as('ben', 'approve', approvalId)).code).toBe(0)
    expect((await settled('app/c'))?.status).toBe('SUCCEEDED')
  })

  it('may be rejected by anybody, who asked among them', async () => {
    const { approvalId } = await asked('app/d', '--schedule', 'guarded')
    expect((await as('ana', 'reject', approvalId, '--reason', 'a slip')).code).toBe(0)
    expect(await settled('app/d')).toMatchObject({
      status: 'SKIPPED',
      reason: 'NOT_APPROVED',
      schedule: 'guarded',
    })
  })

  it('rotates without one where that is said why, which people are told, and the report', async () => {
    const why = 'incident 4711: the password is out'
    const { code, stdout } = await as('ana', 'run', '--secret', 'app/e', '--override-approval', why, '--json')
    expect(code).toBe(0)
    const [rotation] = JSON.parse(stdout) as Rotation[]
    expect(rotation).toMatchObject({
      status: 'SUCCEEDED',
      overrideApproval: why,
      caller: { arn: PEOPLE.ana },
    })
    const told = on.aws.published.filter(({ subject }) => subject.includes('Approval overridden'))
    expect(told).toHaveLength(1)
    expect(told[0]?.text).toContain(`Why: ${why}\nWho: proved by STS: ${PEOPLE.ana}`)
    const report = await as('ben', 'report', '--from', '2026-01-01', '--format', 'md')
    expect(report.stdout).toContain(`overridden: ${why}`)
    // What wants none has none to override.
    await as('ana', 'run', '--secret', 'app/free', '--override-approval', why)
    expect(on.aws.published.filter(({ subject }) => subject.includes('overridden'))).toHaveLength(1)
  })

  it('is refused by the function where nobody knows who asks, and overridden all the same', async () => {
    const event = { secrets: ['app/f'], requestId: 'CHG-f', requester: PEOPLE.ben }
    expect((await ask(event)).errorMessage).toMatch(
      /^on-demand wants the go-ahead of somebody else, and who asks is not proved: no proof was sent\. Nothing has started/,
    )
    expect(await recordsOf('second').requests.get('CHG-f')).toBeUndefined()
    on.aws.faults.push({ service: 'sts', action: 'GetCallerIdentity', kind: 'throttle', times: 9 })
    const run = await as('ana', 'run', '--secret', 'app/f')
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining('STS refused it: Throttling')])
    const over = await as('ana', 'run', '--secret', 'app/f', '--override-approval', 'STS is down', '--json')
    expect(over.code).toBe(0)
    expect(JSON.parse(over.stdout)[0].caller).toEqual({ notProved: expect.stringContaining('Throttling') })
  })

  it('started past the function, or as something else than was asked, waits for nobody and rotates nothing', async () => {
    const alias = namesOf('second').rotateAlias
    const start = (payload: object) =>
      new LambdaClient({}).send(
        new InvokeCommand({ FunctionName: alias, InvocationType: 'Event', Payload: JSON.stringify(payload) }),
      )
    const scheduledAt = new Date().toISOString()
    await start({ requestId: 'past', scheduledAt, secrets: ['app/brief'], requester: 'ben' })
    expect((await settled('app/brief'))?.message).toBe(
      'it wants the go-ahead of somebody else: who asked is not proved: nobody has asked STS',
    )
    // Ana's own, planned; whoever may write requests makes another of it.
    const at = new Date(Date.now() + 3_600_000).toISOString()
    const planned = await as('ana', 'run', '--secret', 'app/a', '--at', at, '--request-id', 'CHG-a')
    expect([planned.code, planned.stdout]).toEqual([0, expect.stringMatching(/^planned app\/a at /)])
    await start({ requestId: 'CHG-a', scheduledAt: new Date().toISOString(), schedule: 'brief' })
    await expect
      .poll(async () => (await settled('app/brief'))?.message, patience())
      .toBe(
        'it wants the go-ahead of somebody else: who asked is not proved: what was asked for as CHG-a was something else',
      )
  })

  it('is of who asked for just that: a request that somebody has written there before, for something else, is nobody’s', async () => {
    const [scheduledAt, requestId] = [new Date().toISOString(), 'CHG-planted']
    const payload = (secrets: string[], more = {}) =>
      JSON.stringify({ requestId, scheduledAt, secrets, ...more })
    const planted = [
      payload(['app/b']),
      payload(['app/a'], { override: 'x' }),
      payload(['app/a'], { schedule: 'brief' }),
    ]
    for (const [n, text] of planted.entries()) {
      const id = `${requestId}-${n}`
      await recordsOf('second').requests.keep({
        ...{ requestId: id, asked: JSON.stringify([null, ['app/a'], null, null]), scheduledAt },
        ...{ payload: text.replace(requestId, id), state: 'STARTED', askedAt: scheduledAt, by: 'eve' },
      })
      const run = await as('ana', 'run', '--secret', 'app/a', '--request-id', id, '--no-wait')
      expect([run.code, run.stderr]).toEqual([
        2,
        expect.stringContaining('was used for something else, by eve'),
      ])
      expect(await recordsOf('second').callers.get({ deed: 'run', id })).toBeUndefined()
    }
  })

  it('is wanted too where a secret is named with a schedule that selects: nobody knows that it is one of its own', async () => {
    const { approvalId } = await asked('app/picked', '--schedule', 'tagged')
    expect(await as('ana', 'reject', approvalId, '--reason', 'a slip')).toMatchObject({ code: 0, stderr: '' })
    const listed = await as('ana', 'run', '--schedule', 'tagged', '--secret', 'app/a')
    expect([listed.code, listed.stderr]).toEqual([
      2,
      expect.stringContaining('"app/a" is in schedule guarded'),
    ])
  })

  it('an answer past the command that is as long as it may be ends the wait, cut', async () => {
    const wave = await asked('app/c')
    await send(wave, { status: 'REJECTED', by: 'y'.repeat(40_000), reason: 'x'.repeat(200_000) })
    await expect.poll(async () => (await approval(wave.approvalId))?.status, patience()).toBe('REJECTED')
    expect(JSON.stringify(await approval(wave.approvalId)).length).toBeLessThan(10_000)
  })

  it('is told beforehand: a dry run says that it would wait', async () => {
    const { stdout } = await as('ana', 'run', '--schedule', 'guarded', '--dry-run')
    expect(stdout).toMatch(/it would wait for somebody else's go-ahead \(/)
  })
})

async function ask(event: object): Promise<{ errorMessage?: string }> {
  const request = { FunctionName: namesOf('second').rotateNowFunction, Payload: JSON.stringify(event) }
  const { Payload } = await new LambdaClient({}).send(new InvokeCommand(request))
  return JSON.parse(Payload?.transformToString() ?? '')
}
