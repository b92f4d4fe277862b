import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approve } from '../../src/cli/approve.ts'
import { reject } from '../../src/cli/reject.ts'
import type { Approval } from '../../src/ledger/approvals.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { recordsIn } from '../../src/runtime/records.ts'
import { type Stage, startStage } from './stage.ts'
import { runCommand } from './terminal.ts'

const everyMinute = 'when: cron(* * * * ? *)'
let on: Stage
beforeAll(async () => {
  on = await startStage(
    'approve',
    `defaults: { timezone: UTC, window: 10m, timeout: 30s }
schedules:
  welcome: { ${everyMinute}, secrets: [app/one, app/two], approval: {} }
  unwanted: { ${everyMinute}, secrets: [app/unwanted], approval: { timeout: 5m } }
  agreed: { ${everyMinute}, secrets: [app/agreed], approval: { timeout: 5m } }
  lost: { ${everyMinute}, secrets: [app/lost], approval: { timeout: 5m } }
  unheard: { ${everyMinute}, secrets: [app/unheard], approval: { timeout: 5m } }
`,
  )
  await Promise.all(
    ['one', 'two', 'unwanted', 'agreed', 'lost', 'unheard'].map((name) => on.secret(`app/${name}`)),
  )
})
afterAll(() => on.stop())

/** Fires a schedule for this minute, as EventBridge Scheduler would, and answers with the request that it makes. */
async function fired(schedule: string, times = 1): Promise<Approval> {
  const client = new LambdaClient({})
  const scheduledAt = new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString()
  for (let time = 0; time < times; time++) {
    await client.send(
      new InvokeCommand({
        FunctionName: namesOf('approve').rotateAlias,
        InvocationType: 'Event',
        Payload: JSON.stringify({ schedule, scheduledAt }),
      }),
    )
  }
  const { approvals } = recordsIn(namesOf('approve').ledgerTable)
  const made = async () =>
    (await approvals.pending(new Date().toISOString())).find((it) => it.schedule === schedule)
  await expect.poll(async () => (await made())?.callbackId).toBeDefined()
  return (await made()) as Approval
}

async function outcomes(schedule: string, count: number): Promise<Rotation[]> {
  const settled = async () => {
    const found: Rotation[] = []
    for await (const rotation of on.ledger.query('bySchedule', schedule)) found.push(rotation)
    return found.filter(({ settledAt }) => settledAt !== undefined)
  }
  await expect.poll(async () => (await settled()).length).toBe(count)
  return settled()
}

describe('approve and reject', () => {
  it('lists what waits, lets it go ahead, and keeps who and why', async () => {
    const { approvalId, scheduledAt } = await fired('welcome')
    const list = await on.run('approve', '--list')
    expect(list.code).toBe(0)
    expect(list.stdout).toMatch(
      new RegExp(
        `^ID +SCHEDULE +SCHEDULED \\(UTC\\) +SECRETS +ANSWER BY[^]*${approvalId} +welcome +${scheduledAt} +2 `,
      ),
    )
    const typed = approvalId.toUpperCase().replaceAll('-', '')
    const approved = await on.run('approve', typed, '--reason', 'CHG-7')
    expect(approved).toMatchObject({ code: 0, stderr: '' })
    expect(approved.stdout).toMatch(
      new RegExp(`^approved by .+@.+ at .*Z \\(CHG-7\\): welcome of ${scheduledAt}, 2 secrets\\n$`),
    )
    const rotations = await outcomes('welcome', 2)
    for (const { status, approval, versionId, rotationId } of rotations) {
      expect(status).toBe('SUCCEEDED')
      expect(versionId).toBe(rotationId)
      expect(approval).toEqual({
        ...{ approvalId, by: expect.stringMatching(/.@./), reason: 'CHG-7' },
        caller: { arn: 'arn:aws:iam::000000000000:user/local' },
      })
    }
    const late = await on.run('reject', approvalId, '--reason', 'too late')
    expect([late.code, late.stdout]).toEqual([1, ''])
    expect(late.stderr).toMatch(/^it counts no more: approved by .* \(CHG-7\): welcome of /)
  })

  it('keeps a wave from starting, which each secret’s outcome tells', async () => {
    const { approvalId } = await fired('unwanted')
    const rejected = await on.run('reject', approvalId, '--reason', 'the batch still runs', '--json')
    expect(rejected.code).toBe(0)
    expect(JSON.parse(rejected.stdout)).toMatchObject({
      approvalId,
      status: 'REJECTED',
      reason: 'the batch still runs',
      events: [{ status: 'PENDING' }, { status: 'REJECTED' }],
    })
    const [rotation] = await outcomes('unwanted', 1)
    expect(rotation).toMatchObject({
      status: 'SKIPPED',
      reason: 'NOT_APPROVED',
      message: expect.stringMatching(
        new RegExp(`^.+@.+ rejected it: the batch still runs \\(approval ${approvalId}\\)$`),
      ),
    })
    expect(rotation).not.toHaveProperty('versionId')
    const history = await on.run('history', '--schedule', 'unwanted')
    expect(history.stdout).toMatch(/SKIPPED NOT_APPROVED/)
  })

  it('asks once for two deliveries, and takes one answer of two at once', async () => {
    const { approvalId } = await fired('agreed', 2)
    const answers = await Promise.all([
      on.run('approve', approvalId),
      on.run('approve', approvalId),
      on.run('approve', approvalId),
    ])
    expect(answers.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(answers.filter(({ stdout }) => stdout.startsWith('already approved by '))).toHaveLength(2)
    const [rotation] = await outcomes('agreed', 1)
    expect(rotation).toMatchObject({ status: 'SUCCEEDED', approval: { approvalId } })
    const { approvals } = recordsIn(namesOf('approve').ledgerTable)
    expect((await approvals.get(approvalId))?.events).toHaveLength(2)
  })

  it('knows its own answer again where AWS’s answers got lost', async () => {
    const { approvalId } = await fired('lost')
    const lost = { kind: 'lost-response', times: 1 } as const
    on.aws.faults.push(
      { ...lost, service: 'dynamodb', action: 'UpdateItem' },
      { ...lost, service: 'lambda', action: 'SendDurableExecutionCallbackSuccess' },
    )
    const approved = await on.run('approve', approvalId)
    expect(on.aws.faults.filter(({ times }) => times > 0)).toEqual([])
    expect(approved).toMatchObject({ code: 0, stderr: '' })
    expect(approved.stdout).toMatch(/^approved by /)
    expect(await outcomes('lost', 1)).toMatchObject([{ status: 'SUCCEEDED' }])
  })

  it('says where the wave could not be woken, and wakes it when told again', async () => {
    const { approvalId } = await fired('unheard')
    const service = 'lambda'
    const action = 'SendDurableExecutionCallbackSuccess'
    on.aws.faults.push({ service, action, kind: 'throttle', times: 3 })
    const first = await on.run('approve', approvalId)
    expect([first.code, first.stdout]).toEqual([2, ''])
    expect(first.stderr).toMatch(/could not wake the wave \(the answer is recorded: give it again\): /)
    const again = await on.run('approve', approvalId)
    expect(again.code).toBe(0)
    expect(again.stdout).toMatch(/^already approved by /)
    expect(await outcomes('unheard', 1)).toMatchObject([{ status: 'SUCCEEDED' }])
  })
})

describe('approve and reject, where there is nothing to answer', () => {
  it.each([
    ['an id of nobody', approve, ['zzz-zzz-zzz'], /stage approve has no approval "zzz-zzz-zzz"\n.*--list/],
    ['a word that is no id', approve, ['nightly'], /"nightly" is no approval's id/],
    [
      'no id',
      approve,
      [],
      /which one\?\nthose that wait: npx aws-tourbillon approve --config .*approve\.yml --list/,
    ],
    ['two ids', approve, ['zzz-zzz-zzz', 'yyy-yyy-yyy'], /which one\?/],
    ['an id beside --list', approve, ['--list', 'zzz-zzz-zzz'], /unexpected "zzz-zzz-zzz"/],
    ['no reason to reject', reject, ['zzz-zzz-zzz'], /why\?/],
    ['an id of nobody to reject', reject, ['zzz-zzz-zzz', '--reason', 'x'], /has no approval/],
  ])('says so, with %s', async (_, command, args, message) => {
    const { code, out, err } = await runCommand(command, [...args, '--config', on.file])
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(message)
  })

  it('says so after the time has ended', async () => {
    const { approvals } = recordsIn(namesOf('approve').ledgerTable)
    const past = { requestedAt: '2026-11-24T02:59:30.000Z', expiresAt: '2026-11-24T03:20:00.000Z' }
    const scheduledAt = '2026-11-24T03:00:00.000Z'
    const request = { approvalId: '000-000-001', schedule: 'welcome', scheduledAt, secrets: 2 }
    await approvals.request({ ...request, ...past, executionArn: 'gone' })
    const ran = await runCommand(approve, ['000-000-OOL', '--config', on.file], {
      now: '2026-11-24T03:20:00Z',
    })
    expect(ran).toEqual({
      code: 1,
      out: '',
      err: `it counts no more: nobody had answered by ${past.expiresAt}: welcome of ${scheduledAt}, 2 secrets\n`,
    })
  })
})
