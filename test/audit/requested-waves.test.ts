import { describe, expect, it } from 'vitest'
import { observeEnd } from '../../src/observe/run-end.ts'
import { doorOf } from '../../src/rehearse/world/deeds.ts'
import { rotateNow } from '../../src/rotation/rotate-now.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'
import { auditorOf, observerOf, rowsOf } from './auditor.ts'

const MINUTE = 60_000
/** 06:00:30 UTC. */
const AT = INSTANT + 3 * 60 * MINUTE + 30_000
const iso = (instant: number) => new Date(instant).toISOString()

/** What is asked for, whose execution is stopped for good as it comes to `operation`; then audits for an hour. */
async function stoppedAt(operation: string, when: 'planned' | 'now', options: StageOptions = {}) {
  // Nothing else is due in these days.
  const schedule = { when: 'cron(0 3 1 6 ? 2030)', secrets: ['orders', 'others'], ...options.schedule }
  const stage = simulatedStage({ ...options, schedule })
  const auditor = auditorOf(stage)
  const started = new Set<string>()
  const start: typeof auditor.world.start = async (key, request) => {
    const crash = (it: string) => it.endsWith(operation)
    if (!started.has(key))
      stage.deliver(request, { crash, restart: false, replayAfterWait: false }).catch(() => {})
    started.add(key)
    return { execution: key }
  }
  await stage.clock.runUntil(when === 'planned' ? INSTANT : AT)
  await rotateNow(
    { schedule: 'nightly', requestId: 'CHG-1', requester: 'ana', ...(when === 'planned' && { at: iso(AT) }) },
    {
      config: stage.config,
      now: stage.clock.now(),
      requests: stage.requests,
      start,
      ...doorOf(stage.callers),
    },
  )
  for (let at = when === 'planned' ? AT - 10 * MINUTE : AT; at <= AT + 60 * MINUTE; at += 5 * MINUTE)
    await auditor.at(at, { start })
  const open: string[] = []
  for await (const { requestId } of stage.requests.open()) open.push(requestId)
  return { rows: rowsOf(stage), findings: auditor.findings, open, starts: started.size }
}

describe.each(['planned', 'now'] as const)(
  'what is asked for, %s, and whose execution is stopped',
  (when) => {
    it('before it has claimed anything is recorded for each secret, and told', async () => {
      const { rows, findings, open, starts } = await stoppedAt('/0:claim', when)
      expect(rows).toMatchObject([
        { secret: 'orders', status: 'MISSED', reason: 'WAVE_LOST', trigger: 'ON_DEMAND', requester: 'ana' },
        { secret: 'others', status: 'MISSED', reason: 'WAVE_LOST' },
      ])
      expect(rows[0]?.message).toMatch(
        /^a run of its wave \(CHG-1\) had started at .*; the window closed at /,
      )
      expect(findings.filter(({ kind }) => kind === 'MISSED')).toHaveLength(2)
      expect([open, starts]).toEqual([[], 1])
    })

    it('before it has begun is recorded, too', async () => {
      const { rows, findings, open } = await stoppedAt('/0:start', when)
      expect(rows.map(({ status, reason }) => `${status} ${reason}`)).toEqual(
        Array(2).fill('MISSED NOT_DELIVERED'),
      )
      expect(findings.map(({ kind }) => kind)).toEqual(['MISSED', 'MISSED'])
      expect(open).toEqual([])
    })

    it('one by one: those that had their turn keep their outcome', async () => {
      const { rows } = await stoppedAt(':wave[1]/0:claim', when, { schedule: { concurrency: 1 } })
      expect(rows.map(({ secret, status }) => `${secret} ${status}`)).toEqual([
        'orders SUCCEEDED',
        'others MISSED',
      ])
    })

    it('where a selector chooses: the same', async () => {
      const { rows } = await stoppedAt(':wave[1]/0:claim', when, {
        schedule: { concurrency: 1, select: { prefix: 'o' } },
      })
      expect(rows.map(({ secret, status }) => `${secret} ${status}`)).toEqual([
        'orders SUCCEEDED',
        'others MISSED',
      ])
    })

    it('that matches nothing is told, and over', async () => {
      const { findings, open } = await stoppedAt('never', when, { schedule: { select: { prefix: 'none/' } } })
      expect(findings).toMatchObject([
        { kind: 'NOTHING_MATCHED', message: expect.stringContaining('(CHG-1): no secret matches') },
      ])
      expect(open).toEqual([])
    })

    it('not at all is of no concern to the audit', async () => {
      const { rows, findings, open } = await stoppedAt('never', when)
      expect(rows.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED'])
      expect([findings, open]).toEqual([[], []])
    })
  },
)

it('a part of it that is lost counts for `maxErrors`: the next launches nothing more', async () => {
  const secrets = Array.from({ length: 43 }, (_, index) => `db-${index}`)
  const schedule = { secrets, concurrency: 1, maxErrors: 1, timeoutSeconds: 900 }
  let parts = 0
  const stage = simulatedStage({
    schedule: { when: 'cron(0 3 1 6 ? 2030)', ...schedule },
    stopsPart: () => parts++ === 0,
    step: ({ Step }) => ({ delayMs: Step === 'setSecret' ? 12 * MINUTE : 100 }),
  })
  const auditor = auditorOf(stage)
  stage.onStopped.push((executionArn) => {
    void observeEnd({ executionArn, status: 'STOPPED', at: iso(stage.clock.now()) }, observerOf(stage))
  })
  stage.deliver({ requestId: 'CHG-1', schedule: 'nightly', scheduledAt: iso(INSTANT) }).catch(() => {})
  await auditor.every5Minutes(INSTANT, INSTANT + 20 * MINUTE)
  const ends = rowsOf(stage).map(({ secret, reason, status }) => `${secret} ${reason ?? status}`)
  expect(parts).toBe(2)
  expect(ends).toEqual([
    'db-0 ORCHESTRATOR_LOST',
    'db-40 SUCCEEDED',
    'db-41 WAVE_STOPPED',
    'db-42 WAVE_STOPPED',
  ])
})
