import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { LATE_MS } from '../../src/audit/adoptions.ts'
import { openAskHistory } from '../../src/audit/ask-history.ts'
import type { EventHistory } from '../../src/aws/event-history.ts'
import type { Reader } from '../../src/model/adoption.ts'
import { DAY, HOUR, iso, MINUTE } from '../../src/model/time.ts'
import { openReadHistory } from '../../src/runtime/read-history.ts'
import { type Stage, startStage } from '../cli/stage.ts'
import { INSTANT, simulatedStage } from '../sim/stage.ts'
import { auditorOf, rowsOf } from './auditor.ts'

const WITHIN = 6 * HOUR
const ROLE = (name: string) => `arn:aws:iam::111122223333:role/${name}`
const reader = (name: string, at: number): Reader => ({
  principal: ROLE(name),
  lastSeen: iso(at),
  sessions: 1,
})

function record(role: string, secretId: string, at: number) {
  return {
    ...{ eventSource: 'secretsmanager.amazonaws.com', eventName: 'GetSecretValue', eventTime: iso(at) },
    ...{ requestParameters: { secretId }, recipientAccountId: '111122223333', awsRegion: 'eu-central-1' },
    userIdentity: { arn: `arn:aws:sts::111122223333:assumed-role/${role}/1` },
  }
}

/** One rotation whose time is over; `batch` was heard before it, and not since. */
async function overdue(heardHours = 4) {
  const stage = simulatedStage({ schedule: { adoption: { withinSeconds: WITHIN / 1_000 } } })
  const auditor = auditorOf(stage)
  const [schedule] = stage.config.schedules
  stage.deliver({ schedule: schedule?.name ?? '', scheduledAt: iso(INSTANT) }).catch(() => {})
  await stage.clock.runUntil(INSTANT + 30 * MINUTE)
  const [row] = rowsOf(stage)
  const at = Date.parse(row?.rotatedAt ?? '')
  const seen = {
    readers: [reader('orders', at + heardHours * HOUR), reader('batch', at - 3 * DAY)],
    full: false,
  }
  return {
    ...{ at, secret: row?.secretName ?? '', due: at + WITHIN + LATE_MS + MINUTE },
    run: (instant: number, history: EventHistory) =>
      auditor.at(instant, { readers: { of: async () => seen }, history }),
    adoption: () => rowsOf(stage)[0]?.adoption,
    findings: () => auditor.findings.filter(({ kind }) => /NOT_FETCHED|ADOPTION/.test(kind)),
  }
}

/** Answers with these pages of all reads, and counts. */
function historyOf(pages: (unknown[] | Error)[]) {
  const asked: string[] = []
  const history: EventHistory = {
    async page({ key, value }, { token }) {
      asked.push(`${key} ${value}`)
      if (key === 'ResourceName') return { records: [] }
      const page = pages[Number(token ?? 0)] ?? []
      if (page instanceof Error) throw page
      const next = Number(token ?? 0) + 1
      return { records: page, ...(next < pages.length && { next: String(next) }) }
    },
  }
  return { history, asked }
}

it('whose record EventBridge has lost is not named', async () => {
  const { run, adoption, findings, due, at, secret } = await overdue()
  const { history, asked } = historyOf([[record('batch', secret, at + 2 * HOUR)]])
  await run(due, history)
  expect(adoption()).toMatchObject({ known: 2, fetched: 2, behind: [], history: { asked: 'WHOLE' } })
  expect(findings()).toEqual([])
  expect(asked.slice(0, 1)).toEqual([`ResourceName ${secret}`])
})

it('whom the history does not show either is named, with that', async () => {
  const { run, adoption, findings, due, at, secret } = await overdue()
  const before = [record('batch', secret, at - HOUR), record('batch', 'another', at + HOUR)]
  const { history } = historyOf([[record('orders', secret, at + HOUR)], before])
  await run(due, history)
  expect(adoption()).toMatchObject({ behind: [{ principal: ROLE('batch') }], history: { asked: 'WHOLE' } })
  const [finding] = findings()
  expect(finding?.message).toContain('CloudTrail’s history shows no read of theirs either')
})

it('an account that reads too much is asked in part, forty calls a run, and that is said', async () => {
  const { run, adoption, findings, due, at } = await overdue()
  const pages = Array.from({ length: 90 }, (_, page) => [record('x', 'another', at + WITHIN - page * MINUTE)])
  const { history, asked } = historyOf(pages)
  await run(due, history)
  expect(asked).toHaveLength(40)
  expect(adoption()?.history).toMatchObject({
    asked: 'PART',
    why: expect.stringMatching(/^3[89] reads of all/),
  })
  expect(findings()[0]?.message).toContain('CloudTrail’s history was asked in part (')
})

it('where that is denied, names are told at once, and that nobody was asked', async () => {
  const { run, adoption, findings, due } = await overdue()
  const denied = Object.assign(new Error('no'), { name: 'AccessDeniedException' })
  await run(due, historyOf([denied]).history)
  expect(adoption()?.history).toEqual({ asked: 'NOT', why: 'cloudtrail:LookupEvents: no' })
  expect(findings()[0]?.message).toContain('was not asked (cloudtrail:LookupEvents: no)')
})

it('where CloudTrail is down the next audit asks, for six hours', async () => {
  const { run, adoption, findings, due, at, secret } = await overdue()
  const down = historyOf([Object.assign(new Error('slow down'), { name: 'ThrottlingException' })]).history
  await run(due, down)
  await run(due + 2 * HOUR, down)
  expect([adoption(), findings()]).toEqual([undefined, []])
  const lives = await overdue()
  await lives.run(lives.due, down)
  await lives.run(lives.due + 2 * HOUR, historyOf([[record('batch', secret, at + HOUR)]]).history)
  expect(lives.adoption()).toMatchObject({ fetched: 2, history: { asked: 'WHOLE' } })
  await run(due + 7 * HOUR, down)
  expect(adoption()).toMatchObject({ fetched: 1, history: { asked: 'NOT' } })
  expect(findings()).toHaveLength(1)
})

it('nobody asks before the time is over', async () => {
  const { run, adoption, due } = await overdue()
  const { history, asked } = historyOf([])
  await run(due - 3 * MINUTE, history)
  expect([adoption(), asked]).toEqual([undefined, []])
})

it('where a trail may have stopped, the history tells, which goes by none', async () => {
  const whole = await overdue(1)
  await whole.run(whole.due, historyOf([[]]).history)
  expect(whole.findings()).toMatchObject([{ kind: 'NOT_FETCHED' }])
  const denied = await overdue(1)
  const no = Object.assign(new Error('no'), { name: 'AccessDeniedException' })
  await denied.run(denied.due, historyOf([no]).history)
  expect(denied.findings()).toMatchObject([{ kind: 'ADOPTION_UNKNOWN' }])
})

let on: Stage
beforeAll(async () => {
  // EventBridge hears of nothing.
  on = await startStage(
    'history',
    'schedules: { n: { when: cron(0 3 * * ? *), timezone: UTC, secrets: [a/b] } }\n',
    {
      habits: { trail: () => [] },
    },
  )
  await on.secret('a/b')
})
afterAll(() => on.stop())

it('over the wire: a read that no rule has heard is in the history', async () => {
  const since = Math.floor(Date.now() / 1_000) * 1_000 - 1_000
  const credentials = { accessKeyId: 'batch.one', secretAccessKey: 'local' }
  const { ARN } = await new SecretsManagerClient({ credentials }).send(
    new GetSecretValueCommand({ SecretId: 'a/b' }),
  )
  const history = openReadHistory({
    ...{ stage: 'x', version: '', freezes: [] },
    schedules: [{ adoption: { withinSeconds: 1 } }] as never,
  })
  if (!history) throw new Error('a stage that asks has a history')
  const ask = openAskHistory({ history, now: Date.now, deadline: Date.now() + 60_000 }, since)
  const answer = await ask({ secret: 'a/b', arn: ARN, since, isEnough: (reads) => reads.length > 0 })
  expect(answer).toMatchObject({
    reads: [{ secret: 'a/b', principal: 'arn:aws:iam::000000000000:role/batch', what: 'current' }],
    history: { asked: 'WHOLE' },
  })
})
