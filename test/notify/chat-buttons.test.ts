import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { AHEAD, type Approval } from '../../src/ledger/approvals.ts'
import { approvalIdOf } from '../../src/model/identity.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import { approvalText } from '../../src/notify/approval-text.ts'
import type { Message } from '../../src/notify/message.ts'
import { noticeText } from '../../src/notify/notice-text.ts'
import { waveText } from '../../src/notify/wave-text.ts'
import { recordsIn } from '../../src/runtime/records.ts'
import { type Stage, startStage } from '../cli/stage.ts'
import { AT, approval, failed, ORIGIN, waveOf } from './records.ts'

const STAGE = 'pressed'
const ROOT = join(import.meta.dirname, '../..')
const KNOWN: Record<string, string> = {
  ...{ Stage: STAGE, Function: `stop-${STAGE}`, 'AWS::Region': 'ap-southeast-2' },
  ...{ 'AWS::Partition': 'aws', 'AWS::AccountId': '111122223333' },
}

/** Source: API reference of Amazon Q Developer in chat applications, CreateCustomAction; CloudFormation takes 5,000. */
const ACTION = z.strictObject({
  ActionName: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
  Definition: z.strictObject({ CommandText: z.string().min(1).max(100) }),
  Attachments: z.tuple([
    z.strictObject({
      NotificationType: z.string().regex(/^[a-zA-Z0-9-]{1,100}$/),
      ButtonText: z.string().min(1).max(50),
      Criteria: z
        .array(
          z.strictObject({
            ...{ VariableName: z.string(), Operator: z.enum(['EQUALS', 'HAS_VALUE']) },
            Value: z.string().optional(),
          }),
        )
        .min(1)
        .max(5),
      Variables: z.record(z.string().regex(/^[\w-]{1,100}$/), z.string().regex(/^[\x21-\x7e]{0,1024}$/)),
    }),
  ]),
})
type Action = z.output<typeof ACTION>

async function actionsOf(): Promise<{ Hold: Action; Reject: Action }> {
  const sub = (text: string) => text.replaceAll(/\$\{([\w:]+)\}/g, (_, name: string) => KNOWN[name] ?? '?')
  const customTags = [
    { tag: '!Ref', resolve: (name: string) => KNOWN[name] ?? name },
    { tag: '!Sub', resolve: sub },
  ]
  const { Resources } = parse(await readFile(join(ROOT, 'docs/chat-buttons.yml'), 'utf8'), { customTags })
  return { Hold: ACTION.parse(Resources.Hold.Properties), Reject: ACTION.parse(Resources.Reject.Properties) }
}

/** What pressing it under a message sends to the function; undefined where it is not under it. */
function pressed({ Definition, Attachments: [it] }: Action, { chat }: Message): unknown {
  const event = JSON.parse(chat)
  const found = (path: string) =>
    path.split('.').reduce<unknown>((of, part) => (of as Record<string, unknown>)?.[part], { event })
  const values = Object.fromEntries(Object.entries(it.Variables).map(([name, path]) => [name, found(path)]))
  const shows = it.Criteria.every(({ VariableName, Operator, Value }) =>
    Operator === 'EQUALS' ? values[VariableName] === Value : Boolean(values[VariableName]),
  )
  if (!shows) return undefined
  const command = Definition.CommandText.replaceAll(/\$(\w)\b/g, (_, name: string) => String(values[name]))
  const [, payload = ''] =
    /^lambda invoke --function-name stop-pressed --payload (\{.*\}) --region \S+$/.exec(command) ?? []
  return JSON.parse(payload)
}

const origin = { ...ORIGIN, stage: STAGE }
let on: Stage
let directory: string
let buttons: Awaited<ReturnType<typeof actionsOf>>
beforeAll(async () => {
  on = await startStage(
    STAGE,
    'schedules:\n  month-end: { when: cron(0 3 ? * SUN *), timezone: UTC, secrets: [app/db] }\n',
  )
  buttons = await actionsOf()
  // A repository of a user's own, with the function of the page.
  directory = await mkdtemp(join(tmpdir(), 'chat-'))
  await mkdir(join(directory, 'node_modules'))
  await mkdir(join(directory, 'config'))
  await symlink(ROOT, join(directory, 'node_modules/aws-tourbillon'))
  await copyFile(on.file, join(directory, `config/${STAGE}.yml`))
  const page = await readFile(join(ROOT, 'docs/chat.md'), 'utf8')
  const [, code = ''] = /```js\n([\s\S]*?)```/.exec(page) ?? []
  await writeFile(join(directory, 'stop.mjs'), code)
})
afterAll(async () => {
  await on.stop()
  await rm(directory, { recursive: true })
})

async function invoke(event: unknown): Promise<string> {
  const call = `import('./stop.mjs').then(({ handler }) => handler(${JSON.stringify(event)})).then(console.log)`
  const env = { ...process.env, ...on.aws.env, STAGE }
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', call], { cwd: directory, env })
  return stdout
}

const records = () => recordsIn(namesOf(STAGE).ledgerTable)
async function ask(): Promise<Approval> {
  const { schedule } = approval()
  const approvalId = approvalIdOf({ name: schedule, occasion: AT })
  const at = (ms: number) => new Date(Date.now() + ms).toISOString()
  const request = {
    schedule,
    scheduledAt: AT,
    executionArn: AHEAD,
    requestedAt: at(0),
    expiresAt: at(600_000),
  }
  return records().approvals.request({ approvalId, ...request })
}

describe('buttons in a channel', () => {
  it('hold: places a hold on the schedule, by the command itself', async () => {
    const message = waveText(waveOf([failed('app/db')]), 'UTC', origin)
    const event = pressed(buttons.Hold, message)
    expect(event).toEqual({ hold: 'month-end' })
    expect(await invoke(event)).toMatch(/month-end/)
    expect(await records().holds.inForce(new Date().toISOString())).toMatchObject([
      { scope: 'schedule/month-end', reason: 'pressed in chat', by: expect.stringContaining('@') },
    ])
  })

  it('reject: answers the request, by the command itself', async () => {
    const asked = await ask()
    const event = pressed(buttons.Reject, approvalText(asked, 'UTC', origin))
    expect(event).toEqual({ reject: asked.approvalId })
    expect(await invoke(event)).toMatch(/^rejected by .* \(pressed in chat\): month-end/)
    expect(await records().approvals.get(asked.approvalId)).toMatchObject({ status: 'REJECTED' })
  })

  it('show where they can do something, and under no other stage’s message', async () => {
    const wave = waveText(waveOf([failed('app/db')]), 'UTC', origin)
    expect(pressed(buttons.Reject, wave)).toBeUndefined()
    const onDemand = waveText(waveOf([failed('app/db')], { schedule: 'on-demand' }), 'UTC', origin)
    expect(pressed(buttons.Hold, onDemand)).toBeUndefined()
    expect(pressed(buttons.Hold, waveText(waveOf([failed('app/db')]), 'UTC', ORIGIN))).toBeUndefined()
    const noticeOf = (status: 'PENDING' | 'APPROVED') =>
      noticeText(
        {
          ...{ waveId: `month-end#${AT}`, schedule: 'month-end', scheduledAt: AT, secrets: ['app/db'] },
          ...{ leadSeconds: 3_600, leftMs: 3_600_000, late: false, held: 0 },
          approval: { approvalId: 'k7q-m2f-9x1', status },
        },
        'UTC',
        origin,
      )
    expect(pressed(buttons.Reject, noticeOf('PENDING'))).toEqual({ reject: 'k7q-m2f-9x1' })
    expect(pressed(buttons.Reject, noticeOf('APPROVED'))).toBeUndefined()
  })

  it.each([{ approve: 'k7q-m2f-9x1' }, { hold: '--all' }, { hold: 'a b' }, { run: 'month-end' }, {}])(
    'nothing else comes of any event: %j',
    async (event) => {
      const before = on.aws.calls.length
      await expect(invoke(event)).rejects.toThrow('{"hold":"SCHEDULE"}')
      expect(on.aws.calls.length).toBe(before)
    },
  )
})
